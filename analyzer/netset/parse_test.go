package netset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// A parseCase without want is an error.
type parseCase struct{ in, want string }

func testParse[S netset.Set[S]](t *testing.T, parse func(string) (S, error), cases []parseCase) {
	t.Helper()
	for _, c := range cases {
		got, err := parse(c.in)
		switch {
		case c.want != "" && err != nil:
			t.Errorf("%q: %v", c.in, err)
		case c.want != "" && got.String() != c.want:
			t.Errorf("%q: got %v, want %s", c.in, got, c.want)
		case c.want == "" && err == nil:
			t.Errorf("%q: got %v, want an error", c.in, got)
		case c.want == "" && (!strings.Contains(err.Error(), fmt.Sprintf("%q", c.in)) || !got.Empty()):
			t.Errorf("%q: got %v and error %q, which must name the input", c.in, got, err)
		}
	}
}

func TestParseSource(t *testing.T) {
	testParse(t, netset.ParseSource, []parseCase{
		{"10.0.0.0/8", "10.0.0.0/8"},
		{" 10.1.2.3/8\n", "10.0.0.0/8"},
		{"10.1.2.3", "10.1.2.3/32"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"::/0", "::/0"},
		{"2001:DB8::1/32", "2001:db8::/32"},
		{"2001:db8::1", "2001:db8::1/128"},
		{"::ffff:10.1.2.3", "10.1.2.3/32"},
		{"::ffff:10.1.2.3/104", "10.0.0.0/8"},
		{"", ""},
		{" ", ""},
		{"/", ""},
		{"/0", ""},
		{"10.0.0.0/", ""},
		{"10.0.0.0/33", ""},
		{"10.0.0.0/-1", ""},
		{"10.0.0/8", ""},
		{"010.0.0.0/8", ""},
		{"10.0.0.0/8/8", ""},
		{"fe80::1%eth0", ""},
		{"fe80::1%eth0/64", ""},
		{"::/129", ""},
		{"10.0.0.0 /8", ""},
		{"10.0.0.0/8, 11.0.0.0/8", ""},
		{"sg-0123456789abcdef0", ""},
		{"*", ""},
	})
}

func TestParseProtocol(t *testing.T) {
	testParse(t, netset.ParseProtocol, []parseCase{
		{"tcp", "tcp"},
		{"TCP", "tcp"},
		{" Udp ", "udp"},
		{"6", "tcp"},
		{"0", "hopopt"},
		{"255", "255"},
		{"icmp", "icmp"},
		{"ICMPv6", "icmpv6"},
		{"ipv6-icmp", "icmpv6"},
		{"icmp6", "icmpv6"},
		{"esp", "esp"},
		{"ah", "ah"},
		{"gre", "gre"},
		{"sctp", "sctp"},
		{"udp-lite", "udplite"},
		{"ospfigp", "ospf"},
		{"-1", "all"},
		{"all", "all"},
		{"Any", "all"},
		{"*", "all"},
		{"", ""},
		{" ", ""},
		{"256", ""},
		{"-2", ""},
		{"+6", ""},
		{"6.0", ""},
		{"0x6", ""},
		{"tcp,udp", ""},
		{"http", ""},
	})
}

func TestParsePorts(t *testing.T) {
	testParse(t, netset.ParsePorts, []parseCase{
		{"21", "21"},
		{" 21 ", "21"},
		{"0", "0"},
		{"65535", "65535"},
		{"20-22", "20-22"},
		{"20 - 22", "20-22"},
		{"1/65535", "1-65535"},
		{"1:100", "1-100"},
		{"0-65535", "all"},
		{"80,443", "80, 443"},
		{"80-90, 91", "80-91"},
		{"21,*", "all"},
		{"*", "all"},
		{"any", "all"},
		{"ALL", "all"},
		{"-1", "all"},
		{"-1/-1", "all"},
		{"22/22", "22"},
		{"", ""},
		{" ", ""},
		{",", ""},
		{"80,", ""},
		{"65536", ""},
		{"20-65536", ""},
		{"22-20", ""},
		{"-2", ""},
		{"-1-5", ""},
		{"5-", ""},
		{"1-2-3", ""},
		{"1/2/3", ""},
		{"+21", ""},
		{"0x15", ""},
		{"21.0", ""},
		{"ftp", ""},
		{"-1/5", ""},
	})
}

func FuzzParseSource(f *testing.F) {
	for _, seed := range []string{"10.1.2.3/8", "::1", "::ffff:10.0.0.0/100", "fe80::1%eth0", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := netset.ParseSource(in)
		if err != nil {
			return
		}
		checkParsed(t, in, got, netset.ParseSource)
	})
}

func FuzzParseProtocol(f *testing.F) {
	for _, seed := range []string{"tcp", "-1", "58", "IPv6-ICMP", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := netset.ParseProtocol(in)
		if err != nil {
			return
		}
		checkParsed(t, in, got, netset.ParseProtocol)
	})
}

func FuzzParsePorts(f *testing.F) {
	for _, seed := range []string{"21", "20-22, 80", "1/65535", "-1/-1", "1:2,*", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := netset.ParsePorts(in)
		if err != nil {
			return
		}
		checkParsed(t, in, got, netset.ParsePorts)
	})
}

// checkParsed checks what holds for every text that parses: the set is not
// empty, and its own text means the same.
func checkParsed[S netset.Set[S]](t *testing.T, in string, got S, parse func(string) (S, error)) {
	t.Helper()
	if err := netset.Canonical(got); err != nil || got.Empty() {
		t.Fatalf("%q: %v: %v", in, got, err)
	}
	again, err := parse(got.String())
	if err != nil || !again.Equal(got) {
		t.Fatalf("%q: %v came back as %v: %v", in, got, again, err)
	}
}
