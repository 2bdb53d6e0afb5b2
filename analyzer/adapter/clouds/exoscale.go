package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// exoscale describes the rules of an Exoscale security group, which allow only.
// Source: the provider's page exoscale_security_group_rule.
func exoscale() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"exoscale_security_group_rule"},
		Scope:    read.Group("security group"),
		In:       "security_group_id",
		Of:       "exoscale_security_group",
		Inbound:  read.Ingress("type"),
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsBetween("start_port", "end_port", "0"),
		Sources: read.From{
			Addresses: []string{"cidr"}, Groups: []string{"user_security_group_id", "user_security_group"},
			Lists: []read.List{{Attr: "public_security_group"}}, // Exoscale's own lists
			None:  read.Anyone,                                  // the page doesn't say what a rule without a source is for
		}.Read,
	}
	return read.Provider{
		Publishers: exoscalePublishers(),
		Ways:       exoscaleMachines(),
		Rules:      read.Speak(firewall),
		UserData:   []read.UserData{{Types: []string{"exoscale_compute_instance", "exoscale_instance_pool"}, Attrs: []string{"user_data"}}},
	}
}

// exoscalePublishers are the services of network load balancers, which are always public. Clients keep their addresses, so the
// security groups of the pool behind a load balancer decide, too. They aren't known if the load balancer lies outside the
// configuration. Source: the provider's page exoscale_nlb_service.
func exoscalePublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"exoscale_nlb_service"}, Kind: "load balancer service",
		Balancer: "nlb_id", Of: []string{"exoscale_nlb"}, Public: read.AlwaysPublic,
		Protocol: read.ListenerProtocol("protocol", read.TCP()),
		Ports:    read.PortsIn("port", read.AllPorts),
		Keeps:    "target_port",
	}}
}

// exoscaleMachines are instances and pools of them, also as nodes of clusters. An instance has a public address unless it is private and has no elastic IP.
// Without a security group nobody comes in. Source: the provider's pages exoscale_compute_instance, exoscale_instance_pool and
// exoscale_sks_nodepool; https://community.exoscale.com/product/networking/security-group/
func exoscaleMachines() *read.Cloud {
	instance := read.Machine{
		Types: []string{"exoscale_compute_instance", "exoscale_instance_pool"}, Word: "instance",
		IPv4: read.PublicEither(
			read.PublicByOwn("private", read.Words{Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}, read.Yes),
			read.PublicWith("elastic_ip_ids"),
		),
		IPv6:     read.PublicByOwn("ipv6", read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}, read.No),
		Firewall: read.Group("security group"), Firewalls: []string{"exoscale_security_group"},
		In: []string{"security_group_ids"}, Unguarded: read.Nobody,
	}
	nodes := instance
	nodes.Types, nodes.Word, nodes.IPv4 = []string{"exoscale_sks_nodepool"}, "node pool", read.AlwaysPublic
	return read.WaysTo(instance, nodes)
}
