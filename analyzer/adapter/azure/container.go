package azure

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// containerGroup returns a container group with the way to its public address. No network security group filters it, so
// everyone reaches the ports that it exposes: those that it names, else those of its containers. The address is IPv4. Source:
// the provider's page azurerm_container_group.
func containerGroup(r *graph.Resource) fact.Endpoint {
	e := fact.Endpoint{Resource: r, Kind: fact.Published, Word: "container group"}
	var hops []*fact.Hop
	if maybe := read.Present(r, e.Word); maybe != nil {
		hops = append(hops, maybe)
	}
	v := r.OwnAttr("ip_address_type")
	address := &fact.Hop{
		Kind: "public address", Resource: r, At: r.Decl, Takes: read.All(), Why: "ip_address_type is Public, its default",
		Change: "Set ip_address_type to Private or None to take it off the internet.",
	}
	switch text, known := v.Text(); {
	case !read.Given(v):
	case !known:
		address.At, address.Takes, address.Why, address.Decides = v.At, read.Perhaps(), "ip_address_type isn't known", read.OriginsOf(v)
	case strings.EqualFold(text, "Public"):
		address.At, address.Why = v.At, "ip_address_type is Public"
	default:
		address.At, address.Takes, address.Why = v.At, read.None(), "ip_address_type is "+read.Told(text, v)
		address.Change = "Set ip_address_type to Public to put it on the internet."
	}
	ports := r.OwnBlocks("exposed_port")
	if !slices.ContainsFunc(ports, func(b graph.Block) bool { return b.Certain }) {
		named := len(ports) > 0
		for _, c := range r.OwnBlocks("container") {
			for _, b := range read.Nested(c, "ports") {
				b.Certain = b.Certain && !named
				ports = append(ports, b)
			}
		}
	}
	exposed := read.Listens(r, ports, "port", "protocol", carried)
	exposed.Kind = "exposed ports"
	exposed.Why = strings.Replace(exposed.Why, "it has no listener", "it exposes no port", 1)
	exposed.Why = strings.Replace(exposed.Why, "it listens on", "it exposes", 1)
	exposed.Change = "A port opens it in exposed_port or, without any there, in the ports of a container; left out of those it is closed."
	e.Ways = []fact.Way{{Family: read.IPv4.All(), Hops: append(hops, address, exposed)}}
	return e
}
