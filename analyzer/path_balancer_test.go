package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

// balanced is a small concrete topology with a load balancer in front of one private target, which a packet can be walked
// through. The analyzer gets it as a configuration, in which some values may be variables.
type balanced struct {
	kind             string // network, application, classic
	internal         bool
	dual             bool
	port             int // that the listener takes
	registered       string
	groupPort        int
	override         int    // of the attachment; 0 is none
	targetType       string // "", instance, ip
	protocol         string
	preserve         string // "", true, false
	lbGroup, inGroup bool   // whether they have groups of their own, or the VPC's default one
	adopted          bool   // of the default group, which then has no rules
	lbIn, lbOut      []peered
	targetIn         []peered
	same             bool // subnet
	lbACL, targetACL []entry
	unknowns
}

// peered is a rule of a security group.
type peered struct {
	protocol string
	cidr     string // or
	group    string // lb, target, self
	from, to int
	resource bool
}

const lbAddress, targetAddress = "10.0.1.7", "10.0.2.9"

func randomBalanced(r *rand.Rand) *balanced {
	w := &balanced{
		kind: pick(r, "network", "network", "application", "classic"), internal: r.IntN(6) == 0, dual: r.IntN(3) == 0,
		port: pick(r, 21, 21, 21, 22), groupPort: pick(r, 21, 2121), override: pick(r, 0, 0, 21, 2121),
		targetType: pick(r, "", "instance", "ip"), protocol: pick(r, "TCP", "TCP", "TLS", "TCP_UDP", "UDP"), preserve: pick(r, "", "", "true", "false"),
		lbGroup: r.IntN(3) > 0, inGroup: r.IntN(4) > 0, adopted: r.IntN(2) == 0, same: r.IntN(4) == 0,
	}
	switch w.kind {
	case "classic":
		w.protocol = "TCP"
		w.registered = pick(r, "instances", "elb_attachment", "load_balancers", "group_elb")
	case "application":
		w.protocol, w.preserve, w.targetType = "HTTP", "", pick(r, "", "ip")
		fallthrough
	default:
		w.registered = pick(r, "attachment", "attachment", "target_group_arns", "group_attachment", "traffic_source", "service")
	}
	rules := func() (out []peered) {
		for range r.IntN(3) {
			p := peered{protocol: pick(r, "tcp", "tcp", "udp", "-1"), from: pick(r, 20, 21, 22), to: pick(r, 22, 2121, 65535), resource: r.IntN(2) == 0}
			if p.group = pick(r, "", "", "lb", "target", "self"); p.group == "" {
				p.cidr = pick(r, "0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.0.2.0/24", "8.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1", "::/0")
			}
			out = append(out, p)
		}
		return out
	}
	w.lbIn, w.lbOut, w.targetIn = rules(), rules(), rules()
	if r.IntN(4) > 0 {
		w.lbIn = append(w.lbIn, peered{protocol: pick(r, "tcp", "-1"), cidr: pick(r, "0.0.0.0/0", "::/0"), from: 20, to: 22})
	}
	if r.IntN(4) > 0 {
		w.lbOut = append(w.lbOut, peered{protocol: pick(r, "tcp", "-1"), cidr: "0.0.0.0/0", from: 0, to: 65535})
	}
	if r.IntN(4) > 0 {
		w.targetIn = append(w.targetIn, peered{protocol: pick(r, "tcp", "udp", "-1"), group: "lb", from: 21, to: 2121})
	}
	acl := func() (out []entry) {
		if r.IntN(2) == 0 {
			return nil
		}
		for n := range r.IntN(4) {
			out = append(out, entry{
				number: 100 - 10*n, egress: r.IntN(2) == 0, action: pick(r, "allow", "allow", "deny"), protocol: pick(r, "tcp", "tcp", "udp"),
				cidr: pick(r, "0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.0.2.0/24", "8.0.0.0/8"), from: pick(r, 0, 21, 2121), to: pick(r, 2121, 65535),
			})
		}
		for _, egress := range []bool{false, true} {
			out = append(out, entry{number: 200, egress: egress, action: pick(r, "allow", "allow", "allow", "deny"), protocol: "-1", cidr: "0.0.0.0/0"})
			out = append(out, entry{number: 201, egress: egress, action: "allow", protocol: "-1", cidr: "::/0"})
		}
		return out
	}
	w.lbACL, w.targetACL = acl(), acl()
	return w
}

// reaches walks a packet from a client through the load balancer to the target, and a reply back.
func (w *balanced) reaches(client netip.Addr, protocol string) bool {
	if protocol == "udp" && !strings.HasSuffix(w.protocol, "UDP") || protocol == "tcp" && w.protocol == "UDP" {
		return false
	}
	if w.internal || w.port != 21 || client.Is6() && (!w.dual || w.kind == "classic") {
		return false
	}
	lb, target := netip.MustParseAddr(lbAddress), netip.MustParseAddr(targetAddress)
	if w.same {
		target = netip.MustParseAddr("10.0.1.9")
	}
	if !filters(w.lbACL, false, client, protocol, 21) || !answers(w.lbACL, true, client, protocol) {
		return false
	}
	guarded := w.lbGroup || w.kind != "network"
	if guarded && !w.admits(w.lbIn, w.lbGroup, "lb", false, client, "", protocol, 21) {
		return false
	}
	port := w.groupPort
	if w.registered == "attachment" && w.override != 0 || w.registered == "service" {
		port = w.override
	}
	if guarded && !w.admits(w.lbOut, w.lbGroup, "lb", true, target, w.name(w.inGroup, "target"), protocol, port) {
		return false
	}
	keeps := strings.HasSuffix(w.protocol, "UDP")
	if !keeps {
		keeps = w.preserve == "true" || w.preserve == "" && w.targetType != "ip"
	}
	source := lb
	if w.kind == "network" && keeps && client.Is4() {
		source = client
	}
	if !w.same {
		if !filters(w.lbACL, true, target, protocol, port) || !filters(w.targetACL, false, source, protocol, port) ||
			!answers(w.targetACL, true, source, protocol) || !answers(w.lbACL, false, target, protocol) {
			return false
		}
	}
	from := ""
	if guarded {
		from = w.name(w.lbGroup, "lb")
	}
	return w.admits(w.targetIn, w.inGroup, "target", false, source, from, protocol, port)
}

func (w *balanced) name(own bool, name string) string {
	if own {
		return name
	}
	return "default"
}

// admits says whether the group of something lets through what comes from an address, or a member of a group.
func (w *balanced) admits(rules []peered, own bool, name string, out bool, addr netip.Addr, group, protocol string, port int) bool {
	if !own { // that which all have that name none
		return !w.adopted && (out || group == "default")
	}
	return has(rules, func(p peered) bool {
		named := p.group
		if named == "self" {
			named = name
		}
		return (p.protocol == "-1" || p.protocol == protocol && p.from <= port && port <= p.to) && (p.group == "" && netip.MustParsePrefix(p.cidr).Contains(addr) || p.group != "" && named == group)
	})
}

func filters(acl []entry, egress bool, addr netip.Addr, protocol string, port int) bool {
	if acl == nil {
		return true
	}
	first := entry{number: 1 << 20, action: "deny"}
	for _, e := range acl {
		if e.egress == egress && e.number < first.number && netip.MustParsePrefix(e.cidr).Contains(addr) &&
			(e.protocol == "-1" || e.protocol == protocol && e.from <= port && port <= e.to) {
			first = e
		}
	}
	return first.action == "allow"
}

func answers(acl []entry, egress bool, addr netip.Addr, protocol string) bool {
	for _, port := range []int{1, 21, 22, 2120, 2121, 2122, 65535} {
		if filters(acl, egress, addr, protocol, port) {
			return true
		}
	}
	return false
}

// typ is the type of the target's resource.
func (w *balanced) summary() string { return w.kind + " " + w.registered }

func (w *balanced) endpoint() string {
	switch w.registered {
	case "service":
		return "aws_ecs_service"
	case "attachment", "instances", "elb_attachment":
		return "aws_instance"
	}
	return "aws_autoscaling_group"
}

// config returns the topology as a configuration.
func (w *balanced) config() string {
	w.variables = nil
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p(`resource "aws_vpc" "v" {}
resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
  route {
    ipv6_cidr_block = "::/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_subnet" "lb" {
  vpc_id = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_subnet" "target" {
  vpc_id = aws_vpc.v.id
  cidr_block = %s
}
resource "aws_route_table_association" "lb" {
  subnet_id = aws_subnet.lb.id
  route_table_id = aws_route_table.t.id
}`, w.variable(`"10.0.2.0/24"`, 1, func(int) {}))
	w.acls(p)
	w.groups(p)
	w.front(p)
	w.target(p)
	for i := range w.variables {
		p(`variable "v%d" {}`, i)
	}
	return b.String()
}

func (w *balanced) acls(p func(string, ...any)) {
	for i, name := range []string{"lb", "target"} {
		acl := [][]entry{w.lbACL, w.targetACL}[i]
		if acl == nil {
			continue
		}
		p("resource \"aws_network_acl\" %q {\n vpc_id = aws_vpc.v.id\n subnet_ids = [aws_subnet.%s.id]", name, name)
		for i := range acl {
			e := &acl[i]
			direction := "ingress"
			if e.egress {
				direction = "egress"
			}
			p("%s {\n rule_no = %d\n action = %s\n protocol = %q\n from_port = %d\n to_port = %d\n %scidr_block = %q\n}",
				direction, e.number, w.word(&e.action, "allow", "deny"), e.protocol, e.from, e.to, six(e.cidr), e.cidr)
		}
		p("}")
	}
}

func (w *balanced) groups(p func(string, ...any)) {
	if w.adopted {
		p("resource \"aws_default_security_group\" \"d\" {\n vpc_id = aws_vpc.v.id\n}")
	}
	ids := map[string]string{"lb": "aws_security_group.lb.id", "target": "aws_security_group.target.id"}
	write := func(name, direction string, rules []peered) (apart string) {
		for i := range rules {
			r := &rules[i]
			other := ids[r.group]
			if r.group == "lb" || r.group == "target" {
				names := []string{"lb", "target"}
				if which := w.variable(fmt.Sprint(slices.Index(names, r.group)), 2, func(i int) { r.group = names[i] }); strings.HasPrefix(which, "var") {
					other = which + " == 0 ? " + ids["lb"] + " : " + ids["target"]
				}
			}
			from := w.variable(fmt.Sprint(r.from), 23, func(i int) { r.from = i })
			if !r.resource {
				source := fmt.Sprintf("%scidr_blocks = [%q]", six(r.cidr), r.cidr)
				switch r.group {
				case "self":
					source = "self = true"
				case "lb", "target":
					source = "security_groups = [" + other + "]"
				}
				p("%s {\n protocol = %q\n from_port = %s\n to_port = %d\n %s\n}", direction, r.protocol, from, r.to, source)
				continue
			}
			source := fmt.Sprintf("cidr_ipv%s = %q", map[bool]string{true: "6", false: "4"}[six(r.cidr) != ""], r.cidr)
			switch r.group {
			case "self":
				source = "referenced_security_group_id = " + ids[name]
			case "lb", "target":
				source = "referenced_security_group_id = " + other
			}
			apart += fmt.Sprintf("resource \"aws_vpc_security_group_%s_rule\" \"%s_%d\" {\n security_group_id = %s\n ip_protocol = %q\n from_port = %s\n to_port = %d\n %s\n}\n",
				direction, name, i, ids[name], r.protocol, from, r.to, source)
		}
		return apart
	}
	for _, name := range []string{"lb", "target"} {
		in, out := w.targetIn, []peered(nil)
		if name == "lb" {
			in, out = w.lbIn, w.lbOut
		}
		p("resource \"aws_security_group\" %q {\n vpc_id = aws_vpc.v.id", name)
		apart := write(name, "ingress", in) + write(name, "egress", out)
		p("}\n%s", apart)
	}
}

func (w *balanced) front(p func(string, ...any)) {
	groups := ""
	if w.lbGroup {
		groups = "security_groups = [aws_security_group.lb.id]"
	}
	if w.kind == "classic" {
		instances := ""
		if w.registered == "instances" {
			instances = "instances = [aws_instance.m.id]"
		}
		p(`resource "aws_elb" "b" {
  name = "b"
  subnets = [aws_subnet.lb.id]
  internal = %s
  %s
  %s
  listener {
    lb_port = %s
    lb_protocol = "tcp"
    instance_port = %s
    instance_protocol = "tcp"
  }
}`, w.boolean(&w.internal), groups, instances, w.number(&w.port), w.number(&w.groupPort))
		return
	}
	stack := "ipv4"
	if w.dual {
		stack = "dualstack"
	}
	p(`resource "aws_lb" "b" {
  load_balancer_type = %q
  subnets = [aws_subnet.lb.id]
  internal = %s
  ip_address_type = %q
  %s
}`, w.kind, w.boolean(&w.internal), stack, groups)
	protocol := strings.Replace(w.protocol, "TLS", "TCP", 1)
	p(`resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.b.arn
  port = %s
  protocol = %q
  default_action {
    type = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
}`, w.number(&w.port), protocol)
	attrs := ""
	if w.targetType != "" {
		attrs += "\n  target_type = " + w.word(&w.targetType, "instance", "ip")
	}
	if w.preserve != "" {
		attrs += "\n  preserve_client_ip = " + w.variable(w.preserve, 2, func(i int) { w.preserve = fmt.Sprint(i == 1) })
	}
	p(`resource "aws_lb_target_group" "t" {
  vpc_id = aws_vpc.v.id
  port = %s
  protocol = %q%s
}`, w.number(&w.groupPort), w.protocol, attrs)
}

func (w *balanced) number(n *int) string {
	return w.variable(fmt.Sprint(*n), 3, func(i int) { *n = []int{21, 22, 2121}[i] })
}

func (w *balanced) target(p func(string, ...any)) {
	subnet, groups := "aws_subnet.target.id", ""
	if w.same {
		subnet = "aws_subnet.lb.id"
	}
	if w.inGroup {
		groups = "aws_security_group.target.id"
	}
	switch w.endpoint() {
	case "aws_ecs_service":
		w.override = max(w.override, 21)
		p(`resource "aws_ecs_service" "s" {
  network_configuration {
    subnets = [%s]
    security_groups = [%s]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.t.arn
    container_name = "ftp"
    container_port = %s
  }
}`, subnet, groups, w.number(&w.override))
	case "aws_instance":
		p(`resource "aws_instance" "m" {
  subnet_id = %s
  vpc_security_group_ids = [%s]
}`, subnet, groups)
	default:
		registers := ""
		switch w.registered {
		case "target_group_arns":
			registers = "target_group_arns = [aws_lb_target_group.t.arn]"
		case "load_balancers":
			registers = "load_balancers = [aws_elb.b.name]"
		case "traffic_source":
			registers = "traffic_source {\n type = \"elbv2\"\n identifier = aws_lb_target_group.t.arn\n }"
		}
		p(`resource "aws_launch_template" "t" {
  vpc_security_group_ids = [%s]
}
resource "aws_autoscaling_group" "a" {
  vpc_zone_identifier = [%s]
  launch_template {
    id = aws_launch_template.t.id
  }
  %s
}`, groups, subnet, registers)
	}
	switch w.registered {
	case "attachment":
		port := ""
		if w.override != 0 {
			port = "port = " + w.number(&w.override)
		}
		p("resource \"aws_lb_target_group_attachment\" \"a\" {\n target_group_arn = aws_lb_target_group.t.arn\n target_id = aws_instance.m.id\n %s\n}", port)
	case "elb_attachment":
		p("resource \"aws_elb_attachment\" \"a\" {\n elb = aws_elb.b.id\n instance = aws_instance.m.id\n}")
	case "group_attachment":
		p("resource \"aws_autoscaling_attachment\" \"a\" {\n autoscaling_group_name = aws_autoscaling_group.a.name\n lb_target_group_arn = aws_lb_target_group.t.arn\n}")
	case "group_elb":
		p("resource \"aws_autoscaling_attachment\" \"a\" {\n autoscaling_group_name = aws_autoscaling_group.a.id\n elb = aws_elb.b.id\n}")
	}
}
