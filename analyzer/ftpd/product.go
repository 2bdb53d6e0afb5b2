package ftpd

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// product is everything that is known of an FTP server. Each has a file of its own.
type product struct {
	software Software
	// host is the contents of its packages. Its Names are packages that contain the server itself.
	host host.Package
	// images are its container images with known settings; imageWords are parts of the names of other images.
	images     []image
	imageWords []string
	// read returns the servers of the product on a machine.
	read func(m *host.Machine, on presence) []Server
	// accounts is true if the machine's accounts may log in with their passwords.
	accounts bool
	fixes    Fixes
	// release is the newest known release; zero without one.
	release Release
}

// Fixes are sentences that say how to change what a rule asks about. They may be empty.
type Fixes struct{ Anonymous, TLS, ObsoleteTLS, Passive string }

// products lists the servers. Servers of one machine are reported in this order.
func products() []product {
	return []product{
		vsftpd(), proFTPD(), pureFTPd(),
		fileZilla(), iisFTP(),
		pyFTPdlib(), busyBox(), rclone(), sftpGo(), openSSH(), twisted(), others(),
	}
}

// FixesOf returns how the settings of a server are changed.
func FixesOf(s Software) Fixes {
	for _, p := range products() {
		if p.software == s {
			return p.fixes
		}
	}
	return Fixes{}
}

// catalog returns the contents of the packages of all products.
func catalog() host.Catalog {
	var c host.Catalog
	for _, p := range products() {
		c = append(c, p.host)
	}
	return c
}

// presence is how a product is on a machine.
type presence struct {
	// name and version are those of its package; empty without a package.
	name, version string
	// install is how the package was installed, if installed is set.
	install   host.Install
	installed bool
	// runs are the commands that run the server with arguments of their own.
	runs []host.Run
	// there is true if something perhaps installs, starts or runs it. present says what is known of that.
	there   bool
	present Setting[bool]
}

const notInstalled = "the text holds the configuration, but installs no server"

// on returns how the product is on a machine.
func (p product) on(m *host.Machine) presence {
	var on presence
	on.install, on.installed = m.Installed(p.host.Names...)
	on.name, on.version = on.install.Name, on.install.Version
	service, told := m.Service(p.host.Units...)
	started := told && !service.Off
	for _, r := range m.Runs {
		if slices.Contains(p.host.Programs, r.Program) && m.Spend(serverSteps) {
			on.runs = append(on.runs, r)
		}
	}
	certain := on.installed && on.install.Maybe == ""
	on.there = on.installed || started || len(on.runs) > 0
	switch {
	case certain && len(p.host.Units) > 0 && m.Family.Starts() && forbidden(m):
		on.present = undecided[bool](on.install.By, "/usr/sbin/policy-rc.d forbids that packages start their services")
	case certain && (m.Family.Starts() || len(p.host.Units) == 0):
		on.present = decided(true, on.install.By)
	case started && service.Maybe == "":
		on.present = decided(true, service.By)
	case len(on.runs) > 0 && on.runs[0].Maybe == "":
		on.present = decided(true, on.runs[0].By)
	case on.installed && !certain:
		on.present = undecided[bool](on.install.By, on.install.Maybe)
	case started:
		on.present = undecided[bool](service.By, service.Maybe)
	case len(on.runs) > 0:
		on.present = undecided[bool](on.runs[0].By, on.runs[0].Maybe)
	case on.installed:
		on.present = undecided[bool](on.install.By, "the package doesn't start the service on "+m.Family.String()+", and nothing in the text does")
	default:
		on.present = unknown[bool](Span{}, notInstalled)
	}
	if told && service.Off {
		on.present = undecided[bool](service.By, "the service is stopped or disabled")
	}
	return on
}

// forbidden reports whether the texts forbid Debian's packages to start services, as images of containers do: invoke-rc.d(8).
func forbidden(m *host.Machine) bool {
	lines, written := m.Written("/usr/sbin/policy-rc.d")
	return written && slices.ContainsFunc(lines, func(l host.Line) bool { return l.Doubt == "" && strings.TrimSpace(l.S) == "exit 101" })
}

// set completes a server by what is known of the machine.
func (on presence) set(s *Server, config string) {
	s.Config, s.Version = config, on.version
	s.Installed = on.installed && on.install.Maybe == ""
	if s.Name == "" {
		s.Name = on.name
	}
	if s.Present.State != Unknown {
		s.Present = on.present
	}
}

// shipped returns a file of a package.
func shipped(family host.Family, path, source string, lines string) host.ShippedFile {
	return host.ShippedFile{Family: family, Path: path, Source: source, Lines: lines}
}

// unseen returns a file of a package whose lines aren't known here.
func unseen(family host.Family, path string) host.ShippedFile {
	return host.ShippedFile{Family: family, Path: path}
}
