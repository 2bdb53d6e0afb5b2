package clouds

import "github.com/tfreach/tfreach/analyzer/adapter/read"

// Providers returns what is known of the clouds that have no package of their own, and of Kubernetes, one value per file.
func Providers() []read.Provider {
	return []read.Provider{
		oci(), alibaba(), tencent(), huawei(), ibm(), openstack(), digitalOcean(), hetzner(), linode(), vultr(), exoscale(),
		upCloud(), civo(), outscale(), nifcloud(), stackit(), scaleway(), yandex(), ovh(), naver(), kubernetes(),
	}
}
