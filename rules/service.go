package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Service is an entry of the port catalogue.
type Service struct {
	// Name is how --port names the service and what its rule IDs start with.
	Name string
	// Label is the service in prose.
	Label string
	// Port is its TCP port.
	Port int
	// Why says in a clause what is at stake when everyone reaches the port.
	Why string
}

// Services returns the catalogue in the order of the ports.
func Services() []Service {
	return []Service{
		{"ftp-data", "FTP data", 20, "the data channel of active FTP, in clear text"},
		{"ftp", "FTP", 21, "passwords and files in clear text, and often anonymous access"},
		{"ssh", "SSH", 22, "remote administration, a constant target of password guessing"},
		{"telnet", "Telnet", 23, "remote administration in clear text"},
		{"smb", "SMB", 445, "Windows file sharing, the way of many worms"},
		{"ftps-data", "FTPS data", 989, "the data channel of implicit FTPS"},
		{"ftps", "FTPS", 990, "file transfer with the TLS of another age"},
		{"mssql", "Microsoft SQL Server", 1433, "a database"},
		{"oracle", "Oracle Database", 1521, "a database"},
		{"docker", "Docker API", 2375, "control of the host without a password"},
		{"mysql", "MySQL", 3306, "a database"},
		{"rdp", "RDP", 3389, "remote desktops, a constant target of password guessing"},
		{"postgresql", "PostgreSQL", 5432, "a database"},
		{"vnc", "VNC", 5900, "remote desktops with weak passwords"},
		{"redis", "Redis", 6379, "a data store that by default asks no password"},
		{"elasticsearch", "Elasticsearch", 9200, "a data store that often asks no password"},
		{"memcached", "memcached", 11211, "a cache that asks no password"},
		{"mongodb", "MongoDB", 27017, "a database"},
	}
}

// Parse reads what a user names a port by: a number, a range of numbers with a dash, or the name of a service.
func Parse(s string) (reach.Port, error) {
	services := Services()
	if i := slices.IndexFunc(services, func(e Service) bool { return strings.EqualFold(e.Name, s) }); i >= 0 {
		return portOf(services[i]), nil
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n <= 65535 {
		if i := slices.IndexFunc(services, func(e Service) bool { return e.Port == n }); i >= 0 {
			return portOf(services[i]), nil
		}
	}
	ports, err := netset.ParsePorts(s)
	if first, last := s[:min(1, len(s))], s[max(0, len(s)-1):]; err == nil && isDigit(first) && isDigit(last) &&
		strings.Trim(s, "0123456789-") == "" {
		return reach.Port{Service: "port-" + s, Label: "port " + s, Protocol: netset.TCP, Ports: ports}, nil
	}
	if near := nearest(s, services); near != "" {
		return reach.Port{}, fmt.Errorf("unknown port %q; did you mean %s?", s, near)
	}
	return reach.Port{}, fmt.Errorf("unknown port %q; it must be a number up to 65535, a range like 20-22, or the name of a service (see tfreach rules)", s)
}

func isDigit(s string) bool { return s >= "0" && s <= "9" }

func portOf(e Service) reach.Port {
	return reach.Port{Service: e.Name, Label: e.Label, Protocol: netset.TCP, Ports: netset.Port(e.Port)}
}

// nearest returns the name of the service that s looks like a slip of, or nothing.
func nearest(s string, services []Service) string {
	best, name := 3, ""
	for _, e := range services {
		if d := levenshtein.Distance(strings.ToLower(s), e.Name, nil); d < best {
			best, name = d, e.Name
		}
	}
	return name
}
