package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// nets are two networks of three subnetworks with four machines.
type nets struct {
	peered  [2]bool   // of the first with the second, and back
	deleted [2]bool   // the default route
	nat     [2]string // "", "all", or the number of a subnetwork
	rules   []googleInner
	boxes   [4]googleBox
	unknowns
}

type googleInner struct {
	network, priority int
	outbound, deny    bool
	disabled          bool
	protocol, other   string // "" if a tag or an account is the other side
	by                string // "tags" or "accounts"
	source            int
	target            int // tag, -1 for all
	from, to          int
}

type googleBox struct {
	subnet, tags, account int
	public                bool
}

func (b googleBox) network() int { return b.subnet / 2 }

func randomNets(r *rand.Rand) *nets {
	w := &nets{peered: [2]bool{r.IntN(4) > 0, r.IntN(4) > 0}, deleted: [2]bool{r.IntN(3) == 0, r.IntN(3) == 0}}
	w.nat = [2]string{pick(r, "", "all", "0", "1"), pick(r, "", "all", "2")}
	for n := range 4 + r.IntN(8) {
		x := googleInner{
			network: r.IntN(2), priority: pick(r, 500, 1000, 1000, 100+n), outbound: r.IntN(3) == 0, deny: r.IntN(3) == 0, disabled: r.IntN(8) == 0,
			protocol: pick(r, "tcp", "tcp", "udp", "all"), other: pick(r, "10.0.0.0/8", "10.0.1.0/24", "10.1.2.0/24", "0.0.0.0/0", "10.0.0.10/32"),
			source: r.IntN(2), target: r.IntN(3) - 1, from: pick(r, 20, 21, 22), to: pick(r, 22, 5432),
		}
		if !x.outbound && r.IntN(3) == 0 {
			x.other, x.by = "", pick(r, "tags", "accounts")
			if x.by == "accounts" {
				x.target = -1
			}
		}
		w.rules = append(w.rules, x)
	}
	for i := range w.boxes {
		w.boxes[i] = googleBox{r.IntN(3), r.IntN(4), r.IntN(2), false}
	}
	return w
}

func (w *nets) machines() []string {
	var out []string
	for i := range w.boxes {
		out = append(out, fmt.Sprintf("google_compute_instance.i%d", i))
	}
	return out
}

func (w *nets) addr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(w.boxes[i].network()), byte(w.boxes[i].subnet), byte(10 + i)})
}

// passes asks the rules for a machine about another one, or about an address if other is -1.
func (w *nets) passes(i, other int, addr netip.Addr, outbound bool, protocol string, port int) bool {
	best, allowed := 1<<20, outbound
	for _, x := range w.rules {
		if x.network != w.boxes[i].network() || x.outbound != outbound || x.disabled || x.target >= 0 && w.boxes[i].tags&(1<<x.target) == 0 {
			continue
		}
		if x.protocol != "all" && (x.protocol != protocol || port < x.from || x.to < port) {
			continue
		}
		same := other >= 0 && w.boxes[other].network() == w.boxes[i].network()
		is := false
		switch {
		case x.other != "":
			is = inside(x.other, addr)
		case x.by == "tags":
			is = same && w.boxes[other].tags&(1<<x.source) != 0
		default:
			is = same && w.boxes[other].account == x.source
		}
		if is && (x.priority < best || x.priority == best && x.deny) {
			best, allowed = x.priority, !x.deny
		}
	}
	return allowed
}

func (w *nets) carries(from, to int, protocol string, port int) bool {
	if w.boxes[from].network() != w.boxes[to].network() && (!w.peered[0] || !w.peered[1]) {
		return false
	}
	return w.passes(from, to, w.addr(to), true, protocol, port) && w.passes(to, from, w.addr(from), false, protocol, port)
}

func (w *nets) out(from int, to netip.Addr, protocol string, port int) bool {
	a := w.boxes[from]
	nat := w.nat[a.network()]
	return !w.deleted[a.network()] && (nat == "all" || nat == fmt.Sprint(a.subnet)) && w.passes(from, -1, to, true, protocol, port)
}

func (w *nets) config() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for n := range 2 {
		count := w.variable(fmt.Sprint(map[bool]int{false: 0, true: 1}[w.peered[n]]), 2, func(i int) { w.peered[n] = i == 1 })
		p(`resource "google_compute_network" "v%d" {
  name                            = "v%[1]d"
  auto_create_subnetworks         = false
  delete_default_routes_on_create = %[2]s
}
resource "google_compute_network_peering" "p%[1]d" {
  count        = %[3]s
  name         = "p%[1]d"
  network      = google_compute_network.v%[1]d.id
  peer_network = google_compute_network.v%[4]d.id
}
resource "google_service_account" "a%[1]d" {
  account_id = "machine-a%[1]d"
}`, n, w.boolean(&w.deleted[n]), count, 1-n)
		if w.nat[n] == "" {
			continue
		}
		ranges := `source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"`
		if w.nat[n] != "all" {
			ranges = fmt.Sprintf("source_subnetwork_ip_ranges_to_nat = \"LIST_OF_SUBNETWORKS\"\n  subnetwork {\n    name                    = google_compute_subnetwork.s%s.id\n    source_ip_ranges_to_nat = [\"ALL_IP_RANGES\"]\n  }", w.nat[n])
		}
		p(`resource "google_compute_router" "r%d" {
  name    = "r%[1]d"
  network = google_compute_network.v%[1]d.id
  region  = "europe-west1"
}
resource "google_compute_router_nat" "n%[1]d" {
  name   = "n%[1]d"
  router = google_compute_router.r%[1]d.name
  region = "europe-west1"
  %[2]s
}`, n, ranges)
	}
	for i := range 3 {
		p(`resource "google_compute_subnetwork" "s%d" {
  name          = "s%[1]d"
  network       = google_compute_network.v%d.id
  region        = "europe-west1"
  ip_cidr_range = "10.%[2]d.%[1]d.0/24"
}`, i, i/2)
	}
	for i := range w.rules {
		x := &w.rules[i]
		direction, attr := "INGRESS", "source_ranges"
		if x.outbound {
			direction, attr = "EGRESS", "destination_ranges"
		}
		p(`resource "google_compute_firewall" "f%d" {
  name      = "f%[1]d"
  network   = google_compute_network.v%d.id
  direction = %q
  priority  = %d
  disabled  = %s`, i, x.network, direction, x.priority, w.boolean(&x.disabled))
		switch {
		case x.other != "":
			p("  %s = [%s]", attr, w.word(&x.other, "10.0.0.0/8", "10.0.1.0/24", "0.0.0.0/0"))
		case x.by == "tags":
			p(`  source_tags = ["t%d"]`, x.source)
		default:
			p(`  source_service_accounts = [google_service_account.a%d.email]`, x.source)
		}
		if x.target >= 0 {
			p(`  target_tags = ["t%d"]`, x.target)
		}
		action, ports := "allow", ""
		if x.deny {
			action = "deny"
		}
		if x.protocol != "all" {
			ports = fmt.Sprintf("ports = [\"%d-%d\"]", x.from, x.to)
		}
		p("  %s {\n    protocol = %q\n    %s\n  }\n}", action, x.protocol, ports)
	}
	for i := range w.boxes {
		x := &w.boxes[i]
		var tags []string
		for t := range 2 {
			if x.tags&(1<<t) != 0 {
				tags = append(tags, fmt.Sprintf(`"t%d"`, t))
			}
		}
		p(`resource "google_compute_instance" "i%d" {
  name         = "i%[1]d"
  zone         = "europe-west1-b"
  machine_type = "e2-small"
  tags         = [%s]
  network_interface {
    subnetwork = google_compute_subnetwork.s%d.id
    network_ip = %q
  }
  service_account {
    email  = google_service_account.a%d.email
    scopes = ["cloud-platform"]
  }
}`, i, strings.Join(tags, ", "), x.subnet, w.addr(i), x.account)
	}
	return b.String() + w.declared()
}
