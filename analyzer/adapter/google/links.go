package google

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// instances are the types of resources that are machines.
func instances() []string {
	return []string{"google_compute_instance", "google_compute_instance_from_template"}
}

// templates are the types of resources that machines are started from.
func templates() []string {
	return []string{"google_compute_instance_template", "google_compute_region_instance_template"}
}

// machines are the types of resources that are machines, or what those are started from.
func machines() []string { return slices.Concat(instances(), templates()) }

// groupManagers are the types of groups of machines that Google makes from a template.
func groupManagers() []string {
	return []string{"google_compute_instance_group_manager", "google_compute_region_instance_group_manager"}
}

// instanceGroup is the type of groups of machines that are chosen one by one, and endpointGroup that of groups of
// addresses of machines.
const (
	instanceGroup = "google_compute_instance_group"
	endpointGroup = "google_compute_network_endpoint_group"
)

// endpoint is a type of what puts addresses of machines into a network endpoint group, which the attribute instance
// of the block names, or of the resource itself.
type endpoint struct{ typ, block string }

func (e endpoint) instance() string {
	if e.block == "" {
		return "instance"
	}
	return e.block + ".instance"
}

// Source: the provider's pages google_compute_network_endpoint and google_compute_network_endpoints.
func endpoints() []endpoint {
	return []endpoint{
		{"google_compute_network_endpoint", ""},
		{"google_compute_network_endpoints", "network_endpoints"},
	}
}

// proxy is a type of what ends connections for others, with the attribute that names what gets them.
type proxy struct{ typ, to string }

func proxies() []proxy {
	return []proxy{
		{"google_compute_target_tcp_proxy", "backend_service"},
		{"google_compute_region_target_tcp_proxy", "backend_service"},
		{"google_compute_target_ssl_proxy", "backend_service"},
		{"google_compute_target_http_proxy", "url_map"},
		{"google_compute_region_target_http_proxy", "url_map"},
		{"google_compute_target_https_proxy", "url_map"},
		{"google_compute_region_target_https_proxy", "url_map"},
		{"google_compute_target_grpc_proxy", "url_map"},
	}
}

// links returns what relates the resources of Google Cloud that traffic from the internet passes.
func links() []graph.Link {
	networks, subnets := []string{"google_compute_network"}, []string{"google_compute_subnetwork"}
	instances := instances()
	groups := append(groupManagers(), instanceGroup, endpointGroup, "google_compute_region_network_endpoint_group")
	links := []graph.Link{
		{Type: "google_compute_subnetwork", Kind: graph.InNetwork, To: "network", Named: networks},
		{Type: "google_compute_firewall", Kind: graph.FilteredBy, From: "network", Named: networks},
		{Type: "google_compute_route", Kind: graph.RoutedBy, From: "network", Named: networks},
		{Type: "google_compute_instance_from_template", Kind: graph.AttachedTo, From: "source_instance_template"},
		{Type: instanceGroup, Kind: graph.Targets, To: "instances[]", Named: instances},
		{
			Type: "google_compute_instance_group_membership", Kind: graph.Targets,
			From: "instance_group", To: "instance", FromNamed: []string{instanceGroup}, Named: instances,
		},
		{Type: "google_compute_target_instance", Kind: graph.Targets, To: "instance", Named: instances},
		{Type: "google_compute_target_pool", Kind: graph.Targets, To: "instances[]", Named: instances},
		{Type: "google_compute_backend_service", Kind: graph.Targets, To: "backend.group", Named: groups},
		{Type: "google_compute_region_backend_service", Kind: graph.Targets, To: "backend.group", Named: groups},
		{Type: "google_compute_url_map", Kind: graph.Targets, To: "default_service"},
		{Type: "google_compute_region_url_map", Kind: graph.Targets, To: "default_service"},
		{Type: "google_compute_forwarding_rule", Kind: graph.Targets, To: "backend_service"},
	}
	for _, typ := range []string{
		"google_compute_firewall_policy", "google_compute_network_firewall_policy", "google_compute_region_network_firewall_policy",
	} {
		links = append(links, graph.Link{
			Type: typ + "_association", Kind: graph.FilteredBy, From: "attachment_target", To: "firewall_policy",
			Named: append([]string{typ, typ + "_with_rules"}, networks...),
		})
	}
	for _, e := range endpoints() {
		in := []string{endpointGroup}
		links = append(links,
			graph.Link{Type: e.typ, Kind: graph.AttachedTo, To: "network_endpoint_group", Named: in},
			graph.Link{Type: e.typ, Kind: graph.Targets, From: "network_endpoint_group", To: e.instance(), FromNamed: in, Named: instances},
		)
	}
	for _, typ := range machines() {
		links = append(links,
			graph.Link{Type: typ, Kind: graph.InSubnet, To: "network_interface.subnetwork", Named: subnets},
			graph.Link{Type: typ, Kind: graph.InNetwork, To: "network_interface.network", Named: networks},
			graph.Link{Type: typ, Kind: graph.Exposes, From: "network_interface.access_config.nat_ip"},
			graph.Link{Type: typ, Kind: graph.Exposes, From: "network_interface.ipv6_access_config.external_ipv6"},
		)
	}
	for _, typ := range groupManagers() {
		links = append(links,
			graph.Link{Type: typ, Kind: graph.AttachedTo, From: "version.instance_template"},
			graph.Link{Type: typ, Kind: graph.Targets, From: "target_pools[]", Named: []string{"google_compute_target_pool"}},
		)
	}
	for _, typ := range []string{"google_compute_forwarding_rule", "google_compute_global_forwarding_rule"} {
		links = append(links,
			graph.Link{Type: typ, Kind: graph.Exposes, From: "ip_address"},
			graph.Link{Type: typ, Kind: graph.Targets, To: "target"},
		)
	}
	for _, p := range proxies() {
		links = append(links, graph.Link{Type: p.typ, Kind: graph.Targets, To: p.to})
	}
	return links
}
