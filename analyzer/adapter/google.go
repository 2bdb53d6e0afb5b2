package adapter

import "slices"

// google is what is known of Google Cloud.
//
// Resources of type google_compute_security_policy are left out. Such a policy (Cloud Armor) filters what a load
// balancer or a protocol forwarding rule has accepted already, and what it does not match it allows: it opens no port by
// itself, and without the forwarding rule, which is what publishes a port, it says nothing of who reaches one.
// Source: https://cloud.google.com/armor/docs/security-policy-overview
func google() Provider {
	return Provider{
		Rules: slices.Concat([]Adapter{googleComputeFirewall()}, googleFirewallPolicies(), googleAttachments(), googleNetworkUsers()),
		Ways:  googleCloud(),
		// https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys, in the order in which they run.
		UserData: []userData{{
			types: googleMachines(), attrs: []string{`metadata["user-data"]`},
			scripts:    []string{"metadata_startup_script", `metadata["startup-script"]`},
			powershell: []string{`metadata["sysprep-specialize-script-ps1"]`, `metadata["windows-startup-script-ps1"]`},
			commands: []string{
				`metadata["sysprep-specialize-script-cmd"]`, `metadata["sysprep-specialize-script-bat"]`,
				`metadata["windows-startup-script-cmd"]`, `metadata["windows-startup-script-bat"]`,
			},
			containers: []string{`metadata["gce-container-declaration"]`},
		}},
	}
}

// googleAttachments returns the adapters of what firewall policies guard.
func googleAttachments() []Adapter {
	const policy, target = "firewall_policy", "attachment_target"
	networks := []string{"google_compute_network"}
	return attach(
		link{typ: "google_compute_firewall_policy_association", scope: policy, member: target, members: []string{"google_folder"}},
		link{typ: "google_compute_network_firewall_policy_association", scope: policy, member: target, members: networks},
		link{typ: "google_compute_region_network_firewall_policy_association", scope: policy, member: target, members: networks},
	)
}
