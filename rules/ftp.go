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

// claim is what a rule may hold against an FTP endpoint.
type claim struct {
	// trait identifies it among those against the endpoint.
	trait string
	// what says so in a clause after the endpoint's name.
	what, fix string
	// level is zero for the rule's own.
	level analyzer.Level
	// secret says that the place is that of a secret, and anyway that it holds whether or not the endpoint runs.
	secret, anyway bool
}

// against reports a claim on an endpoint if it holds, or may hold, by a setting.
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

// decidedBy returns what would decide something, or if that has no name why it isn't known.
func decidedBy(origins []graph.Origin, why string, at hcl.Range) []analyzer.Decider {
	if len(origins) == 0 {
		origins = []graph.Origin{{Kind: graph.FromExpression, Name: why, At: at}}
	}
	return analyzer.Deciders(origins)
}

// placeFTP puts a finding at the place of a value, or at the given one, of what a resource declares.
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

// exposeMachine says of a finding about a machine who reaches it.
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
	everyone := func(r *reach.Reached) bool { return netset.Everyone(r.Admits.Must) }
	nobody := func(r *reach.Reached) bool { return r.Admits.May.Empty() }
	switch {
	case slices.ContainsFunc(here, everyone):
		f.Exposure = analyzer.Reachable
		f.Message += " Everyone on the internet reaches it at " + pass.Rule.Port.String() + "."
	case !slices.ContainsFunc(here, func(r *reach.Reached) bool { return !nobody(r) }):
		f.Exposure = analyzer.Private
		if f.Level == 0 {
			f.Level = pass.Rule.Level
		}
		f.Level = min(f.Level, analyzer.Warning)
		f.Message += " It can't be reached from the internet."
	default:
		f.Exposure = analyzer.Undetermined
	}
}

// remarks reports what else speaks against endpoints.
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

// fixOr returns an endpoint's own words for what to change, or the given ones.
func fixOr(own, general string) string {
	if own != "" {
		return own
	}
	return strings.TrimSpace(general)
}
