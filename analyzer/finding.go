package analyzer

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Level is how serious a finding is.
type Level uint8

// The levels, the least serious first.
const (
	Note Level = iota + 1
	Warning
	Error
)

// String returns note, warning or error, the words of SARIF.
func (l Level) String() string {
	switch l {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "invalid level"
}

// Outcome is the verdict that a finding stands for. What is not exposed is no finding.
type Outcome uint8

// The outcomes of a finding.
const (
	// Exposed holds whatever the unknown values turn out to be.
	Exposed Outcome = iota + 1
	// Unknown depends on the values that Finding.Decides names.
	Unknown
)

// Finding is an opening that a rule asks about, or one that may be there.
type Finding struct {
	Rule    *Rule
	Outcome Outcome
	Level   Level
	// Resources are the addresses of the resource instances that declare the opening, ordered; at least one. They are
	// several where one block with the same values makes several instances.
	Resources []graph.Address
	// Inputs are the root modules and documents that have the opening, sorted: paths from the analysed root with slashes.
	// Standard input is the empty text.
	Inputs []string
	// Scope is the name of the scope that the rule opens, such as the address of a security group.
	Scope string
	// About is what the finding says something of: Traffic or a Trait.
	About About
	// At is the place to edit.
	At Place
	// Declared is the place of the block that declares the opening. Instances of it that open the same are one finding.
	Declared Place
	// Via are the places that the value at At passes on its way to the rule, the rule's own attribute first.
	Via []hcl.Range
	// Written are the places where the values of an ingress rule are written. It is empty for findings about others, and
	// unless Config.TraceValues is set.
	Written Written
	// Related are other places that belong to the finding, in reading order.
	Related []Related
	// Message says in one sentence what is open, to whom, and through what.
	Message string
	// Fix says in one sentence what to change.
	Fix string
	// Sensitive says that values which decide must not be shown: neither the traffic that is admitted nor the text at the
	// places. Message, Opening and Fix don't tell them.
	Sensitive bool
	// Change says how the finding compares with what was there before.
	Change Change
	// Decides names, for an unknown outcome, what would decide it.
	Decides []Decider
	// Path is the way from the internet to the machine or listener that the finding is about, hop by hop.
	Path []PathStep
	// Exposure is what the ways from the internet say of a finding about a rule; NotAsked for others.
	Exposure Exposure
	// Suppression is why a finding of Result.Suppressed doesn't count; nil for those that do.
	Suppression *Suppression
	// Edits are those that surely make the finding go, if they were asked for and there are such; see the package fix.
	Edits []Edit
	// blocks are the places of the resource's block and of the module calls that lead to it, where a comment suppresses the
	// finding, too.
	blocks []hcl.Range
}

// Place is a place in a file.
type Place struct {
	// Range has as its Filename a path from the analysed root with slashes.
	hcl.Range
	// Before says that the file is meant as it was before, at the commit of the baseline; see [Result.Source].
	Before bool
}

// At returns a place in a file as it is now.
func At(r hcl.Range) Place { return Place{Range: r} }

// About is what a finding says something of: Traffic or a Trait.
type About interface {
	// identity tells it from others of the same rule and resource. It does not depend on places.
	identity() string
}

// Traffic is what an opening admits.
type Traffic struct {
	// Opening is what is admitted of what the rule asks about, such as "tcp 20-30 from 0.0.0.0/0".
	Opening string
	// Admits is the traffic that the opening admits to the rule's port: surely for an exposed finding, and perhaps for an
	// unknown one. It is empty if a baseline doesn't tell it.
	Admits netset.Traffic
}

func (t Traffic) identity() string { return t.Opening }

// Trait is a property that isn't about traffic.
type Trait struct {
	// Name is what it is, such as "anonymous login: vsftpd".
	Name string
	// Secret says that the text at the place of the finding is a secret itself.
	Secret bool
}

func (t Trait) identity() string { return t.Name }

// Opening returns in a few words what is open: what is admitted, or the name of the trait. It does not depend on places, so
// it identifies the finding together with the rule and the resource.
func (f *Finding) Opening() string {
	if f.About == nil {
		return ""
	}
	return f.About.identity()
}

// Decider is what would decide an unknown finding.
type Decider struct {
	graph.Origin
	// Before says that the place is in a file as it was before.
	Before bool
}

// Place returns the place of the decider.
func (d Decider) Place() Place { return Place{d.At, d.Before} }

// Deciders returns origins as they are in the files of now.
func Deciders(origins []graph.Origin) []Decider {
	var out []Decider
	for _, o := range origins {
		out = append(out, Decider{Origin: o})
	}
	return out
}

// rewind says of all places of the finding that they are in the files as they were before.
func (f *Finding) rewind() {
	f.At.Before, f.Declared.Before = true, true
	f.Related, f.Path, f.Decides = slices.Clone(f.Related), slices.Clone(f.Path), slices.Clone(f.Decides)
	for i := range f.Related {
		f.Related[i].At.Before = true
	}
	for i := range f.Path {
		f.Path[i].At.Before = true
	}
	for i := range f.Decides {
		f.Decides[i].Before = true
	}
}

// Written are the places where the values of an ingress rule are written: the literals, or what stands for them in the
// user's files.
type Written struct {
	// Sources are those of the values that let everyone in, and Ports those of the ports.
	Sources, Ports []hcl.Range
}

// Edit replaces a part of a file.
type Edit struct {
	// At is what is replaced; its Filename is that of the finding's places. It may be empty, for text that is added.
	At  hcl.Range
	New string
}

// PathStep is a hop on a way from the internet.
type PathStep struct {
	// Kind is what the hop is, "route table", and Name its address; the name is empty for what lies outside the
	// configuration.
	Kind, Name string
	// Certain is false if it isn't known whether the hop lets traffic pass.
	Certain bool
	// At is the place that lets traffic pass, or may; it may be empty.
	At Place
	// Message names the hop and says why: "route table aws_route_table.a: it routes 0.0.0.0/0 to an internet gateway".
	Message string
}

// Exposure says what is behind an open rule.
type Exposure uint8

// The exposures, the most severe first.
const (
	// Reachable is a rule of a machine that the internet reaches.
	Reachable Exposure = iota + 1
	// Undetermined is a rule of machines of which that isn't known.
	Undetermined
	// Unattached is a rule that guards nothing in the configuration.
	Unattached
	// Private is a rule of machines that the internet surely doesn't reach.
	Private
	// NotAsked is that of a finding which isn't about such a rule.
	NotAsked
)

// String returns reachable, undetermined, unattached or private, and nothing for NotAsked.
func (e Exposure) String() string {
	switch e {
	case Reachable:
		return "reachable"
	case Undetermined:
		return "undetermined"
	case Unattached:
		return "unattached"
	case Private:
		return "private"
	case NotAsked:
		return ""
	}
	return "invalid exposure"
}

// Related is a place that belongs to a finding.
type Related struct {
	At Place
	// Message says what is there.
	Message string
}
