package source

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Requirement is what a module asks of a provider.
type Requirement struct {
	// Source is the provider's address without the host of a default registry. It is "hashicorp/aws" and the like if the module
	// names none.
	Source string
	// Constraints are version constraints; all must hold.
	Constraints []string
	// At is the constraint, or the entry if it has none.
	At hcl.Range
}

// requirements reads required_version and the entries of required_providers in a terraform block. Source:
// https://developer.hashicorp.com/terraform/language/providers/requirements
func (m *Module) requirements(body *hclsyntax.Body, override bool) {
	if a := body.Attributes["required_version"]; a != nil {
		if text, ok := literalString(a.Expr); ok {
			m.RequiredVersions = append(m.RequiredVersions, text)
		}
	}
	for _, b := range body.Blocks {
		if b.Type != "required_providers" {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(b.Body.Attributes)) {
			m.require(name, b.Body.Attributes[name].Expr, override)
		}
	}
	if a := body.Attributes["required_providers"]; a != nil { // in JSON syntax
		for _, item := range listOf(a.Expr) {
			pairs, _ := hcl.ExprMap(item) // it is no object: no entries
			for _, pair := range pairs {
				if name, ok := literalString(pair.Key); ok {
					m.require(name, pair.Value, override)
				}
			}
		}
	}
}

// require reads an entry of required_providers: an object or, in older configurations, just a version constraint.
func (m *Module) require(name string, entry hcl.Expression, override bool) {
	if m.Required[name] != nil && !override {
		return
	}
	r := &Requirement{Source: "hashicorp/" + name, At: entry.Range()}
	m.Required[name] = r
	constrain := func(expr hcl.Expression) {
		if text, ok := literalString(expr); ok {
			r.Constraints, r.At = []string{text}, expr.Range()
		}
	}
	constrain(entry)
	pairs, _ := hcl.ExprMap(entry) // it is no object: no more to read
	for _, pair := range pairs {
		switch key, _ := literalString(pair.Key); key {
		case "version":
			constrain(pair.Value)
		case "source":
			if text, ok := literalString(pair.Value); ok {
				r.Source = ProviderAddress(text)
			}
		}
	}
}

// Requirement returns what the module asks of the provider with a local name, including versions in provider blocks, which
// older configurations have.
func (m *Module) Requirement(name string) Requirement {
	r := Requirement{Source: "hashicorp/" + name}
	if own := m.Required[name]; own != nil {
		r = *own
	}
	for _, b := range m.Providers {
		if a := b.Body.Attr("version"); a != nil && b.Labels[0] == name {
			if text, ok := literalString(a.Expr); ok {
				r.Constraints, r.At = append(slices.Clip(r.Constraints), text), a.Expr.Range()
			}
		}
	}
	return r
}

// ProviderAddress returns the address of a provider without the host of a default registry: "hashicorp/aws".
func ProviderAddress(address string) string {
	address = strings.ToLower(trimRegistry(address))
	if !strings.Contains(address, "/") {
		return "hashicorp/" + address
	}
	return address
}

// LockedVersions reads .terraform.lock.hcl in a root module's folder: the versions of providers that terraform init chose, by
// [ProviderAddress]. It is empty without the file. Source:
// https://developer.hashicorp.com/terraform/language/files/dependency-lock
func (t *Tree) LockedVersions(dir string) (map[string]string, hcl.Diagnostics) {
	versions := map[string]string{}
	name := path.Join(dir, ".terraform.lock.hcl")
	if there, err := t.Exists(name); err == nil && !there {
		return versions, nil
	}
	file, diags := t.parse(name)
	for _, d := range diags {
		d.Severity = hcl.DiagWarning // the configuration can be analysed without it
	}
	if file == nil {
		return versions, diags
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return versions, diags
	}
	for _, b := range body.Blocks {
		if b.Type != "provider" || len(b.Labels) != 1 {
			continue
		}
		if a := b.Body.Attributes["version"]; a != nil {
			if text, ok := literalString(a.Expr); ok {
				versions[ProviderAddress(b.Labels[0])] = text
			}
		}
	}
	return versions, diags
}
