package google

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// managed are the services of Google Cloud that have an endpoint on the internet, with an address list of their own: rules of
// a VPC aren't asked.
func managed() []read.Publisher {
	on := func(attr string, absent read.Answer) read.Words {
		return read.Words{Attr: attr, Yes: []string{"true"}, No: []string{"false"}, Absent: absent}
	}
	private := read.Words{Attr: "enable_private_endpoint", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}
	return []read.Publisher{
		{
			// Source: https://docs.cloud.google.com/sql/docs/postgres/authorize-networks: without a network nobody comes to the port.
			Types: []string{"google_sql_database_instance"}, Kind: "database instance",
			Public:   read.PublicBlock("settings.ip_configuration", on("ipv4_enabled", read.Yes)),
			Protocol: read.OverTCP, Ports: sqlPort,
			Clients: read.ClientsUnder("settings.ip_configuration", "authorized_networks", "value", read.Nobody),
		},
		{
			// Source: the provider's page google_alloydb_instance.
			Types: []string{"google_alloydb_instance"}, Kind: "database instance",
			Public:   read.PublicBlock("network_config", on("enable_public_ip", read.No)),
			Protocol: read.OverTCP, Ports: read.ThesePorts(5432),
			Clients: read.ClientsUnder("network_config", "authorized_external_networks", "cidr_range", read.Nobody),
		},
		{
			// Source: the provider's page google_container_cluster. Without the block everyone is let in.
			Types: []string{"google_container_cluster"}, Kind: "cluster endpoint",
			Public: read.PublicIf(
				read.PublicBlock("private_cluster_config", private),
				read.PublicBlock("control_plane_endpoints_config.ip_endpoints_config", on("enabled", read.Yes)),
			),
			Protocol: read.OverTCP, Ports: read.ThesePorts(443),
			Clients: read.ClientsUnder("master_authorized_networks_config", "cidr_blocks", "cidr_block", read.Everyone),
		},
	}
}

// sqlPort reads the port of a database instance, which its version tells.
// Source: https://docs.cloud.google.com/sql/docs/mysql/configure-ip
func sqlPort(o graph.Object) fact.Term[netset.Ports] {
	v := o.OwnAttr("database_version")
	ports := netset.Port(3306).Union(netset.Port(5432)).Union(netset.Port(1433))
	t := fact.Term[netset.Ports]{Set: netset.Bounds[netset.Ports]{May: ports}, Attrs: []string{"database_version"}, Values: []graph.Value{v}}
	text, known := v.Text()
	if !known {
		return t
	}
	for prefix, port := range map[string]int{"MYSQL": 3306, "POSTGRES": 5432, "SQLSERVER": 1433} {
		if strings.HasPrefix(text, prefix) {
			t.Set = netset.Exactly(netset.Port(port))
		}
	}
	return t
}
