package host

import (
	"regexp"
	"slices"
	"strings"
)

// sedEdit is a supported command of a sed script.
type sedEdit struct {
	address *regexp.Regexp // the lines that it applies to; nil means all
	last    bool           // it applies to the last line only
	command byte           // s, d, a, i, c
	pattern *regexp.Regexp // of s
	replace string         // of s: in the syntax of regexp.Expand; of a, i and c: the text
	all     bool           // s///g
}

// parseSed reads a sed script made of the commands s, d, a, i and c, with a regular expression or $ as their address.
func parseSed(script string, extended bool) ([]sedEdit, bool) {
	var edits []sedEdit
	for script = strings.TrimLeft(script, " \t\n;"); script != ""; script = strings.TrimLeft(script, " \t\n;") {
		var e sedEdit
		switch script[0] {
		case '/':
			re, rest, ok := cutDelimited(script[1:], '/')
			if !ok {
				return nil, false
			}
			insensitive := strings.HasPrefix(rest, "I")
			if e.address, ok = sedPattern(re, extended, insensitive); !ok {
				return nil, false
			}
			script = strings.TrimPrefix(rest, "I")
		case '$':
			e.last = true
			script = script[1:]
		}
		script = strings.TrimLeft(script, " \t")
		if script == "" {
			return nil, false
		}
		e.command = script[0]
		script = script[1:]
		switch e.command {
		case 'd':
			if rest := strings.TrimLeft(script, " \t}"); rest != "" && rest[0] != ';' && rest[0] != '\n' {
				return nil, false
			}
		case 'a', 'i', 'c':
			// GNU: the rest of the line, after white space and perhaps a backslash.
			body, rest, _ := strings.Cut(script, "\n")
			body = strings.TrimLeft(body, " \t")
			body = strings.TrimPrefix(body, `\`)
			if body == "" || strings.Contains(body, `\`) {
				return nil, false
			}
			e.replace, script = body, rest
		case 's':
			if script == "" || script[0] == '\\' || script[0] == '\n' {
				return nil, false
			}
			delimiter := script[0]
			re, rest, ok1 := cutDelimited(script[1:], delimiter)
			replacement, rest, ok2 := cutDelimited(rest, delimiter)
			if !ok1 || !ok2 {
				return nil, false
			}
			flags := len(rest)
			if i := strings.IndexAny(rest, " \t;\n}"); i >= 0 {
				flags = i
			}
			insensitive := false
			for _, f := range rest[:flags] {
				switch f {
				case 'g':
					e.all = true
				case 'i', 'I':
					insensitive = true
				default:
					return nil, false
				}
			}
			script = rest[flags:]
			var ok bool
			if e.pattern, ok = sedPattern(re, extended, insensitive); !ok {
				return nil, false
			}
			if e.replace, ok = sedReplacement(replacement); !ok {
				return nil, false
			}
		default:
			return nil, false
		}
		edits = append(edits, e)
	}
	for _, e := range edits[:max(0, len(edits)-1)] {
		// sed doesn't edit the text again that these insert; a further edit here would.
		if e.command != 's' && e.command != 'd' {
			return nil, false
		}
	}
	return edits, len(edits) > 0
}

// cutDelimited cuts s at the first delimiter without a backslash before it.
func cutDelimited(s string, delimiter byte) (before, after string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			if s[i+1] != delimiter {
				b.WriteByte('\\')
			}
			i++
			b.WriteByte(s[i])
		case s[i] == delimiter:
			return b.String(), s[i+1:], true
		case s[i] == '\n':
			return "", "", false
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// sedPattern translates a POSIX regular expression, basic or extended, as far as Go has the same. POSIX takes the longest
// match, as regexp.Longest does.
func sedPattern(re string, extended, insensitive bool) (*regexp.Regexp, bool) {
	const maxPattern = 1 << 10
	if len(re) > maxPattern || re == "" {
		return nil, false
	}
	var b strings.Builder
	if insensitive {
		b.WriteString("(?i)")
	}
	for i := 0; i < len(re); i++ {
		switch c := re[i]; {
		case c == '\\':
			i++
			if i == len(re) {
				return nil, false
			}
			switch d := re[i]; {
			case strings.IndexByte("(){}|+?", d) >= 0:
				if extended {
					b.WriteByte('\\')
				}
				b.WriteByte(d)
			case strings.IndexByte(`.*[]^$\/-=#"'&@%,:;!~ `, d) >= 0:
				b.WriteString(regexp.QuoteMeta(string(d)))
			case strings.IndexByte("sSwWbt", d) >= 0: // GNU's, which Go has too
				b.WriteByte('\\')
				b.WriteByte(d)
			default:
				return nil, false
			}
		case strings.IndexByte("(){}|+?", c) >= 0:
			if !extended {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		case c == '[':
			end := i + 1
			if end < len(re) && re[end] == '^' {
				end++
			}
			if end < len(re) && re[end] == ']' {
				end++
			}
			for end < len(re) && re[end] != ']' {
				if strings.HasPrefix(re[end:], "[:") {
					j := strings.Index(re[end:], ":]")
					if j < 0 {
						return nil, false
					}
					end += j + 1
				}
				end++
			}
			if end >= len(re) {
				return nil, false
			}
			// In a POSIX bracket a backslash is itself.
			b.WriteString(strings.ReplaceAll(re[i:end+1], `\`, `\\`))
			i = end
		case c == '*' && (i == 0 || !extended && re[i-1] == '^'):
			if extended {
				return nil, false
			}
			b.WriteString(`\*`)
		case c == '^' && !extended && i > 0 && !strings.HasSuffix(re[:i], `\(`) && !strings.HasSuffix(re[:i], `\|`),
			c == '$' && !extended && i+1 < len(re) && !strings.HasPrefix(re[i+1:], `\)`) && !strings.HasPrefix(re[i+1:], `\|`):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	compiled, err := regexp.Compile(b.String())
	if err != nil {
		return nil, false
	}
	compiled.Longest()
	return compiled, true
}

// sedReplacement translates & and \1.
func sedReplacement(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '$':
			b.WriteString("$$")
		case c == '&':
			b.WriteString("${0}")
		case c == '\\' && i+1 < len(s):
			i++
			switch d := s[i]; {
			case d >= '0' && d <= '9':
				b.WriteString("${" + string(d) + "}")
			case d == 'n':
				b.WriteByte('\n')
			case d == '\\' || d == '&' || d == '/':
				b.WriteByte(d)
			default:
				return "", false
			}
		case c == '\\':
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// editLines carries out edits on lines; by is the place of the script. Unknown lines stay unknown.
func editLines(lines []Line, edits []sedEdit, by Text) []Line {
	for _, e := range edits {
		var edited []Line
		for i, l := range lines {
			applies := (!e.last || i == len(lines)-1) && (e.address == nil || l.Doubt == "" && e.address.MatchString(l.S))
			switch {
			case l.Perhaps && e.last && i == len(lines)-1 && e.command != 'a':
				edited = append(edited, l, Line{Text: by, Doubt: "which line is the last isn't known"})
			case l.Perhaps && !e.last:
				edited = append(edited, l)
				bare := l
				bare.Doubt, bare.Perhaps = "", false
				if other := editLines([]Line{bare}, []sedEdit{e}, by); len(other) != 1 || other[0].S != l.S {
					edited = append(edited, perhaps(other, l.Doubt)...)
				}
			case l.Doubt != "" && !e.last:
				// If anything may stand here, the result of the edit is unknown, too.
				edited = append(edited, l)
			case !applies:
				edited = append(edited, l)
			case e.command == 'd':
			case e.command == 'a':
				edited = append(edited, l, Line{Text: by.Blur(e.replace)})
			case e.command == 'i':
				edited = append(edited, Line{Text: by.Blur(e.replace)}, l)
			case e.command == 'c':
				edited = append(edited, Line{Text: by.Blur(e.replace)})
			case l.Doubt != "":
				edited = append(edited, l)
			default:
				edited = append(edited, substitute(l, e, by)...)
			}
		}
		lines = edited
	}
	return lines
}

// perhapsEdited returns lines that an edit may have changed, or not: both what it makes of a line and the line itself may be
// there.
func perhapsEdited(lines, edited []Line, by Text, why string) []Line {
	if len(lines) != len(edited) {
		return append(slices.Clip(lines), Line{Text: by, Doubt: why})
	}
	var out []Line
	for i := range lines {
		if lines[i].S == edited[i].S {
			out = append(out, lines[i])
			continue
		}
		out = append(out, perhaps([]Line{lines[i], edited[i]}, why)...)
	}
	return out
}

func substitute(l Line, e sedEdit, by Text) []Line {
	if strings.Contains(l.S, Hole) && e.pattern.MatchString(l.S) {
		return []Line{{Text: by, Doubt: "an edit depends on a part of the file that isn't known"}}
	}
	limit := 1
	if e.all {
		limit = -1
	}
	var b []byte
	end := 0
	matches := e.pattern.FindAllStringSubmatchIndex(l.S, limit)
	if len(matches) == 0 {
		return []Line{l}
	}
	const maxLine = 1 << 16
	for _, m := range matches {
		b = append(b, l.S[end:m[0]]...)
		b = e.pattern.ExpandString(b, e.replace, l.S, m)
		end = m[1]
		if len(b) > maxLine {
			return []Line{{Text: by, Doubt: "an edit makes a line too long to follow"}}
		}
	}
	b = append(b, l.S[end:]...)
	if string(b) == l.S {
		return []Line{l}
	}
	return LinesOf(by.Blur(string(b)))
}
