package google

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
)

// Provider is what is known of Google Cloud.
//
// Resources of type google_compute_security_policy are left out. Such a policy (Cloud Armor) filters what a load
// balancer or a protocol forwarding rule has accepted already, and what it does not match it allows: it opens no port by
// itself, and without the forwarding rule, which is what publishes a port, it says nothing of who reaches one.
// Source: https://cloud.google.com/armor/docs/security-policy-overview
func Provider() read.Provider {
	return read.Provider{
		Rules:      slices.Concat([]read.Adapter{ComputeFirewall(), implied()}, firewallPolicies(), attachments(), networkUsers()),
		Publishers: managed(),
		Ways:       cloud(),
		// https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys, in the order in which they run.
		UserData: []read.UserData{{
			Types: append(machines(), "google_compute_project_metadata"), Attrs: []string{`metadata["user-data"]`},
			Scripts:    []string{"metadata_startup_script", `metadata["startup-script"]`},
			PowerShell: []string{`metadata["sysprep-specialize-script-ps1"]`, `metadata["windows-startup-script-ps1"]`},
			Commands: []string{
				`metadata["sysprep-specialize-script-cmd"]`, `metadata["sysprep-specialize-script-bat"]`,
				`metadata["windows-startup-script-cmd"]`, `metadata["windows-startup-script-bat"]`,
			},
			Containers: []string{`metadata["gce-container-declaration"]`},
			Elsewhere:  []string{`metadata["startup-script-url"]`, `metadata["windows-startup-script-url"]`},
		}},
	}
}

// attachments returns the adapters of what firewall policies guard.
func attachments() []read.Adapter {
	const policy, target = "firewall_policy", "attachment_target"
	networks := []string{"google_compute_network"}
	return read.Attach(policyScope().Kind,
		read.Link{Type: "google_compute_firewall_policy_association", Scope: policy, Member: target, Members: []string{"google_folder"}},
		read.Link{Type: "google_compute_network_firewall_policy_association", Scope: policy, Member: target, Members: networks},
		read.Link{Type: "google_compute_region_network_firewall_policy_association", Scope: policy, Member: target, Members: networks},
	)
}
