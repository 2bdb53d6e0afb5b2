package adapter

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Module reads the calls of a public module whose code isn't there, as before terraform init, by their arguments. Its
// rules name the resources that the module would make, at the addresses that they would have.
type Module struct {
	// Source is the module's address in a registry, NAMESPACE/NAME/PROVIDER.
	Source string
	// Knows says whether a submodule is known by its path, such as modules/ssh; the module itself is nothing.
	Knows func(sub string) bool
	// Ingress returns the ingress rules that a call of a known submodule makes.
	Ingress func(g *graph.Graph, m *graph.MissingModule, sub string) []*fact.Ingress
}

// Modules returns the modules that are known by their arguments.
func Modules() []Module {
	return []Module{awsSecurityGroupModule(), cloudPosseModule(), azureModule(), googleModule()}
}

// Called returns the module of the list that a source is an address of, and the path of the submodule in it. The source
// may be an address in any registry, or that of the module's repository on GitHub.
func Called(modules []Module, source string) (module Module, sub string, ok bool) {
	address, sub := moduleAddress(source)
	i := slices.IndexFunc(modules, func(m Module) bool { return strings.EqualFold(m.Source, address) })
	if i < 0 || !modules[i].Knows(sub) {
		return Module{}, "", false
	}
	return modules[i], sub, true
}

// moduleAddress splits the source of a module into the address that it has in a registry and the path behind "//".
// Source: https://developer.hashicorp.com/terraform/language/modules/configuration
func moduleAddress(source string) (address, sub string) {
	source, _, _ = strings.Cut(strings.TrimPrefix(source, "git::"), "?")
	if _, rest, ok := strings.Cut(source, "://"); ok {
		source = strings.TrimLeft(rest, "/")
	}
	source = strings.Replace(strings.TrimPrefix(source, "git@"), "github.com:", "github.com/", 1)
	source, sub, _ = strings.Cut(source, "//")
	parts := strings.Split(strings.TrimSuffix(source, ".git"), "/")
	switch {
	case len(parts) == 3 && parts[0] == "github.com":
		// A repository of the registry is named terraform-PROVIDER-NAME.
		name := strings.SplitN(parts[2], "-", 3)
		if len(name) < 3 || name[0] != "terraform" {
			return "", ""
		}
		parts = []string{parts[1], name[2], name[1]}
	case len(parts) == 4 && !strings.HasPrefix(parts[0], "."):
		parts = parts[1:] // the host of a registry
	}
	return strings.Join(parts, "/"), sub
}

// itself says that the module has no submodule that is known.
func itself(sub string) bool { return sub == "" }

// made is a resource that a module would make: TYPE.NAME with a key, in the modules below the one that is called.
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
	// sure is false for the one that stands for any number of elements of an unknown argument.
	sure bool
}

// elements returns the elements of an argument with their keys; what may be none or several is one without a number.
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

// keyed says whether a value is a map or an object.
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
		doubt(rule, e.Value)
	}
	return rule
}

// switched says what an argument that turns something on or off does to a rule: it is false if there is no rule.
func switched(rule *fact.Ingress, on graph.Value) bool {
	is, known := on.Bool()
	if known && !is {
		return false
	}
	if !known && !on.Absent() {
		doubt(rule, on)
	}
	return true
}
