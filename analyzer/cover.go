package analyzer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/secret"
)

// covering covers what looks like a secret in everything that is said of an input: in instance keys, which appear in addresses
// and so in messages, fingerprints and baselines, and in the texts themselves.
type covering struct {
	// keys are the covered keys. Numbers keep two apart that would look the same, so different addresses stay different.
	keys map[graph.Key]graph.Key
	// inText replaces the keys that a text has in brackets; it is nil if no key needs cover.
	inText *strings.Replacer
}

// newCovering returns what covers the keys in graphs.
func newCovering(graphs ...*graph.Graph) covering {
	secrets, taken := map[string]string{}, map[string]bool{}
	look := func(key graph.Key) {
		name, ok := key.Name()
		if !ok || taken[name] {
			return
		}
		taken[name] = true
		if text := secret.Redact(name); text != name {
			secrets[name] = text
		}
	}
	each := func(path graph.ModulePath) {
		for _, step := range path {
			look(step.Key)
		}
	}
	for _, g := range graphs {
		if g == nil {
			continue
		}
		for _, r := range g.Resources {
			each(r.Addr.Module)
			look(r.Addr.Key)
		}
		for _, m := range g.Missing {
			each(m.Path)
		}
	}
	var c covering
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		text := secrets[name]
		for n := 2; taken[text]; n++ {
			text = fmt.Sprintf("%s (%d)", secrets[name], n)
		}
		taken[text] = true
		if c.keys == nil {
			c.keys = map[graph.Key]graph.Key{}
		}
		key, covered := graph.Name(name), graph.Name(text)
		c.keys[key] = covered
		pairs = append(pairs, key.String(), covered.String())
	}
	if pairs != nil {
		c.inText = strings.NewReplacer(pairs...)
	}
	return c
}

// text covers a text of tfreach, which may quote what a user wrote.
func (c *covering) text(s string) string {
	if c.inText != nil {
		s = c.inText.Replace(s)
	}
	return secret.RedactProse(s)
}

// name covers the name of a scope or another thing, which is mostly an address.
func (c *covering) name(s string) string {
	if c.inText == nil {
		return s
	}
	return c.inText.Replace(s)
}

func (c *covering) key(k graph.Key) graph.Key {
	if covered, ok := c.keys[k]; ok {
		return covered
	}
	return k
}

func (c *covering) address(a graph.Address) graph.Address {
	if c.keys == nil {
		return a
	}
	a.Module = slices.Clone(a.Module)
	for i := range a.Module {
		a.Module[i].Key = c.key(a.Module[i].Key)
	}
	a.Key = c.key(a.Key)
	return a
}

func (c *covering) addresses(list []graph.Address) []graph.Address {
	if c.keys == nil {
		return list
	}
	out := make([]graph.Address, len(list))
	for i, a := range list {
		out[i] = c.address(a)
	}
	return out
}

// findings returns copies of findings with all their texts covered.
func (c *covering) findings(list []Finding) []Finding {
	out := slices.Clone(list)
	for i := range out {
		f := &out[i]
		f.Resources = slices.Clone(c.addresses(f.Resources))
		f.Scope = c.name(f.Scope)
		switch about := f.About.(type) {
		case Traffic:
			about.Opening = c.text(about.Opening)
			f.About = about
		case Trait:
			about.Name = c.text(about.Name)
			f.About = about
		}
		f.Message, f.Fix = c.text(f.Message), c.text(f.Fix)
		for _, flow := range f.Beyond {
			for _, names := range [][]string{flow.From, flow.To} {
				for k := range names {
					names[k] = c.text(names[k])
				}
			}
		}
		f.Related = slices.Clone(f.Related)
		for j := range f.Related {
			f.Related[j].Message = c.text(f.Related[j].Message)
		}
		f.Path = slices.Clone(f.Path)
		for j := range f.Path {
			f.Path[j].Name, f.Path[j].Message = c.name(f.Path[j].Name), c.text(f.Path[j].Message)
		}
		f.Decides = slices.Clone(f.Decides)
		for j := range f.Decides {
			// The name may be the text of an expression.
			f.Decides[j].Name, f.Decides[j].Resource = secret.Redact(c.name(f.Decides[j].Name)), c.name(f.Decides[j].Resource)
		}
	}
	return out
}

func (c *covering) notices(list []Notice) []Notice {
	out := slices.Clone(list)
	for i := range out {
		out[i].Summary, out[i].Detail = c.text(out[i].Summary), c.text(out[i].Detail)
	}
	return out
}

// ingress covers rules in place.
func (c *covering) ingress(rules []*Ingress) []*Ingress {
	for _, r := range rules {
		r.Resource, r.Scope.Name, r.Brief = c.address(r.Resource), c.name(r.Scope.Name), c.text(r.Brief)
	}
	return rules
}

func (c *covering) shadowed(list []Shadowed) []Shadowed {
	out := slices.Clone(list)
	for i := range out {
		rule := *out[i].Rule
		out[i].Rule = c.ingress([]*Ingress{&rule})[0]
		out[i].By = slices.Clone(out[i].By)
		for j, by := range out[i].By {
			rule := *by
			out[i].By[j] = c.ingress([]*Ingress{&rule})[0]
		}
	}
	return out
}
