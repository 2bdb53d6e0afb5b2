package aws

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Services with public addresses of their own, which hand requests on into a VPC: API Gateway by VPC links, and CloudFront by VPC
// origins. They speak HTTP.
const (
	httpIntegration = "aws_apigatewayv2_integration"
	restIntegration = "aws_api_gateway_integration"
	vpcOrigin       = "aws_cloudfront_vpc_origin"
	distribution    = "aws_cloudfront_distribution"
)

func frontTypes() []string {
	return []string{
		httpIntegration, restIntegration, vpcOrigin, distribution, "aws_apigatewayv2_api", "aws_apigatewayv2_route",
		"aws_apigatewayv2_vpc_link", "aws_api_gateway_rest_api", "aws_api_gateway_method", "aws_api_gateway_vpc_link",
	}
}

// door is what leads from such a service to a listener or a machine.
type door struct {
	// to is the load balancer, listener or machine that it leads to.
	to graph.End
	// takes is the hop at which the service takes requests, and hand the one that hands them on.
	takes, hand *fact.Hop
	// from is the interface that it hands on from; nil if AWS makes one whose groups and addresses aren't known. routed is true
	// if the VPC needs an internet gateway for it.
	from   *networkInterface
	routed bool
}

// doors returns what leads to a name from outside of VPCs; what isn't known has the name "". It finds them once.
func (n *network) doors(name string) []door {
	if n.fronts == nil {
		n.fronts = map[string][]door{}
		for _, r := range n.t.OfType(httpIntegration) {
			n.httpDoor(r)
		}
		for _, r := range n.t.OfType(restIntegration) {
			n.restDoor(r)
		}
		for _, r := range n.t.OfType(vpcOrigin) {
			n.originDoors(r)
		}
	}
	return n.fronts[name]
}

// open adds a door, which is doubtful if it isn't known where it leads.
func (n *network) open(d door) {
	if !d.to.Known() && !read.MayBeMade(d.to.Value) {
		return
	}
	if !d.to.Certain {
		d.hand.Doubt(read.OriginsOf(d.to.Value)...)
	}
	n.fronts[d.to.Name] = append(n.fronts[d.to.Name], d)
}

// handing returns the hop of what hands requests on to a port; a port that isn't known is 0.
func handing(r *graph.Resource, port int) *fact.Hop {
	hop := &fact.Hop{
		Kind: "integration", Resource: r, At: r.Decl, Takes: read.All(), To: port, Why: "it hands requests on",
		Change: "Without it no request comes from there.",
	}
	if r.Addr.Type == vpcOrigin {
		hop.Kind = "VPC origin"
	}
	if !r.Certain {
		hop.Doubt(read.OriginsOf(r.Exists)...)
	}
	if port == 0 {
		hop.To = fact.AnyPort
	}
	return hop
}

// requests returns the hop at which a service takes requests at some ports.
func requests(kind string, r *graph.Resource, ports ...int) *fact.Hop {
	var set netset.Ports
	for _, port := range ports {
		set = set.Union(netset.Port(port))
	}
	return &fact.Hop{
		Kind: kind, Resource: r, At: r.Decl, Takes: netset.Exactly(netset.Product(netset.AllAddresses(), read.TCP(), set)),
		Why: "it takes requests from everyone on " + set.String(), Change: "Without it, or what it hands requests on to, nothing comes this way.",
	}
}

// httpDoor finds what an integration of an HTTP API with a VPC link leads to: a load balancer's listener.
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
func (n *network) httpDoor(r *graph.Resource) {
	takes := n.linked(r)
	if takes == nil {
		return
	}
	if ends := n.t.End(r.OwnAttr("api_id"), true); len(ends) == 1 && ends[0].Resource != nil {
		takes.Resource, takes.At = ends[0].Resource, ends[0].Resource.Decl
	}
	n.asks(takes, r)
	one := door{takes: takes, from: n.linkOf(r)}
	for _, to := range n.t.End(r.OwnAttr("integration_uri"), true) {
		one.to, one.hand = to, handing(r, 0)
		if to.Resource != nil {
			port, known := to.Resource.OwnAttr("port").Int()
			if !known || port < 1 || port > 65535 {
				port = fact.AnyPort
			}
			one.hand.To = port
		}
		n.open(one)
	}
}

// linked returns the hop at which an integration with a VPC link takes requests; nil for one without.
func (n *network) linked(r *graph.Resource) *fact.Hop {
	v := r.OwnAttr("connection_type")
	kind, known := v.Text()
	if known && kind != "VPC_LINK" || !read.Given(v) || r.Addr.Mode != graph.Managed {
		return nil
	}
	takes := requests("API gateway", r, 443)
	if !known {
		takes.Doubt(read.OriginsOf(v)...)
	}
	return takes
}

// linkOf returns the interface of the VPC link of an integration; nil if it isn't one that has subnets of its own.
func (n *network) linkOf(r *graph.Resource) *networkInterface {
	links := n.t.End(r.OwnAttr("connection_id"), true)
	if len(links) != 1 || links[0].Resource == nil || links[0].Resource.Addr.Mode != graph.Managed ||
		!read.Given(links[0].Resource.OwnAttr("subnet_ids")) {
		return nil
	}
	link := links[0].Resource
	return &networkInterface{
		subnets: n.t.EndsOf(link.OwnAttr("subnet_ids"), true), groups: n.t.EndsOf(link.OwnAttr("security_group_ids"), true), balancer: link,
	}
}

// asks makes doubtful what an integration of an HTTP API gets unless a route, for which nobody must be authorised, leads to it.
func (n *network) asks(takes *fact.Hop, integration *graph.Resource) {
	name := integration.Addr.String()
	for _, route := range n.t.OfType("aws_apigatewayv2_route") {
		if !slices.ContainsFunc(route.OwnAttr("target").Origins(), func(o graph.Origin) bool { return o.Resource == name }) {
			continue
		}
		who := read.Words{Attr: "authorization_type", Yes: []string{"NONE"}, No: []string{"AWS_IAM", "CUSTOM", "JWT"}, Absent: read.Yes}
		if free, _ := who.Of(route.Object); free == read.Yes && route.Certain && route.Addr.Mode == graph.Managed {
			return
		}
	}
	takes.Doubt(read.Outside("the routes to "+name, graph.Value{At: integration.Decl}))
}

// restDoor finds what an integration of a REST API with a VPC link leads to: network load balancers, at the port of its address.
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html
func (n *network) restDoor(r *graph.Resource) {
	takes := n.linked(r)
	if takes == nil {
		return
	}
	apis := n.t.End(r.OwnAttr("rest_api_id"), true)
	if len(apis) == 1 && apis[0].Resource != nil {
		takes.Resource, takes.At = apis[0].Resource, apis[0].Resource.Decl
		for _, b := range apis[0].Resource.OwnBlocks("endpoint_configuration") {
			types, whole := b.OwnAttr("types").Elements()
			private := slices.ContainsFunc(types, func(v graph.Value) bool { text, known := v.Text(); return known && text == "PRIVATE" })
			switch {
			case private:
				return
			case !whole || slices.ContainsFunc(types, graph.Value.Undecided):
				takes.Doubt(read.OriginsOf(b.OwnAttr("types"))...)
			}
		}
	}
	if !n.free(r) {
		takes.Doubt(read.Outside("who is authorised for "+r.Addr.String(), graph.Value{At: r.Decl}))
	}
	port := portOf(r.OwnAttr("uri"))
	add := func(to graph.End, from *networkInterface) {
		n.open(door{to: to, takes: takes, hand: handing(r, port), from: from})
	}
	for _, to := range n.t.End(r.OwnAttr("integration_target"), true) {
		add(to, n.linkOf(r))
	}
	for _, link := range n.t.End(r.OwnAttr("connection_id"), true) {
		if link.Resource == nil {
			continue
		}
		for _, to := range n.t.EndsOf(link.Resource.OwnAttr("target_arns"), link.Certain) {
			add(to, nil)
		}
	}
}

// free reports whether nobody must be authorised for the method of an integration.
func (n *network) free(integration *graph.Resource) bool {
	of, verb := n.t.End(integration.OwnAttr("resource_id"), true), integration.OwnAttr("http_method")
	for _, method := range n.t.OfType("aws_api_gateway_method") {
		at := n.t.End(method.OwnAttr("resource_id"), true)
		same := len(of) == 1 && len(at) == 1 && of[0].Known() && of[0].Name == at[0].Name && verb.Same(method.OwnAttr("http_method"))
		who, known := method.OwnAttr("authorization").Text()
		if key, _ := method.OwnAttr("api_key_required").Bool(); same && known && who == "NONE" && !key && method.Certain {
			return true
		}
	}
	return false
}

// portOf returns the port of an address, which may be known in part; 0 if it isn't known.
func portOf(v graph.Value) int {
	scheme, rest := v.Ends()
	if text, known := v.Text(); known {
		u, err := url.Parse(text)
		if err != nil {
			return 0
		}
		scheme, rest = text, ":"+u.Port()
		if u.Port() == "" {
			rest = "/"
		}
	}
	rest, _, _ = strings.Cut(rest, "/")
	if at, ok := strings.CutPrefix(rest, ":"); ok {
		port, err := strconv.Atoi(at)
		if err != nil || port < 1 || port > 65535 {
			return 0
		}
		return port
	}
	switch {
	case rest != "":
	case strings.HasPrefix(scheme, "https://"):
		return 443
	case strings.HasPrefix(scheme, "http://"):
		return 80
	}
	return 0
}

// originDoors finds what a VPC origin leads to: a load balancer or an instance. A distribution must use it.
// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html
func (n *network) originDoors(r *graph.Resource) {
	if r.Addr.Mode != graph.Managed {
		return
	}
	used := n.distributed(r)
	for _, b := range r.OwnBlocks("vpc_origin_endpoint_config") {
		policy, known := b.OwnAttr("origin_protocol_policy").Text()
		for _, by := range []struct {
			attr, never string
			at          int
		}{{"http_port", "https-only", 80}, {"https_port", "http-only", 443}} {
			if known && policy == by.never {
				continue
			}
			at := []int{by.at}
			if known && policy != "match-viewer" {
				at = []int{80, 443}
			}
			port, ok := b.OwnAttr(by.attr).Int()
			if !ok || port < 1 || port > 65535 {
				port = 0
			}
			for _, to := range n.t.End(b.OwnAttr("arn"), b.Certain) {
				one := door{to: to, takes: requests("CloudFront", r, at...), hand: handing(r, port), routed: true}
				one.takes.Decides = used
				if used != nil {
					one.takes.Doubt()
				}
				if !known {
					one.hand.Doubt(read.OriginsOf(b.OwnAttr("origin_protocol_policy"))...)
				}
				n.open(one)
			}
		}
	}
}

// distributed returns nothing if a distribution surely uses a VPC origin, and otherwise what decides that.
func (n *network) distributed(r *graph.Resource) []graph.Origin {
	for _, d := range n.t.OfType(distribution) {
		on, known := d.OwnAttr("enabled").Bool()
		for _, origin := range d.OwnBlocks("origin") {
			for _, use := range origin.OwnBlocks("vpc_origin_config") {
				if n.is(use.OwnAttr("vpc_origin_id"), r) == read.Yes && known && on && d.Certain && origin.Certain && use.Certain && d.Addr.Mode == graph.Managed {
					return nil
				}
			}
		}
	}
	return []graph.Origin{read.Outside("which distribution uses "+r.Addr.String(), graph.Value{At: r.Decl})}
}

// discovered returns the names of the services of Cloud Map that a machine is registered in.
func (n *network) discovered(r *graph.Resource) (out []string) {
	for _, b := range r.OwnBlocks("service_registries") {
		for _, e := range n.t.End(b.OwnAttr("registry_arn"), true) {
			out = append(out, e.Name)
		}
	}
	for _, one := range n.t.OfType("aws_service_discovery_instance") {
		if slices.ContainsFunc(one.OwnAttr("attributes").Origins(), func(o graph.Origin) bool { return o.Resource == r.Addr.String() }) {
			for _, e := range n.t.End(one.OwnAttr("service_id"), true) {
				out = append(out, e.Name)
			}
		}
	}
	return out
}

// entered returns the ways to an interface of a resource, in a subnet, by the doors that lead to one of its names.
func (n *network) entered(r *graph.Resource, names []string, i networkInterface, subnet graph.End, f read.Family) (out []fact.Way) {
	var doors []door
	for _, name := range append(names, "") {
		doors = append(doors, n.doors(name)...)
	}
	for _, d := range doors {
		starts := []fact.Way{{Family: f.All(), Hops: []*fact.Hop{d.takes}}}
		if d.from == nil {
			hops := []*fact.Hop{d.takes, d.hand}
			if d.routed && isManaged(subnet) {
				hops = append(hops, n.gateway(n.vpcOf(subnet)))
			}
			if !i.open {
				guard := n.faced(n.guarded(r, i.groups, n.vpcOf(subnet)), peer{Peer: fact.Peer{Masks: true, Within: read.IPv4.All(), Others: true}}, fact.In)
				guard.Decides = append(slices.Clip(guard.Decides), read.Outside("the address of "+d.hand.Resource.Addr.String(), graph.Value{At: d.hand.At}))
				hops = append(hops, guard)
			}
			out = append(out, fact.Way{Family: f.All(), Hops: append(append(hops, inSubnet(r, subnet)...), i.before...)})
			continue
		}
		for _, at := range d.from.subnets {
			via := *d.from
			via.subnets = []graph.End{at}
			from := node{Node: &fact.Node{Ways: starts}, family: f, via: via, subnet: at}
			hops := n.onto(r, front{hand: d.hand, masks: true, to: read.IPv4}, from, i, subnet, true, false)
			out = append(out, fact.Way{From: from.Node, Family: f.All(), Hops: hops})
		}
	}
	return out
}
