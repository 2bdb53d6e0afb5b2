// Package report writes the result of an analysis: for people as Text, for code scanning services as SARIF, for other
// programs as JSON.
//
// In goes an analyzer.Result, out come bytes, the same ones for the same result. The package reads no files, judges
// nothing and drops nothing silently. A writer renders everything before its first write, so that an error it returns
// otherwise than from that write leaves nothing written.
package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tfreach/tfreach/analyzer"
)

// toolName is what the reports call the program.
const toolName = "tfreach"

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

// fingerprint identifies a finding by its rule, addresses and opening, in hexadecimal digits. Quoting keeps the parts
// apart.
func fingerprint(f *analyzer.Finding) string {
	id := strconv.AppendQuote(nil, f.Rule.ID)
	for _, a := range addresses(f) {
		id = strconv.AppendQuote(id, a)
	}
	id = strconv.AppendQuote(append(id, ' '), f.Opening)
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
		case r != '\n' && hidden(r):
			for _, u := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, u)
			}
		case r == '[' && marksCommand(raw.Bytes()[:i]):
			out = append(out, `\u005b`...)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return out, nil
}
