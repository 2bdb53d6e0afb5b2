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
			if !known {
				rule.Ports.Attrs, rule.Ports.Values = []string{"blueprint_id"}, []graph.Value{r.Attr("blueprint_id")}
			}
			name, named := r.Attr("name").Text()
			for _, ports := range g.OfType(lightsailPorts) {
				v := ports.Attr("instance_name")
				targets, whole := g.Refer(v)
				text, ok := v.Text()
				switch {
				case ok && named && text == name, whole && len(targets) == 1 && targets[0].Resource == r && ports.Certain:
					return nil
				case !ok && (!whole || slices.Contains(targets, graph.Target{Resource: r})):
					read.Doubt(rule, v)
				case ok && !named:
					read.Doubt(rule, r.Attr("name"))
				}
			}
			return []*fact.Ingress{rule}
		},
	}
}

// lightsailMachines are instances, which have public addresses of the families that they ask for. Each is guarded by what it opens by
// default, or by the public ports that name it. Source: the provider's pages aws_lightsail_instance and
// aws_lightsail_instance_public_ports.
func lightsailMachines() *read.Cloud {
	const instance = "aws_lightsail_instance"
	family := func(other string) read.Publicity {
		words := read.Words{Yes: []string{"dualstack", "ipv4", "ipv6"}, No: []string{other}, Absent: read.Yes}
		words.Yes = slices.DeleteFunc(words.Yes, func(w string) bool { return w == other })
		return read.PublicByOwn("ip_address_type", words, read.Yes)
	}
	return read.WaysTo(read.Machine{
		Types: []string{instance}, Word: "Lightsail instance", IPv4: family("ipv6"), IPv6: family("ipv4"),
		Firewall: read.Group("instance firewall"), Firewalls: []string{instance, lightsailPorts},
		By:        []read.Guarding{{Type: lightsailPorts, Machines: "instance_name"}},
		Tagged:    []read.Tag{{Type: instance, Firewall: "name", Machine: "name"}, {Type: lightsailPorts, Firewall: "instance_name", Machine: "name"}},
		Unguarded: read.Nobody,
		Reads:     []string{"aws_lightsail_static_ip_attachment", "aws_lightsail_disk_attachment"},
	})
}
