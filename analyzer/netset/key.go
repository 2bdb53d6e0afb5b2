package netset

import "encoding/binary"

// Key stands for a set of type S in the keys of maps: two sets have the same key
// exactly if they are equal. It says nothing to people.
type Key[S any] struct{ form string }

// Key returns the key of the ports.
func (p Ports) Key() Key[Ports] { return Key[Ports]{string(p.set.form(nil, appendPort))} }

// Key returns the key of the protocols.
func (p Protocols) Key() Key[Protocols] {
	return Key[Protocols]{string(p.set.form(nil, appendProtocol))}
}

// Key returns the key of the addresses.
func (p Prefixes) Key() Key[Prefixes] { return Key[Prefixes]{string(p.form(nil))} }

// Key returns the key of the traffic.
func (t Traffic) Key() Key[Traffic] {
	onPorts := func(b []byte, p pieces[number16, Prefixes]) []byte { return p.form(b, appendPort, appendPrefixes) }
	return Key[Traffic]{string(t.sources.form(nil, appendProtocol, onPorts))}
}

func appendProtocol(b []byte, n number8) []byte  { return append(b, byte(n)) }
func appendPort(b []byte, n number16) []byte     { return binary.BigEndian.AppendUint16(b, uint16(n)) }
func appendPrefixes(b []byte, p Prefixes) []byte { return p.form(b) }

func (p Prefixes) form(b []byte) []byte {
	b = p.v4().form(b, func(b []byte, n number32) []byte { return binary.BigEndian.AppendUint32(b, uint32(n)) })
	return p.v6().form(b, func(b []byte, n uint128) []byte {
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, n.hi), n.lo)
	})
}

// form appends the set: how many flips it has, and each of them at a fixed width.
// Sets are canonical, so equal ones have the same form.
func (s set[T]) form(b []byte, point func([]byte, T) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	for _, flip := range s {
		b = point(b, flip)
	}
	return b
}

// form appends the function: how many steps it has, and each of them.
func (p pieces[K, V]) form(b []byte, point func([]byte, K) []byte, value func([]byte, V) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(p)))
	for _, s := range p {
		b = value(point(b, s.from), s.value)
	}
	return b
}

// Append appends the key to bytes that make up a greater key, so that nothing that
// follows can be mistaken for a part of it.
func (k Key[S]) Append(b []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(k.form))), k.form...)
}
