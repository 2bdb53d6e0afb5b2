package rules

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// claim is what a rule may say against an FTP endpoint.
type claim struct {
	// trait identifies it among the claims against the endpoint.
	trait string
	// what is a clause after the endpoint's name.
	what, fix string
	// level is zero for the rule's own.
	level analyzer.Level
	// secret is true if the text at the place is a secret. anyway is true if the claim holds even if the endpoint doesn't run.
	secret, anyway bool
}

// against reports a claim against an endpoint if a setting says that it holds, or may hold.
func against[T any](pass *analyzer.Pass, e *fact.FTP, c claim, s fact.Setting[T], holds func(T) bool) {
	if s.State == 0 || s.State != ftpd.Unknown && !holds(s.Value) || e.Present.State != ftpd.Unknown && !e.Present.Value {
		return
	}
	f := analyzer.Finding{
		Outcome: analyzer.Exposed, Level: c.level, Resources: []graph.Address{e.Resource.Addr}, Scope: e.Resource.Addr.String(),
		About: analyzer.Trait{Name: c.trait + ": " + e.Name, Secret: c.secret && s.At.Filename != ""}, Fix: c.fix, Sensitive: s.Sensitive,
	}
	value, at := s.By, s.At
	subject := e.Resource.Addr.String() + ": " + e.Name + " "
	switch {
	case s.State == ftpd.Unknown:
		f.Outcome, f.Decides = analyzer.Unknown, decidedBy(s.Decides, s.Source, s.At)
		f.Message = subject + "perhaps " + c.what + ": " + s.Source
	case e.Present.State == ftpd.Unknown && !c.anyway:
		f.Outcome, f.Decides = analyzer.Unknown, decidedBy(e.Present.Decides, e.Present.Source, e.Present.At)
		f.Message = subject + c.what + " if it is there: " + e.Present.Source
	case s.State == ftpd.Default && s.Source != "":
		f.Message = subject + c.what + ", by " + s.Source
	default:
		f.Message = subject + c.what
	}
	f.Message += "."
	if at.Filename == "" {
		value, at = graph.Value{}, e.At
	}
	placeFTP(&f, e.Declared, value, at)
	if e.Machine {
		exposeMachine(pass, e, &f)
	}
	pass.Report(f)
}

// decidedBy returns what would decide something; if that has no name, the reason why it isn't known.
func decidedBy(origins []graph.Origin, why string, at hcl.Range) []analyzer.Decider {
	if len(origins) == 0 {
		origins = []graph.Origin{{Kind: graph.FromExpression, Name: why, At: at}}
	}
	return analyzer.Deciders(origins)
}

// placeFTP places a finding about a resource at a value, or at the given range.
func placeFTP(f *analyzer.Finding, r *graph.Resource, value graph.Value, at hcl.Range) {
	steps := value.Trace()
	if len(steps) == 0 {
		value = graph.NewValue(value.Raw(), at)
	}
	place := placeIn(r.Decl, r.Calls, value, steps)
	f.At, f.Declared = analyzer.At(place), analyzer.At(r.Decl)
	f.Via = placesOf(steps)
	f.Related = onTheWay(steps, place)
	if place != r.Decl {
		f.Related = append(f.Related, analyzer.Related{At: analyzer.At(r.Decl), Message: "the resource that sets it up"})
	}
	for _, call := range slices.Backward(r.Calls) {
		if call != place {
			f.Related = append(f.Related, analyzer.Related{At: analyzer.At(call), Message: "the module call that makes it"})
		}
	}
}

// listening returns the ports of its machine at which an endpoint listens: those that are asked about if it has no such setting,
// and false with all ports if they aren't known.
func listening(e *fact.FTP, asked netset.Ports) (netset.Ports, bool) {
	switch e.ListenPorts.State {
	case ftpd.Known, ftpd.Default:
		var out netset.Ports
		for _, p := range e.ListenPorts.Value {
			out = out.Union(netset.Port(p))
		}
		return out, true
	case ftpd.Unknown:
		return netset.AllPorts(), false
	default:
		return asked, true
	}
}

// exposeMachine adds to a finding about a machine who reaches it.
func exposeMachine(pass *analyzer.Pass, e *fact.FTP, f *analyzer.Finding) {
	var here []*reach.Reached
	for i := range pass.Reached {
		r := &pass.Reached[i]
		if r.Endpoint.Resource == e.Resource || slices.Contains(r.Endpoint.Parts, e.Resource) {
			here = append(here, r)
		}
	}
	if len(here) == 0 {
		return
	}
	everyone := func(admits netset.Bounds[netset.Prefixes]) bool { return netset.Everyone(admits.Must) }
	port := pass.Rule.Port
	listens, known := listening(e, port.Ports)
	surely, perhaps, asked := false, false, !known
	for _, r := range here {
		own := r.Own(listens)
		perhaps = perhaps || !own.May.Empty()
		if known {
			surely = surely || everyone(own)
			asked = asked || everyone(own) && everyone(r.Admits) && listens.Overlaps(port.Ports)
		} else {
			surely = surely || everyone(r.Admits)
		}
	}
	at, nowhere := port.String(), ""
	if !asked {
		at = "its own " + reach.Port{Protocol: port.Protocol, Ports: listens}.String()
	}
	if !listens.Overlaps(port.Ports) {
		nowhere = " at " + at
	}
	switch {
	case surely:
		f.Exposure = analyzer.Reachable
		f.Message += " Everyone on the internet reaches it at " + at + "."
	case !perhaps:
		f.Exposure = analyzer.Private
		if f.Level == 0 {
			f.Level = pass.Rule.Level
		}
		f.Level = min(f.Level, analyzer.Warning)
		f.Message += " It can't be reached from the internet" + nowhere + "."
	default:
		f.Exposure = analyzer.Undetermined
	}
}

// remarks reports the remarks on endpoints.
func remarks(pass *analyzer.Pass, e *fact.FTP, list []fact.Remark) {
	for _, r := range list {
		c := claim{trait: r.Key, what: r.What, fix: r.Fix, secret: r.Secret, anyway: r.Anyway}
		if r.Note {
			c.level = analyzer.Note
		}
		against(pass, e, c, r.Holds, isTrue)
	}
}

func isTrue(b bool) bool { return b }

// fixOr returns an endpoint's own advice, or the general one.
func fixOr(own, general string) string {
	if own != "" {
		return own
	}
	return strings.TrimSpace(general)
}
