package google

import (
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// holder is a machine at a network interface with the private addresses that it has, or may have.
type holder struct {
	*graph.Resource
	network graph.End
	// address is absent if Google chooses one of the subnet's, and alias is true if the interface has ranges of aliases, too.
	address graph.Value
	subnet  netset.Prefixes
	alias   bool
}

// holders finds what endpoints that are given by an address may lead to. It finds them once.
func (n *network) holders() []holder {
	if n.holding != nil {
		return n.holding
	}
	n.holding = []holder{}
	var machines []*graph.Resource
	for _, typ := range append(instances(), groupManagers()...) {
		machines = append(machines, n.t.OfType(typ)...)
	}
	for _, r := range machines {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		for _, nic := range n.interfaces(n.machine(r)) {
			h := holder{
				Resource: r, network: nic.network, address: nic.OwnAttr("network_ip"), subnet: netset.AllAddresses(),
				alias: len(nic.OwnBlocks("alias_ip_range")) > 0,
			}
			if s := nic.subnet.Resource; s != nil && s.Addr.Mode == graph.Managed {
				text, _ := s.OwnAttr("ip_cidr_range").Text()
				if p, err := netip.ParsePrefix(text); err == nil {
					h.subnet = netset.Prefix(p.Masked())
				}
			}
			n.holding = append(n.holding, h)
		}
	}
	return n.holding
}

// plain returns the address that a value spells out: itself, or as that of a google_compute_address.
func (n *network) plain(v graph.Value) (netip.Addr, bool) {
	if ends := n.t.End(v, true); len(ends) == 1 && ends[0].Resource != nil && ends[0].Resource.Addr.Type == addressType {
		v = ends[0].Resource.OwnAttr("address")
	}
	text, _ := v.Text()
	addr, err := netip.ParseAddr(text)
	return addr, err == nil
}

// has says whether a machine has an address.
func (h *holder) has(n *network, v graph.Value) read.Answer {
	if v.Same(h.address) {
		return read.Yes
	}
	of := n.t.End(v, true)
	if len(of) == 1 && of[0].Resource != nil {
		own := n.t.End(h.address, true)
		if of[0].Resource == h.Resource || len(own) == 1 && own[0].Resource == of[0].Resource {
			return read.Yes
		}
	}
	addr, known := n.plain(v)
	own, told := n.plain(h.address)
	switch {
	case known && told && addr == own:
		return read.Yes
	case known && told:
		return h.perhaps()
	case known && !h.subnet.Overlaps(netset.Prefix(netip.PrefixFrom(addr, addr.BitLen()))):
		return h.perhaps()
	case !known && len(of) == 1 && of[0].Resource != nil && of[0].Resource.Addr.Type != addressType:
		return read.No // it is another one's
	}
	return read.Unclear
}

// perhaps is what is known of a machine whose own address is another: it may have more of them.
func (h *holder) perhaps() read.Answer {
	if h.alias {
		return read.Unclear
	}
	return read.No
}

// literally adds the machines that have the addresses of a network endpoint group's members, and may have them. Hybrid groups
// name none of their machines. Source: https://docs.cloud.google.com/load-balancing/docs/negs/hybrid-neg-concepts
func (n *network) literally(b *behind, f front) {
	group := f.endpoints
	network := n.named(group, group.OwnAttr("network"))
	for _, edge := range n.t.To(group.Addr.String(), graph.AttachedTo) {
		for _, o := range members(edge.By) {
			if v := o.OwnAttr("ip_address"); !read.Given(o.OwnAttr("instance")) && read.Given(v) {
				one := f
				if !edge.Certain() || !o.Certain {
					one.certain, one.decides = false, slices.Concat(f.decides, read.OriginsOf(edge.By.Exists), read.OriginsOf(o.exists))
				}
				n.addressed(b, one, edge, network, v)
			}
		}
	}
}

// addressed adds the machines that have an address, and may have it if surely none has. What has it elsewhere, another network
// may be connected with.
func (n *network) addressed(b *behind, f front, edge *graph.Edge, network graph.End, v graph.Value) {
	holders := n.holders()
	answers := make([]read.Answer, len(holders))
	here, anywhere := false, false
	same := func(h *holder) bool { return h.network.Known() && h.network.Name == network.Name }
	for i := range holders {
		answers[i] = holders[i].has(n, v)
		anywhere = anywhere || answers[i] == read.Yes
		here = here || answers[i] == read.Yes && same(&holders[i])
	}
	for i := range holders {
		h, f := &holders[i], f
		apart := h.network.Known() && network.Known() && !same(h)
		switch {
		case answers[i] == read.No, answers[i] == read.Unclear && anywhere, here && !same(h), apart && answers[i] != read.Yes:
			continue
		case answers[i] != read.Yes || !same(h):
			f.certain = false
			f.decides = append(slices.Clip(f.decides), read.Outside("what has the addresses of "+edge.By.Addr.String(), v))
		}
		f.by = &graph.Edge{
			Kind: graph.Targets, From: edge.To, To: &graph.End{Resource: h.Resource, Name: h.Addr.String(), Value: v, Certain: f.certain}, By: edge.By,
		}
		b.put(h.Resource, f)
	}
}

// endpointMember is an endpoint of a network endpoint group. Certain is false if it isn't known whether there is one.
type endpointMember struct {
	graph.Object
	Certain bool
	exists  graph.Value
}

// members returns the endpoints that a resource puts into a network endpoint group.
func members(r *graph.Resource) []endpointMember {
	for _, e := range endpoints() {
		switch {
		case e.typ != r.Addr.Type:
		case e.block == "":
			return []endpointMember{{Object: r.Object, Certain: true}}
		default:
			var out []endpointMember
			for _, b := range r.OwnBlocks(e.block) {
				out = append(out, endpointMember{b.Object, b.Certain, b.Exists})
			}
			return out
		}
	}
	return nil
}
