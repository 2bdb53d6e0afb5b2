//go:build man

package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// addRelease adds what only the building of a release needs.
func (c *cli) addRelease(commands map[string]func() *cobra.Command) { commands["man"] = c.manCommand }

// manCommand writes the manual pages of a release. They are made from the commands' help.
func (c *cli) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages",
		Long:    "Writes a manual page for each command into a folder. SOURCE_DATE_EPOCH, if it is set, is their date.",
		Example: "  tfreach man man1",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "tfreach", Manual: "tfreach"}, args[0])
		},
	}
}
