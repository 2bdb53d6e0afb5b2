package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// linode describes the rules of a Linode firewall: the first that matches decides, then the policy, which is required.
// A rule without ports is for all. A firewall that is disabled stops nothing.
// Source: the provider's page linode_firewall; https://techdocs.akamai.com/linode-api/reference/post-firewalls
func linode() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"linode_firewall"},
		Scope:    read.Ordered("firewall"),
		Blocks:   []string{"inbound"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"ACCEPT"}, No: []string{"DROP"}, Absent: read.Unclear},
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsIn("ports", read.AllPorts),
		Sources: read.From{
			IPv4: []string{"ipv4"}, IPv6: []string{"ipv6"},
			None: read.Anyone, // neither page says what a rule without addresses is for
		}.Read,
		Policy: &read.Words{Attr: "inbound_policy", Yes: []string{"ACCEPT"}, No: []string{"DROP"}, Absent: read.Unclear},
		Off:    &read.Words{Attr: "disabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No},
	}
	return read.Provider{
		Publishers: linodePublishers(),
		Ways:       linodeMachines(),
		Rules:      read.Speak(firewall),
		UserData: []read.UserData{
			{Types: []string{"linode_instance"}, Attrs: []string{"metadata.user_data"}},
			{Types: []string{"linode_stackscript"}, Scripts: []string{"script"}},
		},
	}
}

// linodePublishers are the configurations of NodeBalancers, which always have public addresses. A firewall may guard one.
// Source: the provider's pages linode_nodebalancer_config and linode_nodebalancer.
func linodePublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"linode_nodebalancer_config"}, Kind: "NodeBalancer",
		Balancer: "nodebalancer_id", Of: []string{"linode_nodebalancer"},
		Guards: []string{"firewall_id"}, NoGuard: read.Everyone,
		GuardedBy: []read.Guard{{Type: "linode_firewall", Attr: "nodebalancers"}, {Type: "linode_firewall_device", Attr: "entity_id"}},
		Protocol:  read.ListenerProtocol("protocol", read.TCP()),
		Ports:     read.PortsIn("port", linodeDefaultPort),
	}}
}

func linodeDefaultPort(graph.Object) fact.Term[netset.Ports] { return read.Constant(netset.Port(80)) }

// linodeMachines are instances. One has public addresses unless it lists its interfaces and none of them is public. Without
// a firewall everything is open.
// Source: the provider's pages linode_instance, linode_firewall and linode_firewall_device.
func linodeMachines() *read.Cloud {
	public := read.PublicByOwn("interface.purpose", read.Words{Yes: []string{"public"}, No: []string{"vlan"}, Absent: read.Unclear}, read.Yes)
	return read.WaysTo(read.Machine{
		Types: []string{"linode_instance"}, Word: "instance", IPv4: public, IPv6: public,
		Firewall: read.Ordered("firewall"), Firewalls: []string{"linode_firewall"},
		In: []string{"firewall_id"},
		By: []read.Guarding{
			{Type: "linode_firewall", Machines: "linodes"},
			{Type: "linode_firewall_device", Firewall: "firewall_id", Machines: "entity_id"},
		},
		Unguarded: read.Everyone,
	})
}
