package reach

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// question is what rules are judged for: ports of one protocol.
type question struct {
	protocol uint8
	ports    netset.Key[netset.Ports]
}

func about(port Port) question { return question{port.Protocol, port.Ports.Key()} }

// judgedGuard and judgedScope are the keys of what is judged once.
type (
	judgedGuard struct {
		guard *fact.Guard
		of    question
	}
	judgedScope struct {
		fact.ScopeID
		outbound bool
		of       question
	}
)

// admission is what a guard or a scope admits of a question, and the rules that admit it.
type admission struct {
	admits            netset.Bounds[netset.Traffic]
	openings, denials []Opening
}

// direction holds the rules of each scope for one direction.
type direction struct {
	rules map[fact.ScopeID][]*fact.Ingress
	// loose are the rules whose scope isn't known, by the kind of scope.
	loose map[string][]*fact.Ingress
}

func directed(rules []*fact.Ingress) direction {
	d := direction{map[fact.ScopeID][]*fact.Ingress{}, map[string][]*fact.Ingress{}}
	for i := 0; i < len(rules); {
		id, from := rules[i].Scope.ScopeID, i
		for ; i < len(rules) && rules[i].Scope.ScopeID == id; i++ {
			if r := rules[i]; r.Scope.Loose {
				d.loose[id.Kind] = append(d.loose[id.Kind], r)
			}
		}
		// Most scopes have their rules in one place, where they can stay.
		if own := d.rules[id]; own != nil {
			d.rules[id] = append(own, rules[from:i]...)
		} else {
			d.rules[id] = rules[from:i:i]
		}
	}
	return d
}

// of returns the rules of a scope, and those that may be in it.
func (d direction) of(id fact.ScopeID) []*fact.Ingress {
	own := d.rules[id]
	out := slices.Clip(own)
	for _, r := range d.loose[id.Kind] {
		if r.Scope.ScopeID == id || len(r.Scope.Among) > 0 && !slices.Contains(r.Scope.Among, id.Name) {
			continue
		}
		perhaps := *r
		perhaps.Scope.ScopeID = id
		if perhaps.Certain {
			perhaps.Certain, perhaps.Exists = false, r.Scope.By
		}
		out = append(out, &perhaps)
	}
	return out
}

// everything is all traffic to a port.
func everything(port Port) netset.Traffic {
	return netset.Product(netset.AllAddresses(), netset.Protocol(port.Protocol), port.Ports)
}

// anyPort returns the ports that a client may connect from, to which replies go.
func anyPort() netset.Ports { return netset.PortRange(1, 65535) }

// guard returns what a guard admits of the traffic to a port. It judges each guard once per port.
func (w *Walker) guard(g *fact.Guard, port Port) admission {
	key := judgedGuard{g, about(port)}
	if out, ok := w.guards[key]; ok {
		return out
	}
	of := port
	if g.Direction.Replies() {
		of.Ports = anyPort()
	}
	out := w.decide(g, of)
	if peer, ok := g.Sees.(fact.Peer); ok {
		out = w.peer(g, &peer, of, out)
	}
	if g.Gaps.Absent {
		out.admits.May = everything(of)
	}
	if _, ok := g.Sees.(fact.Proxy); ok {
		out.openings, out.denials = nil, nil
	}
	if g.Direction.Replies() {
		// A reply to any of the ports is enough.
		out.admits = onto(sources(out.admits, of), port)
	}
	w.guards[key] = out
	return out
}

// decide returns what the rules of a guard admit, by the client as they see it.
func (w *Walker) decide(g *fact.Guard, port Port) admission {
	rules := w.asks(g)
	var out admission
	switch by := g.By.(type) {
	case fact.Rules:
		out = judge(selected(by.Rules, by.Member), port)
	case fact.InOrder:
		var from *fact.Peer
		if peer, ok := g.Sees.(fact.Peer); ok {
			from = &peer
		}
		out = inOrder(by, from, rules, port)
	case fact.OneOf:
		for i, s := range by.Scopes {
			one := w.scope(s.ScopeID, g.Direction.Outbound(), port)
			if i > 0 {
				one.admits = netset.EitherBounds(out.admits, one.admits)
			}
			out = admission{one.admits, append(out.openings, one.openings...), append(out.denials, one.denials...)}
		}
	case fact.AnyOf:
		must := make([]netset.Traffic, 0, len(by.Scopes))
		may := make([]netset.Traffic, 0, len(by.Scopes))
		for _, s := range by.Scopes {
			one := w.scope(s.ScopeID, g.Direction.Outbound(), port)
			out.openings, out.denials = append(out.openings, one.openings...), append(out.denials, one.denials...)
			may = append(may, one.admits.May)
			if s.Certain {
				must = append(must, one.admits.Must)
			}
		}
		out.admits = netset.Bounds[netset.Traffic]{Must: netset.UnionAll(must...), May: netset.UnionAll(may...)}
	}
	if g.Gaps.Others {
		out.admits.May = everything(port)
		if _, any := g.By.(fact.AnyOf); !any {
			out.admits.Must = netset.Traffic{}
		}
	}
	return out
}

// asks returns the rules that a guard asks.
func (w *Walker) asks(g *fact.Guard) direction {
	if g.Direction.Outbound() {
		return w.out()
	}
	return w.in()
}

// scope returns what a scope admits of the traffic to a port. It judges each scope once per port.
func (w *Walker) scope(id fact.ScopeID, outbound bool, port Port) admission {
	key := judgedScope{id, outbound, about(port)}
	if out, ok := w.scopes[key]; ok {
		return out
	}
	rules := w.in()
	if outbound {
		rules = w.out()
	}
	out := judge(rules.of(id), port)
	w.scopes[key] = out
	return out
}

// judge returns what the rules of a scope admit of the traffic to a port, and by which of them.
func judge(rules []*fact.Ingress, port Port) admission {
	var out admission
	for _, e := range Judge(rules, port) {
		out.openings = append(out.openings, e.Openings...)
		for _, o := range e.Openings {
			out.admits = netset.UnionBounds(out.admits, o.Admits)
			if o.Admits.Known() {
				continue
			}
			for _, b := range e.Before(o.Rule) {
				if b.Action == fact.Deny && !slices.ContainsFunc(out.denials, func(d Opening) bool { return d.Rule == b }) {
					out.denials = append(out.denials, Opening{Rule: b, Admits: restrict(b, port)})
				}
			}
		}
	}
	return out
}

// selected returns the rules that may apply to a member. A rule that applies only perhaps doesn't surely exist for it.
func selected(rules []*fact.Ingress, member *fact.Member) []*fact.Ingress {
	if member == nil {
		return rules
	}
	var out []*fact.Ingress
	for _, r := range rules {
		surely, perhaps := member.Matches(r.Targets)
		if !perhaps {
			continue
		}
		one := *r
		one.Targets, one.Certain = fact.Targets{}, r.Certain && surely
		out = append(out, &one)
	}
	return out
}
