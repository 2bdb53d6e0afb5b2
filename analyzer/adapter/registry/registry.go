package registry

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Modules returns the modules whose arguments are understood.
func Modules() []read.Module {
	return slices.Concat([]read.Module{awsSecurityGroupModule(), cloudPosseModule(), azureModule(), googleModule()}, networks(), harmless())
}

// itself reports that only the module itself is known, and no submodule.
func itself(sub string) bool { return sub == "" }

// made returns a resource that a module would make: TYPE.NAME with a key, in the modules below the called one.
func made(m *graph.MissingModule, below []string, typ, name string, key graph.Key) *graph.Resource {
	path := m.Path
	for _, module := range below {
		path = path.Child(module, graph.Key{})
	}
	return &graph.Resource{
		Addr:    graph.Address{Module: path, Mode: graph.Managed, Type: typ, Name: name, Key: key},
		Certain: m.Certain, Exists: m.Exists, Change: graph.Unplanned, Decl: m.Decl, Calls: m.Calls, Object: m.Object,
	}
}

// element is an element of an argument that holds a list, a set or a map.
type element struct {
	graph.Value
	key graph.Key
	// sure is false for an element that stands for any number of elements of an unknown argument.
	sure bool
}

// elements returns the elements of an argument with their keys. One element without a number stands for elements of an unknown
// number.
func elements(v graph.Value) []element {
	values, whole := v.Elements()
	if !whole {
		return []element{{v, graph.Any(), false}}
	}
	keys := make([]graph.Key, len(values))
	for i := range keys {
		keys[i] = graph.Number(i)
	}
	if raw := v.Raw(); !v.Absent() && (raw.Type().IsMapType() || raw.Type().IsObjectType()) {
		i := 0
		for it := raw.ElementIterator(); it.Next(); i++ {
			k, _ := it.Element()
			keys[i] = graph.Name(k.AsString())
		}
	}
	out := make([]element, len(values))
	for i, value := range values {
		out[i] = element{value, keys[i], true}
	}
	return out
}

// keyed reports whether a value is a map or an object.
func keyed(v graph.Value) bool {
	raw := v.Raw()
	return raw != cty.NilVal && raw.IsKnown() && !raw.IsNull() && (raw.Type().IsMapType() || raw.Type().IsObjectType())
}

// allowedBy returns a rule that an element of an argument makes.
func allowedBy(r *graph.Resource, scope fact.Scope, e element) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Scope: scope, Certain: r.Certain, Exists: r.Exists, Action: fact.Allow, At: e.At,
	}
	if !e.sure {
		read.Doubt(rule, e.Value)
	}
	return rule
}

// switched applies an argument that turns something on or off to a rule. It returns false if there is no rule.
func switched(rule *fact.Ingress, on graph.Value) bool {
	is, known := on.Bool()
	if known && !is {
		return false
	}
	if !known && !on.Absent() {
		read.Doubt(rule, on)
	}
	return true
}
