package analyzer

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// ftpEvidence is what a graph has of FTP endpoints.
type ftpEvidence struct {
	endpoints []fact.FTP
	unread    []fact.Unread
}

// seeFTP takes the FTP endpoints from a graph; l finds the places of a plan, and is nil without.
func (r *runner) seeFTP(g *graph.Graph, l *locator) ftpEvidence {
	byType := map[string][]read.Adapter{}
	for _, a := range r.config.Knowledge.Adapters {
		if a.FTP != nil {
			for _, t := range a.Types {
				byType[t] = append(byType[t], a)
			}
		}
	}
	var out ftpEvidence
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed || len(byType[res.Addr.Type]) == 0 {
			continue
		}
		s := read.Subject{Graph: g, Resource: res, Declared: res, Source: g}
		if l != nil {
			s.Declared, s.Source = l.graph.Find(res.Addr), l.graph
		}
		declared := s.Declared
		if declared == nil {
			declared = res
		}
		for _, a := range byType[res.Addr.Type] {
			endpoints, unread := a.FTP(s)
			for i := range endpoints {
				endpoints[i].Resource, endpoints[i].Declared = res, declared
			}
			for i := range unread {
				unread[i].Resource, unread[i].Declared = res, declared
			}
			out.endpoints, out.unread = append(out.endpoints, endpoints...), append(out.unread, unread...)
		}
	}
	return out
}
