package main

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/secret"
	"github.com/tfreach/tfreach/rules"
)

// inputFlags say what is analysed.
type inputFlags struct {
	ports     portsFlag
	vars      []analyzer.Var // of --var and --var-file in the order of the command line, as it decides
	envVars   bool
	workspace string
	with      []string
	source    string
	terraform string
	// configFile is the configuration file. noConfig is true to read none.
	configFile string
	noConfig   bool
	// noSuppressions is true to ignore comments that suppress findings.
	noSuppressions bool
	timeout        time.Duration
	debug          bool
	// changed is true if the paths are changed files. Only scan has the flag.
	changed bool
}

// add adds the flags to those of a command.
func (f *inputFlags) add(flags *pflag.FlagSet) {
	f.addValues(flags)
	flags.DurationVar(&f.timeout, "timeout", 0, "give up what is not analysed after `TIME`, such as 90s or 5m; what was analysed is reported")
	flags.StringVar(&f.source, "source", "", "the configuration that a plan was made from is in `DIR` (default: the plan's or the working directory)")
	flags.StringVar(&f.terraform, "terraform", "", "let the program `PATH`, terraform or tofu, read binary plans; it runs the providers that it finds")
}

// addValues adds the flags that say what is asked, and with which values.
func (f *inputFlags) addValues(flags *pflag.FlagSet) {
	flags.Var(&f.ports, "port", "judge port `N`, A-B or a service name; repeatable, also with commas (default ftp)")
	flags.Func("var", "set variable `NAME=VALUE`; repeatable, the last of --var and --var-file wins", func(s string) error {
		if name, _, ok := strings.Cut(s, "="); !ok || name == "" {
			return usagef("%q is not NAME=VALUE", s)
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
	flags.StringArrayVar(&f.with, "with", nil, "look data sources, remote states and IDs up in the state or plan `FILE`; repeatable")
	flags.StringVar(&f.configFile, "config", "", "take the settings from `FILE` (default: .tfreach.hcl in the directory or above)")
	flags.BoolVar(&f.noConfig, "no-config", false, "take no settings from a file")
	flags.BoolVar(&f.noSuppressions, "no-suppressions", false, "let comments in the configuration suppress nothing")
	flags.BoolVar(&f.debug, "debug", false, "log to standard error what is read, skipped and decided")
}

// config returns the analysis that the flags describe, for paths; without paths it is for the working directory.
func (c *cli) config(paths []string, f *inputFlags) (analyzer.Config, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	if slices.Contains(paths, "") {
		return analyzer.Config{}, usagef("an empty path; the working directory is .")
	}
	settings, file, err := f.settings(paths)
	if err != nil {
		return analyzer.Config{}, err
	}
	if len(f.ports) == 0 {
		for _, word := range settings.Ports {
			if err := f.ports.Set(word); err != nil {
				return analyzer.Config{}, err
			}
		}
	}
	ports, err := f.ports.orDefault()
	if err != nil {
		return analyzer.Config{}, err
	}
	var env []string
	if f.envVars {
		env = c.Env
	}
	var log *slog.Logger
	if f.debug {
		log = slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: redacted}))
	}
	if f.timeout < 0 {
		return analyzer.Config{}, usagef("--timeout: %s is before now", f.timeout)
	}
	return analyzer.Config{
		Log:   log,
		Paths: paths, Changed: f.changed, Stdin: c.In, Rules: append(rules.For(ports), rules.Expect(settings)...), Knowledge: all.Knowledge(),
		Settings: settings, SettingsFile: file, Today: c.Today, CheckRule: rules.Check,
		NoSuppressions: f.noSuppressions,
		Vars:           f.vars, Env: env, Workspace: f.workspace, With: f.with, Source: f.source, Terraform: f.terraform,
	}, nil
}

// files returns the paths of the files that the flags name to be read.
func (f *inputFlags) files() []string {
	files := slices.Clone(f.with)
	for _, v := range f.vars {
		files = append(files, v.File)
	}
	return files
}

// redacted covers what looks like a secret in a log attribute.
func redacted(_ []string, a slog.Attr) slog.Attr {
	if text := a.Value.String(); text != secret.RedactProse(text) {
		a.Value = slog.StringValue(secret.RedactProse(text))
	}
	return a
}

// portsFlag is a flag for ports; the default is the FTP control port.
type portsFlag []reach.Port

func (p *portsFlag) Type() string { return "port" }

func (p *portsFlag) String() string {
	var names []string
	for _, port := range *p {
		names = append(names, port.Service)
	}
	return strings.Join(names, ",")
}

// Set adds ports, separated by commas. A service that is given by number and by name counts once.
func (p *portsFlag) Set(s string) error {
	for word := range strings.SplitSeq(s, ",") {
		if err := p.add(strings.TrimSpace(word)); err != nil {
			return err
		}
	}
	return nil
}

func (p *portsFlag) add(s string) error {
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
