package clouds

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
)

// civo describes the rules of a Civo firewall. Unless create_default_rules is false, as it must be next to rules of
// one's own, the firewall is made with rules that open everything. Which of two rules that conflict decides isn't
// documented, so all are of one priority. Source: the provider's page civo_firewall.
func civo() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"civo_firewall"},
		Scope:    read.Ordered("firewall"),
		Blocks:   []string{"ingress_rule"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"allow"}, No: []string{"deny"}, Absent: read.Unclear},
		Priority: &read.Priority{},
		Protocol: read.ProtocolIn("protocol", read.TCP()),
		Ports:    read.PortsIn("port_range", read.AllPorts),
		Sources:  read.From{Addresses: []string{"cidr"}, None: read.Anyone}.Read,
		Policy:   &read.Words{Attr: "create_default_rules", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes},
	}
	return read.Provider{
		Rules: slices.Concat(read.Speak(firewall), read.Attach(firewall.Scope.Kind,
			read.Link{Type: "civo_instance", Scope: "firewall_id"},
		)),
		UserData: []read.UserData{{Types: []string{"civo_instance"}, Scripts: []string{"script"}}},
	}
}
