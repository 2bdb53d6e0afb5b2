package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fix"
	"github.com/tfreach/tfreach/analyzer/source/named"
)

// fixFlags are the flags of tfreach fix.
type fixFlags struct {
	inputFlags
	write bool
	to    string
}

func (c *cli) fixCommand() *cobra.Command {
	var f fixFlags
	cmd := &cobra.Command{
		Use:   "fix [PATH…]",
		Short: "Change the configuration so that findings go",
		Long: `Fix prints a diff that closes what a scan of the same paths finds, and with
--write makes the changes. It changes what it can surely do, and says why it
leaves the rest:

  - where a rule opens nothing but the port, everyone's addresses become the
    trusted ones of the configuration file, or a variable; --to names which
  - a range or list of ports loses the port, or is cut in two
  - an Azure web app's ftps_state becomes FtpsOnly

The value may be written anywhere in the configuration: in the rule, a local
value, the default of a variable, a file of values, or a module's arguments.

In the diff, secrets are covered, and what a terminal or a CI runner would obey is
an escape; --write changes the files themselves.

Before it prints or writes anything, it analyses the changed configuration. A
change stays only if the finding is gone, nothing else is found, and all rules
let pass what they did, but for the port in question; with FTP, its passive
ports may go where they share the value.

Exit codes:
  0  there is nothing left to fix by hand
  1  some findings are left; standard error says why
  2  wrong use, an input that can't be read at all, or a file that can't be
     written
  3  a part of the input was not analysed`,
		Example: `  tfreach fix infra
  tfreach fix infra --to office --write
  tfreach fix infra --to var.office_cidrs
  tfreach fix infra | git apply`,
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := c.fix(cmd.Context(), args, &f)
			c.code = code
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.add(flags)
	flags.StringVar(&f.to, "to", "", "put the trusted addresses `NAME`, or with var.NAME a variable, in the place of everyone's")
	register(cmd, "to", c.replacements)
	flags.BoolVar(&f.write, "write", false, "change the files, each whole or not at all")
	return cmd
}

func (c *cli) fix(ctx context.Context, paths []string, f *fixFlags) (int, error) {
	cfg, err := c.config(paths, &f.inputFlags)
	if err != nil {
		return exitError, err
	}
	if slices.Contains(cfg.Paths, "-") {
		return exitError, usagef("fix changes files, so it can't take standard input")
	}
	cfg.KeepRules, cfg.TraceValues = true, true
	options, err := f.options(cfg.Settings)
	if err != nil {
		return exitError, err
	}
	done, err := metered(c, &cfg, func() (fixed, error) {
		return bounded(ctx, f.timeout, func(ctx context.Context) (fixed, error) {
			result, err := analyzer.Run(ctx, cfg)
			if err != nil {
				return fixed{}, err
			}
			return fixed{result, fix.Plan(ctx, cfg, result, options)}, nil
		})
	})
	if err == nil {
		err = ctx.Err() // who interrupts wants nothing changed
	}
	if err != nil {
		return exitError, err
	}
	name := fromWorkingDir(done.Root)
	if err := c.change(ctx, done.Result, f, name); err != nil {
		return exitError, err
	}
	for _, l := range fix.ByCause(done.Result, done.left) {
		at := l.Finding.At
		at.Filename = name(at.Filename)
		why := l.Why.Error()
		if l.More > 0 {
			why += fmt.Sprintf(" (and %d more of the same cause)", l.More)
		}
		c.complainAt(at.Range, l.Finding.Rule.ID+" is left", why)
	}
	switch {
	case !done.Complete():
		c.warn(done.Notices, name)
		return exitPartial, nil
	case len(done.left) > 0:
		return exitFindings, nil
	}
	return exitClean, nil
}

// fixed is a result whose findings have edits, and the findings without any.
type fixed struct {
	*analyzer.Result
	left []fix.Left
}

// change prints the edits of a result as a diff, and makes them if the flag is set. What looks like a secret is covered in the
// diff, not in the files.
func (c *cli) change(ctx context.Context, r *analyzer.Result, f *fixFlags, name func(string) string) error {
	edits := fix.Planned(r)
	var out bytes.Buffer
	var dests []destination
	var texts [][]byte
	for _, file := range slices.Sorted(maps.Keys(edits)) {
		shown := filepath.ToSlash(name(file))
		text := r.Source(file, false)
		covered := text.Slice(0, text.Len())
		out.Write(diff.Diff("a/"+shown, covered, "b/"+shown, fix.Apply(covered, edits[file])))
		// The tree was read, so it has no links that lead out of it.
		path, err := named.Resolve(name(file))
		if err != nil {
			return fmt.Errorf("%s: %w", name(file), err)
		}
		dests, texts = append(dests, destination{path: path}), append(texts, fix.Apply(r.Uncovered(file), edits[file]))
	}
	if _, err := c.Out.Write(out.Bytes()); err != nil {
		return fmt.Errorf("can't write the diff: %w", cause(err))
	}
	if !f.write {
		return nil
	}
	return deliver(ctx, f.timeout, c.Out.Rendered(), dests, texts)
}

// options returns what may replace everyone's addresses.
func (f *fixFlags) options(s *config.Settings) (fix.Options, error) {
	if variable, ok := strings.CutPrefix(f.to, "var."); ok {
		if !hclsyntax.ValidIdentifier(variable) {
			return fix.Options{}, usagef("--to: %q is no name of a variable", variable)
		}
		return fix.Options{Variable: variable}, nil
	}
	if f.to == "" {
		return fix.Options{Trusted: s.Trusted}, nil
	}
	var names []string
	for _, t := range s.Trusted {
		if t.Name == f.to {
			return fix.Options{Trusted: []config.Trusted{t}}, nil
		}
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return fix.Options{}, usagef("--to %s: the settings name no trusted addresses; for a variable, use var.%s", f.to, f.to)
	}
	return fix.Options{}, fmt.Errorf("--to: %w", unknown("name", f.to, names))
}
