package adapter

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// googleMachine is a machine, or a group of alike ones.
type googleMachine struct {
	*graph.Resource
	word string
	// bodies say what it is, the first one that sets an attribute decides; blame is the resource of each.
	bodies []googleBody
	// unread names what else may say what it is, if the machine is made from what lies outside the configuration.
	unread *graph.Origin
	// zone says where it is, or region.
	zone, region graph.Value
	parts        []*graph.Resource
	maybe        []*fact.Hop
}

type googleBody struct {
	graph.Object
	by *graph.Resource
}

// machine reads a resource that is a machine or a group of them; nil if it is neither.
func (n *googleNetwork) machine(r *graph.Resource) *googleMachine {
	m := &googleMachine{Resource: r, word: "instance", zone: r.OwnAttr("zone"), region: r.OwnAttr("region")}
	if hop := present(r, m.word); hop != nil {
		m.maybe = append(m.maybe, hop)
	}
	switch r.Addr.Type {
	case "google_compute_instance":
		m.bodies = []googleBody{{r.Object, r}}
	case "google_compute_instance_from_template":
		m.bodies = []googleBody{{r.Object, r}}
		n.template(m, r.Attr("source_instance_template"))
	case "google_compute_instance_group_manager", "google_compute_region_instance_group_manager":
		m.word = "instance group"
		n.group(m)
	default:
		return nil
	}
	return m
}

// template adds what an instance template says.
func (n *googleNetwork) template(m *googleMachine, v graph.Value) {
	ends := n.t.End(v, true)
	var found []*graph.Resource
	for _, e := range ends {
		if e.Resource != nil && e.Resource.Addr.Mode == graph.Managed {
			found = append(found, e.Resource)
		}
	}
	if text, known := v.Text(); known && len(found) == 0 {
		for _, typ := range googleTemplates() {
			found = append(found, n.t.Named(typ, "name", text[strings.LastIndexByte(text, '/')+1:])...)
		}
	}
	if len(found) == 1 {
		m.bodies = append(m.bodies, googleBody{found[0].Object, found[0]})
		m.parts = append(m.parts, found[0])
		return
	}
	o := outside("the instance template of "+m.Addr.String(), v)
	m.unread = &o
}

// group adds what the templates of a group of machines say: of several versions any may have what is open.
func (n *googleNetwork) group(m *googleMachine) {
	versions := m.OwnBlocks("version")
	if len(versions) == 1 {
		n.template(m, versions[0].Attr("instance_template"))
	} else {
		o := outside("the versions of "+m.Addr.String(), graph.Value{At: m.Decl})
		m.unread = &o
	}
	size := m.OwnAttr("target_size")
	count, known := size.Int()
	if !given(size) || known && count > 0 {
		return
	}
	hop := &fact.Hop{
		Kind: m.word, Resource: m.Resource, At: size.At, Passes: none(), Why: "target_size is 0, so it has no instance",
		Change: "A target_size above 0, or an autoscaler, gives it instances.",
	}
	switch scalers := append(slices.Clip(n.t.OfType("google_compute_autoscaler")), n.t.OfType("google_compute_region_autoscaler")...); {
	case !known:
		hop.Passes, hop.Why, hop.Decides = perhaps(), "target_size isn't known", originsOf(size)
	case len(scalers) > 0:
		hop.Passes, hop.Why = perhaps(), "an autoscaler may give it instances"
		hop.Decides = []graph.Origin{outside("the size of the group", size)}
	}
	m.maybe = append(m.maybe, hop)
}

// attr returns the attribute of the first body that sets it.
func (m *googleMachine) attr(name string) graph.Value {
	for _, b := range m.bodies {
		if v := b.OwnAttr(name); given(v) {
			return v
		}
	}
	return graph.Value{}
}

// blocks returns the nested blocks of the first body that has any, with its resource.
func (m *googleMachine) blocks(name string) ([]graph.Block, *graph.Resource) {
	for _, b := range m.bodies {
		if blocks := b.OwnBlocks(name); len(blocks) > 0 {
			return blocks, b.by
		}
	}
	return nil, m.Resource
}

// googleNIC is a network interface of a machine.
type googleNIC struct {
	graph.Block
	by              *graph.Resource
	network, subnet graph.End
}

// interfaces returns the network interfaces of a machine.
func (n *googleNetwork) interfaces(m *googleMachine) []googleNIC {
	blocks, by := m.blocks("network_interface")
	out := make([]googleNIC, len(blocks))
	subnets := naming{types: []string{"google_compute_subnetwork"}, within: []qualifier{{"project", "projects"}}}
	for i, b := range blocks {
		nic := googleNIC{Block: b, by: by}
		if v := b.OwnAttr("subnetwork"); given(v) {
			nic.subnet.Value, nic.subnet.Certain = v, true
			if nic.subnet.Resource, nic.subnet.Name = subnets.find(n.t.Graph, by, v); nic.subnet.Resource != nil {
				nic.subnet.Name = nic.subnet.Resource.Addr.String()
			} else if ends := n.t.End(v, true); nic.subnet.Name == "" && len(ends) == 1 {
				nic.subnet.Name = ends[0].Name
			}
		}
		switch v := b.OwnAttr("network"); {
		case given(v):
			nic.network = n.named(by, v)
		case nic.subnet.Resource != nil && nic.subnet.Resource.Addr.Mode == graph.Managed:
			nic.network = n.named(nic.subnet.Resource, nic.subnet.Resource.Attr("network"))
		case nic.subnet.Name != "":
			nic.network = graph.End{Name: "the network of " + nic.subnet.Name, Value: nic.subnet.Value}
		default:
			nic.network = graph.End{Value: nic.subnet.Value}
		}
		out[i] = nic
	}
	return out
}

// member returns what hops know of a machine at an interface.
func (n *googleNetwork) member(m *googleMachine, nic googleNIC, f family) googleMember {
	out := googleMember{network: nic.network, region: m.region}
	if googleMade(nic.network) {
		out.project = nic.network.Resource.OwnAttr("project")
	}
	if s := nic.subnet.Resource; !given(out.region) && s != nil {
		out.region = s.OwnAttr("region")
	}
	if zone, known := m.zone.Text(); !given(out.region) && given(m.zone) {
		out.region = m.zone
		if i := strings.LastIndexByte(zone, '-'); known && i > 0 {
			out.region = graph.NewValue(textValue(zone[:i]), m.zone.At)
		}
	}
	out.Within = n.within(nic.Object, nic.network, nic.subnet, f)
	type reading func(*fact.Targets, *graph.Graph, graph.Value, string, string)
	add := func(into reading, v graph.Value, word, typ string) {
		var t fact.Targets
		if !given(v) {
			return
		}
		into(&t, n.t.Graph, v, word, typ)
		googleTexts(&t, n.t.Graph, v.At)
		out.Names = append(out.Names, t.Names...)
		if t.Unknown {
			out.Others = append(out.Others, word)
			for _, by := range t.By {
				out.unknown = append(out.unknown, originsOf(by)...)
			}
		}
	}
	add(members, m.attr("tags"), "tag", "")
	accounts, _ := m.blocks("service_account")
	for _, b := range accounts {
		v := b.OwnAttr("email")
		if !given(v) { // the default account of Compute Engine
			v = opaque("the default service account", b.At)
		}
		add(memberOf, v, "service account", "google_service_account")
		if !b.Certain {
			out.Others, out.unknown = append(out.Others, "service account"), append(out.unknown, originsOf(b.Exists)...)
		}
	}
	params, _ := m.blocks("params")
	for _, b := range params {
		add(members, b.OwnAttr("resource_manager_tags"), "secure tag", "google_tags_tag_value")
	}
	add(members, m.attr("resource_manager_tags"), "secure tag", "google_tags_tag_value")
	if bindings := n.t.OfType("google_tags_location_tag_binding"); len(bindings) > 0 {
		out.Others = append(out.Others, "secure tag")
		out.unknown = append(out.unknown, outside(bindings[0].Addr.String(), graph.Value{At: bindings[0].Decl}))
	}
	if nic.network.Resource != nil {
		out.Names = append(out.Names, "network:"+nic.network.Name)
	} else {
		out.Others = append(out.Others, "network")
	}
	if m.unread != nil {
		out.Others = append(out.Others, "tag", "service account", "secure tag")
		out.unknown = append(out.unknown, *m.unread)
	}
	slices.Sort(out.Names)
	return out
}

// address is the hop of the external address of an interface. Without an access_config it has none.
// Source: the provider's page google_compute_instance.
func (n *googleNetwork) address(nic googleNIC, f family) *fact.Hop {
	hop := &fact.Hop{
		Kind: "external address", Resource: nic.by, At: nic.At, Passes: none(), Why: "its interface has no access_config",
		Change: "An access_config, even an empty one, would give it an address.",
	}
	block, address := "access_config", "nat_ip"
	if f == ipv6 {
		block, address = "ipv6_access_config", "external_ipv6"
		hop.Kind, hop.Why = "external IPv6 address", "its interface has no ipv6_access_config"
		hop.Change = "An ipv6_access_config would give it one."
	}
	for _, b := range nic.OwnBlocks(block) {
		hop.At = b.At
		if !b.Certain || !nic.Certain {
			hop.Passes, hop.Why = perhaps(), "it isn't known whether it has an "+block
			hop.Decides = append(originsOf(b.Exists), originsOf(nic.Exists)...)
			continue
		}
		hop.Passes, hop.Why, hop.Decides = all(), block+" gives it one", nil
		if ends := n.t.End(b.OwnAttr(address), true); len(ends) == 1 && ends[0].Resource != nil {
			hop.Why = block + " gives it " + ends[0].Name
		}
		hop.Change = "Without the " + block + " nothing reaches it from the internet by this address."
		return hop
	}
	return hop
}

// ways returns the ways to a machine by addresses of its own.
func (n *googleNetwork) ways(m *googleMachine) []fact.Way {
	var out []fact.Way
	families := []family{ipv4, ipv6}
	interfaces := n.interfaces(m)
	for _, nic := range interfaces {
		for _, f := range families {
			member := n.member(m, nic, f)
			hops := append(slices.Clip(m.maybe), n.address(nic, f), n.route(member, f), n.guard(member, f))
			out = append(out, fact.Way{Family: f.all(), Hops: hops})
		}
	}
	if len(interfaces) == 0 && m.unread != nil {
		hop := &fact.Hop{
			Kind: "instance template", Resource: m.Resource, At: m.unread.At, Passes: perhaps(),
			Why:     "its addresses, network and tags are outside the configuration",
			Change:  "Scan the configuration of the template together with this one to decide it.",
			Decides: []graph.Origin{*m.unread},
		}
		for _, f := range families {
			out = append(out, fact.Way{Family: f.all(), Hops: append(slices.Clip(m.maybe), hop)})
		}
	}
	return out
}

// arrives returns the hops behind a load balancer that leaves packets as they are, with the load balancer's address as the
// destination: those of the interface in the subnetwork of the network endpoint group that the machine is in, else those
// of its first one.
// Source: https://docs.cloud.google.com/load-balancing/docs/negs/zonal-neg-concepts
func (n *googleNetwork) arrives(m *googleMachine, front googleFront, to netset.Prefixes, f family) []*fact.Hop {
	interfaces := n.interfaces(m)
	if len(interfaces) == 0 {
		for _, w := range n.ways(m) {
			return w.Hops
		}
		return nil
	}
	nic, hops := interfaces[0], slices.Clip(m.maybe)
	if front.endpoints != nil && len(interfaces) > 1 {
		v := front.endpoints.OwnAttr("subnetwork")
		i := -1
		if ends := n.t.End(v, true); len(ends) == 1 && ends[0].Name != "" {
			i = slices.IndexFunc(interfaces, func(nic googleNIC) bool { return nic.subnet.Name == ends[0].Name })
		}
		if i >= 0 {
			nic = interfaces[i]
		} else {
			hops = append(hops, &fact.Hop{
				Kind: "network interface", Resource: m.Resource, At: nic.At, Passes: perhaps(),
				Why:    "it isn't known whether this interface or another one is in the subnetwork of " + front.endpoints.Addr.String(),
				Change: "Set the subnetwork of the group and those of the interfaces in this configuration to decide it.",
				Decides: []graph.Origin{
					outside("which interface of "+m.Addr.String()+" is in "+front.endpoints.Addr.String(), graph.Value{At: front.endpoints.Decl}),
				},
			})
			return hops // what filters it isn't known either
		}
	}
	member := n.member(m, nic, f)
	if n.aimed {
		member.Within = to
	}
	return append(hops, n.route(member, f), n.guard(member, f))
}
