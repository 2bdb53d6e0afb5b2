package aws

import (
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// peer is an interface as the rules of another one see it.
type peer struct {
	fact.Peer
	// decides names what its address depends on.
	decides []graph.Origin
}

// peer returns an interface in a subnet as rules see it.
func (n *network) peer(i networkInterface, subnet graph.End, f read.Family) peer {
	within, decides := within(subnet, f)
	p := peer{Peer: fact.Peer{Masks: true, Within: within}, decides: decides}
	vpc := n.vpcOf(subnet)
	groups := i.groups
	switch {
	case i.open:
	case len(groups) == 0 && len(i.subnets) == 0: // nothing is known of it
		p.Others, p.decides = true, nil
	case len(groups) == 0:
		groups = []graph.End{{Resource: vpc.Resource, Name: vpc.Name, Certain: vpc.Certain, Value: vpc.Value}}
		p.Others = !made(vpc)
	}
	for _, e := range groups {
		names := []fact.ScopeRef{{ScopeID: groupID(e.Name), Certain: e.Certain}}
		if made(e) {
			names = n.defaultGroups(e)
		}
		for _, s := range names {
			switch {
			case !s.Known():
			case s.Certain && e.Certain:
				p.Groups = append(p.Groups, s.ScopeID)
			default:
				p.Perhaps = append(p.Perhaps, s.ScopeID)
			}
		}
		// A group outside of the configuration may be one that a rule names in another way.
		p.Others = p.Others || !e.Known() || e.Resource == nil || e.Resource.Addr.Mode != graph.Managed
	}
	return p
}

// within returns the network that a subnet's addresses are in; all addresses if that isn't known.
func within(subnet graph.End, f read.Family) (netset.Prefixes, []graph.Origin) {
	if subnet.Resource == nil {
		return f.All(), read.OriginsOf(subnet.Value)
	}
	decides := []graph.Origin{read.Outside("the private addresses in "+subnetName(subnet), subnet.Value)}
	attr := "cidr_block"
	if f == read.IPv6 {
		attr = "ipv6_cidr_block"
	}
	v := subnet.Resource.OwnAttr(attr)
	text, _ := v.Text()
	if p, err := netip.ParsePrefix(text); err == nil {
		return netset.Prefix(p.Masked()), decides
	}
	if read.Given(v) {
		decides = read.OriginsOf(v)
	}
	return f.All(), decides
}

// faced returns a hop whose guard sees a peer and asks its rules about a direction.
func (n *network) faced(hop *fact.Hop, p peer, direction fact.Direction) *fact.Hop {
	out := *hop
	if hop.Guard == nil {
		return &out
	}
	guard := *hop.Guard
	guard.Sees, guard.Direction = p.Peer, direction
	out.Guard = n.guards.Share(guard)
	out.Decides = append(slices.Clip(hop.Decides), p.decides...)
	return &out
}

// defaultRules reports whether a VPC's default security group surely, and whether it perhaps, has the rules that AWS gives it:
// its members reach each other, and everything goes out. Adopting the group removes them. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
func (n *network) defaultRules(vpc graph.End) (surely, perhaps bool) {
	if !made(vpc) {
		return false, true
	}
	surely = true
	for _, e := range n.t.To(vpc.Name, graph.InNetwork) {
		if e.By.Addr.Type == "aws_default_security_group" {
			if e.Certain() {
				return false, false
			}
			surely = false
		}
	}
	return surely, true
}

// byDefault returns the VPC whose default group an interface may be in, and whether it surely is.
func (n *network) byDefault(i networkInterface, subnet graph.End) (vpc graph.End, surely, perhaps bool) {
	if len(i.groups) == 0 {
		return n.vpcOf(subnet), true, true
	}
	for _, e := range i.groups {
		if made(e) {
			return e, e.Certain, true
		}
	}
	return graph.End{}, false, false
}

// letsOut returns the hop of a load balancer's security groups for the traffic that it hands on.
func (n *network) letsOut(w node, to peer) *fact.Hop {
	lb := w.via.balancer
	hop := n.faced(n.guarded(lb, w.via.groups, n.vpcOf(w.subnet)), to, fact.Out)
	hop.Kind, hop.Resource, hop.At = "security group, outbound", lb, lb.Decl
	hop.Why = "the outbound rules of the load balancer's groups"
	hop.Change = "An outbound rule for the targets and their port opens it; without one the load balancer reaches none."
	if vpc, surely, perhaps := n.byDefault(w.via, w.subnet); perhaps {
		n.orDefault(hop, vpc, surely, "the default security group, as AWS makes it, lets everything out")
	}
	return hop
}

// orDefault also lets a hop pass what AWS's own rules of a VPC's default group pass. applies is false if these rules apply only
// perhaps.
func (n *network) orDefault(hop *fact.Hop, vpc graph.End, applies bool, why string) {
	switch surely, perhaps := n.defaultRules(vpc); {
	case surely && applies:
		hop.Guard, hop.Why, hop.Decides = nil, why, nil
	case perhaps:
		guard := *hop.Guard
		guard.Gaps.Others = true
		hop.Guard = n.guards.Share(guard)
	}
}

// letsIn returns the hop of the security groups of an interface behind a load balancer.
func (n *network) letsIn(r *graph.Resource, i networkInterface, subnet graph.End, from peer, masked bool) *fact.Hop {
	base := n.guarded(r, i.groups, n.vpcOf(subnet))
	if !masked && len(from.Groups)+len(from.Perhaps) == 0 && !from.Others {
		return base // only the clients' addresses count
	}
	from.Masks = masked
	hop := n.faced(base, from, fact.In)
	hop.Why += ", for the load balancer"
	if masked {
		hop.Why += ", whose address it sees in place of the client's"
	}
	hop.Change = "Admit the load balancer to open it, by its security group or its subnets; name the clients at its listener."
	if vpc, surely, perhaps := n.byDefault(i, subnet); perhaps {
		in, maybe := from.In(fact.Peers{Scopes: []fact.ScopeID{groupID(vpc.Name)}})
		if maybe {
			n.orDefault(hop, vpc, surely && in, "both are members of the default security group, which admits its own")
		}
	}
	return hop
}

// between returns the hops of the network ACLs between the subnet of a load balancer's node and another subnet, there and back.
func (n *network) between(w node, subnet graph.End, f read.Family, masked bool) []*fact.Hop {
	from, to := peer{Peer: fact.Peer{Masks: true}}, peer{Peer: fact.Peer{Masks: true}}
	from.Within, from.decides = within(w.subnet, f)
	to.Within, to.decides = within(subnet, f)
	var out []*fact.Hop
	leaves := n.aclOf(w.subnet)
	if len(w.via.subnets) == 0 { // nothing is known of the load balancer
		leaves = nil
	}
	for _, hop := range leaves {
		if hop.Guard == nil {
			if !hop.Takes.Known() { // else it was passed already
				out = append(out, hop)
			}
			continue
		}
		hop = n.faced(hop, to, hop.Guard.Direction.Opposite())
		hop.Kind, hop.Why = "network ACL, outbound", "its entries for what goes to the targets"
		hop.Change = "An outbound entry that denies the targets' port closes it, one that allows it opens it."
		if hop.Guard.Direction.Replies() {
			hop.Kind, hop.Why = "network ACL, replies in", "its entries for replies of the targets"
			hop.Change = "Replies of the targets need an inbound entry that allows the load balancer's ports, 1024-65535."
		}
		out = append(out, hop)
	}
	for _, hop := range n.aclOf(subnet) {
		if masked && hop.Guard != nil {
			hop = n.faced(hop, from, hop.Guard.Direction)
		}
		out = append(out, hop)
	}
	return out
}

// aclOf returns the hops of a subnet's network ACL.
func (n *network) aclOf(subnet graph.End) []*fact.Hop {
	if !isManaged(subnet) {
		return []*fact.Hop{outsideSubnet(subnet)}
	}
	return n.acl(subnet.Resource)
}
