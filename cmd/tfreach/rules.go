package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/rules"
)

func (c *cli) rulesCommand() *cobra.Command {
	var ports portsFlag
	cmd := &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rules, or explain one",
		Long: `Rules lists the rules that a scan asks, and the services that --port takes by
name. With the ID of a rule it prints its page: what it finds, why it matters,
and how to fix it.`,
		Example: `  tfreach rules
  tfreach rules --port ssh --port rdp
  tfreach rules ftp-ingress-open`,
		ValidArgsFunction: first(func() []string {
			var ids []string
			for _, r := range rules.For(allPorts()) {
				ids = append(ids, r.ID)
			}
			return ids
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return c.listRules(ports)
			case 1:
				return c.explainRule(args[0], ports)
			}
			return usagef("rules takes one ID, but got %q too", args[1])
		},
	}
	cmd.Flags().Var(&ports, "port", "the rules for port `N`, A-B or a service name; repeatable (default ftp)")
	return cmd
}

func (c *cli) listRules(flag portsFlag) error {
	all := len(flag) == 0
	ports, err := flag.orDefault()
	if err != nil {
		return err
	}
	rows := [][]string{{"RULE", "LEVEL", "TITLE"}}
	for _, r := range append(rules.For(ports), rules.AnExpectation()) {
		rows = append(rows, []string{r.ID, r.Level.String(), r.Title})
	}
	if err := c.print(rows); err != nil || !all {
		return err
	}
	rows = [][]string{{}, {"SERVICE", "PORTS", "EVERYONE REACHES"}}
	for _, s := range rules.Services() {
		rows = append(rows, []string{s.Name, s.Port().String(), s.Why})
	}
	return c.print(rows)
}

// allPorts returns the ports of every service in the catalogue.
func allPorts() portsFlag {
	var ports portsFlag
	for _, s := range rules.Services() {
		ports = append(ports, s.Port())
	}
	return ports
}

// explainRule prints the page of a rule. Without ports it knows the rules of every service in the catalogue.
func (c *cli) explainRule(id string, ports portsFlag) error {
	if len(ports) == 0 {
		ports = allPorts()
	}
	all := append(rules.For(ports), rules.AnExpectation())
	if strings.HasPrefix(id, config.ExpectPrefix) {
		id = rules.AnExpectation().ID
	}
	i := slices.IndexFunc(all, func(r *analyzer.Rule) bool { return r.ID == id })
	if i < 0 {
		var ids []string
		for _, r := range all {
			ids = append(ids, r.ID)
		}
		return unknown("rule", id, ids)
	}
	r := all[i]
	if c.Terminal {
		head := fmt.Sprintf("# %s: %s\n\n%s, security severity %.1f\n\n", r.ID, r.Title, r.Level, r.Severity)
		return writePage(c.Out.Rendered(), head+r.Help, c.columns(), c.Color)
	}
	_, err := fmt.Fprintf(c.Out, "%s: %s\n%s, security severity %.1f\n\n%s", r.ID, r.Title, r.Level, r.Severity, r.Help)
	return err
}
