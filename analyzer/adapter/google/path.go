package google

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// cloud returns what the internet may reach in Google Cloud, and the ways there.
func cloud() *read.Cloud {
	return &read.Cloud{
		Links: links(), ByAddress: addressLinks(),
		Guards: []string{
			"google_compute_network", "google_compute_network_firewall_policy", "google_compute_network_firewall_policy_with_rules",
			"google_compute_region_network_firewall_policy", "google_compute_region_network_firewall_policy_with_rules",
		},
		// Service producers have networks of their own, and gateways have no firewall.
		Apart: []string{
			"google_alloydb_*", "google_compute_*address", "google_compute_*firewall_policy_association", "google_compute_*vpn_gateway",
			"google_compute_interconnect_attachment", "google_compute_network_attachment", "google_compute_network_peering*",
			"google_compute_packet_mirroring", "google_compute_route", "google_compute_router*", "google_dns_*", "google_filestore_*",
			"google_memcache_*", "google_network_*", "google_project_*", "google_redis_*", "google_service_networking_*", "google_sql_*",
			"google_vpc_access_connector",
		},
		Reads: []string{
			"google_compute_network", "google_compute_subnetwork", addressType, "google_compute_global_address",
			"google_service_account", "google_tags_tag_value", "google_tags_location_tag_binding", "google_project",
			"google_folder", "google_compute_autoscaler", "google_compute_region_autoscaler", "google_compute_instance_template",
			"google_compute_region_instance_template", endpointGroup, "google_compute_region_network_endpoint_group",
			"google_compute_global_network_endpoint_group", namedPort, peeringType, spokeType, natType, "google_compute_router",
		},
		Connects: []string{"google_compute_router", "google_network_connectivity_hub", peeringType, spokeType, natType},
		Inside:   hosts,
		Types:    slices.Concat(instances(), groupManagers(), forwardings()),
		Endpoints: func(t *graph.Topology) []fact.Endpoint {
			n := newNetwork(t)
			machines := map[string]*machine{}
			for _, r := range t.Resources {
				if r.Addr.Mode != graph.Managed {
					continue
				}
				if m := n.machine(r); m != nil {
					machines[r.Address()] = m
				}
			}
			var out []fact.Endpoint
			for _, r := range t.Resources {
				if m := machines[r.Address()]; m != nil && r.Addr.Mode == graph.Managed {
					out = append(out, fact.Endpoint{
						Resource: r, Kind: fact.Machine, Word: m.word, Parts: m.parts, Ways: n.ways(m), Bundles: n.fronted(m),
					})
				} else if r.Addr.Mode == graph.Managed && isForwarding(r) {
					out = append(out, fact.Endpoint{
						Resource: r, Kind: fact.Published, Word: "forwarding rule", Ways: n.published(r, machines),
					})
				}
			}
			return slices.DeleteFunc(out, func(e fact.Endpoint) bool { return len(e.Ways)+len(e.Bundles) == 0 })
		},
	}
}
