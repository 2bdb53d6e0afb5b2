package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

// world is a small concrete topology with one instance, which a packet can be walked through. The analyzer gets it as a
// configuration, in which some values may be variables.
type world struct {
	block, exclude, excludeMode string // of public access: mode, "", "vpc" or "subnet", and its mode
	gateway                     string // "", "vpc_id", "attachment"
	gatewayCount                int
	mapPublic, assign6          bool
	associate                   string // null, true, false
	six                         int
	eip                         string // "", "instance", "association"
	associated, mainSet         bool   // route tables: explicitly, as main
	adopted                     bool   // the default route table
	tables                      [3][]wayOut
	acl                         string // "", "subnet_ids", "association", "default"
	entries                     []entry
	groups                      [2][]admit
	attached                    int // of the groups: bits
	interfaced                  bool
	defaultGroup                []admit
	adoptGroup                  bool
	unknowns
}

type wayOut struct {
	cidr, target string
	resource     bool
	missing      bool // of a resource
}

type entry struct {
	number, from, to       int
	egress                 bool
	action, protocol, cidr string
	resource               bool
}

type admit struct {
	cidr, protocol string
	from, to       int
	resource       bool
}

// unknowns are the values of a topology that are variables in its configuration.
type unknowns struct {
	variables []variable
	vary      func() bool
}

// variable writes a variable in place of a value, or the value.
func (u *unknowns) variable(value string, count int, set func(int)) string {
	if u.vary == nil || !u.vary() {
		return value
	}
	u.variables = append(u.variables, variable{count, set, value})
	return fmt.Sprintf("var.v%d", len(u.variables)-1)
}

func (u *unknowns) boolean(b *bool) string {
	return u.variable(fmt.Sprint(*b), 2, func(i int) { *b = i == 1 })
}

func (u *unknowns) word(s *string, others ...string) string {
	return u.variable(fmt.Sprintf("%q", *s), len(others), func(i int) { *s = others[i] })
}

// variable is a value that isn't known, what sets it to one of its values, and the one that it has at first, as it is written.
type variable struct {
	count int
	set   func(i int)
	value string
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func randomCIDR(r *rand.Rand) string {
	return pick(r, "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/8", "8.8.0.0/16", "10.0.0.0/8", "::/0", "2600::/12")
}

func randomWorld(r *rand.Rand) *world {
	w := &world{
		block:   pick(r, "", "", "", "", "off", "block-ingress", "block-bidirectional"),
		exclude: pick(r, "", "vpc", "subnet"), excludeMode: pick(r, "allow-bidirectional", "allow-egress"),
		gateway: pick(r, "vpc_id", "vpc_id", "attachment", ""), gatewayCount: pick(r, 1, 1, 1, 0),
		mapPublic: r.IntN(2) == 0, assign6: r.IntN(2) == 0, associate: pick(r, "null", "true", "false"),
		six: pick(r, -1, -1, 0, 1), eip: pick(r, "", "", "instance", "association"),
		associated: r.IntN(3) > 0, mainSet: r.IntN(2) == 0, adopted: r.IntN(2) == 0,
		acl: pick(r, "", "subnet_ids", "association", "default"), attached: r.IntN(4), interfaced: r.IntN(4) == 0,
		adoptGroup: r.IntN(2) == 0,
	}
	for i := range w.tables {
		for range r.IntN(4) {
			out := wayOut{randomCIDR(r), pick(r, "gateway", "gateway", "nat"), i < 2 && r.IntN(2) == 0, false}
			if !has(w.tables[i], func(o wayOut) bool { return o.cidr == out.cidr }) {
				w.tables[i] = append(w.tables[i], out)
			}
		}
		if r.IntN(2) == 0 && !has(w.tables[i], func(o wayOut) bool { return o.cidr == "0.0.0.0/0" }) {
			w.tables[i] = append(w.tables[i], wayOut{"0.0.0.0/0", "gateway", false, false})
		}
	}
	for n := range r.IntN(7) {
		e := entry{
			number: 100 - 10*n, egress: r.IntN(2) == 0, action: pick(r, "allow", "allow", "deny"), protocol: pick(r, "tcp", "tcp", "udp", "-1"),
			cidr: randomCIDR(r), resource: w.acl != "default" && r.IntN(2) == 0,
		}
		if e.protocol != "-1" {
			e.from, e.to = pick(r, 0, 20, 21, 1024), pick(r, 1025, 65535)
		}
		w.entries = append(w.entries, e)
	}
	if r.IntN(2) == 0 {
		for _, egress := range []bool{false, true} {
			w.entries = append(w.entries, entry{number: 200, egress: egress, action: "allow", protocol: "-1", cidr: "0.0.0.0/0"})
		}
	}
	rules := func() (out []admit) {
		for range r.IntN(3) {
			a := admit{randomCIDR(r), pick(r, "tcp", "tcp", "-1", "udp"), 0, 0, r.IntN(2) == 0}
			if a.protocol != "-1" {
				a.from, a.to = pick(r, 20, 21, 22), pick(r, 22, 65535)
			}
			out = append(out, a)
		}
		return out
	}
	w.groups[0], w.groups[1], w.defaultGroup = rules(), rules(), rules()
	return w
}

func has[T any](s []T, f func(T) bool) bool {
	return slices.ContainsFunc(s, f)
}

// reaches walks a packet from a client to port 21 of the instance, and a reply back.
func (w *world) reaches(client netip.Addr, protocol string) bool {
	within := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(client) }
	excluded := w.block != "" && w.exclude != "" && w.excludeMode == "allow-bidirectional"
	if w.block != "" && w.block != "off" && !excluded {
		return false
	}
	if w.gateway == "" || w.gatewayCount == 0 {
		return false
	}
	if client.Is4() {
		auto := w.associate == "true" || w.associate == "null" && w.mapPublic
		if w.eip == "" && (w.interfaced || !auto) {
			return false
		}
	} else if w.six < 0 && !w.assign6 || w.six == 0 {
		return false
	}
	var table []wayOut
	switch {
	case w.associated:
		table = w.tables[0]
	case w.mainSet:
		table = w.tables[1]
	case w.adopted:
		table = w.tables[2]
	}
	best, target := -1, ""
	for _, o := range table {
		if p := netip.MustParsePrefix(o.cidr); !o.missing && p.Contains(client) && p.Bits() > best {
			best, target = p.Bits(), o.target
		}
	}
	if target != "gateway" {
		return false
	}
	if w.acl != "" {
		reply := false
		for _, port := range []int{1, 20, 21, 1024, 1025, 1026, 65535} {
			reply = reply || w.passes(true, within, protocol, port)
		}
		if !reply || !w.passes(false, within, protocol, 21) {
			return false
		}
	}
	groups := w.defaultGroup
	if !w.adoptGroup {
		groups = nil
	}
	if w.attached != 0 {
		groups = nil
		for i := range w.groups {
			if w.attached&(1<<i) != 0 {
				groups = append(groups, w.groups[i]...)
			}
		}
	}
	return has(groups, func(a admit) bool {
		return within(a.cidr) && (a.protocol == "-1" || a.protocol == protocol && a.from <= 21 && 21 <= a.to)
	})
}

func (w *world) passes(egress bool, within func(string) bool, protocol string, port int) bool {
	first := entry{number: 1 << 20, action: "deny"}
	for _, e := range w.entries {
		if e.egress == egress && e.number < first.number && within(e.cidr) &&
			(e.protocol == "-1" || e.protocol == protocol && e.from <= port && port <= e.to) {
			first = e
		}
	}
	return first.action == "allow"
}

func (w *world) cidr(s *string) string {
	if strings.Contains(*s, ":") {
		return w.word(s, "::/0", "2600::/12")
	}
	return w.word(s, "0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/8", "8.8.0.0/16")
}

func six(cidr string) string {
	if strings.Contains(cidr, ":") {
		return "ipv6_"
	}
	return ""
}

// config returns the world as a configuration.
func (w *world) endpoint() string { return "aws_instance" }

func (w *world) config() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p(`resource "aws_vpc" "v" {}`)
	if w.block != "" {
		p(`resource "aws_vpc_block_public_access_options" "o" {
  internet_gateway_block_mode = %s
}`, w.word(&w.block, "off", "block-ingress"))
		if w.exclude != "" {
			p(`resource "aws_vpc_block_public_access_exclusion" "e" {
  %s_id = aws_%[1]s.%s.id
  internet_gateway_exclusion_mode = %s
}`, w.exclude, w.exclude[:1], w.word(&w.excludeMode, "allow-bidirectional", "allow-egress"))
		}
	}
	count := w.variable(fmt.Sprint(w.gatewayCount), 2, func(i int) { w.gatewayCount = i })
	gateway := "\"vgw-0\""
	if w.gatewayCount > 0 || strings.HasPrefix(count, "var") {
		gateway = "one(aws_internet_gateway.g[*].id)"
	}
	p(`resource "aws_internet_gateway" "g" {
  count = %s`, count)
	if w.gateway == "vpc_id" {
		p(`  vpc_id = aws_vpc.v.id`)
	}
	p(`}`)
	if w.gateway == "attachment" {
		p(`resource "aws_internet_gateway_attachment" "g" {
  count = %s
  internet_gateway_id = %s
  vpc_id = aws_vpc.v.id
}`, count, gateway)
	}
	p(`resource "aws_subnet" "s" {
  vpc_id = aws_vpc.v.id
  map_public_ip_on_launch = %s
  assign_ipv6_address_on_creation = %s
}`, w.boolean(&w.mapPublic), w.boolean(&w.assign6))
	p(`resource "aws_nat_gateway" "n" {}`)
	for i, table := range w.tables {
		var inline, apart strings.Builder
		for j := range table {
			o := &w.tables[i][j]
			attr, id := "gateway_id", gateway
			if o.target == "nat" {
				attr, id = "nat_gateway_id", "aws_nat_gateway.n.id"
			}
			if o.resource {
				count := w.variable("1", 2, func(i int) { o.missing = i == 0 })
				fmt.Fprintf(&apart, "resource \"aws_route\" \"r%d_%d\" {\n count = %s\n route_table_id = aws_route_table.t%d.id\n destination_%scidr_block = %s\n %s = %s\n}\n",
					i, j, count, i, six(o.cidr), w.cidr(&o.cidr), attr, id)
			} else {
				fmt.Fprintf(&inline, "  route {\n %scidr_block = %s\n %s = %s\n }\n", six(o.cidr), w.cidr(&o.cidr), attr, id)
			}
		}
		if i < 2 {
			p("resource \"aws_route_table\" \"t%d\" {\n vpc_id = aws_vpc.v.id\n%s}\n%s", i, inline.String(), apart.String())
		} else if w.adopted {
			p("resource \"aws_default_route_table\" \"t\" {\n default_route_table_id = aws_vpc.v.default_route_table_id\n%s}", inline.String())
		}
	}
	if w.associated {
		p("resource \"aws_route_table_association\" \"a\" {\n subnet_id = aws_subnet.s.id\n route_table_id = aws_route_table.t0.id\n}")
	}
	if w.mainSet {
		p("resource \"aws_main_route_table_association\" \"a\" {\n vpc_id = aws_vpc.v.id\n route_table_id = aws_route_table.t1.id\n}")
	}
	w.aclConfig(p)
	for i := range w.groups {
		w.groupConfig(p, fmt.Sprintf("resource \"aws_security_group\" \"g%d\" {\n vpc_id = aws_vpc.v.id", i), fmt.Sprintf("aws_security_group.g%d.id", i), w.groups[i])
	}
	if w.adoptGroup {
		w.groupConfig(p, "resource \"aws_default_security_group\" \"d\" {\n vpc_id = aws_vpc.v.id", "aws_vpc.v.default_security_group_id", w.defaultGroup)
	}
	w.instanceConfig(p)
	for i := range w.variables {
		p(`variable "v%d" {}`, i)
	}
	return b.String()
}

func (w *world) aclConfig(p func(string, ...any)) {
	if w.acl == "" {
		return
	}
	head := "resource \"aws_network_acl\" \"n\" {\n vpc_id = aws_vpc.v.id"
	switch w.acl {
	case "default":
		head = "resource \"aws_default_network_acl\" \"n\" {\n default_network_acl_id = aws_vpc.v.default_network_acl_id"
	case "subnet_ids":
		head += "\n subnet_ids = [aws_subnet.s.id]"
	case "association":
		p("resource \"aws_network_acl_association\" \"a\" {\n subnet_id = aws_subnet.s.id\n network_acl_id = aws_network_acl.n.id\n}")
	}
	p("%s", head)
	for i := range w.entries {
		e := &w.entries[i]
		if e.resource {
			continue
		}
		direction := "ingress"
		if e.egress {
			direction = "egress"
		}
		p("%s {\n rule_no = %d\n action = %s\n protocol = %q\n from_port = %d\n to_port = %d\n %scidr_block = %s\n}",
			direction, e.number, w.word(&e.action, "allow", "deny"), e.protocol, e.from, e.to, six(e.cidr), w.cidr(&e.cidr))
	}
	p("}")
	for i := range w.entries {
		if e := &w.entries[i]; e.resource {
			p("resource \"aws_network_acl_rule\" \"r%d\" {\n network_acl_id = aws_network_acl.n.id\n rule_number = %d\n egress = %t\n rule_action = %s\n protocol = %q\n from_port = %d\n to_port = %d\n %scidr_block = %s\n}",
				i, e.number, e.egress, w.word(&e.action, "allow", "deny"), e.protocol, e.from, e.to, six(e.cidr), w.cidr(&e.cidr))
		}
	}
}

func (w *world) groupConfig(p func(string, ...any), head, id string, rules []admit) {
	p("%s", head)
	for i := range rules {
		if a := &rules[i]; !a.resource {
			p("ingress {\n protocol = %q\n from_port = %d\n to_port = %d\n %scidr_blocks = [%s]\n}", a.protocol, a.from, a.to, six(a.cidr), w.cidr(&a.cidr))
		}
	}
	p("}")
	for i := range rules {
		if a := &rules[i]; a.resource {
			p("resource \"aws_security_group_rule\" %q {\n type = \"ingress\"\n security_group_id = %s\n protocol = %q\n from_port = %d\n to_port = %d\n %scidr_blocks = [%s]\n}",
				strings.ReplaceAll(id, ".", "_")+fmt.Sprint(i), id, a.protocol, a.from, a.to, six(a.cidr), w.cidr(&a.cidr))
		}
	}
}

func (w *world) instanceConfig(p func(string, ...any)) {
	var groups []string
	for i := range w.groups {
		if w.attached&(1<<i) != 0 {
			groups = append(groups, fmt.Sprintf("aws_security_group.g%d.id", i))
		}
	}
	addresses := ""
	if w.six >= 0 {
		addresses = "\n ipv6_address_count = " + w.variable(fmt.Sprint(w.six), 2, func(i int) { w.six = i })
	}
	if w.interfaced {
		p("resource \"aws_network_interface\" \"i\" {\n subnet_id = aws_subnet.s.id\n security_groups = [%s]%s\n}", strings.Join(groups, ", "), addresses)
		p("resource \"aws_instance\" \"m\" {\n primary_network_interface {\n network_interface_id = aws_network_interface.i.id\n }\n}")
	} else {
		associate := w.associate
		if associate != "null" {
			associate = w.variable(associate, 2, func(i int) { w.associate = fmt.Sprint(i == 1) })
		}
		p("resource \"aws_instance\" \"m\" {\n subnet_id = aws_subnet.s.id\n vpc_security_group_ids = [%s]\n associate_public_ip_address = %s%s\n}",
			strings.Join(groups, ", "), associate, addresses)
	}
	target, id := "instance", "aws_instance.m.id"
	if w.interfaced {
		target, id = "network_interface", "aws_network_interface.i.id"
	}
	switch w.eip {
	case "instance":
		p("resource \"aws_eip\" \"e\" {\n %s = %s\n}", target, id)
	case "association":
		p("resource \"aws_eip\" \"e\" {}\nresource \"aws_eip_association\" \"e\" {\n allocation_id = aws_eip.e.id\n %s_id = %s\n}", target, id)
	}
}
