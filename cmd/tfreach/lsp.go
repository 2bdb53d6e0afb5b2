package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/editor"
	"github.com/tfreach/tfreach/analyzer/report"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/named"
)

func (c *cli) lspCommand() *cobra.Command {
	var f inputFlags
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Answer an editor in the language server protocol",
		Long: `Lsp is for editors: it speaks the language server protocol on standard input and
output. Of the root modules that open files belong to it publishes what a scan
finds, by the texts in the editor. A hover shows the way from the internet and
the rule's page, code actions are the changes of tfreach fix, and the definition
of what is open is the value that decides.

Each .tfreach.hcl counts for what lies below it, as for a scan.

Exit codes:
  0  the editor ended it, or its stream did
  1  the editor ended it without a shutdown request
  2  wrong use, or a stream that isn't of the protocol`,
		Example: `  tfreach lsp
  tfreach lsp --port ftp --port ssh`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.lsp(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.addValues(flags)
	return cmd
}

// garbage is how much may lie around before it is collected, in percent of what is in use.
const garbage = 400

func (c *cli) lsp(ctx context.Context, f *inputFlags) error {
	// An editor waits for each analysis, and what one needs is little.
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	parsed := &source.Parsed{}
	f.changed = true
	err := editor.Serve(ctx, c.In, c.Out.Rendered(), editor.Options{
		Real: func(file string) string {
			dir, rest := source.Existing(file)
			if real, err := named.Resolve(dir); err == nil {
				dir = real
			}
			return filepath.Join(dir, rest)
		},
		Group: func(file string) (string, error) {
			dir, _ := source.Existing(file)
			root, err := source.FindRoot(dir)
			if err != nil || f.noConfig || f.configFile != "" {
				return root, err
			}
			settings, err := source.FindUp(dir, config.Name)
			return root + string(filepath.ListSeparator) + settings, err
		},
		Config: func(files []string) (analyzer.Config, error) {
			of := *f
			cfg, err := c.config(files, &of)
			cfg.Parsed = parsed
			return cfg, err
		},
		Report: report.Options{Version: version()},
	})
	if errors.Is(err, editor.ErrUnordered) {
		c.code = exitFindings
		return nil
	}
	if err != nil {
		return fmt.Errorf("the editor's stream: %w", err)
	}
	return nil
}
