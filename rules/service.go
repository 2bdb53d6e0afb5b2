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
	// Name is the service's name for --port, and the beginning of its rules' IDs.
	Name string
	// Label is the service in prose.
	Label string
	// Protocol is the IP protocol, netset.TCP or netset.UDP.
	Protocol uint8
	// Ports are judged together.
	Ports []int
	// Why is a clause that says what is at stake when everyone reaches the ports.
	Why string
}

// Port returns the ports to judge for the service.
func (s Service) Port() reach.Port {
	var ports netset.Ports
	for _, n := range s.Ports {
		ports = ports.Union(netset.Port(n))
	}
	return reach.Port{Service: s.Name, Label: s.Label, Protocol: s.Protocol, Ports: ports}
}

// Services returns the catalogue in the order of the first ports: those that AWS Config (restricted-common-ports), AWS
// Security Hub (EC2.13 to EC2.21), the CIS benchmarks and other scanners call sensitive, and those of FTP's kin.
func Services() []Service {
	const tcp, udp = netset.TCP, netset.UDP
	return []Service{
		{"ftp-data", "FTP data", tcp, []int{20}, "the data channel of active FTP, in clear text"},
		{"ftp", "FTP", tcp, []int{21}, "passwords and files in clear text, and often anonymous access"},
		{"ssh", "SSH", tcp, []int{22}, "remote administration, a constant target of password guessing"},
		{"telnet", "Telnet", tcp, []int{23}, "remote administration in clear text"},
		{"smtp", "SMTP", tcp, []int{25}, "mail that others can relay through"},
		{"dns", "DNS", udp, []int{53}, "a resolver that amplifies attacks on others"},
		{"dns-tcp", "DNS over TCP", tcp, []int{53}, "zone transfers, and a resolver for anyone"},
		{"http", "HTTP", tcp, []int{80}, "web traffic in clear text"},
		{"pop3", "POP3", tcp, []int{110}, "mailboxes with passwords in clear text"},
		{"simple-ftp", "Simple FTP", tcp, []int{115}, "file transfer in clear text, long obsolete"},
		{"rpc", "Microsoft RPC", tcp, []int{135}, "the endpoint mapper of Windows, the way of many worms"},
		{"netbios-ns", "NetBIOS name service", udp, []int{137}, "names of Windows machines, and an amplifier of attacks"},
		{"netbios-dgm", "NetBIOS datagrams", udp, []int{138}, "messages between Windows machines"},
		{"netbios", "NetBIOS sessions", tcp, []int{139}, "Windows file sharing of old"},
		{"imap", "IMAP", tcp, []int{143}, "mailboxes with passwords in clear text"},
		{"snmp", "SNMP", udp, []int{161}, "what devices tell anyone who knows a common word"},
		{"ldap", "LDAP", tcp, []int{389}, "a directory of users in clear text"},
		{"https", "HTTPS", tcp, []int{443}, "a web server, often meant to be reached"},
		{"smb", "SMB", tcp, []int{445}, "Windows file sharing, the way of many worms"},
		{"ldaps", "LDAP over TLS", tcp, []int{636}, "a directory of users"},
		{"rsync", "rsync", tcp, []int{873}, "files that often ask no password"},
		{"ftps-data", "FTPS data", tcp, []int{989}, "the data channel of implicit FTPS"},
		{"ftps", "FTPS", tcp, []int{990}, "file transfer with the TLS of another age"},
		{"mssql", "Microsoft SQL Server", tcp, []int{1433}, "a database"},
		{"mssql-admin", "SQL Server administration", tcp, []int{1434}, "the administrator's own connection to a database"},
		{"mssql-browser", "SQL Server Browser", udp, []int{1434}, "what databases there are, once the way of a worm"},
		{"oracle", "Oracle Database", tcp, []int{1521, 1522, 2483, 2484}, "a database"},
		{"nfs", "NFS", tcp, []int{2049}, "files of machines that trust each other's addresses"},
		{"docker", "Docker API", tcp, []int{2375, 2376}, "control of the host, without a password on the first port"},
		{"etcd", "etcd", tcp, []int{2379, 2380}, "all that a Kubernetes cluster knows, secrets included"},
		{"ssas", "SQL Server Analysis Services", tcp, []int{2382, 2383}, "a database for reports"},
		{"mysql", "MySQL", tcp, []int{3306}, "a database"},
		{"rdp", "RDP", tcp, []int{3389}, "remote desktops, a constant target of password guessing"},
		{"msql", "mSQL", tcp, []int{4333}, "a database of old"},
		{"saltstack", "Salt master", tcp, []int{4505, 4506}, "control of all machines that obey it"},
		{"postgresql", "PostgreSQL", tcp, []int{5432}, "a database"},
		{"kibana", "Kibana", tcp, []int{5601}, "all that is in its Elasticsearch"},
		{"vnc", "VNC", tcp, []int{5500, 5900}, "remote desktops with weak passwords"},
		{"winrm", "WinRM", tcp, []int{5985, 5986}, "remote administration of Windows"},
		{"redis", "Redis", tcp, []int{6379}, "a data store that by default asks no password"},
		{"kubernetes", "Kubernetes API", tcp, []int{6443}, "control of a cluster"},
		{"cassandra", "Cassandra", tcp, []int{7000, 7001, 7199, 9042, 9160, 61620, 61621}, "a database, its nodes and their administration"},
		{"http-alt", "Web applications", tcp, []int{3000, 5000, 8000, 8080, 8888}, "consoles and development servers, seldom meant for everyone"},
		{"hadoop", "Hadoop", tcp, []int{8020, 8088, 9000, 50070, 50470}, "files of a cluster, and jobs that anyone may run"},
		{"puppet", "Puppet", tcp, []int{8140}, "the configuration of all machines that obey it"},
		{"prometheus", "Prometheus", tcp, []int{9090}, "what is known of all machines that it watches"},
		{"kafka", "Kafka", tcp, []int{9092}, "streams of messages that often ask no password"},
		{"elasticsearch", "Elasticsearch", tcp, []int{9200, 9300}, "a data store that often asks no password"},
		{"kubelet", "Kubelet", tcp, []int{10250}, "commands in the containers of a node"},
		{"memcached", "memcached", tcp, []int{11211, 11214, 11215}, "a cache that asks no password"},
		{"memcached-udp", "memcached over UDP", udp, []int{11211}, "the strongest amplifier of attacks that is known"},
		{"mongodb", "MongoDB", tcp, []int{27017, 27018, 27019}, "a database that by default asked no password"},
	}
}

// Parse reads how a user names ports: a number, a range of numbers with a dash, or the name of a service. Numbers are TCP
// ports. The number of a service's only port means the service.
func Parse(s string) (reach.Port, error) {
	services := Services()
	if i := slices.IndexFunc(services, func(e Service) bool { return strings.EqualFold(e.Name, s) }); i >= 0 {
		return services[i].Port(), nil
	}
	if first, _, _ := strings.Cut(s, "-"); first != "" && strings.Trim(first, "0") == "" {
		return reach.Port{}, fmt.Errorf("%q: ports start at 1", s)
	}
	if n, err := strconv.Atoi(s); err == nil {
		only := func(e Service) bool { return e.Protocol == netset.TCP && slices.Equal(e.Ports, []int{n}) }
		if i := slices.IndexFunc(services, only); i >= 0 {
			return services[i].Port(), nil
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

// nearest returns the name of the service that s most likely misspells, or "".
func nearest(s string, services []Service) string {
	best, name := 3, ""
	for _, e := range services {
		if d := levenshtein.Distance(strings.ToLower(s), e.Name, nil); d < best {
			best, name = d, e.Name
		}
	}
	return name
}
