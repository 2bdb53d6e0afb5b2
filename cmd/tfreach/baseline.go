package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
)

func (c *cli) baselineCommand() *cobra.Command {
	var f inputFlags
	var output string
	cmd := &cobra.Command{
		Use:   "baseline [PATH…]",
		Short: "Write down what is open, for scans to compare with",
		Long: `Baseline writes a file that says what a scan of the same paths finds. A scan
with --baseline FILE compares with it: by what is open and to whom, not by lines
and files, so code may move, also by moved blocks. The file is made for version
control: it has a line for each opening, in order, and no sensitive values.

Exit codes:
  0  written
  2  wrong use, an input that can't be read at all, or a file that can't be
     written
  3  written, but a part of the input was not analysed`,
		Example: `  tfreach baseline infra --output tfreach.baseline
  tfreach scan infra --baseline tfreach.baseline --new-only`,
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := c.baseline(cmd.Context(), args, &f, output)
			c.code = code
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.add(flags)
	flags.StringVar(&output, "output", stdout, "write to `FILE`")
	return cmd
}

// baseline analyses paths, writes the baseline, and returns the exit code.
func (c *cli) baseline(ctx context.Context, paths []string, f *inputFlags, output string) (int, error) {
	if output == "" {
		return exitError, usagef("--output: an empty file name")
	}
	config, err := c.config(paths, f)
	if err != nil {
		return exitError, err
	}
	if err := spares(output, slices.Concat(paths, f.files())); err != nil {
		return exitError, err
	}
	result, err := bounded(ctx, f.timeout, func(ctx context.Context) (*analyzer.Result, error) {
		return analyzer.Run(ctx, config)
	})
	if err == nil {
		err = ctx.Err() // half a baseline must not take the place of a whole one because somebody is impatient
	}
	if err != nil {
		return exitError, err
	}
	var b bytes.Buffer
	if err := result.WriteBaseline(&b); err != nil {
		return exitError, fmt.Errorf("can't make the baseline: %w", err)
	}
	if err := deliver(ctx, f.timeout, c.Out.Rendered(), []destination{{path: output}}, [][]byte{b.Bytes()}); err != nil {
		return exitError, err
	}
	c.warn(result.Notices, fromWorkingDir(result.Root))
	if !result.Complete() {
		return exitPartial, nil
	}
	return exitClean, nil
}
