package clouds

import "github.com/tfreach/tfreach/analyzer/adapter/read"

// scaleway describes the rules of a Scaleway security group: the first that matches decides, then the group's policy,
// which is to accept by default.
// Source: the provider's pages scaleway_instance_security_group and scaleway_instance_security_group_rules.
func scaleway() read.Provider {
	inline := read.Dialect{
		Types:    []string{"scaleway_instance_security_group"},
		Scope:    read.Ordered("security group"),
		Blocks:   []string{"inbound_rule"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Unclear},
		Protocol: read.ProtocolIn("protocol", read.TCP()),
		Ports:    read.PortsIn("port_range", read.PortsIn("port", read.AllPorts, "0")),
		Sources:  read.From{Addresses: []string{"ip_range", "ip"}, None: read.Everyone}.Read,
	}
	separate := inline
	separate.Types = []string{"scaleway_instance_security_group_rules"}
	separate.In, separate.Of = "security_group_id", "scaleway_instance_security_group"
	inline.Policy = &read.Words{Attr: "inbound_default_policy", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Yes}
	return read.Provider{
		Rules:    read.Speak(inline, separate),
		UserData: []read.UserData{{Types: []string{"scaleway_instance_server"}, Attrs: []string{`user_data["cloud-init"]`, "cloud_init"}}},
	}
}
