package aws

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// network finds the hops of ways. The hops of a subnet in the configuration depend on nothing but the subnet, so it finds them
// once.
type network struct {
	t         *graph.Topology
	guards    fact.Guards
	subnets   map[subnetKey][]*fact.Hop
	acls      map[*graph.Resource][]*fact.Hop
	tables    map[read.TableKey]routed
	reached   map[*graph.Resource][]node // see listened
	classics  map[classicListener][]node // see classicNodes
	listeners map[*graph.Edge][]front    // see before
	outside   []graph.Origin             // see foreign; nil before it is found

	perhaps      []*graph.Edge            // see targeting; nil before they are found
	accelerators map[string][]accelerated // see endpointsBy
	literal      *literals                // see addressed; nil before they are found
	services     []service                // see served; nil before one is asked for
	fronts       map[string][]door        // see doors; nil before they are found
	towards      *goal                    // of routes; nil is an internet gateway
	goals        map[any]*network         // see bound
	asked        map[*graph.Resource]bool // see onward
	// rests has what decides where a network firewall sends traffic on to; see onward.
	rests map[*graph.Resource][]*graph.Resource
}

type subnetKey struct {
	subnet *graph.Resource
	family read.Family
}

func newNetwork(t *graph.Topology) *network {
	return &network{
		t: t, subnets: map[subnetKey][]*fact.Hop{}, acls: map[*graph.Resource][]*fact.Hop{}, tables: map[read.TableKey]routed{},
		reached: map[*graph.Resource][]node{}, classics: map[classicListener][]node{}, goals: map[any]*network{},
		listeners: map[*graph.Edge][]front{}, asked: map[*graph.Resource]bool{}, rests: map[*graph.Resource][]*graph.Resource{},
	}
}

// defaultSubnet stands for the subnet of a machine that names none.
const defaultSubnet = "a default subnet of the default VPC"

// hops returns the hops from the internet into a subnet, and back for replies: the VPC's gateway, the route table and the
// network ACL.
func (n *network) hops(subnet graph.End, f read.Family) []*fact.Hop {
	if !isManaged(subnet) {
		return []*fact.Hop{outsideSubnet(subnet)}
	}
	key := subnetKey{subnet.Resource, f}
	out, ok := n.subnets[key]
	if !ok {
		out = n.managed(subnet.Resource, f)
		n.subnets[key] = out
	}
	return out
}

// isManaged reports whether the configuration makes a subnet.
func isManaged(subnet graph.End) bool {
	r := subnet.Resource
	return r != nil && r.Addr.Mode == graph.Managed && r.Addr.Type == "aws_subnet"
}

// outsideKind is the kind of the hop of a subnet outside the configuration.
const outsideKind = "subnet"

// presumed returns the ways of a listener as they are if the network around it leads the internet there, as far as that is
// outside the configuration: what is published is said by the listener's own scheme and port.
func presumed(ways []fact.Way, subnet graph.End) []fact.Way {
	if isManaged(subnet) || read.MayBeMade(subnet.Value) {
		return ways
	}
	out := slices.Clone(ways)
	for i, way := range out {
		out[i].Hops = slices.Clone(way.Hops)
		for h, hop := range way.Hops {
			if hop.Kind != outsideKind || way.From != nil {
				continue
			}
			one := *hop
			one.Takes, one.Decides = read.All(), nil
			one.Why += ", and its scheme says whom it is for"
			out[i].Hops[h] = &one
		}
	}
	return out
}

func outsideSubnet(subnet graph.End) *fact.Hop {
	name := subnet.Name
	hop := &fact.Hop{
		Kind: outsideKind, Resource: subnet.Resource, At: subnet.Value.At, Takes: read.Perhaps(),
		Why:    "its network, routes and network ACL are outside the configuration",
		Change: "Scan the configuration of the network together with this one to decide it.",
	}
	switch {
	case name == "":
		hop.Decides = read.OriginsOf(subnet.Value)
	case subnet.Resource != nil:
		hop.Decides = []graph.Origin{read.Outside("the network of "+name, graph.NewValue(subnet.Value.Raw(), subnet.Resource.Decl))}
	default:
		hop.Decides = []graph.Origin{read.Outside("the network of "+name, subnet.Value)}
	}
	return hop
}

// managed returns the hops of a subnet that the configuration makes.
func (n *network) managed(subnet *graph.Resource, f read.Family) []*fact.Hop {
	var out []*fact.Hop
	vpc := graph.End{Name: "", Value: subnet.Attr("vpc_id")}
	if ends := n.t.End(vpc.Value, true); len(ends) == 1 {
		vpc = ends[0]
	}
	if hop := n.block(subnet, vpc); hop != nil {
		out = append(out, hop)
	}
	gateway := n.gateway(vpc)
	out = append(out, gateway)
	route, through := n.route(subnet, vpc, f)
	edge, inspector := n.edge(subnet, gateway.Resource, through, f)
	if edge != nil {
		out = append(out, edge)
	}
	out = append(out, route)
	block, _ := within(graph.End{Resource: subnet}, f)
	for _, firewall := range through {
		if firewall == nil || firewall == inspector {
			continue
		}
		hop := n.inspects(firewall, crossing{to: block, back: true})
		hop.Kind += ", replies"
		if len(through) > 1 {
			hop.Takes.May = netset.AllTraffic()
		}
		out = append(out, hop)
	}
	return append(out, n.acl(subnet)...)
}

// made reports whether the configuration makes a VPC, so that nothing is there that it doesn't add.
func made(vpc graph.End) bool {
	return vpc.Resource != nil && vpc.Resource.Addr.Mode == graph.Managed && vpc.Resource.Addr.Type == "aws_vpc"
}

// block returns the hop of an account that blocks public access; nil if nothing says so, since accounts begin without it. Only
// an exclusion for both directions lets connections in. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
func (n *network) block(subnet *graph.Resource, vpc graph.End) *fact.Hop {
	var hop *fact.Hop
	for _, r := range n.t.OfType("aws_vpc_block_public_access_options") {
		mode := r.Attr("internet_gateway_block_mode")
		text, known := mode.Text()
		if known && text == "off" {
			continue
		}
		here, elsewhere := sameRegion(r, subnet)
		if elsewhere || hop != nil && hop.Takes.Known() {
			continue
		}
		hop = &fact.Hop{
			Kind: "VPC block public access", Resource: r, At: mode.At, Takes: read.None(), Why: "it blocks " + read.Told(text, mode),
			Change: "An exclusion with allow-bidirectional for the VPC or the subnet would open it.",
		}
		switch {
		case !known || !r.Certain:
			hop.Takes, hop.Why = read.Perhaps(), "it may block what comes in"
			hop.Decides = append(read.OriginsOf(mode), read.OriginsOf(r.Exists)...)
		case !here:
			hop.Takes, hop.Why = read.Perhaps(), "it blocks what comes in if it is for this account and region"
			hop.Decides = []graph.Origin{read.Outside("the region of "+r.Addr.String(), mode)}
		}
	}
	if hop == nil {
		return nil
	}
	excluding := append(n.t.From(subnet.Addr.String(), graph.FilteredBy), n.t.From(vpc.Name, graph.FilteredBy)...)
	for _, e := range excluding {
		if e.By.Addr.Type != "aws_vpc_block_public_access_exclusion" {
			continue
		}
		mode := e.By.Attr("internet_gateway_exclusion_mode")
		switch text, known := mode.Text(); {
		case known && text == "allow-bidirectional" && e.Certain():
			return &fact.Hop{
				Kind: "VPC block public access", Resource: e.By, At: mode.At, Takes: read.All(),
				Why: "an exclusion allows both directions", Change: "Remove the exclusion to close it.",
			}
		case !known || text == "allow-bidirectional":
			hop.Takes = read.Perhaps()
			hop.Decides = append(hop.Decides, append(read.OriginsOf(e.From.Value), read.OriginsOf(mode)...)...)
		}
	}
	return hop
}

// sameRegion reports whether two resources are surely, or surely not, in one region of one account: the region that they name,
// else their provider's. Source: the provider's guide "Enhanced Region Support", and its page's section "Provider
// configuration".
func sameRegion(a, b *graph.Resource) (surely, never bool) {
	at, bt := region(a), region(b)
	one, known := at.Text()
	other, both := bt.Text()
	if both = both && known; both && one != other {
		return false, true
	}
	same := a.Provider.Name == b.Provider.Name && a.Provider.Name != ""
	return same && (both || !read.Given(a.OwnAttr("region")) && !read.Given(b.OwnAttr("region"))), false
}

func region(r *graph.Resource) graph.Value {
	if v := r.OwnAttr("region"); read.Given(v) {
		return v
	}
	return r.Provider.Attr("region")
}

// gateway returns the hop of a VPC's internet gateway. NAT and egress-only gateways let no connection in.
func (n *network) gateway(vpc graph.End) *fact.Hop {
	hop := &fact.Hop{Kind: "internet gateway", Resource: vpc.Resource, Takes: read.None()}
	if vpc.Resource != nil {
		hop.At = vpc.Resource.Decl
	}
	hop.Why = "no internet gateway is attached to " + vpc.Name
	hop.Change = "An aws_internet_gateway with the VPC's ID would open it."
	candidates := n.t.To(vpc.Name, graph.AttachedTo)
	if vpc.Known() {
		candidates = append(slices.Clip(candidates), n.t.To("", graph.AttachedTo)...)
	}
	var maybe []graph.Origin
	for _, e := range candidates {
		typ := e.By.Addr.Type
		if typ != "aws_internet_gateway" && typ != "aws_internet_gateway_attachment" {
			continue
		}
		if e.To.Name == vpc.Name && vpc.Known() && e.Certain() {
			hop.Resource, hop.At, hop.Takes = e.By, e.By.Decl, read.All()
			hop.Why, hop.Change = "it is attached to "+vpc.Name, "Without it nothing comes in from the internet."
			return hop
		}
		maybe = append(maybe, append(read.OriginsOf(e.To.Value), read.OriginsOf(e.By.Exists)...)...)
		hop.Resource, hop.At = e.By, e.By.Decl
	}
	if !made(vpc) {
		maybe = append(maybe, read.Unmade("the internet gateway", vpc)...)
	}
	maybe = append(maybe, n.foreign()...)
	if len(maybe) > 0 || len(candidates) > 0 && hop.Resource != vpc.Resource {
		hop.Takes, hop.Decides = read.Perhaps(), maybe
		hop.Why = "it isn't known whether one is attached to the VPC"
	}
	return hop
}

// foreign names the internet gateways outside the configuration that routes lead to; something else attaches them.
func (n *network) foreign() []graph.Origin {
	if n.outside != nil {
		return n.outside
	}
	n.outside = []graph.Origin{}
	add := func(v graph.Value) {
		if text, known := v.Text(); known && strings.HasPrefix(text, "igw-") {
			if ends := n.t.End(v, true); ends[0].Resource == nil {
				n.outside = append(n.outside, read.Outside("what "+text+" is attached to", v))
			}
		}
	}
	for _, r := range n.t.OfType("aws_route") {
		add(r.OwnAttr("gateway_id"))
	}
	for _, typ := range []string{"aws_route_table", "aws_default_route_table"} {
		for _, r := range n.t.OfType(typ) {
			for _, b := range r.OwnBlocks("route") {
				add(b.OwnAttr("gateway_id"))
			}
		}
	}
	return n.outside
}

// acl returns the hops of a subnet's network ACL, in and out: of the ACL that names the subnet, else of the VPC's default ACL,
// which AWS makes so that it lets everything pass. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
func (n *network) acl(subnet *graph.Resource) []*fact.Hop {
	out, ok := n.acls[subnet]
	if !ok {
		out = n.findACL(subnet, n.vpcOf(graph.End{Resource: subnet}))
		n.acls[subnet] = out
	}
	return out
}

func (n *network) findACL(subnet *graph.Resource, vpc graph.End) []*fact.Hop {
	var scopes []fact.ScopeRef
	var gaps fact.Gaps
	in := &fact.Hop{Kind: "network ACL", Takes: read.All(), At: subnet.Decl}
	sure := false
	add := func(e *graph.Edge) {
		acl := *e.To
		ref := fact.ScopeRef{ScopeID: fact.ScopeID{Kind: read.NetworkACL().Kind, Name: acl.Name}, Certain: true}
		if acl.Resource == nil || acl.Resource.Addr.Mode != graph.Managed || !acl.Known() {
			gaps.Others = true
			in.Decides = append(in.Decides, read.Unmade("the entries", acl)...)
			return
		}
		scopes = append(scopes, ref)
		if in.Resource == nil {
			in.Resource, in.At = acl.Resource, acl.Resource.Decl
		}
		if !e.Certain() {
			in.Decides = append(in.Decides, append(read.OriginsOf(e.From.Value), read.OriginsOf(e.By.Exists)...)...)
		}
	}
	for _, e := range n.t.From(subnet.Addr.String(), graph.FilteredBy) {
		if !isACL(e.By) {
			continue
		}
		add(e)
		sure = sure || e.From.Certain && e.By.Certain
	}
	if !sure {
		for _, e := range n.t.From("", graph.FilteredBy) {
			if isACL(e.By) && read.MayBeMade(e.From.Value) {
				add(e)
			}
		}
		adopted := false
		for _, e := range n.t.From(vpc.Name, graph.FilteredBy) {
			if e.By.Addr.Type == "aws_default_network_acl" && vpc.Known() {
				add(e)
				adopted = adopted || e.Certain()
			}
		}
		switch {
		case adopted:
		case made(vpc) && len(scopes) == 0 && !gaps.Others:
			in.Kind, in.Resource = "default network ACL", vpc.Resource
			in.Why, in.Change = "as AWS makes it, it lets everything pass", "A network ACL that denies the port would close it."
			if rules := n.t.Referrers(vpc.Resource, "aws_network_acl_rule", "network_acl_id"); len(rules) > 0 {
				in.Takes, in.At, in.Why = read.Perhaps(), rules[0].Decl, "rules are added to the default network ACL, whose others are outside the configuration"
				in.Decides = read.Unmade("the default network ACL", vpc)
			}
			return []*fact.Hop{in}
		case made(vpc):
			// The ACL is one of these or the default one, which lets at least as much pass.
			gaps.Others = true
		default:
			gaps.Others = true
			in.Decides = append(in.Decides, read.Unmade("the default network ACL", vpc)...)
		}
	}
	out := *in
	in.Guard = n.guards.Share(fact.Guard{By: fact.OneOf{Scopes: scopes}, Direction: fact.In, Gaps: gaps})
	out.Guard = n.guards.Share(fact.Guard{By: fact.OneOf{Scopes: scopes}, Direction: fact.RepliesOut, Gaps: gaps})
	in.Why, in.Change = "its entries for what comes in", "An entry that denies the port with a lower number closes it, one that allows it opens it."
	out.Kind = "network ACL, replies"
	out.Why = "its entries for replies: one port that they let out is enough, as a client chooses the port that it connects from"
	out.Change = "Replies need an outbound entry that allows the client's port, usually 1024-65535."
	return []*fact.Hop{in, &out}
}

// isACL reports whether a resource makes a network ACL filter a subnet.
func isACL(r *graph.Resource) bool {
	switch r.Addr.Type {
	case "aws_network_acl", "aws_default_network_acl", "aws_network_acl_association":
		return true
	}
	return false
}

// guarded returns the hop of an interface's security groups, any of which may let traffic in. An interface without groups is in
// its VPC's default group, which admits only its own members unless the configuration says otherwise. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
func (n *network) guarded(r *graph.Resource, groups []graph.End, vpc graph.End) *fact.Hop {
	if len(groups) == 0 {
		return n.defaultGroup(r, vpc)
	}
	var by fact.AnyOf
	var gaps fact.Gaps
	hop := &fact.Hop{Kind: "security group", Resource: r, At: groups[0].Value.At, Takes: read.All()}
	for _, e := range groups {
		by.Scopes = append(by.Scopes, n.adopted(e)...)
		if e.Known() {
			by.Scopes = append(by.Scopes, fact.ScopeRef{ScopeID: groupID(e.Name), Certain: e.Certain})
		}
		switch {
		case made(e): // its default group
			by.Scopes = append(by.Scopes, n.defaultGroups(e)...)
		case e.Resource != nil && e.Resource.Addr.Mode == graph.Managed:
			if hop.Resource == r {
				hop.Resource, hop.At = e.Resource, e.Resource.Decl
			}
			if !e.Certain {
				hop.Decides = append(hop.Decides, read.OriginsOf(e.Value)...)
			}
		case !e.Known():
			gaps.Others = true
			hop.Decides = append(hop.Decides, read.OriginsOf(e.Value)...)
		default:
			gaps.Others = true
			hop.Decides = append(hop.Decides, read.Outside("the rules of "+e.Name, e.Value))
		}
	}
	hop.Why = "the rules of " + strings.Join(read.EndNames(groups), ", ")
	hop.Change = "A rule for the port in any of the groups opens it; it is closed when none has one."
	hop.Guard = n.guards.Share(fact.Guard{By: by, Direction: fact.In, Gaps: gaps})
	return hop
}

func (n *network) defaultGroup(r *graph.Resource, vpc graph.End) *fact.Hop {
	hop := &fact.Hop{
		Kind: "default security group", Resource: r, At: r.Decl, Takes: read.All(),
		Why:    "no group is named, and the default one admits only its own members unless it has other rules",
		Change: "A security group with a rule for the port would open it.",
	}
	guard := fact.Guard{By: fact.AnyOf{Scopes: append(n.defaultGroups(vpc), n.adopted(vpc)...)}, Direction: fact.In}
	if !made(vpc) {
		guard.Gaps.Others = true
		hop.Why = "no group is named, and the default one of the VPC is outside the configuration"
		hop.Decides = read.Unmade("the default security group", vpc)
	}
	hop.Guard = n.guards.Share(guard)
	return hop
}

// adopted returns the scopes of all default security groups that the configuration adopts, for a VPC or a group that isn't
// known and may be any.
func (n *network) adopted(e graph.End) []fact.ScopeRef {
	if e.Resource != nil || e.Known() && !e.Value.Undecided() {
		return nil
	}
	var out []fact.ScopeRef
	for _, group := range n.t.OfType("aws_default_security_group") {
		out = append(out, fact.ScopeRef{ScopeID: groupID(group.Addr.String())})
	}
	return out
}

// defaultGroups returns the scopes of the rules of a VPC's default security group. Rules name it by the VPC, or by the resource
// that adopts it.
func (n *network) defaultGroups(vpc graph.End) []fact.ScopeRef {
	if !vpc.Known() {
		return nil
	}
	out := []fact.ScopeRef{{ScopeID: groupID(vpc.Name), Certain: true}}
	for _, e := range n.t.To(vpc.Name, graph.InNetwork) {
		if e.By.Addr.Type == "aws_default_security_group" {
			out = append(out, fact.ScopeRef{ScopeID: groupID(e.From.Name), Certain: e.Certain()})
		}
	}
	return out
}
