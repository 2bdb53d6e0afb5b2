package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fix"
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

  - a range of ports that holds the port is narrowed, or cut in two
  - where a rule opens nothing but the port, everyone's addresses become the
    trusted ones of the configuration file; --to names them if there are several
  - an Azure web app's ftps_state becomes FtpsOnly

Before it prints or writes anything, it analyses the changed configuration: a
change stays only if the finding is gone and nothing else is found.

Exit codes:
  0  there is nothing left to fix by hand
  1  some findings are left; standard error says why
  2  wrong use, an input that can't be read at all, or a file that can't be
     written
  3  a part of the input was not analysed`,
		Example: `  tfreach fix infra
  tfreach fix infra --to office --write
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
	flags.StringVar(&f.to, "to", "", "put the trusted addresses `NAME` in the place of everyone's")
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
	trusted, err := f.trusted(cfg.Settings)
	if err != nil {
		return exitError, err
	}
	before, err := analyzer.Run(ctx, cfg)
	if err != nil {
		return exitError, err
	}
	name := fromWorkingDir(before.Root)
	changed, left, err := plan(ctx, cfg, before, trusted)
	if err != nil {
		return exitError, err
	}
	var out bytes.Buffer
	var dests []destination
	var texts [][]byte
	for _, file := range slices.Sorted(maps.Keys(changed)) {
		shown := filepath.ToSlash(name(file))
		out.Write(diff.Diff("a/"+shown, before.Source(file), "b/"+shown, changed[file]))
		dests, texts = append(dests, destination{path: name(file)}), append(texts, changed[file])
	}
	if _, err := c.Out.Write(out.Bytes()); err != nil {
		return exitError, fmt.Errorf("can't write the diff: %w", cause(err))
	}
	if f.write {
		if err := deliver(c.Out, dests, texts); err != nil {
			return exitError, err
		}
	}
	for _, l := range left {
		at := l.finding.At
		at.Filename = name(at.Filename)
		c.complain(message(at, l.finding.Rule.ID+" is left", l.why.Error()))
	}
	switch {
	case !before.Complete():
		c.warn(before.Notices, name)
		return exitPartial, nil
	case len(left) > 0:
		return exitFindings, nil
	}
	return exitClean, nil
}

// trusted returns the trusted addresses that may take everyone's place.
func (f *fixFlags) trusted(s *config.Settings) ([]config.Trusted, error) {
	if f.to == "" {
		return s.Trusted, nil
	}
	var names []string
	for _, t := range s.Trusted {
		if t.Name == f.to {
			return []config.Trusted{t}, nil
		}
		names = append(names, t.Name)
	}
	return nil, fmt.Errorf("--to: %w", unknown("name", f.to, names))
}

// leftOver is a finding that stays, and why.
type leftOver struct {
	finding *analyzer.Finding
	why     error
}

// plan returns the new texts of files, and the findings that they leave. It tries the changes one by one and keeps those
// after which their finding is gone and nothing else is found.
func plan(ctx context.Context, cfg analyzer.Config, before *analyzer.Result, trusted []config.Trusted) (map[string][]byte, []leftOver, error) {
	edits := map[string][]fix.Edit{}
	now := before
	var left []leftOver
	for i := range before.Findings {
		f := &before.Findings[i]
		if f.Change == analyzer.Absent || !found(now, f) {
			continue // another change closed it
		}
		edit, err := fix.Of(before, f, trusted)
		if err != nil {
			left = append(left, leftOver{f, err})
			continue
		}
		file := edit.At.Filename
		tried := maps.Clone(edits)
		tried[file] = append(slices.Clone(edits[file]), edit)
		cfg.Overlay = applied(before, tried)
		after, err := analyzer.Run(ctx, cfg)
		if err != nil {
			return nil, nil, err
		}
		if count(after, identify(f)) >= count(now, identify(f)) || worse(now, after) {
			left = append(left, leftOver{f, errors.New("the change that offers itself does not close it, or opens something else")})
			continue
		}
		edits, now = tried, after
	}
	left = slices.DeleteFunc(left, func(l leftOver) bool { return !found(now, l.finding) })
	return applied(before, edits), left, nil
}

func applied(r *analyzer.Result, edits map[string][]fix.Edit) map[string][]byte {
	out := map[string][]byte{}
	for file, list := range edits {
		out[file] = fix.Apply(r.Source(file), list)
	}
	return out
}

// identity is what stays of a finding when the text changes: its rule and the resource.
type identity struct{ rule, address string }

func identify(f *analyzer.Finding) identity { return identity{f.Rule.ID, f.Resources[0].String()} }

func count(r *analyzer.Result, id identity) int {
	n := 0
	for i := range r.Findings {
		if identify(&r.Findings[i]) == id {
			n++
		}
	}
	return n
}

// found says whether a result has a finding with the same opening.
func found(r *analyzer.Result, f *analyzer.Finding) bool {
	return slices.ContainsFunc(r.Findings, func(o analyzer.Finding) bool {
		return identify(&o) == identify(f) && o.Opening == f.Opening
	})
}

// worse says whether a change brought a finding, or kept something from being analysed.
func worse(before, after *analyzer.Result) bool {
	return before.Complete() && !after.Complete() ||
		slices.ContainsFunc(after.Findings, func(f analyzer.Finding) bool { return count(after, identify(&f)) > count(before, identify(&f)) })
}
