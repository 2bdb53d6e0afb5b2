package adapter

import "github.com/tfreach/tfreach/analyzer/netset"

// linode describes the rules of a Linode firewall: the first that matches decides, then the policy, which is required.
// A rule without ports is for all. A firewall that is disabled stops nothing.
// Source: the provider's page linode_firewall; https://techdocs.akamai.com/linode-api/reference/post-firewalls
func linode() Provider {
	firewall := dialect{
		types:    []string{"linode_firewall"},
		scope:    ordered("firewall"),
		blocks:   []string{"inbound"},
		allows:   &words{attr: "action", yes: []string{"ACCEPT"}, no: []string{"DROP"}, absent: unclear},
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsIn("ports", allPorts),
		sources: from{
			ipv4: []string{"ipv4"}, ipv6: []string{"ipv6"},
			none: anyone, // neither page says what a rule without addresses is for
		}.read,
		policy: &words{attr: "inbound_policy", yes: []string{"ACCEPT"}, no: []string{"DROP"}, absent: unclear},
		off:    &words{attr: "disabled", yes: []string{"true"}, no: []string{"false"}, absent: no},
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"linode_instance"}, attrs: []string{"metadata.user_data"}}},
	}
}
