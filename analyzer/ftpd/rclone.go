package ftpd

import (
	"net"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Rclone is the FTP server of rclone. Debian's build has none.
const Rclone Software = "rclone serve ftp"

func rclone() product {
	return product{
		software: Rclone,
		host:     host.Package{Programs: []string{"rclone"}},
		read:     rcloneOn,
		fixes: Fixes{
			Anonymous: "Give a user and a password, from a secrets manager.",
			TLS:       "Serve SFTP instead: rclone serve sftp.",
			Passive:   "Give a small range with --passive-port.",
		},
	}
}

// rcloneOn returns a server for each rclone serve ftp.
func rcloneOn(_ *host.Machine, on presence) []Server {
	var servers []Server
	for _, r := range on.runs {
		if len(r.Args) < 2 || r.Args[0].S != "serve" || r.Args[1].S != "ftp" {
			continue
		}
		s := readRclone(r)
		s.Present = decided(true, r.By)
		if r.Maybe != "" {
			s.Present = undecided[bool](r.By, r.Maybe)
		}
		servers = append(servers, s)
	}
	return servers
}

// readRclone reads the options: https://rclone.org/commands/rclone_serve_ftp/. The user anonymous with any password is
// the default, localhost:2121 the address, and 30000-32000 the passive ports. With --cert and --key it offers TLS.
func readRclone(r host.Run) Server {
	const source = "rclone's default"
	s := Server{
		Software: Rclone, Anonymous: defaultOf(true, source), AnonymousUpload: defaultOf(true, source), LocalLogin: defaultOf(false, source),
		TLS: defaultOf(TLSNone, source), ObsoleteTLS: defaultOf(false, source), ListenPorts: defaultOf([]int{2121}, source),
		PassivePorts: defaultOf(PortRange{First: 30000, Last: 32000}, source), Loopback: defaultOf(true, source),
	}
	user := ""
	for i := 2; i < len(r.Args); i++ {
		a := r.Args[i]
		name, inline, hasInline := strings.Cut(a.S, "=")
		value := host.Text{}
		switch {
		case hasInline:
			value = a.Sub(len(a.S)-len(inline), len(a.S))
		case i+1 < len(r.Args):
			value = r.Args[i+1]
		}
		hidden := strings.Contains(value.S, host.Hole)
		switch name {
		case "--user":
			user = value.S
			if user != "anonymous" {
				s.Anonymous = decided(false, value)
			}
			if hidden {
				s.Anonymous = undecided[bool](value, "the user isn't known")
			}
		case "--pass":
			s.Anonymous = decided(false, value)
			if !hidden && value.S != "" {
				s.Credentials = append(s.Credentials, Credential{Kind: PlainPassword, At: value.Span()})
			}
		case "--auth-proxy":
			s.Anonymous = undecided[bool](a, "another program decides who may log in")
		case "--read-only":
			s.AnonymousUpload = decided(false, a)
		case "--cert":
			s.TLS = decided(TLSOptional, a)
			s.ObsoleteTLS = unknown[bool](Span{}, "which TLS versions rclone accepts depends on its version")
		case "--addr":
			s.ListenPorts = undecided[[]int](value, "the port isn't known")
			s.Loopback = Setting[bool]{}
			if address, port, err := net.SplitHostPort(value.S); err == nil {
				s.Loopback = decided(IsLoopback(address), value)
				if strings.Contains(address, host.Hole) {
					s.Loopback = loopback(value)
				}
				if n, err := strconv.ParseUint(port, 10, 16); err == nil {
					s.ListenPorts = decided([]int{int(n)}, value)
				}
			}
		case "--passive-port":
			s.PassivePorts = undecided[PortRange](value, "the value is no range of ports")
			if p, ok := parseRange(strings.Split(value.S, "-")); ok {
				s.PassivePorts = decided(p, value)
			}
		}
	}
	for i := range s.Credentials {
		s.Credentials[i].User = strings.ReplaceAll(user, host.Hole, "")
	}
	s.AnonymousUpload = allOf(s.Anonymous, s.AnonymousUpload)
	return s
}
