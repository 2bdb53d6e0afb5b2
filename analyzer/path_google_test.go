package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// cell is a small concrete topology of Google Cloud with one instance, as a world is one of AWS.
type cell struct {
	gone         bool // the default route
	routes       []cellRoute
	access, six  bool
	tag, account string
	firewalls    []cellRule
	order        string
	// policies are the ones of the organization and of a folder, the global one and the regional one of the network.
	policies  [4]cellPolicy
	front     string // what a forwarding rule leads to: "", instance, pool, service
	scheme    string
	protocol  string
	frontPort string
	clients   string // source_ip_ranges
	unknowns
}

type cellRoute struct {
	to, tag  string
	priority int
	gateway  bool
	count    int
}

type cellRule struct {
	action, from, protocol, ports, to, tag, account string
	priority, count                                 int
	disabled                                        bool
}

type cellPolicy struct {
	rules    []cellRule
	attached int
	region   string
}

const (
	cellInside  = "10.0.0.5"
	cellOutside = "203.0.113.9"
)

func randomCell(r *rand.Rand) *cell {
	c := &cell{
		gone: r.IntN(3) == 0, access: r.IntN(3) > 0, six: r.IntN(2) == 0, tag: pick(r, "ftp", "web"),
		account: pick(r, "a", "b"), order: pick(r, "BEFORE_CLASSIC_FIREWALL", "AFTER_CLASSIC_FIREWALL"),
		front: pick(r, "", "", "instance", "pool", "service"), scheme: pick(r, "EXTERNAL", "EXTERNAL", "INTERNAL"),
		protocol: pick(r, "TCP", "TCP", "UDP", "L3_DEFAULT"), frontPort: pick(r, "21", "20-22", "80"), clients: pick(r, "", "8.0.0.0/8"),
	}
	for i := range r.IntN(3) {
		c.routes = append(c.routes, cellRoute{
			to: randomCIDR(r), tag: pick(r, "", "ftp", "web"), priority: pick(r, 100, 2000) + i, gateway: r.IntN(2) == 0, count: 1,
		})
	}
	rule := func() cellRule {
		out := cellRule{
			action: pick(r, "allow", "allow", "deny"), from: randomCIDR(r), protocol: pick(r, "tcp", "tcp", "all", "udp"),
			ports: pick(r, "21", "20-22", "22"), priority: pick(r, 900, 1000, 1100), count: 1, disabled: r.IntN(8) == 0,
		}
		switch r.IntN(5) {
		case 0:
			out.tag = pick(r, "ftp", "web")
		case 1:
			out.account = pick(r, "a", "b")
		case 2:
			if !strings.Contains(out.from, ":") {
				out.to = pick(r, "10.0.0.0/24", cellOutside+"/32", "0.0.0.0/0")
			}
		}
		return out
	}
	for range 1 + r.IntN(4) {
		c.firewalls = append(c.firewalls, rule())
	}
	for i := range c.policies {
		p := &c.policies[i]
		p.attached, p.region = r.IntN(2), pick(r, "europe-west3", "europe-west1")
		for n := range r.IntN(4) {
			next := rule()
			next.action = pick(r, next.action, "goto_next")
			next.priority, next.tag = n, ""
			p.rules = append(p.rules, next)
		}
	}
	return c
}

// reaches walks a packet from a client to port 21 of the instance: to its own address, or to that of the forwarding rule.
func (c *cell) reaches(client netip.Addr, protocol string) bool {
	within := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(client) }
	if !c.replies(client, within) {
		return false
	}
	if client.Is4() && c.access && c.admits(within, protocol, cellInside) || client.Is6() && c.six && c.admits(within, protocol, "") {
		return true
	}
	return c.front != "" && client.Is4() && c.scheme == "EXTERNAL" && (c.protocol == "L3_DEFAULT" || strings.EqualFold(c.protocol, protocol)) && c.frontPort != "80" &&
		(c.clients == "" || within(c.clients)) && c.admits(within, protocol, cellOutside)
}

// replies says whether a reply finds the internet gateway.
func (c *cell) replies(client netip.Addr, within func(string) bool) bool {
	bits, priority, gateway := -1, 0, false
	if !c.gone || client.Is6() {
		bits, priority, gateway = 0, 1000, true
	}
	for _, r := range c.routes {
		p := netip.MustParsePrefix(r.to)
		if r.count > 0 && within(r.to) && (r.tag == "" || r.tag == c.tag) &&
			(p.Bits() > bits || p.Bits() == bits && r.priority < priority) {
			bits, priority, gateway = p.Bits(), r.priority, r.gateway
		}
	}
	return gateway
}

// admits asks the scopes of rules in their order.
func (c *cell) admits(within func(string) bool, protocol, to string) bool {
	scopes := [][]cellRule{c.policies[0].of("europe-west3"), c.policies[1].of("europe-west3")}
	network := [][]cellRule{c.policies[2].of("europe-west3"), c.policies[3].of(c.policies[3].region)}
	if c.order == "BEFORE_CLASSIC_FIREWALL" {
		scopes = append(append(scopes, network...), c.firewalls)
	} else {
		scopes = append(append(scopes, c.firewalls), network...)
	}
	for _, rules := range scopes {
		best := cellRule{priority: 1 << 20}
		for _, r := range rules {
			if r.matches(c, within, protocol, to) && (r.priority < best.priority || r.priority == best.priority && r.action == "deny") {
				best = r
			}
		}
		if best.action == "allow" || best.action == "deny" {
			return best.action == "allow"
		}
	}
	return false
}

func (p cellPolicy) of(region string) []cellRule {
	if p.attached == 0 || region != "europe-west3" {
		return nil
	}
	return p.rules
}

func (r cellRule) matches(c *cell, within func(string) bool, protocol, to string) bool {
	return r.count > 0 && !r.disabled && within(r.from) && (r.protocol == "all" || r.protocol == protocol && r.ports != "22") &&
		(r.tag == "" || r.tag == c.tag) && (r.account == "" || r.account == c.account) &&
		(r.to == "" || to != "" && netip.MustParsePrefix(r.to).Contains(netip.MustParseAddr(to)))
}

func (c *cell) boolean(b *bool) string {
	return c.variable(fmt.Sprint(*b), 2, func(i int) { *b = i == 1 })
}

func (c *cell) count(n *int) string {
	return c.variable(fmt.Sprint(*n), 2, func(i int) { *n = i })
}

func (c *cell) cidr(s *string) string {
	if strings.Contains(*s, ":") {
		return c.word(s, "::/0", "2600::/12")
	}
	return c.word(s, "0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/8", "8.8.0.0/16")
}

// config returns the cell as a configuration.
func (c *cell) endpoint() string { return "google_compute_instance" }

func (c *cell) config() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p(`resource "google_folder" "f" {
  display_name = "f"
  parent       = "organizations/1"
}
resource "google_project" "p" {
  name       = "p"
  project_id = "p"
  folder_id  = google_folder.f.name
}
resource "google_service_account" "a" {
  account_id = "a"
}
resource "google_service_account" "b" {
  account_id = "b"
}`)
	p(`resource "google_compute_network" "n" {
  name = "n"
  project = google_project.p.project_id
  auto_create_subnetworks = false
  delete_default_routes_on_create = %s
  network_firewall_policy_enforcement_order = %s
}
resource "google_compute_subnetwork" "s" {
  name = "s"
  network = google_compute_network.n.id
  region = "europe-west3"
  ip_cidr_range = "10.0.0.0/24"
}`, c.boolean(&c.gone), c.word(&c.order, "BEFORE_CLASSIC_FIREWALL", "AFTER_CLASSIC_FIREWALL"))
	for i := range c.routes {
		r := &c.routes[i]
		hop := `next_hop_gateway = "default-internet-gateway"`
		if !r.gateway {
			hop = `next_hop_vpn_tunnel = "tunnel"`
		}
		tags := ""
		if r.tag != "" {
			tags = fmt.Sprintf("\n  tags = [%s]", c.word(&r.tag, "ftp", "web"))
		}
		p("resource \"google_compute_route\" \"r%d\" {\n  count = %s\n  name = \"r\"\n  network = google_compute_network.n.name\n  dest_range = %s\n  priority = %d\n  %s%s\n}",
			i, c.count(&r.count), c.cidr(&r.to), r.priority, hop, tags)
	}
	for i := range c.firewalls {
		c.firewallConfig(p, i, &c.firewalls[i])
	}
	for i := range c.policies {
		c.policyConfig(p, i)
	}
	c.instanceConfig(p)
	c.frontConfig(p)
	for i := range c.variables {
		p(`variable "v%d" {}`, i)
	}
	return b.String()
}

func (c *cell) firewallConfig(p func(string, ...any), i int, r *cellRule) {
	targets := ""
	switch {
	case r.tag != "":
		targets = fmt.Sprintf("  target_tags = [%s]\n", c.word(&r.tag, "ftp", "web"))
	case r.account != "":
		targets = fmt.Sprintf("  target_service_accounts = [google_service_account.%s.email]\n", r.account)
	}
	if r.to != "" {
		targets += fmt.Sprintf("  destination_ranges = [%s]\n", c.word(&r.to, "10.0.0.0/24", "0.0.0.0/0"))
	}
	ports := ""
	if r.protocol != "all" {
		ports = fmt.Sprintf("ports = [%s]", c.word(&r.ports, "21", "22"))
	}
	p("resource \"google_compute_firewall\" \"f%d\" {\n  count = %s\n  name = \"f\"\n  network = google_compute_network.n.id\n  priority = %s\n  disabled = %s\n  source_ranges = [%s]\n%s  %s {\n    protocol = %q\n    %s\n  }\n}",
		i, c.count(&r.count), c.variable(fmt.Sprint(r.priority), 3, func(i int) { r.priority = 900 + 100*i }),
		c.boolean(&r.disabled), c.cidr(&r.from), targets, r.action, r.protocol, ports)
}

func (c *cell) policyConfig(p func(string, ...any), i int) {
	policy := &c.policies[i]
	typ, name, target, region := "google_compute_firewall_policy", "short_name = \"p\"\n  parent = \"organizations/1\"", "\"organizations/1\"", ""
	switch i {
	case 1:
		target = "google_folder.f.name"
	case 2:
		typ, name, target = "google_compute_network_firewall_policy", "name = \"p2\"", "google_compute_network.n.id"
	case 3:
		typ, name, target = "google_compute_region_network_firewall_policy", "name = \"p3\"", "google_compute_network.n.id"
		region = "\n  region = " + c.word(&policy.region, "europe-west3", "europe-west1")
	}
	id := fmt.Sprintf("%s.p%d", typ, i)
	p("resource %q \"p%d\" {\n  %s\n}", typ, i, name)
	for j := range policy.rules {
		r := &policy.rules[j]
		targets := ""
		if r.account != "" {
			targets = fmt.Sprintf("  target_service_accounts = [google_service_account.%s.email]\n", r.account)
		}
		match := fmt.Sprintf("src_ip_ranges = [%s]", c.cidr(&r.from))
		if r.to != "" {
			match += fmt.Sprintf("\n    dest_ip_ranges = [%s]", c.word(&r.to, "10.0.0.0/24", "0.0.0.0/0"))
		}
		ports := ""
		if r.protocol != "all" {
			ports = fmt.Sprintf("ports = [%s]", c.word(&r.ports, "21", "22"))
		}
		p("resource %q \"p%d_%d\" {\n  count = %s\n  firewall_policy = %s.id\n  priority = %d\n  direction = \"INGRESS\"\n  action = %s\n  disabled = %s\n%s  match {\n    %s\n    layer4_configs {\n      ip_protocol = %q\n      %s\n    }\n  }\n}",
			typ+"_rule", i, j, c.count(&r.count), id, r.priority, c.word(&r.action, "allow", "deny", "goto_next"), c.boolean(&r.disabled),
			targets, match, r.protocol, ports)
	}
	p("resource %q \"a%d\" {\n  count = %s\n  name = \"a\"\n  attachment_target = %s\n  firewall_policy = %s.id%s\n}",
		typ+"_association", i, c.count(&policy.attached), target, id, region)
}

func (c *cell) instanceConfig(p func(string, ...any)) {
	// The two service accounts are as the two tags are.
	tag := c.word(&c.tag, "ftp", "web")
	p(`resource "google_compute_instance" "m" {
  name = "m"
  zone = "europe-west3-a"
  tags = [%s]
  service_account {
    email  = google_service_account.%s.email
    scopes = ["cloud-platform"]
  }
  network_interface {
    subnetwork = google_compute_subnetwork.s.id
    network_ip = %q
    dynamic "access_config" {
      for_each = %s ? [1] : []
      content {}
    }
    dynamic "ipv6_access_config" {
      for_each = %s ? [1] : []
      content {
        network_tier = "PREMIUM"
      }
    }
  }
}`, tag, c.account, cellInside, c.boolean(&c.access), c.boolean(&c.six))
}

func (c *cell) frontConfig(p func(string, ...any)) {
	to := ""
	switch c.front {
	case "":
		return
	case "instance":
		p("resource \"google_compute_target_instance\" \"t\" {\n  name = \"t\"\n  instance = google_compute_instance.m.id\n}")
		to = "target = google_compute_target_instance.t.id"
	case "pool":
		p("resource \"google_compute_target_pool\" \"t\" {\n  name = \"t\"\n  instances = [google_compute_instance.m.self_link]\n}")
		to = "target = google_compute_target_pool.t.id"
	case "service":
		p("resource \"google_compute_instance_group\" \"g\" {\n  name = \"g\"\n  instances = [google_compute_instance.m.id]\n}")
		p("resource \"google_compute_region_backend_service\" \"t\" {\n  name = \"t\"\n  load_balancing_scheme = \"EXTERNAL\"\n  backend {\n    group = google_compute_instance_group.g.id\n  }\n}")
		to = "backend_service = google_compute_region_backend_service.t.id"
	}
	clients := ""
	if c.clients != "" {
		clients = fmt.Sprintf("\n  source_ip_ranges = [%s]", c.cidr(&c.clients))
	}
	p("resource \"google_compute_forwarding_rule\" \"t\" {\n  name = \"t\"\n  load_balancing_scheme = %s\n  ip_address = %q\n  ip_protocol = %s\n  port_range = %s\n  %s%s\n}",
		c.word(&c.scheme, "EXTERNAL", "INTERNAL"), cellOutside, c.word(&c.protocol, "TCP", "UDP"), c.word(&c.frontPort, "21", "80"), to, clients)
}
