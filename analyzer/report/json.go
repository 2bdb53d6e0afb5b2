package report

import (
	"io"
	"time"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// jsonVersion changes when a field disappears or changes its meaning. New fields don't change it.
const jsonVersion = "1"

// JSON writes the result for other programs, as an object of the shape of jsonReport. Lists are never null. An error is
// that of w.
func JSON(w io.Writer, r *analyzer.Result, o Options) error {
	return writeJSON(w, r, sourcesOf(r, o.Path), o)
}

func writeJSON(w io.Writer, r *analyzer.Result, s *sources, o Options) error {
	n, by := countFindings(r.Findings), count(r)
	out := jsonReport{
		FormatVersion: jsonVersion,
		Tool:          jsonTool{Name: toolName, Version: o.Version},
		Inputs:        list(r.Inputs, func(in *string) string { return *in }),
		Complete:      r.Complete(),
		Summary: jsonSummary{
			Errors: n.errors, Warnings: n.warnings, Notes: n.notes, Unknown: n.unknown, Resources: r.Resources, Reached: reached(r),
			UnreadCalls: r.Unread.Calls, UnreadLeaves: r.Unread.Leaves,
			New: r.Changes.New, Unchanged: r.Changes.Unchanged, Absent: r.Changes.Absent,
			Causes: jsonCauseSummary{
				Errors: by.errors, Warnings: by.warnings, Notes: by.notes, Unknown: by.unknown,
				New: r.CauseChanges.New, Unchanged: r.CauseChanges.Unchanged, Absent: r.CauseChanges.Absent,
			},
			Roots: r.Roots,
		},
		Asked:    asked(r),
		Causes:   jsonCausesOf(r, s),
		Baseline: r.Baseline, NewOnly: r.NewOnly,
		Findings:   list(r.Findings, func(f *analyzer.Finding) jsonFinding { return jsonFindingOf(s, f) }),
		Suppressed: list(r.Suppressed, func(f *analyzer.Finding) jsonFinding { return jsonFindingOf(s, f) }),
		Shadowed: list(r.Shadowed, func(sh *analyzer.Shadowed) jsonShadowed {
			return jsonShadowed{
				Port: sh.Port.String(), Scope: sh.Rule.Scope.Name, jsonRuleText: jsonRuleTextOf(s, sh.Rule),
				ShadowedBy: list(sh.By, func(by **analyzer.Ingress) jsonRuleText { return jsonRuleTextOf(s, *by) }),
			}
		}),
		Notices: list(r.Notices, func(n *analyzer.Notice) jsonNotice {
			return jsonNotice{
				Level: n.Level.String(), Summary: n.Summary, Detail: n.Detail, Partial: n.Partial,
				Location: jsonLocationOf(s, analyzer.At(n.At)),
			}
		}),
		Rules: list(r.Rules, func(r **analyzer.Rule) jsonRule {
			return jsonRule{
				ID: (*r).ID, Title: (*r).Title, Summary: (*r).Summary, Level: (*r).Level.String(), Severity: (*r).Severity,
				Tags: list((*r).Tags, func(t *string) string { return *t }),
			}
		}),
	}
	data, err := marshal(out)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// jsonReport is the whole report. Lists have the order that analyzer.Result gives them.
type jsonReport struct {
	FormatVersion string   `json:"formatVersion"`
	Tool          jsonTool `json:"tool"`
	// Inputs are the analysed paths, as given.
	Inputs []string `json:"inputs"`
	// Complete is false if a part of the input was not analysed; the notices that are partial say which.
	Complete bool        `json:"complete"`
	Summary  jsonSummary `json:"summary"`
	// Baseline is the file or the Git reference that the findings were compared with. Without it, a plan's findings were
	// compared with the state before the plan.
	Baseline string `json:"baseline,omitempty"`
	// Asked names the services and ports that were judged: "FTP, TCP 21".
	Asked string `json:"asked"`
	// Causes are what other reports tell of: each is all that one place or one value decides, the most serious first. Each
	// finding belongs to one.
	Causes []jsonCause `json:"causes"`
	// NewOnly is true if the report has only new findings.
	NewOnly  bool          `json:"newOnly,omitempty"`
	Findings []jsonFinding `json:"findings"`
	// Suppressed are the findings that don't count, each with its suppression.
	Suppressed []jsonFinding `json:"suppressed"`
	// Shadowed are rules that allow a judged port but open nothing, because earlier rules take all of it.
	Shadowed []jsonShadowed `json:"shadowed"`
	Notices  []jsonNotice   `json:"notices"`
	// Rules are all rules that ran.
	Rules []jsonRule `json:"rules"`
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// jsonSummary counts: the findings with outcome "exposed" by level and those with outcome "unknown", both without absent ones;
// the resource instances that were analysed; the machines and listeners that the internet surely reaches; and all findings by
// their changes, also those that are not reported.
type jsonSummary struct {
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Notes     int `json:"notes"`
	Unknown   int `json:"unknown"`
	Resources int `json:"resources"`
	Reached   int `json:"reached"`
	// UnreadCalls are the calls of modules whose code isn't there and which nothing else tells about, and UnreadLeaves the
	// findings that these leave unknown.
	UnreadCalls  int `json:"unreadCalls,omitempty"`
	UnreadLeaves int `json:"unreadLeaves,omitempty"`
	New          int `json:"new"`
	Unchanged    int `json:"unchanged"`
	Absent       int `json:"absent"`
	// Causes counts the causes of the findings, which is what other reports count.
	Causes jsonCauseSummary `json:"causes"`
	// Roots counts the root modules and documents that were looked at.
	Roots int `json:"roots"`
}

// jsonCauseSummary counts causes as jsonSummary does findings.
type jsonCauseSummary struct {
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Notes     int `json:"notes"`
	Unknown   int `json:"unknown"`
	New       int `json:"new"`
	Unchanged int `json:"unchanged"`
	Absent    int `json:"absent"`
}

// jsonCause is what findings have in common that one edit, or one value, decides.
type jsonCause struct {
	// RuleID and Level are those of the worst of the findings.
	RuleID  string `json:"ruleId"`
	Level   string `json:"level"`
	Outcome string `json:"outcome"`
	Change  string `json:"change"`
	// Fingerprint identifies the cause across runs. It stays when lines or numbers of instances change.
	Fingerprint string `json:"fingerprint"`
	// Message says what the cause is and how much it decides.
	Message string `json:"message"`
	// Fix says what to change, and Advice how to have decided what isn't known; one of them is empty.
	Fix    string `json:"fix"`
	Advice string `json:"advice"`
	// Location is the place of the value that decides; null if it is in no file.
	Location *jsonLocation `json:"location"`
	// Decider is what would decide, if that isn't known; it is absent from others.
	Decider *jsonDecider `json:"decider,omitempty"`
	// Opens counts the resources with an open rule or port, Reaches the machines and listeners that the internet reaches
	// through it.
	Opens   int `json:"opens"`
	Reaches int `json:"reaches"`
	// Findings are indices in the list of the findings, the worst first.
	Findings []int `json:"findings"`
}

type jsonFinding struct {
	RuleID string `json:"ruleId"`
	// Level is "error", "warning" or "note".
	Level string `json:"level"`
	// Outcome is "exposed", or "unknown" if Decides names what decides.
	Outcome string `json:"outcome"`
	// Fingerprint identifies the opening across runs: it depends on the rule, the resources and the opening, not on
	// lines.
	Fingerprint string `json:"fingerprint"`
	// Resources are the addresses, as Terraform prints them, of the resource instances that declare the opening.
	Resources []string `json:"resources"`
	// Scope is what is opened, such as the address of a security group.
	Scope   string `json:"scope"`
	Message string `json:"message"`
	// Opening is what is admitted, such as "tcp 20-30 from 0.0.0.0/0".
	Opening string `json:"opening"`
	Fix     string `json:"fix"`
	// Change is "new", "unchanged" or "absent", or empty if there is nothing to compare with. The places of an absent finding
	// are in the files as they were before, if that is another version.
	Change string `json:"change"`
	// Inputs are the root modules and documents that have the opening; standard input is "-".
	Inputs []string `json:"inputs"`
	// Variants are the variants of these root modules that have the opening; it is absent if the settings have none.
	Variants []jsonVariant `json:"variants,omitempty"`
	// Sensitive is true if deciding values are sensitive, so that the texts don't tell them.
	Sensitive bool          `json:"sensitive"`
	Decides   []jsonDecider `json:"decides"`
	// Location is the place to edit.
	Location *jsonLocation `json:"location"`
	Related  []jsonRelated `json:"related"`
	// Path is the way from the internet to the machine or listener, hop by hop; empty for other findings.
	Path []jsonStep `json:"path"`
	// Exposure is what is behind an open rule: "reachable", "undetermined", "unattached" or "private".
	Exposure string `json:"exposure,omitempty"`
	// Suppression is why a finding doesn't count; absent if it does.
	Suppression *jsonSuppression `json:"suppression,omitempty"`
}

// jsonVariant is one of several ways in which a root module is applied.
type jsonVariant struct {
	Input string `json:"input"`
	Name  string `json:"name"`
}

// jsonSuppression is what suppresses a finding.
type jsonSuppression struct {
	// InSource is true for a comment in the configuration, and false for an entry of tfreach's settings.
	InSource bool `json:"inSource"`
	// By names the comment's tool, or the entry.
	By string `json:"by"`
	// Reason is the author's reason; it may be empty.
	Reason string `json:"reason"`
	// Until is the last day on which it holds, as YYYY-MM-DD; absent if it has no end.
	Until    string        `json:"until,omitempty"`
	Location *jsonLocation `json:"location"`
}

// jsonDecider is an unknown value that would decide a finding.
type jsonDecider struct {
	// Kind is "variable", "resource", "data", "module" or "expression".
	Kind string `json:"kind"`
	// Name is what to look for in the configuration: "var.cidrs".
	Name     string        `json:"name"`
	Location *jsonLocation `json:"location"`
}

type jsonRelated struct {
	Message  string        `json:"message"`
	Location *jsonLocation `json:"location"`
}

// jsonStep is a hop on a way from the internet.
type jsonStep struct {
	// Kind is the kind of hop: "route table".
	Kind string `json:"kind"`
	// Resource is the hop's address; empty if it lies outside the configuration.
	Resource string `json:"resource"`
	// Certain is false if it isn't known whether the hop lets traffic pass.
	Certain bool `json:"certain"`
	jsonRelated
}

type jsonShadowed struct {
	// Port is the port that is judged: "TCP 21".
	Port string `json:"port"`
	// Scope is what the rules belong to, such as the address of a network security group.
	Scope string `json:"scope"`
	jsonRuleText
	// ShadowedBy are the rules that take what it allows, in their order.
	ShadowedBy []jsonRuleText `json:"shadowedBy"`
}

// jsonRuleText is a rule of a firewall.
type jsonRuleText struct {
	// Resource is the address of the resource that declares the rule.
	Resource string        `json:"resource"`
	Location *jsonLocation `json:"location"`
	// Rule says what the rule does: "deny tcp 21 from 10.0.0.0/8".
	Rule string `json:"rule"`
}

type jsonNotice struct {
	Level   string `json:"level"`
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	// Partial is true if something was not analysed because of it.
	Partial  bool          `json:"partial"`
	Location *jsonLocation `json:"location"`
}

// jsonLocation is a place in a file; null where there is none. Lines and columns count from 1, columns in UTF-16 code
// units; the end column is that behind the last character.
type jsonLocation struct {
	File        string `json:"file"`
	StartLine   int    `json:"startLine"`
	StartColumn int    `json:"startColumn"`
	EndLine     int    `json:"endLine"`
	EndColumn   int    `json:"endColumn"`
}

type jsonRule struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Level   string `json:"level"`
	// Severity is from 0.1 to 10.0.
	Severity float64  `json:"severity"`
	Tags     []string `json:"tags"`
}

// countFindings counts findings as tally does causes.
func countFindings(findings []analyzer.Finding) tally {
	var t tally
	for i := range findings {
		switch f := &findings[i]; {
		case f.Change == analyzer.Absent:
		case f.Outcome == analyzer.Unknown:
			t.unknown++
		case f.Level == analyzer.Error:
			t.errors++
		case f.Level == analyzer.Warning:
			t.warnings++
		default:
			t.notes++
		}
	}
	return t
}

func jsonCausesOf(r *analyzer.Result, s *sources) []jsonCause {
	index := make(map[*analyzer.Finding]int, len(r.Findings))
	for i := range r.Findings {
		index[&r.Findings[i]] = i
	}
	all := r.Causes()
	causes := make([]*analyzer.Cause, len(all))
	for i := range all {
		causes[i] = &all[i]
	}
	marks := fingerprints(causes)
	out := make([]jsonCause, len(causes))
	for i, c := range causes {
		out[i] = jsonCause{
			RuleID: c.Worst().Rule.ID, Level: c.Worst().Level.String(), Outcome: outcomeWord(c.Outcome), Change: c.Change.String(),
			Fingerprint: marks[i], Message: s.account(r, c), Fix: fixOf(c), Advice: advice(r, c.Decider), Location: jsonLocationOf(s, c.At),
			Opens: len(c.Opens), Reaches: len(c.Reaches), Findings: list(c.Findings, func(f **analyzer.Finding) int { return index[*f] }),
		}
		if c.Decider != nil {
			d := jsonDeciderOf(s, c.Decider)
			out[i].Decider = &d
		}
	}
	return out
}

func jsonDeciderOf(s *sources, d *analyzer.Decider) jsonDecider {
	return jsonDecider{Kind: originWord(d.Kind), Name: d.Name, Location: jsonLocationOf(s, d.Place())}
}

func jsonFindingOf(s *sources, f *analyzer.Finding) jsonFinding {
	return jsonFinding{
		RuleID: f.Rule.ID, Level: f.Level.String(), Outcome: outcomeWord(f.Outcome), Fingerprint: fingerprint(f),
		Resources: addresses(f), Scope: f.Scope, Message: f.Message, Opening: f.Opening(), Fix: f.Fix,
		Change: f.Change.String(), Sensitive: f.Sensitive,
		Inputs: list(f.Inputs, func(name *string) string {
			if *name == "" {
				return "-"
			}
			return s.rename(*name)
		}),
		Decides:  list(f.Decides, func(o *analyzer.Decider) jsonDecider { return jsonDeciderOf(s, o) }),
		Variants: list(f.Variants, func(v *analyzer.Variant) jsonVariant { return jsonVariant{s.rename(v.Input), v.Name} }),
		Location: jsonLocationOf(s, f.At),
		Related: list(f.Related, func(r *analyzer.Related) jsonRelated {
			return jsonRelated{Message: r.Message, Location: jsonLocationOf(s, r.At)}
		}),
		Path: list(f.Path, func(p *analyzer.PathStep) jsonStep {
			return jsonStep{
				Kind: p.Kind, Resource: p.Name, Certain: p.Certain,
				jsonRelated: jsonRelated{Message: p.Message, Location: jsonLocationOf(s, p.At)},
			}
		}),
		Exposure: f.Exposure.String(), Suppression: jsonSuppressionOf(s, f.Suppression),
	}
}

func jsonSuppressionOf(s *sources, why *analyzer.Suppression) *jsonSuppression {
	if why == nil {
		return nil
	}
	out := &jsonSuppression{InSource: why.InSource, By: why.By, Reason: why.Reason, Location: jsonLocationOf(s, analyzer.At(why.At))}
	if !why.Until.IsZero() {
		out.Until = why.Until.Format(time.DateOnly)
	}
	return out
}

func jsonRuleTextOf(s *sources, i *analyzer.Ingress) jsonRuleText {
	return jsonRuleText{
		Resource: i.Resource.String(), Location: jsonLocationOf(s, analyzer.At(i.At)), Rule: i.Action.String() + " " + i.Brief,
	}
}

func jsonLocationOf(s *sources, r analyzer.Place) *jsonLocation {
	p := s.place(r)
	if p.path == "" {
		return nil
	}
	return &jsonLocation{
		File: p.path, StartLine: p.startLine, StartColumn: p.startColumn, EndLine: p.endLine, EndColumn: p.endColumn,
	}
}

func outcomeWord(o analyzer.Outcome) string {
	switch o {
	case analyzer.Exposed:
		return "exposed"
	case analyzer.Unknown:
		return "unknown"
	}
	return "invalid outcome"
}

func originWord(k graph.OriginKind) string {
	switch k {
	case graph.FromVariable:
		return "variable"
	case graph.FromResource:
		return "resource"
	case graph.FromData:
		return "data"
	case graph.FromModule:
		return "module"
	case graph.FromExpression:
		return "expression"
	}
	return "invalid kind"
}

// list converts the elements of a slice; the result is never nil.
func list[T, U any](in []T, convert func(*T) U) []U {
	out := make([]U, len(in))
	for i := range in {
		out[i] = convert(&in[i])
	}
	return out
}
