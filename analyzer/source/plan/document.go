package plan

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

// document is a plan or state while it is being read.
type document struct {
	*reader
	plan *Plan

	// planOnly and stateOnly name a member that only a plan, or a state, has;
	// foreign one that neither has.
	planOnly, stateOnly, foreign string
	// rawState is set by members of a state as it is stored, events by those of
	// a line of Terraform's event stream.
	rawState, events bool

	// changed are the objects that resource_changes and deferred_changes speak of.
	changed map[objectID]struct{}
	// planned are those that planned_values speaks of.
	planned []plannedObject
}

// objectID identifies a resource instance's object.
type objectID struct{ address, deposed string }

type plannedObject struct {
	objectID
	at Pos
}

// document reads the whole input.
func (p *reader) document() (*Plan, error) {
	if p.dec.PeekKind() != jsontext.KindBeginObject {
		return nil, p.unrecognised()
	}
	d := &document{
		reader:  p,
		plan:    &Plan{Complete: true},
		changed: make(map[objectID]struct{}),
	}
	start := p.in.position(p.next())
	if err := p.object("the document", d.member); err != nil {
		return nil, err
	}
	if err := d.finish(start); err != nil {
		return nil, err
	}
	rest := p.next()
	switch _, err := p.dec.ReadToken(); {
	case errors.Is(err, io.EOF):
		return d.plan, nil
	case p.in.err != nil && !errors.Is(p.in.err, io.EOF):
		return nil, err
	default:
		return nil, p.errorAt(rest, "there is more after the end of the %s", d.plan.Kind)
	}
}

// unrecognised explains an input that doesn't start with an object.
func (p *reader) unrecognised() error {
	kind, head := p.dec.PeekKind(), p.in.window
	_, err := p.dec.ReadToken()
	const advice = `; expected the output of "terraform show -json"`
	switch {
	case errors.Is(p.in.err, io.EOF) && len(bytes.TrimSpace(head)) == 0:
		return p.errorAt(0, "the input is empty%s", advice)
	case Sniff(head) == InputBinaryPlan:
		return p.errorAt(0, "this is a binary plan%s", advice)
	case Sniff(head) == InputGzip:
		return p.errorAt(0, "this is compressed; decompress it first")
	case kind != jsontext.KindInvalid:
		return p.errorAt(0, "the JSON is %s, not an object%s", kindName(kind), advice)
	case err != nil && len(head) > 0:
		return p.errorAt(0, "this is not JSON%s, with nothing before it", advice)
	default:
		return err
	}
}

// member reads one of the top-level members.
func (d *document) member(name string) error {
	switch name {
	case "format_version":
		return d.formatVersion()
	case "terraform_version":
		return d.string(name, &d.plan.TerraformVersion)
	case "checks":
		return d.dec.SkipValue()

	case "values":
		d.stateOnly = name
		return d.stateValues(name, func() bool { return false }, func(r *Resource) bool {
			d.plan.Resources = append(d.plan.Resources, r)
			return true
		})
	case "version", "serial", "lineage":
		d.foreign, d.rawState = name, true
		return d.dec.SkipValue()
	case "@level", "@message":
		d.foreign, d.events = name, true
		return d.dec.SkipValue()

	case "resource_changes":
		d.planOnly = name
		return d.array(name, func() error { return d.resourceChange(&d.plan.Resources) })
	case "deferred_changes":
		d.planOnly = name
		return d.array(name, func() error {
			reason, from := "", len(d.plan.Deferred)
			err := d.object("a deferred change", func(name string) error {
				switch name {
				case "resource_change":
					return d.resourceChange(&d.plan.Deferred)
				case "reason":
					return d.word(name, &reason)
				}
				return d.dec.SkipValue()
			})
			for _, r := range d.plan.Deferred[from:] {
				r.Deferred = cmp.Or(reason, "unknown")
			}
			return err
		})
	case "prior_state":
		d.planOnly = name
		return d.object(name, func(name string) error {
			if name == "values" {
				changed := func() bool { return d.isChanged(string(d.id.address), "") }
				return d.stateValues(name, changed, d.prior)
			}
			return d.dec.SkipValue()
		})
	case "planned_values":
		d.planOnly = name
		return d.stateValues(name, func() bool { return true }, func(r *Resource) bool {
			d.planned = append(d.planned, plannedObject{objectID{r.Address, r.Deposed}, r.At.Start})
			return true
		})
	case "configuration":
		d.planOnly = name
		d.plan.Config = new(Config)
		return d.config(d.plan.Config)
	case "variables":
		d.planOnly = name
		return d.variables()
	case "complete":
		d.planOnly = name
		return d.bool(name, &d.plan.Complete)
	case "errored":
		d.planOnly = name
		return d.bool(name, &d.plan.Errored)
	case "resource_drift", "output_changes", "relevant_attributes", "proposed_unknown",
		"timestamp", "applyable", "action_invocations", "deferred_action_invocations":
		d.planOnly = name
		return d.dec.SkipValue()

	default:
		d.foreign = name
		return d.dec.SkipValue()
	}
}

// finish checks the document as a whole.
func (d *document) finish(start Pos) error {
	fail := func(format string, args ...any) error {
		return &Error{start, fmt.Sprintf(format, args...)}
	}
	const advice = `expected the output of "terraform show -json"`
	switch {
	case d.events:
		return fail(`this is the event stream of "terraform plan -json"; %s PLANFILE`, advice)
	case d.plan.FormatVersion == "" && d.rawState:
		return fail("this looks like a state as Terraform stores it; %s", advice)
	case d.plan.FormatVersion == "":
		return fail("neither a plan nor a state: there is no format_version; %s", advice)
	case d.planOnly != "" && d.stateOnly != "":
		return fail("both a plan and a state: there are %s and %s", d.planOnly, d.stateOnly)
	case d.planOnly != "":
		d.plan.Kind = KindPlan
	case d.stateOnly == "" && d.foreign != "":
		return fail("neither a plan nor a state, but something with %q; %s", d.foreign, advice)
	default:
		// An empty state has nothing but its version.
		d.plan.Kind = KindState
	}
	for _, object := range d.planned {
		if _, ok := d.changed[object.objectID]; !ok {
			return &Error{object.at, fmt.Sprintf("the plan is not whole: planned_values has %q, resource_changes has not", object.address)}
		}
	}
	d.plan.Prior = slices.DeleteFunc(d.plan.Prior, func(r *Resource) bool { return d.isChanged(r.Address, "") })
	return nil
}

func (d *document) formatVersion() error {
	start := d.next()
	if err := d.string("format_version", &d.plan.FormatVersion); err != nil {
		return err
	}
	digits, _, _ := strings.Cut(d.plan.FormatVersion, ".")
	switch major, err := strconv.ParseUint(digits, 10, 32); {
	case err != nil:
		return d.errorAt(start, "format_version %q is not a version", d.plan.FormatVersion)
	case major > 1: // 0 is that of Terraform before 1.1, and no different in what is kept
		return d.errorAt(start, "format version %s is newer than what is understood here, 1.x", d.plan.FormatVersion)
	}
	return nil
}

func (d *document) variables() error {
	d.plan.Variables = make(map[string]cty.Value)
	return d.object("variables", func(variable string) error {
		d.plan.Variables[variable] = cty.NullVal(cty.DynamicPseudoType)
		return d.object("a variable", func(name string) (err error) {
			if name != "value" {
				return d.dec.SkipValue()
			}
			d.plan.Variables[variable], err = d.value()
			return err
		})
	})
}

func (d *document) isChanged(address, deposed string) bool {
	_, ok := d.changed[objectID{address, deposed}]
	return ok
}

// prior keeps an object of the prior state. Where the changes come first, as
// Terraform writes them, what they speak of goes at once.
func (d *document) prior(r *Resource) bool {
	if r.Deposed != "" || d.isChanged(r.Address, "") {
		return false
	}
	d.plan.Prior = append(d.plan.Prior, r)
	return true
}

// identity says which object of a resource instance something is about. Its texts
// are buffers, for most objects are not kept.
type identity struct {
	address, previous, name, deposed []byte
	mode, typ, provider              string
	index                            cty.Value
}

// clear empties the identity.
func (id *identity) clear() {
	*id = identity{address: id.address[:0], previous: id.previous[:0], name: id.name[:0], deposed: id.deposed[:0]}
}

// identify reads a member that says which object the identity is.
func (p *reader) identify(id *identity, name string) error {
	switch name {
	case "address":
		return p.scratchString(name, &id.address)
	case "previous_address":
		return p.scratchString(name, &id.previous)
	case "name":
		return p.scratchString(name, &id.name)
	case "deposed", "deposed_key":
		return p.scratchString(name, &id.deposed)
	case "mode":
		return p.word(name, &id.mode)
	case "type":
		return p.word(name, &id.typ)
	case "provider_name":
		return p.word(name, &id.provider)
	case "index":
		start := p.next()
		index, err := p.value()
		switch {
		case err != nil:
			return err
		case index.IsNull():
		case index.Type() == cty.String, index.Type() == cty.Number:
			id.index = index
		default:
			return p.errorAt(start, "index must be a number or a string")
		}
		return nil
	default:
		return p.dec.SkipValue()
	}
}

// unwanted says whether an object is known not to be kept, before all of it is read.
func (p *reader) unwanted(id *identity) bool {
	return id.mode != "" && id.typ != "" && !p.keep(id.mode, id.typ)
}

// wanted reports whether to keep the object, which has been read from start on.
func (p *reader) wanted(id *identity, start Pos) (bool, error) {
	if len(id.address) == 0 || id.mode == "" || id.typ == "" {
		return false, &Error{start, "a resource without address, mode or type"}
	}
	return p.keep(id.mode, id.typ), nil
}

// resource makes a resource of d.id, which has been read from start on; nil if it is not to be kept.
func (d *document) resource(start Pos) (*Resource, error) {
	id := &d.id
	if wanted, err := d.wanted(id, start); !wanted || err != nil {
		return nil, err
	}
	r := &Resource{
		Address: string(id.address), PreviousAddress: string(id.previous), Mode: id.mode, Type: id.typ,
		Name: string(id.name), Index: id.index, ProviderName: id.provider, Deposed: string(id.deposed),
		At: Region{Start: start, End: d.in.position(d.dec.InputOffset())},
	}
	return r, d.spend(objectCost + len(id.address) + len(id.previous) + len(id.name) + len(id.deposed))
}

// resourceChange reads a member of resource_changes.
func (d *document) resourceChange(to *[]*Resource) error {
	refund := d.account()
	start := d.in.position(d.next())
	d.id.clear()
	var c change
	err := d.object("a resource change", func(name string) error {
		switch {
		case name != "change":
			return d.identify(&d.id, name)
		case d.unwanted(&d.id):
			return d.dec.SkipValue()
		default:
			return d.change(&c)
		}
	})
	if err != nil {
		return err
	}
	r, err := d.resource(start)
	if err != nil {
		return err
	}
	if r == nil {
		refund()
		return nil
	}
	if len(c.actions) == 0 {
		return &Error{start, fmt.Sprintf("the change of %q has no actions", r.Address)}
	}
	r.Actions, r.Imported, r.Before, r.After = c.actions, c.imported, c.before, c.after.with(c.unknown)
	r.BeforeSensitive, r.AfterSensitive = c.beforeSensitive.paths(), c.afterSensitive.paths()
	d.changed[objectID{r.Address, r.Deposed}] = struct{}{}
	*to = append(*to, r)
	return nil
}

// change is what becomes of a resource instance's object.
type change struct {
	actions                                  tfjson.Actions
	imported                                 bool
	before, after                            *Values
	unknown, beforeSensitive, afterSensitive *unknownMask
}

func (d *document) change(c *change) error {
	return d.object("change", func(name string) (err error) {
		switch name {
		case "actions":
			err = d.array(name, func() error {
				var action string
				err := d.word("actions' element", &action)
				c.actions = append(c.actions, tfjson.Action(action))
				return cmp.Or(err, d.spend(valueCost))
			})
		case "before":
			c.before, err = d.values(name, c.after)
		case "after":
			c.after, err = d.values(name, c.before)
		case "after_unknown":
			c.unknown, err = d.mask(name)
		case "before_sensitive":
			c.beforeSensitive, err = d.mask(name)
		case "after_sensitive":
			c.afterSensitive, err = d.mask(name)
		case "importing":
			c.imported = d.dec.PeekKind() == jsontext.KindBeginObject
			err = d.dec.SkipValue()
		default:
			err = d.dec.SkipValue()
		}
		return err
	})
}

// stateValues reads the tree of modules that states and planned_values consist of,
// and visits the resources to keep. skip says of one whose identity is known whether
// its values are not needed. visit reports whether it holds on to the resource.
func (d *document) stateValues(what string, skip func() bool, visit func(*Resource) bool) error {
	var module func() error
	module = func() error {
		return d.object("a module", func(name string) error {
			switch name {
			case "resources":
				return d.array(name, func() error { return d.stateResource(skip, visit) })
			case "child_modules":
				return d.array(name, module)
			default:
				return d.dec.SkipValue()
			}
		})
	}
	return d.object(what, func(name string) error {
		if name == "root_module" {
			return module()
		}
		return d.dec.SkipValue()
	})
}

func (d *document) stateResource(skip func() bool, visit func(*Resource) bool) error {
	refund := d.account()
	start := d.in.position(d.next())
	d.id.clear()
	var values *Values
	var sensitive *unknownMask
	var dependsOn []string
	err := d.object("a resource", func(name string) (err error) {
		switch name {
		case "values", "sensitive_values", "depends_on":
			if d.unwanted(&d.id) || skip() {
				return d.dec.SkipValue()
			}
		}
		switch name {
		case "values":
			values, err = d.values(name, nil)
		case "sensitive_values":
			sensitive, err = d.mask(name)
		case "depends_on":
			err = d.strings(name, &dependsOn)
		default:
			err = d.identify(&d.id, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	r, err := d.resource(start)
	if err != nil {
		return err
	}
	if r == nil {
		refund()
		return nil
	}
	r.Actions = tfjson.Actions{tfjson.ActionNoop}
	r.Before, r.After, r.DependsOn = values, values, dependsOn
	r.AfterSensitive = sensitive.paths()
	r.BeforeSensitive = r.AfterSensitive
	if !visit(r) {
		refund()
	}
	return nil
}
