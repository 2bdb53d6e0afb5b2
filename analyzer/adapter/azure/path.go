package azure

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// cloud returns what the internet may reach in Microsoft Azure, and the ways there.
func cloud() *read.Cloud {
	return &read.Cloud{
		Links:     links(),
		ByAddress: addressLinks(),
		Guards:    []string{"azurerm_network_security_group"},
		Through:   []string{"azurerm_network_interface", "azurerm_subnet"},
		// Services that let a subnet in, or reach out of one, are not in it.
		Apart: []string{
			"azurerm_app_service_virtual_network_swift_connection", "azurerm_cognitive_account", "azurerm_container_registry",
			"azurerm_cosmosdb_account", "azurerm_eventhub_namespace", "azurerm_function_app*", "azurerm_key_vault",
			"azurerm_linux_function_app*", "azurerm_linux_web_app*", "azurerm_management_lock", "azurerm_mariadb_virtual_network_rule",
			"azurerm_monitor_diagnostic_setting", "azurerm_mssql_virtual_network_rule", "azurerm_mysql_flexible_server",
			"azurerm_mysql_virtual_network_rule", "azurerm_nat_gateway", "azurerm_network_watcher_flow_log",
			"azurerm_postgresql_flexible_server", "azurerm_postgresql_virtual_network_rule", "azurerm_private_endpoint", "azurerm_redis_cache",
			"azurerm_role_assignment", "azurerm_servicebus_namespace*", "azurerm_sql_virtual_network_rule",
			"azurerm_storage_account*", "azurerm_subnet_*", "azurerm_virtual_network*", "azurerm_windows_function_app*",
			"azurerm_windows_web_app*",
		},
		Reads: []string{
			"azurerm_public_ip", "azurerm_route_table", "azurerm_route", "azurerm_container_group",
			"azurerm_lb_backend_address_pool_address",
			"azurerm_firewall_nat_rule_collection", "azurerm_firewall_policy", "azurerm_network_manager_deployment",
			"azurerm_network_manager_static_member", "azurerm_virtual_network", "azurerm_network_security_rule",
			peeringType, hubType, "azurerm_subnet_nat_gateway_association",
		},
		Connects: []string{"azurerm_virtual_hub", hubType, peeringType, "azurerm_nat_gateway"},
		Inside:   hosts,
		Types:    slices.Concat(machines(), scaleSetTypes(), forwards(), []string{gatewayType, "azurerm_container_group"}),
		Endpoints: func(t *graph.Topology) []fact.Endpoint {
			n := newNetwork(t)
			machines := map[*graph.Resource]fact.Endpoint{}
			for _, r := range t.Resources {
				if e, ok := n.machine(r); ok {
					machines[r] = e
				}
			}
			var out []fact.Endpoint
			for _, r := range t.Resources {
				e, ok := machines[r]
				switch {
				case ok:
				case r.Addr.Mode != graph.Managed:
				case slices.Contains(forwards(), r.Addr.Type):
					e = n.published(r)
				case r.Addr.Type == gatewayType:
					e = n.gateway(r)
				case r.Addr.Type == "azurerm_container_group":
					e = containerGroup(r)
				}
				if len(e.Ways) > 0 {
					out = append(out, e)
				}
			}
			return out
		},
	}
}

// network finds the hops to machines.
type network struct {
	t      *graph.Topology
	guards fact.Guards
	// forwards are the load balancers' rules by what they hand connections on to: a pool, or a rule for one interface.
	forwards map[string][]*forward
	// through are the machines' ways by the load balancer's rule that makes them.
	through map[*graph.Resource][]fact.Way
	dnat    []*dnat
	// inside are the rules of network security groups as they see addresses of the virtual network; see masked.
	inside map[insideKey][]*fact.Ingress
	rules  map[fact.ScopeID][]*fact.Ingress
	tables map[read.TableKey]routed
	// gateways are how application gateways hand connections on; see pools.
	gateways []pooled
	// handing is what hands connections from inside on to each interface; see handedOn.
	handing map[*ipConfiguration][]handed
	// seen and outgoing are the rules of network security groups inside of networks; see rulesFor and directedRules.
	seen     map[seenKey][]*fact.Ingress
	outgoing map[*graph.Resource][]*fact.Ingress
}

func newNetwork(t *graph.Topology) *network {
	n := &network{
		t: t, through: map[*graph.Resource][]fact.Way{}, handing: map[*ipConfiguration][]handed{}, inside: map[insideKey][]*fact.Ingress{}, tables: map[read.TableKey]routed{},
		seen: map[seenKey][]*fact.Ingress{}, outgoing: map[*graph.Resource][]*fact.Ingress{},
	}
	n.forwards = n.findForwards()
	n.dnat = n.findDNAT()
	return n
}

// ipConfiguration is an IP configuration of a network interface, or of the interfaces that a scale set makes.
type ipConfiguration struct {
	// of is the interface, or the scale set.
	of *graph.Resource
	// config is the block of the IP configuration, and name its name.
	config graph.Object
	name   graph.Value
	subnet graph.End
	// filter is the interface's own network security group.
	filter filter
	member *fact.Member
	// fixed are the private addresses that it surely has; empty if the cloud chooses them.
	fixed netset.Prefixes
	// public are its own public addresses.
	public []publicAddress
	// before are hops that its traffic passes first.
	before []*fact.Hop
	// scaled is true if it stands for the interfaces of several machines.
	scaled bool
}

// families returns the address families that the IP configuration's private address may be of.
func (i *ipConfiguration) families() []read.Family {
	if v := i.config.OwnAttr("version"); read.Given(v) { // a scale set's
		return families(v)
	}
	return families(i.config.OwnAttr("private_ip_address_version"))
}

// machine returns a virtual machine or a scale set with the ways to it: to its own public addresses, by load balancers,
// and by firewalls.
func (n *network) machine(r *graph.Resource) (fact.Endpoint, bool) {
	e := fact.Endpoint{Resource: r, Kind: fact.Machine, Word: "virtual machine"}
	var interfaces []ipConfiguration
	switch {
	case r.Addr.Mode != graph.Managed:
		return e, false
	case slices.Contains(machines(), r.Addr.Type):
		interfaces = n.interfaces(r, &e)
	default:
		set, ok := scaleSetOf(r.Addr.Type)
		if !ok {
			return e, false
		}
		e.Word = "scale set"
		interfaces = n.scaled(r, set)
	}
	maybe := read.Present(r, e.Word)
	for i := range interfaces {
		i := &interfaces[i]
		if maybe != nil {
			i.before = append([]*fact.Hop{maybe}, i.before...)
		}
		if made(i.subnet) {
			e.Parts = append(e.Parts, i.subnet.Resource)
		}
		for _, a := range i.public {
			e.Ways = append(e.Ways, n.way(i, a.hop, a.sku, a.family))
		}
		e.Ways = append(append(e.Ways, n.balanced(i)...), n.translated(i)...)
		e.Ways = append(e.Ways, n.fromGateways(i)...)
	}
	return e, true
}

// way returns a way to an interface that sees the clients' addresses.
func (n *network) way(i *ipConfiguration, public *fact.Hop, sku sku, f read.Family) fact.Way {
	hops := append(slices.Clip(i.before), public)
	return fact.Way{Family: f.All(), Hops: append(hops, n.hops(i, sku, f)...)}
}

// hops returns the hops from a public address to an interface, and back for replies.
func (n *network) hops(i *ipConfiguration, sku sku, f read.Family) []*fact.Hop {
	if hop := n.replies(i.subnet, f); hop != nil {
		return append([]*fact.Hop{hop}, n.filtered(i, sku)...)
	}
	return n.filtered(i, sku)
}
