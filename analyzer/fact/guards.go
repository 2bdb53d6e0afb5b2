package fact

import (
	"encoding/binary"
	"strings"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// Guards keeps one guard for all guards with the same contents, so that what it admits is computed once for all machines that
// have it.
type Guards struct {
	shared map[guardKey]*Guard
	// rules numbers the rules that guards ask by themselves. Rules are told apart by identity, not by contents.
	rules map[*Ingress]uint64
}

// guardKey identifies a guard by every field of it.
type guardKey struct{ form string }

// Share returns the one guard that stands for all guards equal to g.
func (s *Guards) Share(g Guard) *Guard {
	if s.shared == nil {
		s.shared = map[guardKey]*Guard{}
	}
	key := s.key(&g)
	if old := s.shared[key]; old != nil {
		return old
	}
	s.shared[key] = &g
	return &g
}

func (s *Guards) key(g *Guard) guardKey {
	if s.rules == nil {
		s.rules = map[*Ingress]uint64{}
	}
	f := form{rules: s.rules}
	f.number(uint64(g.Direction))
	f.flag(g.Gaps.Others)
	f.flag(g.Gaps.Absent)
	f.flag(g.Gaps.Inside)
	switch by := g.By.(type) {
	case AnyOf:
		f.number(1)
		f.refs(by.Scopes)
	case OneOf:
		f.number(2)
		f.refs(by.Scopes)
	case InOrder:
		f.number(3)
		f.refs(by.Scopes)
		f.member(by.Member)
	case Rules:
		f.number(4)
		f.scope(by.Scope)
		f.ingress(by.Rules)
		f.member(by.Member)
	}
	switch sees := g.Sees.(type) {
	case nil:
		f.number(1)
	case Peer:
		f.number(2)
		f.flag(sees.Masks)
		f.addresses(sees.Within)
		f.scopes(sees.Groups)
		f.scopes(sees.Perhaps)
		f.flag(sees.Others)
	case Proxy:
		f.number(3)
	}
	return guardKey{string(f.bytes)}
}

// form encodes values one after the other, without ambiguity.
type form struct {
	bytes []byte
	rules map[*Ingress]uint64
}

func (f *form) number(n uint64) { f.bytes = binary.AppendUvarint(f.bytes, n) }

func (f *form) flag(b bool) {
	if b {
		f.number(1)
	} else {
		f.number(0)
	}
}

func (f *form) text(s string) {
	f.number(uint64(len(s)))
	f.bytes = append(f.bytes, s...)
}

func (f *form) addresses(p netset.Prefixes) { f.bytes = p.Key().Append(f.bytes) }

func (f *form) scope(s ScopeID) {
	f.text(s.Kind)
	f.text(s.Name)
}

func (f *form) scopes(scopes []ScopeID) {
	f.number(uint64(len(scopes)))
	for _, s := range scopes {
		f.scope(s)
	}
}

func (f *form) refs(refs []ScopeRef) {
	f.number(uint64(len(refs)))
	for _, r := range refs {
		f.scope(r.ScopeID)
		f.flag(r.Certain)
		f.flag(r.Others)
	}
}

func (f *form) names(names []Name) {
	f.number(uint64(len(names)))
	for _, name := range names {
		f.text(name.Kind)
		f.text(name.Text)
	}
}

func (f *form) member(m *Member) {
	f.flag(m != nil)
	if m == nil {
		return
	}
	f.names(m.Names)
	f.texts(m.Others)
	f.names(m.Alike)
	f.addresses(m.Within)
}

func (f *form) texts(texts []string) {
	f.number(uint64(len(texts)))
	for _, text := range texts {
		f.text(text)
	}
}

func (f *form) ingress(rules []*Ingress) {
	f.number(uint64(len(rules)))
	for _, r := range rules {
		n, ok := f.rules[r]
		if !ok {
			n = uint64(len(f.rules))
			f.rules[r] = n
		}
		f.number(n)
	}
}

// TargetsKey stands for targets in the keys of maps: equal targets have equal keys.
type TargetsKey struct{ form string }

// Key returns the key of the targets. It ignores what decides unknown targets.
func (t Targets) Key() TargetsKey {
	var f form
	f.names(t.Names)
	f.flag(t.Unknown)
	f.names(t.Perhaps)
	f.names(t.Alike)
	f.texts(t.Blind)
	f.addresses(t.Addresses.Must)
	f.addresses(t.Addresses.May)
	return TargetsKey{string(f.bytes)}
}

// Compare gives the keys a fixed order that means nothing else.
func (k TargetsKey) Compare(o TargetsKey) int { return strings.Compare(k.form, o.form) }

// HopsKey stands for hops in the keys of maps: hops with the same key let the same traffic pass.
type HopsKey struct{ form string }

// Key returns the key of hops whose guards are shared here. It ignores their words, places and deciders.
func (s *Guards) Key(hops []*Hop) HopsKey {
	var f form
	for _, h := range hops {
		f.bytes = h.Takes.Must.Key().Append(f.bytes)
		f.bytes = h.Takes.May.Key().Append(f.bytes)
		f.number(uint64(h.To - AnyPort))
		f.flag(h.Guard != nil)
		if h.Guard != nil {
			key := s.key(h.Guard)
			f.text(key.form)
		}
	}
	return HopsKey{string(f.bytes)}
}
