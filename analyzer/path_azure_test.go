package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

// azureWorld is a small concrete topology with one virtual machine in Azure, which a packet can be walked through. The
// analyzer gets it as a configuration, in which some values may be variables.
type azureWorld struct {
	unknowns
	address, basic, six     bool
	addressCount            int
	subnetGroup, nicGroup   bool
	subnetCount, nicCount   int // of the associations
	rules                   [2][]azureRule
	member                  bool // of the application security group
	table                   bool
	routes                  []azureHop
	forward                 string // "", "rule", "nat", "range"
	internal, balancerBasic bool
	frontPort, backPort     int
	protocol                string
	dnat                    []azureTranslation
}

// azureRule is a security rule. Its destination may be a network or the application security group.
type azureRule struct {
	priority                              int
	access, protocol, ports, source, dest string
	inline                                bool
	missing                               bool
}

type azureHop struct{ prefix, next string }

type azureTranslation struct {
	priority, port, toPort int
	source, to, protocol   string
}

const machineAddress, otherAddress = "10.0.1.4", "10.0.1.9"

func randomAzure(r *rand.Rand) *azureWorld {
	w := &azureWorld{
		address: r.IntN(4) > 0, basic: r.IntN(2) == 0, six: r.IntN(5) == 0, addressCount: pick(r, 1, 1, 1, 0),
		subnetGroup: r.IntN(3) > 0, nicGroup: r.IntN(2) == 0, subnetCount: pick(r, 1, 1, 0), nicCount: pick(r, 1, 1, 0),
		member: r.IntN(2) == 0, table: r.IntN(3) == 0, forward: pick(r, "", "", "rule", "nat"),
		internal: r.IntN(5) == 0, balancerBasic: r.IntN(2) == 0, frontPort: pick(r, 21, 21, 22), backPort: pick(r, 21, 2121),
		protocol: pick(r, "Tcp", "Tcp", "Udp", "All"),
	}
	for i := range w.rules {
		for n := range r.IntN(5) {
			w.rules[i] = append(w.rules[i], azureRule{
				priority: 100 + 10*((n*7+3)%11), access: pick(r, "Allow", "Allow", "Deny"), protocol: pick(r, "Tcp", "Tcp", "*", "Udp"),
				ports:  pick(r, "21", "20-22", "*", "2121", "22"),
				source: pick(r, "*", "Internet", "0.0.0.0/1", "8.0.0.0/8", "VirtualNetwork", "10.0.0.0/24", "10.0.0.0/8", "::/0"),
				dest:   pick(r, "*", "*", "VirtualNetwork", "10.0.1.0/24", machineAddress+"/32", "10.0.2.0/24", "group"),
				inline: r.IntN(2) == 0,
			})
		}
	}
	for _, prefix := range []string{"0.0.0.0/0", "8.0.0.0/8", "8.8.0.0/16"} {
		if r.IntN(2) == 0 {
			w.routes = append(w.routes, azureHop{prefix, pick(r, "Internet", "Internet", "None")})
		}
	}
	for n := range r.IntN(3) {
		w.dnat = append(w.dnat, azureTranslation{
			100 + 100*((n+r.IntN(2)*2)%4), pick(r, 21, 21, 2021), pick(r, 21, 2121), pick(r, "*", "8.0.0.0/8", "0.0.0.0/1"),
			pick(r, machineAddress, machineAddress, otherAddress), pick(r, "TCP", "TCP", "UDP", "Any"),
		})
	}
	if len(w.dnat) == 2 && w.dnat[0].priority == w.dnat[1].priority {
		w.dnat = w.dnat[:1]
	}
	return w
}

// reaches walks a packet from a client to port 21 of any public address, and on to the machine.
func (w *azureWorld) reaches(client netip.Addr, protocol string) bool {
	if w.address && w.addressCount > 0 && client.Is6() == w.six && w.enters(client, protocol, 21, w.basic) && w.returns(client) {
		return true
	}
	if w.forward != "" && client.Is4() && !w.internal && w.frontPort == 21 && speaks(w.protocol, protocol) &&
		w.enters(client, protocol, w.backPort, w.balancerBasic) && w.returns(client) {
		return true
	}
	var first *azureTranslation
	for i := range w.dnat {
		d := &w.dnat[i]
		if client.Is4() && d.port == 21 && speaks(d.protocol, protocol) && contains(d.source, client) && (first == nil || d.priority < first.priority) {
			first = d
		}
	}
	// The machine sees an address of the firewall, which is in 10.0.0.0/24.
	return first != nil && first.to == machineAddress && w.admits(netip.MustParseAddr("10.0.0.5"), protocol, first.toPort)
}

// speaks says whether a word of Azure stands for a protocol, too.
func speaks(word, protocol string) bool {
	return strings.EqualFold(word, protocol) || slices.Contains([]string{"*", "All", "Any"}, word)
}

func contains(source string, client netip.Addr) bool {
	inside := netip.MustParsePrefix("10.0.0.0/16").Contains(client)
	switch source {
	case "*":
		return true
	case "Internet":
		return !inside
	case "VirtualNetwork":
		return inside
	}
	return netip.MustParsePrefix(source).Contains(client)
}

// enters says whether the groups let a client in, or the SKU where there are none.
func (w *azureWorld) enters(client netip.Addr, protocol string, port int, basic bool) bool {
	if !w.grouped(0) && !w.grouped(1) {
		return basic
	}
	return w.admits(client, protocol, port)
}

// grouped says whether there is a group on the subnet, or on the interface.
func (w *azureWorld) grouped(i int) bool {
	if i == 0 {
		return w.subnetGroup && w.subnetCount > 0
	}
	return w.nicGroup && w.nicCount > 0
}

func (w *azureWorld) admits(client netip.Addr, protocol string, port int) bool {
	for i := range w.rules {
		if !w.grouped(i) {
			continue
		}
		first := azureRule{priority: 1 << 20, access: "Deny"}
		if contains("VirtualNetwork", client) {
			first = azureRule{priority: 65000, access: "Allow"}
		}
		for _, rule := range w.rules[i] {
			if !rule.missing && rule.priority < first.priority && rule.matches(client, protocol, port, w.member) {
				first = rule
			}
		}
		if first.access != "Allow" {
			return false
		}
	}
	return true
}

func (r *azureRule) matches(client netip.Addr, protocol string, port int, member bool) bool {
	lo, hi := 0, 65535
	if r.ports != "*" {
		if n, _ := fmt.Sscanf(r.ports, "%d-%d", &lo, &hi); n == 1 {
			hi = lo
		}
	}
	to := member
	switch r.dest {
	case "*", "VirtualNetwork":
		to = true
	case "group":
	default:
		// What comes by IPv6 is for an IPv6 address of the machine.
		to = client.Is4() && netip.MustParsePrefix(r.dest).Contains(netip.MustParseAddr(machineAddress))
	}
	return speaks(r.protocol, protocol) && lo <= port && port <= hi && to && contains(r.source, client)
}

// returns says whether the routes let a reply back to a client.
func (w *azureWorld) returns(client netip.Addr) bool {
	best, next := -1, "Internet"
	for _, h := range w.routes {
		if p := netip.MustParsePrefix(h.prefix); w.table && p.Contains(client) && p.Bits() > best {
			best, next = p.Bits(), h.next
		}
	}
	return next == "Internet"
}

// config returns the world as a configuration.
func (w *azureWorld) endpoint() string { return "azurerm_linux_virtual_machine" }

func (w *azureWorld) config() string {
	w.variables = nil
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	group := "\n resource_group_name = \"rg\""
	p("resource \"azurerm_virtual_network\" \"v\" {\n name = \"v\"%s\n}", group)
	p("resource \"azurerm_subnet\" \"s\" {\n name = \"s\"%s\n virtual_network_name = azurerm_virtual_network.v.name\n address_prefixes = [\"10.0.1.0/24\"]\n}", group)
	p("resource \"azurerm_subnet\" \"f\" {\n name = \"f\"%s\n virtual_network_name = azurerm_virtual_network.v.name\n address_prefixes = [\"10.0.0.0/24\"]\n}", group)
	p("resource \"azurerm_application_security_group\" \"a\" {\n name = \"a\"%s\n}", group)
	for i := range w.rules {
		w.groupConfig(p, i)
	}
	if w.table {
		p("resource \"azurerm_route_table\" \"t\" {\n name = \"t\"%s\n}", group)
		p("resource \"azurerm_subnet_route_table_association\" \"t\" {\n subnet_id = azurerm_subnet.s.id\n route_table_id = azurerm_route_table.t.id\n}")
		for i := range w.routes {
			h := &w.routes[i]
			p("resource \"azurerm_route\" \"r%d\" {\n name = \"r\"%s\n route_table_name = azurerm_route_table.t.name\n address_prefix = %s\n next_hop_type = %s\n}",
				i, group, w.word(&h.prefix, "0.0.0.0/0", "0.0.0.0/1", "9.0.0.0/8"), w.word(&h.next, "Internet", "None"))
		}
	}
	public := "null"
	version := "IPv4"
	if w.six {
		version = "IPv6"
	}
	if w.address {
		public = "one(azurerm_public_ip.p[*].id)"
		sku := map[bool]string{true: "Basic", false: "Standard"}[w.basic]
		count := w.variable(fmt.Sprint(w.addressCount), 2, func(i int) { w.addressCount = i })
		p("resource \"azurerm_public_ip\" \"p\" {\n count = %s\n name = \"p\"%s\n ip_version = %q\n sku = %s\n}", count, group, version,
			w.variable(fmt.Sprintf("%q", sku), 2, func(i int) { w.basic = i == 1 }))
	}
	// An IPv6 address is refused for an IPv4 configuration, and there is always one of these.
	six := ""
	if w.six {
		six = fmt.Sprintf("\n ip_configuration {\n name = \"six\"\n subnet_id = azurerm_subnet.s.id\n private_ip_address_allocation = \"Dynamic\"\n private_ip_address_version = \"IPv6\"\n public_ip_address_id = %s\n }", public)
		public = "null"
	}
	p("resource \"azurerm_network_interface\" \"n\" {\n name = \"n\"%s\n ip_configuration {\n name = \"c\"\n subnet_id = azurerm_subnet.s.id\n private_ip_address_allocation = \"Static\"\n private_ip_address = %q\n primary = true\n public_ip_address_id = %s\n }%s\n}",
		group, machineAddress, public, six)
	if w.member {
		p("resource \"azurerm_network_interface_application_security_group_association\" \"n\" {\n network_interface_id = azurerm_network_interface.n.id\n application_security_group_id = azurerm_application_security_group.a.id\n}")
	}
	w.forwardConfig(p, group)
	w.firewallConfig(p, group)
	p("resource \"azurerm_linux_virtual_machine\" \"m\" {\n name = \"m\"%s\n network_interface_ids = [azurerm_network_interface.n.id]\n}", group)
	for i := range w.variables {
		p(`variable "v%d" {}`, i)
	}
	return b.String()
}

// groupConfig writes a network security group with its association.
func (w *azureWorld) groupConfig(p func(string, ...any), i int) {
	const group = "\n resource_group_name = \"rg\""
	if !w.subnetGroup && i == 0 || !w.nicGroup && i == 1 {
		return
	}
	counts := []*int{&w.subnetCount, &w.nicCount}
	id := []string{"subnet_id = azurerm_subnet.s.id", "network_interface_id = azurerm_network_interface.n.id"}[i]
	association := []string{"subnet_network_security_group", "network_interface_security_group"}[i]
	rule := func(r *azureRule) string {
		dest := fmt.Sprintf("destination_address_prefix = %q", r.dest)
		if r.dest == "group" {
			dest = "destination_application_security_group_ids = [azurerm_application_security_group.a.id]"
		}
		return fmt.Sprintf(" name = \"r\"\n priority = %d\n direction = \"Inbound\"\n access = %s\n protocol = %s\n source_port_range = \"*\"\n destination_port_range = %s\n source_address_prefix = %s\n %s\n",
			r.priority, w.word(&r.access, "Allow", "Deny"), w.word(&r.protocol, "Tcp", "Udp", "*"), w.word(&r.ports, "21", "22", "*"),
			w.word(&r.source, "*", "Internet", "VirtualNetwork", "8.0.0.0/8", "10.0.0.0/16"), dest)
	}
	p("resource \"azurerm_network_security_group\" \"g%d\" {\n name = \"g%d\"%s", i, i, group)
	for j := range w.rules[i] {
		if r := &w.rules[i][j]; r.inline {
			p(" security_rule {\n%s }", rule(r))
		}
	}
	p("}")
	for j := range w.rules[i] {
		if r := &w.rules[i][j]; !r.inline {
			p("resource \"azurerm_network_security_rule\" \"r%d_%d\" {\n count = %s%s\n network_security_group_name = azurerm_network_security_group.g%d.name\n%s}",
				i, j, w.variable("1", 2, func(n int) { r.missing = n == 0 }), group, i, rule(r))
		}
	}
	p("resource \"azurerm_%s_association\" \"a\" {\n count = %s\n %s\n network_security_group_id = azurerm_network_security_group.g%d.id\n}",
		association, w.variable(fmt.Sprint(*counts[i]), 2, func(n int) { *counts[i] = n }), id, i)
}

// forwardConfig writes a load balancer with a rule that hands connections on to the machine.
func (w *azureWorld) forwardConfig(p func(string, ...any), group string) {
	if w.forward == "" {
		return
	}
	front := "public_ip_address_id = azurerm_public_ip.b.id"
	if w.internal {
		front = "subnet_id = azurerm_subnet.s.id"
	}
	sku := map[bool]string{true: "Basic", false: "Standard"}[w.balancerBasic]
	p("resource \"azurerm_public_ip\" \"b\" {\n name = \"b\"%s\n}", group)
	p("resource \"azurerm_lb\" \"b\" {\n name = \"b\"%s\n sku = %s\n frontend_ip_configuration {\n name = \"front\"\n %s\n }\n}", group,
		w.variable(fmt.Sprintf("%q", sku), 2, func(i int) { w.balancerBasic = i == 1 }), front)
	rule := fmt.Sprintf(" name = \"r\"\n loadbalancer_id = azurerm_lb.b.id\n protocol = %s\n frontend_port = %s\n backend_port = %s\n frontend_ip_configuration_name = \"front\"\n",
		w.word(&w.protocol, "Tcp", "Udp", "All"), w.variable(fmt.Sprint(w.frontPort), 2, func(i int) { w.frontPort = 21 + i }),
		w.variable(fmt.Sprint(w.backPort), 3, func(i int) { w.backPort = []int{21, 22, 2121}[i] }))
	if w.forward == "nat" {
		p("resource \"azurerm_lb_nat_rule\" \"r\" {\n%s}", rule)
		p("resource \"azurerm_network_interface_nat_rule_association\" \"r\" {\n network_interface_id = azurerm_network_interface.n.id\n ip_configuration_name = \"c\"\n nat_rule_id = azurerm_lb_nat_rule.r.id\n}")
		return
	}
	p("resource \"azurerm_lb_backend_address_pool\" \"p\" {\n name = \"p\"\n loadbalancer_id = azurerm_lb.b.id\n}")
	p("resource \"azurerm_lb_rule\" \"r\" {\n backend_address_pool_ids = [azurerm_lb_backend_address_pool.p.id]\n%s}", rule)
	p("resource \"azurerm_network_interface_backend_address_pool_association\" \"p\" {\n network_interface_id = azurerm_network_interface.n.id\n ip_configuration_name = \"c\"\n backend_address_pool_id = azurerm_lb_backend_address_pool.p.id\n}")
}

// firewallConfig writes a firewall whose rules hand connections on to the machine.
func (w *azureWorld) firewallConfig(p func(string, ...any), group string) {
	if len(w.dnat) == 0 {
		return
	}
	p("resource \"azurerm_public_ip\" \"f\" {\n name = \"f\"%s\n}", group)
	p("resource \"azurerm_firewall\" \"f\" {\n name = \"f\"%s\n ip_configuration {\n name = \"c\"\n subnet_id = azurerm_subnet.f.id\n public_ip_address_id = azurerm_public_ip.f.id\n }\n}", group)
	for i := range w.dnat {
		d := &w.dnat[i]
		p("resource \"azurerm_firewall_nat_rule_collection\" \"c%d\" {\n name = \"c\"%s\n azure_firewall_name = azurerm_firewall.f.name\n priority = %d\n action = \"Dnat\"\n rule {\n name = \"r\"\n protocols = [%q]\n source_addresses = [%s]\n destination_addresses = [azurerm_public_ip.f.ip_address]\n destination_ports = [%s]\n translated_address = %s\n translated_port = %s\n }\n}",
			i, group, d.priority, d.protocol, w.word(&d.source, "*", "8.0.0.0/8", "9.0.0.0/8"), w.variable(fmt.Sprintf("\"%d\"", d.port), 2, func(i int) { d.port = 21 + i }),
			w.word(&d.to, machineAddress, otherAddress), w.variable(fmt.Sprintf("\"%d\"", d.toPort), 2, func(i int) { d.toPort = 21 + i }))
	}
}
