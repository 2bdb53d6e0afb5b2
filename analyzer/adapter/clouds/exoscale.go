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
		Rules:    read.Speak(firewall),
		UserData: []read.UserData{{Types: []string{"exoscale_compute_instance", "exoscale_instance_pool"}, Attrs: []string{"user_data"}}},
	}
}
