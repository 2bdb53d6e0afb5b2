package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// outscale describes the rules of an Outscale security group, which allow only: one in the resource itself, or several
// in blocks of it. Source: the provider's page outscale_security_group_rule.
func outscale() read.Provider {
	firewall := read.Dialect{
		Types:   []string{"outscale_security_group_rule"},
		Scope:   read.Group("security group"),
		In:      "security_group_id",
		Of:      "outscale_security_group",
		Blocks:  []string{"rules"},
		Alone:   true,
		Inbound: &read.Words{Attr: "flow", Yes: []string{"Inbound"}, No: []string{"Outbound"}, Absent: read.Unclear},
		// It stands in the resource, also where the rules are in blocks.
		PerResource: true,
		Protocol:    read.ProtocolIn("ip_protocol", netset.AllProtocols()),
		Ports:       read.PortsBetween("from_port_range", "to_port_range", "-1"),
		// The other sources are groups and the account's access points to services.
		Sources: read.From{Addresses: []string{"ip_range", "ip_ranges"}, None: read.Nobody}.Read,
	}
	return read.Provider{
		Publishers: outscalePublishers(),
		Ways:       outscaleMachines(),
		Rules:      read.Speak(firewall),
		UserData:   []read.UserData{{Types: []string{"outscale_vm"}, Attrs: []string{"user_data"}}},
	}
}

// outscalePublishers are load balancers. Outside of a Net all are internet-facing; in one, which subnets tell, the type
// says it, and security groups of the Net decide who comes in.
// Source: the provider's page outscale_load_balancer;
// https://docs.outscale.com/en/userguide/About-Security-Groups-in-LBU.html
func outscalePublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"outscale_load_balancer"}, Kind: "load balancer", Blocks: []string{"listeners"}, Name: "load_balancer_name",
		Public: func(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
			scheme := read.Words{Attr: "load_balancer_type", Yes: []string{"internet-facing"}, No: []string{"internal"}, Absent: read.Yes}
			if read.Given(l.Balancer.OwnAttr("subnets")) {
				scheme.Absent = read.Unclear
			}
			return scheme.Of(l.Balancer.Object)
		},
		Behind: &read.Machine{
			Firewall: read.Group("security group"), Firewalls: []string{"outscale_security_group"}, In: []string{"security_groups"},
			Unguarded: read.Anyone,
		},
		Inside:   []string{"subnets"},
		Protocol: read.ListenerProtocol("load_balancer_protocol", read.TCP()),
		Ports:    read.PortsIn("load_balancer_port", read.AllPorts),
	}}
}

// outscaleMachines are VMs. Outside of a Net, which a subnet tells, all have a public address; in one, those do that an address
// is linked to, or whose subnet gives them one. Source: the provider's pages outscale_vm, outscale_nic, outscale_nic_link,
// outscale_public_ip_link and outscale_subnet.
func outscaleMachines() *read.Cloud {
	const link, subnet = "outscale_public_ip_link", "outscale_subnet"
	own := func(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
		v := l.OwnAttr("subnet_id")
		if !read.Given(v) {
			for _, attr := range []string{"nics", "primary_nic"} {
				if blocks := l.Resource.OwnBlocks(attr); len(blocks) > 0 {
					return read.No, graph.Value{} // interfaces are in a Net
				}
			}
			return read.Yes, graph.Value{}
		}
		mapped := read.Words{Attr: "map_public_ip_on_launch", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
		targets, whole := g.Refer(v)
		if whole && len(targets) == 1 && targets[0].Resource != nil && targets[0].Resource.Addr.Type == subnet {
			return mapped.Of(targets[0].Resource.Object)
		}
		return read.Unclear, v
	}
	return read.WaysTo(read.Machine{
		Types: []string{"outscale_vm"}, Word: "VM",
		IPv4:     read.PublicEither(read.PublicThrough(link, "vm_id"), own),
		Firewall: read.Group("security group"), Firewalls: []string{"outscale_security_group"}, Name: "security_group_name",
		Each: []string{"nics", "primary_nic"}, Bound: true,
		In: []string{"security_group_ids", "security_group_names"}, Unguarded: read.Anyone,
		Interfaces: []read.Interface{{
			Type: "outscale_nic", In: []string{"nics.nic_id", "primary_nic.nic_id"},
			By:   []read.Joint{{Type: "outscale_nic_link", Interface: "nic_id", Machine: "vm_id"}},
			IPv4: read.PublicThrough(link, "nic_id"), Guards: []string{"security_group_ids"}, Unguarded: read.Anyone,
		}},
		Reads: []string{link, subnet},
	})
}
