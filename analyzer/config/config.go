// Package config holds the settings of tfreach that a repository keeps in the file .tfreach.hcl, and decodes them. It
// reads no files. The file is part of what is analysed, so it is not trusted: it can set what its reference page says, in
// bounds, and nothing else.
//
// # How it works
//
// One table says which blocks and attributes there are and what each means; the decoder and the reference page both come from
// it. A mistake is an error with its place, and the rest is decoded all the same.
//
// # Example
//
//	rule "ftp-ingress-broad" {
//	  level = "note"
//	}
//
// makes that rule's findings notes.
package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// Name is the name of the file.
const Name = ".tfreach.hcl"

// MaxBytes is how large the file may be. maxPorts and maxVariants bound what it costs, and maxStars what matching a pattern
// does.
const (
	MaxBytes    = 256 << 10
	maxPorts    = 100
	maxVariants = 100
	maxStars    = 4
)

// Settings are the contents of a file. The zero value changes nothing, except that it lacks the prefix lengths of Default.
type Settings struct {
	// Ports are the ports to judge, as --port takes them; empty if the file names none.
	Ports []string
	// Exclude are patterns of paths.
	Exclude []Pattern
	// Rules are the settings of rules everywhere. Paths are settings for files at some paths, in the order of the file.
	Rules []Rule
	Paths []Path
	// Roots say which values root modules get, in the order of the file.
	Roots []Root
	// BroadIPv4 and BroadIPv6 are the prefix lengths of [netset.Broad].
	BroadIPv4, BroadIPv6 int
	Trusted              []Trusted
	// Expectations are in the order of the file.
	Expectations []Expectation
}

// Default returns the settings that hold without a file.
func Default() *Settings {
	return &Settings{BroadIPv4: netset.DefaultBroadIPv4, BroadIPv6: netset.DefaultBroadIPv6}
}

// Rule is the settings of a rule.
type Rule struct {
	ID string
	// Off turns the rule off.
	Off bool
	// Level is error, warning or note, or empty.
	Level  string
	Reason string
	// At is the place of the block.
	At hcl.Range
}

// Path is the settings of rules for findings at a path.
type Path struct {
	Pattern
	Rules []Rule
}

// Trusted is a set of addresses with a name.
type Trusted struct {
	Name, Description string
	// Prefixes are the addresses as the file has them, and Set is their meaning.
	Prefixes []string
	Set      netset.Prefixes
}

// Pattern is a pattern of paths, relative to the folder of the file.
type Pattern struct {
	Text string
	At   hcl.Range
}

// Match reports whether the pattern matches a path, or a folder that contains it. Paths have slashes.
func (p Pattern) Match(name string) bool {
	text := strings.TrimSuffix(strings.TrimPrefix(p.Text, "./"), "/")
	return doublestar.MatchUnvalidated(text, name) || doublestar.MatchUnvalidated(text+"/**", name)
}

// Checks return what is wrong with the ID of a rule, and with a port as --port takes it.
type Checks struct{ Rule, Port func(string) error }

// Decode returns the settings in a file. The diagnostics are errors with positions.
func Decode(file *hcl.File, checks Checks) (*Settings, hcl.Diagnostics) {
	d := &decoder{checks: checks, text: file.Bytes}
	s := Default()
	top := language()
	content := d.content(file.Body, &top)
	d.attribute(content, "ports", func(v cty.Value, at hcl.Range) {
		s.Ports = d.texts(v, at, checks.Port)
		if len(s.Ports) > maxPorts {
			d.errorf(at, "Too many ports", "A file may name %d ports or ranges.", maxPorts)
		}
	})
	d.attribute(content, "exclude", func(v cty.Value, at hcl.Range) {
		for _, text := range d.texts(v, at, checkPattern) {
			s.Exclude = append(s.Exclude, Pattern{text, at})
		}
	})
	for _, b := range content.Blocks {
		kind := &top.blocks[slices.IndexFunc(top.blocks, func(k block) bool { return k.name == b.Type })]
		inner := d.content(b.Body, kind)
		switch b.Type {
		case "rule":
			s.Rules = append(s.Rules, d.rule(b, inner))
		case "broad":
			d.attribute(inner, "ipv4", func(v cty.Value, at hcl.Range) { s.BroadIPv4 = d.number(v, at, 32) })
			d.attribute(inner, "ipv6", func(v cty.Value, at hcl.Range) { s.BroadIPv6 = d.number(v, at, 128) })
		case "trusted":
			s.Trusted = append(s.Trusted, d.trusted(b, inner, s.Trusted))
		case "path":
			if err := checkPattern(b.Labels[0]); err != nil {
				d.errorf(b.LabelRanges[0], "Invalid pattern", "%s.", err)
			}
			p := Path{Pattern: Pattern{b.Labels[0], b.LabelRanges[0]}}
			for _, r := range inner.Blocks {
				p.Rules = append(p.Rules, d.rule(r, d.content(r.Body, &kind.blocks[0])))
			}
			s.Paths = append(s.Paths, p)
		case "expect":
			s.Expectations = append(s.Expectations, d.expectation(b, inner, s.Expectations))
		case "root":
			s.Roots = append(s.Roots, d.root(b, inner, &kind.blocks[0]))
		}
	}
	d.expected(s)
	if n := variants(s.Roots); n > maxVariants {
		d.errorf(s.Roots[len(s.Roots)-1].At, "Too many variants", "A file may have %d of them.", maxVariants)
	}
	return s, d.diags
}

func checkPattern(text string) error {
	switch {
	case text == "" || strings.HasPrefix(text, "/") || slices.Contains(strings.Split(text, "/"), ".."):
		return fmt.Errorf("%q is not a path below the file's directory", text)
	case strings.ContainsAny(text, `{}\`) || !doublestar.ValidatePattern(text):
		return fmt.Errorf("%q is malformed; use *, **, ? and [a-z]", text)
	case strings.Count(text, "**") > maxStars:
		return fmt.Errorf("%q has more than %d **", text, maxStars)
	}
	return nil
}

// decoder collects diagnostics.
type decoder struct {
	checks Checks
	text   []byte
	diags  hcl.Diagnostics
}

func (d *decoder) errorf(at hcl.Range, summary, format string, args ...any) {
	d.diags = d.diags.Append(&hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &at,
	})
}

func (d *decoder) content(body hcl.Body, kind *block) *hcl.BodyContent {
	content, diags := body.Content(kind.schema())
	d.diags = append(d.diags, diags...)
	return content
}

// attribute decodes an attribute if it is there. Values are literal.
func (d *decoder) attribute(content *hcl.BodyContent, name string, decode func(cty.Value, hcl.Range)) {
	a := content.Attributes[name]
	if a == nil {
		return
	}
	v, diags := a.Expr.Value(nil)
	if d.diags = append(d.diags, diags...); !diags.HasErrors() {
		decode(v, a.Expr.Range())
	}
}

// as converts a value; the second result is false, with an error reported, if that is impossible.
func (d *decoder) as(v cty.Value, at hcl.Range, typ cty.Type, what string) (cty.Value, bool) {
	out, err := convert.Convert(v, typ)
	if err != nil || !out.IsWhollyKnown() || out.IsNull() {
		d.errorf(at, "Wrong type of value", "It must be %s.", what)
		return cty.NilVal, false
	}
	return out, true
}

func (d *decoder) word(v cty.Value, at hcl.Range) string {
	if v, ok := d.as(v, at, cty.String, "a text"); ok {
		return v.AsString()
	}
	return ""
}

// texts decodes a list of texts, each of which must pass a check.
func (d *decoder) texts(v cty.Value, at hcl.Range, check func(string) error) []string {
	list, ok := d.as(v, at, cty.List(cty.String), "a list of texts")
	if !ok {
		return nil
	}
	var out []string
	for _, e := range list.AsValueSlice() {
		if e.IsNull() {
			d.errorf(at, "Wrong type of value", "An element of the list is null.")
			continue
		}
		if err := check(e.AsString()); err != nil {
			d.errorf(at, "Invalid value", "%s.", strings.TrimSuffix(err.Error(), "."))
			continue
		}
		out = append(out, e.AsString())
	}
	return out
}

func (d *decoder) number(v cty.Value, at hcl.Range, most int) int {
	n := -1
	if err := gocty.FromCtyValue(v, &n); err != nil || n < 0 || n > most {
		d.errorf(at, "Invalid value", "It must be a whole number from 0 to %d.", most)
	}
	return n
}

func (d *decoder) rule(b *hcl.Block, content *hcl.BodyContent) Rule {
	r := Rule{ID: b.Labels[0], At: b.DefRange}
	if err := d.checks.Rule(r.ID); err != nil {
		d.errorf(b.LabelRanges[0], "Unknown rule", "%s.", err)
	}
	d.attribute(content, "enabled", func(v cty.Value, at hcl.Range) {
		if v, ok := d.as(v, at, cty.Bool, "true or false"); ok {
			r.Off = v.False()
		}
	})
	d.attribute(content, "level", func(v cty.Value, at hcl.Range) { r.Level = d.level(v, at) })
	d.attribute(content, "reason", func(v cty.Value, at hcl.Range) { r.Reason = d.word(v, at) })
	return r
}

// level decodes the level of a rule.
func (d *decoder) level(v cty.Value, at hcl.Range) string {
	level := d.word(v, at)
	if !slices.Contains([]string{"error", "warning", "note"}, level) {
		d.errorf(at, "Invalid value", "It must be error, warning or note.")
	}
	return level
}

func (d *decoder) trusted(b *hcl.Block, content *hcl.BodyContent, others []Trusted) Trusted {
	t := Trusted{Name: b.Labels[0]}
	if slices.ContainsFunc(others, func(o Trusted) bool { return o.Name == t.Name }) {
		d.errorf(b.DefRange, "Duplicate block", "There is another trusted block named %q.", t.Name)
	}
	if content.Attributes["prefixes"] == nil {
		d.errorf(b.DefRange, "Missing argument", "A trusted block needs prefixes.")
	}
	d.attribute(content, "prefixes", func(v cty.Value, at hcl.Range) {
		t.Prefixes = d.texts(v, at, func(s string) error {
			p, err := netset.ParseSource(s)
			if err == nil {
				t.Set = t.Set.Union(p)
			}
			return err
		})
	})
	d.attribute(content, "description", func(v cty.Value, at hcl.Range) { t.Description = d.word(v, at) })
	return t
}
