package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// evidence is what the rules judge a graph by.
type evidence struct {
	// ingress are the rules that resources, and calls of modules that aren't there, declare for what comes in, and egress
	// those for what goes out.
	ingress, egress []*fact.Ingress
	// attachments are what scopes guard.
	attachments map[fact.ScopeID][]fact.Attachment
	endpoints   []fact.Endpoint
}

// evidence takes the facts from a graph.
func (k *Analyst) evidence(g *graph.Graph) *evidence {
	e := &evidence{attachments: map[fact.ScopeID][]fact.Attachment{}}
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed {
			continue
		}
		for _, a := range k.byType[res.Addr.Type] {
			if a.Ingress != nil {
				e.ingress = append(e.ingress, a.Ingress(g, res)...)
			}
			if a.Outbound != nil {
				e.egress = append(e.egress, a.Outbound(g, res)...)
			}
			if a.Attachments == nil {
				continue
			}
			for _, to := range a.Attachments(g, res) {
				e.attachments[to.Scope] = append(e.attachments[to.Scope], to)
			}
		}
	}
	for _, m := range g.Missing {
		if module, sub, ok := read.Called(k.known.Modules, m.Source); ok {
			e.ingress = append(e.ingress, module.Ingress(g, m, sub)...)
		}
	}
	for _, to := range e.attachments {
		slices.SortStableFunc(to, func(a, b fact.Attachment) int { return a.Resource.Addr.Compare(b.Resource.Addr) })
	}
	for _, c := range k.known.Clouds {
		e.endpoints = append(e.endpoints, c.Endpoints(g.Connect(c.Links))...)
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
	return rules
}

// servers are what a graph has of FTP endpoints.
type servers struct {
	endpoints []fact.FTP
	unread    []fact.Unread
}

// servers takes the FTP endpoints from a graph; l finds the places of a plan, and is nil without.
func (k *Analyst) servers(g *graph.Graph, l *locator) servers {
	var out servers
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed {
			continue
		}
		for _, a := range k.byType[res.Addr.Type] {
			if a.FTP == nil {
				continue
			}
			s := read.Subject{Graph: g, Resource: res, Declared: res, Source: g}
			if l != nil {
				s.Declared, s.Source = l.graph.Find(res.Addr), l.graph
			}
			out.add(s, a.FTP)
		}
	}
	for _, m := range g.Missing {
		if k.known.Called == nil || l != nil { // a plan has what the module makes
			continue
		}
		call := &graph.Resource{
			Addr: graph.Address{Module: m.Path, Mode: graph.Managed}, Certain: m.Certain, Exists: m.Exists, Change: graph.Unplanned,
			Decl: m.Decl, Calls: m.Calls, Object: m.Object,
		}
		out.add(read.Subject{Graph: g, Resource: call, Declared: call, Source: g}, k.known.Called)
	}
	return out
}

// add adds what a subject sets up.
func (out *servers) add(s read.Subject, ftp func(read.Subject) ([]fact.FTP, []fact.Unread)) {
	declared := s.Declared
	if declared == nil {
		declared = s.Resource
	}
	endpoints, unread := ftp(s)
	for i := range endpoints {
		endpoints[i].Resource, endpoints[i].Declared = s.Resource, declared
	}
	for i := range unread {
		unread[i].Resource, unread[i].Declared = s.Resource, declared
	}
	out.endpoints, out.unread = append(out.endpoints, endpoints...), append(out.unread, unread...)
}

// withoutCopies leaves out the rules that a scope lists and that are resources of their own among the known rules. Once a
// security group is read again, its computed ingress has the rules of aws_vpc_security_group_ingress_rule, too, merged
// where only their sources differ. Known must have the rules from before a plan as well: what a plan changes or deletes
// stays in the list that it computed before. What no resource accounts for was opened by somebody else, and stays.
func withoutCopies(rules, known []*fact.Ingress) []*fact.Ingress {
	var own map[fact.ScopeID][]*fact.Ingress // made for the first rule that may be a copy
	return slices.DeleteFunc(slices.Clone(rules), func(r *fact.Ingress) bool {
		// A list that a new object has already can't have been computed: a dynamic block wrote it.
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

// sameBut says whether two rules of a scope do the same in the same place of its order to the same members, whatever
// traffic they are for.
func sameBut(a, b *fact.Ingress) bool {
	if a.Action != b.Action || a.Targets.Unknown || b.Targets.Unknown {
		return false
	}
	if a.Scope.Order != fact.Union && (a.Priority != b.Priority || a.Priority.Lo != a.Priority.Hi) {
		return false
	}
	return slices.Equal(a.Targets.Names, b.Targets.Names) && a.Targets.Addresses.May.Equal(b.Targets.Addresses.May)
}
