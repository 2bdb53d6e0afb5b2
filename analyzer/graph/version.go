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
	// address is the provider's address, without the host of a default registry.
	address string
	// locked is the version that terraform init chose; it is empty if that isn't known.
	locked string
	// constraints must all hold.
	constraints []string
	// at is the place of a constraint, if there is one.
	at hcl.Range
}

// maxConstraints limits the constraints on one provider, each of which is compared with each.
const maxConstraints = 100

// versionsOf returns the versions that the provider with a local name may have. Terraform chooses one version for the whole
// configuration, so the constraints of all modules on the way from the root hold, too.
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

// provider returns the provider with a key in a plan's configuration, with the constraints of all modules.
func (p *planGraph) provider(config *plan.Config, key, file string) Provider {
	out, ok := p.providers[key]
	if !ok {
		out = p.findProvider(config, key, file)
		p.providers[key] = out
	}
	return out
}

func (p *planGraph) findProvider(config *plan.Config, key, file string) Provider {
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

// ProviderAtLeast reports whether the version of HashiCorp's provider that makes the resource is at least MAJOR.MINOR, which
// decides what an attribute means that isn't set. The value is unknown if the configuration's constraints leave it open, if
// there are none, and for providers of others.
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
	// Constraints leave an interval with gaps of one version each. If it has any version on one side of the bound, it has one
	// of these: the beginning of the interval, or the version after that.
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
	// Terraform reads ~> 4 as ~> 4.0, while the library reads it as >= 4.
	if rest, ok := strings.CutPrefix(strings.TrimSpace(text), "~>"); ok && !strings.Contains(rest, ".") {
		text += ".0"
	}
	c, err := version.NewConstraint(text)
	return c, limit, err
}

// next returns the version after v, or v if there is no way to write it.
func next(v *version.Version) *version.Version {
	s := v.Core().Segments64()
	after, err := version.NewVersion(fmt.Sprintf("%d.%d.%d", s[0], s[1], s[2]+1))
	if err != nil {
		return v
	}
	return after
}
