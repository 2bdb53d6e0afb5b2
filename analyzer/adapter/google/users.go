package google

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// user is a resource type that makes machines in a network by ways that aren't followed. blocks lead to the nested block that
// names the network.
type user struct {
	typ    string
	blocks []string
}

func users() []user {
	return []user{
		{"google_container_cluster", nil},
		{"google_dataproc_cluster", []string{"cluster_config", "gce_cluster_config"}},
		{"google_notebooks_instance", nil},
		{"google_workbench_instance", []string{"gce_setup", "network_interfaces"}},
		{"google_composer_environment", []string{"config", "node_config"}},
		{"google_dataflow_job", nil},
		{"google_tpu_v2_vm", []string{"network_config"}},
	}
}

// networkUsers returns the adapters of everything else that uses a network, so that the network's rules count as used.
func networkUsers() []read.Adapter {
	var out []read.Adapter
	for _, u := range users() {
		out = append(out, read.Adapter{
			Types: []string{u.typ}, Reads: []string{"google_compute_network", "google_compute_subnetwork"}, Attachments: u.attachments,
		})
	}
	return out
}

func (u user) attachments(g *graph.Graph, r *graph.Resource) []fact.Attachment {
	blocks := []graph.Block{read.BlockOf(r)}
	for _, name := range u.blocks {
		var inner []graph.Block
		for _, b := range blocks {
			inner = append(inner, read.Nested(b, name)...)
		}
		blocks = inner
	}
	var out []fact.Attachment
	for _, b := range blocks {
		by, v := r, b.OwnAttr("network")
		if subnets := read.Found(g, b.OwnAttr("subnetwork")); !read.Given(v) && len(subnets) == 1 {
			by, v = subnets[0], subnets[0].Attr("network")
		}
		network, name := networks().Find(g, by, v)
		if network != nil {
			name = network.Addr.String()
		}
		if name != "" {
			out = append(out, fact.Attachment{Scope: fact.ScopeID{Kind: rules().Kind, Name: name}, Resource: r, At: v.At})
		}
	}
	return out
}
