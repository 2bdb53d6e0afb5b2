package read

import (
	"iter"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// protection is a kind of firewalls, or of lists of rules.
type protection struct {
	scope fact.Scope
	// types are the types of the resources, and name is their attribute with the name by which they may be named.
	types []string
	name  string
}

// guarded is a firewall that another resource, or a word, puts before a machine.
type guarded struct {
	scope fact.ScopeRef
	// resource is the firewall's resource; nil if it lies outside the configuration.
	resource *graph.Resource
	by       graph.Value
	unknown  bool // the firewall's rules aren't known
	there    bool // the firewall surely guards the machine, although it isn't known which instance it is
	// single is true if the value that names it names one firewall.
	single bool
	// doubts are what decides whether the firewall guards the machine, if that isn't sure.
	doubts []graph.Origin
}

// guardsOf returns the firewalls that other resources put before machines, or before subnets. If it isn't known which of them,
// the firewall may guard all.
func (p protection) guardsOf(t *graph.Topology, machines []*graph.Resource, by, selects []Guarding, tags []Tag) map[*graph.Resource][]guarded {
	out := map[*graph.Resource][]guarded{}
	add := func(to graph.Value, scopes []guarded) {
		for _, end := range t.EndsOf(to, true) {
			for _, s := range scopes {
				s.scope.Certain, s.there = s.scope.Certain && end.Certain, false
				if !end.Certain {
					s.doubts = append(slices.Clip(s.doubts), end.Value.Origins()...)
				}
				if end.Resource != nil {
					out[end.Resource] = append(out[end.Resource], s)
				}
				if end.Resource == nil && MayBeHere(end.Value) {
					for _, r := range machines {
						out[r] = append(out[r], s)
					}
				}
			}
		}
	}
	for _, by := range by {
		for _, r := range t.OfType(by.Type) {
			scopes := []guarded{p.own(r)}
			if by.Firewall != "" {
				scopes = p.named(t, r.Attr(by.Firewall), r.Certain)
				for i := range scopes {
					scopes[i].doubts = append(scopes[i].doubts, r.Exists.Origins()...)
				}
			}
			for _, v := range valuesAt(r.Object, by.Machines) {
				add(v, scopes)
			}
		}
	}
	for _, by := range selects {
		for _, r := range t.OfType(by.Type) {
			if !slices.ContainsFunc(valuesAt(r.Object, by.Machines), Given) {
				continue
			}
			scopes := []guarded{p.own(r)}
			if by.Firewall != "" {
				scopes = nil
				for _, v := range valuesAt(r.Object, by.Firewall) {
					scopes = append(scopes, p.named(t, v, false)...)
				}
			}
			for _, s := range scopes {
				s.scope.Certain = false
				for _, machine := range machines {
					out[machine] = append(out[machine], s)
				}
			}
		}
	}
	for _, tag := range tags {
		with := byWord(t.Graph, machines, tag.Machine)
		for _, r := range t.OfType(tag.Type) {
			words, whole := wordsIn(t.Graph, r.Attr(tag.Firewall))
			for machine, surely := range with.among(words, whole, machines) {
				s := p.own(r)
				s.scope.Certain = s.scope.Certain && surely
				out[machine] = append(out[machine], s)
			}
		}
	}
	return out
}

// own returns the firewall that a resource is.
func (p protection) own(r *graph.Resource) guarded {
	id := fact.ScopeID{Kind: p.scope.Kind, Name: r.Addr.String()}
	return guarded{scope: fact.ScopeRef{ScopeID: id, Certain: r.Certain}, resource: r}
}

// named returns the firewalls that a value names. The rules of something of another type aren't known.
func (p protection) named(t *graph.Topology, v graph.Value, certain bool) []guarded {
	var out []guarded
	elements, whole := v.Elements()
	one := v
	if whole && len(elements) == 1 {
		one = elements[0]
	}
	raw := one.Raw()
	single := raw != cty.NilVal && raw.Type().IsPrimitiveType()
	ends := t.EndsOf(v, certain)
	// One of these is there, whichever it is.
	filled := single && certain && one.Filled() && !slices.ContainsFunc(ends, func(e graph.End) bool { return e.Resource == nil || !e.Resource.Certain })
	for _, end := range ends {
		var doubts []graph.Origin
		exists := end.Resource == nil || end.Resource.Certain
		if !exists {
			doubts = end.Resource.Exists.Origins()
		}
		if !end.Certain && (exists || !whole) {
			doubts = append(doubts, end.Value.Origins()...)
		}
		if end.Resource == nil && end.Known() && p.name != "" {
			end = p.byName(t, end)
		}
		out = append(out, guarded{
			scope:    fact.ScopeRef{ScopeID: fact.ScopeID{Kind: p.scope.Kind, Name: end.Name}, Certain: end.Certain},
			resource: end.Resource, by: end.Value, there: filled || whole && certain && end.Resource != nil && end.Value.Demands(),
			doubts:  doubts,
			single:  single,
			unknown: end.Resource == nil || end.Resource.Addr.Mode != graph.Managed || !slices.Contains(p.types, end.Resource.Addr.Type),
		})
	}
	return out
}

// byName returns the end that one firewall of the configuration has, if it alone has the name.
func (p protection) byName(t *graph.Topology, end graph.End) graph.End {
	var found []*graph.Resource
	for _, typ := range p.types {
		found = append(found, t.Named(typ, p.name, end.Name)...)
	}
	if len(found) == 1 {
		end.Resource, end.Name, end.Certain = found[0], found[0].Addr.String(), end.Certain && found[0].Certain
	}
	return end
}

// guard returns the hop of what guards a resource.
func (p protection) guard(r *graph.Resource, by []guarded, without Who) *fact.Hop {
	hop := &fact.Hop{
		Kind: p.scope.Kind, Resource: r, At: r.Decl, Takes: All(), Why: "its rules decide",
		Change: "Let the rules of the " + p.scope.Kind + " admit named addresses only.",
	}
	var scopes []fact.ScopeRef
	gaps := fact.Gaps{}
	surely := false
	var doubts []graph.Origin
	var firewall *graph.Resource
	for _, g := range by {
		for _, o := range g.doubts {
			if !slices.Contains(doubts, o) {
				doubts = append(doubts, o)
			}
		}
		if g.unknown {
			gaps.Others = true
			hop.Decides = append(hop.Decides, OriginsOf(decider(g.by, "the rules of "+p.scope.Kind+" "+g.scope.Name, r))...)
		}
		if !g.scope.Known() {
			continue
		}
		surely = surely || g.scope.Certain || g.there
		firewall = g.resource
		if i := slices.IndexFunc(scopes, func(s fact.ScopeRef) bool { return s.ScopeID == g.scope.ScopeID }); i >= 0 {
			scopes[i].Certain = scopes[i].Certain || g.scope.Certain
			continue
		}
		scopes = append(scopes, g.scope)
	}
	slices.SortFunc(scopes, func(a, b fact.ScopeRef) int { return a.Compare(b.ScopeID) })
	if len(scopes) == 0 && !gaps.Others {
		return p.unguarded(r, without)
	}
	gaps.Absent = !surely && without != Nobody
	if gaps.Absent && len(doubts) == 0 {
		doubts = append(doubts, Outside("which "+p.scope.Kind+" guards "+r.Addr.String(), graph.NewValue(cty.NilVal, r.Decl)))
	}
	hop.Decides = append(hop.Decides, doubts...)
	if len(scopes) == 1 {
		hop.Kind = scopes[0].Kind
		if hop.Why = "the rules of " + scopes[0].Name + " decide"; firewall != nil {
			hop.Resource, hop.At, hop.Why = firewall, firewall.Decl, "its rules decide"
		}
	}
	if len(scopes) > 1 && oneOf(by) && (gaps.Absent || !slices.ContainsFunc(by, func(g guarded) bool { return !g.there })) {
		hop.Guard = &fact.Guard{By: fact.OneOf{Scopes: scopes}, Direction: fact.In, Gaps: gaps}
		return hop
	}
	if len(scopes) > 1 && p.scope.Order != fact.Union {
		// It isn't known how the rules of several firewalls combine.
		gaps.Others = true
		hop.Doubt(Outside("how several "+p.scope.Kind+"s go together", graph.NewValue(cty.NilVal, r.Decl)))
	}
	hop.Guard = &fact.Guard{By: fact.AnyOf{Scopes: scopes}, Direction: fact.In, Gaps: gaps}
	return hop
}

// oneOf reports whether a single value that names one firewall names all of them, so that it is one of them.
func oneOf(by []guarded) bool {
	return !slices.ContainsFunc(by, func(g guarded) bool { return !g.single || g.by.At != by[0].by.At })
}

// unguarded returns the hop of a machine, or a subnet, without a firewall in the configuration.
func (p protection) unguarded(r *graph.Resource, without Who) *fact.Hop {
	hop := &fact.Hop{Kind: "no " + p.scope.Kind, At: r.Decl}
	switch without {
	case Everyone:
		hop.Takes, hop.Why = All(), "none guards it, and then everyone is let in"
		hop.Change = "Put one before it whose rules admit named addresses only."
	case Nobody:
		hop.Takes, hop.Why = None(), "none guards it, and then nobody is let in"
		hop.Change = "A rule for the port would open it."
	case Anyone:
		hop.Kind, hop.Takes, hop.Why = "default "+p.scope.Kind, Perhaps(), "none is named, and the cloud's default one decides"
		hop.Decides = OriginsOf(Opaque("the default "+p.scope.Kind+" of "+r.Addr.String(), r.Decl))
		hop.Change = "Name one whose rules admit named addresses only."
	}
	return hop
}

// valuesAt returns the values of an attribute given as NAME or BLOCK.NAME, where a block may hold another.
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

// tagged are machines by the words in an attribute, and those that may have further words.
type tagged struct {
	by    map[string][]*graph.Resource
	other []*graph.Resource
}

func byWord(g *graph.Graph, machines []*graph.Resource, attr string) tagged {
	out := tagged{by: map[string][]*graph.Resource{}}
	for _, r := range machines {
		for _, v := range valuesAt(r.Object, attr) {
			words, whole := wordsIn(g, v)
			for _, w := range words {
				out.by[w] = append(out.by[w], r)
			}
			if !whole {
				out.other = append(out.other, r)
			}
		}
	}
	return out
}

// among yields the machines that have one of the words, and whether each surely has it. If whole is false there may be further
// words, which any machine may have.
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

// wordsIn returns the known texts of a list; whole is false if it may have others. The ID of a tag is its name.
// Source: the provider's page digitalocean_tag.
func wordsIn(g *graph.Graph, v graph.Value) (words []string, whole bool) {
	elements, whole := v.Elements()
	for _, e := range elements {
		text, known := e.Text()
		if !known {
			if ends := g.EndsOf(e, true); len(ends) == 1 && ends[0].Resource != nil && ends[0].Resource.Addr.Type == "digitalocean_tag" {
				text, known = ends[0].Resource.Attr("name").Text()
			}
		}
		if known {
			words = append(words, text)
		} else if Given(e) {
			whole = false
		}
	}
	return words, whole
}

// PublicBoth returns the publicity that is yes only if each of several is.
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

// PublicByOwn returns the publicity that an attribute of the machine gives by words; the attribute is NAME or BLOCK.NAME.
// noBlock is the answer without the block.
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

// NeverPublic is the publicity of machines that have addresses only by their interfaces.
func NeverPublic(*graph.Graph, Published) (Answer, graph.Value) { return No, graph.Value{} }
