package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// web is a concrete world of several machines, between which packets can be walked.
type web interface {
	config() string
	// machines are the addresses of the machines.
	machines() []string
	// carries says whether a connection of one machine to a port of another is made, and out whether one to an address of the
	// internet is.
	carries(from, to int, protocol string, port int) bool
	out(from int, to netip.Addr, protocol string, port int) bool
	let(vary func() bool)
	made() []variable
}

// TestMachinesMatchWalker compares what reaches what with packets walked between all machines of random worlds, both ways:
// exactly where all values are known, and where some are variables as bounds of whatever those turn out to be.
func TestMachinesMatchWalker(t *testing.T) {
	for name, make := range map[string]func(*rand.Rand) web{
		"AWS":          func(r *rand.Rand) web { return randomVPCs(r) },
		"Azure":        func(r *rand.Rand) web { return randomVNets(r) },
		"Google Cloud": func(r *rand.Rand) web { return randomNets(r) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &tally{open: map[string]int{}}
			n := trials.Count(40, 400)
			trials.Each(t, n, func(t *testing.T, seed uint64) { compareWeb(t, seed, make, seen) })
			if seen.opened() < n || seen.undecided < n {
				t.Errorf("the worlds say little: %v connections were made, %d were undecided", seen.open, seen.undecided)
			}
		})
	}
}

func compareWeb(t *testing.T, seed uint64, make func(*rand.Rand) web, seen *tally) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 22))
	w := make(r)
	config := w.config()
	ports := []int{21, 22, 5432}
	outside := []netip.Addr{netip.MustParseAddr("8.8.1.1"), netip.MustParseAddr("130.1.1.1")}
	open, undecided := 0, 0
	check := func(known map[string]reach.Ports, exact bool, what string, want func(protocol string, port int) bool) {
		t.Helper()
		got, ok := known[what]
		if !ok {
			t.Fatalf("seed %d: nothing is known of %s\n%s", seed, what, config)
		}
		for _, protocol := range protocols() {
			of := got.TCP
			if protocol == "udp" {
				of = got.UDP
			}
			for _, port := range ports {
				must, may, is := of.Must.Contains(port), of.May.Contains(port), want(protocol, port)
				switch {
				case exact && (must != is || may != is), must && !is, !may && is:
					t.Fatalf("seed %d: %s at %s %d: surely %t, perhaps %t, walked %t (all known: %t)\n%+v\n%s", seed, what, protocol, port, must, may, is, exact, w, config)
				case must != may:
					undecided++
				}
				if exact && is {
					open++
				}
			}
		}
	}
	all := func(known map[string]reach.Ports, exact bool) {
		names := w.machines()
		for i, from := range names {
			for k, to := range names {
				if i != k {
					check(known, exact, from+" → "+to, func(protocol string, port int) bool { return w.carries(i, k, protocol, port) })
				}
			}
			for _, addr := range outside {
				check(known, exact, from+" → "+addr.String(), func(protocol string, port int) bool { return w.out(i, addr, protocol, port) })
			}
		}
	}
	all(reaching(t, config, w.machines(), outside), true)
	w.let(func() bool { return r.IntN(8) == 0 })
	config = w.config()
	bounds := reaching(t, config, w.machines(), outside)
	for range 6 {
		for _, v := range w.made() {
			v.set(r.IntN(v.count))
		}
		all(bounds, false)
	}
	seen.add("", open, undecided)
}

// reaching returns what reaches what in a configuration.
func reaching(t *testing.T, config string, machines []string, outside []netip.Addr) map[string]reach.Ports {
	t.Helper()
	out := map[string]reach.Ports{}
	result, _, err := analyzer.RunWith(t.Context(), analyzer.Config{
		Paths: []string{"."}, Files: fstest.MapFS{"main.tf": {Data: []byte(config)}}, Knowledge: all.Knowledge(),
	}, func(_ *analyzer.Selection, a *analyzer.Analysis) struct{} {
		n := a.Networks()
		for _, from := range machines {
			for _, start := range n.Find(from) {
				for _, to := range machines {
					for _, end := range n.Find(to) {
						out[from+" → "+to], _ = n.Reach(start, end)
					}
				}
				for _, addr := range outside {
					for _, end := range n.Find(addr.String()) {
						out[from+" → "+addr.String()], _ = n.Reach(start, end)
					}
				}
			}
		}
		return struct{}{}
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, config)
	}
	for _, n := range result.Notices {
		if n.Partial {
			t.Fatalf("%s: %s\n%s", n.Summary, n.Detail, config)
		}
	}
	return out
}

// matchesPort reports whether a rule of a protocol and a range of ports is for a port.
func matchesPort(rule, protocol string, from, to, port int) bool {
	return rule == "-1" || rule == protocol && from <= port && port <= to
}

func inside(cidr string, a netip.Addr) bool { return netip.MustParsePrefix(cidr).Contains(a) }

// vpcs are two networks of three subnets with four instances.
type vpcs struct {
	link      string // "", "peering", "transit"
	accepted  bool
	back      bool // the second network is the requester
	support   bool
	static    []transitRoute
	propagate [2]bool
	tables    [3][]wayOut
	acls      [3][]entry // nil: the default one
	groups    [3]sides   // of the first, first, second network
	boxes     [4]box
	gateway   bool
	unknowns
}

type transitRoute struct {
	cidr string
	to   int // network
	hole bool
}

type sides struct{ in, out []inner }

type inner struct {
	cidr, protocol string
	peer           int // of the group, if cidr is empty
	from, to       int
	resource       bool
}

type box struct {
	subnet, groups int // groups: bits; none is the default group
	public         bool
}

func (b box) network() int { return b.subnet / 2 }

func (w *vpcs) addr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(w.boxes[i].network()), byte(w.boxes[i].subnet), byte(10 + i)})
}

func randomVPCs(r *rand.Rand) *vpcs {
	w := &vpcs{
		link: pick(r, "", "peering", "peering", "transit", "transit"), accepted: true, back: r.IntN(2) == 0, support: r.IntN(2) == 0,
		propagate: [2]bool{r.IntN(3) > 0, r.IntN(3) > 0}, gateway: r.IntN(3) > 0,
	}
	cidr := func() string {
		return pick(r, "10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "10.1.2.0/24", "10.0.0.11/32", "0.0.0.0/0")
	}
	for i := range w.tables {
		for range r.IntN(3) + 1 {
			to := pick(r, "link", "link", "link", "gateway", "gateway", "nat")
			out := wayOut{cidr: pick(r, "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "0.0.0.0/0"), target: to, resource: r.IntN(2) == 0}
			if i == 2 {
				out.cidr = pick(r, "10.0.0.0/8", "10.0.0.0/16", "10.0.1.0/24", "0.0.0.0/0")
			}
			// What a transit gateway sends on to the internet isn't followed.
			transit := w.link == "transit" && to == "link" && out.cidr == "0.0.0.0/0"
			if transit || w.link == "" && to == "link" || i == 2 && to == "nat" || !w.gateway && to != "link" {
				continue
			}
			if !has(w.tables[i], func(o wayOut) bool { return o.cidr == out.cidr }) {
				w.tables[i] = append(w.tables[i], out)
			}
		}
		if r.IntN(3) == 0 {
			w.acls[i] = []entry{}
			for n := range 2 + r.IntN(3) {
				e := entry{number: 100 + 10*n, egress: n%2 == 0, action: pick(r, "allow", "allow", "deny"), protocol: pick(r, "tcp", "-1", "-1"), cidr: cidr()}
				if e.protocol != "-1" {
					e.from, e.to = pick(r, 0, 21, 22), pick(r, 22, 65535)
				}
				w.acls[i] = append(w.acls[i], e)
			}
			for _, egress := range []bool{false, true} {
				if r.IntN(4) > 0 {
					w.acls[i] = append(w.acls[i], entry{number: 200, egress: egress, action: "allow", protocol: "-1", cidr: "0.0.0.0/0"})
				}
			}
		}
	}
	for range r.IntN(3) {
		s := transitRoute{pick(r, "10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24"), r.IntN(2), r.IntN(4) == 0}
		if !has(w.static, func(o transitRoute) bool { return o.cidr == s.cidr }) {
			w.static = append(w.static, s)
		}
	}
	rules := func() (out []inner) {
		for range r.IntN(4) {
			in := inner{cidr: cidr(), protocol: pick(r, "tcp", "tcp", "-1", "udp"), resource: r.IntN(2) == 0}
			if r.IntN(3) == 0 {
				in.cidr, in.peer = "", r.IntN(3)
			}
			if in.protocol != "-1" {
				in.from, in.to = pick(r, 20, 21, 22), pick(r, 22, 5432, 65535)
			}
			out = append(out, in)
		}
		return out
	}
	for i := range w.groups {
		w.groups[i] = sides{rules(), rules()}
	}
	for i := range w.boxes {
		w.boxes[i] = box{subnet: r.IntN(3), public: r.IntN(3) == 0}
		if w.boxes[i].groups = r.IntN(4); w.boxes[i].network() == 1 {
			w.boxes[i].groups = 4 * r.IntN(2)
		}
	}
	return w
}

func (w *vpcs) machines() []string {
	var out []string
	for i := range w.boxes {
		out = append(out, fmt.Sprintf("aws_instance.i%d", i))
	}
	return out
}

// member reports whether a machine is in a group.
func (w *vpcs) member(i, group int) bool { return w.boxes[i].groups&(1<<group) != 0 }

// lets asks the groups of a machine about the other one, -1 if it isn't a machine; grouped says whether they see its groups.
func (w *vpcs) lets(i int, outbound bool, other int, addr netip.Addr, grouped bool, protocol string, port int) bool {
	if w.boxes[i].groups == 0 { // the default group
		return outbound || other >= 0 && grouped && w.boxes[other].groups == 0 && w.boxes[other].network() == w.boxes[i].network()
	}
	for g := range w.groups {
		rules := w.groups[g].in
		if outbound {
			rules = w.groups[g].out
		}
		if w.member(i, g) && has(rules, func(r inner) bool {
			named := r.cidr == "" && other >= 0 && grouped && w.member(other, r.peer)
			return (named || r.cidr != "" && inside(r.cidr, addr)) && matchesPort(r.protocol, protocol, r.from, r.to, port)
		}) {
			return true
		}
	}
	return false
}

// crosses asks the network ACL of a subnet; a reply goes to any port.
func (w *vpcs) crosses(subnet int, egress bool, addr netip.Addr, protocol string, ports ...int) bool {
	if w.acls[subnet] == nil {
		return true
	}
	for _, port := range ports {
		first := entry{number: 1 << 20, action: "deny"}
		for _, e := range w.acls[subnet] {
			if e.egress == egress && e.number < first.number && inside(e.cidr, addr) && matchesPort(e.protocol, protocol, e.from, e.to, port) {
				first = e
			}
		}
		if first.action == "allow" {
			return true
		}
	}
	return false
}

func anyPort() []int { return []int{1, 21, 22, 23, 1024, 5432, 65535} }

func (w *vpcs) route(subnet int, to netip.Addr) string {
	best, target := -1, ""
	for _, o := range w.tables[subnet] {
		if p := netip.MustParsePrefix(o.cidr); !o.missing && p.Contains(to) && p.Bits() > best {
			best, target = p.Bits(), o.target
		}
	}
	return target
}

// forwards reports whether the transit gateway sends an address to a network.
func (w *vpcs) forwards(to netip.Addr, network int) bool {
	best, is := -1, false
	for n, on := range w.propagate {
		if p := netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/16", n)); on && p.Contains(to) && p.Bits() > best {
			best, is = p.Bits(), n == network
		}
	}
	for _, s := range w.static {
		if p := netip.MustParsePrefix(s.cidr); p.Contains(to) && p.Bits() >= best {
			best, is = p.Bits(), s.to == network && !s.hole
		}
	}
	return is
}

func (w *vpcs) carries(from, to int, protocol string, port int) bool {
	return w.private(from, to, protocol, port) || w.public(from, to, protocol, port)
}

func (w *vpcs) private(from, to int, protocol string, port int) bool {
	a, b := w.boxes[from], w.boxes[to]
	src, dst := w.addr(from), w.addr(to)
	grouped := true
	if a.network() != b.network() {
		if w.route(a.subnet, dst) != "link" || w.route(b.subnet, src) != "link" {
			return false
		}
		switch w.link {
		case "peering":
			if !w.accepted {
				return false
			}
		case "transit":
			if grouped = w.support; !w.forwards(dst, b.network()) || !w.forwards(src, a.network()) {
				return false
			}
		default:
			return false
		}
	}
	if a.subnet != b.subnet {
		there := w.crosses(a.subnet, true, dst, protocol, port) && w.crosses(b.subnet, false, src, protocol, port)
		back := w.crosses(b.subnet, true, src, protocol, anyPort()...) && w.crosses(a.subnet, false, dst, protocol, anyPort()...)
		if !there || !back {
			return false
		}
	}
	return w.lets(from, true, to, dst, grouped, protocol, port) && w.lets(to, false, from, src, grouped, protocol, port)
}

// public walks over the internet and back in.
func (w *vpcs) public(from, to int, protocol string, port int) bool {
	b := w.boxes[to]
	src, dst := netip.MustParseAddr("52.1.1.1"), netip.MustParseAddr("52.2.2.2")
	return b.public && w.gateway && b.network() == 0 && w.out(from, dst, protocol, port) && w.route(b.subnet, src) == "gateway" &&
		w.crosses(b.subnet, false, src, protocol, port) && w.crosses(b.subnet, true, src, protocol, anyPort()...) &&
		w.lets(to, false, -1, src, false, protocol, port)
}

func (w *vpcs) out(from int, to netip.Addr, protocol string, port int) bool {
	a := w.boxes[from]
	target := w.route(a.subnet, to)
	leads := w.gateway && a.network() == 0 && (target == "gateway" && a.public || target == "nat")
	return leads && w.lets(from, true, -1, to, false, protocol, port) && w.crosses(a.subnet, true, to, protocol, port) &&
		w.crosses(a.subnet, false, to, protocol, anyPort()...)
}

// declared declares the variables.
func (u *unknowns) declared() string {
	var b strings.Builder
	for i := range u.variables {
		fmt.Fprintf(&b, "variable \"v%d\" {}\n", i)
	}
	return b.String()
}

func (w *vpcs) config() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for n := range 2 {
		p(`resource "aws_vpc" "v%d" { cidr_block = "10.%[1]d.0.0/16" }`, n)
	}
	if w.gateway {
		p(`resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v0.id }
resource "aws_subnet" "n" {
  vpc_id     = aws_vpc.v0.id
  cidr_block = "10.0.9.0/24"
}
resource "aws_route_table" "n" {
  vpc_id = aws_vpc.v0.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_route_table_association" "n" {
  subnet_id      = aws_subnet.n.id
  route_table_id = aws_route_table.n.id
}
resource "aws_nat_gateway" "n" {
  allocation_id = "eipalloc-1"
  subnet_id     = aws_subnet.n.id
}`)
	}
	link := ""
	switch w.link {
	case "peering":
		link = "vpc_peering_connection_id = aws_vpc_peering_connection.p.id"
		one, other := 0, 1
		if w.back {
			one, other = 1, 0
		}
		p(`resource "aws_vpc_peering_connection" "p" {
  vpc_id      = aws_vpc.v%d.id
  peer_vpc_id = aws_vpc.v%d.id
  auto_accept = %s
}`, one, other, w.boolean(&w.accepted))
	case "transit":
		link = "transit_gateway_id = aws_ec2_transit_gateway.t.id"
		p(`resource "aws_ec2_transit_gateway" "t" {
  default_route_table_association    = "disable"
  default_route_table_propagation    = "disable"
  security_group_referencing_support = %q
}
resource "aws_ec2_transit_gateway_route_table" "t" { transit_gateway_id = aws_ec2_transit_gateway.t.id }`, map[bool]string{false: "disable", true: "enable"}[w.support])
		for n := range 2 {
			p(`resource "aws_ec2_transit_gateway_vpc_attachment" "a%d" {
  transit_gateway_id = aws_ec2_transit_gateway.t.id
  vpc_id             = aws_vpc.v%[1]d.id
  subnet_ids         = [aws_subnet.s%d.id]
}
resource "aws_ec2_transit_gateway_route_table_association" "a%[1]d" {
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.a%[1]d.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.t.id
}`, n, 2*n)
			var count string
			if w.propagate[n] {
				count = w.variable("1", 2, func(i int) { w.propagate[n] = i == 1 })
			} else if count = w.variable("0", 2, func(i int) { w.propagate[n] = i == 1 }); count == "0" {
				continue
			}
			p(`resource "aws_ec2_transit_gateway_route_table_propagation" "a%d" {
  count                          = %s
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.a%[1]d.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.t.id
}`, n, count)
		}
		for i := range w.static {
			s := &w.static[i]
			at := fmt.Sprintf("transit_gateway_attachment_id = aws_ec2_transit_gateway_vpc_attachment.a%d.id", s.to)
			if s.hole {
				at = "blackhole = true"
			}
			p(`resource "aws_ec2_transit_gateway_route" "s%d" {
  destination_cidr_block         = %q
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.t.id
  %s
}`, i, s.cidr, at)
		}
	}
	for i := range w.tables {
		p(`resource "aws_subnet" "s%d" {
  vpc_id     = aws_vpc.v%d.id
  cidr_block = "10.%[2]d.%[1]d.0/24"
}
resource "aws_route_table_association" "r%[1]d" {
  subnet_id      = aws_subnet.s%[1]d.id
  route_table_id = aws_route_table.r%[1]d.id
}
resource "aws_route_table" "r%[1]d" {
  vpc_id = aws_vpc.v%[2]d.id`, i, i/2)
		var apart []string
		for k := range w.tables[i] {
			o := &w.tables[i][k]
			target := link
			switch o.target {
			case "gateway":
				target = "gateway_id = aws_internet_gateway.g.id"
			case "nat":
				target = "nat_gateway_id = aws_nat_gateway.n.id"
			}
			if !o.resource {
				p("  route {\n    cidr_block = %q\n    %s\n  }", o.cidr, target)
				continue
			}
			count := w.variable("1", 2, func(i int) { o.missing = i == 0 })
			apart = append(apart, fmt.Sprintf("resource \"aws_route\" \"r%d_%d\" {\n  count                  = %s\n  route_table_id         = aws_route_table.r%[1]d.id\n  destination_cidr_block = %[4]q\n  %[5]s\n}", i, k, count, o.cidr, target))
		}
		p("}\n%s", strings.Join(apart, "\n"))
		if w.acls[i] != nil {
			p("resource \"aws_network_acl\" \"a%d\" {\n  vpc_id     = aws_vpc.v%d.id\n  subnet_ids = [aws_subnet.s%[1]d.id]", i, i/2)
			for k := range w.acls[i] {
				e := &w.acls[i][k]
				block := "ingress"
				if e.egress {
					block = "egress"
				}
				p("  %s {\n    rule_no = %d\n    action = %s\n    protocol = %q\n    cidr_block = %s\n    from_port = %d\n    to_port = %d\n  }",
					block, e.number, w.word(&e.action, "allow", "deny"), e.protocol, w.word(&e.cidr, "10.0.0.0/8", "10.0.0.0/24", "0.0.0.0/0"), e.from, e.to)
			}
			p("}")
		}
	}
	for g := range w.groups {
		p(`resource "aws_security_group" "g%d" { vpc_id = aws_vpc.v%d.id }`, g, g/2)
		for k, rules := range [][]inner{w.groups[g].in, w.groups[g].out} {
			direction := []string{"ingress", "egress"}[k]
			for i := range rules {
				r := &rules[i]
				source := fmt.Sprintf("referenced_security_group_id = aws_security_group.g%d.id", r.peer)
				if r.cidr != "" {
					source = "cidr_ipv4 = " + w.word(&r.cidr, "10.0.0.0/8", "10.0.1.0/24", "0.0.0.0/0")
				}
				p("resource \"aws_vpc_security_group_%s_rule\" \"g%d_%d\" {\n  security_group_id = aws_security_group.g%[2]d.id\n  ip_protocol = %[4]q\n  from_port = %[5]d\n  to_port = %[6]d\n  %[7]s\n}",
					direction, g, i, r.protocol, r.from, r.to, source)
			}
		}
	}
	for i := range w.boxes {
		x := &w.boxes[i]
		var groups []string
		for g := range w.groups {
			if w.member(i, g) {
				groups = append(groups, fmt.Sprintf("aws_security_group.g%d.id", g))
			}
		}
		p(`resource "aws_instance" "i%d" {
  subnet_id                   = aws_subnet.s%d.id
  private_ip                  = %q
  associate_public_ip_address = %s
  vpc_security_group_ids      = [%s]
}`, i, x.subnet, w.addr(i), w.boolean(&x.public), strings.Join(groups, ", "))
	}
	return b.String() + w.declared()
}
