package analyzer

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/secret"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Notice is a diagnostic about the analysis: a file that does not parse, a module that isn't there.
type Notice struct {
	Level Level
	// Summary is one line, Detail more text or empty.
	Summary, Detail string
	// At is where it is; its Filename may be empty.
	At hcl.Range
	// Partial says that something was not analysed because of it.
	Partial bool
}

// Shadowed is a rule that allows a port, all of which other rules take before it, so it opens nothing.
type Shadowed struct {
	Rule *Ingress
	Port reach.Port
	// By are the rules that take it, in their order.
	By []*Ingress
}

// Result is the outcome of an analysis.
type Result struct {
	// Rules are all rules that ran, fired or not.
	Rules []*Rule
	// Findings are ordered by level (worst first), outcome, place, rule and address.
	Findings []Finding
	// Suppressed are the findings that do not count, in the same order. They are in no baseline, so that they are new once
	// the suppression ends.
	Suppressed []Finding
	// Changes counts the findings that were compared, those that Config.NewOnly leaves out, too.
	Changes Changes
	// Baseline is the file or the Git reference that findings were compared with; if it is empty, those of plans were with
	// what is there before the plan.
	Baseline string
	// NewOnly says that only new findings are here.
	NewOnly bool
	// Trusted are the addresses that the settings name, and may be let in.
	Trusted []config.Trusted
	// Notices are ordered by place.
	Notices []Notice
	// Shadowed are the rules that allow a judged port but admit nobody to it. They are ordered by input, port and scope.
	Shadowed []Shadowed
	// Declared are the rules for traffic that each input declares, in the order of the inputs.
	Declared []Declared
	// Root is the absolute path of the folder that places are relative to; empty if nothing was read from a folder.
	Root string
	// Inputs are the paths that were analysed, as given.
	Inputs []string
	// Resources counts the resource instances that were looked at.
	Resources int
	// files and filesBefore return the text of a file, and openings are all that was found.
	files, filesBefore *covered
	openings           []baselineEntry
	// text returns the text of a file as it is, and trees are those that the configurations are in.
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

// Complete says that nothing had to be left out.
func (r *Result) Complete() bool {
	for _, n := range r.Notices {
		if n.Partial {
			return false
		}
	}
	return true
}

// Source returns the text of a file that a place names, as it is now or, if before is set, as it was before, with its
// secrets covered where they are shown; nil if it isn't known.
func (r *Result) Source(name string, before bool) *secret.Text {
	if before {
		return r.filesBefore.of(name)
	}
	return r.files.of(name)
}

// Uncovered is the text of a file as it is, to change the file and not to show it.
func (r *Result) Uncovered(name string) []byte { return r.text(name) }

// Trees returns the folders that the configurations are in. They are closed: modules that were parsed can be asked for, and
// no others.
func (r *Result) Trees() []*source.Tree { return r.trees }
