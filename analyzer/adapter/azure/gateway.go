package azure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const (
	gatewayType = "azurerm_application_gateway"
	gatewayPool = "azurerm_network_interface_application_gateway_backend_address_pool_association"
)

// pooled is how a listener of an application gateway hands connections on to one of its pools.
type pooled struct {
	gateway *graph.Resource
	// pool is the name of the pool; absent if that isn't known.
	pool graph.Value
	hop  *fact.Hop
	// takes is the hop of the listener's port, and ways are the public ways to it.
	takes *fact.Hop
	ways  []fact.Way
	// internal is true if the listener may have a frontend in a subnet.
	internal bool
}

// gateway returns an application gateway with the ways to its listeners: those with a public frontend, as far as a network
// security group of its subnet lets them pass. It needs none.
// Source: https://learn.microsoft.com/azure/application-gateway/configuration-infrastructure
func (n *network) gateway(r *graph.Resource) fact.Endpoint {
	e := fact.Endpoint{Resource: r, Kind: fact.Published, Word: "application gateway"}
	for _, l := range gatewayListeners(r) {
		e.Ways = append(e.Ways, n.gatewayWays(r, l)...)
	}
	return e
}

func gatewayListeners(r *graph.Resource) []graph.Block {
	return append(r.OwnBlocks("http_listener"), r.OwnBlocks("listener")...)
}

// gatewayWays returns the ways to a listener of an application gateway.
func (n *network) gatewayWays(r *graph.Resource, listener graph.Block) []fact.Way {
	var filters []*fact.Hop
	for _, b := range r.OwnBlocks("gateway_ip_configuration") {
		for _, i := range n.configured(r, b, filter{}) {
			if !n.subnetFilter(i.subnet).none() {
				filters = append(filters, n.filtered(&i, sku{tier: basicTier, of: r.Addr.String()})...)
			}
		}
	}
	takes := n.gatewayPort(r, listener)
	var out []fact.Way
	for _, b := range r.OwnBlocks("frontend_ip_configuration") {
		same, sure := sameText(listener.OwnAttr("frontend_ip_configuration_name"), b.OwnAttr("name"))
		if !same || !read.Given(b.OwnAttr("public_ip_address_id")) {
			continue
		}
		for _, front := range n.front(r, b) {
			hop := *front.hop
			hop.Kind = "application gateway"
			if !sure || !b.Certain {
				hop.Doubt(slices.Concat(read.OriginsOf(listener.OwnAttr("frontend_ip_configuration_name")), read.OriginsOf(b.Exists))...)
			}
			hops := []*fact.Hop{&hop, takes}
			if maybe := read.Present(r, "application gateway"); maybe != nil {
				hops = append([]*fact.Hop{maybe}, hops...)
			}
			out = append(out, fact.Way{Family: front.family.All(), Hops: append(hops, filters...)})
		}
	}
	return out
}

// gatewayPort is the hop of the port that a listener of an application gateway names.
func (n *network) gatewayPort(r *graph.Resource, listener graph.Block) *fact.Hop {
	hop := &fact.Hop{Kind: "listener", Resource: r, At: listener.At, Change: "A listener for the port opens it, and without one it is closed."}
	name := listener.OwnAttr("frontend_port_name")
	var ports netset.Bounds[netset.Ports]
	var words []string
	for _, b := range r.OwnBlocks("frontend_port") {
		same, sure := sameText(name, b.OwnAttr("name"))
		if !same {
			continue
		}
		v := b.OwnAttr("port")
		port, ok := v.Int()
		one := netset.Bounds[netset.Ports]{May: netset.AllPorts()}
		if ok && 0 < port && port <= 65535 {
			one = netset.Exactly(netset.Port(port))
			words = append(words, read.Told(fmt.Sprint(port), v))
			hop.Sensitive = hop.Sensitive || v.Sensitive()
		}
		if !sure || !ok || !b.Certain {
			one.Must = netset.Ports{}
			hop.Decides = slices.Concat(hop.Decides, name.Origins(), v.Origins(), b.Exists.Origins())
		}
		ports = netset.UnionBounds(ports, one)
	}
	hop.Why = "it listens on " + strings.Join(words, ", ")
	if len(words) == 0 {
		hop.Why = "its port isn't known"
	}
	hop.Takes = read.On(netset.Exactly(read.TCP()), ports)
	if !listener.Certain {
		hop.Doubt(listener.Exists.Origins()...)
	}
	return hop
}

// pools returns how application gateways hand connections on to their pools. It finds that once.
func (n *network) pools() []pooled {
	if n.gateways != nil {
		return n.gateways
	}
	n.gateways = []pooled{}
	for _, r := range n.t.OfType(gatewayType) {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		for _, l := range gatewayListeners(r) {
			of := pooled{gateway: r, takes: n.gatewayPort(r, l), ways: n.gatewayWays(r, l)}
			for _, b := range r.OwnBlocks("frontend_ip_configuration") {
				same, sure := sameText(l.OwnAttr("frontend_ip_configuration_name"), b.OwnAttr("name"))
				of.internal = of.internal || same && (!sure || read.Nullable(b.OwnAttr("public_ip_address_id")) || !read.Given(b.OwnAttr("public_ip_address_id")))
			}
			for _, b := range append(r.OwnBlocks("request_routing_rule"), r.OwnBlocks("routing_rule")...) {
				name := b.OwnAttr("http_listener_name")
				if !read.Given(name) {
					name = b.OwnAttr("listener_name")
				}
				if same, _ := sameText(name, l.OwnAttr("name")); same {
					n.gateways = append(n.gateways, of.routedBy(b)...)
				}
			}
		}
	}
	return n.gateways
}

// routedBy returns the pools that a routing rule of a listener's gateway, or its URL map, hands connections on to.
func (p pooled) routedBy(rule graph.Block) []pooled {
	var out []pooled
	r := p.gateway
	add := func(b graph.Block, prefix string) {
		pool, settings := b.OwnAttr(prefix+"backend_address_pool_name"), b.OwnAttr(prefix+"backend_http_settings_name")
		if !read.Given(settings) {
			settings = b.OwnAttr(prefix + "backend_name")
		}
		if !read.Given(pool) {
			return
		}
		hop := &fact.Hop{
			Kind: "backend pool", Resource: r, At: b.At, Takes: read.All(), To: fact.AnyPort, Why: "it hands connections on",
			Change: "Take the machine out of the pool to close this way.",
		}
		for _, s := range append(r.OwnBlocks("backend_http_settings"), r.OwnBlocks("backend")...) {
			port, known := s.OwnAttr("port").Int()
			if same, sure := sameText(settings, s.OwnAttr("name")); same && sure && known && 0 < port && port <= 65535 {
				hop.To, hop.Why = port, "it hands connections on to port "+read.Told(fmt.Sprint(port), s.OwnAttr("port"))
			}
		}
		if hop.To == fact.AnyPort || !b.Certain {
			hop.Doubt(append(settings.Origins(), read.Outside("the backend settings of "+r.Addr.String(), graph.Value{At: b.At}))...)
		}
		p.pool, p.hop = pool, hop
		out = append(out, p)
	}
	add(rule, "")
	for _, m := range r.OwnBlocks("url_path_map") {
		if same, _ := sameText(rule.OwnAttr("url_path_map_name"), m.OwnAttr("name")); !same || !read.Given(rule.OwnAttr("url_path_map_name")) {
			continue
		}
		add(m, "default_")
		for _, path := range read.Nested(m, "path_rule") {
			add(path, "")
		}
	}
	return out
}

// fromGateways returns the ways to an interface by application gateways, whose pools it is in by a reference or by its address.
// It sees an address of the gateway's subnet in place of the client's.
// Source: https://learn.microsoft.com/azure/application-gateway/how-application-gateway-works
func (n *network) fromGateways(i *ipConfiguration) []fact.Way {
	var out []fact.Way
	for _, p := range n.pooledTo(i) {
		for _, way := range p.ways {
			hops := append(append(slices.Clip(i.before), way.Hops...), p.hop)
			out = append(out, fact.Way{Family: way.Family, Hops: append(hops, n.masked(i, p.end())...)})
		}
	}
	return out
}

// end returns the gateway.
func (p pooled) end() graph.End {
	return graph.End{Resource: p.gateway, Name: p.gateway.Addr.String(), Certain: true}
}

// pooledTo returns the pools of application gateways that an interface is in, or may be in.
func (n *network) pooledTo(i *ipConfiguration) []pooled {
	var out []pooled
	for _, p := range n.pools() {
		in, decides := n.inPool(i, p)
		if in == read.No {
			continue
		}
		if in == read.Unclear {
			p.hop = doubted(p.hop, p.hop.Why+", perhaps to this machine", decides...)
		}
		out = append(out, p)
	}
	return out
}

// inPool says whether an interface is in a pool of an application gateway.
func (n *network) inPool(i *ipConfiguration, p pooled) (read.Answer, []graph.Origin) {
	is, by := read.No, []graph.Origin(nil)
	consider := func(e graph.End, sure bool) {
		switch {
		case e.Resource == p.gateway:
			// Which of its pools is meant isn't told.
			if pools := p.gateway.OwnBlocks("backend_address_pool"); len(pools) == 1 && sure && pools[0].Certain {
				is = read.Yes
			} else if is == read.No {
				is, by = read.Unclear, append(by, read.Outside("which pool of "+p.gateway.Addr.String()+" it is in", e.Value))
			}
		case e.Resource == nil && read.MayBeMade(e.Value) && is == read.No:
			is, by = read.Unclear, append(by, read.OriginsOf(e.Value)...)
		}
	}
	for _, e := range n.t.EndsOf(i.config.OwnAttr("application_gateway_backend_address_pool_ids"), true) {
		consider(e, true)
	}
	for _, name := range []string{i.of.Addr.String(), ""} {
		for _, e := range n.t.To(name, graph.Targets) {
			if e.By.Addr.Type == gatewayPool && (name != "" || read.MayBeMade(e.To.Value)) {
				consider(*e.From, name != "" && e.Certain())
			}
		}
	}
	for _, b := range p.gateway.OwnBlocks("backend_address_pool") {
		same, sure := sameText(b.OwnAttr("name"), p.pool)
		for _, v := range read.Parts(b.OwnAttr("ip_addresses")) {
			may, surely, decides := n.addressed(v, i, p.gateway)
			switch {
			case same && may && surely && sure && b.Certain:
				is = read.Yes
			case same && may && is == read.No:
				is, by = read.Unclear, append(by, decides...)
			}
		}
	}
	return is, by
}
