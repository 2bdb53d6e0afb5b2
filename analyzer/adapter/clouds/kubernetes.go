package clouds

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// kubernetes knows Kubernetes: a Service of type LoadBalancer publishes its ports. The other types
// don't, and a NetworkPolicy opens nothing.
// Source: the provider's pages kubernetes_service_v1 and kubernetes_manifest;
// https://kubernetes.io/docs/concepts/services-networking/service/
func kubernetes() read.Provider {
	typed := serviceNames{port: "port", ranges: "load_balancer_source_ranges"}
	manifest := serviceNames{port: "ports", ranges: "loadBalancerSourceRanges"}
	return read.Provider{Rules: []read.Adapter{
		{
			Types: []string{"kubernetes_service", "kubernetes_service_v1"},
			Ingress: func(_ *graph.Graph, r *graph.Resource) []*fact.Ingress {
				return typed.listeners(r, graph.Block{Object: r.Object, Certain: true})
			},
		},
		{
			Types: []string{"kubernetes_manifest"},
			Ingress: func(_ *graph.Graph, r *graph.Resource) []*fact.Ingress {
				var out []*fact.Ingress
				for _, m := range r.Blocks("manifest") {
					kind := m.Attr("kind")
					text, known := kind.Text()
					if known && text != "Service" {
						continue
					}
					for _, rule := range manifest.listeners(r, m) {
						if !known {
							read.Doubt(rule, kind)
						}
						out = append(out, rule)
					}
				}
				return out
			},
		},
	}}
}

// serviceNames is what differs between the resource and the manifest of a Service.
type serviceNames struct{ port, ranges string }

// listeners returns the ports that a Service publishes.
func (n serviceNames) listeners(r *graph.Resource, service graph.Block) []*fact.Ingress {
	var annotations []graph.Block
	for _, m := range service.Blocks("metadata") {
		annotations = append(annotations, m.Blocks("annotations")...)
	}
	internal, why := internalService(annotations)
	if internal == read.Yes {
		return nil
	}
	scope := read.Own(r, fact.Scope{ScopeID: fact.ScopeID{Kind: "service"}, Role: fact.Listener, Order: fact.Union})
	var out []*fact.Ingress
	for _, spec := range service.Blocks("spec") {
		typ := spec.Attr("type")
		text, known := typ.Text()
		if !read.Given(typ) || known && text != "LoadBalancer" { // ClusterIP is the default
			continue
		}
		for _, port := range spec.Blocks(n.port) {
			rule := &fact.Ingress{
				Resource: r, Scope: scope, Action: fact.Allow, At: port.At,
				Protocol: read.ProtocolIn("protocol", read.TCP())(port.Object),
				Ports:    read.PortsIn("port", read.AllPorts)(port.Object),
				Sources:  n.sources(spec.Object, annotations),
			}
			rule.Certain, rule.Exists = read.Exists(r, port)
			if internal == read.Unclear {
				read.Doubt(rule, why)
			}
			if !known {
				read.Doubt(rule, typ)
			}
			out = append(out, rule)
		}
	}
	return out
}

// sources reads the networks that the load balancer admits: those of the specification or, if it has none, of the
// annotation that is older than it. Without either it admits everyone.
func (n serviceNames) sources(spec graph.Object, annotations []graph.Block) []fact.Term[netset.Prefixes] {
	const annotation = "service.beta.kubernetes.io/load-balancer-source-ranges"
	for _, a := range annotations {
		v := a.Attr(annotation)
		if read.Given(spec.Attr(n.ranges)) || !read.Given(v) {
			continue
		}
		t := fact.Term[netset.Prefixes]{Attrs: []string{annotation}, Values: []graph.Value{v}}
		text, _ := v.Text()
		for item := range strings.SplitSeq(text, ",") {
			p, err := netset.ParseSource(item)
			if err != nil {
				t.Set = netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
				break
			}
			t.Set = netset.UnionBounds(t.Set, netset.Exactly(p))
		}
		return []fact.Term[netset.Prefixes]{t}
	}
	return read.From{Addresses: []string{n.ranges}, None: read.Everyone}.Read(nil, spec)
}

// internalService says whether annotations make a Service's load balancer one without a public address, and which
// value decides.
// Source: https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer; on AWS also the
// annotation that it names no more.
func internalService(annotations []graph.Block) (read.Answer, graph.Value) {
	internal := []struct {
		annotation string
		values     []string
	}{
		{"networking.gke.io/load-balancer-type", []string{"Internal"}},
		{"cloud.google.com/load-balancer-type", []string{"Internal"}},
		{"service.beta.kubernetes.io/aws-load-balancer-scheme", []string{"internal"}},
		{"service.beta.kubernetes.io/aws-load-balancer-internal", []string{"true", "0.0.0.0/0"}},
		{"service.beta.kubernetes.io/azure-load-balancer-internal", []string{"true"}},
		{"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", []string{"private"}},
		{"service.beta.kubernetes.io/openstack-internal-load-balancer", []string{"true"}},
		{"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", []string{"intranet"}},
		{"service.beta.kubernetes.io/oci-load-balancer-internal", []string{"true"}},
	}
	is, why := read.No, graph.Value{}
	for _, a := range annotations {
		for _, i := range internal {
			v := a.Attr(i.annotation)
			text, known := v.Text()
			switch {
			case !read.Given(v):
			case !known || !a.Certain:
				is, why = read.Unclear, v
			case slices.ContainsFunc(i.values, func(s string) bool { return strings.EqualFold(s, text) }):
				return read.Yes, v
			}
		}
	}
	return is, why
}
