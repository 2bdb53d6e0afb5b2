package clouds

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// kubernetes describes what publishes ports from a cluster: services with a load balancer, with node ports or with external
// addresses, gateways, ingresses, and the forwards of ingress-nginx. A NetworkPolicy opens nothing. Source: the provider's
// pages kubernetes_service_v1, kubernetes_ingress_v1 and kubernetes_manifest; the page helm_release;
// https://kubernetes.io/docs/concepts/services-networking/service/
func kubernetes() read.Provider {
	typed := serviceNames{
		port: "port", nodePort: "node_port", ranges: "load_balancer_source_ranges", class: "load_balancer_class", addresses: "external_ips",
	}
	return read.Provider{Rules: []read.Adapter{
		{
			Types: []string{"kubernetes_service", "kubernetes_service_v1"}, Reads: controllerTypes(),
			Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
				return typed.publish(g, r, graph.Block{Object: r.Object, Certain: true})
			},
		},
		{
			Types: []string{"kubernetes_ingress", "kubernetes_ingress_v1"},
			Ingress: func(_ *graph.Graph, r *graph.Resource) []*fact.Ingress {
				return ingress(r, graph.Block{Object: r.Object, Certain: true}, "ingress_class_name")
			},
		},
		{
			Types: []string{"kubernetes_config_map", "kubernetes_config_map_v1"},
			Ingress: func(_ *graph.Graph, r *graph.Resource) []*fact.Ingress {
				return tcpServices(r, graph.Block{Object: r.Object, Certain: true})
			},
		},
		{
			Types: []string{"kubernetes_manifest"}, Reads: controllerTypes(),
			Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
				var out []*fact.Ingress
				for _, m := range r.Blocks("manifest") {
					out = append(out, manifest(g, r, m)...)
				}
				return out
			},
		},
		{
			Types: []string{"kubectl_manifest"}, Reads: controllerTypes(),
			Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
				var out []*fact.Ingress
				for _, document := range r.Attr("yaml_body").Documents() {
					out = append(out, manifest(g, r, graph.Block{Object: document.Object(), Certain: true, At: document.At})...)
				}
				return out
			},
		},
		{Types: []string{"helm_release"}, Ingress: helmValues},
	}}
}

// manifest returns what an object of the Kubernetes API publishes. An object whose kind isn't known may be a Service.
func manifest(g *graph.Graph, r *graph.Resource, m graph.Block) []*fact.Ingress {
	kind := m.Attr("kind")
	text, known := kind.Text()
	names := serviceNames{
		port: "ports", nodePort: "nodePort", ranges: "loadBalancerSourceRanges", class: "loadBalancerClass", addresses: "externalIPs",
	}
	switch {
	case text == "Service":
		return names.publish(g, r, m)
	case text == "Gateway":
		return gateway(r, m)
	case text == "Ingress":
		return ingress(r, m, "ingressClassName")
	case text == "ConfigMap":
		return tcpServices(r, m)
	case known:
		return nil
	}
	out := names.publish(g, r, m)
	for _, rule := range out {
		read.Doubt(rule, kind)
	}
	return out
}

// serviceNames has the names that differ between the resource and the manifest of a Service.
type serviceNames struct{ port, nodePort, ranges, class, addresses string }

// publish returns the ports that a Service publishes.
func (n serviceNames) publish(g *graph.Graph, r *graph.Resource, service graph.Block) []*fact.Ingress {
	notes := annotationsOf(service.Object)
	var out []*fact.Ingress
	for _, spec := range service.Blocks("spec") {
		typ := spec.Attr("type")
		text, known := typ.Text()
		if known && text == "ExternalName" {
			continue
		}
		for _, port := range spec.Blocks(n.port) {
			if read.Given(typ) && (!known || text == "LoadBalancer") {
				out = append(out, n.balanced(g, r, spec, port, notes)...)
			}
			if read.Given(typ) && (!known || text == "NodePort" || text == "LoadBalancer") {
				out = append(out, n.onNodes(r, spec, port)...)
			}
			out = append(out, n.outside(r, spec, port)...)
		}
	}
	return out
}

// balanced returns the rule of a port that a load balancer publishes; nil if the load balancer is internal.
func (n serviceNames) balanced(g *graph.Graph, r *graph.Resource, spec, port graph.Block, notes annotations) []*fact.Ingress {
	public, by := notes.public(g, spec.Attr(n.class))
	if public == read.No {
		return nil
	}
	rule := published(r, "service", port)
	rule.Sources = notes.clients(g, spec.Object, n.ranges)
	if public == read.Unclear {
		read.Doubt(rule, by)
	}
	if typ := spec.Attr("type"); !typ.Known() {
		read.Doubt(rule, typ)
	}
	return []*fact.Ingress{rule}
}

// onNodes returns the rule of a port that every node of the cluster listens on, from 30000 to 32767 unless the Service names
// it. Services with a load balancer have node ports, too, but these count only if they are named.
func (n serviceNames) onNodes(r *graph.Resource, spec, port graph.Block) []*fact.Ingress {
	named := port.Attr(n.nodePort)
	number, known := named.Int()
	given := read.Given(named) && (!known || number != 0)
	if text, _ := spec.Attr("type").Text(); !spec.Certain || !given && text != "NodePort" {
		return nil
	}
	rule := published(r, "node port", port)
	rule.Ports = read.PortsIn(n.nodePort, func(graph.Object) fact.Term[netset.Ports] {
		return fact.Term[netset.Ports]{Set: netset.Bounds[netset.Ports]{May: netset.PortRange(30000, 32767)}}
	}, "0")(port.Object)
	read.Doubt(rule, read.Opaque("the addresses and firewalls of the cluster's nodes", port.At))
	return []*fact.Ingress{rule}
}

// outside returns the rule of a port on which nodes accept connections to external addresses; nil if none of these is on the
// internet.
func (n serviceNames) outside(r *graph.Resource, spec, port graph.Block) []*fact.Ingress {
	v := spec.Attr(n.addresses)
	if !read.Given(v) || !spec.Certain { // an unknown specification is told once, as a load balancer's
		return nil
	}
	if read.Sources(read.AnyFamily)(v).May.SubsetOf(privateNetworks()) {
		return nil
	}
	rule := published(r, "external address", port)
	read.Doubt(rule, read.Opaque("the nodes that the external addresses lead to", v.At))
	return []*fact.Ingress{rule}
}

// privateNetworks returns the addresses that no provider routes from the internet. Source:
// https://www.rfc-editor.org/rfc/rfc1918, rfc4193, rfc6598
func privateNetworks() netset.Prefixes {
	return netset.PrefixSet(
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
	)
}

// published returns a rule that lets everyone connect to the port of a block.
func published(r *graph.Resource, kind string, port graph.Block) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Action: fact.Allow, At: port.At,
		Scope:    read.Own(r, fact.Scope{ScopeID: fact.ScopeID{Kind: kind}, Role: fact.Listener, Order: fact.Union}),
		Protocol: read.ListenerProtocol("protocol", read.TCP())(port.Object),
		Ports:    read.PortsIn("port", read.AllPorts)(port.Object),
		Sources:  []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())},
	}
	rule.Certain, rule.Exists = read.Exists(r, port)
	if rule.At.Filename == "" {
		rule.At = r.Decl
	}
	return rule
}

// gateway returns the listeners of a gateway. Its class decides whether it is public. Source:
// https://gateway-api.sigs.k8s.io/guides/tcp/
func gateway(r *graph.Resource, m graph.Block) []*fact.Ingress {
	var out []*fact.Ingress
	for _, spec := range m.Blocks("spec") {
		class := spec.Attr("gatewayClassName")
		for _, listener := range spec.Blocks("listeners") {
			rule := published(r, "gateway", listener)
			read.Doubt(rule, named("gateway class", class, rule))
			out = append(out, rule)
		}
	}
	return out
}

// ingress returns the two ports of an ingress. Its class decides whether it is public. Source:
// https://kubernetes.io/docs/concepts/services-networking/ingress/
func ingress(r *graph.Resource, m graph.Block, class string) []*fact.Ingress {
	var out []*fact.Ingress
	for _, spec := range m.Blocks("spec") {
		spec.At = r.Decl
		rule := published(r, "ingress", spec)
		rule.Ports = read.Constant(netset.Port(80).Union(netset.Port(443)))
		read.Doubt(rule, named("ingress class", spec.Attr(class), rule))
		out = append(out, rule)
	}
	return out
}

// named returns what decides about something that a class outside the configuration makes.
func named(what string, class graph.Value, rule *fact.Ingress) graph.Value {
	text, known := class.Text()
	switch {
	case known:
		return read.Opaque(what+" "+text, class.At)
	case read.Given(class):
		return class
	}
	return read.Opaque("the default "+what, rule.At)
}

// tcpServices returns the ports that ingress-nginx forwards by a map from ports to NAMESPACE/SERVICE:PORT. Source:
// https://kubernetes.github.io/ingress-nginx/user-guide/exposing-tcp-udp-services/
func tcpServices(r *graph.Resource, m graph.Block) []*fact.Ingress {
	var out []*fact.Ingress
	for _, data := range m.Blocks("metadata") {
		name, _ := data.Attr("name").Text()
		protocol, forwards := read.TCP(), strings.HasSuffix(name, "tcp-services")
		if strings.HasSuffix(name, "udp-services") {
			protocol, forwards = netset.Protocol(netset.UDP), true
		}
		if forwards {
			out = append(out, forwarded(r, m.Attr("data"), protocol)...)
		}
	}
	return out
}

// forwarded returns a rule for each key of a map of ports.
func forwarded(r *graph.Resource, services graph.Value, protocol netset.Protocols) []*fact.Ingress {
	var out []*fact.Ingress
	for _, key := range services.Keys() {
		ports, err := netset.ParsePorts(key)
		if err != nil {
			continue
		}
		rule := published(r, "forwarded port", graph.Block{Object: r.Object, Certain: true, At: services.At})
		rule.Protocol, rule.Ports = read.Constant(protocol), read.Constant(ports)
		read.Doubt(rule, read.Opaque("the service of the ingress controller", services.At))
		out = append(out, rule)
	}
	return out
}

// helmValues returns what the values of a chart publish: the forwards of ingress-nginx and, for any chart, a service whose
// values have a load balancer and a port. The chart decides whether and how it uses them. Source:
// https://github.com/kubernetes/ingress-nginx/blob/main/charts/ingress-nginx/values.yaml
func helmValues(_ *graph.Graph, r *graph.Resource) []*fact.Ingress {
	chart, _ := r.Attr("chart").Text()
	var out []*fact.Ingress
	documents, _ := r.Attr("values").Elements()
	for _, text := range documents {
		for _, values := range text.Documents() {
			if strings.HasSuffix(chart, "ingress-nginx") {
				out = append(out, forwarded(r, values.Object().Attr("tcp"), read.TCP())...)
				out = append(out, forwarded(r, values.Object().Attr("udp"), netset.Protocol(netset.UDP))...)
			}
			if strings.HasSuffix(chart, "traefik") {
				out = append(out, traefikPorts(r, values.Object())...)
			}
			out = append(out, chartService(r, values.Object())...)
		}
	}
	sets := r.OwnBlocks("set")
	balanced := slices.ContainsFunc(sets, func(set graph.Block) bool {
		name, _ := set.OwnAttr("name").Text()
		value, _ := set.OwnAttr("value").Text()
		return name == "service.type" && value == "LoadBalancer"
	})
	for _, set := range sets {
		name, _ := set.OwnAttr("name").Text()
		port, isForward := strings.CutPrefix(name, "tcp.")
		if ports, err := netset.ParsePorts(strings.Trim(port, `"`)); isForward && err == nil {
			rule := published(r, "forwarded port", graph.Block{Object: r.Object, Certain: set.Certain, Exists: set.Exists, At: set.At})
			rule.Protocol, rule.Ports = read.Constant(read.TCP()), read.Constant(ports)
			read.Doubt(rule, read.Opaque("the service of the ingress controller", set.At))
			out = append(out, rule)
		}
		if balanced && (name == "service.port" || strings.HasPrefix(name, "service.ports.")) {
			rule := published(r, "service", set)
			rule.Ports = read.PortsIn("value", read.AllPorts)(set.Object)
			read.Doubt(rule, read.Opaque("the chart's own service", set.At))
			out = append(out, rule)
		}
	}
	return out
}

// chartService reads the values service.type, and service.port or service.ports, which most charts have: the latter is a map from
// names to ports, or a list.
func chartService(r *graph.Resource, values graph.Object) []*fact.Ingress {
	var out []*fact.Ingress
	for _, service := range values.Blocks("service") {
		typ := service.Attr("type")
		if text, _ := typ.Text(); text != "LoadBalancer" {
			continue
		}
		add := func(of graph.Object, attr string) {
			if !read.Given(of.Attr(attr)) {
				return
			}
			rule := published(r, "service", graph.Block{Object: of, Certain: service.Certain, Exists: service.Exists, At: typ.At})
			rule.Ports = read.PortsIn(attr, read.AllPorts)(of)
			read.Doubt(rule, read.Opaque("the chart's own service", rule.At))
			out = append(out, rule)
		}
		add(service.Object, "port")
		for _, ports := range service.Blocks("ports") {
			if names := service.Attr("ports").Keys(); len(names) > 0 {
				for _, name := range names {
					add(ports.Object, name)
				}
				continue
			}
			add(ports.Object, "port")
		}
	}
	return out
}

// traefikPorts reads the ports that Traefik's chart gives its service: those with an exposedPort, unless expose says otherwise.
// Source: https://github.com/traefik/traefik-helm-chart/blob/master/traefik/values.yaml
func traefikPorts(r *graph.Resource, values graph.Object) []*fact.Ingress {
	var out []*fact.Ingress
	for _, all := range values.Blocks("ports") {
		for _, name := range values.Attr("ports").Keys() {
			for _, port := range all.Blocks(name) {
				shown, known := port.Attr("expose").Bool()
				for _, expose := range port.Blocks("expose") {
					shown, known = expose.Attr("default").Bool()
				}
				if !read.Given(port.Attr("exposedPort")) || known && !shown {
					continue
				}
				port.At = port.Attr("exposedPort").At
				rule := published(r, "service", port)
				rule.Ports = read.PortsIn("exposedPort", read.AllPorts)(port.Object)
				read.Doubt(rule, read.Opaque("the chart's own service", rule.At))
				out = append(out, rule)
			}
		}
	}
	return out
}

// annotations are the annotations of a Service: their names, as far as these are known, and the object with their values.
type annotations struct {
	names  []string
	blocks []graph.Block
	// unknown is the map if its names aren't known.
	unknown graph.Value
}

func annotationsOf(o graph.Object) annotations {
	var out annotations
	for _, m := range o.Blocks("metadata") {
		all := m.Attr("annotations")
		if out.names = append(out.names, all.Keys()...); all.Undecided() && len(all.Keys()) == 0 {
			out.unknown = all
		}
		out.blocks = append(out.blocks, m.Blocks("annotations")...)
	}
	return out
}

// get returns an annotation. certain is true if the map surely has it.
func (a annotations) get(name string) (v graph.Value, certain bool) {
	for _, block := range a.blocks {
		if v = block.Attr(name); read.Given(v) {
			return v, block.Certain
		}
	}
	return graph.Value{}, true
}

// clients reads the networks that the load balancer admits: those in the specification or, without any, those in the older
// annotation. Without either it admits everyone, unless a controller's annotations restrict it.
func (a annotations) clients(g *graph.Graph, spec graph.Object, ranges string) []fact.Term[netset.Prefixes] {
	for _, name := range restrictions() {
		if v, _ := a.get(name); slices.Contains(a.names, name) && read.Given(v) {
			if len(v.Origins()) == 0 {
				v = read.Opaque("annotation "+name, v.At)
			}
			return []fact.Term[netset.Prefixes]{read.Someone(v, name)}
		}
	}
	if v := spec.Attr(ranges); read.Given(v) {
		for _, f := range controllers() {
			if f.ignoresRanges && (f.names(a) || f.runs(g)) {
				return []fact.Term[netset.Prefixes]{read.Someone(read.Opaque("whether the nodes keep to "+ranges, v.At), ranges)}
			}
		}
		if read.Given(a.unknown) {
			return []fact.Term[netset.Prefixes]{read.Someone(a.unknown, "annotations")}
		}
	}
	for _, annotation := range []string{
		"service.beta.kubernetes.io/load-balancer-source-ranges", "service.beta.kubernetes.io/azure-allowed-ip-ranges",
	} {
		v, certain := a.get(annotation)
		if read.Given(spec.Attr(ranges)) || !read.Given(v) {
			continue
		}
		t := fact.Term[netset.Prefixes]{Attrs: []string{annotation}, Values: []graph.Value{v}}
		text, _ := v.Text()
		for item := range strings.SplitSeq(text, ",") {
			p, err := netset.ParseSource(item)
			if err != nil || !certain {
				t.Set = netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
				break
			}
			t.Set = netset.UnionBounds(t.Set, netset.Exactly(p))
		}
		return []fact.Term[netset.Prefixes]{t}
	}
	return read.From{Addresses: []string{ranges}, None: read.Everyone}.Read(nil, spec)
}

// public returns whether a Service's load balancer has a public address, and the value that decides. It has one unless an
// annotation, the class or the controller says otherwise.
func (a annotations) public(g *graph.Graph, class graph.Value) (read.Answer, graph.Value) {
	is, by := read.Yes, graph.Value{}
	for _, f := range controllers() {
		switch one, v := f.public(a); one {
		case read.No:
			other := f.elsewhere(g)
			if other == nil {
				return read.No, v
			}
			is, by = read.Unclear, read.Opaque("whether the service is in "+other.Addr.String(), v.At)
		case read.Unclear:
			is, by = read.Unclear, v
		case read.Yes:
		}
	}
	ours, known := class.Text()
	switch {
	case known && slices.Contains([]string{"service.k8s.aws/nlb", "eks.amazonaws.com/nlb"}, ours):
		return a.byAWSController(class)
	case known && strings.HasPrefix(ours, "networking.gke.io/l4-regional-internal"):
		return read.No, class
	case known && strings.HasPrefix(ours, "networking.gke.io/l4-regional-external"):
		return read.Yes, class
	case known && ours != "":
		return read.Unclear, read.Opaque("load balancer class "+ours, class.At)
	case read.Given(class):
		return read.Unclear, class
	}
	typ, certain := a.get("service.beta.kubernetes.io/aws-load-balancer-type")
	scheme, _ := a.get(awsScheme)
	switch text, known := typ.Text(); {
	case text == "external", text == "nlb-ip", read.Given(scheme):
		return a.byAWSController(typ)
	case read.Given(typ) && (!known || !certain):
		if controlled, _ := a.byAWSController(typ); controlled != is {
			return read.Unclear, typ
		}
	}
	if is == read.Yes && g != nil && !slices.ContainsFunc(controllers(), func(f controller) bool { return f.names(a) }) {
		if v, found := installed(g); found {
			return read.Unclear, v
		}
	}
	return is, by
}

const awsScheme = "service.beta.kubernetes.io/aws-load-balancer-scheme"

// byAWSController returns whether the AWS Load Balancer Controller makes an internet-facing load balancer. Only the scheme, or
// its older spelling, decides. Source: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/
func (a annotations) byAWSController(why graph.Value) (read.Answer, graph.Value) {
	scheme, certain := a.get(awsScheme)
	text, known := scheme.Text()
	switch {
	case read.Given(scheme) && (!known || !certain):
		return read.Unclear, scheme
	case text == "internet-facing":
		return read.Yes, scheme
	case known:
		return read.No, scheme
	}
	old, certain := a.get("service.beta.kubernetes.io/aws-load-balancer-internal")
	switch text, known := old.Text(); {
	case read.Given(old) && (!known || !certain):
		return read.Unclear, old
	case text == "false":
		return read.Yes, old
	}
	return read.No, why
}
