package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Expect returns a rule for each expectation of the settings.
func Expect(s *config.Settings) []*analyzer.Rule {
	var out []*analyzer.Rule
	for i := range s.Expectations {
		out = append(out, expect(&s.Expectations[i], s))
	}
	return out
}

// AnExpectation returns the rule that stands for those of all expectations where rules are told.
func AnExpectation() *analyzer.Rule {
	e := &config.Expectation{Name: "NAME", ID: config.ExpectPrefix + "name", From: []string{"FROM"}, To: []string{"TO"}}
	return expect(e, config.Default())
}

// expect asks whether an expectation holds.
func expect(e *config.Expectation, s *config.Settings) *analyzer.Rule {
	x := expectation{Expectation: e, ports: reach.Ports{}}
	for _, t := range s.Trusted {
		x.trusted = x.trusted.Union(t.Set)
	}
	for _, word := range e.Ports {
		if p, err := Parse(word); err == nil {
			x.add(p.Protocol, p.Ports)
		}
	}
	if len(e.Ports) == 0 {
		x.add(netset.TCP, netset.PortRange(1, 65535))
		x.add(netset.UDP, netset.PortRange(1, 65535))
	}
	level := analyzer.Error
	for _, l := range []analyzer.Level{analyzer.Note, analyzer.Warning} {
		if e.Level == l.String() {
			level = l
		}
	}
	title, must := "Not as expected: "+e.Name, "must not be reachable"
	if e.Reachable {
		must = "must be reachable"
	}
	return &analyzer.Rule{
		ID:       e.ID,
		Page:     config.ExpectPrefix + "name",
		Title:    title,
		Summary:  shortened(fmt.Sprintf("%s %s from %s.", strings.Join(e.To, ", "), must, strings.Join(e.From, ", "))),
		Help:     strings.TrimSpace(expectHelp) + "\n",
		Level:    level,
		Severity: 8.0,
		Tags:     []string{"security", "network", "path"},
		Run:      x.run,
	}
}

// shortened cuts a text that is longer than a summary may be.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 1000 {
		return string(runes[:1000]) + "…"
	}
	return text
}

// expectation is an expectation with its ports as sets.
type expectation struct {
	*config.Expectation
	ports   reach.Ports
	trusted netset.Prefixes
}

func (x *expectation) add(protocol uint8, ports netset.Ports) {
	of := &x.ports.TCP
	if protocol == netset.UDP {
		of = &x.ports.UDP
	}
	*of = netset.Exactly(of.Must.Union(ports))
}

// judged is what a pair of places says of an expectation.
type judged struct {
	from, to analyzer.Party
	outcome  analyzer.Outcome
	ports    reach.Ports
}

// run reports, for each pair of blocks of resources, that the expectation doesn't hold, or that it isn't known.
func (x expectation) run(pass *analyzer.Pass) {
	n := pass.Networks()
	find := func(names []string) (out []analyzer.Party) {
		for _, name := range names {
			found := n.Find(name)
			if len(found) == 0 {
				pass.Miss(name, x.At)
			}
			out = append(out, found...)
		}
		return out
	}
	starts, ends := find(x.From), find(x.To)
	type pair struct {
		from, to string
		outcome  analyzer.Outcome
		ports    string
	}
	found := map[pair][]judged{}
	var order []pair
	for _, from := range starts {
		for _, to := range ends {
			if from.Host != nil && from.Host == to.Host {
				continue
			}
			j, ok := x.judge(n, from, to)
			if !ok {
				continue
			}
			key := pair{blockOf(from), blockOf(to), j.outcome, portsText(j.ports)}
			if found[key] == nil {
				order = append(order, key)
			}
			found[key] = append(found[key], j)
		}
	}
	for _, key := range order {
		pass.Report(x.finding(pass, n, found[key], key.from, key.to, key.ports))
	}
}

// blockOf returns the address of a place's block, which stands for all of its instances.
func blockOf(p analyzer.Party) string {
	if p.Host == nil {
		return p.Name
	}
	return p.Host.Resource.Addr.Block().String()
}

// judge says what a pair of places says of an expectation; false if it holds.
func (x *expectation) judge(n *analyzer.Networks, from, to analyzer.Party) (judged, bool) {
	out := judged{from: from, to: to}
	far := from.Far
	if far == nil {
		far = to.Far
	}
	if !x.Reachable {
		if far != nil && (from.Name == analyzer.Internet || to.Name == analyzer.Internet) {
			rest := *far
			rest.Addresses = rest.Addresses.Difference(x.trusted)
			if from.Far != nil {
				from.Far = &rest
			} else {
				to.Far = &rest
			}
		}
		reached, known := n.Reach(from, to)
		if !known {
			return out, false
		}
		for _, protocol := range []uint8{netset.TCP, netset.UDP} {
			asked, is := x.ports.Of(protocol).Must, reached.Of(protocol)
			if surely := is.Must.Intersect(asked); !surely.Empty() {
				out.outcome = analyzer.Exposed
			}
			out.set(protocol, netset.Bounds[netset.Ports]{Must: is.Must.Intersect(asked), May: is.May.Intersect(asked)})
		}
		if out.outcome == 0 && !out.ports.None() {
			out.outcome = analyzer.Unknown
		}
		return out, out.outcome != 0
	}
	// All that is asked must be reached; of the internet, by everyone.
	reached, known := n.ReachedByAll(from, to)
	if !known {
		return out, false
	}
	for _, protocol := range []uint8{netset.TCP, netset.UDP} {
		asked, is := x.ports.Of(protocol).Must, reached.Of(protocol)
		if cut := asked.Difference(is.May); !cut.Empty() {
			out.outcome = analyzer.Exposed
			out.set(protocol, netset.Exactly(cut))
		} else if open := asked.Difference(is.Must); !open.Empty() {
			if out.outcome == 0 {
				out.outcome = analyzer.Unknown
			}
			out.set(protocol, netset.Bounds[netset.Ports]{May: open})
		}
	}
	return out, out.outcome != 0
}

func (j *judged) set(protocol uint8, ports netset.Bounds[netset.Ports]) {
	if protocol == netset.UDP {
		j.ports.UDP = ports
	} else {
		j.ports.TCP = ports
	}
}

// portsText writes the ports that a finding is about: those that are sure, else those that may be.
func portsText(p reach.Ports) string {
	var parts []string
	sure := !p.TCP.Must.Empty() || !p.UDP.Must.Empty()
	add := func(word string, b netset.Bounds[netset.Ports]) {
		set := b.Must
		if !sure {
			set = b.May
		}
		switch {
		case set.Empty():
		case netset.PortRange(1, 65535).SubsetOf(set):
			parts = append(parts, "all "+word+" ports")
		default:
			parts = append(parts, word+" "+set.String())
		}
	}
	add("TCP", p.TCP)
	add("UDP", p.UDP)
	return strings.Join(parts, " and ")
}

// finding describes pairs of places, alike, for which an expectation doesn't hold or isn't known to hold.
func (x *expectation) finding(pass *analyzer.Pass, n *analyzer.Networks, of []judged, from, to, ports string) analyzer.Finding {
	first := of[0]
	f := analyzer.Finding{
		Outcome: first.outcome, Exposure: analyzer.NotAsked, Scope: to,
		About: analyzer.Trait{Name: from + " to " + to + " at " + ports},
	}
	subject := func(j judged) *graph.Resource {
		if j.to.Host != nil {
			return j.to.Host.Resource
		}
		return j.from.Host.Resource
	}
	for _, j := range of {
		if addr := subject(j).Addr; !slices.ContainsFunc(f.Resources, func(o graph.Address) bool { return o.Compare(addr) == 0 }) {
			f.Resources = append(f.Resources, addr)
		}
	}
	slices.SortFunc(f.Resources, graph.Address.Compare)
	at := analyzer.At(pass.Placed(subject(first), subject(first).Decl))
	f.At, f.Declared = at, at
	f.Message = fmt.Sprintf("%q: %s %s %s at %s", x.Name, first.from.Name, x.does(first.outcome), first.to.Name, ports)
	if more := len(of) - 1; more > 0 {
		f.Message += fmt.Sprintf(", and so for %d more like them", more)
	}
	f.Message += "."
	f.Fix = "Close a hop of the way, or change the expectation if this is as it should be."
	if x.Reachable {
		f.Fix = "Open the hop that closes the way, or change the expectation if this is as it should be."
	}
	x.prove(pass, n, first, &f)
	return f
}

// does is the verb for what a start does to an end.
func (x *expectation) does(o analyzer.Outcome) string {
	switch {
	case x.Reachable && o == analyzer.Exposed:
		return "doesn't reach"
	case x.Reachable:
		return "may not reach"
	case o == analyzer.Exposed:
		return "reaches"
	}
	return "may reach"
}

// prove adds the way to a finding: the one that is open, or how far one gets.
func (x *expectation) prove(pass *analyzer.Pass, n *analyzer.Networks, j judged, f *analyzer.Finding) {
	port := reach.Port{Protocol: netset.TCP, Ports: j.ports.TCP.Must}
	switch {
	case !j.ports.TCP.Must.Empty():
	case !j.ports.UDP.Must.Empty():
		port = reach.Port{Protocol: netset.UDP, Ports: j.ports.UDP.Must}
	case !j.ports.TCP.May.Empty():
		port.Ports = j.ports.TCP.May
	default:
		port = reach.Port{Protocol: netset.UDP, Ports: j.ports.UDP.May}
	}
	for lo := range port.Ports.Intervals() { // a way is one port's
		port.Ports = netset.Port(lo)
		break
	}
	r := n.Trace(j.from, j.to, port)
	path := r.Widest(j.outcome == analyzer.Exposed && !x.Reachable)
	if path == nil {
		return
	}
	closed := path.Closed()
	for i := range path.Steps {
		s := &path.Steps[i]
		step := describe(pass, s)
		if j.from.Name == analyzer.Internet && closed == nil {
			f.Path = append(f.Path, step)
		} else {
			f.Related = append(f.Related, analyzer.Related{At: step.At, Message: fmt.Sprintf("the way, hop %d: %s", i+1, step.Message)})
		}
		if s == closed {
			break
		}
	}
	if j.outcome == analyzer.Unknown {
		f.Decides = analyzer.Deciders(pathDecides(path))
	}
	if closed != nil && x.Reachable {
		f.Message += " It ends at the " + hopName(closed) + ": " + closed.Hop.Why + "."
	}
}

const expectHelp = `
## What it finds

An expectation of the file .tfreach.hcl that doesn't hold:

` + "```hcl" + `
expect "the database is for the application alone" {
  from      = ["internet", "module.web"]
  to        = ["aws_db_instance.main"]
  ports     = ["postgresql"]
  reachable = false
}
` + "```" + `

With reachable = false, a way by which something of from reaches something of to at one of the ports is a finding, with the
way hop by hop. The internet is any public address that no trusted block of the file names. With reachable = true, it is a
finding that something of from doesn't reach something of to at all of the ports, with the hop that stops it; of the internet,
at least half must reach it. Where something that isn't known decides, the finding is unknown and names it.

Ways lead through routes, security groups, network ACLs and firewall rules, outbound and inbound, through load balancers,
between networks by peering and transit gateways, and over the internet and back. Network policies of Kubernetes are left out:
they select pods by labels that running workloads have, and a configuration seldom has these.

## Why it matters

A change far away, such as a rule of a shared group or a new peering connection, may open what was meant to be closed, or cut
off what works. The expectation says what was meant.

## How to fix it

Close or open the hop that the finding names. Each expectation is a rule of its own: its level is set in its block, and a
comment at a resource accepts a finding there.

Before:

` + "```hcl" + `
resource "aws_vpc_security_group_ingress_rule" "data" {
  security_group_id = aws_security_group.data.id
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}
` + "```" + `

After:

` + "```hcl" + `
resource "aws_vpc_security_group_ingress_rule" "data" {
  security_group_id            = aws_security_group.data.id
  referenced_security_group_id = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
` + "```" + `
`
