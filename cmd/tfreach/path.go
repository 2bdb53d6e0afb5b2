package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
)

func (c *cli) pathCommand() *cobra.Command {
	var f inputFlags
	var from string
	cmd := &cobra.Command{
		Use:   "path PATH [ADDRESS]",
		Short: "Show why the internet, or another start, reaches a resource or not",
		Long: `Path shows the ways from the internet to a port of a machine or of a load
balancer's listener, hop by hop: what each hop lets pass and why, and for a way
that is closed the first hop that closes it, and how one would open it.

PATH is what scan takes, and ADDRESS is that of a resource, such as
aws_instance.ftp or module.edge["ftp"].aws_instance.this[0]; without the key it
is all instances. Without an address, it lists what there are ways to, with the
verdict on each.

With --from, the ways start there instead: at a resource, all resources in a
module, a pattern such as module.web.*, a network, or a prefix such as
10.8.0.0/16. ADDRESS may then be any of these, too, or the word internet.

Exit codes:
  0  traced, whatever the answer
  2  wrong use, an input that can't be read at all, or no such endpoint
  3  traced, but a part of the input was not analysed`,
		Example: `  tfreach path infra
  tfreach path infra aws_instance.ftp
  tfreach path plan.json module.edge.aws_lb_listener.ftp --port ssh
  tfreach path infra --from aws_instance.web aws_db_instance.main --port postgresql
  tfreach path infra --from aws_instance.web internet --port https`,
		ValidArgsFunction: c.addresses,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usagef("path takes a PATH, and an ADDRESS if you like, but got %s", arguments(len(args)))
			}
			trace := c.list
			switch {
			case from != "" && len(args) == 1:
				return usagef("--from needs an ADDRESS to go to; tfreach reach lists all that is reached")
			case from != "":
				trace = func(ctx context.Context, path string, f *inputFlags) (int, error) {
					return c.between(ctx, path, from, args[1], f)
				}
			case len(args) == 2:
				trace = func(ctx context.Context, path string, f *inputFlags) (int, error) {
					return c.path(ctx, path, args[1], f)
				}
			}
			code, err := trace(cmd.Context(), args[0], &f)
			c.code = code
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&from, "from", "", "start at `ADDRESS`, a pattern of addresses, a prefix or the internet (default internet)")
	register(cmd, "from", c.starts)
	f.add(flags)
	return cmd
}

// inspected is the result of a run, and what a command made of each Analysis.
type inspected[T any] struct {
	*analyzer.Result
	each []T
}

// inspect analyses a path as a scan does, and calls a function with the Analysis of each input.
func inspect[T any](
	ctx context.Context, c *cli, path string, f *inputFlags, see func(*analyzer.Selection, *analyzer.Analysis) T,
) (inspected[T], error) {
	config, err := c.config([]string{path}, f)
	if err != nil {
		return inspected[T]{}, err
	}
	return metered(c, &config, func() (inspected[T], error) {
		return bounded(ctx, f.timeout, func(ctx context.Context) (inspected[T], error) {
			result, each, err := analyzer.RunWith(ctx, config, see)
			return inspected[T]{result, each}, err
		})
	})
}

// list prints the endpoints of a path with the verdicts on them.
func (c *cli) list(ctx context.Context, path string, f *inputFlags) (int, error) {
	found, err := inspect(ctx, c, path, f, func(s *analyzer.Selection, a *analyzer.Analysis) string {
		var b bytes.Buffer
		for i := range a.Reached {
			proof{&b, a, fromWorkingDir(s.Root)}.verdict(&a.Reached[i])
		}
		if len(s.Inputs) > 1 && b.Len() > 0 {
			return "In " + a.Input.Name + ":\n" + a.Covered(b.String())
		}
		return a.Covered(b.String())
	})
	if err != nil {
		return exitError, err
	}
	text := strings.Join(found.each, "")
	if text == "" {
		text = "There is no machine or listener whose ways tfreach knows.\n"
	}
	return c.shown(text, found.Result)
}

// shown prints what was traced in a result, and returns the exit code.
func (c *cli) shown(text string, r *analyzer.Result) (int, error) {
	out := io.Writer(c.Out)
	if c.Terminal {
		out, text = c.Out.Rendered(), wrapped(text, c.columns(), c.Color)
	}
	if _, err := io.WriteString(out, text); err != nil {
		return exitError, err
	}
	c.warn(r.Notices, fromWorkingDir(r.Root))
	if !r.Complete() {
		return exitPartial, nil
	}
	return exitClean, nil
}

// path traces the ways to a resource and prints them.
func (c *cli) path(ctx context.Context, path, address string, f *inputFlags) (int, error) {
	addr, err := graph.ParseAddress(address)
	if err != nil {
		return exitError, usagef("%s: %w", address, err)
	}
	type traced struct {
		text      string
		endpoints []string
	}
	found, err := inspect(ctx, c, path, f, func(s *analyzer.Selection, a *analyzer.Analysis) traced {
		var out traced
		var b bytes.Buffer
		for i := range a.Reached {
			r := &a.Reached[i]
			at := r.Endpoint.Resource.Addr
			out.endpoints = append(out.endpoints, a.Covered(at.String()))
			if at.Compare(addr) == 0 || at.Block().Compare(addr) == 0 {
				proof{&b, a, fromWorkingDir(s.Root)}.endpoint(r)
			}
		}
		if a.Input.Variant() != "" && b.Len() > 0 {
			out.text = "In " + a.Input.Name + ":\n\n"
		}
		out.text += a.Covered(b.String())
		return out
	})
	if err != nil {
		return exitError, err
	}
	var b strings.Builder
	var endpoints []string
	for _, one := range found.each {
		if b.Len() > 0 && one.text != "" {
			b.WriteString("\n")
		}
		b.WriteString(one.text)
		endpoints = append(endpoints, one.endpoints...)
	}
	name := fromWorkingDir(found.Root)
	if b.Len() == 0 {
		c.warn(found.Notices, name)
		err := noEndpoint(address, endpoints)
		if !found.Complete() {
			return exitPartial, errGivenUp{err}
		}
		return exitError, err
	}
	return c.shown(b.String(), found.Result)
}

func noEndpoint(address string, endpoints []string) error {
	if len(endpoints) == 0 {
		return fmt.Errorf("%s: no way to it is known; there is no machine or listener whose ways tfreach knows", address)
	}
	return fmt.Errorf("%s: no way to it is known; ways are known to %s", address, list(endpoints[:min(len(endpoints), 9)]))
}

// proof writes why an endpoint can or can't be reached.
type proof struct {
	w    io.Writer
	of   *analyzer.Analysis
	name func(string) string
}

func (p proof) line(format string, args ...any) {
	// It writes to a buffer.
	_, _ = fmt.Fprintf(p.w, format+"\n", args...)
}

func (p proof) endpoint(r *reach.Reached) {
	if p.verdict(r) {
		for port, path := range r.Fronts() {
			front := *r
			front.Port = port
			p.line("\nAt %s in front, which is handed on to %s:", port, r.Port)
			p.path(&front, path)
		}
		p.line("\nAt %s in front:", r.Port)
	}
	for path := range r.Paths() {
		p.path(r, path)
	}
}

// verdict says whether an endpoint is reached. It reports whether it is by another port in front only.
func (p proof) verdict(r *reach.Reached) (through bool) {
	word, admits := "from the internet", r.Admits
	if admits.May.Empty() {
		if own := r.Own(r.Port.Ports); !own.May.Empty() {
			word, admits, through = "from the internet through another port", own, true
		}
	}
	switch {
	case !admits.Must.Empty():
		word = "can be reached " + word
	case !admits.May.Empty():
		word = "may be reachable " + word
	default:
		word = "can't be reached " + word
	}
	p.line("%s %s: %s %s", r.Endpoint.Word, r.Endpoint.Resource.Addr, r.Port, word)
	return through
}

func (p proof) path(r *reach.Reached, path *reach.Path) {
	family := "IPv4"
	if path.Way.Family.IPv4().Empty() {
		family = "IPv6"
	}
	closed := path.Closed()
	verdict := "open"
	switch {
	case closed != nil:
		verdict = "closed at the " + closed.Hop.Kind
	case path.Admits.Must.Empty():
		verdict = "unknown"
	}
	p.line("\n%s, way %s", family, verdict)
	for i := range path.Steps {
		s := &path.Steps[i]
		sign := "pass"
		switch {
		case s.Passes.May.Empty() || s.Left.May.Empty():
			sign = "STOP"
		case !s.Passes.Known():
			sign = "may "
		}
		name := s.Hop.Kind
		if s.Hop.Resource != nil {
			name += " " + s.Hop.Resource.Addr.String()
		}
		p.line("  %s  %s: %s%s", sign, name, s.Hop.Why, p.place(s.Hop.Resource, s.Hop.At))
		for _, o := range slices.Concat(s.Openings, s.Denials) {
			p.line("          %s %s (%s)%s", o.Rule.Action, o.Rule.Brief(), o.Rule.Resource.Addr, p.place(o.Rule.Resource, o.Rule.At))
		}
		for _, d := range decides(s) {
			p.line("          decided by %s", d)
		}
		if s == closed {
			p.change(s.Hop.Change)
			return
		}
	}
	if last := len(path.Steps) - 1; closed == nil && last >= 0 {
		p.change(path.Steps[last].Hop.Change)
	}
	p.line("  admits %s", p.admits(r, path))
}

// change says what would change a hop, if anything here does.
func (p proof) change(how string) {
	if how != "" {
		p.line("        to change it: %s", how)
	}
}

// admits returns who comes by a way.
func (p proof) admits(r *reach.Reached, path *reach.Path) string {
	if !path.Way.Clients.Empty() {
		return passing(r, path)
	}
	set, word := path.Admits.Must, ""
	if set.Empty() {
		set, word = path.Admits.May, "perhaps "
	}
	v4, v6 := set.PublicShare()
	share := max(v4, v6)
	if share == 1 {
		return word + "everyone to " + r.Port.String()
	}
	return fmt.Sprintf("%s%s of the internet to %s", word, percent(share), r.Port)
}

// percent returns a share that is less than the whole. It never looks like all or nothing.
func percent(share float64) string {
	switch hundred := share * 100; {
	case hundred > 99:
		return "more than 99%"
	case hundred < 0.01:
		return "less than 0.01%"
	default:
		return fmt.Sprintf("%.2g%%", hundred)
	}
}

// decides returns what would decide an unknown hop.
func decides(s *reach.Step) []string {
	if s.Passes.Known() {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, o := range s.Hop.Decides {
		if !seen[o.Name] {
			seen[o.Name] = true
			out = append(out, o.Name)
		}
	}
	return out
}

func (p proof) place(r *graph.Resource, at hcl.Range) string {
	at = p.of.Placed(r, at)
	if at.Filename == "" {
		return ""
	}
	return fmt.Sprintf(" [%s:%d]", p.name(at.Filename), at.Start.Line)
}
