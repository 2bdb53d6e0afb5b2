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
	// Path maps the Filename of a range to the path to write; nil leaves it as it is, a path from the analysed root.
	Path func(filename string) string
	// Time is when the analysis ended. Only formats that demand a time write it.
	Time time.Time
}

// toolName is what the reports call the program, and repository where it is, which is its module path.
const (
	toolName   = "tfreach"
	repository = "https://github.com/tfreach/tfreach"
)

// rulePage returns the address of a rule's page. A rule about another service than FTP asks what that about FTP asks.
func rulePage(r *analyzer.Rule, version string) string {
	at := "main"
	if semver.IsValid("v"+version) && semver.Prerelease("v"+version) == "" {
		at = "v" + version
	}
	page := r.ID
	if question, ok := strings.CutPrefix(r.ID, r.Port.Service+"-"); ok && r.Port.Service != "" {
		page = "ftp-" + question
	}
	return repository + "/blob/" + at + "/rules/README.md#" + page
}

// tally counts findings: those that are exposed by level, and those that are unknown. It leaves out what is gone.
type tally struct{ errors, warnings, notes, unknown int }

func count(findings []analyzer.Finding) tally {
	var t tally
	for i := range findings {
		if findings[i].Change == analyzer.Absent {
			continue
		}
		if findings[i].Outcome == analyzer.Unknown {
			t.unknown++
			continue
		}
		switch findings[i].Level {
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

// total counts what tally counts.
func (t tally) total() int { return t.errors + t.warnings + t.notes + t.unknown }

// found says how many findings there are: "2 errors, 0 warnings, 1 unknown".
func found(r *analyzer.Result) string {
	n := count(r.Findings)
	switch {
	case n.total() == 0 && r.NewOnly:
		return "No new findings"
	case n.total() == 0:
		return "No findings"
	}
	parts := []string{plural(n.errors, "error"), plural(n.warnings, "warning")}
	if n.notes > 0 {
		parts = append(parts, plural(n.notes, "note"))
	}
	return strings.Join(append(parts, strconv.Itoa(n.unknown)+" unknown"), ", ")
}

// looked says where findings were looked for: "in 7 resources".
func looked(r *analyzer.Result) string { return "in " + plural(r.Resources, "resource") }

// compared says how findings compare with what was before; nothing if there is nothing to compare with.
func compared(r *analyzer.Result) string {
	c := r.Changes
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
		if len(f.Path) == 0 || f.Outcome != analyzer.Exposed || f.Change == analyzer.Absent {
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

// remarks say in sentences what else there is to know of the findings: how many machines are behind them, how many are
// suppressed, and how they compare with what was before.
func remarks(r *analyzer.Result) []string {
	var out []string
	if n := reached(r); n > 0 {
		out = append(out, fmt.Sprintf("Machines and listeners that the internet reaches: %d.", n))
	}
	if n := len(r.Suppressed); n > 0 {
		out = append(out, strconv.Itoa(n)+" suppressed.")
	}
	if text := compared(r); text != "" {
		out = append(out, text)
	}
	return out
}

// summary says how many findings there are, and what else there is to know of them.
func summary(r *analyzer.Result) string {
	return strings.Join(append([]string{found(r) + " " + looked(r) + "."}, remarks(r)...), " ")
}

// incomplete is what reports say if a part of the input was not analysed.
const incomplete = "Not all of the input was analysed."

// groups are the findings by what they say: that something is open, that it may be, and that it no longer is.
type groups struct{ open, unknown, absent []*analyzer.Finding }

func group(r *analyzer.Result) groups {
	var g groups
	for i := range r.Findings {
		f := &r.Findings[i]
		switch {
		case f.Change == analyzer.Absent:
			g.absent = append(g.absent, f)
		case f.Outcome == analyzer.Unknown:
			g.unknown = append(g.unknown, f)
		default:
			g.open = append(g.open, f)
		}
	}
	return g
}

// verdict is the word for how serious a finding is: its level, or unknown.
func verdict(f *analyzer.Finding) string {
	if f.Outcome == analyzer.Unknown {
		return "unknown"
	}
	return f.Level.String()
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// fingerprint identifies a finding by its rule, addresses and opening, in hexadecimal digits. Quoting keeps the parts
// apart.
func fingerprint(f *analyzer.Finding) string {
	id := strconv.AppendQuote(nil, f.Rule.ID)
	for _, a := range addresses(f) {
		id = strconv.AppendQuote(id, a)
	}
	id = strconv.AppendQuote(append(id, ' '), f.Opening())
	sum := sha256.Sum256(id)
	return hex.EncodeToString(sum[:16])
}

// change says in words how a finding compares with what was before; nothing if there is nothing to compare it with.
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

// capital returns a text, which isn't empty, with its first letter in upper case.
func capital(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

// inputs returns which of several root modules and plans have a finding, with names for people; nothing if there is only
// one.
func inputs(r *analyzer.Result, f *analyzer.Finding, rename func(string) string) []string {
	several := len(r.Inputs) > 1
	for i := range r.Findings {
		several = several || len(r.Findings[i].Inputs) > 1 || !slices.Equal(r.Findings[i].Inputs, r.Findings[0].Inputs)
	}
	if !several {
		return nil
	}
	out := make([]string, len(f.Inputs))
	for i, name := range f.Inputs {
		if out[i] = "standard input"; name != "" {
			out[i] = rename(name)
		}
	}
	return out
}

// addresses returns the finding's addresses as Terraform prints them.
func addresses(f *analyzer.Finding) []string {
	out := make([]string, len(f.Resources))
	for i, a := range f.Resources {
		out[i] = a.String()
	}
	return out
}

// marshal encodes v as JSON that is safe to print: what would command a terminal or a CI runner (see cells) can only
// stand in a string, where an escape says the same.
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
