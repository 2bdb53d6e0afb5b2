package ftpd

import (
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// BusyBox is the ftpd of BusyBox, which tcpsvd or inetd runs.
const BusyBox Software = "BusyBox ftpd"

func busyBox() product {
	return product{
		software: BusyBox,
		host:     host.Package{Programs: []string{"busybox", "tcpsvd", "tcpserver"}},
		read:     busyBoxOn,
		fixes:    Fixes{Anonymous: "Leave -A and -a out.", TLS: "Use another server: this one has no TLS."},
	}
}

// busyBoxOn returns a server for each command that runs ftpd.
func busyBoxOn(_ *host.Machine, on presence) []Server {
	var servers []Server
	for _, r := range on.runs {
		words := append([]host.Text{{S: r.Program}}, r.Args...)
		for i, w := range words {
			if i == 0 || w.S != "ftpd" {
				continue
			}
			s := readBusyBox(words[1:i], words[i+1:], r.By)
			s.Present = decided(true, r.By)
			if r.Maybe != "" {
				s.Present = undecided[bool](r.By, r.Maybe)
			}
			servers = append(servers, s)
			break
		}
	}
	return servers
}

// busyBoxDefault is the source of the defaults: busybox ftpd --help, and networking/ftpd.c.
const busyBoxDefault = "BusyBox's default"

// readBusyBox reads the words before ftpd, among which tcpsvd has the address and the port, and ftpd's own arguments. With -A
// it asks for no login; with -a it lets anonymous users in as an account. With neither, a build option decides whether it asks
// for an account's password; without a password and with -w, anyone may write.
func readBusyBox(before, args []host.Text, by host.Text) Server {
	s := Server{
		Software: BusyBox, LocalLogin: unknown[bool](Span{}, "whether BusyBox asks for a password depends on how it was built"),
		TLS: defaultOf(TLSNone, busyBoxDefault+": it has none"), ObsoleteTLS: defaultOf(false, busyBoxDefault+": it has none"),
		ListenPorts: defaultOf([]int{21}, busyBoxDefault), PassivePorts: defaultOf(anyPassive(), busyBoxDefault),
		Anonymous:       unknown[bool](by.Span(), "whether BusyBox asks for a password depends on how it was built"),
		AnonymousUpload: defaultOf(false, busyBoxDefault),
	}
	for i, w := range before {
		if n, err := strconv.ParseUint(w.S, 10, 16); err == nil && i > 0 && !strings.HasPrefix(before[i-1].S, "-") {
			s.ListenPorts, s.Loopback = decided([]int{int(n)}, w), loopback(before[i-1])
		}
	}
	for _, a := range args {
		if len(a.S) < 2 || a.S[0] != '-' {
			continue
		}
		if strings.Contains(a.S, host.Hole) {
			return unreadRun(BusyBox, a)
		}
		if strings.ContainsAny(a.S, "aA") {
			s.Anonymous = decided(true, a)
		}
		if strings.Contains(a.S, "w") {
			s.AnonymousUpload = decided(true, a)
		}
	}
	s.AnonymousUpload = allOf(s.Anonymous, s.AnonymousUpload)
	return s
}
