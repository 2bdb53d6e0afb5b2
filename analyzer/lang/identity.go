package lang

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Identity is the mark of an unknown value that says what the value is. It is on
// the value itself, and passes through functions that hand a value on as it is,
// such as element. Functions and operators that make another value of it drop
// it, whereas other marks stay. Of several identities the value is one; if an
// identity without a term is among them, it may also be something else.
type Identity struct {
	// Term names what the value is: a resource's attribute, a variable, or a
	// function of such. It is empty for what can't be named.
	Term string
	// Of is what whoever makes an identity knows its value by, such as the address
	// of a resource.
	Of string
	// Part says that the value may be any part of what Term names, as its type
	// isn't known. Otherwise values of the same term are equal.
	Part bool
	// Filled says that the value is neither null nor an empty string.
	Filled bool
	// Literal says that Term is the text of a known string.
	Literal bool
	// Perhaps says that the value may also be null, or needn't have this as an
	// element if it is a collection.
	Perhaps bool
	// null says that the value may be null; it has no term.
	null bool
}

// maxIdentities is of how many a value may be one, and maxTerm how many bytes a
// term may have: beyond that it may be anything.
const (
	maxIdentities = 64
	maxTerm       = 1 << 10
)

// Identities returns what an unknown value is, or is one of, ordered by term.
// Whole is false if it may be something else.
func Identities(v cty.Value) (is []Identity, whole bool) {
	_, marks := v.Unmark()
	whole, null := true, false
	for mark := range marks {
		id, ok := mark.(Identity)
		switch {
		case !ok:
		case id.null:
			null = true
		case id.Term == "":
			whole = false
		default:
			is = append(is, id)
		}
	}
	for i := range is {
		is[i].Perhaps = is[i].Perhaps || null
	}
	slices.SortFunc(is, func(a, b Identity) int { return strings.Compare(a.Term, b.Term) })
	return is, whole && len(is) > 0
}

// Term returns what names an unknown value for certain: two unknown values of
// the same term are equal, whatever they are. It is empty if nothing does.
func Term(v cty.Value) string {
	is, whole := Identities(v)
	if !whole || len(is) != 1 || is[0].Part || is[0].Literal || is[0].Perhaps {
		return ""
	}
	return is[0].Term
}

// filled says whether an unknown value is surely neither null nor empty.
func filled(v cty.Value) bool {
	is, whole := Identities(v)
	return whole && !slices.ContainsFunc(is, func(id Identity) bool { return !id.Filled || id.Perhaps })
}

// WithoutIdentities returns v without the identities of it and of its parts.
func WithoutIdentities(v cty.Value) cty.Value { return replaceIdentities(v, nil) }

// AsPart returns v with identities that only say what v, or a part of it, is a
// part of.
func AsPart(v cty.Value) cty.Value {
	return replaceIdentities(v, func(id Identity) Identity {
		id.Part = true
		return id
	})
}

// replaceIdentities returns v with other identities in place of those of it and
// of its parts: without any if by is nil.
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

// derived returns the marks of an argument for what a function makes of it.
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

// choice marks v, which a condition that isn't known may pick, with what it or
// its parts are. What joins the marks of several choices is one of them.
func choice(v cty.Value) cty.Value {
	if raw, _ := v.Unmark(); raw.IsNull() {
		return v.Mark(Identity{null: true})
	}
	return gather(v, !v.Type().IsPrimitiveType())
}

// gather marks v itself with what it or its parts are.
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

// choices adds what v, or each part of it, is.
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
	case raw.Type() == cty.String:
		if text := raw.AsString(); text != "" && len(text) <= maxTerm {
			found[Identity{Term: text, Literal: true, Filled: true}] = true
		} else if text != "" {
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

// named marks the unknown parts of the elements of a set that have no identity,
// since the marks of all elements are joined.
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

// apply returns the term for what a function makes of its arguments: empty
// unless each is known, or named for certain.
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

// spell writes what v is, in one way only. It is false if that isn't known.
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
