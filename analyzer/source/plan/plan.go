package plan

import (
	"fmt"
	"io"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

// Kind is plan or state, the two documents of "terraform show -json".
type Kind int

// The kinds of documents that [Read] understands.
const (
	// KindPlan is a plan: what there is, and what is going to change.
	KindPlan Kind = iota + 1
	// KindState is a state: what there is.
	KindState
)

// String returns "plan" or "state".
func (k Kind) String() string {
	switch k {
	case KindPlan:
		return "plan"
	case KindState:
		return "state"
	default:
		return fmt.Sprintf("Kind(%d)", int(k))
	}
}

// Plan is what [Read] keeps of a plan or a state, as described in
// https://developer.hashicorp.com/terraform/internals/json-format.
type Plan struct {
	Kind Kind
	// FormatVersion is the version of the JSON format, such as "1.2".
	FormatVersion string
	// TerraformVersion is the version that wrote the document; "" if the document doesn't tell.
	TerraformVersion string

	// Resources are the changes of a plan, including those of deposed objects and no-ops, or the objects of a state, in the
	// order of the document.
	Resources []*Resource
	// Deferred are the changes that the plan postpones until after its apply.
	Deferred []*Resource
	// Prior are the current objects of the state before the plan that aren't in Resources: data sources that were read during
	// planning, and whatever -target left out.
	Prior []*Resource
	// Config is the configuration in a plan. It is nil if the document has none, as a state never has; references between
	// resources are then lost.
	Config *Config
	// Variables are the values of the root module's input variables in a plan.
	Variables map[string]cty.Value
	// Outputs are the root module's outputs, in a plan those after it.
	Outputs map[string]OutputValue

	// Complete is false if the plan says that further plans are needed to reach
	// the configuration, because of -target or deferred changes.
	Complete bool
	// Errored is true if planning failed half-way, so that changes may be missing.
	Errored bool
}

// OutputValue is the value of an output of the root module.
type OutputValue struct {
	// Value is cty.NilVal if it isn't known.
	Value     cty.Value
	Sensitive bool
}

// Resource is one object of a resource instance in a plan or a state.
type Resource struct {
	// Address is the absolute resource instance address as Terraform prints it.
	Address string
	// PreviousAddress is the address before a move; "" if it did not move.
	PreviousAddress string
	// Mode is "managed" or "data".
	Mode string
	// Type is the resource type, such as "aws_security_group".
	Type string
	// Name is the resource's name in its module.
	Name string
	// Index is the key of count (a number) or for_each (a string); cty.NilVal
	// without either.
	Index cty.Value
	// ProviderName is the provider's full source address.
	ProviderName string
	// Deposed is the key of an object that a replacement left behind; "" for the
	// current object.
	Deposed string
	// DependsOn are the resources that a state's object depends on, as addresses without instance keys. A plan has this in its
	// Config.
	DependsOn []string

	// Actions are the planned actions, in order; no-op for an object of a state.
	Actions tfjson.Actions
	// Imported is true if the plan also imports the object.
	Imported bool
	// Before and After are nil where the object doesn't exist. In a state, both are the object.
	Before, After *Values
	// BeforeSensitive and AfterSensitive are the paths of values in Before and After that must not be shown, ordered by
	// attribute name and index.
	BeforeSensitive, AfterSensitive []cty.Path

	// Deferred is Terraform's word for why the plan postpones the change until after its apply, such as
	// "instance_count_unknown"; "" if it doesn't.
	Deferred string

	// At is the resource's JSON object in the document.
	At Region
}

// Pos is a position in a JSON document.
type Pos struct {
	// Offset counts bytes from 0.
	Offset int64
	// Line counts lines from 1.
	Line int
	// Column counts UTF-16 code units from 1.
	Column int
}

// Region is a part of a JSON document; its End is exclusive.
type Region struct{ Start, End Pos }

// Error is a fault of a document that can't be used, with its position.
type Error struct {
	Pos     Pos
	Message string
}

// Error returns "LINE:COLUMN: MESSAGE".
func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Pos.Line, e.Pos.Column, e.Message)
}

// limits limit the cost of a hostile document.
type limits struct {
	// depth limits how deep a kept value may nest. Providers' schemas stay below 50.
	depth int
	// token limits the bytes of a single JSON string, and of a resource's values.
	token int
	// digits limits the length of a number literal. Terraform's numbers have 512 bits; the largest float64 takes 309 digits.
	digits int
	// memory limits the approximate bytes of the result.
	memory int64
}

// What [Read] accepts. A plan of a gigabyte whose resources are all relevant is
// reckoned to take 3 GB, most of it for values that are decoded later.
const (
	maxDepth  = 1000
	maxToken  = 64 << 20
	maxDigits = 1000
	maxMemory = 4 << 30
)

// Read reads the output of "terraform show -json", of a plan or of a state,
// in one pass. Of the resources it keeps those that keep wants, by mode ("managed"
// or "data") and type; memory follows what is kept, not the size of the document.
//
// The error is a [*Error] if the document is at fault: not JSON, cut off,
// neither plan nor state, of a newer major format version, contradicting itself,
// or beyond what Read is willing to hold. Otherwise it is the error of r.
func Read(r io.Reader, keep func(mode, typ string) bool) (*Plan, error) {
	return read(r, keep, limits{
		depth:  maxDepth,
		token:  maxToken,
		digits: maxDigits,
		memory: maxMemory,
	})
}

func read(r io.Reader, keep func(mode, typ string) bool, limits limits) (*Plan, error) {
	p := newReader(inUTF8(r), keep, limits)
	doc, err := p.document()
	if err != nil {
		return nil, p.explain(err)
	}
	return doc, nil
}
