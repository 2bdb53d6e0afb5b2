package analyzer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// A baseline is a text file: a line that says what it is, and a line for each opening, sorted, so that version control
// merges it line by line. Each line is an object in JSON of printable ASCII characters.

// baselineVersion changes when programs that read version N can't read the new files.
const baselineVersion = 1

const baselineFormat = "tfreach-baseline"

// baselineHeader is the first line of a baseline.
type baselineHeader struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// baselineEntry is an opening in a baseline.
type baselineEntry struct {
	// Root is the path of the root module's folder from the root of the repository. It is empty if it isn't known, as for a
	// plan without its configuration.
	Root string `json:"root,omitempty"`
	// Variant is the name of the variant of the root module, if the settings have several.
	Variant string `json:"variant,omitempty"`
	// Rule is the ID of a rule.
	Rule string `json:"rule"`
	// Kind is "exposed", or "unknown" for what may be open.
	Kind string `json:"kind"`
	// Address is the address of the resource instance that declares the opening. Scope is what it opens, if that is another
	// resource.
	Address string `json:"address"`
	Scope   string `json:"scope,omitempty"`
	// Opening is the traffic that is admitted to the rule's port. It is empty if that is sensitive.
	Opening string `json:"opening,omitempty"`
	// Trait is what the entry is about if it isn't about traffic.
	Trait string `json:"trait,omitempty"`
}

// WriteBaseline writes the findings as a baseline for Config.Baseline.
func (r *Result) WriteBaseline(w io.Writer) error {
	var lines []string
	for _, e := range r.openings {
		line, err := asciiJSON(e)
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	header, err := asciiJSON(baselineHeader{baselineFormat, baselineVersion})
	if err != nil {
		return err
	}
	lines = slices.Concat([]string{header}, slices.Compact(lines))
	_, err = io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// asciiJSON encodes v in printable ASCII characters. It escapes # as well, since ## can start a command for a CI runner
// that the file is printed in.
func asciiJSON(v any) (string, error) {
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	var out strings.Builder
	for _, r := range strings.TrimSuffix(raw.String(), "\n") {
		if r >= ' ' && r <= '~' && r != '#' {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String(), nil
}

// entriesOf returns the findings on a root module as entries.
func entriesOf(root string, findings []Finding) []baselineEntry {
	var out []baselineEntry
	for i := range findings {
		f := &findings[i]
		if f.Change == Absent || f.Suppression != nil {
			continue
		}
		e := baselineEntry{Root: root, Variant: f.variant(), Rule: f.Rule.ID, Kind: kindWord(f.Outcome), Address: f.Resources[0].String()}
		if f.Scope != e.Address {
			e.Scope = f.Scope
		}
		switch about := f.About.(type) {
		case Trait:
			e.Trait = about.Name
		case Traffic:
			if !f.Sensitive {
				e.Opening = about.Admits.String()
			}
		}
		out = append(out, e)
	}
	return out
}

func kindWord(o Outcome) string {
	switch o {
	case Exposed:
		return "exposed"
	case Unknown:
		return "unknown"
	}
	return "invalid outcome"
}

// baseline is a baseline that was read.
type baseline struct {
	findings []Finding
	// roots are the root modules of the findings.
	roots []string
}

// readBaseline reads the text of a baseline; file is its name in reports. It leaves out entries of rules that are not asked.
// The error starts with the line.
func readBaseline(text []byte, file string, rules []*Rule) (*baseline, error) {
	b := &baseline{}
	start := 0
	for n := 1; start < len(text); n++ {
		end := len(text)
		if i := bytes.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		line := bytes.TrimSpace(text[start:end])
		at := hcl.Range{
			Filename: file,
			Start:    hcl.Pos{Line: n, Column: 1, Byte: start},
			End:      hcl.Pos{Line: n, Column: 1 + len(line), Byte: start + len(line)},
		}
		start = end + 1
		if n == 1 {
			if err := checkHeader(line); err != nil {
				return nil, fmt.Errorf("%d: %w", n, err)
			}
			continue
		}
		if len(line) == 0 {
			continue
		}
		var e baselineEntry
		if err := decodeLine(line, &e); err != nil {
			return nil, fmt.Errorf("%d: it is no entry of a baseline: %w", n, err)
		}
		f, err := e.finding(rules)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
		if f.Rule != nil {
			f.At, f.Declared = At(at), At(at)
			b.findings, b.roots = append(b.findings, f), append(b.roots, e.Root)
		}
	}
	if start == 0 {
		return nil, errors.New("1: the file is empty, so it is no baseline")
	}
	return b, nil
}

func checkHeader(line []byte) error {
	var h baselineHeader
	if err := json.Unmarshal(line, &h); err != nil || h.Format != baselineFormat {
		return errors.New("it is no baseline: the first line must be that of tfreach baseline")
	}
	if h.Version != baselineVersion {
		return fmt.Errorf("the baseline has version %d of the format, and this program reads version %d", h.Version, baselineVersion)
	}
	return nil
}

func decodeLine(line []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more follows the object")
	}
	return nil
}

// finding returns the finding that an entry stands for. Its rule is nil if it isn't among the rules that are asked.
func (e *baselineEntry) finding(rules []*Rule) (Finding, error) {
	f := Finding{Scope: e.Scope, Change: Uncompared}
	if e.Scope == "" {
		f.Scope = e.Address
	}
	if e.Root != "" {
		f.Inputs = []string{e.Root}
	}
	if e.Variant != "" {
		f.Variants = []Variant{{e.Root, e.Variant}}
	}
	switch e.Kind {
	case kindWord(Exposed):
		f.Outcome = Exposed
	case kindWord(Unknown):
		f.Outcome = Unknown
	default:
		return f, fmt.Errorf("the kind %q is neither exposed nor unknown", e.Kind)
	}
	addr, err := graph.ParseAddress(e.Address)
	if err != nil {
		call, notCall := graph.ParseModuleCall(e.Address)
		if notCall != nil {
			return f, err
		}
		addr = call
	}
	f.Resources = []graph.Address{addr}
	if e.Trait != "" {
		f.About = Trait{Name: e.Trait}
		f.Message = fmt.Sprintf("%s has %s.", f.Scope, e.Trait)
	} else {
		traffic := Traffic{Opening: e.Opening}
		if e.Opening == "" {
			f.Sensitive, traffic.Opening = true, "a sensitive value"
		} else if traffic.Admits, err = netset.ParseTraffic(e.Opening); err != nil {
			return f, err
		}
		f.About = traffic
		f.Message = fmt.Sprintf("%s admits %s.", f.Scope, traffic.Opening)
	}
	if i := slices.IndexFunc(rules, func(r *Rule) bool { return r.ID == e.Rule }); i >= 0 {
		f.Rule, f.Level = rules[i], rules[i].Level
	}
	return f, nil
}
