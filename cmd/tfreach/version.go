package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer/ftpd"
)

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what it was built with",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			seen, age := ftpd.ReleasesSeen(), ftpd.ReleasesAge(time.Now())
			_, err := fmt.Fprintf(c.Out, "tfreach %s %s %s/%s\nFTP server releases known of %s, %d days ago\n",
				version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, seen.Format(time.DateOnly), max(age, 0))
			return err
		},
	}
}

// noArgs is cobra.NoArgs as wrong use.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, but got %q", cmd.Name(), args[0])
	}
	return nil
}

// version returns the version that Go recorded for the main module, without the v: a release like 1.2.3, or a
// pseudo-version that names a commit. It is devel where Go recorded none, as in a build without version control.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
