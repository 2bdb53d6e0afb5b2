package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// PublicIf is the publicity of what is on the internet only if each of several says so.
func PublicIf(each ...Publicity) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		is, by := Yes, graph.Value{}
		for _, p := range each {
			switch one, v := p(g, l); one {
			case No:
				return No, v
			case Unclear:
				is, by = Unclear, v
			case Yes:
			}
		}
		return is, by
	}
}

// PublicWithout is the publicity of what is on the internet unless one of its attributes or blocks is given.
func PublicWithout(attrs ...string) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		switch is, v := PublicWith(attrs...)(g, l); is {
		case Yes:
			return No, v
		case No:
			return Yes, v
		case Unclear:
			return is, v
		}
		return Unclear, graph.Value{}
	}
}

// PublicBlock is the publicity that the word in an attribute gives, at a path of nested blocks; without the blocks the
// default of the word counts.
func PublicBlock(path string, w Words) Publicity {
	return func(_ *graph.Graph, l Published) (Answer, graph.Value) {
		is, by := w.Absent, graph.Value{}
		for _, b := range under(l.Balancer, path) {
			answer, v := w.Of(b.Object)
			if is, by = answer, v; !b.Certain {
				is, by = Unclear, b.Exists
			}
		}
		return is, by
	}
}

// under returns the blocks of a resource at a path of nested blocks with dots between them. Those that the provider fills in
// don't count.
func under(r *graph.Resource, path string) []graph.Block {
	out := ownUnder(r, strings.Split(path, "."))
	for i := range out {
		if !r.Certain {
			out[i].Certain, out[i].Exists = false, r.Exists
		}
	}
	return out
}

// ClientsUnder is the reader of who is let in where an attribute of nested blocks, at a path in a block of the resource, names
// the addresses. Absent is whom it is if the block isn't there; in a block without addresses it is nobody.
func ClientsUnder(block, path, attr string, absent Who) ClientReader {
	return func(_ *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		outer := under(l.Resource, block)
		if len(outer) == 0 && absent == Everyone {
			return []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())}
		}
		var out []fact.Term[netset.Prefixes]
		for _, b := range under(l.Resource, block+"."+path) {
			t := fact.Term[netset.Prefixes]{
				Set: Sources(AnyFamily)(b.OwnAttr(attr)), Attrs: []string{attr}, Values: []graph.Value{b.OwnAttr(attr)}, Read: Sources(AnyFamily),
			}
			if !b.Certain {
				t.Set.Must, t.Read, t.Values = netset.Prefixes{}, nil, append(t.Values, b.Exists)
			}
			out = append(out, t)
		}
		for _, b := range outer {
			if !b.Certain && absent == Everyone {
				out = append(out, Someone(b.Exists, block))
			}
		}
		return out
	}
}

// Admission is a type of resources that each admit a range of addresses, the ends of which two attributes hold, to what Of
// names: by a reference, or by its name.
type Admission struct{ Type, Of, First, Last string }

// ClientsAdmitted is the reader of who is let in where other resources admit them. None is whom it is without any.
func ClientsAdmitted(none Who, by ...Admission) ClientReader {
	return func(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		var out []fact.Term[netset.Prefixes]
		sure := false
		for _, a := range by {
			for _, r := range g.OfType(a.Type) {
				is, v := a.admits(g, r, l.Resource)
				if is == No || r.Addr.Mode != graph.Managed {
					continue
				}
				t := AddressRange(r.Object, a.First, a.Last, "")
				if is == Unclear || !r.Certain {
					t.Set.Must, t.Values = netset.Prefixes{}, append(t.Values, v, r.Exists)
				} else {
					sure = true
				}
				out = append(out, t)
			}
		}
		if none == Everyone && !sure {
			all := fact.Term[netset.Prefixes]{Set: netset.Exactly(netset.AllAddresses())}
			if len(out) > 0 {
				all = Someone(out[0].Values[len(out[0].Values)-1], by[0].Of)
			}
			out = append(out, all)
		}
		return out
	}
}

// admits says whether a resource is for another one, and by what value.
func (a Admission) admits(g *graph.Graph, r, of *graph.Resource) (Answer, graph.Value) {
	v := r.Attr(a.Of)
	targets, whole := g.Refer(v)
	named := slices.Contains(targets, graph.Target{Resource: of})
	switch text, known := v.Text(); {
	case named && whole && len(targets) == 1:
		return Yes, v
	case named:
		return Unclear, v
	case known:
		name, _ := of.Attr("name").Text()
		if name != "" && name == text {
			return Yes, v
		}
		return No, v
	case whole || !MayBeMade(v):
		return No, v
	}
	return Unclear, v
}

// ThesePorts reads the ports of a service that has them whatever its attributes say.
func ThesePorts(ports ...int) Reader[netset.Ports] {
	return func(graph.Object) fact.Term[netset.Ports] {
		var out netset.Ports
		for _, p := range ports {
			out = out.Union(netset.Port(p))
		}
		return Constant(out)
	}
}

// OverTCP reads the protocol of a service that has no other.
func OverTCP(graph.Object) fact.Term[netset.Protocols] { return Constant(TCP()) }
