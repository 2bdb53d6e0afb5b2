package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// ovh knows OVHcloud. The firewall of an address at the edge of the network, only for IPv4, drops
// what its rules deny and lets all else pass, as without it; the first rule that matches decides.
// Source: the provider's pages ovh_ip_firewall, ovh_ip_firewall_rule and ovh_cloud_security_group;
// https://help.ovhcloud.com/csm/en-au-dedicated-servers-firewall-network?id=kb_article_view&sysparm_article=KB0043445
func ovh() Provider {
	rule := dialect{
		types:    []string{"ovh_ip_firewall_rule"},
		scope:    ordered("firewall"),
		in:       "ip_on_firewall",
		allows:   &words{attr: "action", yes: []string{"permit"}, no: []string{"deny"}, absent: unclear},
		priority: &priority{attr: "sequence", any: fact.Span{Lo: 0, Hi: 19}},
		idle: []words{
			{attr: "tcp_option", yes: []string{"established"}, no: []string{"syn"}, absent: no},
			{attr: "fragments", yes: []string{"true"}, no: []string{"false"}, absent: no},
		},
		protocol:    protocolIn("protocol", netset.AllProtocols(), spelling{"ipv4", netset.AllProtocols()}),
		ports:       portsIn("destination_port", allPorts, "0"),
		sourcePorts: portsIn("source_port", allPorts, "0"),
		sources: func(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			if !given(o.OwnAttr("source")) {
				return []fact.Term[netset.Prefixes]{constant(ipv4.all())}
			}
			return from{ipv4: []string{"source"}, none: nobody}.read(g, o)
		},
	}
	group := dialect{
		types:    []string{"ovh_cloud_security_group"},
		scope:    group("security group"),
		blocks:   []string{"rule"},
		inbound:  ingress("direction"),
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsBetween("port_range_min", "port_range_max", "0"),
		sources: from{
			addresses: []string{"remote_ip_prefix"}, groups: []string{"remote_group_id"},
			none: everyone, version: "ethernet_type", // as in OpenStack, which it is made of
		}.read,
	}
	firewall := dialect{
		types:  []string{"ovh_ip_firewall"},
		scope:  rule.scope,
		in:     rule.in,
		policy: &words{absent: yes},
		family: ipv4,
		off:    &words{attr: "enabled", yes: []string{"false"}, no: []string{"true"}, absent: no},
	}
	return Provider{Rules: speak(rule, group, firewall)}
}
