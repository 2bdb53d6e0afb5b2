package aws

import (
	"net/netip"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const (
	prefixList      = "aws_ec2_managed_prefix_list"
	prefixListEntry = "aws_ec2_managed_prefix_list_entry"
	serviceList     = "aws_prefix_list" // a data source only
)

func prefixListTypes() []string {
	return []string{prefixList, prefixListEntry, serviceList}
}

// PrefixLists reads an attribute that refers to prefix lists. The addresses of a list that AWS or another configuration manages
// are unknown unless a plan has read them. Source: the provider's pages aws_ec2_managed_prefix_list and
// aws_ec2_managed_prefix_list_entry.
func PrefixLists(g *graph.Graph, o graph.Object, attr string) fact.Term[netset.Prefixes] {
	return PrefixListsIn(g, o.Attr(attr), attr)
}

// PrefixListsIn reads a value that refers to prefix lists; attr is the attribute that the term names. See [PrefixLists].
func PrefixListsIn(g *graph.Graph, v graph.Value, attr string) fact.Term[netset.Prefixes] {
	t := fact.Term[netset.Prefixes]{Read: read.Networks(read.AnyFamily)}
	add := func(attr string, v graph.Value, set netset.Bounds[netset.Prefixes]) {
		t.Set = netset.UnionBounds(t.Set, set)
		t.Attrs, t.Values = append(t.Attrs, attr), append(t.Values, v)
	}
	elements, whole := v.Elements()
	if !whole {
		elements = []graph.Value{v}
	}
	for _, e := range elements {
		if !read.Given(e) {
			continue
		}
		var cidrs []graph.Value
		targets, known := g.Refer(e)
		for _, target := range targets {
			found, ok := entries(g, target.Resource)
			cidrs, known = append(cidrs, found...), known && ok
			if !ok && target.Resource != nil {
				e = unread(target.Resource, e)
			}
		}
		if !known {
			may := netset.AllAddresses()
			if len(targets) == 1 && ofService(targets[0].Resource) {
				may = netset.PrefixSet(netip.MustParsePrefix("130.176.0.0/16"))
			}
			if text, literal := e.Text(); literal {
				e = e.Called("prefix list " + text)
			}
			add(attr, e, netset.Bounds[netset.Prefixes]{May: may})
			continue
		}
		for _, cidr := range cidrs {
			add("cidr", cidr, read.Networks(read.AnyFamily)(cidr))
		}
	}
	return t
}

// entries returns the addresses in a prefix list. whole is false if there may be others.
func entries(g *graph.Graph, list *graph.Resource) (cidrs []graph.Value, whole bool) {
	switch {
	case list == nil:
		return nil, false
	case list.Addr.Type == serviceList:
		v := list.Attr("cidr_blocks")
		return []graph.Value{v}, v.Known()
	case list.Addr.Mode == graph.Data:
		v := list.Attr("entries")
		for _, e := range list.Blocks("entries") {
			cidrs = append(cidrs, e.Attr("cidr"))
		}
		return cidrs, v.Known() && len(cidrs) > 0
	}
	whole = list.Certain
	for _, e := range list.OwnBlocks("entry") {
		cidrs, whole = append(cidrs, e.Attr("cidr")), whole && e.Certain
	}
	for _, e := range g.Referrers(list, prefixListEntry, "prefix_list_id") {
		cidrs, whole = append(cidrs, e.Attr("cidr")), whole && e.Certain
	}
	return cidrs, whole
}

// ofService reports whether AWS keeps a list for one of its own services, such as CloudFront or S3. Its addresses aren't known,
// but they are few; one block of CloudFront's stands for them. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
func ofService(list *graph.Resource) bool {
	if list == nil || list.Addr.Mode != graph.Data {
		return false
	}
	name, _ := list.Attr("name").Text()
	return strings.HasPrefix(name, "com.amazonaws.")
}

// unread returns the value that decides who is on a list whose entries weren't read.
func unread(list *graph.Resource, reference graph.Value) graph.Value {
	kind := graph.FromResource
	if list.Addr.Mode == graph.Data {
		kind = graph.FromData
	}
	addr := list.Addr.String()
	o := graph.Origin{Kind: kind, Name: addr + ".entries", Resource: addr, Attr: "entries", At: list.Decl}
	return graph.NewValue(cty.DynamicVal.Mark(o), reference.At)
}
