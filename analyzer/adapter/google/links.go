package google

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// instances returns the resource types that are machines.
func instances() []string {
	return []string{"google_compute_instance", "google_compute_instance_from_template"}
}

// templates returns the resource types that machines are started from.
func templates() []string {
	return []string{"google_compute_instance_template", "google_compute_region_instance_template"}
}

// machines returns the resource types that are machines, or that machines are started from.
func machines() []string { return slices.Concat(instances(), templates()) }

// groupManagers returns the types of groups of machines that Google makes from a template.
func groupManagers() []string {
	return []string{"google_compute_instance_group_manager", "google_compute_region_instance_group_manager"}
}

// instanceGroup is the type of groups of chosen machines, endpointGroup the type of groups of machines' addresses, and
// addressType the type of addresses of a region.
const (
	instanceGroup = "google_compute_instance_group"
	endpointGroup = "google_compute_network_endpoint_group"
	addressType   = "google_compute_address"
)

// endpoint is a resource type that puts addresses of machines into a network endpoint group. The attribute instance names the
// machine, in the block or, without one, in the resource.
type endpoint struct{ typ, block string }

// in returns the path of an attribute of an endpoint.
func (e endpoint) in(attr string) string {
	if e.block == "" {
		return attr
	}
	return e.block + "." + attr
}

// Source: the provider's pages google_compute_network_endpoint and google_compute_network_endpoints.
func endpoints() []endpoint {
	return []endpoint{
		{"google_compute_network_endpoint", ""},
		{"google_compute_network_endpoints", "network_endpoints"},
	}
}

// proxy is a resource type that ends connections for others. to is the attribute that names who gets them.
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

// mapped are the attributes with which a URL map names the services that it hands requests on to. What it mirrors requests
// to is among them: whoever asks reaches that, too.
// Source: the provider's pages google_compute_url_map and google_compute_region_url_map.
func mapped() []string {
	const (
		weighted = "weighted_backend_services.backend_service"
		mirrored = "request_mirror_policy.backend_service"
	)
	var out []string
	for _, in := range []struct{ block, service, action string }{
		{"", "default_service", "default_route_action"},
		{"path_matcher.", "default_service", "default_route_action"},
		{"path_matcher.path_rule.", "service", "route_action"},
		{"path_matcher.route_rules.", "service", "route_action"},
	} {
		action := in.block + in.action + "."
		out = append(out, in.block+in.service, action+weighted, action+mirrored)
	}
	return out
}

// backendServices returns the types of backend services, and urlMaps those of what picks one by a request's path.
func backendServices() []string {
	return []string{"google_compute_backend_service", "google_compute_region_backend_service"}
}

func urlMaps() []string { return []string{"google_compute_url_map", "google_compute_region_url_map"} }

// addressLinks lead from network endpoint groups to the addresses of their endpoints.
func addressLinks() []graph.Link {
	var out []graph.Link
	for _, e := range endpoints() {
		out = append(out, graph.Link{
			Type: e.typ, Kind: graph.Targets, From: "network_endpoint_group", FromNamed: []string{endpointGroup}, To: e.in("ip_address"),
		})
	}
	return out
}

// links returns the relations between resources of Google Cloud that traffic from the internet follows.
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
		{Type: "google_compute_forwarding_rule", Kind: graph.Targets, To: "backend_service", Named: backendServices()},
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
			graph.Link{Type: e.typ, Kind: graph.Targets, From: "network_endpoint_group", To: e.in("instance"), FromNamed: in, Named: instances},
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
	targets := []string{"google_compute_target_instance", "google_compute_target_pool"}
	for _, p := range proxies() {
		targets = append(targets, p.typ)
	}
	for _, typ := range []string{"google_compute_forwarding_rule", "google_compute_global_forwarding_rule"} {
		links = append(links,
			graph.Link{Type: typ, Kind: graph.Exposes, From: "ip_address"},
			graph.Link{Type: typ, Kind: graph.Targets, To: "target", Named: targets},
		)
	}
	for _, typ := range backendServices() {
		links = append(links, graph.Link{Type: typ, Kind: graph.Targets, To: "backend.group", Named: groups})
	}
	for _, typ := range urlMaps() {
		for _, service := range mapped() {
			links = append(links, graph.Link{Type: typ, Kind: graph.Targets, To: service, Named: backendServices()})
		}
	}
	for _, p := range proxies() {
		to := backendServices()
		if p.to == "url_map" {
			to = urlMaps()
		}
		links = append(links, graph.Link{Type: p.typ, Kind: graph.Targets, To: p.to, Named: to})
	}
	return links
}
