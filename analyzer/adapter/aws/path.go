package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// cloud returns what the internet may reach in Amazon Web Services, and the ways there.
func cloud() *read.Cloud {
	lightsail := lightsailMachines()
	return &read.Cloud{
		Links:     links(),
		ByAddress: addressLinks(),
		Guards:    []string{"aws_security_group", "aws_default_security_group"},
		Through:   []string{"aws_network_interface"},
		Defaults:  map[string]string{"aws_default_security_group": "vpc_id"},
		Apart: []string{
			"aws_ec2_tag", "aws_eip", "aws_eip_association", "aws_flow_log", "aws_route", "aws_security_group_rule",
			"aws_vpc_security_group_rules_exclusive", "aws_vpc_security_group_vpc_association",
		},
		Reads: append(append(serviceTypes(),
			"aws_vpc", "aws_default_vpc", "aws_default_subnet", "aws_vpn_gateway", "aws_nat_gateway",
			"aws_egress_only_internet_gateway", "aws_vpc_block_public_access_options", "aws_launch_template", "aws_lb_target_group",
			"aws_alb_target_group", "aws_transfer_server", "aws_globalaccelerator_accelerator",
			"aws_globalaccelerator_endpoint_group", "aws_globalaccelerator_listener",
			"aws_networkfirewall_firewall", "aws_networkfirewall_firewall_policy", ruleGroupType,
		), slices.Concat(insideReads(), frontTypes(), lightsail.Reads)...),
		Connects: []string{transitType, transitType + "_route_table", transitAttachment, peeringType},
		Inside:   inside,
		Types:    endpointTypes(),
		Endpoints: func(t *graph.Topology) []fact.Endpoint {
			n := newNetwork(t)
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
				case spotFleet, ec2Fleet:
					out = append(out, n.machine(r, "fleet", n.fleet(r)))
				case "aws_ecs_service":
					out = append(out, n.machine(r, "ECS service", n.service(r)))
				case "aws_transfer_server":
					out = append(out, n.endpoint(r, fact.Machine, "Transfer server", n.transfer(r)))
				case "aws_lb_listener", "aws_alb_listener":
					e := fact.Endpoint{Resource: r, Kind: fact.Published, Word: "listener"}
					for _, i := range n.listener(r) {
						e.Parts = append(e.Parts, i.parts...)
					}
					for _, to := range n.listened(r) {
						e.Ways = append(e.Ways, presumed(to.Ways, to.subnet)...)
					}
					out = append(out, e)
				case "aws_elb":
					e := fact.Endpoint{Resource: r, Kind: fact.Published, Word: "load balancer"}
					for _, i := range n.classic(r) {
						e.Parts = append(e.Parts, i.parts...)
						for _, w := range n.ways(r, e.Word, i) {
							e.Ways = append(e.Ways, presumed([]fact.Way{w.Way}, w.subnet)...)
						}
					}
					out = append(out, e)
				case "aws_eks_node_group":
					out = append(out, n.endpoint(r, fact.Machine, "node group", n.remote(r)))
				case "aws_emr_cluster":
					out = append(out, n.endpoint(r, fact.Machine, "EMR cluster", n.emrNodes(r)))
				default:
					if e, ok := n.served(r); ok {
						out = append(out, e)
					}
				}
			}
			out = append(out, lightsail.Endpoints(t)...)
			return slices.DeleteFunc(out, func(e fact.Endpoint) bool { return len(e.Ways)+len(e.Bundles) == 0 })
		},
	}
}

// endpointTypes are the types of what the internet may reach.
func endpointTypes() []string {
	out := []string{
		"aws_instance", "aws_spot_instance_request", "aws_autoscaling_group", spotFleet, ec2Fleet, "aws_ecs_service", "aws_transfer_server",
		"aws_lb_listener", "aws_alb_listener", "aws_elb", "aws_eks_node_group", "aws_emr_cluster", "aws_lightsail_instance",
	}
	for _, s := range services() {
		out = append(out, s.typ)
	}
	return out
}

// networkInterface is a network interface, or what is known of those that a resource will have.
type networkInterface struct {
	// subnets are the subnets that it is in, or may be in.
	subnets []graph.End
	groups  []graph.End
	// names are the names by which an address can be bound to it.
	names []string
	// public is associate_public_ip_address; if it is absent, the subnet decides. fixed is true if only addresses count that
	// are bound to it.
	public graph.Value
	fixed  bool
	// private is what may say which private addresses it has; nil if nothing does.
	private *graph.Resource
	// six are the objects that may give it IPv6 addresses.
	six []graph.Object
	// addressed returns the hop of its public address if that follows other rules; else nil.
	addressed func(read.Family) *fact.Hop
	// before are hops that its traffic passes first.
	before []*fact.Hop
	// either is true if it is in one of the subnets, and AWS chooses in which.
	either bool
	// parts are other resources that it is made of.
	parts []*graph.Resource
	// open is true if no security group is on the way.
	open bool
	// balancer is the load balancer whose interface it is. registered is true if only load balancers lead to it.
	balancer   *graph.Resource
	registered bool
}

// way is a way to an interface in a subnet.
type way struct {
	fact.Way
	family read.Family
	via    networkInterface
	subnet graph.End
}

// endpoint returns an endpoint with the ways to its interfaces in each subnet that they may be in.
func (n *network) endpoint(r *graph.Resource, kind fact.EndpointKind, word string, interfaces []networkInterface) fact.Endpoint {
	e := fact.Endpoint{Resource: r, Kind: kind, Word: word}
	for _, i := range interfaces {
		e.Parts = append(e.Parts, i.parts...)
		for _, subnet := range i.subnets {
			if subnet.Resource != nil && !slices.Contains(e.Within, subnet.Resource) {
				e.Within = append(e.Within, subnet.Resource)
			}
		}
		for _, w := range n.ways(r, word, i) {
			e.Ways = append(e.Ways, w.Way)
		}
	}
	return e
}

// machine returns an endpoint that load balancers may also lead to.
func (n *network) machine(r *graph.Resource, word string, interfaces []networkInterface) fact.Endpoint {
	e := n.endpoint(r, fact.Machine, word, slices.DeleteFunc(slices.Clone(interfaces), func(i networkInterface) bool { return i.registered }))
	for _, w := range n.accelerated(r, word, interfaces) {
		e.Ways = append(e.Ways, w.Way)
	}
	for _, i := range interfaces {
		for _, subnet := range i.subnets {
			for _, f := range []read.Family{read.IPv4, read.IPv6} {
				e.Ways = append(e.Ways, n.entered(r, slices.Concat([]string{r.Addr.String()}, i.names, n.discovered(r)), i, subnet, f)...)
			}
		}
	}
	e.Bundles = n.through(r, word, interfaces)
	return e
}

// ways returns the ways to an interface by its own addresses.
func (n *network) ways(r *graph.Resource, word string, i networkInterface) []way {
	maybe := read.Present(r, word)
	var out []way
	for _, subnet := range i.subnets {
		for _, f := range []read.Family{read.IPv4, read.IPv6} {
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
			out = append(out, way{fact.Way{Family: f.All(), Hops: hops}, f, i, subnet})
		}
	}
	return out
}

// inSubnet returns the hop of being in a subnet; nothing if the interface surely is.
func inSubnet(r *graph.Resource, subnet graph.End) []*fact.Hop {
	if subnet.Certain || subnet.Resource == nil {
		return nil
	}
	return []*fact.Hop{{
		Kind: "subnet", Resource: r, At: subnet.Value.At, Takes: read.Perhaps(), Why: "it may be in " + subnetName(subnet),
		Change: "Decide what subnet it is in.", Decides: append(read.OriginsOf(subnet.Value), read.OriginsOf(subnet.Resource.Exists)...),
	}}
}

func (n *network) vpcOf(subnet graph.End) graph.End {
	if subnet.Resource == nil {
		return graph.End{Name: "the VPC of " + subnetName(subnet), Value: subnet.Value}
	}
	if ends := n.t.End(subnet.Resource.Attr("vpc_id"), true); len(ends) == 1 {
		return ends[0]
	}
	return graph.End{Value: subnet.Resource.Attr("vpc_id")}
}

func subnetName(subnet graph.End) string {
	if !subnet.Known() {
		return "the subnet"
	}
	return subnet.Name
}

// address returns the hop of an interface's public address. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html
func (n *network) address(r *graph.Resource, i networkInterface, subnet graph.End, f read.Family) *fact.Hop {
	if i.addressed != nil {
		return i.addressed(f)
	}
	if f == read.IPv6 {
		return n.address6(r, i, subnet)
	}
	hop := &fact.Hop{
		Kind: "public address", Resource: r, At: r.Decl, Takes: read.None(), Why: "it has none",
		Change: "An Elastic IP address or associate_public_ip_address would give it one.",
	}
	var maybe []graph.Origin
	for _, name := range append([]string{""}, i.names...) {
		for _, e := range n.t.To(name, graph.Exposes) {
			switch {
			case name == "" && !read.MayBeMade(e.To.Value):
			case name != "" && e.To.Certain && e.By.Certain:
				hop.Resource, hop.At, hop.Takes = e.By, e.By.Decl, read.All()
				hop.Why, hop.Change = "it has the Elastic IP address of "+e.By.Addr.String(), "Without that address nothing reaches it from the internet."
				return hop
			default:
				maybe = append(maybe, append(read.OriginsOf(e.To.Value), read.OriginsOf(e.By.Exists)...)...)
				hop.Takes, hop.Decides, hop.Why = read.Perhaps(), maybe, "it may have an Elastic IP address"
			}
		}
	}
	if i.fixed {
		return hop
	}
	v, what := i.public, "associate_public_ip_address"
	if !read.Given(v) {
		what = "map_public_ip_on_launch of " + subnetName(subnet)
		if subnet.Resource == nil || !n.decidesAddress(subnet.Resource) {
			hop.Takes, hop.Why = read.Perhaps(), what+" decides, which is outside the configuration"
			hop.Decides = append(maybe, read.Outside(what, subnet.Value))
			return hop
		}
		v = subnet.Resource.OwnAttr("map_public_ip_on_launch")
	}
	gives, known := v.Bool()
	switch {
	case gives:
		hop.At, hop.Takes, hop.Decides = v.At, read.All(), nil
		hop.Why, hop.Change = what+" gives it one", "Set "+what+" to false to take it away."
	case read.Given(v) && !known:
		hop.At, hop.Takes, hop.Why = v.At, read.Perhaps(), what+" isn't known"
		hop.Decides = append(maybe, read.OriginsOf(v)...)
	}
	return hop
}

// decidesAddress reports whether it is known if a subnet gives public addresses.
func (n *network) decidesAddress(subnet *graph.Resource) bool {
	return subnet.Addr.Mode == graph.Managed && subnet.Addr.Type == "aws_subnet" ||
		read.Given(subnet.OwnAttr("map_public_ip_on_launch"))
}

func (n *network) address6(r *graph.Resource, i networkInterface, subnet graph.End) *fact.Hop {
	hop := &fact.Hop{
		Kind: "IPv6 address", Resource: r, At: r.Decl, Takes: read.None(), Why: "it has none",
		Change: "ipv6_address_count, or assign_ipv6_address_on_creation of the subnet, would give it one.",
	}
	decided := false
	for _, o := range i.six {
		for _, attr := range []string{"ipv6_addresses", "ipv6_address_list", "ipv6_address_count"} {
			v := o.OwnAttr(attr)
			count, known := v.Int()
			switch {
			case !read.Given(v):
				continue
			case v.Undecided():
				hop.At, hop.Takes, hop.Why = v.At, read.Perhaps(), attr+" isn't known"
				hop.Decides = append(hop.Decides, read.OriginsOf(v)...)
			case attr != "ipv6_address_count" || known && count > 0:
				hop.At, hop.Takes, hop.Decides = v.At, read.All(), nil
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
		hop.Takes, hop.Why = read.Perhaps(), attr+" of "+subnetName(subnet)+" decides, which is outside the configuration"
		hop.Decides = append(hop.Decides, read.Outside(attr+" of "+subnetName(subnet), subnet.Value))
		return hop
	}
	v := subnet.Resource.OwnAttr(attr)
	gives, known := v.Bool()
	switch {
	case gives:
		hop.Resource, hop.At, hop.Takes = subnet.Resource, v.At, read.All()
		hop.Why, hop.Change = attr+" of "+subnet.Name+" gives it one", "Set it to false to take the address away."
	case read.Given(v) && !known:
		hop.Resource, hop.At, hop.Takes = subnet.Resource, v.At, read.Perhaps()
		hop.Why, hop.Decides = attr+" of "+subnet.Name+" isn't known", read.OriginsOf(v)
	}
	return hop
}
