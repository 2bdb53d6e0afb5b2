package analyzer

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/secret"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Notice is a diagnostic about the analysis itself: a file that doesn't parse, a module whose code isn't there.
type Notice struct {
	Level Level
	// Summary is one line. Detail is more text, or empty.
	Summary, Detail string
	// At is the place that the notice is about; its Filename may be empty.
	At hcl.Range
	// Partial is true if something was therefore not analysed.
	Partial bool
	// module is the source of the module that it is about whose code isn't there; empty for other notices.
	module string
}

// Unread counts the calls of modules whose code isn't there and which nothing else tells about, and the unknown findings
// that these decide.
type Unread struct{ Calls, Leaves int }

// Shadowed is a rule that allows a judged port and never matches, because earlier rules take all of its traffic.
type Shadowed struct {
	Rule *Ingress
	Port reach.Port
	// By are the earlier rules, in their order.
	By []*Ingress
}

// Result is the outcome of an analysis.
type Result struct {
	// Rules are all rules that ran, fired or not.
	Rules []*Rule
	// Findings are ordered by level (worst first), outcome, place, rule and address.
	Findings []Finding
	// Suppressed are the findings that don't count, in the same order. No baseline holds them, so they are new once the
	// suppression ends.
	Suppressed []Finding
	// Changes counts the compared findings, also those that Config.NewOnly leaves out.
	Changes Changes
	// CauseChanges counts what Changes counts by cause: see [Result.Causes].
	CauseChanges Changes
	// Baseline is the file or the Git reference that findings were compared with. If it is empty, a plan's findings were
	// compared with the state before it.
	Baseline string
	// NewOnly is true if the findings are only new ones.
	NewOnly bool
	// Trusted are the addresses that the settings allow to be let in.
	Trusted []config.Trusted
	// Notices are ordered by place.
	Notices []Notice
	// Shadowed are the rules that allow a judged port but never match, ordered by input, port and scope.
	Shadowed []Shadowed
	// Declared are the rules for traffic that each input declares, in the order of the inputs.
	Declared []Declared
	// Root is the absolute path of the folder that file names in reports start at. It is empty if nothing was read from a
	// folder.
	Root string
	// Inputs are the analysed paths, as given.
	Inputs []string
	// Resources counts the resource instances that were analysed.
	Resources int
	// Roots counts the root modules and documents that were looked at.
	Roots int
	// Unread is what of that was not read.
	Unread Unread
	// files and filesBefore give the covered texts of files. openings are all findings before any were left out.
	files, filesBefore *covered
	openings           []baselineEntry
	// text returns the text of a file as it is. trees are the folders that the configurations are in.
	text  func(name string) []byte
	trees []*source.Tree
}

// Ingress returns the ingress rules that the findings rest on, ordered by input and address.
func (r *Result) Ingress() []*Ingress {
	var out []*Ingress
	for _, d := range r.Declared {
		out = append(out, d.Ingress...)
	}
	return out
}

// Complete reports whether everything was analysed.
func (r *Result) Complete() bool {
	for _, n := range r.Notices {
		if n.Partial {
			return false
		}
	}
	return true
}

// Source returns the text of a file with the secrets covered: of now, or of before if before is set. name is the file's name in
// reports. It returns nil if the file isn't known.
func (r *Result) Source(name string, before bool) *secret.Text {
	if before {
		return r.filesBefore.of(name)
	}
	return r.files.of(name)
}

// Uncovered returns the text of a file as it is. It serves to change the file, never to show it.
func (r *Result) Uncovered(name string) []byte { return r.text(name) }

// Trees returns the folders that the configurations are in. They are closed: only modules that were parsed can be asked for.
func (r *Result) Trees() []*source.Tree { return r.trees }
