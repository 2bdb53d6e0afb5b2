package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Module reads the calls of a public module whose code isn't there, as before terraform init, by their arguments. Its rules
// have the addresses of the resources that the module would make.
type Module struct {
	// Source is the module's address in a registry, NAMESPACE/NAME/PROVIDER. Several may have one, each for its submodules.
	Source string
	// Knows reports whether a submodule is known by its path, such as modules/ssh. The empty path is the module itself.
	Knows func(sub string) bool
	// Ingress returns the ingress rules that a call of a known submodule makes; nil if the model has all.
	Ingress func(g *graph.Graph, m *graph.MissingModule, sub string) []*fact.Ingress
	// Model returns Terraform that stands for a submodule in the newest version that a constraint leaves: what traffic passes
	// of what it makes, and the outputs that are known. It is nil if there is none, and returns nil for what it doesn't know.
	Model func(sub, version string) []byte
	// Oldest is the version that Ingress is right from; empty if it is for all.
	Oldest string
	// Opens is empty but for a module that surely opens nothing: then it is the version that was looked at.
	Opens string
}

// Harmless reports whether the module opens nothing.
func (m *Module) Harmless() bool { return m.Opens != "" }

// ModelOf returns a function for [graph.Inputs.Model].
func ModelOf(modules []Module) func(source, version string) []byte {
	return func(source, version string) []byte {
		module, sub, ok := Called(modules, source)
		if !ok || module.Model == nil {
			return nil
		}
		constraint, ok := versionIn(source, version)
		if !ok {
			return nil
		}
		return module.Model(sub, constraint)
	}
}

// Known returns the module that a call is one of, and the path of the submodule in it, if what the call makes is known.
func Known(modules []Module, call *graph.MissingModule) (module Module, sub string, ok bool) {
	module, sub, ok = Called(modules, call.Source)
	if !ok {
		return module, sub, false
	}
	constraint, versioned := versionIn(call.Source, call.Version)
	switch {
	case module.Harmless():
		ok = versioned && admits(constraint, module.Opens)
	case module.Ingress == nil:
		ok = versioned && module.Model(sub, constraint) != nil
	case module.Oldest != "" && versioned:
		newest, told := NewestVersion(constraint)
		ok = !told || !OlderThan(newest, module.Oldest)
	}
	return module, sub, ok
}

// Called returns the module in the list that a source names, and the path of the submodule. The source may be an address in any
// registry, or the module's repository on GitHub.
func Called(modules []Module, source string) (module Module, sub string, ok bool) {
	address, sub := moduleAddress(source)
	i := slices.IndexFunc(modules, func(m Module) bool { return strings.EqualFold(m.Source, address) && m.Knows(sub) })
	if i < 0 {
		return Module{}, "", false
	}
	return modules[i], sub, true
}

// moduleAddress splits a module's source into its address in a registry and the path after "//". Source:
// https://developer.hashicorp.com/terraform/language/modules/configuration
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
