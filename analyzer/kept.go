package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// kept is what may have rules or firewalls that are written nowhere here.
type kept struct {
	// groups has, of each resource with rules, what says that it may have others, and machines what says that other firewalls may be
	// attached to a resource.
	groups, machines map[*graph.Resource]*Stranger
	// objects has what says that a resource may be more than is written: a machine with an address, or a network with routes.
	objects map[*graph.Resource]*Stranger
	// forgotten are the removed blocks that let rules stay, and commands that add some, by cloud; those that let whole modules stay
	// stand under the empty text. routes are those that let routes stay.
	forgotten, routes map[string][]*Stranger
}

// keep finds what leaves rules and firewalls that aren't written here. Where an imported resource writes its rules itself, these are
// all: the provider removes others.
//
// declared is the configuration, which is g itself or that of a plan, if it is at hand: commands that run there may add rules, too.
func (k *Analyst) keep(g, declared *graph.Graph, rules []*fact.Ingress) kept {
	out := kept{
		groups: map[*graph.Resource]*Stranger{}, machines: map[*graph.Resource]*Stranger{}, objects: map[*graph.Resource]*Stranger{},
		forgotten: map[string][]*Stranger{}, routes: map[string][]*Stranger{},
	}
	if declared != nil {
		out.commands(g, declared)
	}
	all := g.Kept()
	if len(all) == 0 {
		return out
	}
	own := map[*graph.Resource]bool{}
	// scopes are those of which a resource is a rule.
	scopes := map[*graph.Resource][]*graph.Resource{}
	for _, r := range rules {
		if r.Resource == r.Scope.Resource {
			own[r.Resource] = true
		} else if r.Scope.Resource != nil {
			scopes[r.Resource] = append(scopes[r.Resource], r.Scope.Resource)
		}
	}
	for _, b := range all {
		by := &Stranger{Name: b.Name, At: b.At, Effect: read.AnyEffect, part: true, leaves: true}
		for _, r := range b.Resources {
			if b.Ignored == nil && !own[r] && !writesRules(r) || read.IgnoresRules(b.Ignored) {
				out.groups[r], out.objects[r] = by, by
			}
			if read.IgnoresAddress(b.Ignored) {
				out.objects[r] = by
			}
			if read.IgnoresRule(b.Ignored) {
				for _, scope := range scopes[r] {
					out.groups[scope] = by
				}
			}
			if b.Ignored == nil && !read.NamesFirewalls(r) || read.IgnoresFirewalls(r.Addr.Type, b.Ignored) {
				out.machines[r] = by
			}
		}
		cloud := read.CloudOf(b.Type)
		if b.Removed && (b.Type == "" || k.hasRules(b.Type)) {
			out.forgotten[cloud] = append(out.forgotten[cloud], by)
		}
		if b.Removed && (b.Type == "" || read.Routes(b.Type)) {
			out.routes[cloud] = append(out.routes[cloud], by)
		}
	}
	return out
}

// commands finds what may change firewalls without a resource for it: commands of provisioners that run where Terraform runs, and
// resources that run a program or make what a text tells. These change what they refer to, by what triggers them as well, and the
// commands of a cloud's program for firewalls change any.
func (k *kept) commands(g, declared *graph.Graph) {
	mentions := declared.Mentions()
	for _, r := range declared.Resources {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		block := r.Addr.Block().String()
		if read.Acts(r.Addr.Type) {
			k.changes(g, &Stranger{Name: block, At: r.Decl}, mentions.Of(r.Object).Resources, r.Object)
		}
		for _, b := range r.Blocks("provisioner") {
			if !slices.Equal(b.Labels, []string{"local-exec"}) || b.Keyword("when") == "destroy" {
				continue
			}
			of := append(mentions.Of(b.Object).Resources, r)
			if read.IsTrigger(r.Addr.Type) {
				of = append(of, mentions.Of(r.Object).Resources...)
			}
			k.changes(g, &Stranger{Name: "the local-exec of " + block, At: b.At}, of, b.Object)
		}
	}
}

// changes notes that something may change resources, and what the texts of an object name.
func (k *kept) changes(g *graph.Graph, by *Stranger, of []*graph.Resource, o graph.Object) {
	by.Effect, by.part, by.leaves = read.AnyEffect, true, true
	for _, r := range of {
		if r := g.AtAddress(r.Addr.String()); r != nil && k.groups[r] == nil {
			k.groups[r] = by
		}
	}
	o.Texts(func(_, text string) {
		for _, cloud := range read.FirewallCommands(text) {
			k.forgotten[cloud] = append(k.forgotten[cloud], by)
		}
	})
}

// hasRules reports whether resources of a type declare rules.
func (k *Analyst) hasRules(typ string) bool {
	return slices.ContainsFunc(k.byType[typ], func(a read.Adapter) bool { return a.Ingress != nil })
}

// writesRules reports whether a resource has an argument for all its rules, even if that is an empty list, or is one that the
// provider empties when it takes it over.
// Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/default_security_group.
func writesRules(r *graph.Resource) bool {
	return strings.HasPrefix(r.Addr.Type, "aws_default_") ||
		slices.ContainsFunc([]string{"ingress", "security_rule", "rule", "rules", "route"}, func(name string) bool {
			return !r.Attr(name).Absent() || len(r.Blocks(name)) > 0
		})
}

// leading returns what may have left rules for a scope that is a resource.
func (k *kept) leading(r *graph.Resource) []*Stranger {
	var out []*Stranger
	if by := k.groups[r]; by != nil {
		out = append(out, by)
	}
	return slices.Concat(out, k.forgotten[read.CloudOf(r.Addr.Type)], k.forgotten[""])
}

// changing returns what may have left routes, or an address, in what a hop is about.
func (k *kept) changing(hop *fact.Hop) []*Stranger {
	if hop.Guard != nil || hop.Resource == nil {
		return nil
	}
	var out []*Stranger
	by := k.objects[hop.Resource]
	if strings.Contains(hop.Kind, "route") {
		by = cmp.Or(by, k.groups[hop.Resource])
	}
	if by != nil {
		out = append(out, by)
	}
	if !strings.Contains(hop.Kind, "route") {
		return out
	}
	return slices.Concat(out, k.routes[read.CloudOf(hop.Resource.Addr.Type)], k.routes[""])
}

// opened returns a hop as what isn't written here may change it: what it surely passes is told as it stands.
func opened(hop *fact.Hop, by []*Stranger) *fact.Hop {
	out := *hop
	out.Takes.May = netset.AllTraffic()
	for _, s := range by {
		out.Decides = append(slices.Clip(out.Decides), s.origin())
	}
	return &out
}

// attaching returns what may have attached other firewalls to one of some resources.
func (k *kept) attaching(resources []*graph.Resource) []*Stranger {
	var out []*Stranger
	for _, r := range resources {
		if by := k.machines[r]; by != nil {
			out = append(out, by)
		}
	}
	return out
}
