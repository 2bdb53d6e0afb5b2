package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// versions are those that a provider may have.
type versions struct {
	// address is that of the provider, without the host of a default registry.
	address string
	// locked is the version that terraform init chose; empty if that isn't known.
	locked string
	// constraints are texts, all of which must hold.
	constraints []string
	// at is the place of a constraint, if there is one.
	at hcl.Range
}

// maxConstraints bounds how many constraints on one provider are compared, each with each.
const maxConstraints = 100

// versionsOf returns the versions that the provider with a local name may have. Terraform chooses one for the whole
// configuration, so what the modules ask that lead to this one holds, too.
func (m *module) versionsOf(local string) *versions {
	if v := m.versions[local]; v != nil {
		return v
	}
	own := m.source.Requirement(local)
	v := &versions{address: own.Source, locked: m.ev.locked[own.Source], constraints: own.Constraints, at: own.At}
	for up := m.parent; up != nil; up = up.parent {
		names := sortedNames(up.source.Required)
		if up.source.Required[local] == nil {
			names = append(names, local)
		}
		for _, name := range names {
			if r := up.source.Requirement(name); r.Source == v.address && len(r.Constraints) > 0 {
				v.constraints, v.at = slices.Concat(v.constraints, r.Constraints), r.At
			}
		}
	}
	m.versions[local] = v
	return v
}

// provider returns the provider with a key in the configuration of a plan, with what all modules ask of it.
func (p *planGraph) provider(config *plan.Config, key, file string) Provider {
	own := config.Providers[key]
	if own == nil {
		return Provider{Name: key}
	}
	address := func(key string) string {
		if p := config.Providers[key]; p.FullName != "" {
			return source.ProviderAddress(p.FullName)
		}
		return source.ProviderAddress(config.Providers[key].Name)
	}
	v := &versions{address: address(key)}
	for _, other := range sortedNames(config.Providers) {
		if c := config.Providers[other].VersionConstraint; c != "" && address(other) == v.address {
			v.constraints = append(v.constraints, c)
		}
	}
	e := env{module: config.Root}
	if own.ModuleAddress != "" {
		addr, err := ParseAddress(own.ModuleAddress + ".x.x")
		if err != nil {
			return Provider{Name: key, versions: v}
		}
		e = env{path: addr.Module, module: moduleConfig(config.Root, addr.Module)}
	}
	at := hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}
	return Provider{Name: key, versions: v, body: planProvider{p: p, key: key, arguments: own.Arguments, env: e, at: at}}
}

// ProviderAtLeast says whether the version of HashiCorp's provider that makes the resource is at least MAJOR.MINOR: what an
// attribute is that isn't set depends on that. It is unknown if what the configuration asks for leaves that open, if it
// asks for nothing, and for another's provider.
func (r *Resource) ProviderAtLeast(major, minor int) Value {
	name, _, _ := strings.Cut(r.Addr.Type, "_")
	v := r.Provider.versions
	at := r.Decl
	if v != nil {
		name = v.address
		if v.at.Filename != "" {
			at = v.at
		}
		if is, known := v.atLeast(major, minor); known {
			return Value{v: cty.BoolVal(is), At: at}
		}
	}
	origin := Origin{Kind: FromExpression, Name: "the version of the provider " + strings.TrimPrefix(name, "hashicorp/"), At: at}
	return Value{v: cty.UnknownVal(cty.Bool).Mark(origin), At: at}
}

func (v *versions) atLeast(major, minor int) (is, known bool) {
	zero, bound := release(0, 0), release(major, minor)
	if !strings.HasPrefix(v.address, "hashicorp/") {
		return false, false
	}
	if locked, err := version.NewVersion(v.locked); err == nil {
		return locked.Core().GreaterThanOrEqual(bound), true
	}
	var parts []string
	for _, c := range v.constraints {
		parts = append(parts, strings.Split(c, ",")...)
	}
	if len(parts) > maxConstraints {
		return false, false
	}
	// The versions that constraints leave are an interval with gaps of one version each. So if it has any on one side of the
	// bound, then one of these: where an interval may begin, and what follows that.
	candidates := []*version.Version{zero, bound, next(bound)}
	var all version.Constraints
	for _, part := range parts {
		c, limit, err := constraint(part)
		if err != nil {
			return false, false
		}
		all = append(all, c...)
		candidates = append(candidates, limit, limit.Core(), next(limit))
	}
	var below, above bool
	for _, c := range candidates {
		if all.Check(c) {
			reaches := c.Core().GreaterThanOrEqual(bound)
			below, above = below || !reaches, above || reaches
		}
	}
	return above, below != above
}

// release returns the version MAJOR.MINOR.0.
func release(major, minor int) *version.Version {
	return version.Must(version.NewVersion(fmt.Sprintf("%d.%d.0", major, minor)))
}

// constraint reads a single constraint, and the version that it names.
func constraint(text string) (version.Constraints, *version.Version, error) {
	number := strings.TrimLeft(text, "<>=!~ \t")
	limit, err := version.NewVersion(strings.TrimSpace(number))
	if err != nil {
		return nil, nil, err
	}
	// Terraform takes ~> 4 for ~> 4.0, while the library takes it for >= 4.
	if rest, ok := strings.CutPrefix(strings.TrimSpace(text), "~>"); ok && !strings.Contains(rest, ".") {
		text += ".0"
	}
	c, err := version.NewConstraint(text)
	return c, limit, err
}

// next returns the version after one, or the same if none can be written.
func next(v *version.Version) *version.Version {
	s := v.Core().Segments64()
	after, err := version.NewVersion(fmt.Sprintf("%d.%d.%d", s[0], s[1], s[2]+1))
	if err != nil {
		return v
	}
	return after
}
