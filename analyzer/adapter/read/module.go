package read

import (
	"slices"
	"strings"

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
