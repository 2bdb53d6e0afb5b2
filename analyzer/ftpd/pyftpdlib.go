package ftpd

import (
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// PyFTPdlib is Giampaolo Rodolà's pyftpdlib when its module is run as a program.
const PyFTPdlib Software = "pyftpdlib"

func pyFTPdlib() product {
	return product{
		software: PyFTPdlib,
		host: host.Package{
			Names: []string{"python3-pyftpdlib", "python-pyftpdlib", "pyftpdlib"}, Own: map[string]host.Family{"python3-pyftpdlib": host.Debian},
			Programs: []string{"pyftpdlib"},
		},
		imageWords: []string{"pyftpd"},
		read:       pyFTPdlibOn,
		fixes: Fixes{
			Anonymous: "Give a user with -u and -P.",
			TLS:       "Run it with --tls, --tls-control-required and --tls-data-required.",
			Passive:   "Give a small range with -r.",
		},
	}
}

// pyFTPdlibOn returns the servers that run, or an unknown server if only the library is installed.
func pyFTPdlibOn(m *host.Machine, on presence) []Server {
	var servers []Server
	for _, r := range on.runs {
		s := readPyFTPdlib(r)
		s.Present = decided(true, r.By)
		if r.Maybe != "" {
			s.Present = undecided[bool](r.By, r.Maybe)
		}
		s.Version = on.version
		servers = append(servers, s)
	}
	if on.there && len(servers) == 0 {
		s := unreadServer(PyFTPdlib, "what program uses the library isn't in the text")
		on.set(&s, "")
		servers = append(servers, s)
	}
	return servers
}

// pyDefault is the source of the defaults: python3 -m pyftpdlib --help, and pyftpdlib/__main__.py.
const pyDefault = "pyftpdlib's default"

// readPyFTPdlib reads the command line of python3 -m pyftpdlib. By default, anonymous users may read the current folder on port
// 2121.
func readPyFTPdlib(r host.Run) Server {
	s := Server{
		Software: PyFTPdlib, Anonymous: defaultOf(true, pyDefault), AnonymousUpload: defaultOf(false, pyDefault),
		LocalLogin: defaultOf(false, pyDefault), TLS: defaultOf(TLSNone, pyDefault), ObsoleteTLS: defaultOf(false, pyDefault),
		ListenPorts: defaultOf([]int{2121}, pyDefault), PassivePorts: defaultOf(anyPassive(), pyDefault),
	}
	required := map[string]bool{}
	user := ""
	for i := 0; i < len(r.Args); i++ {
		a := r.Args[i]
		name, inline, hasInline := strings.Cut(a.S, "=")
		value := func() host.Text {
			switch {
			case hasInline:
				return a.Sub(len(a.S)-len(inline), len(a.S))
			case i+1 < len(r.Args):
				i++
				return r.Args[i]
			}
			return host.Text{}
		}
		switch {
		case strings.HasPrefix(a.S, host.Hole):
			return unreadRun(PyFTPdlib, a)
		case name == "-w" || name == "--write":
			s.AnonymousUpload = decided(true, a)
		case name == "-p" || name == "--port":
			v := value()
			s.ListenPorts = undecided[[]int](v, "the port isn't known")
			if n, err := strconv.ParseUint(v.S, 10, 16); err == nil {
				s.ListenPorts = decided([]int{int(n)}, v)
			}
		case name == "-u" || name == "--username":
			v := value()
			user = v.S
			s.Anonymous = decided(false, v)
			s.AnonymousUpload = s.Anonymous
		case name == "-P" || name == "--password":
			if v := value(); v.S != "" && !strings.Contains(v.S, host.Hole) {
				s.Credentials = append(s.Credentials, Credential{Kind: PlainPassword, At: v.Span()})
			}
		case name == "-i" || name == "--interface":
			s.Loopback = loopback(value())
		case name == "-r" || name == "--range":
			v := value()
			s.PassivePorts = undecided[PortRange](v, "the value is no range of ports")
			if p, ok := parseRange(strings.Split(v.S, "-")); ok {
				s.PassivePorts = decided(p, v)
			}
		case name == "--tls":
			s.TLS = decided(TLSOptional, a)
			s.ObsoleteTLS = unknown[bool](Span{}, "which TLS versions pyftpdlib accepts depends on its version")
		case strings.HasPrefix(name, "--tls-") && strings.HasSuffix(name, "-required"):
			required[name] = true
		}
	}
	switch {
	case s.TLS.Value != TLSOptional || !required["--tls-control-required"]:
	case required["--tls-data-required"]:
		s.TLS.Value = TLSRequired
	default:
		s.TLS.Value = TLSLogin
	}
	for i := range s.Credentials {
		s.Credentials[i].User = strings.ReplaceAll(user, host.Hole, "")
	}
	return s
}

// unreadRun returns a server whose command line is known only in part.
func unreadRun(software Software, by host.Text) Server {
	s := Server{Software: software}
	for _, f := range s.fields() {
		f.doubt(by.Span(), "an argument isn't known")
	}
	return s
}
