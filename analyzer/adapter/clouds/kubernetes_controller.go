package clouds

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// controller is what makes load balancers for Services on one platform, as far as annotations steer it.
type controller struct {
	// prefixes are what its annotations begin with.
	prefixes []string
	// private are the annotations that make a load balancer an internal one, with the words that do; without words any
	// but "false" does. unclear are those whose meaning depends on things outside.
	private map[string][]string
	unclear []string
	// clusters are the types of the platform's clusters.
	clusters []string
	// ignoresRanges is true if it doesn't read the networks that a Service admits.
	ignoresRanges bool
}

// controllers returns what is known of them.
//
// Sources: the pages on annotations of each: https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer,
// cloud-provider-aws docs/service_controller.md, digitalocean-cloud-controller-manager docs/controllers/services/annotations.md,
// hcloud-cloud-controller-manager internal/annotation, scaleway-cloud-controller-manager docs/loadbalancer-annotations.md,
// linode-cloud-controller-manager docs/configuration/annotations.md, vultr-cloud-controller-manager docs/load-balancers.md,
// oci-cloud-controller-manager docs/load-balancer-annotations.md, cloud-provider-openstack
// expose-applications-using-loadbalancer-type-service.md, cloud-provider-stackit docs/load-balancer.md.
func controllers() []controller {
	const beta = "service.beta.kubernetes.io/"
	on := []string{"true"}
	return []controller{
		{ // Google
			clusters: []string{"google_container_cluster"},
			prefixes: []string{"networking.gke.io/", "cloud.google.com/"},
			private: map[string][]string{
				"networking.gke.io/load-balancer-type": {"Internal"}, "cloud.google.com/load-balancer-type": {"Internal"},
			},
		},
		{ // AWS, in the tree of Kubernetes; the AWS Load Balancer Controller is told apart before
			clusters: []string{"aws_eks_cluster"},
			prefixes: []string{beta + "aws-"},
			private:  map[string][]string{beta + "aws-load-balancer-internal": nil},
		},
		{ // Azure
			clusters: []string{"azurerm_kubernetes_cluster"},
			prefixes: []string{beta + "azure-"},
			private:  map[string][]string{beta + "azure-load-balancer-internal": on},
		},
		{ // Oracle
			clusters: []string{"oci_containerengine_cluster"},
			prefixes: []string{beta + "oci-", "oci.oraclecloud.com/", "oci-network-load-balancer.oraclecloud.com/"},
			private: map[string][]string{
				beta + "oci-load-balancer-internal": on, "oci-network-load-balancer.oraclecloud.com/internal": on,
			},
		},
		{ // DigitalOcean
			clusters: []string{"digitalocean_kubernetes_cluster"},
			prefixes: []string{beta + "do-loadbalancer-"},
			private:  map[string][]string{beta + "do-loadbalancer-network": {"INTERNAL"}},
		},
		{ // Hetzner
			prefixes:      []string{"load-balancer.hetzner.cloud/"},
			private:       map[string][]string{"load-balancer.hetzner.cloud/disable-public-network": on},
			ignoresRanges: true,
		},
		{ // Scaleway
			clusters: []string{"scaleway_k8s_cluster"},
			prefixes: []string{beta + "scw-loadbalancer-"},
			private:  map[string][]string{beta + "scw-loadbalancer-private": on},
			unclear:  []string{beta + "scw-loadbalancer-externally-managed"},
		},
		{ // Linode
			clusters:      []string{"linode_lke_cluster"},
			prefixes:      []string{beta + "linode-loadbalancer-"},
			unclear:       []string{beta + "linode-loadbalancer-frontend-subnet-id", beta + "linode-loadbalancer-frontend-vpc-name"},
			ignoresRanges: true,
		},
		{prefixes: []string{beta + "vultr-loadbalancer-"}, clusters: []string{"vultr_kubernetes"}, ignoresRanges: true},
		{prefixes: []string{beta + "exoscale-loadbalancer-"}, clusters: []string{"exoscale_sks_cluster"}, ignoresRanges: true},
		{prefixes: []string{"kubernetes.civo.com/"}, clusters: []string{"civo_kubernetes_cluster"}, ignoresRanges: true},
		{ // UpCloud keeps the networks in a document
			clusters:      []string{"upcloud_kubernetes_cluster"},
			prefixes:      []string{beta + "upcloud-load-balancer-"},
			unclear:       []string{beta + "upcloud-load-balancer-config"},
			ignoresRanges: true,
		},
		{ // Yandex
			clusters: []string{"yandex_kubernetes_cluster"},
			prefixes: []string{"yandex.cloud/"},
			private:  map[string][]string{"yandex.cloud/load-balancer-type": {"internal"}},
		},
		{ // Tencent
			clusters: []string{"tencentcloud_kubernetes_cluster"},
			prefixes: []string{"service.kubernetes.io/qcloud-", "service.kubernetes.io/tke-", beta + "tencentcloud-"},
			private: map[string][]string{
				"service.kubernetes.io/qcloud-loadbalancer-internal-subnetid": nil, beta + "tencentcloud-loadbalancer-type": {"private"},
			},
			unclear: []string{"service.kubernetes.io/tke-existed-lbid"},
		},
		{ // Alibaba
			clusters: []string{"alicloud_cs_managed_kubernetes", "alicloud_cs_kubernetes"},
			prefixes: []string{beta + "alibaba-cloud-loadbalancer-", beta + "alicloud-loadbalancer-"},
			private: map[string][]string{
				beta + "alibaba-cloud-loadbalancer-address-type": {"intranet"}, beta + "alicloud-loadbalancer-address-type": {"intranet"},
			},
			unclear: []string{beta + "alibaba-cloud-loadbalancer-id", beta + "alicloud-loadbalancer-id"},
		},
		{ // Huawei
			clusters:      []string{"huaweicloud_cce_cluster"},
			prefixes:      []string{"kubernetes.io/elb."},
			unclear:       []string{"kubernetes.io/elb.id", "kubernetes.io/elb.autocreate"},
			ignoresRanges: true,
		},
		{ // IBM
			clusters: []string{"ibm_container_vpc_cluster", "ibm_container_cluster"},
			prefixes: []string{"service.kubernetes.io/ibm-load-balancer-"},
			private:  map[string][]string{"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": {"private"}},
		},
		{ // OpenStack and OVH
			clusters: []string{"openstack_containerinfra_cluster_v1", "ovh_cloud_project_kube"},
			prefixes: []string{beta + "openstack-", "loadbalancer.openstack.org/", "loadbalancer.ovhcloud.com/"},
			private:  map[string][]string{beta + "openstack-internal-load-balancer": on},
			unclear:  []string{"loadbalancer.openstack.org/class", "loadbalancer.openstack.org/load-balancer-id"},
		},
		{ // STACKIT
			clusters: []string{"stackit_ske_cluster"},
			prefixes: []string{"lb.stackit.cloud/", "yawol.stackit.cloud/"},
			private:  map[string][]string{"lb.stackit.cloud/internal-lb": on, "yawol.stackit.cloud/internalLB": on},
		},
		{ // Naver
			clusters: []string{"ncloud_nks_cluster"},
			prefixes: []string{beta + "ncloud-load-balancer-"},
			private:  map[string][]string{beta + "ncloud-load-balancer-internal": on},
		},
		{ // MetalLB and Cilium take addresses from pools
			prefixes: []string{"metallb.io/", "metallb.universe.tf/", "lbipam.cilium.io/"},
			unclear: []string{
				"metallb.io/address-pool", "metallb.io/loadBalancerIPs", "metallb.universe.tf/address-pool",
				"metallb.universe.tf/loadBalancerIPs", "lbipam.cilium.io/ips",
			},
		},
	}
}

// restrictions returns the annotations that restrict who reaches a load balancer in ways that aren't read.
func restrictions() []string {
	const beta = "service.beta.kubernetes.io/"
	return []string{
		beta + "aws-load-balancer-security-groups", beta + "aws-load-balancer-security-group-prefix-lists",
		beta + "azure-allowed-service-tags", beta + "do-loadbalancer-allow-rules", beta + "do-loadbalancer-deny-rules",
		beta + "linode-loadbalancer-firewall-acl", beta + "linode-loadbalancer-firewall-id", beta + "vultr-loadbalancer-firewall-rules",
		beta + "alibaba-cloud-loadbalancer-acl-id", beta + "alicloud-loadbalancer-acl-id", beta + "ovh-loadbalancer-allowed-sources",
		"kubernetes.civo.com/firewall-id", "oci.oraclecloud.com/oci-network-security-groups", "yawol.stackit.cloud/loadBalancerSourceRanges",
	}
}

// public says whether the controller gives a load balancer a public address, as it does without an annotation.
func (c controller) public(a annotations) (read.Answer, graph.Value) {
	is, by := read.Yes, graph.Value{}
	for annotation, words := range c.private {
		v, certain := a.get(annotation)
		text, known := v.Text()
		switch {
		case !read.Given(v):
		case !known || !certain:
			is, by = read.Unclear, v
		case len(words) == 0 && text != "false", slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, text) }):
			return read.No, v
		}
	}
	for _, annotation := range c.unclear {
		if v, _ := a.get(annotation); read.Given(v) && is == read.Yes {
			is, by = read.Unclear, v
			if len(v.Origins()) == 0 {
				by = read.Opaque("annotation "+annotation, v.At)
			}
		}
	}
	return is, by
}

// names reports whether an annotation is one of the controller's own, so that it is the one that reads the Service.
func (c controller) names(a annotations) bool {
	return slices.ContainsFunc(a.names, func(name string) bool {
		return slices.ContainsFunc(c.prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	})
}

// runs reports whether the configuration has clusters of the controller's platform, and of no other.
func (c controller) runs(g *graph.Graph) bool {
	return slices.ContainsFunc(c.clusters, func(typ string) bool { return len(g.OfType(typ)) > 0 }) &&
		!slices.ContainsFunc(controllers(), func(o controller) bool {
			return !slices.Equal(o.clusters, c.clusters) && slices.ContainsFunc(o.clusters, func(typ string) bool { return len(g.OfType(typ)) > 0 })
		})
}

// controllerTypes are the types that tell which controller a cluster has.
func controllerTypes() []string {
	out := []string{"helm_release"}
	for _, c := range controllers() {
		out = append(out, c.clusters...)
	}
	return out
}

// elsewhere returns a cluster of another platform, if the configuration has clusters and none is the controller's. The controller's
// annotations mean nothing there.
func (c controller) elsewhere(g *graph.Graph) *graph.Resource {
	if g == nil {
		return nil
	}
	here := func(typ string) bool { return len(g.OfType(typ)) > 0 }
	if slices.ContainsFunc(c.clusters, here) {
		return nil
	}
	types := controllerTypes()[1:]
	if i := slices.IndexFunc(types, here); i >= 0 {
		return g.OfType(types[i])[0]
	}
	return nil
}

// installed returns what makes it unclear who serves a Service without a class: a controller whose load balancers are
// internal unless told otherwise, or take addresses from a pool, is in the configuration.
func installed(g *graph.Graph) (graph.Value, bool) {
	for _, r := range g.OfType("helm_release") {
		chart, _ := r.Attr("chart").Text()
		name := chart[strings.LastIndexByte(chart, '/')+1:]
		if slices.Contains([]string{"aws-load-balancer-controller", "metallb", "cilium", "kube-vip", "purelb"}, name) {
			return read.Opaque("the controller of "+r.Addr.String(), r.Decl), true
		}
	}
	for _, r := range g.OfType("aws_eks_cluster") {
		for _, compute := range r.OwnBlocks("compute_config") {
			if on, known := compute.OwnAttr("enabled").Bool(); on || !known && read.Given(compute.OwnAttr("enabled")) {
				return read.Opaque("the load balancing of "+r.Addr.String(), r.Decl), true
			}
		}
	}
	return graph.Value{}, false
}
