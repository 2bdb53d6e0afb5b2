package lang

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Identity is the mark that says what an unknown value is. It is on the value itself, and functions that pass a value on
// unchanged, such as element, keep it. Functions and operators that make another value drop it, whereas they keep other marks.
// A value with several identities is one of them; if one of these has no term, the value may also be something else.
type Identity struct {
	// Term names the value: a resource's attribute, a variable, or a function of such values. It is empty if there is no name.
	Term string
	// Of is for whoever makes the identity, to find the value again: for example the address of a resource.
	Of string
	// Part is true if the value may be any part of what Term names, because its type isn't known. Otherwise values with the
	// same term are equal.
	Part bool
	// Filled is true if the value is neither null nor an empty string.
	Filled bool
	// Literal is true if Term is the text of a known string.
	Literal bool
	// Perhaps is true if the value may also be null or an empty string or, if it is a collection, may lack this element.
	Perhaps bool
	// empty is true if the value may be null or an empty string, which name nothing; it then has no term.
	empty bool
}

// maxIdentities limits the identities that a value may have, and maxTerm the bytes of a term. Beyond them the value may be
// anything.
const (
	maxIdentities = 64
	maxTerm       = 1 << 10
)

// Identities returns the identities that an unknown value has one of, ordered by term. whole is false if the value may be
// something else.
func Identities(v cty.Value) (is []Identity, whole bool) {
	_, marks := v.Unmark()
	whole, empty := true, false
	for mark := range marks {
		id, ok := mark.(Identity)
		switch {
		case !ok:
		case id.empty:
			empty = true
		case id.Term == "":
			whole = false
		default:
			is = append(is, id)
		}
	}
	for i := range is {
		is[i].Perhaps = is[i].Perhaps || empty
	}
	slices.SortFunc(is, func(a, b Identity) int { return strings.Compare(a.Term, b.Term) })
	return is, whole && len(is) > 0
}

// Term returns the term of an unknown value that has one for certain; otherwise it is empty. Two unknown values with the same
// term are equal.
func Term(v cty.Value) string {
	is, whole := Identities(v)
	if !whole || len(is) != 1 || is[0].Part || is[0].Literal || is[0].Perhaps {
		return ""
	}
	return is[0].Term
}

// filled reports whether an unknown value is surely neither null nor empty.
func filled(v cty.Value) bool {
	is, whole := Identities(v)
	return whole && !slices.ContainsFunc(is, func(id Identity) bool { return !id.Filled || id.Perhaps })
}

// WithoutIdentities returns v without its identities and those of its parts.
func WithoutIdentities(v cty.Value) cty.Value { return replaceIdentities(v, nil) }

// OtherMarks returns the marks of v and of its parts, but for identities.
func OtherMarks(v cty.Value) cty.ValueMarks { return derived(deepMarks(v)) }

// AsPart returns v with identities that only say what v, or one of its parts, is a part of.
func AsPart(v cty.Value) cty.Value {
	return replaceIdentities(v, func(id Identity) Identity {
		id.Part = true
		return id
	})
}

// replaceIdentities returns v with other identities in place of its own and those of its parts; without any if by is nil.
func replaceIdentities(v cty.Value, by func(Identity) Identity) cty.Value {
	if !hasIdentity(deepMarks(v)) {
		return v
	}
	raw, paths := v.UnmarkDeepWithPaths()
	for i, p := range paths {
		marks := make(cty.ValueMarks, len(p.Marks))
		for mark := range p.Marks {
			if id, ok := mark.(Identity); !ok {
				marks[mark] = struct{}{}
			} else if by != nil {
				marks[by(id)] = struct{}{}
			}
		}
		paths[i].Marks = marks
	}
	return raw.MarkWithPaths(paths)
}

func hasIdentity(marks cty.ValueMarks) bool {
	for mark := range marks {
		if _, ok := mark.(Identity); ok {
			return true
		}
	}
	return false
}

// derived returns the marks that pass from an argument to another value that a function makes of it.
func derived(marks cty.ValueMarks) cty.ValueMarks {
	if !hasIdentity(marks) {
		return marks
	}
	rest := make(cty.ValueMarks, len(marks))
	for mark := range marks {
		if _, ok := mark.(Identity); !ok {
			rest[mark] = struct{}{}
		}
	}
	return rest
}

// choice marks v, which an unknown condition may pick, with its identities. When marks of several choices are joined, the value
// is one of them.
func choice(v cty.Value) cty.Value {
	if raw, _ := v.Unmark(); raw.IsNull() {
		return v.Mark(Identity{empty: true})
	}
	return gather(v, !v.Type().IsPrimitiveType())
}

// gather marks v itself with the identities of v and its parts.
func gather(v cty.Value, perhaps bool) cty.Value {
	found := map[Identity]bool{}
	choices(v, found)
	raw, marks := v.Unmark()
	marks = derived(marks)
	out := make(cty.ValueMarks, len(marks)+len(found))
	for mark := range marks {
		out[mark] = struct{}{}
	}
	if len(found) > maxIdentities {
		found = map[Identity]bool{{}: true}
	}
	for id := range found {
		id.Perhaps = id.Perhaps || perhaps && id.Term != ""
		out[id] = struct{}{}
	}
	return raw.WithMarks(out)
}

// choices adds the identities of v, or of each of its parts.
func choices(v cty.Value, found map[Identity]bool) {
	raw, marks := v.Unmark()
	switch {
	case len(found) > maxIdentities:
	case !raw.IsKnown():
		some := false
		for mark := range marks {
			if id, ok := mark.(Identity); ok {
				found[id], some = true, true
			}
		}
		if !some {
			found[Identity{}] = true
		}
	case raw.IsNull():
		found[Identity{empty: true}] = true
	case raw.Type() == cty.String:
		switch text := raw.AsString(); {
		case text == "":
			found[Identity{empty: true}] = true
		case len(text) <= maxTerm:
			found[Identity{Term: text, Literal: true, Filled: true}] = true
		default:
			found[Identity{}] = true
		}
	case raw.Type().IsPrimitiveType():
		found[Identity{}] = true
	case raw.CanIterateElements():
		for it := raw.ElementIterator(); it.Next() && len(found) <= maxIdentities; {
			_, e := it.Element()
			if raw.Type().IsSetType() {
				e = e.WithMarks(marks)
			}
			choices(e, found)
		}
	}
}

// named gives an identity to the unknown parts of a set's elements that have none, because a set joins the marks of all its
// elements.
func named(elements []cty.Value) []cty.Value {
	some := false
	for _, e := range elements {
		some = some || hasIdentity(deepMarks(e))
	}
	if !some {
		return elements
	}
	out := slices.Clone(elements)
	for i, e := range out {
		if raw, marks := e.Unmark(); !raw.IsKnown() && !hasIdentity(marks) || raw.IsKnown() && !raw.IsWhollyKnown() {
			out[i] = e.Mark(Identity{})
		}
	}
	return out
}

// apply returns the term for the result of a function. It is empty unless each argument is known or has a certain term.
func apply(name string, args []cty.Value) string {
	var b strings.Builder
	b.WriteString(name + "(")
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(',')
		}
		if !spell(&b, arg) || b.Len() > maxTerm {
			return ""
		}
	}
	b.WriteByte(')')
	return b.String()
}

// spell writes v in a unique form. It returns false if v isn't known.
func spell(b *strings.Builder, v cty.Value) bool {
	raw, _ := v.Unmark()
	ty := raw.Type()
	switch {
	case b.Len() > maxTerm:
		return false
	case !raw.IsKnown():
		term := Term(v)
		b.WriteString(term)
		return term != ""
	case raw.IsNull():
		b.WriteString("null")
	case ty == cty.String:
		if len(raw.AsString()) > maxTerm {
			return false
		}
		b.WriteString(strconv.Quote(raw.AsString()))
	case ty == cty.Number:
		b.WriteString(raw.AsBigFloat().Text('g', -1))
	case ty == cty.Bool:
		b.WriteString(strconv.FormatBool(raw.True()))
	case ty.IsSetType():
		return raw.IsWhollyKnown() && spellAll(b, raw)
	case raw.CanIterateElements():
		return spellAll(b, raw)
	default:
		return false
	}
	return true
}

func spellAll(b *strings.Builder, raw cty.Value) bool {
	b.WriteByte('[')
	for it := raw.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if k.Type() == cty.String {
			spell(b, k)
			b.WriteByte('=')
		}
		if !spell(b, e) {
			return false
		}
		b.WriteByte(',')
	}
	b.WriteByte(']')
	return true
}
