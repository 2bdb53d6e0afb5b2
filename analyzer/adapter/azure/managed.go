package azure

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// managed are the services of Azure that have an endpoint on the internet, with an address list of their own: no network
// security group is before them. A private endpoint neither opens nor closes it.
// Source: the provider's pages of these types.
func managed() []read.Publisher {
	return append([]read.Publisher{
		database("azurerm_mssql_server", read.Admission{Type: "azurerm_mssql_firewall_rule", Of: "server_id"}, 1433),
		database("azurerm_sql_server", read.Admission{Type: "azurerm_sql_firewall_rule", Of: "server_name"}, 1433),
		database("azurerm_postgresql_server", read.Admission{Type: "azurerm_postgresql_firewall_rule", Of: "server_name"}, 5432),
		database("azurerm_postgresql_flexible_server", read.Admission{Type: "azurerm_postgresql_flexible_server_firewall_rule", Of: "server_id"}, 5432),
		database("azurerm_mysql_server", read.Admission{Type: "azurerm_mysql_firewall_rule", Of: "server_name"}, 3306),
		database("azurerm_mysql_flexible_server", read.Admission{Type: "azurerm_mysql_flexible_server_firewall_rule", Of: "server_name"}, 3306),
		database("azurerm_mariadb_server", read.Admission{Type: "azurerm_mariadb_firewall_rule", Of: "server_name"}, 3306),
		database("azurerm_synapse_workspace", read.Admission{Type: "azurerm_synapse_firewall_rule", Of: "synapse_workspace_id"}, 1433),
		database("azurerm_cosmosdb_postgresql_cluster", read.Admission{Type: "azurerm_cosmosdb_postgresql_firewall_rule", Of: "cluster_id"}, 5432),
	}, redis(), sftp(), kubernetes(), apiManagement(), containerApp(), batchPool(), managedInstance(),
		hostPorts("azurerm_kubernetes_cluster_node_pool"))
}

// onNetwork is the switch of a service's public endpoint, which is on by default.
func onNetwork() read.Publicity {
	words := func(attr string) read.Publicity {
		return read.PublicBy(read.Words{Attr: attr, Yes: []string{"true", "enabled"}, No: []string{"false", "disabled"}, Absent: read.Yes})
	}
	return read.PublicIf(words("public_network_access_enabled"), words("public_network_access"), words("coordinator_public_ip_access_enabled"))
}

// database is a server whose endpoint admits only the ranges that its rules list. From 0.0.0.0 to 0.0.0.0 means all of Azure,
// which isn't everyone. One with a delegated subnet is in a network, and has no other endpoint.
// Source: https://learn.microsoft.com/azure/azure-sql/database/firewall-configure
func database(typ string, rules read.Admission, port int) read.Publisher {
	rules.First, rules.Last = "start_ip_address", "end_ip_address"
	return read.Publisher{
		Types: []string{typ}, Kind: "database server", Public: read.PublicIf(onNetwork(), read.PublicWithout("delegated_subnet_id")),
		Protocol: read.OverTCP, Ports: read.ThesePorts(port), Clients: read.ClientsAdmitted(read.Nobody, rules), Reads: []string{rules.Type},
	}
}

// redis is a cache, which admits everyone unless a rule lists ranges. In a subnet it has no public endpoint.
// Source: https://learn.microsoft.com/azure/azure-cache-for-redis/cache-configure
func redis() read.Publisher {
	const rule = "azurerm_redis_firewall_rule"
	return read.Publisher{
		Types: []string{"azurerm_redis_cache"}, Kind: "cache", Public: read.PublicIf(onNetwork(), read.PublicWithout("subnet_id")),
		Protocol: read.OverTCP, Reads: []string{rule},
		Clients: read.ClientsAdmitted(read.Everyone, read.Admission{Type: rule, Of: "redis_cache_name", First: "start_ip", Last: "end_ip"}),
		Ports: func(o graph.Object) fact.Term[netset.Ports] {
			t := read.ThesePorts(6380)(o)
			for _, attr := range []string{"non_ssl_port_enabled", "enable_non_ssl_port"} {
				v := o.OwnAttr(attr)
				switch plain, known := v.Bool(); {
				case !read.Given(v):
				case plain:
					t.Set = netset.UnionBounds(t.Set, netset.Exactly(netset.Port(6379)))
				case !known:
					t.Set.May, t.Values = t.Set.May.Union(netset.Port(6379)), append(t.Values, v)
				}
			}
			return t
		},
	}
}

// sftp is the endpoint of a storage account for SFTP, which its network rules are for, too. Without any everyone is let in.
// Source: https://learn.microsoft.com/azure/storage/blobs/secure-file-transfer-protocol-support
func sftp() read.Publisher {
	const rules = "azurerm_storage_account_network_rules"
	on := read.PublicBy(read.Words{Attr: "sftp_enabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No})
	return read.Publisher{
		Types: []string{"azurerm_storage_account"}, Kind: "storage account", Public: read.PublicIf(onNetwork(), on),
		Protocol: read.OverTCP, Ports: read.ThesePorts(22), Reads: []string{rules},
		Clients: func(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
			lists := l.Resource.OwnBlocks("network_rules")
			for _, r := range g.Referrers(l.Resource, rules, "storage_account_id") {
				lists = append(lists, read.BlockOf(r))
			}
			for _, b := range lists {
				action := b.OwnAttr("default_action")
				switch text, known := action.Text(); {
				case !known || !b.Certain:
					return []fact.Term[netset.Prefixes]{read.Someone(action, "default_action")}
				case strings.EqualFold(text, "Deny"):
					return []fact.Term[netset.Prefixes]{read.Term(b.Object, "ip_rules", read.Sources(read.AnyFamily))}
				}
			}
			return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
		},
	}
}

// kubernetes is the endpoint of a cluster's API server.
// Source: the provider's page azurerm_kubernetes_cluster.
func kubernetes() read.Publisher {
	private := read.Words{Attr: "private_cluster_enabled", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}
	return read.Publisher{
		Types: []string{"azurerm_kubernetes_cluster"}, Kind: "cluster endpoint", Public: read.PublicBy(private),
		Also:     []read.Publisher{hostPorts("azurerm_kubernetes_cluster", "default_node_pool")},
		Protocol: read.OverTCP, Ports: read.ThesePorts(443),
		Clients: func(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
			const old, ranges = "api_server_authorized_ip_ranges", "authorized_ip_ranges"
			if read.Given(l.Resource.OwnAttr(old)) {
				return read.ClientsIn(old)(g, l)
			}
			for _, b := range l.Resource.OwnBlocks("api_server_access_profile") {
				if read.Given(b.OwnAttr(ranges)) {
					l.Object = b.Object
					return read.ClientsIn(ranges)(g, l)
				}
			}
			return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
		},
	}
}

// managedInstance is the public endpoint of a SQL managed instance, which the network security group of its subnet is before.
// Source: https://learn.microsoft.com/azure/azure-sql/managed-instance/public-endpoint-overview
func managedInstance() read.Publisher {
	return read.Publisher{
		Types: []string{"azurerm_mssql_managed_instance"}, Kind: "database server",
		Public:   read.PublicBy(read.Words{Attr: "public_data_endpoint_enabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}),
		Protocol: read.OverTCP, Ports: read.ThesePorts(3342), Clients: read.ClientsPerhaps("subnet_id"),
	}
}

// hostPorts are the ports that the network security group of a cluster's nodes admits everyone to, where the nodes have public
// addresses. The group of their subnet may close them.
// Source: https://learn.microsoft.com/azure/aks/use-node-public-ips
func hostPorts(typ string, pool ...string) read.Publisher {
	on := read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
	path := strings.Join(append(slices.Clone(pool), ""), ".")
	return read.Publisher{
		Types: []string{typ}, Kind: "node port", Blocks: append(slices.Clone(pool), "node_network_profile", "allowed_host_ports"),
		Public: func(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
			l.Object = l.Resource.Object
			is, by := read.PublicEither(
				read.PublicByOwn(path+"node_public_ip_enabled", on, read.No), read.PublicByOwn(path+"enable_node_public_ip", on, read.No),
			)(g, l)
			if is == read.Yes {
				return read.Unclear, read.Opaque("the network security group of the nodes' subnet", l.Resource.Decl)
			}
			return is, by
		},
		Protocol: read.ListenerProtocol("protocol", netset.AllProtocols()), Ports: read.PortsBetween("port_start", "port_end"),
	}
}

// apiManagement is the gateway of an API Management service. In a network of type External the group of its subnet may filter.
// Source: the provider's page azurerm_api_management.
func apiManagement() read.Publisher {
	network := read.Words{Attr: "virtual_network_type", Yes: []string{"None", "External"}, No: []string{"Internal"}, Absent: read.Yes}
	return read.Publisher{
		Types: []string{"azurerm_api_management"}, Kind: "API gateway", Public: read.PublicIf(onNetwork(), read.PublicBy(network)),
		Protocol: read.OverTCP, Ports: read.ThesePorts(443), Clients: read.ClientsPerhaps("virtual_network_configuration"),
	}
}

// containerApp is the ingress of a container app. One that is external is on the internet unless its environment is internal.
// Source: https://learn.microsoft.com/azure/container-apps/ingress-overview
func containerApp() read.Publisher {
	const environment = "azurerm_container_app_environment"
	return read.Publisher{
		Types: []string{"azurerm_container_app"}, Kind: "ingress", Blocks: []string{"ingress"}, Protocol: read.OverTCP, Reads: []string{environment},
		Public: func(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
			external := read.Words{Attr: "external_enabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
			is, by := external.Of(l.Object)
			internal := read.Words{Attr: "internal_load_balancer_enabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
			targets, _ := g.Refer(l.Resource.Attr("container_app_environment_id"))
			for _, t := range targets {
				if is == read.No || t.Resource == nil || t.Resource.Addr.Mode != graph.Managed {
					continue
				}
				switch inside, v := internal.Of(t.Resource.Object); inside {
				case read.Yes:
					return read.No, v
				case read.Unclear:
					is, by = inside, v
				case read.No:
				}
			}
			return is, by
		},
		Ports: func(o graph.Object) fact.Term[netset.Ports] {
			transport := o.OwnAttr("transport")
			exposed := o.OwnAttr("exposed_port")
			if !read.Given(exposed) {
				exposed = o.OwnAttr("target_port")
			}
			web := netset.Port(80).Union(netset.Port(443))
			port, ok := exposed.Int()
			switch text, known := transport.Text(); {
			case read.Given(transport) && !known:
				return fact.Term[netset.Ports]{Set: netset.Bounds[netset.Ports]{May: netset.AllPorts()}, Attrs: []string{"transport"}, Values: []graph.Value{transport}}
			case !strings.EqualFold(text, "tcp"):
				return read.Constant(web)
			case !ok:
				return fact.Term[netset.Ports]{Set: netset.Bounds[netset.Ports]{May: netset.AllPorts()}, Attrs: []string{"exposed_port"}, Values: []graph.Value{exposed}}
			case netset.Port(port).Empty():
				by := read.Opaque("a port that is no port", exposed.At)
				return fact.Term[netset.Ports]{Set: netset.Bounds[netset.Ports]{May: netset.AllPorts()}, Attrs: []string{"exposed_port"}, Values: []graph.Value{by}}
			}
			return fact.Term[netset.Ports]{Set: netset.Exactly(netset.Port(port)), Attrs: []string{"exposed_port"}, Values: []graph.Value{exposed}}
		},
		Clients: func(_ *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
			var steps []read.Step
			rest := read.Step{Allows: read.Yes}
			for _, b := range l.OwnBlocks("ip_security_restriction") {
				v := b.OwnAttr("ip_address_range")
				set := read.Sources(read.AnyFamily)(v)
				step := read.Step{Allows: read.Yes, Set: set, Attr: "ip_address_range", Values: []graph.Value{v}}
				switch action, known := b.OwnAttr("action").Text(); {
				case !known || !b.Certain:
					return []fact.Term[netset.Prefixes]{read.Someone(b.OwnAttr("action"), "action")}
				case strings.EqualFold(action, "Deny"):
					step.Allows = read.No
				default:
					rest.Allows = read.No
				}
				steps = append(steps, step)
			}
			return read.FirstMatch(rest, steps...)
		},
	}
}

// batchPool is the endpoints of a pool's nodes, each at one of a range of ports. Without rules everyone is let in; with some, who
// none of them names is not.
// Source: https://learn.microsoft.com/azure/batch/pool-endpoint-configuration
func batchPool() read.Publisher {
	return read.Publisher{
		Types: []string{"azurerm_batch_pool"}, Kind: "pool endpoint", Blocks: []string{"network_configuration", "endpoint_configuration"},
		Public: read.PublicBlock("network_configuration", read.Words{
			Attr: "public_address_provisioning_type", Yes: []string{"BatchManaged", "UserManaged"}, No: []string{"NoPublicIPAddresses"},
			Absent: read.Yes,
		}),
		Protocol: read.ListenerProtocol("protocol", read.TCP()), Ports: read.PortsIn("frontend_port_range", read.AllPorts),
		Clients: batchClients,
	}
}

// batchClients reads whom the rules of an endpoint let in: the first that matches decides.
func batchClients(_ *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	rules := l.OwnBlocks("network_security_group_rules")
	if len(rules) == 0 {
		return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
	}
	priority := func(b graph.Block) int {
		n, known := b.OwnAttr("priority").Int()
		if !known {
			return -1
		}
		return n
	}
	slices.SortStableFunc(rules, func(a, b graph.Block) int { return priority(a) - priority(b) })
	var steps []read.Step
	for _, b := range rules {
		access, v := b.OwnAttr("access"), b.OwnAttr("source_address_prefix")
		text, known := access.Text()
		if !known || !b.Certain || priority(b) < 0 {
			return []fact.Term[netset.Prefixes]{read.Someone(access, "access")}
		}
		action, allows := fact.Allow, read.Yes
		if strings.EqualFold(text, "Deny") {
			action, allows = fact.Deny, read.No
		}
		for _, t := range sources(v, "source_address_prefix", action) {
			steps = append(steps, read.Step{Allows: allows, Set: t.Set, Attr: "source_address_prefix", Values: []graph.Value{v}})
		}
	}
	return read.FirstMatch(read.Step{Allows: read.No}, steps...)
}
