package read

import (
	"iter"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Machine is how a cloud puts machines on the internet, as data, where a public address and a firewall are all that lies
// between: neither routes nor subnets stop anyone.
type Machine struct {
	Types []string
	// Word is what such a machine is in messages: "droplet".
	Word string
	// IPv4 and IPv6 say whether the machine, which stands for the load balancer there, has a public address of the family;
	// nil says that it has none.
	IPv4, IPv6 Publicity
	// Firewall is the scope of the firewalls' rules, which resources of the types Firewalls are.
	Firewall  fact.Scope
	Firewalls []string
	// In are attributes of the machine, each a name or BLOCK.NAME, that name its firewalls; By are other resources that put
	// one before machines.
	In []string
	By []Guarding
	// Selects are like By, for firewalls that select machines in a way that isn't read: each may guard any.
	Selects []Guarding
	// Tagged are firewalls that name machines by a word which these have, too.
	Tagged []Tag
	// Unguarded says whom a machine lets in that has no firewall: everyone, nobody, or what a firewall of the cloud's own does.
	Unguarded Who
	// Reads are other types that are looked up.
	Reads []string
}

// Guarding is a type of resources that put firewalls before machines: Firewall is the attribute that names the firewall, or
// empty where the resource is one; Machines is the attribute that names the machines.
type Guarding struct{ Type, Firewall, Machines string }

// Tag says that firewalls of a type are for the machines that have one of the words in an attribute: both are texts.
type Tag struct{ Type, Firewall, Machine string }

// WaysTo returns what the internet may reach of machines.
func WaysTo(machines ...Machine) *Cloud {
	c := &Cloud{}
	for _, m := range machines {
		c.Reads = slices.Concat(c.Reads, m.Types, m.Firewalls, m.Reads)
		for _, by := range slices.Concat(m.By, m.Selects) {
			c.Reads = append(c.Reads, by.Type)
		}
	}
	c.Endpoints = func(t *graph.Topology) []fact.Endpoint {
		var out []fact.Endpoint
		for _, m := range machines {
			guards := m.guardsOf(t)
			for _, typ := range m.Types {
				for _, r := range t.OfType(typ) {
					if r.Addr.Mode != graph.Managed {
						continue
					}
					if ways := m.ways(t, r, guards[r]); len(ways) > 0 {
						out = append(out, fact.Endpoint{Resource: r, Kind: fact.Machine, Word: m.Word, Ways: ways})
					}
				}
			}
		}
		slices.SortStableFunc(out, func(a, b fact.Endpoint) int { return a.Resource.Addr.Compare(b.Resource.Addr) })
		return out
	}
	return c
}

// ways returns the way to a machine in each family that it may have a public address of.
func (m Machine) ways(t *graph.Topology, r *graph.Resource, guards []guarded) []fact.Way {
	var out []fact.Way
	for _, f := range []struct {
		family Family
		public Publicity
	}{{IPv4, m.IPv4}, {IPv6, m.IPv6}} {
		if f.public == nil {
			continue
		}
		var hops []*fact.Hop
		if maybe := Present(r, m.Word); maybe != nil {
			hops = append(hops, maybe)
		}
		is, by := f.public(t.Graph, Published{Resource: r, Balancer: r, Object: r.Object})
		hops = append(hops, publicAddress(r, f.family, is, by))
		hops = append(hops, m.guard(t, r, guards))
		out = append(out, fact.Way{Family: f.family.All(), Hops: hops})
	}
	return out
}

// publicAddress is the hop of a machine's address of a family.
func publicAddress(r *graph.Resource, f Family, is Answer, by graph.Value) *fact.Hop {
	name := "IPv4"
	if f == IPv6 {
		name = "IPv6"
	}
	hop := &fact.Hop{
		Kind: "public address", Resource: r, At: by.At, Takes: All(), Why: "it has a public " + name + " address",
		Change: "Without a public address only its own network reaches it.",
	}
	if hop.At.Filename == "" {
		hop.At = r.Decl
	}
	switch is {
	case Yes:
	case No:
		hop.Takes, hop.Why, hop.Change = None(), "it has no public "+name+" address", "A public address would put it on the internet."
	case Unclear:
		hop.Takes, hop.Why = Perhaps(), "it isn't known whether it has a public "+name+" address"
		hop.Decides = OriginsOf(decider(by, "the public address of "+r.Addr.String(), r))
	}
	return hop
}

// guarded is a firewall that another resource, or a word, puts before a machine.
type guarded struct {
	scope fact.ScopeRef
	// resource is the firewall's own; nil if it lies outside the configuration.
	resource *graph.Resource
	by       graph.Value
	unknown  bool // the firewall's rules aren't known
}

// guardsOf returns the firewalls that other resources put before machines. What it isn't known to be for may be for all.
func (m Machine) guardsOf(t *graph.Topology) map[*graph.Resource][]guarded {
	out := map[*graph.Resource][]guarded{}
	var machines []*graph.Resource
	for _, typ := range m.Types {
		machines = append(machines, t.OfType(typ)...)
	}
	add := func(to graph.Value, scopes []guarded) {
		for _, end := range t.EndsOf(to, true) {
			for _, s := range scopes {
				s.scope.Certain = s.scope.Certain && end.Certain
				if end.Resource != nil {
					out[end.Resource] = append(out[end.Resource], s)
				}
				if !end.Known() && MayBeMade(end.Value) {
					for _, r := range machines {
						out[r] = append(out[r], s)
					}
				}
			}
		}
	}
	for _, by := range m.By {
		for _, r := range t.OfType(by.Type) {
			scopes := []guarded{m.own(r)}
			if by.Firewall != "" {
				scopes = m.named(t, r.Attr(by.Firewall), r.Certain)
			}
			for _, v := range valuesAt(r.Object, by.Machines) {
				add(v, scopes)
			}
		}
	}
	for _, by := range m.Selects {
		for _, r := range t.OfType(by.Type) {
			if !slices.ContainsFunc(valuesAt(r.Object, by.Machines), Given) {
				continue
			}
			scopes := []guarded{m.own(r)}
			if by.Firewall != "" {
				scopes = m.named(t, r.Attr(by.Firewall), false)
			}
			for _, s := range scopes {
				s.scope.Certain = false
				for _, machine := range machines {
					out[machine] = append(out[machine], s)
				}
			}
		}
	}
	for _, tag := range m.Tagged {
		with := byWord(machines, tag.Machine)
		for _, r := range t.OfType(tag.Type) {
			words, whole := wordsIn(r.Attr(tag.Firewall))
			for machine, surely := range with.among(words, whole, machines) {
				s := m.own(r)
				s.scope.Certain = s.scope.Certain && surely
				out[machine] = append(out[machine], s)
			}
		}
	}
	return out
}

// own is the firewall that a resource is.
func (m Machine) own(r *graph.Resource) guarded {
	id := fact.ScopeID{Kind: m.Firewall.Kind, Name: r.Addr.String()}
	return guarded{scope: fact.ScopeRef{ScopeID: id, Certain: r.Certain}, resource: r}
}

// named returns the firewalls that a value names.
func (m Machine) named(t *graph.Topology, v graph.Value, certain bool) []guarded {
	var out []guarded
	for _, end := range t.EndsOf(v, certain) {
		out = append(out, guarded{
			scope:    fact.ScopeRef{ScopeID: fact.ScopeID{Kind: m.Firewall.Kind, Name: end.Name}, Certain: end.Certain},
			resource: end.Resource, by: end.Value,
			unknown: end.Resource == nil || end.Resource.Addr.Mode != graph.Managed,
		})
	}
	return out
}

// guard is the hop of a machine's firewalls.
func (m Machine) guard(t *graph.Topology, r *graph.Resource, by []guarded) *fact.Hop {
	for _, attr := range m.In {
		for _, v := range valuesAt(r.Object, attr) {
			by = append(slices.Clip(by), m.named(t, v, true)...)
		}
	}
	hop := &fact.Hop{
		Kind: m.Firewall.Kind, Resource: r, At: r.Decl, Takes: All(), Why: "its rules decide",
		Change: "Let the rules of the firewall admit named addresses only.",
	}
	var scopes []fact.ScopeRef
	gaps := fact.Gaps{}
	surely := false
	var firewall *graph.Resource
	for _, g := range by {
		if g.unknown {
			gaps.Others = true
			hop.Decides = append(hop.Decides, OriginsOf(decider(g.by, "the rules of "+m.Firewall.Kind+" "+g.scope.Name, r))...)
		}
		if !g.scope.Known() {
			continue
		}
		surely = surely || g.scope.Certain
		firewall = g.resource
		if i := slices.IndexFunc(scopes, func(s fact.ScopeRef) bool { return s.ScopeID == g.scope.ScopeID }); i >= 0 {
			scopes[i].Certain = scopes[i].Certain || g.scope.Certain
			continue
		}
		scopes = append(scopes, g.scope)
	}
	slices.SortFunc(scopes, func(a, b fact.ScopeRef) int { return a.Compare(b.ScopeID) })
	if len(scopes) == 0 && !gaps.Others {
		return m.unguarded(r)
	}
	gaps.Absent = !surely && m.Unguarded != Nobody
	if gaps.Absent {
		hop.Decides = append(hop.Decides, Outside("which "+m.Firewall.Kind+" guards "+r.Addr.String(), graph.NewValue(cty.NilVal, r.Decl)))
	}
	if len(scopes) == 1 {
		if hop.Why = "the rules of " + scopes[0].Name + " decide"; firewall != nil {
			hop.Resource, hop.At, hop.Why = firewall, firewall.Decl, "its rules decide"
		}
	}
	if len(scopes) > 1 && m.Firewall.Order != fact.Union {
		// How the rules of several go together isn't read.
		gaps.Others = true
		hop.Doubt(Outside("how several "+m.Firewall.Kind+"s go together", graph.NewValue(cty.NilVal, r.Decl)))
	}
	hop.Guard = &fact.Guard{By: fact.AnyOf{Scopes: scopes}, Direction: fact.In, Gaps: gaps}
	return hop
}

// unguarded is the hop of a machine that has no firewall in the configuration.
func (m Machine) unguarded(r *graph.Resource) *fact.Hop {
	hop := &fact.Hop{Kind: m.Firewall.Kind, Resource: r, At: r.Decl}
	switch m.Unguarded {
	case Everyone:
		hop.Takes, hop.Why = All(), "none guards it, and then everyone is let in"
		hop.Change = "Put one before it whose rules admit named addresses only."
	case Nobody:
		hop.Takes, hop.Why = None(), "it has none, and then nobody is let in"
		hop.Change = "A rule for the port would open it."
	case Anyone:
		hop.Takes, hop.Why = Perhaps(), "the cloud's default one decides"
		hop.Decides = OriginsOf(Opaque("the default "+m.Firewall.Kind+" of "+r.Addr.String(), r.Decl))
		hop.Change = "Name one whose rules admit named addresses only."
	}
	return hop
}

// valuesAt returns the values of an attribute, a name or BLOCK.NAME.
func valuesAt(o graph.Object, attr string) []graph.Value {
	block, rest, nested := strings.Cut(attr, ".")
	if !nested {
		return []graph.Value{o.OwnAttr(attr)}
	}
	var out []graph.Value
	for _, b := range o.OwnBlocks(block) {
		out = append(out, valuesAt(b.Object, rest)...)
	}
	return out
}

// tagged are machines by the words in an attribute, and those that may have others.
type tagged struct {
	by    map[string][]*graph.Resource
	other []*graph.Resource
}

func byWord(machines []*graph.Resource, attr string) tagged {
	out := tagged{by: map[string][]*graph.Resource{}}
	for _, r := range machines {
		words, whole := wordsIn(r.Attr(attr))
		for _, w := range words {
			out.by[w] = append(out.by[w], r)
		}
		if !whole {
			out.other = append(out.other, r)
		}
	}
	return out
}

// among yields the machines that have one of the words, and whether each surely has. Whole is false if there may be other
// words, which may be those of any machine.
func (t tagged) among(words []string, whole bool, machines []*graph.Resource) iter.Seq2[*graph.Resource, bool] {
	return func(yield func(*graph.Resource, bool) bool) {
		seen := map[*graph.Resource]bool{}
		each := func(of []*graph.Resource, surely bool) bool {
			for _, r := range of {
				if !seen[r] {
					seen[r] = true
					if !yield(r, surely) {
						return false
					}
				}
			}
			return true
		}
		for _, w := range words {
			if !each(t.by[w], true) {
				return
			}
		}
		if len(words) > 0 && !each(t.other, false) {
			return
		}
		if !whole {
			each(machines, false)
		}
	}
}

// wordsIn returns the known texts of a list; whole is false if it may have others.
func wordsIn(v graph.Value) (words []string, whole bool) {
	elements, whole := v.Elements()
	for _, e := range elements {
		if text, known := e.Text(); known {
			words = append(words, text)
		} else if Given(e) {
			whole = false
		}
	}
	return words, whole
}

// PublicBoth is the publicity of a machine that is on the internet if each of several says so.
func PublicBoth(several ...Publicity) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		is, by := Yes, graph.Value{}
		for _, p := range several {
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

// PublicByOwn is the publicity of a machine by the word in an attribute of its own, a name or BLOCK.NAME; absent is the
// answer where there is no such block.
func PublicByOwn(attr string, w Words, noBlock Answer) Publicity {
	return func(_ *graph.Graph, l Published) (Answer, graph.Value) {
		block, name, nested := strings.Cut(attr, ".")
		if !nested {
			w.Attr = attr
			return w.Of(l.Object)
		}
		w.Attr = name
		blocks := l.OwnBlocks(block)
		if len(blocks) == 0 {
			return noBlock, graph.Value{}
		}
		is, by := No, graph.Value{}
		for _, b := range blocks {
			one, v := w.Of(b.Object)
			if one == Yes && !b.Certain {
				one, v = Unclear, b.Exists
			}
			if one == Yes {
				return Yes, v
			}
			if one == Unclear {
				is, by = Unclear, v
			}
		}
		return is, by
	}
}
