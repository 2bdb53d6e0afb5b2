package adapter

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// awsCloud says what the internet may reach in Amazon Web Services.
func awsCloud() *Cloud {
	return &Cloud{
		Links:  awsLinks(),
		Guards: []string{"aws_security_group", "aws_default_security_group"},
		Reads: []string{
			"aws_vpc", "aws_default_vpc", "aws_default_subnet", "aws_vpn_gateway", "aws_nat_gateway",
			"aws_egress_only_internet_gateway", "aws_vpc_block_public_access_options", "aws_launch_template", "aws_lb_target_group",
			"aws_alb_target_group", "aws_transfer_server", "aws_globalaccelerator_endpoint_group", "aws_globalaccelerator_listener",
		},
		Endpoints: func(t *graph.Topology) []fact.Endpoint {
			n := newAWSNetwork(t)
			var out []fact.Endpoint
			for _, r := range t.Resources {
				if r.Addr.Mode != graph.Managed {
					continue
				}
				switch r.Addr.Type {
				case "aws_instance", "aws_spot_instance_request":
					out = append(out, n.machine(r, "instance", n.instance(r)))
				case "aws_autoscaling_group":
					out = append(out, n.machine(r, "auto scaling group", n.group(r)))
				case "aws_ecs_service":
					out = append(out, n.machine(r, "ECS service", n.service(r)))
				case "aws_transfer_server":
					out = append(out, n.endpoint(r, fact.Machine, "Transfer server", n.transfer(r)))
				case "aws_lb_listener", "aws_alb_listener":
					e := fact.Endpoint{Resource: r, Kind: fact.Published, Word: "listener"}
					for _, i := range n.listener(r) {
						e.Parts = append(e.Parts, i.parts...)
					}
					for _, w := range n.listened(r) {
						e.Ways = append(e.Ways, w.Way)
					}
					out = append(out, e)
				case "aws_elb":
					out = append(out, n.endpoint(r, fact.Published, "load balancer", n.classic(r)))
				}
			}
			return slices.DeleteFunc(out, func(e fact.Endpoint) bool { return len(e.Ways) == 0 })
		},
	}
}

// awsNIC is a network interface, or what is known of those that a resource will have.
type awsNIC struct {
	// subnets are those that it is in, or may be in.
	subnets []graph.End
	groups  []graph.End
	// names are those that an address can be bound to.
	names []string
	// public is associate_public_ip_address; if it is absent, the subnet decides. Fixed says that only addresses that are
	// bound to it count.
	public graph.Value
	fixed  bool
	// six are the objects that may give it IPv6 addresses.
	six []graph.Object
	// addressed is the hop of its public address where that follows other rules; nil if not.
	addressed func(family) *fact.Hop
	// before are other hops that its traffic passes first.
	before []*fact.Hop
	// parts are other resources that it is made of.
	parts []*graph.Resource
	// open says that there is no security group on the way.
	open bool
	// balancer is the load balancer whose interface it is, and registered says that only load balancers lead to it.
	balancer   *graph.Resource
	registered bool
}

// awsWay is a way to an interface in a subnet.
type awsWay struct {
	fact.Way
	family family
	via    awsNIC
	subnet graph.End
}

// endpoint returns an endpoint with the ways to its interfaces, in each subnet that they may be in.
func (n *awsNetwork) endpoint(r *graph.Resource, kind fact.EndpointKind, word string, interfaces []awsNIC) fact.Endpoint {
	e := fact.Endpoint{Resource: r, Kind: kind, Word: word}
	for _, i := range interfaces {
		e.Parts = append(e.Parts, i.parts...)
		for _, w := range n.ways(r, word, i) {
			e.Ways = append(e.Ways, w.Way)
		}
	}
	return e
}

// machine returns an endpoint that load balancers may lead to, too.
func (n *awsNetwork) machine(r *graph.Resource, word string, interfaces []awsNIC) fact.Endpoint {
	e := n.endpoint(r, fact.Machine, word, slices.DeleteFunc(slices.Clone(interfaces), func(i awsNIC) bool { return i.registered }))
	for _, w := range append(n.through(r, word, interfaces), n.accelerated(r, word, interfaces)...) {
		e.Ways = append(e.Ways, w.Way)
	}
	return e
}

// ways returns the ways to an interface by addresses of its own.
func (n *awsNetwork) ways(r *graph.Resource, word string, i awsNIC) []awsWay {
	maybe := present(r, word)
	var out []awsWay
	for _, subnet := range i.subnets {
		for _, f := range []family{ipv4, ipv6} {
			var hops []*fact.Hop
			if maybe != nil {
				hops = append(hops, maybe)
			}
			hops = append(append(hops, inSubnet(r, subnet)...), i.before...)
			hops = append(hops, n.address(r, i, subnet, f))
			hops = append(hops, n.hops(subnet, f)...)
			if !i.open {
				hops = append(hops, n.guarded(r, i.groups, n.vpcOf(subnet)))
			}
			out = append(out, awsWay{fact.Way{Family: f.all(), Hops: hops}, f, i, subnet})
		}
	}
	return out
}

// inSubnet is the hop of being in a subnet where that isn't sure; nothing if it is.
func inSubnet(r *graph.Resource, subnet graph.End) []*fact.Hop {
	if subnet.Certain || subnet.Resource == nil {
		return nil
	}
	return []*fact.Hop{{
		Kind: "subnet", Resource: r, At: subnet.Value.At, Passes: perhaps(), Why: "it may be in " + awsSubnetName(subnet),
		Change: "Decide what subnet it is in.", Decides: append(originsOf(subnet.Value), originsOf(subnet.Resource.Exists)...),
	}}
}

func (n *awsNetwork) vpcOf(subnet graph.End) graph.End {
	if subnet.Resource == nil {
		return graph.End{Name: "the VPC of " + awsSubnetName(subnet), Value: subnet.Value}
	}
	if ends := n.t.End(subnet.Resource.Attr("vpc_id"), true); len(ends) == 1 {
		return ends[0]
	}
	return graph.End{Value: subnet.Resource.Attr("vpc_id")}
}

func awsSubnetName(subnet graph.End) string {
	if subnet.Name == "" {
		return "the subnet"
	}
	return subnet.Name
}

// address is the hop of the public address of an interface.
// Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html
func (n *awsNetwork) address(r *graph.Resource, i awsNIC, subnet graph.End, f family) *fact.Hop {
	if i.addressed != nil {
		return i.addressed(f)
	}
	if f == ipv6 {
		return n.address6(r, i, subnet)
	}
	hop := &fact.Hop{
		Kind: "public address", Resource: r, At: r.Decl, Passes: none(), Why: "it has none",
		Change: "An Elastic IP address or associate_public_ip_address would give it one.",
	}
	var maybe []graph.Origin
	for _, name := range append([]string{""}, i.names...) {
		for _, e := range n.t.To(name, graph.Exposes) {
			switch {
			case name == "" && !mayBeMade(e.To.Value):
			case name != "" && e.To.Certain && e.By.Certain:
				hop.Resource, hop.At, hop.Passes = e.By, e.By.Decl, all()
				hop.Why, hop.Change = "it has the Elastic IP address of "+e.By.Addr.String(), "Without that address nothing reaches it from the internet."
				return hop
			default:
				maybe = append(maybe, append(originsOf(e.To.Value), originsOf(e.By.Exists)...)...)
				hop.Passes, hop.Decides, hop.Why = perhaps(), maybe, "it may have an Elastic IP address"
			}
		}
	}
	if i.fixed {
		return hop
	}
	v, what := i.public, "associate_public_ip_address"
	if !given(v) {
		what = "map_public_ip_on_launch of " + awsSubnetName(subnet)
		if subnet.Resource == nil || !n.decidesAddress(subnet.Resource) {
			hop.Passes, hop.Why = perhaps(), what+" decides, which is outside the configuration"
			hop.Decides = append(maybe, outside(what, subnet.Value))
			return hop
		}
		v = subnet.Resource.OwnAttr("map_public_ip_on_launch")
	}
	gives, known := v.Bool()
	switch {
	case gives:
		hop.At, hop.Passes, hop.Decides = v.At, all(), nil
		hop.Why, hop.Change = what+" gives it one", "Set "+what+" to false to take it away."
	case given(v) && !known:
		hop.At, hop.Passes, hop.Why = v.At, perhaps(), what+" isn't known"
		hop.Decides = append(maybe, originsOf(v)...)
	}
	return hop
}

// decidesAddress says whether it is known whether a subnet gives addresses.
func (n *awsNetwork) decidesAddress(subnet *graph.Resource) bool {
	return subnet.Addr.Mode == graph.Managed && subnet.Addr.Type == "aws_subnet" ||
		given(subnet.OwnAttr("map_public_ip_on_launch"))
}

func (n *awsNetwork) address6(r *graph.Resource, i awsNIC, subnet graph.End) *fact.Hop {
	hop := &fact.Hop{
		Kind: "IPv6 address", Resource: r, At: r.Decl, Passes: none(), Why: "it has none",
		Change: "ipv6_address_count, or assign_ipv6_address_on_creation of the subnet, would give it one.",
	}
	decided := false
	for _, o := range i.six {
		for _, attr := range []string{"ipv6_addresses", "ipv6_address_list", "ipv6_address_count"} {
			v := o.OwnAttr(attr)
			count, known := v.Int()
			switch {
			case !given(v):
				continue
			case v.Undecided():
				hop.At, hop.Passes, hop.Why = v.At, perhaps(), attr+" isn't known"
				hop.Decides = append(hop.Decides, originsOf(v)...)
			case attr != "ipv6_address_count" || known && count > 0:
				hop.At, hop.Passes, hop.Decides = v.At, all(), nil
				hop.Why, hop.Change = attr+" gives it one", "Remove "+attr+" to take it away."
				return hop
			}
			decided = true
		}
	}
	if decided {
		return hop
	}
	const attr = "assign_ipv6_address_on_creation"
	if subnet.Resource == nil || subnet.Resource.Addr.Type != "aws_subnet" || subnet.Resource.Addr.Mode != graph.Managed {
		hop.Passes, hop.Why = perhaps(), attr+" of "+awsSubnetName(subnet)+" decides, which is outside the configuration"
		hop.Decides = append(hop.Decides, outside(attr+" of "+awsSubnetName(subnet), subnet.Value))
		return hop
	}
	v := subnet.Resource.OwnAttr(attr)
	gives, known := v.Bool()
	switch {
	case gives:
		hop.Resource, hop.At, hop.Passes = subnet.Resource, v.At, all()
		hop.Why, hop.Change = attr+" of "+subnet.Name+" gives it one", "Set it to false to take the address away."
	case given(v) && !known:
		hop.Resource, hop.At, hop.Passes = subnet.Resource, v.At, perhaps()
		hop.Why, hop.Decides = attr+" of "+subnet.Name+" isn't known", originsOf(v)
	}
	return hop
}
