package analyzer

import (
	"cmp"
	"slices"
	"strings"

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

// Outcome is the verdict that a finding stands for. There is no finding about what is not exposed.
type Outcome uint8

// The outcomes of a finding.
const (
	// Exposed means open, whatever the unknown values turn out to be.
	Exposed Outcome = iota + 1
	// Unknown means that the values in Finding.Decides decide it.
	Unknown
)

// Finding is an opening that a rule asks about, or one that may be there.
type Finding struct {
	Rule    *Rule
	Outcome Outcome
	Level   Level
	// Resources are the addresses of the resource instances that declare the opening, sorted; there is at least one. There are
	// several if one block makes several instances with the same values.
	Resources []graph.Address
	// Inputs are the root modules and documents that have the opening, sorted: paths from the analysed root with slashes. The
	// empty text is standard input.
	Inputs []string
	// Variants are the variants of root modules that have the opening, sorted; empty if the settings have none of these.
	Variants []Variant
	// Scope is the name of the scope that the rule opens, such as the address of a security group.
	Scope string
	// About is the subject of the finding: Traffic or a Trait.
	About About
	// At is where to edit.
	At Place
	// Declared is where the block begins that declares the opening. Instances of the block that open the same are one finding.
	Declared Place
	// Via are the places through which the value at At reaches the rule, beginning with the rule's own attribute.
	Via []hcl.Range
	// Besides are the places of what else makes the opening: its ports and protocol, and the elements of for_each that there is
	// its block for. It is empty where no comment can be about them.
	Besides []hcl.Range
	// Written says where the values of an ingress rule are written. It is empty without Config.TraceValues, and for findings
	// about anything else.
	Written Written
	// Related are other places that belong to the finding, in reading order.
	Related []Related
	// Message says in one sentence what is open, to whom, and through what.
	Message string
	// Fix says in one sentence what to change.
	Fix string
	// Sensitive is true if deciding values must not be shown. Message, Opening and Fix then don't tell them; a report must also
	// hide the admitted traffic and the source text.
	Sensitive bool
	// Change says how the finding compares with what was there before.
	Change Change
	// Decides names, for an unknown outcome, what would decide it.
	Decides []Decider
	// Path is the way from the internet to the machine or listener that the finding is about, hop by hop.
	Path []PathStep
	// Published is true if the finding is about what publishes a port itself, such as the listener of a load balancer, with no hop
	// before it.
	Published bool
	// Beyond is what the machines that the internet reaches by the finding's cause reach in their turn. It is there for the worst
	// finding of a cause, with Config.Beyond.
	Beyond []Flow
	// BeyondCut is true if Beyond lacks some machines, because too many aren't alike.
	BeyondCut bool
	// Exposure is what the ways from the internet say about an open rule. It is NotAsked for findings about anything else.
	Exposure Exposure
	// Suppression is why a finding in Result.Suppressed doesn't count; nil for those that count.
	Suppression *Suppression
	// Edits surely remove the finding, each set tried by a new analysis. They are there only if package fix was asked and found
	// some.
	Edits []Edit
	// blocks are where the resource's block begins, and the module calls that lead to it. A comment there suppresses the
	// finding, too.
	blocks []hcl.Range
	// made are the places of the elements of for_each that make the resource.
	made []hcl.Range
}

// Variant is one of several ways in which a root module is applied, with values of its own.
type Variant struct {
	// Input is the root module, as in Finding.Inputs.
	Input string
	Name  string
}

// Compare orders variants by the root module and then by name.
func (v Variant) Compare(o Variant) int {
	return cmp.Or(strings.Compare(v.Input, o.Input), strings.Compare(v.Name, o.Name))
}

// variant returns the variant that a finding on a single input is about; empty if there is none.
func (f *Finding) variant() string {
	if len(f.Variants) == 0 {
		return ""
	}
	return f.Variants[0].Name
}

// Place is a range of a file, of now or of before.
type Place struct {
	// Range has as its Filename the path from the analysed root, with slashes. Documentation calls that name the file's name in
	// reports.
	hcl.Range
	// Before is true if the range is in the file as it was at the baseline's commit; see [Result.Source].
	Before bool
}

// At returns a place in a file of now.
func At(r hcl.Range) Place { return Place{Range: r} }

// About is the subject of a finding: Traffic or a Trait.
type About interface {
	// identity tells it from other subjects of the same rule and resource. It doesn't depend on places.
	identity() string
}

// Traffic is what an opening admits.
type Traffic struct {
	// Opening is the admitted part of what the rule asks about, such as "tcp 20-30 from 0.0.0.0/0".
	Opening string
	// Admits is the traffic that the opening admits to the rule's port: surely if the finding is exposed, perhaps if it is
	// unknown. It is empty if the finding comes from a baseline that doesn't tell it.
	Admits netset.Traffic
}

func (t Traffic) identity() string { return t.Opening }

// Trait is a property that isn't about traffic.
type Trait struct {
	// Name is what it is, such as "anonymous login: vsftpd".
	Name string
	// Secret is true if the text at the finding's place is itself a secret.
	Secret bool
}

func (t Trait) identity() string { return t.Name }

// Opening returns what is open in a few words: the admitted traffic, or the trait's name. It doesn't depend on places. Together
// with the rule and the resource it identifies the finding.
func (f *Finding) Opening() string {
	if f.About == nil {
		return ""
	}
	return f.About.identity()
}

// Decider is what would decide an unknown finding.
type Decider struct {
	graph.Origin
	// Before is true if the decider's place is in a file of before.
	Before bool
}

// Place returns the place of the decider.
func (d Decider) Place() Place { return Place{d.At, d.Before} }

// Deciders returns origins as deciders in the files of now.
func Deciders(origins []graph.Origin) []Decider {
	var out []Decider
	for _, o := range origins {
		out = append(out, Decider{Origin: o})
	}
	return out
}

// rewind moves all places of the finding into the files of before.
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

// Written says where the values of an ingress rule are written: the literals, or the expressions of the user that stand for
// them.
type Written struct {
	// Sources are the places of the values that let everyone in. Ports are the places of the port values.
	Sources, Ports []hcl.Range
}

// Edit replaces a part of a file.
type Edit struct {
	// At is the range to replace, in the file that the finding's places name. An empty range inserts text.
	At  hcl.Range
	New string
}

// PathStep is a hop on a way from the internet.
type PathStep struct {
	// Kind is the kind of hop, such as "route table". Name is its address, or empty if the hop lies outside of the
	// configuration.
	Kind, Name string
	// Certain is false if it isn't known whether the hop lets traffic pass.
	Certain bool
	// At is the place that lets traffic pass, or may let it; it may be empty.
	At Place
	// Message names the hop and says why: "route table aws_route_table.a: it routes 0.0.0.0/0 to an internet gateway".
	Message string
}

// Exposure says what is behind an open rule.
type Exposure uint8

// The exposures, the most severe first.
const (
	// Reachable means that the rule guards a machine that the internet reaches.
	Reachable Exposure = iota + 1
	// Undetermined means that it isn't known whether the internet reaches what the rule guards.
	Undetermined
	// Unattached means that the rule guards nothing in the configuration.
	Unattached
	// Private means that the internet surely doesn't reach what the rule guards.
	Private
	// NotAsked means that the finding isn't about such a rule.
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
