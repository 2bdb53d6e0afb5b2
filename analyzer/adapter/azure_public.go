package adapter

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// azureTier is what a public address, or a load balancer, lets in where no network security group says anything.
type azureTier uint8

const (
	// basicTier is open without a group, and standardTier is closed.
	// Source: https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses
	basicTier azureTier = iota + 1
	standardTier
	unknownTier
)

// azureSKU is the tier of an address, with what decides it.
type azureSKU struct {
	tier azureTier
	// of names the address or the load balancer.
	of      string
	decides []graph.Origin
}

// azureSKUOf reads the SKU of a public address or a load balancer. Its default was Basic in versions of the provider up
// to 3 and is Standard since 4.0, so without it the version decides, unless something is set that only one of them has:
// Basic addresses can be dynamic, Standard ones be zonal, global, or from a prefix.
// Source: the provider's pages azurerm_public_ip and azurerm_lb, and its 4.0 upgrade guide.
func azureSKUOf(r *graph.Resource) azureSKU {
	out := azureSKU{tier: unknownTier, of: r.Addr.String()}
	v := r.OwnAttr("sku")
	text, known := v.Text()
	allocation, _ := r.OwnAttr("allocation_method").Text()
	tier, _ := r.OwnAttr("sku_tier").Text()
	switch {
	case r.Addr.Mode != graph.Managed:
		out.decides = []graph.Origin{outside("the SKU of "+out.of, graph.Value{At: r.Decl})}
	case known && strings.EqualFold(text, "Basic"):
		out.tier = basicTier
	case known && text != "":
		out.tier = standardTier
	case given(v):
		out.decides = originsOf(v)
	case strings.EqualFold(allocation, "Dynamic"):
		out.tier = basicTier
	case given(r.OwnAttr("public_ip_prefix_id")), given(r.OwnAttr("zones")), strings.EqualFold(tier, "Global"):
		out.tier = standardTier
	default:
		version := r.ProviderAtLeast(4, 0)
		switch standard, known := version.Bool(); {
		case !known:
			out.decides = originsOf(version)
		case standard:
			out.tier = standardTier
		default:
			out.tier = basicTier
		}
	}
	return out
}

// azurePublicAddress is a public address that something has, or may have.
type azurePublicAddress struct {
	hop    *fact.Hop
	sku    azureSKU
	family family
}

// addresses returns the public addresses that an attribute of r gives it. Of one that isn't in the configuration the
// version of the private address, an attribute of the configuration block, tells the family.
func (n *azureNetwork) addresses(r *graph.Resource, config graph.Object, attr string) []azurePublicAddress {
	v := config.OwnAttr(attr)
	if !given(v) {
		out := make([]azurePublicAddress, 0, 2)
		for _, f := range azureFamilies(config.OwnAttr("private_ip_address_version")) {
			out = append(out, azurePublicAddress{family: f, sku: azureSKU{tier: standardTier}, hop: &fact.Hop{
				Kind: "public address", Resource: r, At: r.Decl, Passes: none(), Why: "it has none",
				Change: attr + " with the ID of an azurerm_public_ip would give it one.",
			}})
		}
		return out
	}
	var out []azurePublicAddress
	for _, e := range n.t.End(v, true) {
		out = append(out, azurePublicAddressOf(r, e, config.OwnAttr("private_ip_address_version"))...)
	}
	return out
}

// azurePublicAddressOf returns the public address that an end of a reference is; one whose family isn't known as two.
func azurePublicAddressOf(r *graph.Resource, e graph.End, private graph.Value) []azurePublicAddress {
	name := e.Name
	if name == "" {
		name = "a public address"
	}
	sku := azureSKU{tier: unknownTier, of: name}
	version := private
	sure := e.Certain
	switch {
	case e.Resource != nil && e.Resource.Addr.Type == "azurerm_public_ip":
		sku = azureSKUOf(e.Resource)
		if e.Resource.Addr.Mode == graph.Managed {
			version = e.Resource.OwnAttr("ip_version")
		}
	default:
		sku.decides = []graph.Origin{outside("the SKU of "+name, e.Value)}
		if e.Name == "" {
			sku.decides = originsOf(e.Value)
		}
		// What isn't known may turn out to be null.
		sure = sure && (!e.Value.Undecided() || !nullable(e.Value))
	}
	families := azureFamilies(version)
	var out []azurePublicAddress
	for _, f := range families {
		hop := &fact.Hop{
			Kind: "public address", Resource: r, At: e.Value.At, Passes: all(), Why: "it has the address " + name,
			Change: "Without that address nothing reaches it from the internet.",
		}
		if e.Resource != nil {
			hop.Resource, hop.At, hop.Why = e.Resource, e.Resource.Decl, "it belongs to "+r.Addr.String()
		}
		if !sure {
			hop.Passes, hop.Why, hop.Decides = perhaps(), "it may belong to "+r.Addr.String(), originsOf(e.Value)
			if e.Resource != nil && !e.Resource.Certain {
				hop.Decides = append(hop.Decides, originsOf(e.Resource.Exists)...)
			}
		}
		if len(families) > 1 {
			hop.Passes, hop.Decides = perhaps(), append(hop.Decides, originsOf(version)...)
		}
		out = append(out, azurePublicAddress{hop: hop, sku: sku, family: f})
	}
	return out
}

// azureFamilies returns the families that a version, IPv4 or IPv6, may be. The default is IPv4 wherever there is one.
// Source: the provider's pages azurerm_public_ip and azurerm_network_interface.
func azureFamilies(version graph.Value) []family {
	switch text, known := version.Text(); {
	case !given(version):
		return []family{ipv4}
	case known && strings.EqualFold(text, "IPv6"):
		return []family{ipv6}
	case known:
		return []family{ipv4}
	}
	return []family{ipv4, ipv6}
}

// withoutGroup is the hop of a public address in front of something that no network security group filters.
func (s azureSKU) withoutGroup(i *azureNIC) *fact.Hop {
	hop := &fact.Hop{
		Kind: "network security group", Resource: i.of, At: i.of.Decl, Decides: s.decides,
		Change: "A network security group on the subnet or the interface decides instead.",
	}
	switch s.tier {
	case basicTier:
		hop.Passes, hop.Why = all(), "there is none, and "+s.of+" is Basic, which is open without one"
	case standardTier:
		hop.Passes, hop.Why = none(), "there is none, and a Standard address is closed without one"
	case unknownTier:
		hop.Passes, hop.Why = perhaps(), "there is none, and whether "+s.of+" is Basic, which is open without one, isn't known"
	}
	return hop
}

// doubted returns a hop that perhaps lets pass what it otherwise surely would, and what decides that.
func doubted(hop *fact.Hop, why string, decides ...graph.Origin) *fact.Hop {
	out := *hop
	out.Passes = netset.Bounds[netset.Prefixes]{May: hop.Passes.May}
	out.Why, out.Decides = why, append(out.Decides, decides...)
	return &out
}
