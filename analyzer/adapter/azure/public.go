package azure

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// tier says what a public address, or a load balancer, lets in without a network security group.
type tier uint8

const (
	// basicTier is open without a group, and standardTier is closed.
	// Source: https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses
	basicTier tier = iota + 1
	standardTier
	unknownTier
)

// sku is the tier of an address, with what decides it.
type sku struct {
	tier tier
	// of names the address or the load balancer.
	of      string
	decides []graph.Origin
}

// skuOf reads the SKU of a public address or a load balancer. The default was Basic up to version 3 of the provider and is
// Standard since 4.0. Without the attribute, the version decides, unless something is set that only one of the two has: a Basic
// address can be dynamic; a Standard one can be zonal, global, or from a prefix. Source: the provider's pages azurerm_public_ip
// and azurerm_lb, and its 4.0 upgrade guide.
func skuOf(r *graph.Resource) sku {
	out := sku{tier: unknownTier, of: r.Addr.String()}
	v := r.OwnAttr("sku")
	text, known := v.Text()
	allocation, _ := r.OwnAttr("allocation_method").Text()
	tier, _ := r.OwnAttr("sku_tier").Text()
	switch {
	case r.Addr.Mode != graph.Managed:
		out.decides = []graph.Origin{read.Outside("the SKU of "+out.of, graph.Value{At: r.Decl})}
	case known && strings.EqualFold(text, "Basic"):
		out.tier = basicTier
	case known && text != "":
		out.tier = standardTier
	case read.Given(v):
		out.decides = read.OriginsOf(v)
	case strings.EqualFold(allocation, "Dynamic"):
		out.tier = basicTier
	case read.Given(r.OwnAttr("public_ip_prefix_id")), read.Given(r.OwnAttr("zones")), strings.EqualFold(tier, "Global"):
		out.tier = standardTier
	default:
		version := r.ProviderAtLeast(4, 0)
		switch standard, known := version.Bool(); {
		case !known:
			out.decides = read.OriginsOf(version)
		case standard:
			out.tier = standardTier
		default:
			out.tier = basicTier
		}
	}
	return out
}

// publicAddress is a public address that something has, or may have.
type publicAddress struct {
	hop    *fact.Hop
	sku    sku
	family read.Family
}

// addresses returns the public addresses that an attribute of r gives it. If an address isn't in the configuration, the version
// of the private address, an attribute of the configuration block, tells the family.
func (n *network) addresses(r *graph.Resource, config graph.Object, attr string) []publicAddress {
	v := config.OwnAttr(attr)
	if !read.Given(v) {
		out := make([]publicAddress, 0, 2)
		for _, f := range families(config.OwnAttr("private_ip_address_version")) {
			out = append(out, publicAddress{family: f, sku: sku{tier: standardTier}, hop: &fact.Hop{
				Kind: "public address", Resource: r, At: r.Decl, Takes: read.None(), Why: "it has none",
				Change: attr + " with the ID of an azurerm_public_ip would give it one.",
			}})
		}
		return out
	}
	var out []publicAddress
	for _, e := range n.t.End(v, true) {
		out = append(out, publicAddressOf(r, e, config.OwnAttr("private_ip_address_version"))...)
	}
	return out
}

// publicAddressOf returns the public address that an end refers to; two if its family isn't known.
func publicAddressOf(r *graph.Resource, e graph.End, private graph.Value) []publicAddress {
	name := e.Name
	if name == "" {
		name = "a public address"
	}
	sku := sku{tier: unknownTier, of: name}
	version := private
	sure := e.Certain
	switch {
	case e.Resource != nil && e.Resource.Addr.Type == "azurerm_public_ip":
		sku = skuOf(e.Resource)
		if e.Resource.Addr.Mode == graph.Managed {
			version = e.Resource.OwnAttr("ip_version")
		}
	default:
		sku.decides = []graph.Origin{read.Outside("the SKU of "+name, e.Value)}
		if !e.Known() {
			sku.decides = read.OriginsOf(e.Value)
		}
		// What isn't known may turn out to be null.
		sure = sure && (!e.Value.Undecided() || !read.Nullable(e.Value))
		if e.Resource != nil {
			// A resource of an unread type may give an address of either version, or none.
			version, sure = graph.Undecidable(read.Outside("the version of "+name, e.Value)), false
		}
	}
	families := families(version)
	var out []publicAddress
	for _, f := range families {
		hop := &fact.Hop{
			Kind: "public address", Resource: r, At: e.Value.At, Takes: read.All(), Why: "it has the address " + name,
			Change: "Without that address nothing reaches it from the internet.",
		}
		if e.Resource != nil {
			hop.Resource, hop.At, hop.Why = e.Resource, e.Resource.Decl, "it belongs to "+r.Addr.String()
		}
		if !sure {
			hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "it may belong to "+r.Addr.String(), read.OriginsOf(e.Value)
			if e.Resource != nil && !e.Resource.Certain {
				hop.Decides = append(hop.Decides, read.OriginsOf(e.Resource.Exists)...)
			}
		}
		if len(families) > 1 {
			hop.Takes, hop.Decides = read.Perhaps(), append(hop.Decides, read.OriginsOf(version)...)
		}
		out = append(out, publicAddress{hop: hop, sku: sku, family: f})
	}
	return out
}

// families returns the families that a version, IPv4 or IPv6, may be. IPv4 is the default everywhere. Source: the provider's
// pages azurerm_public_ip and azurerm_network_interface.
func families(version graph.Value) []read.Family {
	switch text, known := version.Text(); {
	case !read.Given(version):
		return []read.Family{read.IPv4}
	case known && strings.EqualFold(text, "IPv6"):
		return []read.Family{read.IPv6}
	case known:
		return []read.Family{read.IPv4}
	}
	return []read.Family{read.IPv4, read.IPv6}
}

// withoutGroup returns the hop of a public address before something without a network security group.
func (s sku) withoutGroup(i *ipConfiguration) *fact.Hop {
	hop := &fact.Hop{
		Kind: "network security group", Resource: i.of, At: i.of.Decl, Decides: s.decides,
		Change: "A network security group on the subnet or the interface decides instead.",
	}
	switch s.tier {
	case basicTier:
		hop.Takes, hop.Why = read.All(), "there is none, and "+s.of+" is Basic, which is open without one"
	case standardTier:
		hop.Takes, hop.Why = read.None(), "there is none, and a Standard address is closed without one"
	case unknownTier:
		hop.Takes, hop.Why = read.Perhaps(), "there is none, and whether "+s.of+" is Basic, which is open without one, isn't known"
	}
	return hop
}

// doubted returns a hop that lets pass only perhaps what it would surely let pass, with what decides that.
func doubted(hop *fact.Hop, why string, decides ...graph.Origin) *fact.Hop {
	out := *hop
	out.Takes.Must = netset.Traffic{}
	out.Why, out.Decides = why, append(out.Decides, decides...)
	return &out
}
