package read

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// ClientReader reads the addresses that a listener admits, as one term per attribute.
type ClientReader func(*graph.Graph, Published) []fact.Term[netset.Prefixes]

// Step is one of the rules with which a listener chooses its clients. It is for the addresses of a set, which the values of an
// attribute hold.
type Step struct {
	Allows Answer
	Set    netset.Bounds[netset.Prefixes]
	Attr   string
	Values []graph.Value
}

// FirstMatch returns whom rules let in of which the first for an address decides. rest is for whom none of them is. What a rule
// keeps out opens nothing, so its values are only those that decide what isn't known.
func FirstMatch(rest Step, steps ...Step) []fact.Term[netset.Prefixes] {
	rest.Set = netset.Exactly(netset.AllAddresses())
	var out []fact.Term[netset.Prefixes]
	var kept netset.Bounds[netset.Prefixes]
	var doubts []Step
	for _, s := range append(slices.Clip(steps), rest) {
		if s.Allows != No {
			t := fact.Term[netset.Prefixes]{Set: netset.DifferenceBounds(s.Set, kept)}
			if s.Allows == Unclear {
				t.Set.Must = netset.Prefixes{}
			}
			of := []Step{s}
			if !t.Set.Known() {
				of = append(of, doubts...)
			}
			for _, o := range of {
				for _, v := range o.Values {
					t.Attrs, t.Values = append(t.Attrs, o.Attr), append(t.Values, v)
				}
			}
			out = append(out, t)
		}
		if s.Allows == Yes {
			continue
		}
		if s.Allows == Unclear {
			s.Set.Must = netset.Prefixes{}
		}
		if kept = netset.UnionBounds(kept, s.Set); !s.Set.Known() {
			doubts = append(doubts, s)
		}
	}
	if rest.Allows == No {
		return out
	}
	last := out[len(out)-1]
	return append(slices.DeleteFunc(out[:len(out)-1], func(t fact.Term[netset.Prefixes]) bool {
		return t.Set.May.SubsetOf(last.Set.Must) // it opens nothing that isn't open without it
	}), last)
}

// AccessList says, as data, how a listener names lists of the addresses that it lets in, or of those that it keeps out.
type AccessList struct {
	// On says whether the lists count; nil means that they do. In says whether they name whom the listener lets in: Yes, or whom
	// it keeps out: No.
	On *Words
	In Words
	// Names are attributes that name the lists, each NAME or BLOCK.NAME. They, On and In are those of the nested block Block, if
	// that is set, and of resources of the type Attached.
	Names    []string
	Block    string
	Attached Guard
	// List are the lists with their addresses. Entries are further resources that each add to a list: Firewall is their attribute
	// that names the list, and Machines that with the addresses.
	List    List
	Entries Guarding
	// Open is set if a list without addresses lets everyone in, whatever it is for.
	Open bool
}

// Clients returns whom a listener lets in.
func (a AccessList) Clients(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
	objects := []graph.Block{{Object: l.Object, Certain: true, At: l.Resource.Decl}}
	if a.Block != "" {
		objects = l.OwnBlocks(a.Block)
	}
	if a.Attached.Type != "" {
		switch is, by, v := a.Attached.Of(g, l.Resource); is {
		case Yes:
			objects = append(objects, BlockOf(by))
		case Unclear:
			return []fact.Term[netset.Prefixes]{Someone(v, a.Attached.Attr)}
		case No:
		}
	}
	everyone := []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())}
	for i, o := range objects {
		terms, some := a.clients(g, o)
		if some && i+1 < len(objects) {
			return []fact.Term[netset.Prefixes]{Someone(Opaque("several lists of "+l.Resource.Addr.String(), o.At), a.List.Attr)}
		}
		if some {
			return terms
		}
	}
	return everyone
}

// clients returns whom the lists of an object let in; some is false if they surely don't count.
func (a AccessList) clients(g *graph.Graph, o graph.Block) (terms []fact.Term[netset.Prefixes], some bool) {
	on, by := Yes, graph.Value{}
	if a.On != nil {
		on, by = a.On.Of(o.Object)
	}
	in, kind := a.In.Of(o.Object)
	step := Step{Attr: a.List.Attr}
	for _, name := range a.Names {
		for _, v := range valuesAt(o.Object, name) {
			for _, e := range Parts(v) {
				set, values := a.addresses(g, e)
				step.Set, step.Values = netset.UnionBounds(step.Set, set), append(step.Values, values...)
			}
		}
	}
	named := slices.ContainsFunc(a.Names, func(n string) bool { return slices.ContainsFunc(valuesAt(o.Object, n), Given) })
	if on == No || !named && !Given(kind) {
		return nil, false
	}
	if on == Yes && !o.Certain {
		on, by = Unclear, o.Exists
	}
	rest := Step{Allows: No, Attr: a.List.Attr}
	switch {
	case !named || in == Unclear:
		if !Given(kind) {
			kind = Opaque("whom the list of "+a.List.Attr+" is for", o.At)
		}
		return []fact.Term[netset.Prefixes]{Someone(kind, a.In.Attr)}, true
	case in == No:
		step.Allows, rest.Allows = No, Yes
		if on == Unclear {
			step.Set.Must, step.Values = netset.Prefixes{}, append(step.Values, by)
		}
		return FirstMatch(rest, step), true
	case on == Unclear:
		rest.Allows, rest.Values = Unclear, []graph.Value{by}
	case a.Open && step.Set.May.Empty() && !slices.ContainsFunc(step.Values, Given):
		rest.Allows = Yes
	case a.Open && step.Set.Must.Empty():
		rest.Allows, rest.Values = Unclear, step.Values
	}
	step.Allows = Yes
	return FirstMatch(rest, step), true
}

// addresses returns the addresses of the lists that a value names, and the values that hold them.
func (a AccessList) addresses(g *graph.Graph, v graph.Value) (netset.Bounds[netset.Prefixes], []graph.Value) {
	t := a.List.Read(g, v)
	set, values := t.Set, t.Values
	targets, whole := g.Refer(v)
	if a.Entries.Type == "" || !whole {
		return set, values
	}
	for _, target := range targets {
		if target.Resource == nil {
			continue
		}
		if unread := alike(g, a.Entries.Type, target.Resource); !unread.Absent() {
			set.May, values = netset.AllAddresses(), append(values, unread)
		}
		for _, r := range g.Referrers(target.Resource, a.Entries.Type, a.Entries.Firewall) {
			one := r.Attr(a.Entries.Machines)
			more := Sources(AnyFamily)(one)
			if !r.Certain {
				more.Must = netset.Prefixes{}
			}
			set, values = netset.UnionBounds(set, more), append(values, one)
		}
	}
	for _, r := range g.PerhapsReferrers(a.Entries.Type, a.Entries.Firewall) {
		if of := r.Attr(a.Entries.Firewall); MayBeMade(of) {
			set.May, values = set.May.Union(Sources(AnyFamily)(r.Attr(a.Entries.Machines)).May), append(values, of)
		}
	}
	return set, values
}

// ClientsIn returns the reader of clients that attributes of the listener name; without them it is everyone.
func ClientsIn(attrs ...string) ClientReader {
	return func(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		return From{Addresses: attrs, None: Everyone}.Read(g, l.Object)
	}
}

// ClientsBut is ClientsIn with an attribute that names addresses to keep out.
func ClientsBut(allowed, denied string) ClientReader {
	return func(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		if v := l.OwnAttr(denied); Given(v) && !Given(l.OwnAttr(allowed)) {
			return FirstMatch(Step{Allows: Yes}, Step{Allows: No, Set: Sources(AnyFamily)(v), Attr: denied, Values: []graph.Value{v}})
		}
		return ClientsIn(allowed)(g, l)
	}
}

// ClientsPerhaps returns the reader of clients that are everyone, or unknown if the listener has one of some attributes or
// blocks: these restrict clients in a way that isn't read.
func ClientsPerhaps(restrictions ...string) ClientReader {
	return func(_ *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		for _, name := range restrictions {
			if is, v := given(l.Object, name); is != No {
				if !v.Undecided() {
					at := v.At
					if at.Filename == "" {
						at = l.Resource.Decl
					}
					v = Opaque(name+" of "+l.Resource.Addr.String(), at)
				}
				return []fact.Term[netset.Prefixes]{Someone(v, name)}
			}
		}
		return []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())}
	}
}

// ClientsPerhapsBy is ClientsPerhaps for restrictions by a resource of a type, whose attribute refers to the listener.
func ClientsPerhapsBy(typ, attr string) ClientReader {
	return func(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		if is, by, _ := (Guard{typ, attr}).Of(g, l.Resource); is != No {
			return []fact.Term[netset.Prefixes]{Someone(Opaque("what "+by.Addr.String()+" restricts", by.Decl), attr)}
		}
		return []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())}
	}
}
