package host

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// Firewall is what a machine's own firewall lets pass.
type Firewall struct {
	// Tool is the program that sets it up, and By the first command of it.
	Tool string
	By   Text
	// Passes is the traffic that surely passes, whoever sends it. What else passes isn't followed.
	Passes netset.Traffic
}

// filtering is what one tool does to the machine's firewall: its commands are followed as far as they are for everyone.
type filtering struct {
	tool string
	by   Text
	// on is true if the rules of the tool are in force, and trusting if it lets pass what no rule is about.
	on, trusting bool
	// opened and closed are what rules let pass and stop.
	opened, closed netset.Traffic
}

// passes returns the traffic that surely passes.
func (f filtering) passes() netset.Traffic {
	switch {
	case !f.on:
		return netset.AllTraffic()
	case f.trusting:
		return f.closed.Complement()
	}
	return f.opened.Difference(f.closed)
}

// Firewall returns what the texts make of the machine's own firewall; false if they leave it as it is, which lets all traffic pass
// in the images of Debian, Ubuntu, Amazon Linux and the like.
func (m *Machine) Firewall() (Firewall, bool) {
	out := Firewall{Passes: netset.AllTraffic()}
	found := false
	add := func(f filtering) {
		passes := f.passes()
		if passes.Equal(netset.AllTraffic()) {
			return
		}
		if !found {
			found, out.Tool, out.By = true, f.tool, f.by
		}
		out.Passes = out.Passes.Intersect(passes)
	}
	for _, f := range m.filters {
		if s, ok := m.Service(f.tool); !ok || !s.Off || s.Maybe != "" {
			add(*f)
		}
	}
	for _, name := range []string{"firewalld", "nftables", "iptables", "ip6tables", "netfilter-persistent", "shorewall", "ferm", "csf"} {
		if s, ok := m.Service(name); ok && !s.Off && !slices.ContainsFunc(m.filters, func(f *filtering) bool { return f.tool == name }) {
			add(filtering{tool: name, by: s.By, on: true})
		}
	}
	return out, found
}

// filtering returns what a tool does, for a command to add to.
func (sh *shell) filtering(tool string, c call) *filtering {
	for _, f := range sh.m.filters {
		if f.tool == tool {
			return f
		}
	}
	f := &filtering{tool: tool, by: c.by}
	sh.m.filters = append(sh.m.filters, f)
	return f
}

// open records that a tool lets traffic pass, unless the command may not run. first is true for a rule before all others.
func (sh *shell) open(f *filtering, what netset.Traffic, first bool) {
	switch {
	case sh.maybe != "":
	case first:
		f.opened, f.closed = f.opened.Union(what), f.closed.Difference(what)
	default:
		f.opened = f.opened.Union(what.Difference(f.closed))
	}
}

// close records that a tool stops traffic, or may stop it.
func (sh *shell) close(f *filtering, what netset.Traffic, first bool) {
	if first || sh.maybe != "" {
		f.opened, f.closed = f.opened.Difference(what), f.closed.Union(what)
		return
	}
	f.closed = f.closed.Union(what.Difference(f.opened))
}

// ported returns the traffic to ports as the tools name them: by a service, a number or a range, as in "ftp", "21" and "20:21", with
// the protocol after a slash. It is empty for what isn't understood.
func ported(spec, protocol string) netset.Traffic {
	ports, own, cut := strings.Cut(strings.ToLower(spec), "/")
	if cut {
		protocol = own
	}
	protocols := netset.AllProtocols()
	if protocol != "" {
		p, err := netset.ParseProtocol(protocol)
		if err != nil {
			return netset.Traffic{}
		}
		protocols = p
	}
	var set netset.Ports
	for part := range strings.SplitSeq(ports, ",") {
		switch part {
		case "ftp":
			part = "21"
		case "ftp-data":
			part = "20"
		case "ftps":
			part = "990"
		case "ssh", "openssh":
			part = "22"
		case "http", "www":
			part = "80"
		case "https":
			part = "443"
		}
		p, err := netset.ParsePorts(strings.ReplaceAll(part, ":", "-"))
		if err != nil {
			return netset.Traffic{}
		}
		set = set.Union(p)
	}
	return netset.Product(netset.AllAddresses(), protocols, set)
}

// ufw carries out the Uncomplicated Firewall's command. It is off until it is enabled, and then stops what no rule allows.
// Source: https://manpages.debian.org/ufw
func (sh *shell) ufw(c call) stream {
	words := make([]string, 0, len(c.args))
	for _, a := range c.args {
		if a.S != "--force" && a.S != "-f" {
			words = append(words, a.S)
		}
	}
	if len(words) == 0 {
		return stream{}
	}
	f, sure := sh.filtering("ufw", c), sh.maybe == ""
	switch words[0] {
	case "enable":
		f.on, f.by = true, c.by
	case "disable", "reset":
		if sure {
			f.on = false
		}
		if words[0] == "reset" && sure {
			*f = filtering{tool: f.tool, by: f.by}
		}
	case "default":
		if len(words) > 1 && (len(words) == 2 || words[2] == "incoming") {
			f.trusting = words[1] == "allow" && sure
		}
	case "allow", "limit":
		sh.open(f, ufwRule(words[1:]), false)
	case "deny", "reject":
		what := ufwRule(words[1:])
		if what.Empty() {
			what = netset.AllTraffic()
		}
		sh.close(f, what, false)
	case "insert", "prepend", "delete":
		sh.close(f, netset.AllTraffic(), true)
	}
	return stream{}
}

// ufwRule returns the traffic of a rule for everyone; none if it is for others, or isn't understood.
func ufwRule(words []string) netset.Traffic {
	spec, protocol := "", ""
	for i := 0; i < len(words); i++ {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch words[i] {
		case "in", "log", "log-all":
		case "proto":
			protocol = next
			i++
		case "port", "app":
			spec = next
			i++
		case "comment":
			i++
		case "from", "to":
			if next != "any" && next != "0.0.0.0/0" {
				return netset.Traffic{}
			}
			i++
		default:
			if spec != "" {
				return netset.Traffic{}
			}
			spec = words[i]
		}
	}
	return ported(spec, protocol)
}

// firewalld carries out firewall-cmd, whose daemon stops what no rule allows.
// Source: https://firewalld.org/documentation/man-pages/firewall-cmd.html
func (sh *shell) firewalld(c call) stream {
	f := sh.filtering("firewalld", c)
	f.on = true
	if zone, ok := c.value("--zone"); ok && zone.S != "public" {
		return stream{}
	}
	for _, option := range []struct {
		names string
		opens bool
	}{{"--add-service", true}, {"--add-port", true}, {"--remove-service", false}, {"--remove-port", false}} {
		for _, a := range c.args {
			rest, ok := strings.CutPrefix(a.S, option.names+"=")
			if !ok {
				continue
			}
			what := ported(rest, "")
			if option.opens {
				sh.open(f, what, true)
			} else {
				sh.close(f, what, true)
			}
		}
	}
	if zone, ok := c.value("--set-default-zone"); ok && sh.maybe == "" {
		f.trusting = zone.S == "trusted"
	}
	return stream{}
}

// iptables carries out the command for packets that come in; without a rule all of them pass. The rules of both families of
// addresses count as one. Source: https://manpages.debian.org/iptables
func (sh *shell) iptables(c call) stream {
	if table, ok := c.value("-t", "--table"); ok && table.S != "filter" {
		return stream{}
	}
	f := sh.filtering("iptables", c)
	if !f.on {
		f.on, f.trusting = true, true
	}
	sure := sh.maybe == ""
	if c.has("-F", "--flush") && sure {
		f.opened, f.closed = netset.Traffic{}, netset.Traffic{}
		return stream{}
	}
	if chain, ok := c.value("-P", "--policy"); ok {
		if accepts := c.has("ACCEPT"); chain.S == "INPUT" && (!accepts || sure) {
			f.trusting = accepts
		}
		return stream{}
	}
	chain, ok := c.value("-A", "--append", "-I", "--insert")
	if !ok || chain.S == "OUTPUT" || chain.S == "FORWARD" {
		return stream{}
	}
	target, _ := c.value("-j", "--jump", "-g", "--goto")
	protocol, _ := c.value("-p", "--protocol")
	ports, limited := c.value("--dport", "--dports", "--destination-port", "--destination-ports")
	what := ported("0-65535", protocol.S)
	if limited {
		what = ported(ports.S, protocol.S)
	}
	_, first := c.value("-I", "--insert")
	switch target.S {
	case "", "LOG", "NFLOG", "RETURN", "MARK":
	case "ACCEPT":
		if chain.S == "INPUT" && !narrows(c) {
			sh.open(f, what, first)
		}
	default:
		if c.has("INVALID") { // packets that belong to no connection
			return stream{}
		}
		if what.Empty() {
			what = netset.AllTraffic()
		}
		sh.close(f, what, first)
	}
	return stream{}
}

// narrows reports whether a rule of iptables is for fewer packets than its protocol and its ports say.
func narrows(c call) bool {
	for i, a := range c.args {
		switch a.S {
		case "-s", "--source", "--src", "-d", "--destination", "--dst", "-i", "--in-interface", "!", "--sport", "--source-port":
			return true
		case "-m", "--match":
			if i+1 < len(c.args) && !slices.Contains([]string{"tcp", "udp", "multiport", "comment"}, c.args[i+1].S) {
				return true
			}
		}
	}
	return false
}

// unfollowed carries out a tool for firewalls whose rules aren't followed.
func (sh *shell) unfollowed(c call) stream {
	if !asksVersion(c.args) {
		sh.filtering(c.name, c).on = true
	}
	return stream{}
}
