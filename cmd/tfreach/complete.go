package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/rules"
)

// completer completes words of a command line, as cobra asks for it.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// these completes the words that a function returns.
func these(words func() []string) completer {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return beginning(words(), begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// first completes the first argument by the words that a function returns, and no other.
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

// completeFlags completes the values of those flags of a command that take one of a few words, and of --port and --output.
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

func register(cmd *cobra.Command, flag string, by completer) {
	// It fails where the flag isn't there, or has a completion already: a mistake here, which the tests of completion find.
	_ = cmd.RegisterFlagCompletionFunc(flag, by)
}

// completionTime is how long completion looks for addresses.
const completionTime = 3 * time.Second

// addresses completes the ADDRESS of path, by the endpoints that PATH has.
func (c *cli) addresses(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return nil, cobra.ShellCompDirectiveDefault
	case 1:
	default:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	var f inputFlags
	found, err := inspect(ctx, c, args[0], &f, func(_ *analyzer.Selection, a *analyzer.Analysis) []string {
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
