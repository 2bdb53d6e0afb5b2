package netset

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ParseSource reads one network, as a prefix like "10.0.0.0/8" or as a single
// address, of either IP family. Host bits are ignored, and so is space around
// it. A zone is an error, because it has a meaning only on one host.
func ParseSource(s string) (Prefixes, error) {
	text := strings.TrimSpace(s)
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return Prefixes{}, fmt.Errorf("%q is not a network: it must be an address, a slash and a prefix length", s)
		}
		return Prefix(p), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return Prefixes{}, fmt.Errorf("%q is neither an IP address nor a network", s)
	}
	if a.Zone() != "" {
		return Prefixes{}, fmt.Errorf("%q has a zone, which means nothing to other hosts", s)
	}
	return AddressRange(a, a), nil
}

// ParseProtocol reads one IP protocol, as a decimal number from 0 to 255 or as a
// name in any case, or all of them as "-1", "all", "any" or "*". Names mean what
// they do in
// https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml, with
// the usual short forms of the long ones.
func ParseProtocol(s string) (Protocols, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	if isAll(text) {
		return AllProtocols(), nil
	}
	if n, err := strconv.ParseUint(text, 10, 8); err == nil {
		return Protocol(uint8(n)), nil
	}
	switch text {
	case "":
		return Protocols{}, fmt.Errorf("%q is not an IP protocol", s)
	case "ipv6-icmp", "icmp6":
		text = "icmpv6"
	case "ospfigp":
		text = "ospf"
	case "udp-lite":
		text = "udplite"
	}
	for n := range 256 {
		if protocolName(uint8(n)) == text {
			return Protocol(uint8(n)), nil
		}
	}
	return Protocols{}, fmt.Errorf("%q is not an IP protocol: it must be a name like tcp, a number from 0 to 255, or -1 for all", s)
}

// ParsePorts reads ports in the ways that providers write them: a number, a
// range like "20-22", "20/22" or "20:22", several of those between commas, or
// all ports as "*", "any", "all", "-1" or "-1/-1". Space around numbers is
// ignored. An empty text is an error, because what absence means depends on who
// is asked.
func ParsePorts(s string) (Ports, error) {
	items := strings.Split(s, ",")
	sets := make([]Ports, 0, len(items))
	for _, item := range items {
		ports, err := parsePortRange(item)
		if err != nil {
			return Ports{}, fmt.Errorf("ports %q: %w", s, err)
		}
		sets = append(sets, ports)
	}
	return UnionAll(sets...), nil
}

func parsePortRange(s string) (Ports, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	if isAll(text) || text == "-1/-1" {
		return AllPorts(), nil
	}
	first, last := text, text
	if i := strings.IndexAny(text, "-/:"); i >= 0 {
		first, last = strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
	}
	lo, err := parsePort(first)
	if err != nil {
		return Ports{}, err
	}
	hi, err := parsePort(last)
	if err != nil {
		return Ports{}, err
	}
	if lo > hi {
		return Ports{}, fmt.Errorf("range %q is reversed", text)
	}
	return PortRange(lo, hi), nil
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a port from 0 to 65535", s)
	}
	return int(n), nil
}

func isAll(text string) bool {
	switch text {
	case "-1", "all", "any", "*":
		return true
	default:
		return false
	}
}
