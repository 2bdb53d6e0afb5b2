package ftpd

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/host"
)

// product is all that is known of an FTP server. Each has a file of its own.
type product struct {
	software Software
	// host is what its packages bring. Names are those of packages that bring the server itself.
	host host.Package
	// images are container images of it whose settings are known; imageWords are parts of the names of others.
	images     []image
	imageWords []string
	// read returns the servers that it is on a machine.
	read func(m *host.Machine, on presence) []Server
	// accounts says that the machine's accounts may log in with their passwords.
	accounts bool
	fixes    Fixes
	// release is the newest that is known; zero if none is.
	release Release
}

// Fixes say in a sentence each how to change what a rule asks about. They may be empty.
type Fixes struct{ Anonymous, TLS, ObsoleteTLS, Passive string }

// products lists the servers, in the order in which those of one machine are told.
func products() []product {
	return []product{
		vsftpd(), proFTPD(), pureFTPd(),
		fileZilla(), iisFTP(),
		pyFTPdlib(), busyBox(), rclone(), sftpGo(), openSSH(), others(),
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

// catalog returns what the packages of all products bring.
func catalog() host.Catalog {
	var c host.Catalog
	for _, p := range products() {
		c = append(c, p.host)
	}
	return c
}

// presence says how a product is on a machine.
type presence struct {
	// name and version are those of its package; empty without.
	name, version string
	// install is how the package came, if installed is set.
	install   host.Install
	installed bool
	// runs are the commands that run the server with arguments of their own.
	runs []host.Run
	// there says that something installs, starts or runs it, perhaps, and present what is known of that.
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

// set fills in what the machine knows of a server.
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

// shipped makes the files that packages bring.
func shipped(family host.Family, path, source string, lines string) host.ShippedFile {
	return host.ShippedFile{Family: family, Path: path, Source: source, Lines: lines}
}

// unseen is the file of a package whose lines aren't known here.
func unseen(family host.Family, path string) host.ShippedFile {
	return host.ShippedFile{Family: family, Path: path}
}
