package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// groups are the causes by what their findings say: that something is open, that it may be, and that it no longer is.
type groups struct{ open, unknown, absent []*analyzer.Cause }

func group(r *analyzer.Result) groups {
	var g groups
	causes := r.Causes()
	for i := range causes {
		c := &causes[i]
		switch {
		case c.Change == analyzer.Absent:
			g.absent = append(g.absent, c)
		case c.Outcome == analyzer.Unknown:
			g.unknown = append(g.unknown, c)
		default:
			g.open = append(g.open, c)
		}
	}
	return g
}

// now are the causes of what is there, what is open before what may be.
func (g *groups) now() []*analyzer.Cause { return slices.Concat(g.open, g.unknown) }

// detailed returns causes or, if details are wanted, each of their findings as one of its own.
func detailed(causes []*analyzer.Cause, details bool) []*analyzer.Cause {
	if !details {
		return causes
	}
	var out []*analyzer.Cause
	for _, c := range causes {
		for _, f := range c.Findings {
			one := analyzer.Cause{At: f.At, Outcome: c.Outcome, Change: c.Change, Findings: []*analyzer.Finding{f}}
			if len(f.Path) > 0 {
				one.Reaches = f.Resources
			} else {
				one.Opens = f.Resources
			}
			out = append(out, &one)
		}
	}
	return out
}

// told are the findings of a cause that reports tell in full: the worst, and the one that says what to change.
func told(c *analyzer.Cause) []*analyzer.Finding {
	if o := c.Opener(); o != c.Worst() {
		return []*analyzer.Finding{c.Worst(), o}
	}
	return []*analyzer.Finding{c.Worst()}
}

// verdict is the word for how serious a cause is: the level of its worst finding, or unknown.
func verdict(c *analyzer.Cause) string {
	if c.Outcome == analyzer.Unknown {
		return "unknown"
	}
	return c.Worst().Level.String()
}

// place returns the place to show of a cause: that of the value that decides or, of what isn't known, that of the rule that
// it decides.
func (s *sources) causePlace(c *analyzer.Cause) analyzer.Place {
	if c.Decider != nil && len(told(c)) == len(c.Findings) || c.At.Filename == "" {
		return c.Opener().At
	}
	return c.At
}

// named returns the addresses of what the worst finding of a cause is about.
func named(c *analyzer.Cause) []string { return addresses(c.Worst()) }

// allNamed returns the addresses of all that a cause opens and reaches, those of its worst finding first.
func allNamed(c *analyzer.Cause) []string {
	out := named(c)
	seen := map[string]bool{}
	for _, name := range out {
		seen[name] = true
	}
	for _, name := range printed(slices.Concat(c.Reaches, c.Opens)) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// headed returns the addresses of what a cause is in one line: of all that is like its worst finding, those of that one first. Machines
// that are reached and the rules that let it happen are not counted together.
func headed(c *analyzer.Cause) []string {
	alike := c.Opens
	if len(c.Worst().Path) > 0 {
		alike = c.Reaches
	}
	out := named(c)
	for _, name := range printed(alike) {
		if !slices.Contains(out[:len(named(c))], name) {
			out = append(out, name)
		}
	}
	return out
}

// printed returns addresses as texts, so that m2 comes before m10.
func printed(list []graph.Address) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	slices.SortStableFunc(out, natural)
	return out
}

// natural orders texts so that the numbers in them rise.
func natural(a, b string) int {
	for i := 0; i < min(len(a), len(b)); i++ {
		if a[i] == b[i] {
			continue
		}
		// Where they part may be within a number, of which they share the first digits.
		start := i
		for start > 0 && isDigit(a[start-1]) {
			start--
		}
		x, y := leadingDigits(a[start:]), leadingDigits(b[start:])
		if x == "" || y == "" {
			break
		}
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if by := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); by != 0 {
			return by
		}
		break
	}
	return strings.Compare(a, b)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func leadingDigits(text string) string {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return text[:n]
}

// opening says in a few words what a cause lets in.
func opening(c *analyzer.Cause) string { return c.Opener().Opening() }

// inputs returns which of several root modules, plans and variants have a cause, with names for people; nothing if there is
// only one.
func inputs(r *analyzer.Result, c *analyzer.Cause, rename func(string) string) []string {
	if !severalInputs(r) {
		return nil
	}
	var all []string
	variants := map[string][]string{}
	for _, f := range c.Findings {
		all = append(all, f.Inputs...)
		for _, v := range f.Variants {
			variants[v.Input] = append(variants[v.Input], v.Name)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for i, name := range all {
		if all[i] = "standard input"; name != "" {
			all[i] = rename(name)
		}
		if of := variants[name]; len(of) > 0 {
			slices.Sort(of)
			all[i] += " (" + strings.Join(slices.Compact(of), ", ") + ")"
		}
	}
	return all
}

func severalInputs(r *analyzer.Result) bool {
	if len(r.Inputs) > 1 {
		return true
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; len(f.Inputs) > 1 || len(f.Variants) > 0 || !slices.Equal(f.Inputs, r.Findings[0].Inputs) {
			return true
		}
	}
	return false
}

// decides returns what would decide the findings of a cause that are told, each once.
func decides(c *analyzer.Cause) []analyzer.Decider {
	var out []analyzer.Decider
	for _, f := range told(c) {
		for _, d := range f.Decides {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	if d := c.Decider; d != nil && len(out) > 1 && len(told(c)) < len(c.Findings) {
		return []analyzer.Decider{*d} // the others may be of the one finding
	}
	return out
}

// related returns the other places of a cause: those of the findings that are told, and the blocks of at most so many others.
func related(c *analyzer.Cause, others int) []analyzer.Related {
	var out []analyzer.Related
	seen := map[analyzer.Place]bool{c.At: true}
	add := func(rel analyzer.Related) {
		if rel.At.Filename == "" || !seen[rel.At] {
			seen[rel.At] = true
			out = append(out, rel)
		}
	}
	one := told(c)
	for i := range one {
		f := one[len(one)-1-i]
		if f.At != c.At && c.Decider == nil {
			add(analyzer.Related{At: f.At, Message: firstOf(addresses(f))})
		}
		for _, rel := range f.Related {
			add(rel)
		}
	}
	for _, f := range c.Findings {
		if slices.Contains(one, f) || seen[f.Declared] || f.Declared.Filename == "" {
			continue
		}
		if others--; others < 0 {
			break
		}
		word := "it opens "
		if len(f.Path) > 0 {
			word = "it reaches "
		}
		if c.Outcome == analyzer.Unknown {
			word = "it decides "
		}
		add(analyzer.Related{At: f.Declared, Message: word + firstOf(addresses(f))})
	}
	return out
}

// firstOf names the first of several, and counts the others.
func firstOf(names []string) string {
	if len(names) == 0 {
		return ""
	}
	if more := len(names) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", names[0], more)
	}
	return names[0]
}

// extent says in a sentence how much a cause decides; nothing if what is told of it is all.
func (s *sources) extent(c *analyzer.Cause) string {
	if len(told(c)) == len(c.Findings) {
		return ""
	}
	what, opens, reaches := "One value", "opens", "reaches"
	if at := s.place(c.At); at.path != "" {
		what = "The value at " + at.String()
	}
	if c.Outcome == analyzer.Unknown {
		opens, reaches = "may open", "may reach"
		if c.Decider != nil {
			what = c.Decider.Name
		}
	}
	if c.Decider != nil && strings.ContainsRune(what, ' ') { // words, and not the name of a value
		what = capital(what)
	}
	text := fmt.Sprintf("%s decides %s", what, plural(len(c.Findings), "finding"))
	if n := len(c.Opens); n > 0 {
		text += fmt.Sprintf("; it %s %s", opens, plural(n, "resource"))
	}
	switch n := len(c.Reaches); {
	case n == 1:
		text += fmt.Sprintf("; through it the internet %s 1 machine or listener", reaches)
	case n > 1:
		text += fmt.Sprintf("; through it the internet %s %d machines or listeners", reaches, n)
	}
	return text + "."
}

// account says in sentences what a cause is, of whom, how much it decides, and how it changed.
func (s *sources) account(r *analyzer.Result, c *analyzer.Cause) string {
	var parts []string
	if text := s.extent(c); text != "" {
		parts = append(parts, text, "The worst:")
	}
	for _, f := range told(c) {
		parts = append(parts, sentence(f.Message))
	}
	if words := change(r, c.Change); words != "" {
		parts = append(parts, sentence("It is "+words))
	}
	if in := inputs(r, c, s.rename); len(in) > 0 {
		parts = append(parts, sentence("It is in "+strings.Join(in[:min(len(in), maxInputs)], ", ")))
	}
	if c.Outcome == analyzer.Unknown {
		if text := s.depends(c); text != "" {
			parts = append(parts, text)
		}
		if text := advice(r, c.Decider); text != "" {
			parts = append(parts, sentence(capital(text)))
		}
	}
	return strings.Join(parts, " ")
}

// depends says in a sentence what would decide a cause that isn't known; nothing if its extent begins with that.
func (s *sources) depends(c *analyzer.Cause) string {
	by := decides(c)
	if c.Decider != nil && len(by) == 1 && s.extent(c) != "" {
		return ""
	}
	return decidedBy(by)
}

// fixOf says what to change for a cause.
func fixOf(c *analyzer.Cause) string {
	if c.Change == analyzer.Absent {
		return ""
	}
	return c.Opener().Fix
}

// advice says how to have decided what a value decides: "give it with --var region=…". It is empty where nothing helps.
func advice(r *analyzer.Result, d *analyzer.Decider) string {
	if d == nil {
		return ""
	}
	document := slices.ContainsFunc(r.Declared, func(d analyzer.Declared) bool { return d.Document })
	variable, isVariable := strings.CutPrefix(d.Name, "var.")
	switch {
	case d.Name == "terraform.workspace":
		return "name the workspace with --workspace"
	case isVariable && !strings.ContainsAny(variable, ".["):
		return "give it with --var " + variable + "=… or --var-file"
	case d.Kind == graph.FromModule && !document:
		return "run terraform init, or scan a plan"
	case (d.Kind == graph.FromData || d.Kind == graph.FromResource) && !document:
		return "scan a plan or a state"
	case d.Kind == graph.FromData || d.Kind == graph.FromResource:
		return "scan the state, once it is applied"
	}
	return ""
}

// fingerprints identify causes by what they open: the rules, the blocks and what these let in. So they stay when lines or the
// numbers of instances change, and not when another block is opened. Causes that would have the same are told apart by the
// addresses of the instances.
func fingerprints(causes []*analyzer.Cause) []string {
	out := make([]string, len(causes))
	number := map[string]int{}
	for i, c := range causes {
		out[i] = fingerprintOf(c, graph.Address.Block)
		number[out[i]]++
	}
	for i, c := range causes {
		if number[out[i]] > 1 {
			out[i] = fingerprintOf(c, func(a graph.Address) graph.Address { return a })
		}
	}
	return out
}

// fingerprintOf hashes what identifies a cause. Quoting keeps the parts apart.
func fingerprintOf(c *analyzer.Cause, name func(graph.Address) graph.Address) string {
	var parts []string
	for _, f := range c.Findings {
		for _, a := range f.Resources {
			part := strconv.AppendQuote(nil, f.Rule.ID)
			part = strconv.AppendQuote(part, name(a).String())
			parts = append(parts, string(strconv.AppendQuote(part, f.Opening())))
		}
	}
	slices.Sort(parts)
	text := strings.Join(slices.Compact(parts), "\n")
	if c.Decider != nil {
		text = strconv.Quote(c.Decider.Name) + "\n" + text
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
