package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// vnets are two networks of three subnets with four machines.
type vnets struct {
	peered  [2]bool // of the first with the second, and back
	private [3]bool // subnets without default outbound access
	tables  [3][]azureRoute
	subnets [3]int // network security group of each, -1 for none
	groups  [3][]azureInner
	boxes   [4]azureBox
	unknowns
}

type azureRoute struct{ cidr, hop string }

type azureInner struct {
	priority         int
	outbound         bool
	access, protocol string
	other, self      string // of the rule's two sides; "" if an application security group is the other side
	group            int
	from, to         int
	resource         bool
}

type azureBox struct {
	subnet, filter int // network security group, -1 for none
	groups         int // application security groups: bits
	public         bool
}

func (b azureBox) network() int { return b.subnet / 2 }

func randomVNets(r *rand.Rand) *vnets {
	w := &vnets{peered: [2]bool{r.IntN(4) > 0, r.IntN(4) > 0}}
	for i := range w.tables {
		w.private[i], w.subnets[i] = r.IntN(3) == 0, r.IntN(4)-1
		for range r.IntN(3) {
			route := azureRoute{pick(r, "10.0.1.0/24", "10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "8.0.0.0/8"), pick(r, "None", "Internet", "VnetLocal")}
			if public := route.cidr[0] != '1'; public && route.hop == "VnetLocal" {
				route.hop = "None"
			}
			if !has(w.tables[i], func(o azureRoute) bool { return o.cidr == route.cidr }) {
				w.tables[i] = append(w.tables[i], route)
			}
		}
	}
	for i := range w.groups {
		for n := range r.IntN(6) {
			x := azureInner{
				priority: 100 + 10*n, outbound: r.IntN(2) == 0, access: pick(r, "Allow", "Allow", "Deny"), protocol: pick(r, "Tcp", "Udp", "*"),
				other: pick(r, "*", "VirtualNetwork", "10.0.0.0/8", "10.0.1.0/24", "10.1.2.0/24", "Internet"), self: pick(r, "*", "*", "VirtualNetwork", "10.0.0.0/16", "10.0.1.0/24"),
				from: pick(r, 0, 21, 22), to: pick(r, 22, 65535), resource: r.IntN(2) == 0,
			}
			if r.IntN(4) == 0 {
				x.other, x.group = "", r.IntN(2)
			}
			w.groups[i] = append(w.groups[i], x)
		}
	}
	for i := range w.boxes {
		w.boxes[i] = azureBox{r.IntN(3), r.IntN(4) - 1, r.IntN(4), false}
	}
	return w
}

func (w *vnets) machines() []string {
	var out []string
	for i := range w.boxes {
		out = append(out, fmt.Sprintf("azurerm_linux_virtual_machine.i%d", i))
	}
	return out
}

func (w *vnets) addr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(w.boxes[i].network()), byte(w.boxes[i].subnet), byte(10 + i)})
}

// passes asks a network security group of a machine about another one, or about an address of the internet if other is -1.
func (w *vnets) passes(filter, i, other int, addr netip.Addr, outbound bool, protocol string, port int) bool {
	if filter < 0 {
		return true
	}
	for _, x := range w.groups[filter] {
		if x.outbound != outbound || x.protocol != "*" && !strings.EqualFold(x.protocol, protocol) || port < x.from || x.to < port {
			continue
		}
		is := false
		switch x.other {
		case "":
			is = other >= 0 && w.boxes[other].groups&(1<<x.group) != 0
		case "*":
			is = true
		case "VirtualNetwork":
			is = other >= 0
		case "Internet":
			is = other < 0
		default:
			is = inside(x.other, addr)
		}
		if is && (x.self == "*" || x.self == "VirtualNetwork" || inside(x.self, w.addr(i))) {
			return x.access == "Allow"
		}
	}
	return other >= 0 || outbound
}

// sends follows the routes of a subnet.
func (w *vnets) sends(subnet int, to netip.Addr) bool {
	best, is := -1, false
	for _, cidr := range []string{"10.0.0.0/16", "10.1.0.0/16", "0.0.0.0/0"} {
		if p := netip.MustParsePrefix(cidr); p.Contains(to) && p.Bits() > best {
			best, is = p.Bits(), true
		}
	}
	public := to.As4()[0] != 10
	for _, r := range w.tables[subnet] {
		if p := netip.MustParsePrefix(r.cidr); p.Contains(to) && p.Bits() >= best {
			best, is = p.Bits(), r.hop == "VnetLocal" && !public || r.hop == "Internet" && public
		}
	}
	return is
}

func (w *vnets) carries(from, to int, protocol string, port int) bool {
	a, b := w.boxes[from], w.boxes[to]
	src, dst := w.addr(from), w.addr(to)
	if a.network() != b.network() && (!w.peered[0] || !w.peered[1]) {
		return false
	}
	return w.sends(a.subnet, dst) && w.sends(b.subnet, src) &&
		w.passes(a.filter, from, to, dst, true, protocol, port) && w.passes(w.subnets[a.subnet], from, to, dst, true, protocol, port) &&
		w.passes(w.subnets[b.subnet], to, from, src, false, protocol, port) && w.passes(b.filter, to, from, src, false, protocol, port)
}

func (w *vnets) out(from int, to netip.Addr, protocol string, port int) bool {
	a := w.boxes[from]
	return !w.private[a.subnet] && w.sends(a.subnet, to) && w.passes(a.filter, from, -1, to, true, protocol, port) &&
		w.passes(w.subnets[a.subnet], from, -1, to, true, protocol, port)
}

func (w *vnets) config() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for n := range 2 {
		p(`resource "azurerm_virtual_network" "v%d" {
  name                = "v%[1]d"
  resource_group_name = "g"
  address_space       = ["10.%[1]d.0.0/16"]
}`, n)
		count := w.variable(fmt.Sprint(map[bool]int{false: 0, true: 1}[w.peered[n]]), 2, func(i int) { w.peered[n] = i == 1 })
		p(`resource "azurerm_virtual_network_peering" "p%d" {
  count                     = %s
  name                      = "p"
  resource_group_name       = "g"
  virtual_network_name      = azurerm_virtual_network.v%[1]d.name
  remote_virtual_network_id = azurerm_virtual_network.v%[3]d.id
}
resource "azurerm_application_security_group" "a%[1]d" {
  name                = "a%[1]d"
  resource_group_name = "g"
}`, n, count, 1-n)
	}
	for i := range w.tables {
		outbound := !w.private[i]
		p(`resource "azurerm_subnet" "s%d" {
  name                            = "s%[1]d"
  resource_group_name             = "g"
  virtual_network_name            = azurerm_virtual_network.v%d.name
  address_prefixes                = ["10.%[2]d.%[1]d.0/24"]
  default_outbound_access_enabled = %[3]s
}`, i, i/2, w.variable(fmt.Sprint(outbound), 2, func(k int) { w.private[i] = k == 0 }))
		if w.subnets[i] >= 0 {
			p(`resource "azurerm_subnet_network_security_group_association" "s%d" {
  subnet_id                 = azurerm_subnet.s%[1]d.id
  network_security_group_id = azurerm_network_security_group.n%d.id
}`, i, w.subnets[i])
		}
		if len(w.tables[i]) == 0 {
			continue
		}
		p("resource \"azurerm_route_table\" \"r%d\" {\n  name                = \"r%[1]d\"\n  resource_group_name = \"g\"", i)
		for k := range w.tables[i] {
			r := &w.tables[i][k]
			hop := fmt.Sprintf("%q", r.hop)
			if r.cidr[0] != '1' {
				hop = w.word(&r.hop, "None", "Internet")
			}
			p("  route {\n    name = \"r%d\"\n    address_prefix = %q\n    next_hop_type = %s\n  }", k, r.cidr, hop)
		}
		p(`}
resource "azurerm_subnet_route_table_association" "r%d" {
  subnet_id      = azurerm_subnet.s%[1]d.id
  route_table_id = azurerm_route_table.r%[1]d.id
}`, i)
	}
	for i := range w.groups {
		p("resource \"azurerm_network_security_group\" \"n%d\" {\n  name                = \"n%[1]d\"\n  resource_group_name = \"g\"", i)
		apart := ""
		for k := range w.groups[i] {
			x := &w.groups[i][k]
			one, other := "source", "destination"
			direction := "Inbound"
			if x.outbound {
				one, other, direction = other, one, "Outbound"
			}
			side := fmt.Sprintf("%s_application_security_group_ids = [azurerm_application_security_group.a%d.id]", one, x.group)
			if x.other != "" {
				side = fmt.Sprintf("%s_address_prefix = %s", one, w.word(&x.other, "*", "VirtualNetwork", "10.0.1.0/24"))
			}
			body := fmt.Sprintf(`    name = "r%d"
    priority = %d
    direction = %q
    access = %s
    protocol = %q
    source_port_range = "*"
    destination_port_range = "%d-%d"
    %s
    %s_address_prefix = %q
`, k, x.priority, direction, w.word(&x.access, "Allow", "Deny"), x.protocol, x.from, x.to, side, other, x.self)
			if x.resource {
				apart += fmt.Sprintf("resource \"azurerm_network_security_rule\" \"n%d_%d\" {\n    resource_group_name = \"g\"\n    network_security_group_name = azurerm_network_security_group.n%[1]d.name\n%[3]s}\n", i, k, body)
			} else {
				p("  security_rule {\n%s  }", body)
			}
		}
		p("}\n%s", apart)
	}
	for i := range w.boxes {
		x := &w.boxes[i]
		p(`resource "azurerm_network_interface" "i%d" {
  name                = "i%[1]d"
  resource_group_name = "g"
  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.s%d.id
    private_ip_address_allocation = "Static"
    private_ip_address            = %q
  }
}
resource "azurerm_linux_virtual_machine" "i%[1]d" {
  name                  = "i%[1]d"
  resource_group_name   = "g"
  network_interface_ids = [azurerm_network_interface.i%[1]d.id]
}`, i, x.subnet, w.addr(i))
		if x.filter >= 0 {
			p(`resource "azurerm_network_interface_security_group_association" "i%d" {
  network_interface_id      = azurerm_network_interface.i%[1]d.id
  network_security_group_id = azurerm_network_security_group.n%d.id
}`, i, x.filter)
		}
		for g := range 2 {
			if x.groups&(1<<g) != 0 {
				p(`resource "azurerm_network_interface_application_security_group_association" "i%d_%d" {
  network_interface_id          = azurerm_network_interface.i%[1]d.id
  application_security_group_id = azurerm_application_security_group.a%[2]d.id
}`, i, g)
			}
		}
	}
	return b.String() + w.declared()
}
