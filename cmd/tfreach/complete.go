package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fix"
	"github.com/tfreach/tfreach/rules"
)

// completer completes words of a command line in the way that cobra asks for.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// these returns a completer of the words that a function returns.
func these(words func() []string) completer {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return beginning(words(), begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// first returns a completer of the first argument by the words that a function returns. It completes no other argument.
func first(words func() []string) completer {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return these(words)(cmd, args, begun)
	}
}

func beginning(words []string, begun string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, begun) })
}

// completeFlags completes the values of a command's flags that take one of a few words, and of --port and --output.
func completeFlags(cmd *cobra.Command) {
	for _, name := range []string{"format", "color", "fail-on"} {
		if f := cmd.Flags().Lookup(name); f != nil {
			if c, ok := f.Value.(*choice); ok {
				register(cmd, name, these(func() []string { return c.words }))
			}
		}
	}
	if cmd.Flags().Lookup("port") != nil {
		register(cmd, "port", these(func() []string {
			var names []string
			for _, s := range rules.Services() {
				names = append(names, s.Name)
			}
			return names
		}))
	}
	if cmd.Flags().Lookup("workspace") != nil {
		register(cmd, "workspace", bySettings(func(s *config.Settings) []string {
			var names []string
			for _, root := range s.Roots {
				names = append(names, root.Workspace)
				for _, v := range root.Variants {
					names = append(names, v.Workspace)
				}
			}
			return names
		}))
	}
	if cmd.Name() == "scan" {
		register(cmd, "output", func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			var words []string
			for _, name := range formatNames() {
				words = append(words, name+"=")
			}
			if words = beginning(words, begun); len(words) == 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return words, cobra.ShellCompDirectiveNoSpace
		})
	}
}

// bySettings returns a completer of the names that the settings of the paths have, each once.
func bySettings(names func(*config.Settings) []string) completer {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		var f inputFlags
		f.configFile, _ = cmd.Flags().GetString("config")
		f.noConfig, _ = cmd.Flags().GetBool("no-config")
		if len(args) == 0 {
			args = []string{"."}
		}
		settings, _, err := f.settings(args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		words := names(settings)
		slices.Sort(words)
		words = slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
		return beginning(words, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

func register(cmd *cobra.Command, flag string, by completer) {
	// It fails if the flag doesn't exist or already has a completion. That is a mistake here, which the tests of completion
	// find.
	_ = cmd.RegisterFlagCompletionFunc(flag, by)
}

// completionTime limits how long completion looks for addresses.
const completionTime = 3 * time.Second

// addresses completes the ADDRESS of path by the endpoints in PATH.
func (c *cli) addresses(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return nil, cobra.ShellCompDirectiveDefault
	case 1:
		return c.endpoints(cmd, args[0], begun)
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// replacements completes the addresses that fix puts in the place of everyone's: the trusted ones of the settings, and variables.
func (c *cli) replacements(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	words, how := bySettings(func(s *config.Settings) []string {
		var names []string
		for _, t := range s.Trusted {
			names = append(names, t.Name)
		}
		return names
	})(cmd, args, begun)
	if !strings.HasPrefix("var.", begun[:min(len(begun), len("var."))]) {
		return words, how
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	var f inputFlags
	settings, err := c.config(args, &f)
	if err != nil || slices.Contains(args, stdout) {
		return words, how
	}
	found, err := bounded(ctx, 0, func(ctx context.Context) ([]string, error) {
		result, err := analyzer.Run(ctx, settings)
		if err != nil {
			return nil, err
		}
		return fix.Replacements(result), nil
	})
	if err != nil {
		return words, how
	}
	return append(words, beginning(found, begun)...), how
}

// starts completes a flag that takes the internet or an endpoint in PATH.
func (c *cli) starts(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	internet := beginning([]string{"internet"}, begun)
	if len(args) == 0 {
		return internet, cobra.ShellCompDirectiveNoFileComp
	}
	words, how := c.endpoints(cmd, args[0], begun)
	return append(words, internet...), how
}

// endpoints completes the addresses of the endpoints in a path.
func (c *cli) endpoints(cmd *cobra.Command, path, begun string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	var f inputFlags
	found, err := inspect(ctx, c, path, &f, func(_ *analyzer.Selection, a *analyzer.Analysis) []string {
		var out []string
		for i := range a.Reached {
			out = append(out, a.Covered(a.Reached[i].Endpoint.Resource.Addr.String()))
		}
		return out
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	words := slices.Concat(found.each...)
	slices.Sort(words)
	return beginning(slices.Compact(words), begun), cobra.ShellCompDirectiveNoFileComp
}
