package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
	"github.com/tfreach/tfreach/analyzer/report"
)

func (c *cli) reachCommand() *cobra.Command {
	var f inputFlags
	var from, to string
	format := choice{kind: "format", words: report.ReachFormats(), value: "text"}
	cmd := &cobra.Command{
		Use:   "reach PATH",
		Short: "List all that a machine reaches, or all that reaches it",
		Long: `Reach lists what a machine reaches inside of its networks and on the internet, or
what reaches it, with all TCP and UDP ports. PATH is what scan takes; --port
doesn't matter here.

--from and --to take the address of a resource, of a module, a pattern such as
module.web.*, a network, a prefix such as 10.8.0.0/16, or the word internet.
Machines that are alike share a line. With both, only what lies between is told.

Exit codes:
  0  listed
  2  wrong use, an input that can't be read at all, or no such machine
  3  listed, but a part of the input was not analysed`,
		Example: `  tfreach reach infra --from aws_instance.web
  tfreach reach plan.json --to aws_db_instance.main --format json
  tfreach reach infra --to internet`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return usagef("reach takes one PATH, but got %s", arguments(len(args)))
			case from == "" && to == "":
				return usagef("reach needs --from ADDRESS or --to ADDRESS")
			}
			code, err := c.reach(cmd.Context(), args[0], from, to, format.value, &f)
			c.code = code
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&from, "from", "", "list what is reached from `ADDRESS`, a pattern of addresses, a prefix or the internet")
	register(cmd, "from", c.starts)
	flags.StringVar(&to, "to", "", "list what reaches `ADDRESS`, a pattern of addresses, a prefix or the internet")
	register(cmd, "to", c.starts)
	flags.Var(&format, "format", "write "+list(report.ReachFormats()))
	f.add(flags)
	return cmd
}

// reach lists what is reached from a place, or what reaches it.
func (c *cli) reach(ctx context.Context, path, from, to, format string, f *inputFlags) (int, error) {
	type listed struct {
		rows     []analyzer.Flow
		stops    string
		from, to bool
	}
	found, err := inspect(ctx, c, path, f, func(_ *analyzer.Selection, a *analyzer.Analysis) listed {
		n := a.Networks()
		if n == nil {
			return listed{}
		}
		starts, ends := n.Find(from), n.Find(to)
		out := listed{from: from == "" || len(starts) > 0, to: to == "" || len(ends) > 0}
		stops := func() []analyzer.Stop { return n.Stops(starts, ends) }
		switch {
		case from == "":
			out.rows, stops = n.FlowsTo(ends), func() []analyzer.Stop { return n.StopsTo(ends) }
		case to == "":
			out.rows, stops = n.FlowsFrom(starts), func() []analyzer.Stop { return n.StopsFrom(starts) }
		default:
			out.rows = n.Flows(starts, ends)
		}
		if len(out.rows) == 0 {
			out.stops = a.Covered(stopped(stops()))
		}
		for i := range out.rows {
			for _, names := range [][]string{out.rows[i].From, out.rows[i].To} {
				for k := range names {
					names[k] = a.Covered(names[k])
				}
			}
		}
		return out
	})
	if err != nil {
		return exitError, err
	}
	var rows []analyzer.Flow
	stops := ""
	known := [2]bool{}
	for _, one := range found.each {
		rows, stops = append(rows, one.rows...), stops+one.stops
		known[0], known[1] = known[0] || one.from, known[1] || one.to
	}
	if !known[0] || !known[1] {
		c.warn(found.Notices, fromWorkingDir(found.Root))
		return notFound(found.Result, known, from, to)
	}
	var b bytes.Buffer
	if err := report.Reachable(&b, rows, from == "", format); err != nil {
		return exitError, fmt.Errorf("can't write what is reached: %w", err)
	}
	if b.Len() == 0 {
		b.WriteString("Nothing is reached.\n" + stops)
	}
	return c.shown(b.String(), found.Result)
}

// stopped says where what goes between places is stopped, a line for each hop.
func stopped(stops []analyzer.Stop) string {
	const most = 20
	var b strings.Builder
	for i, s := range stops {
		if i == most {
			fmt.Fprintf(&b, "  %d more hops stop others.\n", len(stops)-most)
			break
		}
		name := s.Others[0]
		if more := len(s.Others) - 1; more > 0 {
			name += fmt.Sprintf(" and %d more", more)
		}
		why := "no way leads there"
		if s.Hop != nil {
			why = "stopped at the " + s.Hop.Kind
			if s.Hop.Resource != nil {
				why += " " + s.Hop.Resource.Addr.String()
			}
			why += ": " + s.Hop.Why
		}
		fmt.Fprintf(&b, "  %s\n", display.Clean(name+": "+why))
	}
	return b.String()
}
