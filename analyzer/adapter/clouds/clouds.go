package clouds

import "github.com/tfreach/tfreach/analyzer/adapter/read"

// Providers returns what is known of the clouds that have no package of their own, and of Kubernetes, one value per file.
func Providers() []read.Provider {
	return []read.Provider{
		alibaba(),
		civo(),
		digitalOcean(),
		exoscale(),
		hetzner(),
		huawei(),
		ibm(),
		kubernetes(),
		linode(),
		naver(),
		nifcloud(),
		oci(),
		openstack(),
		outscale(),
		ovh(),
		scaleway(),
		stackit(),
		tencent(),
		upCloud(),
		vultr(),
		yandex(),
	}
}
