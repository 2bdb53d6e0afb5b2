package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fix"
	"github.com/tfreach/tfreach/analyzer/report"
)

// scanFlags are the flags of tfreach scan.
type scanFlags struct {
	inputFlags
	baseline, ref string
	newOnly       bool
	format        choice
	outputs       []string
	sarifAll      bool
	details       bool
	color         choice
	failOn        choice
	strict        bool
}

func (c *cli) scanCommand() *cobra.Command {
	f := &scanFlags{
		format: choice{kind: "format", words: formatNames(), value: "text"},
		color:  choice{kind: "mode", words: []string{"auto", "always", "never"}, value: "auto"},
		failOn: choice{kind: "level", words: []string{"error", "warning", "note", "never"}, value: "warning"},
	}
	cmd := &cobra.Command{
		Use:   "scan [PATH…]",
		Short: "Report what the internet can reach",
		Long: `Scan reports which ports a Terraform configuration, plan or state opens to the
internet, with the place to change.

PATH is a directory with .tf files, a .tf file, a plan or a state as JSON (as
terraform show -json prints it), or - for JSON from standard input; with
--terraform a plan file, too. Without a path it is the working directory. What a
file holds is recognised by its content.

A plan's findings say what the plan newly opens, and where in the configuration
that it was made from. To say what is new in a configuration takes a baseline: a
file that tfreach baseline wrote, or a commit.

A value that isn't known before apply is not guessed: where it decides, the
verdict is "unknown", and the report names the value. Give it with --var.

Exit codes, the same for every format:
  0  analysed; nothing at or above --fail-on
  1  findings at or above --fail-on, or what --strict forbids
  2  wrong use, an input that can't be read at all, or a report that can't be
     written; no report
  3  analysed in part; the report says what is missing`,
		Example: `  tfreach scan
  tfreach scan infra --var region=eu-west-1 --var-file prod.tfvars
  terraform show -json plan.out | tfreach scan -
  tfreach scan plan.json --source infra --new-only
  tfreach scan infra --baseline-ref origin/main --new-only
  git diff -z --name-only main | xargs -0 tfreach scan --changed --
  tfreach scan --port ssh --port 3389 --port 8000-8080
  tfreach scan --output sarif=tfreach.sarif --fail-on error`,
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := c.scan(cmd.Context(), args, f)
			c.code = code
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.add(flags)
	flags.BoolVar(&f.changed, "changed", false, "the PATHs are changed files: scan the root modules that they belong to")
	flags.StringVar(&f.baseline, "baseline", "", "compare with `FILE`, which tfreach baseline wrote")
	flags.StringVar(&f.ref, "baseline-ref", "", "compare with the configuration at the Git commit `REF`")
	flags.BoolVar(&f.newOnly, "new-only", false, "report only what the plan, or the difference to the baseline, newly opens")
	flags.Var(&f.format, "format", "write the report as "+list(formatNames()))
	flags.StringArrayVar(&f.outputs, "output", nil, "write the report to `FILE`, or with FORMAT=FILE one more; repeatable")
	flags.BoolVar(&f.details, "details", false, "in text, line and junit, tell of each finding, also of many that one value decides")
	flags.BoolVar(&f.sarifAll, "sarif-all", false, "unknown verdicts, and what was open before, in SARIF too")
	flags.Var(&f.color, "color", "colour text: auto, always or never")
	flags.Var(&f.failOn, "fail-on", "fail from this level on: error, warning, note or never")
	flags.BoolVar(&f.strict, "strict", false, "fail on unknown verdicts and on warnings about the analysis too")
	return cmd
}

// maxTrials is the number of fixes that a scan tries one by one for reports that show them; tfreach fix tries all.
const maxTrials = 20

// scan analyses paths, writes the reports, and returns the exit code.
func (c *cli) scan(ctx context.Context, paths []string, f *scanFlags) (int, error) {
	dests, err := destinations(f.format.value, f.outputs)
	if err != nil {
		return exitError, err
	}
	if f.baseline != "" && f.ref != "" {
		return exitError, usagef("--baseline and --baseline-ref are two baselines; use one")
	}
	at, dated, err := c.reportTime()
	if err != nil {
		return exitError, err
	}
	if f.changed && len(paths) == 0 {
		return exitError, usagef("--changed takes the files that changed")
	}
	config, err := c.config(paths, &f.inputFlags)
	if err != nil {
		return exitError, err
	}
	for _, d := range dests {
		if err := spares(d.path, slices.Concat(paths, f.files(), []string{f.baseline})); err != nil {
			return exitError, err
		}
	}
	config.Baseline, config.BaselineRef, config.NewOnly = f.baseline, f.ref, f.newOnly
	fixes := slices.ContainsFunc(dests, func(d destination) bool { return d.format.fixes })
	config.KeepRules, config.TraceValues = fixes, fixes
	config.Beyond = slices.ContainsFunc(dests, func(d destination) bool { return d.format.name == "html" })
	result, err := metered(c, &config, func() (*analyzer.Result, error) {
		return bounded(ctx, f.timeout, func(ctx context.Context) (*analyzer.Result, error) {
			result, err := analyzer.Run(ctx, config)
			if err == nil && fixes {
				fix.Plan(ctx, config, result, fix.Options{Trusted: config.Settings.Trusted, Trials: maxTrials})
			}
			return result, err
		})
	})
	if errors.Is(err, analyzer.ErrUncompared) {
		return exitError, usagef("--new-only: %w (--baseline or --baseline-ref)", err)
	}
	if err != nil {
		return exitError, err
	}

	path := fromWorkingDir(result.Root)
	reports := make([][]byte, len(dests))
	for i, d := range dests {
		width := 0
		if d.path == stdout {
			width = c.Width
		}
		color := f.color.value == "always" || f.color.value == "auto" && d.path == stdout && c.Color
		var link func(string) string
		if color && d.path == stdout && c.Links && result.Root != "" {
			link = fileURL(result.Root)
		}
		var b bytes.Buffer
		if err := d.format.render(&b, result, look{
			color: color, width: width, sarifAll: f.sarifAll, details: f.details, path: path, link: link, time: at, dated: dated,
			commit: c.commit(), command: command(c.args),
		}); err != nil {
			return exitError, fmt.Errorf("can't make the %s report: %w", d.format.name, err)
		}
		reports[i] = b.Bytes()
	}
	if err := deliver(ctx, f.timeout, c.Out.Rendered(), dests, reports); err != nil {
		return exitError, err
	}
	if name := dests[0].format.name; name != "text" && name != "line" || dests[0].path != stdout {
		c.warn(result.Notices, path)
	}
	if dests[0].format.name == "line" {
		c.complain(report.Headline(result)) // editors take each line of the report for a place in a file
	}
	return c.verdict(result, f), nil
}

// warn writes to standard error what the report says of the analysis itself, since whoever started it may not read a report for
// machines, or in a file.
func (c *cli) warn(notices []analyzer.Notice, path func(string) string) {
	for _, n := range notices {
		if n.Level >= analyzer.Warning {
			at := n.At
			at.Filename = path(at.Filename)
			c.complainAt(at, n.Summary, n.Detail)
		}
	}
}

// fileURL returns a function that maps a path from root, with slashes, to a URL of the file.
func fileURL(root string) func(string) string {
	return func(name string) string {
		u := url.URL{Scheme: "file", Path: path.Join("/", filepath.ToSlash(root), name)}
		return u.String()
	}
}

// fromWorkingDir returns a function that maps a path from root, with slashes, to a path from the working directory, or to the
// absolute path if that is shorter.
func fromWorkingDir(root string) func(string) string {
	dir, err := os.Getwd()
	if err == nil {
		// root has no symbolic links, so the way to it must begin without them.
		dir, err = filepath.EvalSymlinks(dir)
	}
	return func(name string) string {
		if err != nil || root == "" || name == "" {
			return name
		}
		abs := filepath.Join(root, filepath.FromSlash(name))
		if rel, err := filepath.Rel(dir, abs); err == nil && len(rel) < len(abs) {
			return rel
		}
		return abs
	}
}

// verdict returns the exit code for a result.
func (c *cli) verdict(r *analyzer.Result, f *scanFlags) int {
	if !r.Complete() {
		return exitPartial
	}
	least := threshold(f.failOn.value)
	unknown := 0
	for _, cause := range r.Causes() {
		switch {
		case cause.Change == analyzer.Absent:
		case cause.Outcome == analyzer.Unknown:
			unknown++
		case cause.Worst().Level >= least:
			return exitFindings
		}
	}
	if !f.strict {
		return exitClean
	}
	warnings := 0
	for _, n := range r.Notices {
		if n.Level >= analyzer.Warning {
			warnings++
		}
	}
	if unknown+warnings == 0 {
		return exitClean
	}
	c.complain(fmt.Sprintf("failing because of --strict (unknown verdicts: %d, warnings about the analysis: %d)",
		unknown, warnings))
	return exitFindings
}

// threshold returns the least level that --fail-on makes fail; for never it is above all levels.
func threshold(failOn string) analyzer.Level {
	for _, l := range []analyzer.Level{analyzer.Note, analyzer.Warning, analyzer.Error} {
		if l.String() == failOn {
			return l
		}
	}
	return analyzer.Error + 1
}
