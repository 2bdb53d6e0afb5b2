package graph

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Documents returns the values of the YAML documents in a known text, each placed at the text. It leaves out documents that
// can't be read, and returns nothing for an unknown text.
func (v Value) Documents() []Value {
	text, known := v.Text()
	if !known {
		return nil
	}
	_, marks := v.v.UnmarkDeep()
	var out []Value
	for document := range strings.SplitSeq("\n"+text, "\n---") {
		decoded, err := lang.DecodeYAML(document)
		if err != nil || decoded.IsNull() {
			continue
		}
		out = append(out, Value{v: decoded.WithMarks(marks), At: v.At})
	}
	return out
}

// Keys returns the known keys of a map or an object, in order.
func (v Value) Keys() []string {
	if v.Absent() {
		return nil
	}
	raw, _ := v.v.Unmark()
	if !raw.IsKnown() || !raw.Type().IsMapType() && !raw.Type().IsObjectType() {
		return nil
	}
	var out []string
	for it := raw.ElementIterator(); it.Next(); {
		key, _ := it.Element()
		if key, _ = key.Unmark(); key.IsKnown() && key.Type() == cty.String {
			out = append(out, key.AsString())
		}
	}
	slices.Sort(out)
	return out
}
