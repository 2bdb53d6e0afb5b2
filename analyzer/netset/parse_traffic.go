package netset

import (
	"fmt"
	"strings"
)

// ParseTraffic reads what [Traffic.String] writes for traffic that has one protocol, or all, in each of its boxes, as
// that to a port has: "tcp 20-22 from 10.0.0.0/8, ::/0; udp from 10.0.0.0/8".
func ParseTraffic(s string) (Traffic, error) {
	var all []Traffic
	for text := range strings.SplitSeq(s, "; ") {
		head, from, ok := strings.Cut(text, " from ")
		if !ok {
			return Traffic{}, fmt.Errorf("traffic %q: %q has no sources", s, text)
		}
		name, list, limited := strings.Cut(head, " ")
		protocols, err := ParseProtocol(name)
		if err != nil {
			return Traffic{}, fmt.Errorf("traffic %q: %w", s, err)
		}
		ports := AllPorts()
		if limited {
			if ports, err = ParsePorts(list); err != nil {
				return Traffic{}, fmt.Errorf("traffic %q: %w", s, err)
			}
		}
		var sources []Prefixes
		for source := range strings.SplitSeq(from, ",") {
			p, err := ParseSource(source)
			if err != nil {
				return Traffic{}, fmt.Errorf("traffic %q: %w", s, err)
			}
			sources = append(sources, p)
		}
		all = append(all, Product(UnionAll(sources...), protocols, ports))
	}
	return UnionAll(all...), nil
}
