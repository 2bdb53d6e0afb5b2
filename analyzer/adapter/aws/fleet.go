package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

const (
	spotFleet = "aws_spot_fleet_request"
	ec2Fleet  = "aws_ec2_fleet"
)

// fleet returns the interfaces of the instances that a fleet starts: one for each specification of its own, and one for each
// launch template, in the subnets that overrides name or else in the template's.
// Source: the provider's pages aws_spot_fleet_request and aws_ec2_fleet.
func (n *network) fleet(r *graph.Resource) []networkInterface {
	var out []networkInterface
	empty := append(without(r, "fleet", "target_capacity"), without(r, "fleet", "target_capacity_specification.total_target_capacity")...)
	add := func(i networkInterface, b graph.Block) {
		i.before = empty
		if !b.Certain {
			i.before = append(slices.Clone(empty), &fact.Hop{
				Kind: "launch specification", Resource: r, At: b.At, Takes: read.Perhaps(), Why: "it isn't known whether there is one",
				Change: "Set what decides whether there is one.", Decides: read.OriginsOf(b.Exists),
			})
		}
		out = append(out, i)
	}
	for _, b := range r.OwnBlocks("launch_specification") {
		add(networkInterface{
			subnets: n.subnetIn(b.OwnAttr("subnet_id")), groups: n.t.EndsOf(b.OwnAttr("vpc_security_group_ids"), true),
			public: b.OwnAttr("associate_public_ip_address"), six: []graph.Object{b.Object},
		}, b)
	}
	for _, b := range r.OwnBlocks("launch_template_config") {
		var i networkInterface
		for _, attr := range []string{"overrides", "override"} {
			for _, o := range b.OwnBlocks(attr) {
				if v := o.OwnAttr("subnet_id"); read.Given(v) {
					i.subnets = append(i.subnets, n.subnetIn(v)...)
				}
			}
		}
		for _, s := range b.OwnBlocks("launch_template_specification") {
			template := n.templateOf(s.Object)
			if template == nil {
				i.unread(graph.Value{At: s.At}, r)
				continue
			}
			n.templated(&i, template)
			for _, nic := range template.OwnBlocks("network_interfaces") {
				if v := nic.OwnAttr("subnet_id"); len(i.subnets) == 0 && read.Given(v) {
					i.subnets = n.subnetIn(v)
				}
			}
		}
		for at := range i.subnets {
			i.subnets[at].Certain = i.subnets[at].Certain && len(i.subnets) == 1
		}
		i.subnets = orDefault(i.subnets, graph.Value{At: b.At})
		add(i, b)
	}
	return out
}

// without returns the hop of a group of machines that has none, or perhaps none, by the number in an attribute.
func without(r *graph.Resource, word, attr string) []*fact.Hop {
	v := attrAt(r.Object, attr)
	hop := &fact.Hop{
		Kind: word, Resource: r, At: v.At, Takes: read.None(), Why: "it has no machine", Change: attr + " says how many it may have.",
	}
	switch number, known := v.Int(); {
	case !read.Given(v), known && number != 0:
		return nil
	case !known:
		hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "it isn't known whether it has a machine", read.OriginsOf(v)
	}
	return []*fact.Hop{hop}
}

// templateOf returns the launch template that a specification names by its ID or its name; nil if it is none of the configuration.
func (n *network) templateOf(o graph.Object) *graph.Resource {
	const template = "aws_launch_template"
	for _, attr := range []string{"id", "launch_template_id"} {
		if v := o.OwnAttr(attr); read.Given(v) {
			ends := n.t.End(v, true)
			if len(ends) == 1 && ends[0].Resource != nil && ends[0].Resource.Addr.Type == template && ends[0].Resource.Addr.Mode == graph.Managed {
				return ends[0].Resource
			}
			return nil
		}
	}
	for _, attr := range []string{"name", "launch_template_name"} {
		v := o.OwnAttr(attr)
		if text, known := v.Text(); known {
			if found := n.t.Named(template, "name", text); len(found) == 1 {
				return found[0]
			}
		} else if ends := n.t.End(v, true); len(ends) == 1 && ends[0].Resource != nil && ends[0].Resource.Addr.Type == template {
			return ends[0].Resource
		}
	}
	return nil
}
