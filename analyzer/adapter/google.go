package adapter

// google returns the adapters of Google Cloud.
//
// Resources of type google_compute_security_policy are left out. Such a policy (Cloud Armor) filters what a load
// balancer or a protocol forwarding rule has accepted already, and what it does not match it allows: it opens no port by
// itself, and without the forwarding rule, which is what publishes a port, it says nothing of who reaches one.
// Source: https://cloud.google.com/armor/docs/security-policy-overview
func google() []Adapter {
	return append([]Adapter{googleComputeFirewall()}, googleFirewallPolicies()...)
}
