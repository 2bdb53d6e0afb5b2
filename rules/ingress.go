package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// opening is a rule of a scope with the clients that reach the port through it.
type opening struct {
	reach.Opening
	who netset.Bounds[netset.Prefixes]
}

// verdict is a set of openings that together admit too many clients.
type verdict struct {
	outcome analyzer.Outcome
	// openings are the openings that do so; the one that admits most comes first.
	openings []opening
}

// admits returns what the openings admit together.
func (v verdict) admits() netset.Traffic {
	sets := make([]netset.Traffic, len(v.openings))
	for i, o := range v.openings {
		if sets[i] = o.Admits.Must; v.outcome == analyzer.Unknown {
			sets[i] = o.Admits.May
		}
	}
	return netset.UnionAll(sets...)
}

// sensitive reports whether it must not be shown what the openings admit.
func (v verdict) sensitive() bool {
	return slices.ContainsFunc(v.openings, func(o opening) bool { return o.Rule.Sensitive() })
}

// question is a condition on sources that a rule forbids. It must be monotone: more sources never make it false.
type question func(netset.Prefixes) bool

// ask finds the openings of a scope for which a question is true: each one alone if it is enough, otherwise several together.
// It returns what is left for a milder question: what the openings surely admit as far as it isn't the reason.
func ask(openings []opening, holds question) (verdicts []verdict, rest []opening) {
	for _, o := range openings {
		switch {
		case holds(o.who.Must):
			verdicts = append(verdicts, verdict{analyzer.Exposed, []opening{o}})
		case holds(o.who.May):
			verdicts = append(verdicts, verdict{analyzer.Unknown, []opening{o}})
			if !o.who.Must.Empty() {
				rest = append(rest, o)
			}
		default:
			rest = append(rest, o)
		}
	}
	must, may := make([]netset.Prefixes, len(rest)), make([]netset.Prefixes, len(rest))
	for i, o := range rest {
		must[i], may[i] = o.who.Must, o.who.May
	}
	switch {
	case holds(netset.UnionAll(must...)):
		return append(verdicts, together(analyzer.Exposed, rest)), nil
	case holds(netset.UnionAll(may...)) && slices.ContainsFunc(rest, func(o opening) bool { return !holds(o.who.May) }):
		verdicts = append(verdicts, together(analyzer.Unknown, rest))
	}
	for i, o := range rest {
		if holds(o.who.May) {
			rest[i].who = netset.Exactly(o.who.Must)
		}
	}
	return verdicts, rest
}

// together returns the verdict on openings of which none is enough alone.
func together(outcome analyzer.Outcome, openings []opening) verdict {
	side := func(o opening) netset.Prefixes {
		if outcome == analyzer.Unknown {
			return o.who.May.Difference(o.who.Must)
		}
		return o.who.Must
	}
	sorted := slices.DeleteFunc(slices.Clone(openings), func(o opening) bool { return size(side(o)) == 0 })
	slices.SortStableFunc(sorted, func(a, b opening) int { return cmp.Compare(size(side(b)), size(side(a))) })
	return verdict{outcome, sorted}
}

// size returns the share of the public internet in a set of sources.
func size(p netset.Prefixes) float64 {
	v4, v6 := p.PublicShare()
	return v4 + v6
}

func openingsOf(e *reach.Exposure) []opening {
	out := make([]opening, len(e.Openings))
	for i, o := range e.Openings {
		out[i] = opening{o, e.Sources(o)}
		if o.Rule.Action == fact.Allow && slices.ContainsFunc(o.Rule.Sources, func(t fact.Term[netset.Prefixes]) bool { return t.Few }) {
			// A few addresses, wherever they are, don't make it everyone, nor a broad block.
			out[i].who.May = out[i].who.May.Intersect(o.Rule.Many())
		}
	}
	return out
}

// wording says what a scope does, as in "group g lets everyone reach FTP": surely for a known verdict, and perhaps for an
// unknown one.
type wording struct{ surely, perhaps string }

// report reports the verdicts on the exposures of scopes with a role. The words are for the ports of each that are open.
func report(pass *analyzer.Pass, role fact.Role, words func(reach.Port) wording, judge func([]opening) []verdict) {
	for i := range pass.Exposures {
		e := &pass.Exposures[i]
		if e.Scope.Role != role {
			continue
		}
		for _, v := range judge(openingsOf(e)) {
			pass.Report(finding(pass, e, v, words))
		}
	}
}

// toEveryone returns the verdicts on openings that admit everyone.
func toEveryone(openings []opening) []verdict {
	verdicts, _ := ask(openings, netset.Everyone)
	return verdicts
}

// finding describes a verdict.
func finding(pass *analyzer.Pass, e *reach.Exposure, v verdict, words func(reach.Port) wording) analyzer.Finding {
	rule := v.openings[0].Rule
	declared := pass.Declared(rule)
	value := deciding(declared, v.outcome)
	steps := value.Trace()
	at := place(declared, value, steps)
	admits, port := v.admits(), e.Port
	if !v.sensitive() {
		port = port.Only(admits.Ports(port.Protocol))
	}
	f := analyzer.Finding{
		Published: e.Scope.Role == fact.Listener,
		Outcome:   v.outcome,
		Resources: []graph.Address{rule.Resource.Addr},
		Scope:     e.Scope.Name,
		At:        analyzer.At(at),
		Declared:  analyzer.At(declared.At),
		About:     analyzer.Traffic{Opening: brief(rule, declared), Admits: admits},
		Sensitive: v.sensitive() || declared.Sensitive(),
		Fix:       fix(port, rule, pass.Settings.Trusted),
	}
	does := words(port).surely
	if v.outcome == analyzer.Unknown {
		does = words(port).perhaps
		f.Decides = analyzer.Deciders(decides(e, v.openings))
	}
	f.Message = fmt.Sprintf("%s %s (%s): it allows %s", subject(e, rule), does, port, f.Opening())
	if n := len(v.openings) - 1; n > 0 {
		f.Message += fmt.Sprintf(", together with %s", plural(n, "other rule"))
	}
	f.Message += "."
	f.Via = placesOf(steps)
	if pass.Commented() {
		f.Besides = besides(declared)
	}
	if pass.TraceValues {
		f.Written = analyzer.Written{Sources: writtenSources(declared), Ports: writtenPorts(declared)}
	}
	f.Related = append(onTheWay(steps, at), related(pass, e, v, declared, at)...)
	if e.Scope.Role == fact.Firewall {
		expose(pass, e.Scope, v, &f)
	}
	return f
}

// brief returns what a rule matches. In a plan, a block is sensitive as a whole if a part of it is; the configuration knows
// which part.
func brief(rule, declared *fact.Ingress) string {
	if rule.Sensitive() && declared.Sensitive() && declared.Traffic().May.Equal(rule.Traffic().May) {
		return declared.Brief()
	}
	return rule.Brief()
}

// maxRelated is the number of places of one kind that a finding names.
const maxRelated = 5

// related returns the other places of a finding: the rule, its scope, what else admits, what did not stop it, what the scope
// guards, and the module calls that lead there.
func related(pass *analyzer.Pass, e *reach.Exposure, v verdict, declared *fact.Ingress, at hcl.Range) []analyzer.Related {
	var out []analyzer.Related
	add := func(at hcl.Range, format string, args ...any) {
		out = append(out, analyzer.Related{At: analyzer.At(at), Message: fmt.Sprintf(format, args...)})
	}
	rule := v.openings[0].Rule
	if at != declared.At {
		add(declared.At, "the rule that opens the port")
	}
	if r := declared.Scope.Resource; r != nil && r != declared.Resource {
		add(r.Decl, "the %s that the rule belongs to", e.Scope.Kind)
	}
	for _, o := range v.openings[1:] {
		add(pass.Declared(o.Rule).At, "a rule that admits more: %s", o.Rule.Brief())
	}
	for _, b := range limited(e.Before(rule)) {
		add(pass.Declared(b).At, "a rule before it that does not stop it: %s %s", b.Action, b.Brief())
	}
	for _, a := range limited(pass.Attached(e.Scope)) {
		add(pass.Placed(a.Resource, a.At), "attached to %s", a.Resource.Addr)
	}
	for _, call := range slices.Backward(declared.Resource.Calls) {
		if call != at {
			add(call, "the module call that makes it")
		}
	}
	return out
}

func limited[T any](s []T) []T { return s[:min(len(s), maxRelated)] }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// subject names what is open: the scope, and the rule in it if that is a resource of its own.
func subject(e *reach.Exposure, rule *fact.Ingress) string {
	self := rule.Resource.Addr.String()
	if e.Scope.Name == self {
		return self
	}
	return fmt.Sprintf("%s in %s %s", self, e.Scope.Kind, e.Scope.Name)
}

// undecided returns the values that keep a rule from being known, those of its sources first: unknown values, and names of what
// is unknown here, such as a prefix list.
func undecided(rule *fact.Ingress) []graph.Value {
	var out []graph.Value
	for _, t := range rule.Sources {
		out = append(out, unknownParts(t)...)
	}
	out = append(append(out, unknownParts(rule.Protocol)...), unknownParts(rule.Ports)...)
	add := func(known bool, values ...graph.Value) {
		if !known {
			out = append(out, keeping(values, nil)...)
		}
	}
	add(rule.Certain, rule.Exists)
	add(!rule.Targets.Unknown, rule.Targets.By...)
	add(rule.Targets.Addresses.Known(), rule.Targets.AddressesBy...)
	add(rule.Priority.Lo == rule.Priority.Hi, rule.PriorityBy)
	return out
}

// unknownParts returns the values that keep a term from being known.
func unknownParts[T any](t fact.Term[T]) []graph.Value {
	if t.Set.Known() {
		return nil
	}
	if t.Read == nil {
		return keeping(t.Values, nil)
	}
	return keeping(t.Values, func(e graph.Value) bool { return t.Read(e).Known() })
}

// keeping returns the elements of values that keep something from being known, first those that aren't known themselves.
// Settled says whether it is known what an element that is known makes of it; without it, such a one keeps it from being
// known if nothing else does.
func keeping(values []graph.Value, settled func(graph.Value) bool) []graph.Value {
	var out, names, texts []graph.Value
	for _, v := range values {
		for _, e := range elements(v) {
			switch {
			case e.Absent():
			case !e.Known():
				out = append(out, e)
			case isNumber(e): // the known end of a range, say
			case len(e.Origins()) > 0, settled != nil && !settled(e):
				names = append(names, e)
			case settled == nil:
				texts = append(texts, e)
			}
		}
	}
	if out = append(out, names...); len(out) == 0 {
		return texts
	}
	return out
}

func isNumber(v graph.Value) bool {
	_, ok := v.Int()
	return ok
}

// decides returns what would decide an unknown verdict: what isn't known of the rules, and of earlier rules.
func decides(e *reach.Exposure, openings []opening) []graph.Origin {
	var out []graph.Origin
	for _, o := range openings {
		values := undecided(o.Rule)
		for _, b := range e.Before(o.Rule) {
			values = append(values, undecided(b)...)
		}
		for _, v := range values {
			origins := v.Origins()
			if text, ok := v.Text(); ok && len(origins) == 0 {
				if v.Sensitive() {
					text = "a sensitive value"
				}
				origins = []graph.Origin{{Kind: graph.FromExpression, Name: graph.Brief(text), At: v.At}}
			}
			out = append(out, origins...)
		}
	}
	return out
}

// fix returns what to change, for the ports that are open.
func fix(port reach.Port, rule *fact.Ingress, trusted []config.Trusted) string {
	ports := rule.Ports.Set.May
	if rule.Scope.Role == fact.Listener && !slices.ContainsFunc(rule.Sources, func(t fact.Term[netset.Prefixes]) bool { return len(t.Values) > 0 }) {
		return fmt.Sprintf("Make it internal, let only the addresses that need %s reach it%s, or remove it.", port.Label, such(trusted))
	}
	if rule.Protocol.Set.May.Equal(netset.Protocol(port.Protocol)) && ports.SubsetOf(port.Ports) {
		return "Name the addresses that need " + port.Label + " in place of this source" + such(trusted) + ", or remove the rule." + inOneList(rule)
	}
	return fmt.Sprintf("Open only the ports that are needed, without %s, or name the addresses that need them%s.%s", port, such(trusted), inOneList(rule))
}

// such names the first of the trusted addresses.
func such(trusted []config.Trusted) string {
	var names []string
	for _, t := range limited(trusted) {
		name := t.Name
		if len(t.Prefixes) > 0 {
			name += " (" + t.Prefixes[0] + ")"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return ", such as " + strings.Join(names, ", ")
}
