package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// tenant is a small concrete topology of OpenStack with one instance, for the clouds whose machines are data: an interface that
// is a resource or comes with the instance, an address by one of several resources, and groups by ID, by name or by another resource.
type tenant struct {
	port      bool   // the instance's port is a resource
	external  bool   // its network is the provider's
	address   string // what binds a floating IP: "", port, association, looked up
	addressed int
	open      string // the attribute of the port that takes the groups away
	opened    bool
	groups    [2][]tenantRule
	both      bool // the second group guards, too
	joined    int  // the second group guards by a resource of its own
	unknowns
}

type tenantRule struct {
	from, protocol, ports string
	count                 int
}

func randomTenant(r *rand.Rand) *tenant {
	t := &tenant{
		port: r.IntN(2) == 0, external: r.IntN(4) == 0, address: pick(r, "", "port", "association", "looked up"),
		addressed: pick(r, 0, 1, 1, 1), open: pick(r, "", "", "no_security_groups", "port_security_enabled"), opened: r.IntN(2) == 0,
		both: r.IntN(2) == 0, joined: r.IntN(2),
	}
	for i := range t.groups {
		for range r.IntN(4) {
			t.groups[i] = append(t.groups[i], tenantRule{
				from: randomCIDR(r), protocol: pick(r, "tcp", "tcp", "udp", ""), ports: pick(r, "21", "20-22", "80"), count: pick(r, 0, 1, 1, 1),
			})
		}
	}
	return t
}

// reaches walks a packet from a client to port 21 of the instance.
func (t *tenant) reaches(client netip.Addr, protocol string) bool {
	if !client.Is4() || !t.external && (t.address == "" || t.addressed == 0) {
		return false
	}
	if t.port && t.open != "" && t.opened {
		return true
	}
	groups := t.groups[:1]
	if t.both || t.port && t.joined > 0 {
		groups = t.groups[:]
	}
	for _, rules := range groups {
		for _, r := range rules {
			if r.count > 0 && netip.MustParsePrefix(r.from).Contains(client) && (r.protocol == "" || r.protocol == protocol && r.ports != "80") {
				return true
			}
		}
	}
	return false
}

func (t *tenant) endpoint() string { return "openstack_compute_instance_v2" }

func (t *tenant) count(n *int) string {
	return t.variable(fmt.Sprint(*n), 2, func(i int) { *n = i })
}

func (t *tenant) config() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("resource \"openstack_networking_network_v2\" \"n\" {\n  name = \"n\"\n  external = %s\n}", t.boolean(&t.external))
	for i := range t.groups {
		p("resource \"openstack_networking_secgroup_v2\" \"g%d\" {\n  name = \"g%d\"\n}", i, i)
		for j := range t.groups[i] {
			t.ruleConfig(p, i, j, &t.groups[i][j])
		}
	}
	ids, names := "openstack_networking_secgroup_v2.g0.id", `"g0"`
	if t.both {
		ids, names = ids+", openstack_networking_secgroup_v2.g1.id", names+", openstack_networking_secgroup_v2.g1.name"
	}
	end := "data.openstack_networking_port_v2.p.id"
	if t.port {
		end = "openstack_networking_port_v2.p.id"
		t.portConfig(p, ids)
		p("resource \"openstack_compute_instance_v2\" \"m\" {\n  name = \"m\"\n  security_groups = [\"elsewhere\"]\n  network {\n    port = %s\n  }\n}", end)
	} else {
		p("resource \"openstack_compute_instance_v2\" \"m\" {\n  name = \"m\"\n  security_groups = [%s]\n  network {\n    uuid = openstack_networking_network_v2.n.id\n  }\n}", names)
		p("data \"openstack_networking_port_v2\" \"p\" {\n  device_id = openstack_compute_instance_v2.m.id\n}")
	}
	switch t.address {
	case "port":
		p("resource \"openstack_networking_floatingip_v2\" \"f\" {\n  count = %s\n  pool = \"public\"\n  port_id = %s\n}", t.count(&t.addressed), end)
	case "association":
		p("resource \"openstack_networking_floatingip_associate_v2\" \"f\" {\n  count = %s\n  floating_ip = \"192.0.2.1\"\n  port_id = %s\n}",
			t.count(&t.addressed), end)
	case "looked up":
		p("data \"openstack_networking_port_v2\" \"found\" {\n  device_id = openstack_compute_instance_v2.m.id\n}")
		p("resource \"openstack_networking_floatingip_v2\" \"f\" {\n  count = %s\n  pool = \"public\"\n  port_id = data.openstack_networking_port_v2.found.id\n}",
			t.count(&t.addressed))
	}
	for i := range t.variables {
		p(`variable "v%d" {}`, i)
	}
	return b.String()
}

func (t *tenant) portConfig(p func(string, ...any), ids string) {
	open := ""
	switch t.open {
	case "no_security_groups":
		open = "  no_security_groups = " + t.boolean(&t.opened) + "\n"
	case "port_security_enabled":
		open = "  port_security_enabled = " + t.variable(fmt.Sprint(!t.opened), 2, func(i int) { t.opened = i == 0 }) + "\n"
	}
	p("resource \"openstack_networking_port_v2\" \"p\" {\n  network_id = openstack_networking_network_v2.n.id\n  security_group_ids = [%s]\n%s}", ids, open)
	p("resource \"openstack_networking_port_secgroup_associate_v2\" \"p\" {\n  count = %s\n  port_id = openstack_networking_port_v2.p.id\n  security_group_ids = [openstack_networking_secgroup_v2.g1.id]\n}",
		t.count(&t.joined))
}

func (t *tenant) ruleConfig(p func(string, ...any), i, j int, r *tenantRule) {
	family, cidrs := "IPv4", []string{"0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/8", "8.8.0.0/16"}
	if strings.Contains(r.from, ":") {
		family, cidrs = "IPv6", []string{"::/0", "2600::/12"}
	}
	ports := ""
	if r.protocol != "" {
		from, to, between := strings.Cut(r.ports, "-")
		if !between {
			to = from
		}
		ports = fmt.Sprintf("  protocol = %s\n  port_range_min = %s\n  port_range_max = %s\n", t.word(&r.protocol, "tcp", "udp"), from, to)
	}
	p("resource \"openstack_networking_secgroup_rule_v2\" \"r%d_%d\" {\n  count = %s\n  security_group_id = openstack_networking_secgroup_v2.g%d.id\n  direction = \"ingress\"\n  ethertype = %q\n  remote_ip_prefix = %s\n%s}",
		i, j, t.count(&r.count), i, family, t.word(&r.from, cidrs...), ports)
}
