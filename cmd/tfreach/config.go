package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/rules"
)

func (c *cli) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config COMMAND",
		Short: "Check or explain the configuration file " + config.Name,
		Long: `Config is about the file ` + config.Name + `, in which a repository keeps the ports
to judge, the levels of rules, trusted addresses and what to leave out.`,
		Example: `  tfreach config check
  tfreach config reference`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				c.code = exitError // whoever forgot the command shall not take it for a result
				cmd.SetOut(c.Err)
				return cmd.Help()
			}
			return unknown("command", args[0], commandNames(cmd))
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check [PATH]",
		Short: "Say what is wrong with a configuration file",
		Long: `Check reads a configuration file, or the one that a scan of a directory takes,
and says what is wrong with it and where. Of the latter it also says if there is
no root module, no file of values, no variable or no resource that it names.

Exit codes:
  0  it is right
  2  wrong use, no file, or it is wrong`,
		Example: `  tfreach config check
  tfreach config check infra
  tfreach config check policies/tfreach.hcl`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.checkConfig(cmd.Context(), args) },
	}, &cobra.Command{
		Use:     "reference",
		Short:   "Print what a configuration file may hold",
		Long:    "Reference prints a page in Markdown: all that a configuration file may hold, with\nan example.",
		Example: "  tfreach config reference",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(c.Out, config.Reference())
			return err
		},
	})
	return cmd
}

func (c *cli) checkConfig(ctx context.Context, args []string) error {
	path, found := ".", false
	switch {
	case len(args) > 1:
		return usagef("check takes one PATH, but got %q too", args[1])
	case len(args) == 1:
		path = args[0]
	}
	kind, err := source.KindOf(path)
	if err == nil && kind == source.KindFolder {
		dir := path
		if path, err = source.FindUp(dir, config.Name); err == nil && path == "" {
			return fmt.Errorf("%s: there is no %s in it, or above it in the repository", dir, config.Name)
		}
		if err != nil {
			return err
		}
		found = true
	}
	settings, err := readSettings(path)
	if err != nil {
		return err
	}
	if found && len(settings.Roots) > 0 {
		if err := checkRoots(ctx, settings, path); err != nil {
			return err
		}
	}
	if found && len(settings.Expectations) > 0 {
		if err := checkExpectations(ctx, settings, path); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.Out, "%s is right.\n", shown(path))
	return err
}

// checkRoots says what is wrong with what settings say of root modules.
func checkRoots(ctx context.Context, settings *config.Settings, file string) error {
	selection, err := analyzer.Select(ctx, analyzer.Config{Paths: []string{filepath.Dir(file)}, Settings: settings, SettingsFile: file})
	if err != nil {
		return err
	}
	defer selection.Close()
	var diags hcl.Diagnostics
	for _, n := range selection.Mistakes() {
		at := n.At
		at.Filename = shown(file)
		diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: n.Summary, Detail: n.Detail, Subject: &at})
	}
	if diags.HasErrors() {
		return diags
	}
	return nil
}

// checkExpectations says which addresses of expectations stand for nothing in the configuration.
func checkExpectations(ctx context.Context, settings *config.Settings, file string) error {
	asked := rules.Expect(settings)
	result, err := analyzer.Run(ctx, analyzer.Config{
		Paths: []string{filepath.Dir(file)}, Settings: settings, SettingsFile: file, Rules: asked, Knowledge: all.Knowledge(),
	})
	if err != nil {
		return err
	}
	var diags hcl.Diagnostics
	for _, n := range result.Notices {
		for _, e := range settings.Expectations {
			if n.At.Start == e.At.Start && n.At.End == e.At.End && strings.HasPrefix(n.Detail, e.ID+":") {
				at := e.At
				diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: n.Summary, Detail: n.Detail, Subject: &at})
			}
		}
	}
	if diags.HasErrors() {
		return diags
	}
	return nil
}

// shown returns the shorter of a path and its form from the working directory.
func shown(path string) string {
	return fromWorkingDir(filepath.Dir(path))(filepath.Base(path))
}

// readSettings reads a configuration file. Its error holds diagnostics with places in the file.
func readSettings(path string) (*config.Settings, error) {
	name := shown(path)
	text, err := source.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > config.MaxBytes {
		return nil, fmt.Errorf("%s: it is larger than %d KiB", name, config.MaxBytes>>10)
	}
	file, diags := source.ParseHCL(name, text)
	if diags.HasErrors() {
		return nil, diags
	}
	checkPort := func(word string) error {
		_, err := rules.Parse(word)
		return err
	}
	settings, diags := config.Decode(file, config.Checks{Rule: rules.Check, Port: checkPort})
	if diags.HasErrors() {
		return nil, diags
	}
	return settings, nil
}

// settings returns the settings for paths, and their file: the one that a flag names, else the one in or above the scanned
// directories; the default settings if there is none.
func (f *inputFlags) settings(paths []string) (*config.Settings, string, error) {
	file := f.configFile
	switch {
	case f.noConfig && file != "":
		return nil, "", usagef("--config and --no-config contradict each other")
	case f.noConfig:
		return config.Default(), "", nil
	case file == "":
		var found []string
		for _, path := range paths {
			name, err := source.FindUp(f.configuration(path), config.Name)
			if err != nil {
				return nil, "", err
			}
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
		if len(found) > 1 {
			return nil, "", usagef("the paths have different configuration files; scan them one by one, or use --config")
		}
		if file = found[0]; file == "" {
			return config.Default(), "", nil
		}
	}
	s, err := readSettings(file)
	return s, file, err
}

// configuration returns the folder that most likely contains the configuration of a path.
func (f *inputFlags) configuration(path string) string {
	if f.changed {
		dir, _ := source.Existing(path)
		return dir
	}
	kind, err := source.KindOf(path)
	switch {
	case path == "-" || err != nil || kind == source.KindStream:
		path = "."
	case kind != source.KindFolder:
		path = filepath.Dir(path)
	}
	if kind != source.KindFolder && kind != source.KindConfigFile && f.source != "" {
		// The scan reports that it isn't a folder.
		if kind, err := source.KindOf(f.source); err == nil && kind == source.KindFolder {
			return f.source
		}
	}
	return path
}
