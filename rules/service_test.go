package rules_test

import (
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/tfreach/tfreach/rules"
)

func TestServices(t *testing.T) {
	seen := map[string]bool{}
	name := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	last := 0
	for _, s := range rules.Services() {
		if seen[s.Name] || !name.MatchString(s.Name) || s.Label == "" || s.Why == "" {
			t.Errorf("%+v: the name is taken or malformed, or the label or the reason is missing", s)
		}
		seen[s.Name] = true
		if !slices.IsSorted(s.Ports) || s.Ports[0] < last && s.Ports[0] < 1024 {
			t.Errorf("%s: its ports %v are not in order", s.Name, s.Ports)
		}
		last = s.Ports[0]
		p, err := rules.Parse(s.Name)
		if err != nil || p.Service != s.Name || p.Protocol != s.Protocol {
			t.Errorf("%s: it parses as %+v, %v", s.Name, p, err)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ in, service, port string }{
		{"21", "ftp", "TCP 21"},
		{"FTP", "ftp", "TCP 21"},
		{"53", "dns-tcp", "TCP 53"},
		{"dns", "dns", "UDP 53"},
		{"oracle", "oracle", "TCP 1521-1522, 2483-2484"},
		{"1521", "port-1521", "TCP 1521"}, // only one of the ports of Oracle
		{"2222", "port-2222", "TCP 2222"},
		{"20-22", "port-20-22", "TCP 20-22"},
	} {
		p, err := rules.Parse(test.in)
		if err != nil || p.Service != test.service || p.String() != test.port {
			t.Errorf("%s: got %s, %v, %v; want %s, %s", test.in, p.Service, p, err, test.service, test.port)
		}
	}
	for _, in := range []string{"", "fpt", "65536", "22-20", "tcp/21", strconv.Itoa(1 << 40)} {
		if p, err := rules.Parse(in); err == nil {
			t.Errorf("%q: got %+v, want an error", in, p)
		}
	}
}
