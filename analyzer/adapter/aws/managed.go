package aws

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// service is a type of managed services with interfaces in the subnets of a VPC, which have public addresses if the service is
// told so. Attributes are paths of nested blocks with dots between them.
type service struct {
	typ, word string
	// cluster is the attribute that refers to what has the groups, the subnets and the port, of type of; without it the service
	// has them itself.
	cluster, of string
	// public is the block path and the word that gives addresses; nil says that nothing does.
	in     string
	public *read.Words
	// provider is the version of the provider since when public is off by default, where it was on before; 0 if it always was.
	provider int
	// groups names security groups, and subnets the subnets or, by a group of type subnetGroup, that one.
	groups, subnets, subnetGroup string
	// port is the attribute with the port; without it, and where it isn't set, the ports are those of the engine.
	port string
	// engines are ports by what the attribute engine begins with; one of "" is for all others.
	engine  string
	engines []enginePorts
}

type enginePorts struct {
	prefix string
	ports  []int
}

// services are read as the provider's pages have them. A database that is told to be public is so where its subnet leads to an
// internet gateway, and its security groups admit its port.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
func services() []service {
	const groups = "vpc_security_group_ids"
	public := &read.Words{Attr: "publicly_accessible", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
	rds := []enginePorts{
		{"mysql", []int{3306}},
		{"mariadb", []int{3306}},
		{"aurora-postgresql", []int{5432}},
		{"aurora", []int{3306}},
		{"postgres", []int{5432}},
		{"sqlserver", []int{1433}},
		{"oracle", []int{1521}},
		{"custom-oracle", []int{1521}},
		{"db2", []int{50000}},
		{"custom-sqlserver", []int{1433}},
	}
	const dbGroup = "aws_db_subnet_group"
	of := func(ports ...int) []enginePorts { return []enginePorts{{"", ports}} }
	return []service{
		{typ: "aws_db_instance", word: "database", public: public, groups: groups, subnets: "db_subnet_group_name", subnetGroup: dbGroup, port: "port", engine: "engine", engines: rds},
		{
			typ: "aws_rds_cluster_instance", word: "database", cluster: "cluster_identifier", of: "aws_rds_cluster", public: public, groups: groups,
			subnets: "db_subnet_group_name", subnetGroup: dbGroup, port: "port", engine: "engine", engines: rds,
		},
		{
			typ: "aws_neptune_cluster_instance", word: "database", cluster: "cluster_identifier", of: "aws_neptune_cluster", public: public,
			groups: groups, subnets: "neptune_subnet_group_name", subnetGroup: "aws_neptune_subnet_group", port: "port", engines: of(8182),
		},
		{
			typ: "aws_redshift_cluster", word: "data warehouse", public: public, provider: 6, groups: groups,
			subnets: "cluster_subnet_group_name", subnetGroup: "aws_redshift_subnet_group", port: "port", engines: of(5439),
		},
		{
			typ: "aws_redshiftserverless_workgroup", word: "data warehouse", public: public, groups: "security_group_ids", subnets: "subnet_ids",
			port: "port", engines: of(5439),
		},
		{
			// Source: https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
			typ: "aws_msk_cluster", word: "broker", in: "broker_node_group_info.connectivity_info.public_access",
			public: &read.Words{Attr: "type", Yes: []string{"SERVICE_PROVIDED_EIPS"}, No: []string{"DISABLED"}, Absent: read.No},
			groups: "broker_node_group_info.security_groups", subnets: "broker_node_group_info.client_subnets", engines: of(9194, 9196, 9198),
		},
		{
			typ: "aws_mq_broker", word: "broker", public: public, groups: "security_groups", subnets: "subnet_ids", engine: "engine_type",
			engines: []enginePorts{{"activemq", []int{61617, 5671, 61614, 8883, 61619, 8162}}, {"rabbitmq", []int{5671, 443}}},
		},
		// These have private addresses only.
		{typ: "aws_elasticache_cluster", word: "cache", groups: "security_group_ids", subnets: "subnet_group_name", subnetGroup: "aws_elasticache_subnet_group", port: "port", engine: "engine", engines: []enginePorts{{"memcached", []int{11211}}, {"", []int{6379}}}},
		{typ: "aws_elasticache_replication_group", word: "cache", groups: "security_group_ids", subnets: "subnet_group_name", subnetGroup: "aws_elasticache_subnet_group", port: "port", engines: of(6379)},
		{typ: "aws_memorydb_cluster", word: "cache", groups: "security_group_ids", subnets: "subnet_group_name", subnetGroup: "aws_memorydb_subnet_group", port: "port", engines: of(6379)},
		{typ: "aws_docdb_cluster", word: "database", groups: groups, subnets: "db_subnet_group_name", subnetGroup: "aws_docdb_subnet_group", port: "port", engines: of(27017)},
	}
}

// serviceTypes are the types of services, and those that they refer to.
func serviceTypes() []string {
	out := []string{"aws_eks_node_group", "aws_emr_cluster", spotFleet, ec2Fleet}
	for _, s := range services() {
		for _, typ := range []string{s.typ, s.of, s.subnetGroup} {
			if typ != "" && !slices.Contains(out, typ) {
				out = append(out, typ)
			}
		}
	}
	return out
}

// serviceAttachments say what the security groups of services and of fleets guard.
func serviceAttachments() []read.Link {
	out := []read.Link{{Type: spotFleet, Block: "launch_specification", Scope: "vpc_security_group_ids"}}
	for _, s := range services() {
		link := read.Link{Type: s.typ, Scope: s.groups}
		if s.of != "" {
			link.Type = s.of
		}
		if block, attr, nested := strings.Cut(s.groups, "."); nested {
			link.Block, link.Scope = block, attr
		}
		out = append(out, link)
	}
	return out
}

// serviceLinks put services and fleets into their security groups, and fleets into their subnets.
func serviceLinks() []graph.Link {
	out := []graph.Link{
		{Type: spotFleet, Kind: graph.FilteredBy, To: "launch_specification.vpc_security_group_ids[]"},
		{Type: spotFleet, Kind: graph.InSubnet, To: "launch_specification.subnet_id"},
		{Type: spotFleet, Kind: graph.InSubnet, To: "launch_template_config.overrides.subnet_id"},
		{Type: ec2Fleet, Kind: graph.InSubnet, To: "launch_template_config.override.subnet_id"},
	}
	for _, s := range services() {
		typ := s.typ
		if s.of != "" {
			typ = s.of
		}
		out = append(out, graph.Link{Type: typ, Kind: graph.FilteredBy, To: s.groups + "[]"})
	}
	return out
}

// served returns the endpoint of a managed service; false if the resource is none.
func (n *network) served(r *graph.Resource) (fact.Endpoint, bool) {
	s, i, ok := n.serving(r)
	if !ok {
		return fact.Endpoint{}, false
	}
	i.subnets = n.alikeSubnets(i.subnets)
	e := n.endpoint(r, fact.Published, s.word, []networkInterface{i})
	if engine, known := r.OwnAttr(s.engine).Text(); s.typ == "aws_mq_broker" && (!known || strings.EqualFold(engine, "rabbitmq")) {
		e.Ways = append(e.Ways, fact.Way{Family: read.IPv4.All(), Hops: []*fact.Hop{s.portsOf(r), s.address(r, read.IPv4), fronted(r)}})
	}
	return e, true
}

// fronted is the hop of the load balancer that AWS puts before a public broker of RabbitMQ. The broker's security groups and its
// subnets may not be asked.
// Source: https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-basic-elements-broker.html
func fronted(r *graph.Resource) *fact.Hop {
	what := "whether a security group is before the load balancer of " + r.Addr.String()
	return &fact.Hop{
		Kind: "load balancer of the service", Resource: r, At: r.Decl, Takes: read.Perhaps(), Why: "AWS puts one before a public broker of RabbitMQ",
		Change: "Set publicly_accessible to false.", Decides: []graph.Origin{read.Outside(what, read.Opaque(what, r.Decl))},
	}
}

// serving returns a managed service and its interface; false if the resource is none.
func (n *network) serving(r *graph.Resource) (service, networkInterface, bool) {
	if n.services == nil {
		n.services = services()
	}
	at := slices.IndexFunc(n.services, func(s service) bool { return s.typ == r.Addr.Type })
	if at < 0 {
		return service{}, networkInterface{}, false
	}
	s := n.services[at]
	owner := r
	if s.cluster != "" {
		v := r.OwnAttr(s.cluster)
		ends := n.t.End(v, true)
		if len(ends) != 1 || ends[0].Resource == nil || ends[0].Resource.Addr.Mode != graph.Managed || ends[0].Resource.Addr.Type != s.of {
			return s, s.apart(r, v), true
		}
		owner = ends[0].Resource
	}
	i := networkInterface{groups: n.groupsOf(owner.Addr.String())}
	if owner != r {
		i.parts = []*graph.Resource{owner}
	}
	i.subnets = n.subnetsOf(owner, s)
	ports := s.portsOf(owner)
	i.before = []*fact.Hop{ports}
	i.addressed = func(f read.Family) *fact.Hop { return s.address(r, f) }
	return s, i, true
}

// apart returns the interface of a part of a cluster that isn't here, as v names it: the cluster has the ports, the groups and the
// subnets. The ports that a cluster may have begin at 1150.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
func (s service) apart(r *graph.Resource, v graph.Value) networkInterface {
	if text, known := v.Text(); known {
		v = read.Opaque("the cluster "+text, v.At)
	} else if !read.Given(v) {
		v = read.Opaque("the cluster of "+r.Addr.String(), r.Decl)
	}
	hop := &fact.Hop{
		Kind: "cluster", Resource: r, At: v.At, Takes: read.On(netset.Exactly(read.TCP()), netset.Bounds[netset.Ports]{May: netset.PortRange(1150, 65535)}), Why: "its port, groups and subnets are outside the configuration",
		Change: "Scan the configuration of the cluster together with this one to decide it.", Decides: read.OriginsOf(v),
	}
	return networkInterface{
		groups: []graph.End{{Name: v.Origins()[0].Name, Value: v}}, subnets: []graph.End{{Value: v}}, before: []*fact.Hop{hop},
		addressed: func(f read.Family) *fact.Hop { return s.address(r, f) },
	}
}

// nested returns the object at a path of nested blocks, and the name that comes last in the path; found is false if it isn't there.
func nested(o graph.Object, path string) (in graph.Object, last string, found bool) {
	for {
		block, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			return o, path, true
		}
		blocks := o.OwnBlocks(block)
		if len(blocks) == 0 {
			return graph.Object{}, "", false
		}
		o, path = blocks[0].Object, rest
	}
}

// attrAt returns the attribute at a path of nested blocks.
func attrAt(o graph.Object, path string) graph.Value {
	o, attr, found := nested(o, path)
	if !found {
		return graph.Value{}
	}
	return o.OwnAttr(attr)
}

// subnetsOf returns the subnets of a service. It is in one of them, or in several.
func (n *network) subnetsOf(r *graph.Resource, s service) []graph.End {
	v := attrAt(r.Object, s.subnets)
	subnets := n.subnetsIn(v)
	if s.subnetGroup != "" {
		subnets = nil
		for _, e := range n.t.End(v, true) {
			group := e.Resource
			if found := n.t.Named(s.subnetGroup, "name", e.Name); group == nil && e.Known() && len(found) == 1 {
				group = found[0]
			}
			if group == nil || group.Addr.Mode != graph.Managed || group.Addr.Type != s.subnetGroup {
				name := e.Name
				if name == "" {
					name = "the subnet group"
				}
				subnets = append(subnets, graph.End{Name: "the subnets of " + name, Value: e.Value})
				continue
			}
			subnets = append(subnets, n.subnetsIn(group.OwnAttr("subnet_ids"))...)
		}
		subnets = orDefault(subnets, v)
	}
	return subnets
}

// alikeSubnets returns the subnets that a service may be in: where they lead to the internet alike one stands for all.
func (n *network) alikeSubnets(subnets []graph.End) []graph.End {
	first := subnets[0]
	for _, other := range subnets[1:] {
		if !isManaged(first) || !isManaged(other) || !alikeHops(n.hops(first, read.IPv4), n.hops(other, read.IPv4)) {
			for i := range subnets {
				subnets[i].Certain = false
			}
			return subnets
		}
	}
	return subnets[:1]
}

// alikeHops reports whether hops let pass the same.
func alikeHops(a, b []*fact.Hop) bool {
	return slices.EqualFunc(a, b, func(a, b *fact.Hop) bool {
		return a.Guard == b.Guard && a.Takes.Must.Equal(b.Takes.Must) && a.Takes.May.Equal(b.Takes.May)
	})
}

// address is the hop of the public address of a service.
func (s service) address(r *graph.Resource, f read.Family) *fact.Hop {
	hop := &fact.Hop{
		Kind: "public address", Resource: r, At: r.Decl, Takes: read.None(), Why: "it has private addresses only",
		Change: "A load balancer in front of it would open a way.",
	}
	if s.public == nil || f == read.IPv6 {
		return hop
	}
	words := *s.public
	o := r.Object
	if s.in != "" {
		inner, _, found := nested(o, s.in+"."+words.Attr)
		if !found {
			return publicHop(hop, s.in, words.Absent, graph.Value{})
		}
		o = inner
	}
	if s.provider != 0 {
		switch since, known := r.ProviderAtLeast(s.provider, 0).Bool(); {
		case known && !since:
			words.Absent = read.Yes
		case !known && !read.Given(o.OwnAttr(words.Attr)):
			v := r.ProviderAtLeast(s.provider, 0)
			return publicHop(hop, words.Attr, read.Unclear, v)
		}
	}
	is, by := words.Of(o)
	return publicHop(hop, words.Attr, is, by)
}

// publicHop fills in what an attribute says about a public address.
func publicHop(hop *fact.Hop, attr string, is read.Answer, by graph.Value) *fact.Hop {
	if by.At.Filename != "" {
		hop.At = by.At
	}
	switch is {
	case read.Yes:
		hop.Takes, hop.Why, hop.Change = read.All(), attr+" gives it one", "Set "+attr+" to false to take it away."
	case read.No:
		hop.Why, hop.Change = attr+" gives it none", attr+" would give it one."
	case read.Unclear:
		hop.Takes, hop.Why, hop.Decides = read.Perhaps(), attr+" isn't known", read.OriginsOf(by)
	}
	return hop
}

// portsOf is the hop of the ports of a service.
func (s service) portsOf(r *graph.Resource) *fact.Hop {
	hop := &fact.Hop{Kind: "port", Resource: r, At: r.Decl, Change: "The port of the service says which one is open.", Why: "it is the service's own"}
	var ports netset.Bounds[netset.Ports]
	v := r.OwnAttr(s.port)
	number, known := v.Int()
	switch {
	case s.port != "" && known && 0 < number && number <= 65535:
		hop.At, ports = v.At, netset.Exactly(netset.Port(number))
	case s.port != "" && read.Given(v):
		hop.At, ports.May, hop.Decides = v.At, netset.AllPorts(), read.OriginsOf(v)
	default:
		ports, hop.Decides = s.enginePorts(r)
	}
	hop.Takes = read.On(netset.Exactly(read.TCP()), ports)
	return hop
}

func (s service) enginePorts(r *graph.Resource) (netset.Bounds[netset.Ports], []graph.Origin) {
	v := r.OwnAttr(s.engine)
	text, known := v.Text()
	var all, own netset.Ports
	found := false
	for _, e := range s.engines {
		var ports netset.Ports
		for _, p := range e.ports {
			ports = ports.Union(netset.Port(p))
		}
		if all = all.Union(ports); !found && strings.HasPrefix(strings.ToLower(text), e.prefix) && (known || e.prefix == "" && s.engine == "") {
			own, found = ports, true
		}
	}
	switch {
	case found:
		return netset.Exactly(own), nil
	case s.engine != "" && !read.Given(v):
		return netset.Bounds[netset.Ports]{May: all}, []graph.Origin{read.Outside("the engine of "+r.Addr.String(), graph.Value{At: r.Decl})}
	}
	return netset.Bounds[netset.Ports]{May: all}, read.OriginsOf(v)
}

// managed are the services with an endpoint on the internet that no security group is before.
func managed() []read.Publisher {
	on := read.Words{Attr: "endpoint_public_access", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}
	return []read.Publisher{
		{
			// Source: https://docs.aws.amazon.com/eks/latest/userguide/config-cluster-endpoint.html
			Types: []string{"aws_eks_cluster"}, Kind: "cluster endpoint", Public: read.PublicBlock("vpc_config", on),
			Blocks: []string{"vpc_config"}, Protocol: read.OverTCP, Ports: read.ThesePorts(443), Clients: read.ClientsIn("public_access_cidrs"),
		},
		{
			// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html: its access policy decides who
			// may do what, and not who connects.
			Types: []string{"aws_opensearch_domain", "aws_elasticsearch_domain"}, Kind: "search domain", Public: read.PublicWithout("vpc_options"),
			Protocol: read.OverTCP, Ports: read.ThesePorts(443),
		},
		{
			// Source: the provider's page aws_lightsail_database.
			Types: []string{"aws_lightsail_database"}, Kind: "database",
			Public:   read.PublicBy(read.Words{Attr: "publicly_accessible", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}),
			Protocol: read.OverTCP, Ports: lightsailDatabase,
		},
		{
			Types: []string{"aws_elastic_beanstalk_environment"}, Kind: "environment", Public: beanstalkPublic,
			Protocol: read.OverTCP, Ports: beanstalkPorts,
		},
	}
}

// lightsailDatabase reads the port of a Lightsail database, which its blueprint says.
func lightsailDatabase(o graph.Object) fact.Term[netset.Ports] {
	mysql, postgres := netset.Port(3306), netset.Port(5432)
	v := o.OwnAttr("blueprint_id")
	switch text, _ := v.Text(); {
	case strings.HasPrefix(text, "mysql"):
		return read.Constant(mysql)
	case strings.HasPrefix(text, "postgres"):
		return read.Constant(postgres)
	}
	return fact.Term[netset.Ports]{
		Set: netset.Bounds[netset.Ports]{May: mysql.Union(postgres)}, Attrs: []string{"blueprint_id"}, Values: []graph.Value{v},
	}
}

// beanstalkOption returns the value of an option of a Beanstalk environment. Others is true if a setting that isn't known may be
// the option.
func beanstalkOption(o graph.Object, namespace, name string) (v graph.Value, others bool) {
	for _, b := range o.OwnBlocks("setting") {
		in, known := b.OwnAttr("namespace").Text()
		option, ok := b.OwnAttr("name").Text()
		switch {
		case !known && read.Given(b.OwnAttr("namespace")), !ok && read.Given(b.OwnAttr("name")):
			others = true
		case in == namespace && option == name:
			v = b.OwnAttr("value")
			others = others || !b.Certain
		}
	}
	return v, others || read.Given(o.OwnAttr("template_name"))
}

// beanstalkPublic says whether the load balancer or, without one, the machine of an environment has a public address, as it has
// by default. Source: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
func beanstalkPublic(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	v, others := beanstalkOption(l.Object, "aws:ec2:vpc", "ELBScheme")
	switch text, known := v.Text(); {
	case known && text == "internal":
		return read.No, v
	case known && !others:
		return read.Yes, v
	case !read.Given(v) && !others:
		return read.Yes, v
	}
	return read.Unclear, read.Opaque("the scheme of "+l.Resource.Addr.String(), l.Resource.Decl)
}

// beanstalkPorts reads the ports of an environment: HTTP, those of further listeners, and SSH where a key is named and no
// restriction of its source, for machines whose addresses are unknown.
// Source: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
func beanstalkPorts(o graph.Object) fact.Term[netset.Ports] {
	const launch = "aws:autoscaling:launchconfiguration"
	ports := netset.Port(80)
	var unclear []graph.Value
	for _, b := range o.OwnBlocks("setting") {
		namespace, known := b.OwnAttr("namespace").Text()
		if !known {
			unclear = append(unclear, b.OwnAttr("namespace"))
		} else if !b.Certain {
			unclear = append(unclear, b.Exists)
		}
		for _, prefix := range []string{"aws:elb:listener:", "aws:elbv2:listener:"} {
			if text, found := strings.CutPrefix(namespace, prefix); found {
				if more, err := netset.ParsePorts(text); err == nil {
					ports = ports.Union(more)
				}
			}
		}
	}
	t := read.Constant(ports)
	if len(unclear) > 0 {
		t.Set.May = netset.AllPorts()
		t.Attrs, t.Values = []string{"setting"}, unclear
		return t
	}
	key, _ := beanstalkOption(o, launch, "EC2KeyName")
	if restricted, _ := beanstalkOption(o, launch, "SSHSourceRestriction"); read.Given(key) && !read.Given(restricted) {
		t.Set.May = ports.Union(netset.Port(22))
		t.Attrs, t.Values = []string{"EC2KeyName"}, []graph.Value{read.Opaque("the addresses of the environment's machines", key.At)}
	}
	return t
}

// remote returns the interfaces of the nodes of a group that EKS opens SSH to everyone for, as it does where a key is named
// and no security group: then RDP for Windows.
// Source: the provider's page aws_eks_node_group.
func (n *network) remote(r *graph.Resource) []networkInterface {
	var out []networkInterface
	for _, b := range r.OwnBlocks("remote_access") {
		key, groups := b.OwnAttr("ec2_ssh_key"), b.OwnAttr("source_security_group_ids")
		if !read.Given(key) || read.Given(groups) && !groups.Undecided() {
			continue
		}
		ami := r.OwnAttr("ami_type")
		text, known := ami.Text()
		port := 22
		if strings.HasPrefix(strings.ToUpper(text), "WINDOWS") {
			port = 3389
		}
		hop := &fact.Hop{
			Kind: "remote access", Resource: r, At: b.At, Takes: read.On(netset.Exactly(read.TCP()), netset.Exactly(netset.Port(port))),
			Why:    "EKS opens it to everyone, as no source_security_group_ids say for whom it is",
			Change: "Name security groups in source_security_group_ids.",
		}
		if read.Given(ami) && !known {
			hop.Takes = read.On(netset.Exactly(read.TCP()), netset.Bounds[netset.Ports]{May: netset.Port(22).Union(netset.Port(3389))})
			hop.Decides = read.OriginsOf(ami)
		}
		if !b.Certain || read.Given(groups) || key.Undecided() && read.Nullable(key) {
			hop.Doubt(slices.Concat(read.OriginsOf(b.Exists), groups.Origins(), key.Origins())...)
		}
		out = append(out, networkInterface{subnets: n.subnetsIn(r.OwnAttr("subnet_ids")), before: []*fact.Hop{hop}, open: true})
	}
	return out
}

// emrNodes returns the interfaces of the nodes of an EMR cluster. The groups that AWS makes where none is named are unknown.
// Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-sg-specify.html
func (n *network) emrNodes(r *graph.Resource) []networkInterface {
	var out []networkInterface
	for _, b := range r.OwnBlocks("ec2_attributes") {
		for _, node := range []string{"master", "slave"} {
			i := networkInterface{subnets: n.subnetsIn(b.OwnAttr("subnet_ids"))}
			if v := b.OwnAttr("subnet_id"); read.Given(v) {
				i.subnets = n.subnetIn(v)
			}
			for _, attr := range []string{"emr_managed_" + node + "_security_group", "additional_" + node + "_security_groups"} {
				if v := b.OwnAttr(attr); read.Given(v) {
					i.groups = append(i.groups, n.t.End(v, true)...)
				} else if strings.HasPrefix(attr, "emr_") {
					i.groups = append(i.groups, graph.End{Value: read.Opaque("the security group that EMR makes for "+r.Addr.String(), b.At)})
				}
			}
			out = append(out, i)
		}
	}
	return out
}
