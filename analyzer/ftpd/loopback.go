package ftpd

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// IsLoopback reports whether an address is one at which only programs on the same machine reach a server.
func IsLoopback(address string) bool {
	address = strings.Trim(strings.TrimSpace(address), "[]")
	switch strings.ToLower(address) {
	case "localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback":
		return true
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.Unmap().IsLoopback()
}

// isLoopbackOnly reports whether a list of addresses has none that isn't one for the machine itself.
func isLoopbackOnly(addresses string) bool {
	list := strings.FieldsFunc(addresses, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	return len(list) > 0 && !slices.ContainsFunc(list, func(a string) bool { return !IsLoopback(a) })
}

// loopback returns whether a server listens for its own machine only, by the address that a piece of text gives to it.
func loopback(address host.Text) Setting[bool] {
	if strings.Contains(address.S, host.Hole) {
		return undecided[bool](address, "the address at which it listens isn't known")
	}
	return decided(IsLoopback(address.S), address)
}

// heard returns the servers that other machines may reach. One that listens for its own machine only is left out, and isn't
// certain if another program is there that hands connections on.
func heard(m *host.Machine, servers []Server) []Server {
	var out []Server
	for _, s := range servers {
		switch {
		case s.Loopback.State == Unknown:
			if s.Present.known() {
				s.Present = unknown[bool](s.Loopback.At, s.Loopback.Source)
			}
		case s.Loopback.State != 0 && s.Loopback.Value:
			relay, ok := relays(m)
			if !ok {
				continue
			}
			s.Present = undecided[bool](relay, "it listens for its own machine only, and whether this program hands connections on to it isn't read")
		}
		out = append(out, s)
	}
	return out
}

// relays returns the word that installs or runs a program that hands connections on to a server of the same machine.
func relays(m *host.Machine) (host.Text, bool) {
	names := []string{"haproxy", "nginx", "nginx-full", "libnginx-mod-stream", "nginx-mod-stream", "socat", "stunnel", "stunnel4", "rinetd", "redir", "envoy", "traefik"}
	if in, ok := m.Installed(names...); ok {
		return in.By, true
	}
	for _, r := range m.Runs {
		if slices.Contains(names, r.Program) {
			return r.By, true
		}
	}
	for _, c := range m.Containers {
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(c.Image.S, name) }) {
			return c.Image, true
		}
	}
	return host.Text{}, false
}
