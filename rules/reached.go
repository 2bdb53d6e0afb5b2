package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// reportReached reports the endpoints of a kind that everyone reaches, or may reach. The words are for the ports of each that
// are reached.
func reportReached(pass *analyzer.Pass, kind fact.EndpointKind, words func(reach.Port) wording) {
	for i := range pass.Reached {
		r := &pass.Reached[i]
		if r.Endpoint.Kind != kind {
			continue
		}
		switch {
		case netset.Everyone(r.Admits.Must):
			pass.Report(reached(pass, r, analyzer.Exposed, words))
		case netset.Everyone(r.Admits.May):
			pass.Report(reached(pass, r, analyzer.Unknown, words))
		}
	}
}

// reached describes an endpoint that everyone reaches.
func reached(pass *analyzer.Pass, r *reach.Reached, outcome analyzer.Outcome, words func(reach.Port) wording) analyzer.Finding {
	res := r.Endpoint.Resource
	admits := r.Admits.Must
	if outcome == analyzer.Unknown {
		admits = r.Admits.May
	}
	path := r.Widest(outcome == analyzer.Exposed)
	port := portOn(r.Port, path)
	does := words(port).surely
	if outcome == analyzer.Unknown {
		does = words(port).perhaps
	}
	at := analyzer.At(pass.Placed(res, res.Decl))
	traffic := analyzer.Traffic{
		Opening: strings.ToLower(port.String()) + " from everywhere",
		Admits:  netset.Product(whole(admits), netset.Protocol(port.Protocol), port.Ports),
	}
	f := analyzer.Finding{
		Outcome:   outcome,
		Resources: []graph.Address{res.Addr},
		Scope:     res.Addr.String(),
		At:        at,
		Declared:  at,
		Fix:       "Close any hop of the way; best is the rule that admits everyone.",
		Exposure:  analyzer.Reachable,
	}
	f.Path = make([]analyzer.PathStep, 0, len(path.Steps))
	var chain []string
	for i := range path.Steps {
		s := &path.Steps[i]
		step := describe(pass, s)
		f.Path = append(f.Path, step)
		chain = append(chain, hopName(s))
		if rule := admitting(s); rule != nil {
			f.Sensitive = f.Sensitive || rule.Sensitive()
			switch s.Hop.Guard.By.(type) {
			case fact.AnyOf, fact.InOrder:
				traffic.Opening = rule.Brief()
				f.Related = append(f.Related, analyzer.Related{
					At: analyzer.At(pass.Declared(rule).At), Message: "the rule that opens the port: " + rule.Brief(),
				})
			}
		}
	}
	if outcome == analyzer.Unknown {
		f.Exposure, f.Decides = analyzer.Undetermined, analyzer.Deciders(pathDecides(path))
	}
	f.About = traffic
	f.Message = fmt.Sprintf("%s %s %s (%s): internet → %s", article(r.Endpoint.Word, res), does, "at "+port.Label, port,
		strings.Join(chain, " → "))
	for _, call := range slices.Backward(res.Calls) {
		f.Related = append(f.Related, analyzer.Related{At: analyzer.At(call), Message: "the module call that makes it"})
	}
	return f
}

// portOn returns the port that a finding is about: where several are asked, and listeners, groups and the like let only some of
// them pass, those.
func portOn(p reach.Port, path *reach.Path) reach.Port {
	ports := p.Ports
	for i := range path.Steps {
		s := &path.Steps[i]
		hop := s.Hop
		if hop.Sensitive || slices.ContainsFunc(s.Openings, func(o reach.Opening) bool { return o.Rule.Sensitive() }) {
			return p
		}
		if ports = ports.Intersect(hop.Takes.May.Ports(p.Protocol)); asksAll(s) {
			var open netset.Ports
			for _, o := range s.Openings {
				open = open.Union(o.Admits.May.Ports(p.Protocol))
			}
			ports = ports.Intersect(open)
		}
		if hop.To != 0 {
			break
		}
	}
	return p.Only(ports)
}

// asksAll reports whether a step's openings are all that lets traffic to the port pass its guard.
func asksAll(s *reach.Step) bool {
	g := s.Hop.Guard
	if g == nil || len(s.Openings) == 0 || g.Direction != fact.In || g.Sees != nil || g.Gaps.Others || g.Gaps.Absent || g.Gaps.Inside {
		return false
	}
	switch g.By.(type) {
	case fact.AnyOf, fact.OneOf, fact.Rules:
		return true
	}
	return false // where scopes are asked in order, one may hand traffic on to the next
}

// whole returns all addresses of a family instead of a set that contains all of its internet addresses.
func whole(set netset.Prefixes) netset.Prefixes {
	public, all := netset.PublicSpace(), netset.AllAddresses()
	if public.IPv4().SubsetOf(set) {
		set = set.Union(all.IPv4())
	}
	if public.IPv6().SubsetOf(set) {
		set = set.Union(all.IPv6())
	}
	return set
}

// article returns an endpoint's word and address.
func article(word string, r *graph.Resource) string { return word + " " + r.Addr.String() }

// hopName returns the name of a hop in a chain.
func hopName(s *reach.Step) string {
	name := s.Hop.Kind
	if s.Hop.Resource != nil {
		name += " " + s.Hop.Resource.Addr.String()
	}
	if !passes(s) {
		name += " (unknown)"
	}
	return name
}

// passes reports whether it is known what a hop lets pass, or that it lets everyone pass, whatever else it does.
func passes(s *reach.Step) bool {
	sure := func(b netset.Bounds[netset.Prefixes]) bool { return b.Known() || netset.Everyone(b.Must) }
	return sure(s.Takes) && (s.Hop.Guard == nil || sure(s.Passes))
}

// admitting returns the rule that lets most through a guarded hop, or nil.
func admitting(s *reach.Step) *fact.Ingress {
	if s.Hop.Guard == nil || s.Hop.Guard.Masked() {
		return nil
	}
	var best *fact.Ingress
	most := -1.0
	for _, o := range s.Openings {
		if n := size(o.Rule.Source().May) + size(o.Rule.Source().Must); n > most {
			best, most = o.Rule, n
		}
	}
	return best
}

// describe returns what a hop does, and where that is written.
func describe(pass *analyzer.Pass, s *reach.Step) analyzer.PathStep {
	text := s.Hop.Kind
	step := analyzer.PathStep{Kind: s.Hop.Kind, At: analyzer.At(pass.Placed(s.Hop.Resource, s.Hop.At)), Certain: passes(s)}
	if s.Hop.Resource != nil {
		step.Name = s.Hop.Resource.Addr.String()
		text += " " + step.Name
	}
	step.Message = text + ": " + s.Hop.Why
	if rule := admitting(s); rule != nil {
		step.Message = fmt.Sprintf("%s: it allows %s", text, rule.Brief())
		if !s.Hop.Guard.Direction.Replies() {
			step.At = analyzer.At(pass.Declared(rule).At)
		}
	}
	return step
}

// pathDecides returns what would decide the unknown hops of a way.
func pathDecides(p *reach.Path) []graph.Origin {
	var out []graph.Origin
	for _, s := range p.Steps {
		if s.Passes.Known() {
			continue
		}
		peer := false
		if s.Hop.Guard != nil {
			_, peer = s.Hop.Guard.Sees.(fact.Peer)
		}
		var rules []graph.Origin
		for _, o := range slices.Concat(s.Openings, s.Denials) {
			values := undecided(o.Rule)
			if peer {
				values = append(values, o.Rule.Peers.By...)
			}
			for _, v := range values {
				rules = append(rules, v.Origins()...)
			}
		}
		// What isn't known of a peer decides only where the rules that see the peer are known.
		if len(rules) == 0 || !peer {
			rules = append(rules, s.Hop.Decides...)
		}
		out = append(out, rules...)
	}
	if len(out) == 0 {
		return whetherFor(p)
	}
	return out
}

// whetherFor names the rules of an unknown way's hops that may not be for these, where all that the rules say is known.
func whetherFor(p *reach.Path) []graph.Origin {
	var out []graph.Origin
	for _, s := range p.Steps {
		if s.Passes.Known() || s.Hop.Resource == nil {
			continue
		}
		for _, o := range limited(s.Openings) {
			name := fmt.Sprintf("whether %s is for %s %s", o.Rule.Resource.Addr, s.Hop.Kind, s.Hop.Resource.Addr)
			out = append(out, graph.Origin{Kind: graph.FromExpression, Name: name, At: o.Rule.At})
		}
	}
	return out
}

// expose adds to a finding about a scope's rules what is behind them.
func expose(pass *analyzer.Pass, scope fact.Scope, v verdict, f *analyzer.Finding) {
	f.Exposure = analyzer.Undetermined
	var exposed, open []*reach.Reached
	candidates := pass.Behind(scope)
	if len(v.openings) > 0 {
		var targets []fact.Targets
		for _, o := range v.openings {
			targets = append(targets, o.Rule.Targets)
		}
		candidates = pass.BehindFor(scope, targets)
	}
	guarded := 0
	for _, r := range candidates {
		if !guards(r, scope, v) {
			continue
		}
		guarded++
		through := admitted(r, scope, v)
		if !netset.Everyone(through.Must) && r.Endpoint.Kind == fact.Machine {
			through = netset.UnionBounds(through, r.Handed(scope.ScopeID))
		}
		switch {
		case netset.Everyone(through.Must):
			exposed = append(exposed, r)
		case !through.May.Empty():
			open = append(open, r)
		}
	}
	others := slices.DeleteFunc(slices.Clone(pass.Attached(scope)), func(a fact.Attachment) bool {
		return pass.Guards(scope, a.Resource) || pass.WaysKnown(fact.Scope{Resource: a.Resource})
	})
	unattached, private := "It is attached to nothing here.", "What it is attached to can't be reached from the internet."
	unknown := "Whether what it is attached to can be reached from the internet isn't known."
	if scope.Selective || len(pass.Behind(scope)) > 0 && guarded == 0 {
		unattached, private = "It is for no machine here.", "The machines that it is for can't be reached from the internet through it."
		unknown = "Whether the machines that it is for can be reached from the internet isn't known."
	}
	switch {
	case len(exposed) == 0 && !pass.WaysKnown(scope):
	case len(exposed) > 0:
		f.Exposure = analyzer.Reachable
		slices.SortStableFunc(exposed, func(a, b *reach.Reached) int { return cmp.Compare(a.Endpoint.Kind, b.Endpoint.Kind) })
		var names []string
		for _, r := range limited(exposed) {
			names = append(names, r.Endpoint.Resource.Addr.String())
			f.Related = append(f.Related, analyzer.Related{
				At:      analyzer.At(pass.Placed(r.Endpoint.Resource, r.Endpoint.Resource.Decl)),
				Message: "reachable from the internet: " + r.Endpoint.Resource.Addr.String(),
			})
		}
		if more := len(exposed) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("%d more", more))
		}
		f.Message += " Everyone reaches " + strings.Join(names, ", ") + " through it."
	case len(open) > 0 || len(others) > 0:
		f.Message += " " + unknown
	case alsoUsed(pass, scope, f):
	case guarded == 0:
		f.Exposure = analyzer.Unattached
		f.Message += " " + unattached
	default:
		f.Exposure = analyzer.Private
		f.Level = min(pass.Rule.Level, analyzer.Warning)
		f.Message += " " + private
	}
}

// alsoUsed adds to a finding what uses the scope and isn't followed. It reports whether there is something; then it isn't known
// whether that can be reached.
func alsoUsed(pass *analyzer.Pass, scope fact.Scope, f *analyzer.Finding) bool {
	if unread := pass.Graph.Unread(); len(unread) > 0 {
		f.Message += fmt.Sprintf(" What uses it isn't known, as %s couldn't be read as a whole.", unread[0].Name)
		return true
	}
	users, known := pass.Users(scope)
	if !known {
		f.Message += " What uses it isn't known without the configuration."
		return true
	}
	if len(users) == 0 {
		return false
	}
	names := limited(users)
	if more := len(users) - len(names); more > 0 {
		names = append(slices.Clone(names), fmt.Sprintf("%d more", more))
	}
	f.Message += fmt.Sprintf(" It is used by %s, which tfreach doesn't follow, so whether that can be reached from the internet isn't known.",
		strings.Join(names, ", "))
	return true
}

// guards reports whether a scope may decide what reaches an endpoint: by the rules of a verdict, if it has any and the scope's
// rules select their members.
func guards(r *reach.Reached, scope fact.Scope, v verdict) bool {
	for g := range r.GuardsOf(scope.ScopeID) {
		if isFor(g, v) {
			return true
		}
	}
	return false
}

// isFor reports whether a guard may ask the rules of a verdict about what it guards.
func isFor(g *fact.Guard, v verdict) bool {
	member := g.Member()
	return member == nil || len(v.openings) == 0 || slices.ContainsFunc(v.openings, func(o opening) bool {
		_, perhaps := member.Matches(o.Rule.Targets)
		return perhaps
	})
}

// admitted returns the clients that reach an endpoint by the ways that a scope guards. If the scope's rules select their
// members, only ways count on which a rule of the verdict lets traffic in.
func admitted(r *reach.Reached, scope fact.Scope, v verdict) netset.Bounds[netset.Prefixes] {
	if !scope.Selective {
		return r.Admits
	}
	var out netset.Bounds[netset.Prefixes]
	for p := range r.Paths() {
		if out.Must.Equal(r.Admits.Must) && out.May.Equal(r.Admits.May) {
			break // nobody else reaches it at all
		}
		for j := range p.Steps {
			if s := &p.Steps[j]; asks(s.Hop.Guard, scope) && isFor(s.Hop.Guard, v) && letsIn(s, v) {
				out = netset.UnionBounds(out, p.Admits)
				break
			}
		}
	}
	return out
}

func asks(g *fact.Guard, scope fact.Scope) bool {
	return g != nil && slices.ContainsFunc(g.Scopes(), func(s fact.ScopeRef) bool { return s.ScopeID == scope.ScopeID })
}

func letsIn(s *reach.Step, v verdict) bool {
	return slices.ContainsFunc(s.Openings, func(o reach.Opening) bool {
		return slices.ContainsFunc(v.openings, func(by opening) bool { return by.Rule == o.Rule })
	})
}
