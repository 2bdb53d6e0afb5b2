package analyzer

import (
	"slices"
	"sync"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// evidence is what the rules judge.
type evidence struct {
	// ingress and egress are the rules for incoming and outgoing traffic that resources declare, and calls of modules whose
	// code isn't there.
	ingress []*fact.Ingress
	egress  func() []*fact.Ingress
	// attachments are the resources that each scope guards.
	attachments map[fact.ScopeID][]fact.Attachment
	endpoints   []fact.Endpoint
	// servers are the FTP servers and the firewalls that texts set up on machines.
	servers servers
	// strangers are the resources and modules that refer to what is read and aren't read themselves.
	strangers *strangers
}

// set sets what is on the machines.
func (e *evidence) set(s servers) {
	e.servers = s
	s.onHosts().filter(e.endpoints)
}

// egressOf returns the rules that resources declare for what goes out.
func (k *Analyst) egressOf(g *graph.Graph) []*fact.Ingress {
	var out []*fact.Ingress
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed {
			continue
		}
		for _, a := range k.byType[res.Addr.Type] {
			if a.Outbound != nil {
				out = append(out, a.Outbound(g, res)...)
			}
		}
	}
	return out
}

// maxHanded limits the rules that are read in the arguments of calls of unknown modules, whose objects nothing else counts.
const maxHanded = 10_000

// evidence collects the facts of a graph. declared is its configuration, if that is at hand.
func (k *Analyst) evidence(g, declared *graph.Graph) *evidence {
	e := &evidence{egress: sync.OnceValue(func() []*fact.Ingress { return k.egressOf(g) }), attachments: map[fact.ScopeID][]fact.Attachment{}, strangers: k.strangers(g)}
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed {
			continue
		}
		e.ingress = append(e.ingress, k.ingressOf(g, res)...)
		for _, a := range k.byType[res.Addr.Type] {
			if a.Attachments == nil {
				continue
			}
			for _, to := range a.Attachments(g, res) {
				e.attachments[to.Scope] = append(e.attachments[to.Scope], to)
			}
		}
	}
	handed := maxHanded
	for _, m := range g.Missing {
		switch module, sub, ok := read.Known(k.known.Modules, m); {
		case ok && module.Ingress != nil:
			if rules := module.Ingress(g, m, sub); m.Affords(len(rules)) {
				e.ingress = append(e.ingress, rules...)
			}
		case !ok && k.known.Handed != nil:
			rules := k.known.Handed(g, callOf(m), handed)
			handed -= min(handed, len(rules))
			e.ingress = append(e.ingress, rules...)
		}
	}
	for _, to := range e.attachments {
		slices.SortStableFunc(to, func(a, b fact.Attachment) int { return a.Resource.Addr.Compare(b.Resource.Addr) })
	}
	e.strangers.kept = k.keep(g, declared, e.ingress)
	e.ingress = slices.Concat(e.ingress, e.strangers.denials(e.ingress), e.strangers.admissions(e.ingress))
	for _, c := range k.known.Clouds {
		t := g.Connect(c.Links)
		endpoints := c.Endpoints(t)
		e.strangers.disturb(t, c.ByAddress, endpoints)
		e.endpoints = append(e.endpoints, endpoints...)
	}
	return e
}

// ingressOf returns the ingress rules that a resource declares.
func (k *Analyst) ingressOf(g *graph.Graph, res *graph.Resource) []*fact.Ingress {
	var rules []*fact.Ingress
	for _, a := range k.byType[res.Addr.Type] {
		if a.Ingress != nil {
			rules = append(rules, a.Ingress(g, res)...)
		}
	}
	for _, q := range k.required[res.Addr.Type] {
		q.Missing(g, res, rules)
	}
	return rules
}

// servers are the FTP endpoints of a graph.
type servers struct {
	endpoints []fact.FTP
	unread    []fact.Unread
	firewalls []fact.HostFirewall
}

// servers collects the FTP endpoints of a graph. For a plan, l finds where its configuration declares them; l may be nil.
func (k *Analyst) servers(g *graph.Graph, l *locator) servers {
	var out servers
	texts := &fact.Texts{}
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed || res.Addr.Elsewhere() {
			continue
		}
		for _, a := range k.byType[res.Addr.Type] {
			if a.FTP == nil {
				continue
			}
			s := read.Subject{Graph: g, Resource: res, Declared: res, Source: g, Texts: texts}
			if l != nil {
				s.Declared, s.Source = l.graph.Find(res.Addr), l.graph
			}
			out.add(s, a.FTP)
		}
	}
	for _, m := range g.Missing {
		if k.known.Called == nil || l != nil || k.hasMachine(g, m) { // a plan, or a model, has what the module makes
			continue
		}
		call := callOf(m)
		out.add(read.Subject{Graph: g, Resource: call, Declared: call, Source: g, Texts: texts}, k.known.Called)
	}
	return out
}

// callOf returns a resource that stands for the call of a module whose code isn't there.
func callOf(m *graph.MissingModule) *graph.Resource {
	return &graph.Resource{
		Addr: graph.Address{Module: m.Path, Mode: graph.Managed}, Certain: m.Certain, Exists: m.Exists, Change: graph.Unplanned,
		Decl: m.Decl, Calls: m.Calls, Object: m.Object,
	}
}

// hasMachine reports whether the graph has a machine that a module makes whose code isn't there.
func (k *Analyst) hasMachine(g *graph.Graph, m *graph.MissingModule) bool {
	return slices.ContainsFunc(g.Resources, func(r *graph.Resource) bool {
		return r.Addr.Mode == graph.Managed && r.Addr.Module.Compare(m.Path) == 0 &&
			slices.ContainsFunc(k.byType[r.Addr.Type], func(a read.Adapter) bool { return a.FTP != nil })
	})
}

// add adds what a subject sets up.
func (all *servers) add(s read.Subject, ftp func(read.Subject) ([]fact.FTP, []fact.Unread)) {
	declared := s.Declared
	if declared == nil {
		declared = s.Resource
	}
	var firewalls []fact.HostFirewall
	s.Firewalls = &firewalls
	endpoints, unread := ftp(s)
	for i := range firewalls {
		firewalls[i].Resource = s.Resource
	}
	for i := range endpoints {
		endpoints[i].Resource, endpoints[i].Declared = s.Resource, declared
	}
	for i := range unread {
		unread[i].Resource, unread[i].Declared = s.Resource, declared
	}
	all.endpoints, all.unread, all.firewalls = append(all.endpoints, endpoints...), append(all.unread, unread...), append(all.firewalls, firewalls...)
}

// withoutCopies leaves out the rules that a scope lists and that a resource of their own declares as well. When a provider
// reads a security group again, its computed ingress also has the rules of each aws_vpc_security_group_ingress_rule, merged
// where only their sources differ. known must include the rules from before a plan: the computed list still has what the plan
// changes or deletes. A listed rule that no resource accounts for was opened by somebody else, and stays.
func withoutCopies(rules, known []*fact.Ingress) []*fact.Ingress {
	var own map[fact.ScopeID][]*fact.Ingress // originals by scope, made for the first rule that may be a copy
	return slices.DeleteFunc(slices.Clone(rules), func(r *fact.Ingress) bool {
		// Only a dynamic block can have filled the list of an object that doesn't exist yet.
		if !r.Listed || r.Resource.Change == graph.Create {
			return false
		}
		if own == nil {
			own = map[fact.ScopeID][]*fact.Ingress{}
			for _, k := range known {
				if !k.Listed {
					own[k.Scope.ScopeID] = append(own[k.Scope.ScopeID], k)
				}
			}
		}
		var originals []netset.Traffic
		for _, k := range own[r.Scope.ScopeID] {
			if k.Resource.Addr.Compare(r.Resource.Addr) != 0 && sameBut(k, r) {
				originals = append(originals, k.Traffic().Must)
			}
		}
		return len(originals) > 0 && r.Traffic().May.SubsetOf(netset.UnionAll(originals...))
	})
}

// sameBut reports whether two rules of a scope do the same for the same members, in the same place of the scope's order,
// whatever their traffic.
func sameBut(a, b *fact.Ingress) bool {
	if a.Action != b.Action || a.Targets.Unknown || b.Targets.Unknown {
		return false
	}
	if a.Scope.Order != fact.Union && (a.Priority != b.Priority || a.Priority.Lo != a.Priority.Hi) {
		return false
	}
	return slices.Equal(a.Targets.Names, b.Targets.Names) && a.Targets.Addresses.May.Equal(b.Targets.Addresses.May)
}
