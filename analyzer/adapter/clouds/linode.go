package clouds

import (
	"slices"

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
		Behind: &read.Machine{
			Firewall: read.Ordered("firewall"), Firewalls: []string{"linode_firewall"}, In: []string{"firewall_id"},
			By: []read.Guarding{
				{Type: "linode_firewall", Machines: "nodebalancers"},
				{Type: "linode_firewall_device", Firewall: "firewall_id", Machines: "entity_id"},
			},
			Unguarded: read.Everyone,
		},
		Protocol: read.ListenerProtocol("protocol", read.TCP()),
		Ports:    read.PortsIn("port", linodeDefaultPort),
	}}
}

func linodeDefaultPort(graph.Object) fact.Term[netset.Ports] { return read.Constant(netset.Port(80)) }

// linodeMachines are instances. One has public addresses unless it lists its interfaces and none of them is public or has a
// public address by 1:1 NAT. What a configuration of its own lists counts as well. An interface that is a resource is public if it says so. Without a firewall everything is open.
// Source: the provider's pages linode_instance, linode_interface, linode_firewall, linode_firewall_device
// and linode_firewall_settings.
func linodeMachines() *read.Cloud {
	listed := linodeBooted(read.PublicByOwn("interface.purpose",
		read.Words{Yes: []string{"public"}, No: []string{"vlan", "vpc"}, Absent: read.Unclear}, read.Yes))
	// An instance whose interfaces are resources has no public address of its own.
	public := func(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
		if len(l.OwnBlocks("interface")) == 0 {
			if is, _, v := (read.Guard{Type: "linode_interface", Attr: "linode_id"}).Of(g, l.Resource); is == read.Yes {
				return read.No, v
			} else if is == read.Unclear {
				return is, v
			}
		}
		return listed(g, l)
	}
	return read.WaysTo(read.Machine{
		Types: []string{"linode_instance"}, Word: "instance",
		IPv4:     read.PublicEither(public, linodeBooted(read.PublicWithOwn("interface.ipv4.nat_1_1"))),
		IPv6:     read.PublicEither(public, linodeBooted(read.PublicWithOwn("interface.ipv6.is_public"))),
		Firewall: read.Ordered("firewall"), Firewalls: []string{"linode_firewall"},
		In: []string{"firewall_id"},
		By: []read.Guarding{
			{Type: "linode_firewall", Machines: "linodes"},
			{Type: "linode_firewall", Machines: "interfaces"},
			{Type: "linode_firewall_device", Firewall: "firewall_id", Machines: "entity_id"},
		},
		// The account may have a firewall for new instances.
		Selects: []read.Guarding{{
			Type: "linode_firewall_settings", Firewall: "default_firewall_ids.linode", Machines: "default_firewall_ids.linode",
		}},
		Unguarded: read.Everyone,
		Interfaces: []read.Interface{{
			Type: "linode_interface", Machine: "linode_id", Guards: []string{"firewall_id"}, Unguarded: read.Everyone,
			IPv4: read.PublicWith("public", "vpc.ipv4.addresses.nat_1_1_address"), IPv6: read.PublicWith("public"),
		}},
		Reads: []string{linodeConfig},
	})
}

const linodeConfig = "linode_instance_config"

// linodeBooted returns what the configurations that an instance may boot say: the one that it makes itself if it names an image or
// interfaces, and those that are resources. If they differ, it isn't known which one it boots. Source: the provider's page
// linode_instance_config.
func linodeBooted(one read.Publicity) read.Publicity {
	return func(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
		var found []*graph.Resource
		for _, c := range g.OfType(linodeConfig) {
			if targets, whole := g.Refer(c.Attr("linode_id")); !whole && read.MayBeMade(c.Attr("linode_id")) {
				return read.Unclear, c.Attr("linode_id")
			} else if slices.Contains(targets, graph.Target{Resource: l.Resource}) {
				found = append(found, c)
			}
		}
		is, by := one(g, l)
		first := len(found) > 0 && !read.Given(l.OwnAttr("image")) && len(l.OwnBlocks("interface")) == 0
		for _, c := range found {
			l.Object = c.Object
			answer, v := one(g, l)
			switch {
			case first && c.Certain:
				is, by, first = answer, v, false
			case answer != is:
				return read.Unclear, read.Opaque("which configuration "+l.Resource.Addr.String()+" boots", c.Decl)
			}
		}
		return is, by
	}
}
