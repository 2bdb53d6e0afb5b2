package aws

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// lightsail describes the public ports of a Lightsail instance, which close all others. A port for which no addresses
// are named is open to everyone. The only alias of addresses stands for the browser client in the Lightsail console.
// Source: the provider's page aws_lightsail_instance_public_ports, and
// https://docs.aws.amazon.com/lightsail/latest/userguide/understanding-firewall-and-port-mappings-in-amazon-lightsail.html
func lightsail() read.Dialect {
	protocols := read.RequiredProtocol("protocol") // required
	return read.Dialect{
		Types:    []string{"aws_lightsail_instance_public_ports"},
		Scope:    read.Group("instance firewall"),
		Blocks:   []string{"port_info"},
		Protocol: protocols,
		Ports:    func(o graph.Object) fact.Term[netset.Ports] { return ports(o, protocols(o).Set) },
		Sources: read.From{
			IPv4: []string{"cidrs"}, IPv6: []string{"ipv6_cidrs"}, Groups: []string{"cidr_list_aliases"}, None: read.Everyone,
		}.Read,
	}
}

const lightsailPorts = "aws_lightsail_instance_public_ports"

// lightsailDefault reads what an instance opens to everyone unless a resource for its public ports replaces it: SSH, or RDP on
// Windows, and HTTP; some blueprints open HTTPS, too.
// Source: https://docs.aws.amazon.com/lightsail/latest/userguide/understanding-firewall-and-port-mappings-in-amazon-lightsail.html
func lightsailDefault() read.Adapter {
	return read.Adapter{
		Types: []string{"aws_lightsail_instance"}, Reads: []string{lightsailPorts},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			blueprint, known := r.Attr("blueprint_id").Text()
			login := netset.Exactly(netset.Port(22))
			switch {
			case !known:
				login = netset.Bounds[netset.Ports]{May: netset.Port(22).Union(netset.Port(3389))}
			case strings.HasPrefix(blueprint, "windows"):
				login = netset.Exactly(netset.Port(3389))
			}
			rule := read.Everything(r, read.Own(r, read.Group("instance firewall")), r.Attr("blueprint_id"))
			rule.Protocol = read.Constant(read.TCP())
			rule.Ports = fact.Term[netset.Ports]{Set: netset.UnionBounds(login, netset.Bounds[netset.Ports]{
				Must: netset.Port(80), May: netset.Port(80).Union(netset.Port(443)),
			})}
			name, named := r.Attr("name").Text()
			for _, ports := range g.OfType(lightsailPorts) {
				v := ports.Attr("instance_name")
				targets, whole := g.Refer(v)
				text, ok := v.Text()
				switch {
				case ok && named && text == name, whole && len(targets) == 1 && targets[0].Resource == r && ports.Certain:
					return nil
				case !ok && (!whole || slices.Contains(targets, graph.Target{Resource: r})), ok && !named:
					read.Doubt(rule, v)
				}
			}
			return []*fact.Ingress{rule}
		},
	}
}
