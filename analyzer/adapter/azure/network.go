package azure

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// filter is the network security group of a subnet or of an interface.
type filter struct {
	// groups are the group, or the groups that it may be.
	groups []graph.End
	// sure is true if there surely is a group. outside is true if it may be a group outside the configuration.
	sure, outside bool
	decides       []graph.Origin
}

// none reports whether there surely is no group.
func (f filter) none() bool { return !f.sure && !f.outside && len(f.groups) == 0 }

// add adds a group that may be the one.
func (f *filter) add(e graph.End, sure bool) {
	f.sure = f.sure || sure
	if e.Resource == nil || e.Resource.Addr.Mode != graph.Managed || e.Resource.Addr.Type != "azurerm_network_security_group" {
		f.outside = true
		f.decides = append(f.decides, read.Unmade("the rules", e)...)
		return
	}
	if !sure || !e.Certain {
		f.decides = append(f.decides, append(read.OriginsOf(e.Value), read.OriginsOf(e.Resource.Exists)...)...)
	}
	f.groups = append(f.groups, e)
}

// filterOf returns the network security group of something with a name.
func (n *network) filterOf(name string) filter {
	var out filter
	edges := n.t.From(name, graph.FilteredBy)
	for _, e := range edges {
		out.add(*e.To, e.From.Certain && e.By.Certain && (!e.To.Value.Undecided() || !read.Nullable(e.To.Value)))
		out.decides = append(out.decides, read.OriginsOf(e.By.Exists)...)
	}
	if out.sure {
		return out
	}
	for _, e := range n.t.From("", graph.FilteredBy) {
		if strings.HasPrefix(e.By.Addr.Type, "azurerm_") && read.MayBeMade(e.From.Value) {
			out.add(*e.To, false)
			out.decides = append(out.decides, read.OriginsOf(e.From.Value)...)
		}
	}
	return out
}

// named returns the network security group that a value names.
func (n *network) named(v graph.Value) filter {
	var out filter
	ends := n.t.End(v, true)
	for _, e := range ends {
		out.add(e, len(ends) > 1 || e.Certain && (!v.Undecided() || !read.Nullable(v)))
	}
	return out
}

// subnetFilter returns the network security group of a subnet. If subnets are blocks of their network, nothing tells which one
// is meant, so it may be the group of any of them.
func (n *network) subnetFilter(subnet graph.End) filter {
	if !subnet.Known() {
		return filter{outside: true, decides: read.OriginsOf(subnet.Value)}
	}
	r := subnet.Resource
	if r != nil && r.Addr.Mode == graph.Managed && r.Addr.Type == "azurerm_virtual_network" {
		out := filter{}
		blocks := r.OwnBlocks("subnet")
		sure := len(blocks) > 0
		for _, b := range blocks {
			one := n.named(b.OwnAttr("security_group"))
			sure = sure && one.sure
			for _, e := range one.groups {
				e.Certain = e.Certain && len(blocks) == 1
				out.groups = append(out.groups, e)
			}
			out.outside, out.decides = out.outside || one.outside, append(out.decides, one.decides...)
		}
		out.sure = sure
		if len(blocks) > 1 {
			out.decides = append(out.decides, read.OriginsOf(subnet.Value)...)
		}
		return out
	}
	out := n.filterOf(subnet.Name)
	if !out.sure && !made(subnet) {
		out.outside, out.decides = true, append(out.decides, read.Unmade("the network security group", subnet)...)
	}
	return out
}

// made reports whether the configuration makes a subnet, so that nothing is there that it doesn't add.
func made(subnet graph.End) bool {
	if subnet.Resource == nil || subnet.Resource.Addr.Mode != graph.Managed {
		return false
	}
	typ := subnet.Resource.Addr.Type
	return typ == "azurerm_subnet" || typ == "azurerm_virtual_network"
}

// filtered returns the hops of the network security groups of a subnet and of an interface in it. Where both exist, both must
// let traffic pass; where neither does, the SKU decides. Security admin rules come before each. Source:
// https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works
func (n *network) filtered(i *ipConfiguration, sku sku) []*fact.Hop {
	subnet := n.subnetFilter(i.subnet)
	if subnet.none() && i.filter.none() {
		return n.unfiltered(i, sku)
	}
	var out []*fact.Hop
	add := func(f, other filter, on string) {
		if f.none() {
			return
		}
		// A Standard address without a group is closed. So if there may be no group, whatever passes has passed the group.
		absent := !f.sure && (sku.tier != standardTier || !other.none())
		out = append(out, n.guard(i, f, absent, on))
	}
	add(subnet, i.filter, subnetName(i.subnet))
	add(i.filter, subnet, i.of.Addr.String())
	if !subnet.sure && !i.filter.sure && sku.tier != basicTier {
		hop := sku.withoutGroup(i)
		hop.Takes, hop.Why = read.Perhaps(), "there may be none, and then the SKU of the public address decides"
		hop.Decides = slices.Concat(subnet.decides, i.filter.decides, sku.decides)
		out = append(out, hop)
	}
	return out
}

// unfiltered returns the hops of an interface without a network security group. Security admin rules may stop traffic before
// it, or admit traffic.
func (n *network) unfiltered(i *ipConfiguration, sku sku) []*fact.Hop {
	hop := sku.withoutGroup(i)
	admin, decides := n.adminScopes(i.subnet)
	if len(admin) > 0 {
		hop.Takes, hop.Decides = read.Perhaps(), append(hop.Decides, decides...)
		hop.Why += ", but security admin rules may apply"
	}
	return []*fact.Hop{hop}
}

// guard returns the hop of a network security group.
func (n *network) guard(i *ipConfiguration, f filter, absent bool, on string) *fact.Hop {
	scopes, decides := n.adminScopes(i.subnet)
	hop := &fact.Hop{
		Kind: "network security group", Resource: i.of, At: i.of.Decl, Takes: read.All(),
		Change:  "An inbound rule that allows the port opens it if no rule of a lower priority number denies it; without one it is closed.",
		Decides: append(decides, f.decides...),
	}
	for _, e := range f.groups {
		scopes = append(scopes, fact.ScopeRef{
			ScopeID: fact.ScopeID{Kind: NetworkSecurityGroup().Kind, Name: e.Name}, Certain: f.sure && e.Certain && len(f.groups) == 1 && !f.outside,
		})
		if hop.Resource == i.of {
			hop.Resource, hop.At = e.Resource, e.Resource.Decl
		}
	}
	if f.outside {
		scopes = append(scopes, fact.ScopeRef{ScopeID: fact.ScopeID{Kind: NetworkSecurityGroup().Kind}, Others: true})
	}
	hop.Guard = n.guards.Share(fact.Guard{
		By: fact.InOrder{Scopes: scopes, Member: i.member}, Direction: fact.In, Gaps: fact.Gaps{Absent: absent, Inside: true},
	})
	switch names := read.EndNames(f.groups); {
	case len(names) > 0 && f.sure:
		hop.Why = "its rules decide what enters " + on
	case len(names) > 0:
		hop.Why = "its rules may decide what enters " + on
	default:
		hop.Why = "that of " + on + " is outside the configuration"
	}
	return hop
}

// adminScopes returns the scopes of the security admin configurations that are, or may be, deployed to a subnet's network, and
// what decides that. Source: https://learn.microsoft.com/azure/virtual-network-manager/concept-security-admins
func (n *network) adminScopes(graph.End) (scopes []fact.ScopeRef, decides []graph.Origin) {
	for _, r := range n.t.OfType("azurerm_network_manager_security_admin_configuration") {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		name := r.Addr.String()
		deployed := false
		for _, d := range n.t.OfType("azurerm_network_manager_deployment") {
			for _, e := range n.t.EndsOf(d.OwnAttr("configuration_ids"), d.Certain) {
				deployed = deployed || e.Resource == r && e.Certain
			}
		}
		scopes = append(scopes, fact.ScopeRef{ScopeID: fact.ScopeID{Kind: "security admin configuration", Name: name}, Certain: deployed && r.Certain})
		decides = append(decides, read.Outside("the networks that "+name+" is deployed to", graph.Value{At: r.Decl}))
	}
	return scopes, decides
}

// networkGroups returns the network groups that surely contain a subnet's network, by their static members. others is true if
// there may be more, since a policy may choose members.
func (n *network) networkGroups(subnet graph.End) (names []string, others bool) {
	groups := n.t.OfType("azurerm_network_manager_network_group")
	if len(groups) == 0 {
		return nil, false
	}
	network := n.networkOf(subnet)
	for _, group := range groups {
		static := false
		for _, m := range n.t.Referrers(group, "azurerm_network_manager_static_member", "network_group_id") {
			for _, e := range n.t.End(m.OwnAttr("target_virtual_network_id"), m.Certain) {
				static = static || e.Resource != nil && e.Certain
				if e.Resource != nil && e.Resource == network && e.Certain {
					names = append(names, group.Addr.String())
				}
			}
		}
		others = others || !static
	}
	return names, others || network == nil
}

// networkOf returns the virtual network of a subnet; nil if it isn't in the configuration.
func (n *network) networkOf(subnet graph.End) *graph.Resource {
	r := subnet.Resource
	switch {
	case r == nil:
		return nil
	case r.Addr.Type == "azurerm_virtual_network":
		return r
	}
	return read.ScopeNamed(n.t.Graph, r, "virtual_network_name", naming("azurerm_virtual_network"), fact.Scope{}).Resource
}
