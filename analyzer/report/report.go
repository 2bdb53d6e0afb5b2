// Package report writes the result of an analysis: for people as Text, Markdown and HTML, for code hosts as SARIF, GitHub
// and GitLab, for test reports as JUnit, for other programs as JSON.
//
// In goes an analyzer.Result, out come bytes, the same ones for the same result. The package reads no files, judges
// nothing and drops nothing silently. A writer renders everything before its first write, so that an error it returns
// otherwise than from that write leaves nothing written.
//
// # How it works
//
// Each format is one file with one function. What comes from the input passes through package display, or the escaping of
// the format, before it is written, and what looks like a secret is covered.
//
// # Example
//
// For a finding at line 12 of main.tf, GitHub writes
//
//	::error file=main.tf,line=12,…::aws_security_group.ftp lets everyone reach FTP …
//
// and SARIF a result with that place, its rule and a fingerprint that doesn't depend on the line.
package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/mod/semver"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// Options says how a result is written.
type Options struct {
	// Version is the version of the program, such as 1.2.3.
	Version string
	// Path maps the Filename of a range to the path to write. If it is nil, that is the Filename itself, a path from the
	// analysed root.
	Path func(filename string) string
	// Time is when the analysis ended. Only formats that require a time write it.
	Time time.Time
	// Dated is true if Time was given, so that people may be told it; otherwise the same result gives the same bytes.
	Dated bool
	// Commit is that of the configuration, and Command what was called, if they are known.
	Commit, Command string
	// Details tells of each finding, in formats that tell of causes and have room; see [analyzer.Cause].
	Details bool
}

// toolName is the program's name in reports, and repository its address, which is the module path.
const (
	toolName   = "tfreach"
	repository = "https://github.com/tfreach/tfreach"
)

// rulePage returns the address of a rule's page. Rules about other services share the pages of those about FTP.
func rulePage(r *analyzer.Rule, version string) string {
	at := "main"
	if semver.IsValid("v"+version) && semver.Prerelease("v"+version) == "" {
		at = "v" + version
	}
	page := cmp.Or(r.Page, r.ID)
	if question, ok := strings.CutPrefix(r.ID, r.Port.Service+"-"); ok && r.Port.Service != "" {
		page = "ftp-" + question
	}
	return repository + "/blob/" + at + "/rules/README.md#" + page
}

// tally counts causes: those of what is exposed by level, and those of what is unknown. It leaves out what is gone.
type tally struct{ errors, warnings, notes, unknown int }

func count(r *analyzer.Result) tally {
	var t tally
	g := group(r)
	t.unknown = len(g.unknown)
	for _, c := range g.open {
		switch c.Worst().Level {
		case analyzer.Error:
			t.errors++
		case analyzer.Warning:
			t.warnings++
		case analyzer.Note:
			t.notes++
		}
	}
	return t
}

// total returns the sum of the counts.
func (t tally) total() int { return t.errors + t.warnings + t.notes + t.unknown }

// found says how much there is: "2 errors, 0 warnings, 1 unknown".
func found(r *analyzer.Result) string {
	n := count(r)
	switch {
	case n.total() == 0 && r.NewOnly:
		return "nothing new found"
	case n.total() == 0:
		return "nothing found"
	}
	parts := []string{plural(n.errors, "error"), plural(n.warnings, "warning")}
	if n.notes > 0 {
		parts = append(parts, plural(n.notes, "note"))
	}
	return strings.Join(append(parts, strconv.Itoa(n.unknown)+" unknown"), ", ")
}

// looked says where findings were looked for: "in 7 resources of 2 roots; 3 module calls not read".
func looked(r *analyzer.Result) string {
	text := "in " + plural(r.Resources, "resource")
	if r.Roots > 1 {
		text += " of " + plural(r.Roots, "root")
	}
	if n := r.Unread.Calls; n > 0 {
		text += "; " + plural(n, "module call") + " not read"
	}
	return text
}

// maxAsked is how many services the question names.
const maxAsked = 5

// asked names what was asked about, "FTP, TCP 21"; nothing if no rule asks about a port.
func asked(r *analyzer.Result) string {
	var names []string
	for _, rule := range r.Rules {
		p := rule.Port
		if p.Service == "" {
			continue
		}
		name := p.String()
		if !strings.HasPrefix(p.Label, "port ") {
			name = p.Label + ", " + name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if more := len(names) - maxAsked; more > 0 {
		names = append(names[:maxAsked], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, "; ")
}

// headline says what was asked, what was found, and where it was looked for.
func headline(r *analyzer.Result) string {
	text := found(r) + " " + looked(r)
	if what := asked(r); what != "" {
		return what + ": " + text
	}
	return capital(text)
}

// noticed says in sentences what a notice does.
func noticed(n *analyzer.Notice) string {
	return strings.TrimSpace(sentence(n.Summary) + " " + sentence(n.Detail))
}

// Headline says in a line what was asked, what was found, and where it was looked for, for those who read a report that has no
// place for it.
func Headline(r *analyzer.Result) string { return display.Line(headline(r)) }

// compared says how causes compare with what was before; nothing if there is nothing to compare with.
func compared(r *analyzer.Result) string {
	c := r.CauseChanges
	if !c.Compared() {
		return ""
	}
	since := "By the plan"
	if r.Baseline != "" {
		since = "Since " + r.Baseline
	}
	return fmt.Sprintf("%s: %d new, %d unchanged, %d closed.", since, c.New, c.Unchanged, c.Absent)
}

// reached counts the machines and listeners that the internet surely reaches.
func reached(r *analyzer.Result) int {
	seen := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if len(f.Path) == 0 && !f.Published || f.Outcome != analyzer.Exposed || f.Change == analyzer.Absent {
			continue
		}
		for _, in := range f.Inputs {
			for _, name := range addresses(f) {
				seen[in+"\x00"+name] = true
			}
		}
	}
	return len(seen)
}

// remarks returns sentences with what else there is to know of the findings: how many machines are behind them, how many are
// suppressed, and how they compare with those of before.
func remarks(r *analyzer.Result) []string {
	var out []string
	if n := reached(r); n > 0 {
		out = append(out, fmt.Sprintf("Machines and listeners that the internet reaches: %d.", n))
	}
	if n := r.Unread.Leaves; n > 0 {
		out = append(out, fmt.Sprintf("Unknown for what is not read: %s.", plural(n, "finding")))
	}
	if n := len(r.SuppressedCauses()); n > 0 {
		out = append(out, strconv.Itoa(n)+" suppressed.")
	}
	if text := compared(r); text != "" {
		out = append(out, text)
	}
	return out
}

// summary returns the numbers of findings, and what else there is to know of them.
func summary(r *analyzer.Result) string {
	return strings.Join(append([]string{headline(r) + "."}, remarks(r)...), " ")
}

// incomplete is the sentence of a report on a part of the input.
const incomplete = "Not all of the input was analysed."

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// fingerprint identifies a finding by its rule, addresses and opening, in hexadecimal digits. Quoting keeps the parts apart.
func fingerprint(f *analyzer.Finding) string {
	id := strconv.AppendQuote(nil, f.Rule.ID)
	for _, a := range addresses(f) {
		id = strconv.AppendQuote(id, a)
	}
	id = strconv.AppendQuote(append(id, ' '), f.Opening())
	sum := sha256.Sum256(id)
	return hex.EncodeToString(sum[:16])
}

// change says in words how a finding compares with before; "" if there is nothing to compare it with.
func change(r *analyzer.Result, c analyzer.Change) string {
	switch c {
	case analyzer.New:
		if r.Baseline != "" {
			return "newly opened since " + r.Baseline
		}
		return "newly opened by this plan"
	case analyzer.Unchanged:
		if r.Baseline != "" {
			return "open in " + r.Baseline + ", too"
		}
		return "open before this plan, too"
	case analyzer.Absent:
		if r.Baseline != "" {
			return "closed since " + r.Baseline
		}
		return "closed by this plan"
	case analyzer.Uncompared:
	}
	return ""
}

// capital returns a text, which isn't empty, with a capital first letter.
func capital(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

// addresses returns the finding's addresses as Terraform prints them.
func addresses(f *analyzer.Finding) []string {
	out := make([]string, len(f.Resources))
	for i, a := range f.Resources {
		out[i] = a.String()
	}
	return out
}

// marshal encodes v as JSON that is safe to print: what could command a terminal or a CI runner (see cells) can only stand in a
// string, where an escape says the same.
func marshal(v any) ([]byte, error) {
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	out := make([]byte, 0, raw.Len())
	for i, r := range raw.String() {
		switch {
		case r != '\n' && display.Hidden(r):
			for _, u := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, u)
			}
		case r == '[' && display.MarksCommand(raw.Bytes()[:i]):
			out = append(out, `\u005b`...)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return out, nil
}
