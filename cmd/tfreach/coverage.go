package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer/adapter/all"
)

func (c *cli) coverageCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "coverage [PROVIDER|TYPE]",
		Short: "List the resource types that are read",
		Long: `Coverage says what resources of each provider are read for: ingress rules and
what these refer to, what the rules guard and the ways to it from the internet,
and how FTP servers are set up. With a provider, the prefix of its types, it
names the types; with a type it says what that is read for. Rules that no type
here declares are not seen.`,
		Example: `  tfreach coverage
  tfreach coverage aws
  tfreach coverage aws_instance`,
		ValidArgsFunction: first(func() []string {
			read := covered()
			words := slices.Sorted(maps.Keys(read))
			for _, provider := range words {
				words = append(words, slices.Sorted(maps.Keys(read[provider]))...)
			}
			return words
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			read := covered()
			switch len(args) {
			case 0:
				return c.print(read.table())
			case 1:
				if types, ok := read[args[0]]; ok {
					return c.print(types.table())
				}
				provider, _, isType := strings.Cut(args[0], "_")
				types, ok := read[provider]
				switch {
				case !isType || !ok:
					return unknown("provider", args[0], slices.Sorted(maps.Keys(read)))
				case types[args[0]] == nil:
					text := args[0] + " isn't read: what it declares is not seen."
					if best := meant(args[0], slices.Sorted(maps.Keys(types))); best != "" {
						text += " Did you mean " + best + "?"
					}
					_, err := fmt.Fprintln(c.Out, text)
					return err
				}
				return c.print(typesCovered{args[0]: types[args[0]]}.table())
			}
			return usagef("coverage takes one provider or type, but got %q too", args[1])
		},
	}
}

// purpose is what a resource type is read for.
type purpose uint8

const (
	forRules purpose = iota + 1
	forWays
	forFTP
)

// coverage is what each resource type of each provider is read for.
type coverage map[string]typesCovered

// typesCovered are the resource types of a provider.
type typesCovered map[string]map[purpose]bool

// covered returns what the adapters and clouds declare that they read.
func covered() coverage {
	read := coverage{}
	add := func(p purpose, types []string) {
		for _, typ := range types {
			provider, _, _ := strings.Cut(typ, "_")
			if read[provider] == nil {
				read[provider] = typesCovered{}
			}
			if read[provider][typ] == nil {
				read[provider][typ] = map[purpose]bool{}
			}
			read[provider][typ][p] = true
		}
	}
	for _, a := range all.Knowledge().Adapters {
		types := slices.Concat(a.Types, a.Reads)
		if a.Ingress != nil || a.Outbound != nil {
			add(forRules, types)
		}
		if a.Attachments != nil {
			add(forWays, types)
		}
		if a.FTP != nil {
			add(forFTP, types)
		}
	}
	for _, cloud := range all.Knowledge().Clouds {
		add(forWays, slices.Concat(cloud.Reads, cloud.Guards))
		for _, link := range cloud.Links {
			add(forWays, []string{link.Type})
		}
	}
	return read
}

func (read coverage) table() [][]string {
	rows := [][]string{{"PROVIDER", "READ FOR"}}
	for _, provider := range slices.Sorted(maps.Keys(read)) {
		together := map[purpose]bool{}
		for _, purposes := range read[provider] {
			maps.Copy(together, purposes)
		}
		rows = append(rows, []string{provider, words(together)})
	}
	return rows
}

func (types typesCovered) table() [][]string {
	rows := [][]string{{"TYPE", "READ FOR"}}
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		rows = append(rows, []string{typ, words(types[typ])})
	}
	return rows
}

// words lists purposes.
func words(purposes map[purpose]bool) string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(purposes)) {
		out = append(out, map[purpose]string{forRules: "rules", forWays: "ways", forFTP: "FTP"}[p])
	}
	return strings.Join(out, ", ")
}
