package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/report"
)

func (c *cli) graphCommand() *cobra.Command {
	var f inputFlags
	var exposed bool
	format := choice{kind: "format", words: report.GraphFormats(), value: "dot"}
	cmd := &cobra.Command{
		Use:   "graph PATH",
		Short: "Draw the resources that traffic passes, and what is reached",
		Long: `Graph prints the resources that carry, filter or route traffic with their
relations, and marks what the internet reaches, or may reach, at the port.
PATH is what scan takes.

Exit codes:
  0  drawn
  2  wrong use, or an input that can't be read at all
  3  drawn, but a part of the input was not analysed`,
		Example: `  tfreach graph infra | dot -Tsvg >infra.svg
  tfreach graph plan.json --format mermaid --exposed
  tfreach graph infra --format html >infra.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("graph takes one PATH, but got %s", arguments(len(args)))
			}
			code, err := c.graph(cmd.Context(), args[0], &f, format.value, exposed)
			c.code = code
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.add(flags)
	flags.Var(&format, "format", "write "+list(report.GraphFormats()))
	flags.BoolVar(&exposed, "exposed", false, "only what lies on a way by which the internet reaches something, or may")
	return cmd
}

// graph draws the resources of a path.
func (c *cli) graph(ctx context.Context, path string, f *inputFlags, format string, exposed bool) (int, error) {
	drawn, err := inspect(ctx, c, path, f, func(_ *analyzer.Selection, a *analyzer.Analysis) *report.Drawing {
		return report.Draw(a, exposed)
	})
	if err != nil {
		return exitError, err
	}
	var b bytes.Buffer
	if err := report.Graph(&b, drawn.each, format); err != nil {
		return exitError, fmt.Errorf("can't draw the graph: %w", err)
	}
	if _, err := c.Out.Rendered().Write(b.Bytes()); err != nil {
		return exitError, err
	}
	c.warn(drawn.Notices, fromWorkingDir(drawn.Root))
	if !drawn.Complete() {
		return exitPartial, nil
	}
	return exitClean, nil
}
