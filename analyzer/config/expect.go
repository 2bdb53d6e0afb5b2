package config

import (
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// maxExpectations and maxNames bound what the expectations of a file cost.
const (
	maxExpectations = 200
	maxNames        = 100
)

// ExpectPrefix is what the IDs of the rules of expectations begin with.
const ExpectPrefix = "expect-"

// Expectation says that something must be reachable from somewhere, or must not be.
type Expectation struct {
	// Name is what the file calls it, and ID that of its rule.
	Name, ID string
	// From and To are addresses of resources or modules, patterns of these, prefixes, or "internet".
	From, To []string
	// Ports are the ports, as --port takes them; empty for all.
	Ports []string
	// Reachable is true if each of To must be reachable from each of From.
	Reachable bool
	// Level is error, warning or note, or empty.
	Level string
	// At is the place of the block.
	At hcl.Range
}

func (d *decoder) expectation(b *hcl.Block, content *hcl.BodyContent, before []Expectation) Expectation {
	e := Expectation{Name: b.Labels[0], ID: ExpectPrefix + slug(b.Labels[0]), At: b.DefRange}
	switch {
	case e.ID == ExpectPrefix:
		d.errorf(b.LabelRanges[0], "Invalid name", "An expectation is named in words.")
	case slices.ContainsFunc(before, func(o Expectation) bool { return o.ID == e.ID }):
		d.errorf(b.LabelRanges[0], "Duplicate expectation", "Another expectation has the rule %s already.", e.ID)
	case len(before) == maxExpectations:
		d.errorf(b.LabelRanges[0], "Too many expectations", "A file may have %d of them.", maxExpectations)
	}
	names := func(attr string) (out []string) {
		if content.Attributes[attr] == nil {
			d.errorf(b.DefRange, "Missing attribute", "An expectation needs %s.", attr)
		}
		d.attribute(content, attr, func(v cty.Value, at hcl.Range) {
			out = d.texts(v, at, func(string) error { return nil })
			if len(out) == 0 || len(out) > maxNames || slices.Contains(out, "") {
				d.errorf(at, "Invalid value", "It must be a list of 1 to %d addresses, patterns or prefixes.", maxNames)
			}
		})
		return out
	}
	e.From, e.To = names("from"), names("to")
	d.attribute(content, "ports", func(v cty.Value, at hcl.Range) { e.Ports = d.texts(v, at, d.checks.Port) })
	d.attribute(content, "reachable", func(v cty.Value, at hcl.Range) {
		if v, ok := d.as(v, at, cty.Bool, "true or false"); ok {
			e.Reachable = v.True()
		}
	})
	if content.Attributes["reachable"] == nil {
		d.errorf(b.DefRange, "Missing attribute", "An expectation needs reachable, true or false.")
	}
	d.attribute(content, "level", func(v cty.Value, at hcl.Range) { e.Level = d.level(v, at) })
	return e
}

// expected checks that the settings of expectations' rules are for expectations of the file.
func (d *decoder) expected(s *Settings) {
	check := func(rules []Rule) {
		for _, r := range rules {
			if strings.HasPrefix(r.ID, ExpectPrefix) && !slices.ContainsFunc(s.Expectations, func(e Expectation) bool { return e.ID == r.ID }) {
				d.errorf(r.At, "Unknown rule", "No expectation of the file has the rule %s.", r.ID)
			}
		}
	}
	check(s.Rules)
	for _, p := range s.Paths {
		check(p.Rules)
	}
}

// slug returns a name in lower-case letters, digits and single dashes.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	out := strings.Join(words, "-")
	if len(out) > 64 {
		out = strings.TrimRight(out[:64], "-")
	}
	return out
}
