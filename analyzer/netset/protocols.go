package netset

import (
	"iter"
	"strconv"
	"strings"
	"sync"
)

// Numbers of IP protocols, from
// https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml.
const (
	ICMP    uint8 = 1
	TCP     uint8 = 6
	UDP     uint8 = 17
	DCCP    uint8 = 33
	GRE     uint8 = 47
	ESP     uint8 = 50
	AH      uint8 = 51
	ICMPv6  uint8 = 58
	SCTP    uint8 = 132
	UDPLite uint8 = 136
)

// Protocols is a set of IP protocol numbers, 0 to 255.
type Protocols struct{ set set[number8] }

// AllProtocols returns the protocols 0 to 255.
func AllProtocols() Protocols { return Protocols{whole[number8]()} }

// Protocol returns the set of one protocol.
func Protocol(n uint8) Protocols { return Protocols{interval(number8(n), number8(n))} }

// PortProtocols returns the protocols that have ports: TCP, UDP, DCCP, SCTP and
// UDP-Lite.
func PortProtocols() Protocols { return portProtocols() }

var portProtocols = sync.OnceValue(func() Protocols {
	return UnionAll(Protocol(TCP), Protocol(UDP), Protocol(DCCP), Protocol(SCTP), Protocol(UDPLite))
})

// hasPorts reports whether a protocol is one of PortProtocols.
func hasPorts(n uint8) bool {
	switch n {
	case TCP, UDP, DCCP, SCTP, UDPLite:
		return true
	}
	return false
}

// Contains reports whether protocol n is in the set.
func (p Protocols) Contains(n uint8) bool { return p.set.contains(number8(n)) }

// Intervals yields the first and the last number of each maximal interval, in
// ascending order.
func (p Protocols) Intervals() iter.Seq2[uint8, uint8] {
	return func(yield func(lo, hi uint8) bool) {
		for lo, hi := range p.set.intervals() {
			if !yield(uint8(lo), uint8(hi)) {
				return
			}
		}
	}
}

// Union returns the protocols of either set.
func (p Protocols) Union(o Protocols) Protocols { return Protocols{join(p.set, o.set)} }

// Intersect returns the protocols of both sets.
func (p Protocols) Intersect(o Protocols) Protocols { return Protocols{meet(p.set, o.set)} }

// Difference returns the protocols of p that o lacks.
func (p Protocols) Difference(o Protocols) Protocols { return Protocols{difference(p.set, o.set)} }

// Complement returns the protocols that p lacks.
func (p Protocols) Complement() Protocols { return Protocols{p.set.complement()} }

// Empty reports whether p has no protocol.
func (p Protocols) Empty() bool { return len(p.set) == 0 }

// Equal reports whether p and o have the same protocols.
func (p Protocols) Equal(o Protocols) bool { return p.set.equal(o.set) }

// SubsetOf reports whether o has all protocols of p.
func (p Protocols) SubsetOf(o Protocols) bool { return p.Difference(o).Empty() }

// Overlaps reports whether p and o have a protocol in common.
func (p Protocols) Overlaps(o Protocols) bool { return !p.Intersect(o).Empty() }

// String writes the protocols like "tcp, udp, 200-255"; "all" and "none" for the
// extremes. More than two neighbours are written as a range of numbers.
func (p Protocols) String() string {
	switch {
	case p.Empty():
		return "none"
	case p.set.full():
		return "all"
	}
	var parts []string
	for lo, hi := range p.Intervals() {
		switch hi - lo {
		case 0:
			parts = append(parts, protocolText(lo))
		case 1:
			parts = append(parts, protocolText(lo), protocolText(hi))
		default:
			parts = append(parts, strconv.Itoa(int(lo))+"-"+strconv.Itoa(int(hi)))
		}
	}
	return strings.Join(parts, ", ")
}

func protocolText(n uint8) string {
	if name := protocolName(n); name != "" {
		return name
	}
	return strconv.Itoa(int(n))
}

// protocolName returns the registered keyword in lower case, or "" for the
// protocols that firewall rules do not name.
func protocolName(n uint8) string {
	switch n {
	case 0:
		return "hopopt"
	case ICMP:
		return "icmp"
	case 2:
		return "igmp"
	case 4:
		return "ipv4"
	case TCP:
		return "tcp"
	case 8:
		return "egp"
	case 9:
		return "igp"
	case UDP:
		return "udp"
	case DCCP:
		return "dccp"
	case 41:
		return "ipv6"
	case 43:
		return "ipv6-route"
	case 44:
		return "ipv6-frag"
	case 46:
		return "rsvp"
	case GRE:
		return "gre"
	case ESP:
		return "esp"
	case AH:
		return "ah"
	case ICMPv6:
		return "icmpv6"
	case 59:
		return "ipv6-nonxt"
	case 60:
		return "ipv6-opts"
	case 88:
		return "eigrp"
	case 89:
		return "ospf"
	case 94:
		return "ipip"
	case 97:
		return "etherip"
	case 98:
		return "encap"
	case 103:
		return "pim"
	case 108:
		return "ipcomp"
	case 112:
		return "vrrp"
	case 113:
		return "pgm"
	case 115:
		return "l2tp"
	case SCTP:
		return "sctp"
	case UDPLite:
		return "udplite"
	case 137:
		return "mpls-in-ip"
	default:
		return ""
	}
}
