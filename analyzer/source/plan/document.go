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

// document is a plan or state that is being read.
type document struct {
	*reader
	plan *Plan

	// planOnly and stateOnly name a member that only a plan, or only a state, has. foreign names a member that neither has.
	planOnly, stateOnly, foreign string
	// rawState is set by members of a stored state, events by those of a line of Terraform's event stream.
	rawState, events bool

	// changed are the objects in resource_changes and deferred_changes.
	changed map[objectID]struct{}
	// planned are the objects in planned_values.
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

// unrecognised explains an input that doesn't begin with an object.
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
		return d.stateValues(name, &d.plan.Resources, func(Pos) bool { return false })
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
				// If the changes come first, as Terraform writes them, their objects are dropped at once.
				return d.stateValues(name, &d.plan.Prior, func(Pos) bool {
					return len(d.id.deposed) > 0 || d.isChanged(string(d.id.address), "")
				})
			}
			return d.dec.SkipValue()
		})
	case "planned_values":
		d.planOnly = name
		return d.stateValues(name, nil, func(start Pos) bool {
			d.planned = append(d.planned, plannedObject{objectID{string(d.id.address), string(d.id.deposed)}, start})
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
	case major > 1: // Version 0 is that of Terraform before 1.1; what is kept is the same in it.
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

// identity is the object of a resource instance that something is about. Its texts are buffers, since most objects are not
// kept.
type identity struct {
	address, previous, name, deposed []byte
	mode, typ, provider              string
	index                            cty.Value
}

// clear empties the identity.
func (id *identity) clear() {
	*id = identity{address: id.address[:0], previous: id.previous[:0], name: id.name[:0], deposed: id.deposed[:0]}
}

// whole reports whether there is all that an identity needs.
func (id *identity) whole() bool { return len(id.address) > 0 && id.mode != "" && id.typ != "" }

// noIdentity is what is wrong with an object whose identity isn't whole.
const noIdentity = "a resource without address, mode or type"

// identify reads the value at i of a member that is a part of the identity.
func (c checker) identify(id *identity, name string, i, depth int) (int, error) {
	switch name {
	case "address":
		return c.scratchString(name, i, &id.address)
	case "previous_address":
		return c.scratchString(name, i, &id.previous)
	case "name":
		return c.scratchString(name, i, &id.name)
	case "deposed", "deposed_key":
		return c.scratchString(name, i, &id.deposed)
	case "mode":
		return c.word(name, i, &id.mode)
	case "type":
		return c.word(name, i, &id.typ)
	case "provider_name":
		return c.word(name, i, &id.provider)
	case "index":
		end, err := c.value(i, depth)
		if err != nil {
			return i, err
		}
		switch index := decodeValue(string(c.json[i:end])); {
		case index.IsNull():
		case index.Type() == cty.String, index.Type() == cty.Number:
			id.index = index
		default:
			return i, c.errorAt(i, "index must be a number or a string")
		}
		return end, nil
	default:
		return c.valueEnd(i), nil
	}
}

// identified reads the identity of the object that the next value is about, into d.id. Kept says whether the object is kept, and
// member gets the offsets of what else there is of it, if it may be.
func (d *document) identified(what string, start Pos, member func(name string, i int)) (c checker, depth int, kept bool, err error) {
	d.id.clear()
	id := &d.id
	c, depth, err = d.checkedObject(what)
	if err != nil {
		return c, depth, false, err
	}
	if c.json != nil {
		_, err = c.object(0, depth, func(name string, i int) (int, error) {
			switch name {
			case "change", "values", "sensitive_values", "depends_on":
				member(name, i)
				return c.valueEnd(i), nil
			}
			end, err := c.identify(id, name, i, depth+1)
			if id.whole() && !d.keeps(id) {
				end = len(c.json) - 1 // the rest is of no interest
			}
			return end, err
		})
	}
	if err == nil && !id.whole() {
		err = &Error{start, noIdentity}
	}
	return c, depth, err == nil && d.keeps(id), err
}

// keeps reports whether to keep an object.
func (p *reader) keeps(id *identity) bool {
	kind := resourceKind{id.mode, id.typ}
	is, known := p.kept[kind]
	if !known {
		is = p.keep(id.mode, id.typ)
		p.kept[kind] = is
	}
	return is
}

// resource makes a resource of d.id, which has been read since start.
func (d *document) resource(start Pos) (*Resource, error) {
	id := &d.id
	r := &Resource{
		Address: string(id.address), PreviousAddress: string(id.previous), Mode: id.mode, Type: id.typ,
		Name: string(id.name), Index: id.index, ProviderName: id.provider, Deposed: string(id.deposed),
		At: Region{Start: start, End: d.in.position(d.dec.InputOffset())},
	}
	return r, d.spend(objectCost + len(id.address) + len(id.previous) + len(id.name) + len(id.deposed))
}

// resourceChange reads a member of resource_changes.
func (d *document) resourceChange(to *[]*Resource) error {
	start := d.in.position(d.next())
	at := 0
	c, depth, kept, err := d.identified("a resource change", start, func(name string, i int) {
		if name == "change" {
			at = i
		}
	})
	if !kept || err != nil {
		return err
	}
	var is change
	if at > 0 {
		if err := c.change(&is, at, depth+1); err != nil {
			return err
		}
	}
	r, err := d.resource(start)
	if err != nil {
		return err
	}
	if len(is.actions) == 0 {
		return &Error{start, fmt.Sprintf("the change of %q has no actions", r.Address)}
	}
	r.Actions, r.Imported, r.Before, r.After = is.actions, is.imported, is.before, is.after.with(is.unknown)
	r.BeforeSensitive, r.AfterSensitive = is.beforeSensitive.paths(), is.afterSensitive.paths()
	d.changed[objectID{r.Address, r.Deposed}] = struct{}{}
	*to = append(*to, r)
	return nil
}

// change is what a plan does with the object of a resource instance.
type change struct {
	actions                                  tfjson.Actions
	imported                                 bool
	before, after                            *Values
	unknown, beforeSensitive, afterSensitive *unknownMask
}

// change reads the change at i.
func (c checker) change(is *change, i, depth int) error {
	var before, after []byte // their texts
	_, err := c.members("change", i, depth, func(name string, i int) (end int, err error) {
		switch name {
		case "actions":
			var actions []string
			end, err = c.words(name, i, depth+1, &actions)
			for _, a := range actions {
				is.actions = append(is.actions, tfjson.Action(a))
			}
		case "before":
			is.before, end, err = c.values(name, i, depth+1, is.after, after)
			before = c.json[i:end]
		case "after":
			is.after, end, err = c.values(name, i, depth+1, is.before, before)
			after = c.json[i:end]
		case "after_unknown":
			is.unknown, end, err = c.sharedMask(name, i, depth+1)
		case "before_sensitive":
			is.beforeSensitive, end, err = c.sharedMask(name, i, depth+1)
		case "after_sensitive":
			is.afterSensitive, end, err = c.sharedMask(name, i, depth+1)
		case "importing":
			is.imported = c.json[i] == '{'
			end = c.valueEnd(i)
		default:
			end = c.valueEnd(i)
		}
		return end, err
	})
	return err
}

// stateValues reads the tree of modules in a state or in planned_values, and adds its resources. skip reports whether the
// identified resource, which begins at start, is not needed.
func (d *document) stateValues(what string, to *[]*Resource, skip func(start Pos) bool) error {
	var module func() error
	module = func() error {
		return d.object("a module", func(name string) error {
			switch name {
			case "resources":
				return d.array(name, func() error { return d.stateResource(to, skip) })
			case "child_modules":
				return d.array(name, module)
			default:
				return d.dec.SkipValue()
			}
		})
	}
	return d.object(what, func(name string) error {
		switch {
		case name == "root_module":
			return module()
		case name == "outputs" && what != "prior_state":
			return d.outputs()
		}
		return d.dec.SkipValue()
	})
}

// outputs reads the outputs of the root module.
func (d *document) outputs() error {
	d.plan.Outputs = map[string]OutputValue{}
	return d.object("outputs", func(output string) error {
		var o OutputValue
		err := d.object("an output", func(name string) (err error) {
			switch name {
			case "value":
				o.Value, err = d.value()
			case "sensitive":
				err = d.bool(name, &o.Sensitive)
			default:
				err = d.dec.SkipValue()
			}
			return err
		})
		d.plan.Outputs[output] = o
		return err
	})
}

func (d *document) stateResource(to *[]*Resource, skip func(start Pos) bool) error {
	start := d.in.position(d.next())
	var values, sensitive, dependsOn int
	c, depth, kept, err := d.identified("a resource", start, func(name string, i int) {
		switch name {
		case "values":
			values = i
		case "sensitive_values":
			sensitive = i
		case "depends_on":
			dependsOn = i
		}
	})
	if !kept || err != nil {
		return err
	}
	if skip(start) {
		return nil
	}
	r, err := d.resource(start)
	if err != nil {
		return err
	}
	if values > 0 {
		if r.Before, _, err = c.values("values", values, depth+1, nil, nil); err != nil {
			return err
		}
	}
	if sensitive > 0 {
		mask, _, err := c.sharedMask("sensitive_values", sensitive, depth+1)
		if err != nil {
			return err
		}
		r.AfterSensitive = mask.paths()
	}
	if dependsOn > 0 {
		if _, err := c.words("depends_on", dependsOn, depth+1, &r.DependsOn); err != nil {
			return err
		}
	}
	r.Actions = tfjson.Actions{tfjson.ActionNoop}
	r.After, r.BeforeSensitive = r.Before, r.AfterSensitive
	*to = append(*to, r)
	return nil
}
