package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

// scanFlags are the flags of tfreach scan.
type scanFlags struct {
	ports     portsFlag
	vars      []analyzer.Var // of --var and --var-file in the order of the command line, as it decides
	envVars   bool
	workspace string
	format    choice
	outputs   []string
	sarifAll  bool
	color     choice
	failOn    choice
	strict    bool
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
terraform show -json prints it), a plan file (read through the terraform or tofu
that is installed), or - for JSON from standard input. Without a path it is the
working directory. What a file holds is recognised by its content.

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
	flags.Var(&f.ports, "port", "judge port `N`, A-B or a service name; repeatable (default ftp)")
	flags.Func("var", "set variable `NAME=VALUE`; repeatable, the last of --var and --var-file wins", func(s string) error {
		if name, _, ok := strings.Cut(s, "="); !ok || name == "" {
			return usagef("--var: %q is not NAME=VALUE", s)
		}
		f.vars = append(f.vars, analyzer.Var{Assign: s})
		return nil
	})
	flags.Func("var-file", "set the variables in `FILE`; repeatable", func(s string) error {
		f.vars = append(f.vars, analyzer.Var{File: s})
		return nil
	})
	flags.BoolVar(&f.envVars, "env-vars", false, "take variables from TF_VAR_NAME in the environment too")
	flags.StringVar(&f.workspace, "workspace", "", "let terraform.workspace be `NAME`; it is unknown without")
	flags.Var(&f.format, "format", "write the report as text, sarif or json")
	flags.StringArrayVar(&f.outputs, "output", nil, "write the report to `FILE`, or with FORMAT=FILE one more; repeatable")
	flags.BoolVar(&f.sarifAll, "sarif-all", false, "unknown verdicts in SARIF too, as kind open")
	flags.Var(&f.color, "color", "colour text: auto, always or never")
	flags.Var(&f.failOn, "fail-on", "fail from this level on: error, warning, note or never")
	flags.BoolVar(&f.strict, "strict", false, "fail on unknown verdicts and on warnings about the analysis too")
	return cmd
}

// scan analyses paths, writes the reports, and returns the exit code.
func (c *cli) scan(ctx context.Context, paths []string, f *scanFlags) (int, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	if slices.Contains(paths, "") {
		return exitError, usagef("an empty path; the working directory is .")
	}
	dests, err := destinations(f.format.value, f.outputs)
	if err != nil {
		return exitError, err
	}
	ports, err := f.ports.orDefault()
	if err != nil {
		return exitError, err
	}

	var env []string
	if f.envVars {
		env = c.Env
	}
	result, err := analyzer.Run(ctx, analyzer.Config{
		Paths: paths, Stdin: c.In, Rules: rules.For(ports), Adapters: adapter.All(),
		Vars: f.vars, Env: env, Workspace: f.workspace,
	})
	if err != nil {
		return exitError, err
	}

	path := fromWorkingDir(result.Root)
	reports := make([][]byte, len(dests))
	for i, d := range dests {
		color := f.color.value == "always" || f.color.value == "auto" && d.path == stdout && c.Color
		var b bytes.Buffer
		if err := d.format.render(&b, result, look{color: color, sarifAll: f.sarifAll, path: path}); err != nil {
			return exitError, fmt.Errorf("can't make the %s report: %w", d.format.name, err)
		}
		reports[i] = b.Bytes()
	}
	if err := deliver(c.Out, dests, reports); err != nil {
		return exitError, err
	}
	if dests[0].format.name != "text" || dests[0].path != stdout {
		c.warn(result.Notices, path)
	}
	return c.verdict(result, f), nil
}

// warn says on standard error what the report says of the analysis itself, as a report for machines, or in a file, may
// not be read by the one who started it.
func (c *cli) warn(notices []analyzer.Notice, path func(string) string) {
	for _, n := range notices {
		if n.Level >= analyzer.Warning {
			at := n.At
			at.Filename = path(at.Filename)
			c.complain(message(at, n.Summary, n.Detail))
		}
	}
}

// fromWorkingDir returns a function that maps a path from root, with slashes, to one from the working directory, or to
// the absolute path where that is shorter.
func fromWorkingDir(root string) func(string) string {
	dir, err := os.Getwd()
	if err == nil {
		// The root is without symbolic links, so the way to it must start without them.
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
	for _, finding := range r.Findings {
		switch finding.Outcome {
		case analyzer.Exposed:
			if finding.Level >= least {
				return exitFindings
			}
		case analyzer.Unknown:
			unknown++
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

// threshold returns the least level that --fail-on makes fail, which is above all levels for never.
func threshold(failOn string) analyzer.Level {
	for _, l := range []analyzer.Level{analyzer.Note, analyzer.Warning, analyzer.Error} {
		if l.String() == failOn {
			return l
		}
	}
	return analyzer.Error + 1
}

// portsFlag is a flag for ports, by default the FTP control port.
type portsFlag []reach.Port

func (p *portsFlag) Type() string { return "port" }

func (p *portsFlag) String() string {
	var names []string
	for _, port := range *p {
		names = append(names, port.Service)
	}
	return strings.Join(names, ",")
}

// Set adds a port. The same service twice, by number and by name, is one.
func (p *portsFlag) Set(s string) error {
	port, err := rules.Parse(s)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(*p, func(q reach.Port) bool { return q.Service == port.Service }) {
		*p = append(*p, port)
	}
	return nil
}

func (p *portsFlag) orDefault() ([]reach.Port, error) {
	if len(*p) == 0 {
		if err := p.Set("ftp"); err != nil {
			return nil, err
		}
	}
	return *p, nil
}
