package clouds

import "github.com/tfreach/tfreach/analyzer/adapter/read"

// Providers returns what is known of the clouds without a package of their own, and of Kubernetes. Each is one file.
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
		panOS(),
		scaleway(),
		stackit(),
		tencent(),
		upCloud(),
		vultr(),
		yandex(),
	}
}
