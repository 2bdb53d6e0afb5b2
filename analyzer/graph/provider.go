package graph

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/source"
)

// Provider is a provider configuration.
type Provider struct {
	// Name identifies the configuration within the graph, such as "aws.us". It is empty if it isn't known which configuration
	// is meant.
	Name string
	body body
	// versions are the versions that the provider may have; nil if nothing is known about them.
	versions *versions
}

// Attr returns the value of an argument of the configuration; the Value is absent if the argument is not set.
func (p Provider) Attr(name string) Value {
	if p.body == nil {
		return Value{}
	}
	return p.body.attr(name)
}

// providerOf returns the configuration that a resource block names, else the default configuration of its type. Source:
// https://developer.hashicorp.com/terraform/language/meta-arguments/provider
func (m *module) providerOf(block *source.Block) Provider {
	local, _, _ := strings.Cut(block.Labels[0], "_")
	name := local
	if attr := block.Body.Attr("provider"); attr != nil {
		if name = providerName(attr.Expr); name != "" {
			local, _, _ = strings.Cut(name, ".")
		}
	}
	p := m.provider(name)
	p.versions = m.versionsOf(local)
	return p
}

// provider returns the configuration that a name stands for in the module: one of its own, one that the call passes or, without
// an alias, that of the calling module. Source: https://developer.hashicorp.com/terraform/language/modules/develop/providers
func (m *module) provider(name string) Provider {
	if name == "" {
		return Provider{}
	}
	for _, b := range m.source.Providers {
		own := b.Labels[0]
		if alias := b.Body.Attr("alias"); alias != nil {
			text, _ := Value{v: m.top.eval(alias.Expr)}.Text()
			own += "." + text
		}
		if own == name {
			return Provider{Name: label(m.path, name), body: configBody{b.Body, m.top}}
		}
	}
	if m.parent == nil {
		return Provider{Name: name}
	}
	if passed := m.call.Body.Attr("providers"); passed != nil {
		pairs, diags := hcl.ExprMap(passed.Expr)
		if diags.HasErrors() {
			return Provider{}
		}
		for _, pair := range pairs {
			if providerName(pair.Key) == name {
				return m.parent.provider(providerName(pair.Value))
			}
		}
	}
	if strings.Contains(name, ".") {
		return Provider{}
	}
	return m.parent.provider(name)
}

// providerName returns the name by which an expression refers to a configuration, "aws" or "aws.us". It returns "" if that
// depends on a value.
func providerName(expr hcl.Expression) string {
	if key, ok := expr.(*hclsyntax.ObjectConsKeyExpr); ok {
		expr = key.Wrapped
	}
	t, diags := hcl.AbsTraversalForExpr(expr)
	if diags.HasErrors() {
		return ""
	}
	switch alias, ok := t[len(t)-1].(hcl.TraverseAttr); {
	case len(t) == 1:
		return t.RootName()
	case len(t) == 2 && ok:
		return t.RootName() + "." + alias.Name
	}
	return ""
}
