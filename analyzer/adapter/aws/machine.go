package aws

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const groupAttachment = "aws_network_interface_sg_attachment"

// groupsOf returns the security groups that something with a name says it is in.
func (n *network) groupsOf(name string) []graph.End {
	var out []graph.End
	for _, e := range n.t.From(name, graph.FilteredBy) {
		if e.By.Addr.Type != groupAttachment {
			to := *e.To
			to.Certain = to.Certain && e.From.Certain && (e.By.Certain || e.By.Addr.String() == name)
			out = append(out, to)
		}
	}
	return out
}

// attached adds the security groups that attachments put on a named interface. The interface keeps its other groups, also the
// default group of its VPC. Source: the provider's page aws_network_interface_sg_attachment.
func (n *network) attached(i *networkInterface, name string) {
	var out []graph.End
	for _, from := range []string{name, ""} {
		for _, e := range n.t.From(from, graph.FilteredBy) {
			if e.By.Addr.Type != groupAttachment || from == "" && !read.MayBeMade(e.From.Value) {
				continue
			}
			to := *e.To
			to.Certain = to.Certain && e.From.Certain && e.By.Certain && from != ""
			out = append(out, to)
		}
	}
	if len(out) > 0 && len(i.groups) == 0 {
		for _, subnet := range i.subnets {
			vpc := n.vpcOf(subnet)
			if !made(vpc) {
				vpc = graph.End{Name: "the default security group of " + vpc.Name, Value: vpc.Value}
			}
			i.groups = append(i.groups, vpc)
		}
	}
	i.groups = append(i.groups, out...)
}

// subnetsIn returns all subnets in a list; if the list is empty, the default subnets.
func (n *network) subnetsIn(v graph.Value) []graph.End { return orDefault(n.t.EndsOf(v, true), v) }

// subnetIn returns the subnet that a value names: several candidates if it is one of them, the default subnet if it names none.
func (n *network) subnetIn(v graph.Value) []graph.End { return orDefault(n.t.End(v, true), v) }

func orDefault(subnets []graph.End, v graph.Value) []graph.End {
	if len(subnets) > 0 {
		return subnets
	}
	return []graph.End{{Name: defaultSubnet, Value: v}}
}

// templates returns the launch templates, or launch configurations, that a resource starts machines from. whole is false if
// there may be others.
func (n *network) templates(r *graph.Resource) (out []*graph.Resource, whole bool) {
	whole = true
	add := func(t *graph.Resource) {
		if t != nil && t.Addr.Mode == graph.Managed && strings.HasPrefix(t.Addr.Type, "aws_launch_") {
			out = append(out, t)
		} else {
			whole = false
		}
	}
	for _, e := range n.t.To(r.Addr.String(), graph.AttachedTo) {
		if e.By != r || e.From.Resource != nil && e.From.Resource.Addr.Type == "aws_network_interface" {
			continue
		}
		switch _, isName := e.From.Value.Text(); {
		case e.From.Resource != nil || !isName:
			add(e.From.Resource)
		default:
			found := n.t.Named("aws_launch_configuration", "name", e.From.Name)
			if len(found) != 1 {
				found = []*graph.Resource{nil}
			}
			add(found[0])
		}
	}
	named := func(b graph.Block, id, attr string) {
		if read.Given(b.OwnAttr(id)) {
			return
		}
		name, _ := b.OwnAttr(attr).Text()
		if found := n.t.Named("aws_launch_template", "name", name); name != "" && len(found) == 1 {
			add(found[0])
		} else {
			add(nil)
		}
	}
	for _, b := range r.OwnBlocks("launch_template") {
		named(b, "id", "name")
	}
	for _, policy := range r.OwnBlocks("mixed_instances_policy") {
		for _, template := range policy.OwnBlocks("launch_template") {
			for _, b := range template.OwnBlocks("launch_template_specification") {
				named(b, "launch_template_id", "launch_template_name")
			}
		}
	}
	return out, whole
}

// templated completes an interface from a launch template.
func (n *network) templated(i *networkInterface, template *graph.Resource) {
	i.parts = append(i.parts, template)
	objects := []graph.Object{template.Object}
	for _, b := range template.OwnBlocks("network_interfaces") {
		objects = append(objects, b.Object)
	}
	for _, o := range objects {
		if v := o.OwnAttr("associate_public_ip_address"); read.Given(v) && !read.Given(i.public) {
			i.public = v
		}
		i.six = append(i.six, o)
	}
	if len(i.groups) == 0 {
		i.groups = n.groupsOf(template.Addr.String())
	}
}

// instance returns the interfaces of an instance: those attached to it, and its own unless it names a primary one.
func (n *network) instance(r *graph.Resource) []networkInterface {
	var out []networkInterface
	primary := false
	attached := slices.Clone(n.t.To(r.Addr.String(), graph.AttachedTo))
	for _, e := range n.t.To("", graph.AttachedTo) {
		if from := e.From.Resource; from != nil && from.Addr.Type == "aws_network_interface" && e.By != r && read.MayBeMade(e.To.Value) {
			attached = append(attached, e)
		}
	}
	for _, e := range attached {
		nic := e.From.Resource
		byInstance := e.By == r
		switch {
		case byInstance && nic != nil && strings.HasPrefix(nic.Addr.Type, "aws_launch_"):
			continue
		case nic != nil && nic.Addr.Type == "aws_network_interface" && nic.Addr.Mode == graph.Managed:
			primary = primary || byInstance
			i := networkInterface{
				subnets: n.subnetIn(nic.OwnAttr("subnet_id")), groups: n.groupsOf(nic.Addr.String()),
				names: []string{nic.Addr.String()}, fixed: true, six: []graph.Object{nic.Object}, private: nic,
				parts: []*graph.Resource{nic},
			}
			if byInstance {
				i.names = append(i.names, r.Addr.String())
				n.attached(&i, r.Addr.String())
			}
			n.attached(&i, nic.Addr.String())
			if !e.Certain() {
				i.before = []*fact.Hop{{
					Kind: "network interface", Resource: nic, At: nic.Decl, Takes: read.Perhaps(), Why: "it may be attached",
					Decides: slices.Concat(read.OriginsOf(e.From.Value), read.OriginsOf(e.To.Value), read.OriginsOf(e.By.Exists)), Change: "Detached from the instance it carries nothing.",
				}}
			}
			out = append(out, i)
		case byInstance && !read.Given(r.OwnAttr("launch_template")):
			primary = true
			unknown := graph.End{Name: "the subnet of " + e.From.Name, Value: e.From.Value}
			out = append(out, networkInterface{subnets: []graph.End{unknown}, groups: []graph.End{{Value: e.From.Value}}})
		}
	}
	if primary {
		return out
	}
	i := networkInterface{
		subnets: n.subnetIn(r.OwnAttr("subnet_id")), groups: n.groupsOf(r.Addr.String()), names: []string{r.Addr.String()},
		public: r.OwnAttr("associate_public_ip_address"), six: []graph.Object{r.Object}, private: r,
	}
	if len(i.groups) == 0 {
		i.groups = n.namedGroups(r.OwnAttr("security_groups"))
	}
	templates, whole := n.templates(r)
	for _, t := range templates {
		n.templated(&i, t)
		if !read.Given(r.OwnAttr("subnet_id")) {
			for _, b := range t.OwnBlocks("network_interfaces") {
				if v := b.OwnAttr("subnet_id"); read.Given(v) {
					i.subnets = n.subnetIn(v)
				}
			}
		}
	}
	if !whole {
		i.unread(r.OwnAttr("launch_template"), r)
	}
	n.attached(&i, r.Addr.String())
	return append(out, i)
}

// unread makes unknown what a launch template outside the configuration may decide.
func (i *networkInterface) unread(template graph.Value, r *graph.Resource) {
	v := read.Opaque("the launch template of "+r.Addr.String(), template.At)
	if !read.Given(i.public) {
		i.public = v
	}
	if len(i.groups) == 0 {
		i.groups = []graph.End{{Value: v}}
	}
}

// namedGroups returns security groups that are given by name.
func (n *network) namedGroups(v graph.Value) []graph.End {
	out := n.t.EndsOf(v, true)
	for i, e := range out {
		if found := n.t.Named("aws_security_group", "name", e.Name); e.Resource == nil && e.Known() && len(found) == 1 {
			out[i].Resource, out[i].Name = found[0], found[0].Addr.String()
		}
	}
	return out
}

// group returns the interfaces of the instances of an auto scaling group: those of its template, and those of the templates that
// overrides name for some types of instances. Source: the provider's page aws_autoscaling_group.
func (n *network) group(r *graph.Resource) []networkInterface {
	i := networkInterface{subnets: n.subnetsIn(r.OwnAttr("vpc_zone_identifier"))}
	i.before = without(r, "auto scaling group", "max_size")
	var out []networkInterface
	own := true
	for _, policy := range r.OwnBlocks("mixed_instances_policy") {
		for _, template := range policy.OwnBlocks("launch_template") {
			overrides := template.OwnBlocks("override")
			for _, override := range overrides {
				for _, b := range override.OwnBlocks("launch_template_specification") {
					other := i
					if t := n.templateOf(b.Object); t != nil {
						n.templated(&other, t)
					} else {
						other.unread(graph.Value{At: b.At}, r)
					}
					out = append(out, other)
				}
			}
			own = len(overrides) == 0 || slices.ContainsFunc(overrides, func(o graph.Block) bool {
				return len(o.OwnBlocks("launch_template_specification")) == 0 || !o.Certain
			})
		}
	}
	if !own {
		return out
	}
	templates, whole := n.templates(r)
	for _, t := range templates {
		n.templated(&i, t)
	}
	if !whole || len(templates) == 0 {
		i.unread(graph.Value{At: r.Decl}, r)
	}
	return append([]networkInterface{i}, out...)
}

// service returns the interfaces of the tasks of an ECS service. Tasks without a network of their own use their machines'
// network, to which load balancers lead. Source: the provider's page aws_ecs_service.
func (n *network) service(r *graph.Resource) []networkInterface {
	var out []networkInterface
	for _, b := range r.OwnBlocks("network_configuration") {
		i := networkInterface{
			subnets: n.subnetsIn(b.OwnAttr("subnets")), groups: n.groupsOf(r.Addr.String()), public: b.OwnAttr("assign_public_ip"),
		}
		i.fixed = !read.Given(i.public)
		out = append(out, i)
	}
	if len(out) == 0 {
		v := read.Opaque("the machines that run "+r.Addr.String(), r.Decl)
		out = append(out, networkInterface{
			subnets: []graph.End{{Name: v.Origins()[0].Name, Value: v}}, groups: []graph.End{{Value: v}}, registered: true,
		})
	}
	return out
}

// transfer returns the interfaces of a Transfer Family server. FTP in clear text is served inside of a VPC only; an
// endpoint with Elastic IP addresses serves FTPS on port 21 and its data ports, and SFTP on port 22.
// Source: https://docs.aws.amazon.com/transfer/latest/userguide/infrastructure-security.html
func (n *network) transfer(r *graph.Resource) []networkInterface {
	var out []networkInterface
	for _, b := range r.OwnBlocks("endpoint_details") {
		addresses := b.OwnAttr("address_allocation_ids")
		if read.Given(b.OwnAttr("vpc_endpoint_id")) {
			continue
		}
		i := networkInterface{
			subnets: n.subnetsIn(b.OwnAttr("subnet_ids")), groups: n.t.EndsOf(b.OwnAttr("security_group_ids"), true),
			public: graph.NewValue(cty.True, addresses.At),
		}
		i.before = []*fact.Hop{transferPorts(r)}
		if !read.Given(addresses) {
			i.addressed = func(read.Family) *fact.Hop {
				return &fact.Hop{
					Kind: "public address", Resource: r, At: b.At, Takes: read.None(), Why: "its endpoint has private addresses only",
					Change: "address_allocation_ids would give it public ones.",
				}
			}
		}
		out = append(out, i)
	}
	return out
}

// transferPorts returns the hop of the ports of a Transfer Family server's protocols, all of which run over TCP.
func transferPorts(r *graph.Resource) *fact.Hop {
	v := r.OwnAttr("protocols")
	hop := &fact.Hop{
		Kind: "protocols", Resource: r, At: v.At, Why: "it serves its protocols on their ports",
		Change: "Leave FTPS out of the protocols to close port 21.",
	}
	var ports netset.Bounds[netset.Ports]
	if !read.Given(v) {
		hop.At, ports = r.Decl, netset.Exactly(netset.Port(22)) // SFTP is the default
	}
	elements, whole := v.Elements()
	for _, e := range elements {
		switch word, known := e.Text(); {
		case !known:
			whole = false
		case strings.EqualFold(word, "FTPS"):
			ports = netset.UnionBounds(ports, netset.Exactly(netset.Port(21).Union(netset.PortRange(8192, 8200))))
		case strings.EqualFold(word, "SFTP"):
			ports = netset.UnionBounds(ports, netset.Exactly(netset.Port(22)))
		default:
			ports.May = ports.May.Union(netset.Port(5080)) // AS2
		}
	}
	if read.Given(v) && !whole {
		ports.May, hop.Decides = netset.AllPorts(), read.OriginsOf(v)
	}
	hop.Takes = read.On(netset.Exactly(read.TCP()), ports)
	return hop
}
