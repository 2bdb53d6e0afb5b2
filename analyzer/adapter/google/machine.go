package google

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// machine is a machine, or a group of equal machines.
type machine struct {
	*graph.Resource
	word string
	// bodies describe the machine; the first body that sets an attribute decides. Each has its resource.
	bodies []body
	// unread names what else may describe the machine, if it is made from something outside the configuration.
	unread *graph.Origin
	// zone and region say where the machine is; one of them is set.
	zone, region graph.Value
	parts        []*graph.Resource
	maybe        []*fact.Hop
}

type body struct {
	graph.Object
	by *graph.Resource
}

// machine reads a resource that is a machine or a group of machines; nil for other resources.
func (n *network) machine(r *graph.Resource) *machine {
	if !slices.Contains(instances(), r.Addr.Type) && !slices.Contains(groupManagers(), r.Addr.Type) {
		return nil
	}
	m := &machine{Resource: r, word: "instance", zone: r.OwnAttr("zone"), region: r.OwnAttr("region")}
	if hop := read.Present(r, m.word); hop != nil {
		m.maybe = append(m.maybe, hop)
	}
	switch r.Addr.Type {
	case "google_compute_instance":
		m.bodies = []body{{r.Object, r}}
	case "google_compute_instance_from_template":
		m.bodies = []body{{r.Object, r}}
		n.template(m, r.Attr("source_instance_template"))
	case "google_compute_instance_group_manager", "google_compute_region_instance_group_manager":
		m.word = "instance group"
		n.group(m)
	}
	return m
}

// template adds what an instance template says.
func (n *network) template(m *machine, v graph.Value) {
	ends := n.t.End(v, true)
	var found []*graph.Resource
	for _, e := range ends {
		if e.Resource != nil && e.Resource.Addr.Mode == graph.Managed {
			found = append(found, e.Resource)
		}
	}
	if text, known := v.Text(); known && len(found) == 0 {
		for _, typ := range templates() {
			found = append(found, n.t.Named(typ, "name", text[strings.LastIndexByte(text, '/')+1:])...)
		}
	}
	if len(found) == 1 {
		m.bodies = append(m.bodies, body{found[0].Object, found[0]})
		m.parts = append(m.parts, found[0])
		return
	}
	o := read.Outside("the instance template of "+m.Addr.String(), v)
	m.unread = &o
}

// group adds what the templates of a group of machines say. If there are several versions, each of them may have what is open.
func (n *network) group(m *machine) {
	versions := m.OwnBlocks("version")
	if len(versions) == 1 {
		n.template(m, versions[0].Attr("instance_template"))
	} else {
		o := read.Outside("the versions of "+m.Addr.String(), graph.Value{At: m.Decl})
		m.unread = &o
	}
	size := m.OwnAttr("target_size")
	count, known := size.Int()
	if !read.Given(size) || known && count > 0 {
		return
	}
	hop := &fact.Hop{
		Kind: m.word, Resource: m.Resource, At: size.At, Takes: read.None(), Why: "target_size is 0, so it has no instance",
		Change: "A target_size above 0, or an autoscaler, gives it instances.",
	}
	switch scalers := append(slices.Clip(n.t.OfType("google_compute_autoscaler")), n.t.OfType("google_compute_region_autoscaler")...); {
	case !known:
		hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "target_size isn't known", read.OriginsOf(size)
	case len(scalers) > 0:
		hop.Takes, hop.Why = read.Perhaps(), "an autoscaler may give it instances"
		hop.Decides = []graph.Origin{read.Outside("the size of the group", size)}
	}
	m.maybe = append(m.maybe, hop)
}

// attr returns the attribute of the first body that sets it.
func (m *machine) attr(name string) graph.Value {
	for _, b := range m.bodies {
		if v := b.OwnAttr(name); read.Given(v) {
			return v
		}
	}
	return graph.Value{}
}

// blocks returns the nested blocks of the first body that has any, with its resource.
func (m *machine) blocks(name string) ([]graph.Block, *graph.Resource) {
	for _, b := range m.bodies {
		if blocks := b.OwnBlocks(name); len(blocks) > 0 {
			return blocks, b.by
		}
	}
	return nil, m.Resource
}

// networkInterface is a network interface of a machine.
type networkInterface struct {
	graph.Block
	by              *graph.Resource
	network, subnet graph.End
}

// interfaces returns the network interfaces of a machine.
func (n *network) interfaces(m *machine) []networkInterface {
	blocks, by := m.blocks("network_interface")
	out := make([]networkInterface, len(blocks))
	region := m.where()
	if _, known := region.Text(); !known {
		region = graph.Value{}
	}
	for i, b := range blocks {
		nic := networkInterface{Block: b, by: by}
		subnets := read.Naming{Types: []string{"google_compute_subnetwork"}, Within: []read.Qualifier{
			inProject(b.OwnAttr("subnetwork_project")), {Attr: "region", Segment: "regions", Says: region},
		}}
		if v := b.OwnAttr("subnetwork"); read.Given(v) {
			nic.subnet.Value, nic.subnet.Certain = v, true
			if nic.subnet.Resource, nic.subnet.Name = subnets.Find(n.t.Graph, by, v); nic.subnet.Resource != nil {
				nic.subnet.Name = nic.subnet.Resource.Addr.String()
			} else if by := subnets.Doubted(n.t.Graph, by, v); !nic.subnet.Known() && !by.Absent() {
				nic.subnet.Value = by
			} else if ends := n.t.End(v, true); !nic.subnet.Known() && len(ends) == 1 {
				nic.subnet.Name = ends[0].Name
			}
		}
		switch v := b.OwnAttr("network"); {
		case read.Given(v):
			nic.network = n.named(by, v)
		case nic.subnet.Resource != nil && nic.subnet.Resource.Addr.Mode == graph.Managed:
			nic.network = n.named(nic.subnet.Resource, nic.subnet.Resource.Attr("network"))
		case nic.subnet.Known():
			nic.network = graph.End{Name: "the network of " + nic.subnet.Name, Value: nic.subnet.Value}
		default:
			nic.network = graph.End{Value: nic.subnet.Value}
		}
		out[i] = nic
	}
	return out
}

// where returns the region that the machine's own settings tell: that of its zone.
func (m *machine) where() graph.Value {
	if read.Given(m.region) || !read.Given(m.zone) {
		return m.region
	}
	zone, known := m.zone.Text()
	if i := strings.LastIndexByte(zone, '-'); known && i > 0 {
		return graph.NewValue(cty.StringVal(zone[:i]), m.zone.At)
	}
	return m.zone
}

// member returns what hops know of a machine at an interface.
func (n *network) member(m *machine, nic networkInterface, f read.Family) member {
	out := member{network: nic.network, region: m.where()}
	if made(nic.network) {
		out.project = nic.network.Resource.OwnAttr("project")
	}
	if s := nic.subnet.Resource; s != nil && !read.Given(m.region) && read.Given(s.OwnAttr("region")) {
		out.region = s.OwnAttr("region")
	}
	out.Within = n.within(nic.Object, nic.network, nic.subnet, f)
	type reading func(t *fact.Targets, g *graph.Graph, v graph.Value, kind, typ string)
	add := func(into reading, v graph.Value, kind, typ string) {
		var t fact.Targets
		if !read.Given(v) {
			return
		}
		into(&t, n.t.Graph, v, kind, typ)
		texts(&t, n.t.Graph, v.At)
		out.Names, out.Alike = append(out.Names, t.Names...), append(out.Alike, t.Alike...)
		if t.Unknown {
			out.Others = append(out.Others, kind)
			for _, by := range t.By {
				out.unknown = append(out.unknown, read.OriginsOf(by)...)
			}
		}
	}
	add(read.Members, m.attr("tags"), "tag", "")
	accounts, _ := m.blocks("service_account")
	for _, b := range accounts {
		v := b.OwnAttr("email")
		if !read.Given(v) { // the default account of Compute Engine
			v = read.Opaque("the default service account", b.At)
		}
		add(read.MemberOf, v, "service account", "google_service_account")
		if !b.Certain {
			out.Others, out.unknown = append(out.Others, "service account"), append(out.unknown, read.OriginsOf(b.Exists)...)
		}
	}
	params, _ := m.blocks("params")
	for _, b := range params {
		add(read.Members, b.OwnAttr("resource_manager_tags"), "secure tag", "google_tags_tag_value")
	}
	add(read.Members, m.attr("resource_manager_tags"), "secure tag", "google_tags_tag_value")
	if bindings := n.t.OfType("google_tags_location_tag_binding"); len(bindings) > 0 {
		out.Others = append(out.Others, "secure tag")
		out.unknown = append(out.unknown, read.Outside(bindings[0].Addr.String(), graph.Value{At: bindings[0].Decl}))
	}
	if nic.network.Resource != nil {
		out.Names = append(out.Names, fact.Name{Kind: "network", Text: nic.network.Name})
	} else {
		out.Others = append(out.Others, "network")
	}
	if m.unread != nil {
		out.Others = append(out.Others, "tag", "service account", "secure tag")
		out.unknown = append(out.unknown, *m.unread)
	}
	slices.SortFunc(out.Names, fact.Name.Compare)
	slices.SortFunc(out.Alike, fact.Name.Compare)
	return out
}

// address returns the hop of an interface's external address. An interface without an access_config has none. Source: the
// provider's page google_compute_instance.
func (n *network) address(nic networkInterface, f read.Family) *fact.Hop {
	hop := &fact.Hop{
		Kind: "external address", Resource: nic.by, At: nic.At, Takes: read.None(), Why: "its interface has no access_config",
		Change: "An access_config, even an empty one, would give it an address.",
	}
	block, address := "access_config", "nat_ip"
	if f == read.IPv6 {
		block, address = "ipv6_access_config", "external_ipv6"
		hop.Kind, hop.Why = "external IPv6 address", "its interface has no ipv6_access_config"
		hop.Change = "An ipv6_access_config would give it one."
	}
	for _, b := range nic.OwnBlocks(block) {
		hop.At = b.At
		if !b.Certain || !nic.Certain {
			hop.Takes, hop.Why = read.Perhaps(), "it isn't known whether it has an "+block
			hop.Decides = append(read.OriginsOf(b.Exists), read.OriginsOf(nic.Exists)...)
			continue
		}
		hop.Takes, hop.Why, hop.Decides = read.All(), block+" gives it one", nil
		if ends := n.t.End(b.OwnAttr(address), true); len(ends) == 1 && ends[0].Resource != nil {
			hop.Why = block + " gives it " + ends[0].Name
		}
		hop.Change = "Without the " + block + " nothing reaches it from the internet by this address."
		return hop
	}
	return hop
}

// alternative is an interface in one of the networks that it may be in.
type alternative struct {
	networkInterface
	// which is the hop of the doubt whether it is in that network; none if it surely is.
	which []*fact.Hop
}

// alternatives returns an interface for each network that it may be in, if it is known to be in one of several.
func (n *network) alternatives(nic networkInterface) []alternative {
	if made(nic.network) {
		return []alternative{{networkInterface: nic}}
	}
	var out []alternative
	whole := true
	for _, end := range n.t.End(nic.network.Value, true) {
		of := nic
		switch {
		case end.Resource != nil && end.Resource.Addr.Type == "google_compute_subnetwork":
			of.network = n.named(end.Resource, end.Resource.Attr("network"))
		case end.Resource != nil && slices.Contains(networks().Types, end.Resource.Addr.Type):
			of.network = end
		}
		if !made(of.network) {
			whole = false
			continue
		}
		if !slices.ContainsFunc(out, func(a alternative) bool { return a.network.Resource == of.network.Resource }) {
			out = append(out, alternative{of, []*fact.Hop{{
				Kind: "network", Resource: of.network.Resource, At: end.Value.At, Takes: read.Perhaps(),
				Why: "its interface may be in this network", Decides: read.OriginsOf(end.Value),
				Change: "An interface in another network is reached by that network's routes and rules.",
			}}})
		}
	}
	if whole && len(out) == 1 {
		out[0].which = nil
		return out
	}
	if !whole || len(out) == 0 {
		out = append(out, alternative{networkInterface: nic})
	}
	return out
}

// ways returns the ways to a machine by its own addresses.
func (n *network) ways(m *machine) []fact.Way {
	var out []fact.Way
	families := []read.Family{read.IPv4, read.IPv6}
	interfaces := n.interfaces(m)
	for _, nic := range interfaces {
		for _, nic := range n.alternatives(nic) {
			for _, f := range families {
				member := n.member(m, nic.networkInterface, f)
				hops := slices.Concat(m.maybe, nic.which, []*fact.Hop{n.address(nic.networkInterface, f), n.route(member, f), n.guard(member, f)})
				out = append(out, fact.Way{Family: f.All(), Hops: hops})
			}
		}
	}
	if len(interfaces) == 0 && m.unread != nil {
		hop := &fact.Hop{
			Kind: "instance template", Resource: m.Resource, At: m.unread.At, Takes: read.Perhaps(),
			Why:     "its addresses, network and tags are outside the configuration",
			Change:  "Scan the configuration of the template together with this one to decide it.",
			Decides: []graph.Origin{*m.unread},
		}
		for _, f := range families {
			out = append(out, fact.Way{Family: f.All(), Hops: append(slices.Clip(m.maybe), hop)})
		}
	}
	return out
}

// arrivalKey is a machine behind load balancers, with what says which of its interfaces gets the connections.
type arrivalKey struct {
	machine   *machine
	endpoints *graph.Resource
	family    read.Family
	// rule is the forwarding rule of a proxy that hands connections on for a service by an edge; nil if there is none.
	rule, service *graph.Resource
	by            *graph.Edge
}

// arrival is the hops behind a load balancer to a machine. Hops that let the same pass have the same class.
type arrival struct {
	hops  []*fact.Hop
	class int
}

// arrives returns the hops behind a load balancer to a machine. They depend on the load balancer's address only if some rule
// has destinations; otherwise it finds them once.
func (n *network) arrives(m *machine, front front, to netset.Prefixes, f read.Family) arrival {
	if n.aimed {
		return arrival{hops: n.behindBalancer(m, front, to, f)}
	}
	return n.once(arrivalKey{machine: m, endpoints: front.endpoints, family: f}, func() []*fact.Hop { return n.behindBalancer(m, front, to, f) })
}

// once returns the hops that are found once for a key.
func (n *network) once(key arrivalKey, find func() []*fact.Hop) arrival {
	out, ok := n.arrivals[key]
	if !ok {
		out.hops = find()
		class := n.guards.Key(out.hops)
		if n.classes[class] == 0 {
			n.classes[class] = len(n.classes) + 1
		}
		out.class = n.classes[class]
		n.arrivals[key] = out
	}
	return out
}

// behindBalancer returns the hops behind a load balancer that passes packets on unchanged, so that their destination is the
// load balancer's address: the hops of the interface in the subnetwork of the machine's network endpoint group, else of its
// first interface. Source: https://docs.cloud.google.com/load-balancing/docs/negs/zonal-neg-concepts
func (n *network) behindBalancer(m *machine, front front, to netset.Prefixes, f read.Family) []*fact.Hop {
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
		if ends := n.t.End(v, true); len(ends) == 1 && ends[0].Known() {
			i = slices.IndexFunc(interfaces, func(nic networkInterface) bool { return nic.subnet.Name == ends[0].Name })
		}
		if i >= 0 {
			nic = interfaces[i]
		} else {
			hops = append(hops, &fact.Hop{
				Kind: "network interface", Resource: m.Resource, At: nic.At, Takes: read.Perhaps(),
				Why:    "it isn't known whether this interface or another one is in the subnetwork of " + front.endpoints.Addr.String(),
				Change: "Set the subnetwork of the group and those of the interfaces in this configuration to decide it.",
				Decides: []graph.Origin{
					read.Outside("which interface of "+m.Addr.String()+" is in "+front.endpoints.Addr.String(), graph.Value{At: front.endpoints.Decl}),
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
