package analyzer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// TestHiddenInPlans hides something of each fixture's plan, with and without the configuration that it was made from: a
// value that is known only after apply instead, a block type that is so as a whole, what an expression refers to, the
// blocks that a dynamic block leaves out of the plan, the type of a resource. What is sure without it doesn't contradict
// what is sure with everything in sight, and what was found is found still or isn't known.
func TestHiddenInPlans(t *testing.T) {
	trials.SkipShort(t)
	t.Parallel()
	var names []string
	for _, pattern := range []string{"*/*/plan.json", "*/*/*/plan.json"} {
		found, err := fs.Glob(os.DirFS("../fixtures"), pattern)
		if err != nil || len(found) == 0 {
			t.Fatal("there are no plans: ", err)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		t.Run(path.Dir(name), func(t *testing.T) {
			t.Parallel()
			text, err := fs.ReadFile(os.DirFS("../fixtures"), name)
			if err != nil {
				t.Fatal(err)
			}
			files := configurationIn(t, path.Join("../fixtures", path.Dir(name)))
			seed := fnv.New64a()
			_, _ = seed.Write([]byte(name)) // it never fails
			seekInPlan(t, name, text, files, rand.New(rand.NewPCG(seed.Sum64(), 2)))
		})
	}
}

// TestHiddenTargetsInPlans hides each argument and block of a plan without its configuration that names what Google's load
// balancers hand traffic on to.
func TestHiddenTargetsInPlans(t *testing.T) {
	t.Parallel()
	naming := []string{
		"backend", "backend_service", "default_service", "instance", "instance_group", "instances", "network_endpoint_group",
		"network_endpoints", "path_matcher", "target", "url_map",
	}
	kinds := []string{"a block type", "a value of no reference", "what a dynamic block leaves out", "what a local value refers to"}
	for _, name := range []string{"path-endpoints", "path-front", "path-proxy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := fs.ReadFile(os.DirFS("../fixtures/google"), name+"/plan.json")
			if err != nil {
				t.Fatal(err)
			}
			ports := portsIn(t, nil)
			full := claimsOn(t, ports, fstest.MapFS{}, text)
			hidings := hidingsInPlan(planIn(t, text))
			tried := 0
			for _, kind := range kinds {
				for _, h := range hidings[kind] {
					argument := strings.TrimLeft(h.what[strings.IndexByte(h.what, ' ')+1:], "[")
					if !slices.ContainsFunc(naming, func(n string) bool { return strings.Trim(argument, "]") == n }) {
						continue
					}
					tried++
					doc := planIn(t, text)
					h.hide(doc)
					plan, err := json.Marshal(doc)
					if err != nil {
						t.Fatal(err)
					}
					for _, problem := range full.against(claimsOn(t, ports, fstest.MapFS{}, plan), hiding{gone: func(string) bool { return false }}) {
						t.Errorf("%s: %s: %s", kind, h.what, problem)
					}
				}
			}
			if tried == 0 {
				t.Error("the plan names no targets")
			}
		})
	}
}

// seekInPlan compares what is said of a plan with what is said of it with something hidden: a thing of
// some kinds, or in a long run several things of each kind. Files are the configuration, or nil.
func seekInPlan(t *testing.T, name string, text []byte, files fstest.MapFS, r *rand.Rand) {
	t.Helper()
	ports := portsIn(t, files)
	full := claimsOn(t, ports, files, text)
	none := func(string) bool { return false }
	try := func(kind, what string, files fstest.MapFS, plan []byte, h planHiding) {
		if h.gone == nil {
			h.gone = none
		}
		// Without its configuration, a plan doesn't tell what provisioners run.
		hidden := hiding{gone: h.gone, mayDeny: h.mayDeny, runs: kind == "a block type" || len(files) == 0}
		for _, problem := range full.against(claimsOn(t, ports, files, plan), hidden) {
			t.Errorf("%s: %s: %s", kind, what, problem)
		}
	}
	if files != nil {
		try("the configuration", "all of it", fstest.MapFS{}, text, planHiding{})
	}
	hidings := hidingsInPlan(planIn(t, text))
	for _, kind := range slices.Sorted(maps.Keys(hidings)) {
		of := hidings[kind]
		r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		if !trials.Chosen(name+" "+kind, 3) {
			continue
		}
		for _, h := range of[:min(trials.Count(1, 2), len(of))] {
			doc := planIn(t, text)
			h.hide(doc)
			plan, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			try(kind, h.what+" (without the configuration)", fstest.MapFS{}, plan, h)
			if files != nil && h.sourced {
				try(kind, h.what+" (with the configuration)", files, plan, h)
			}
		}
	}
}

// planHiding hides something of a plan.
type planHiding struct {
	what string
	hide func(doc object)
	// sourced says that the configuration may be beside the plan nevertheless.
	sourced, mayDeny bool
	gone             func(address string) bool
}

// object is one in a document.
type object = map[string]any

func planIn(t *testing.T, text []byte) object {
	t.Helper()
	doc := object{}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// hidingsInPlan returns all that can be hidden of a plan, by kind.
func hidingsInPlan(doc object) map[string][]planHiding {
	out := map[string][]planHiding{}
	add := func(kind string, h planHiding) { out[kind] = append(out[kind], h) }
	for i, c := range doc["resource_changes"].([]any) {
		c := c.(object)
		address := c["address"].(string)
		after, ok := c["change"].(object)["after"].(object)
		if !ok || c["mode"] != "managed" || c["deposed"] != nil {
			continue
		}
		written := writtenIn(doc, c)
		for _, at := range placesIn(after) {
			what := fmt.Sprint(address, " ", at)
			hide := func(written func(object)) func(object) {
				return func(doc object) {
					hideValue(doc, i, at)
					if block := writtenIn(doc, doc["resource_changes"].([]any)[i].(object)); block != nil {
						written(block)
					}
				}
			}
			name := at[0].(string)
			add("a value", planHiding{what: what, hide: hide(func(object) {}), sourced: true})
			if written == nil || written[name] == nil {
				continue
			}
			add("a value of what isn't here", planHiding{what: what, hide: hide(func(block object) {
				setReferences(block, at, "data.hidden_source.hidden.value", "data.hidden_source.hidden")
			})})
			add("a value of no reference", planHiding{what: what, hide: hide(func(block object) { setReferences(block, at) })})
			if len(at) == 1 && isBlocks(after[name]) && !beside(doc, c, name) {
				add("a block type", planHiding{what: what, hide: hide(func(block object) { delete(block, name) }), sourced: true})
			}
		}
		if written == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(written)) {
			what := address + " " + name
			change := func(with func(block object)) func(object) {
				return func(doc object) { with(writtenIn(doc, doc["resource_changes"].([]any)[i].(object))) }
			}
			if isBlocks(after[name]) {
				add("what a dynamic block leaves out", planHiding{what: what, hide: change(func(block object) { delete(block, name) }), sourced: true})
			}
			add("what a local value refers to", planHiding{what: what, hide: change(func(block object) { replaceReferences(block, name, "local.hidden") }), sourced: true})
			add("which index is meant", planHiding{what: what, hide: change(func(block object) { dropIndices(block, name) }), sourced: true})
		}
		unread := func(typ string) string {
			provider, rest, _ := strings.Cut(typ, "_")
			return provider + "_unread_" + rest
		}
		own := plainText(address)
		add("a type that isn't read", planHiding{
			what: address,
			hide: func(doc object) {
				renameInPlan(doc, c["type"].(string), c["name"].(string), unread(c["type"].(string)))
			},
			gone: func(address string) bool {
				return address == own || strings.HasSuffix(address, fmt.Sprint(c["type"], ".", c["name"]))
			},
		})
	}
	return out
}

// beside says that a resource has both blocks of a type and, of its own, what stands in their place, which providers warn of.
// A plan alone doesn't tell such blocks then.
func beside(doc, change object, block string) bool {
	text, _ := json.Marshal(doc["configuration"]) // it was read from JSON
	for _, in := range all.Knowledge().Instead {
		if in.Type != change["type"] || !slices.Contains(in.Blocks, block) {
			continue
		}
		for _, by := range in.By {
			typ, _, _ := strings.Cut(by, ".")
			if bytes.Contains(text, fmt.Appendf(nil, "%q", typ)) {
				return true
			}
		}
	}
	return false
}

// placesIn returns the paths to what is known in a value: what is no collection, and the collections that aren't empty.
func placesIn(v any, at ...any) [][]any {
	var out [][]any
	switch v := v.(type) {
	case nil:
		return nil
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, placesIn(v[name], append(slices.Clone(at), name)...)...)
		}
		if len(v) == 0 || len(at) == 0 {
			return out
		}
	case []any:
		for i, e := range v {
			out = append(out, placesIn(e, append(slices.Clone(at), i)...)...)
		}
		if len(v) == 0 {
			return out
		}
	}
	return append(out, at)
}

func isBlocks(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) > 0 && !slices.ContainsFunc(list, func(e any) bool { _, ok := e.(object); return !ok })
}

// hideValue marks a value of the resource change with a number as known only after apply, as Terraform writes it.
func hideValue(doc object, number int, at []any) {
	c := doc["resource_changes"].([]any)[number].(object)
	change := c["change"].(object)
	unknown, ok := change["after_unknown"].(object)
	if !ok {
		unknown = object{}
		change["after_unknown"] = unknown
	}
	markUnknown(unknown, change["after"], at)
	removeAt(change["after"], at)
	if planned := plannedIn(doc["planned_values"], c["address"].(string)); planned != nil {
		removeAt(planned["values"], at)
	}
}

// markUnknown makes the mark for what is at a path in a value. Marks of what is in no list are only there if they are true.
func markUnknown(marks, v any, at []any) {
	var inside any
	switch v := v.(type) {
	case object:
		inside = v[at[0].(string)]
	case []any:
		inside = v[at[0].(int)]
	}
	var mark any = true
	if len(at) > 1 {
		mark = unmarked(inside)
	}
	switch marks := marks.(type) {
	case object:
		name := at[0].(string)
		if there := marks[name]; len(at) > 1 && there != nil && there != true && there != false {
			mark = there
		}
		marks[name] = mark
	case []any:
		i := at[0].(int)
		if there := marks[i]; len(at) > 1 && there != true && there != false {
			mark = there
		}
		marks[i] = mark
	}
	if len(at) > 1 {
		markUnknown(mark, inside, at[1:])
	}
}

// unmarked are the marks of a value that is wholly known.
func unmarked(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for name, e := range v {
			if marks := unmarked(e); marks != false {
				out[name] = marks
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = unmarked(e)
		}
		return out
	}
	return false
}

func removeAt(v any, at []any) {
	switch v := v.(type) {
	case object:
		if name := at[0].(string); len(at) > 1 {
			removeAt(v[name], at[1:])
		} else {
			delete(v, name)
		}
	case []any:
		if i := at[0].(int); len(at) > 1 {
			removeAt(v[i], at[1:])
		} else {
			v[i] = nil
		}
	}
}

// plannedIn returns the resource with an address in the part of a document that planned_values is; nil if there is none.
func plannedIn(v any, address string) object {
	switch v := v.(type) {
	case object:
		if v["address"] == address && v["values"] != nil {
			return v
		}
		for _, name := range []string{"root_module", "resources", "child_modules"} {
			if found := plannedIn(v[name], address); found != nil {
				return found
			}
		}
	case []any:
		for _, e := range v {
			if found := plannedIn(e, address); found != nil {
				return found
			}
		}
	}
	return nil
}

// writtenIn returns the expressions of the block that a resource change is of; nil if the plan doesn't have them.
func writtenIn(doc, change object) object {
	config, _ := doc["configuration"].(object)
	module, _ := config["root_module"].(object)
	inModule, _ := change["module_address"].(string)
	for step := range strings.SplitSeq(plainText(inModule), ".") {
		if step != "module" && step != "" {
			calls, _ := module["module_calls"].(object)
			call, _ := calls[step].(object)
			module, _ = call["module"].(object)
		}
	}
	blocks, _ := module["resources"].([]any)
	for _, b := range blocks {
		if b := b.(object); b["type"] == change["type"] && b["name"] == change["name"] && b["mode"] == change["mode"] {
			expressions, _ := b["expressions"].(object)
			return expressions
		}
	}
	return nil
}

// setReferences lets the expressions of what is at a path in a resource refer to something else.
func setReferences(block object, at []any, to ...string) {
	references := object{}
	if len(to) > 0 {
		references["references"] = to
	}
	name := at[0].(string)
	inner := at[1:]
	for len(inner) > 0 {
		if _, ok := inner[0].(int); !ok {
			break
		}
		inner = inner[1:]
	}
	if len(inner) == 0 {
		if _, listed := block[name].([]any); !listed || len(at) == 1 {
			block[name] = references
		}
		return
	}
	switch blocks := block[name].(type) {
	case []any:
		for _, b := range blocks {
			if b := b.(object); b[inner[0].(string)] != nil {
				setReferences(b, inner, to...)
			}
		}
	case object:
		if blocks["references"] == nil && blocks["constant_value"] == nil && blocks[inner[0].(string)] != nil {
			setReferences(blocks, inner, to...)
			return
		}
		block[name] = references
	}
}

// expressionsIn calls a function with each expression in what is written for an argument or block type.
func expressionsIn(v any, visit func(object)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			expressionsIn(e, visit)
		}
	case object:
		if _, ok := v["references"].([]any); ok {
			visit(v)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name != "constant_value" {
				expressionsIn(v[name], visit)
			}
		}
	}
}

func replaceReferences(block object, name string, to ...any) {
	expressionsIn(block[name], func(e object) { e["references"] = to })
}

// dropIndices lets what expressions refer to by an index be one of all instances, as where the index is an expression.
func dropIndices(block object, name string) {
	expressionsIn(block[name], func(e object) {
		var out []any
		for _, r := range e["references"].([]any) {
			text := key.ReplaceAllStringFunc(r.(string), func(string) string { return "\x00" })
			text, _, _ = strings.Cut(text, "\x00")
			if !slices.Contains(out, any(text)) {
				out = append(out, text)
			}
		}
		if len(out) < len(e["references"].([]any)) {
			out = append(out, "local.hidden")
		}
		e["references"] = out
	})
}

// renameInPlan gives resources of a type with a name another type, everywhere.
func renameInPlan(v any, typ, name, to string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if text, ok := e.(string); ok && (text == typ+"."+name || strings.HasPrefix(text, typ+"."+name+".") || strings.HasPrefix(text, typ+"."+name+"[")) {
				v[i] = to + strings.TrimPrefix(text, typ)
				continue
			}
			renameInPlan(e, typ, name, to)
		}
	case object:
		if v["type"] == typ && v["name"] == name && v["address"] != nil {
			v["type"] = to
			v["address"] = strings.Replace(v["address"].(string), typ+"."+name, to+"."+name, 1)
		}
		for _, e := range v {
			renameInPlan(e, typ, name, to)
		}
	}
}
