package analyzer

import (
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
	// At is the place to edit. Its Filename is a path from the analysed root with slashes.
	At hcl.Range
	// Declared is the place of the block that declares the opening. Instances of it that open the same are one finding.
	Declared hcl.Range
	// Via are the places that the value at At passes on its way to the rule, the rule's own attribute first.
	Via []hcl.Range
	// Written are the places where the values of an ingress rule are written. It is empty for findings about others, and
	// unless Config.TraceValues is set.
	Written Written
	// Related are other places that belong to the finding, in reading order.
	Related []Related
	// Message says in one sentence what is open, to whom, and through what.
	Message string
	// Opening is what is admitted of what the rule asks about, such as "tcp 20-30 from 0.0.0.0/0". It does not depend
	// on places, so it identifies the finding together with the rule and the resource.
	Opening string
	// Trait is what identifies a finding that isn't about traffic, such as "anonymous login to vsftpd", and then Opening,
	// too; empty for others.
	Trait string
	// Fix says in one sentence what to change.
	Fix string
	// Admits is the traffic that the opening admits to the rule's port: surely for an exposed finding, and perhaps for an
	// unknown one.
	Admits netset.Traffic
	// Sensitive says that values which decide must not be shown: neither Admits nor the text at the places. Message,
	// Opening and Fix don't tell them.
	Sensitive bool
	// Secret says that the text at At is a secret itself.
	Secret bool
	// Change says how the finding compares with what was there before.
	Change Change
	// Before says that the places are in the files as they were before, which Result.SourceBefore gives the text of.
	Before bool
	// Decides names, for an unknown outcome, what would decide it.
	Decides []graph.Origin
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
	At hcl.Range
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
	At hcl.Range
	// Message says what is there.
	Message string
}
