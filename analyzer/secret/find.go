package secret

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Span is a part of a text, from the byte at Start to the one before End.
type Span struct{ Start, End int }

// hole stands for an unknown part of a text (see package host).
const hole = "\uFFFC"

// Redacted replaces a secret in what [Redact] returns.
const Redacted = "[redacted]"

// pipedPassword matches lines that pipe something into a program that sets passwords.
var pipedPassword = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^([^\n]*)\|[^\n|]*(?:\b(?:chpasswd|passwd|pure-pw|smbpasswd|saslpasswd2)|--password-stdin)(?:\s|$|["'])`)
})

// echoed matches what echo and printf write, without a user name and colon before it.
var echoed = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)*(?:["']?[\w.$-]+:)?([^;|)]+)`)
})

// chpasswdBlock matches what chpasswd reads from a here-document, or a cloud-config's list: lines of user:password.
var chpasswdBlock = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[^\n]*\bchpasswd\b[^\n]*\n`)
})

// chpasswdLine matches a line of user:password.
var chpasswdLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[ \t]*(?:-[ \t]+)?["']?[a-zA-Z_][\w.-]*:[ \t]?([^\n]+)`)
})

// finder collects the secrets of a text.
type finder struct {
	text   string
	places []Span
}

// Find returns the places of what looks like a secret in a text, in increasing order and without overlaps: passwords in
// assignments, options, URLs and chpasswd, hashes, private keys, and the tokens of well-known services. A reference to a
// variable alone is no secret.
func Find(text string) []Span { return find(text, false) }

// find is Find; with prose set it leaves out forms that ordinary prose often has.
func find(text string, prose bool) []Span {
	t := triggersOf().in(text)
	if t == (found{}) {
		return nil
	}
	f := finder{text: text}
	all := rules()
	for i := range all {
		if t.has(i) && (!prose || !all[i].loose) && strings.Contains(text, all[i].sign) {
			f.match(all[i].pattern())
		}
	}
	// The words of the rules cover this one, too.
	if strings.Contains(text, "PRIVATE KEY") {
		f.places = append(f.places, privateKeys(text)...)
	}
	f.piped()
	f.blocks()
	return merge(f.places)
}

func (f *finder) match(pattern *regexp.Regexp) {
	group, name := 2*pattern.SubexpIndex("s"), 2*pattern.SubexpIndex("n")
	for _, m := range pattern.FindAllStringSubmatchIndex(f.text, -1) {
		if name < 0 || m[name] < 0 || speaks(f.text[m[name]:m[name+1]]) {
			f.add(m[group], m[group+1])
		}
	}
}

// add adds a part of the text, if it is a secret.
func (f *finder) add(start, end int) {
	// White space and quotes around a secret are not part of it.
	for end > start && strings.IndexByte(" \t\r\n\"'", f.text[end-1]) >= 0 {
		end--
	}
	for start < end && strings.IndexByte(" \t\r\n\"'", f.text[start]) >= 0 {
		start++
	}
	if strings.HasPrefix(f.text[start:end], "$(") || strings.HasPrefix(f.text[start:end], "`") {
		// The line after a command may be the secret that the command reads.
		if i := strings.IndexByte(f.text[end:], '\n'); i >= 0 {
			end += i
		} else {
			end = len(f.text)
		}
	}
	if start < end && !reference(f.text[start:end]) {
		f.places = append(f.places, Span{start, end})
	}
}

// reference reports whether a value gives nothing away.
func reference(s string) bool {
	return strings.Trim(s, hole) == "" || strings.HasPrefix(s, Redacted) || notSecret().MatchString(s)
}

// piped finds what is written into a program that sets passwords.
func (f *finder) piped() {
	if !strings.Contains(f.text, "|") {
		return
	}
	for _, line := range pipedPassword().FindAllStringSubmatchIndex(f.text, -1) {
		for _, m := range echoed().FindAllStringSubmatchIndex(f.text[line[2]:line[3]], -1) {
			f.add(line[2]+m[2], line[2]+m[3])
		}
	}
}

// blocks finds the passwords in lines that chpasswd reads.
func (f *finder) blocks() {
	if !strings.Contains(f.text, "chpasswd") {
		return
	}
	for _, block := range chpasswdBlock().FindAllStringIndex(f.text, -1) {
		// The following lines belong to it as long as they have the form.
		at := block[1]
		for range blockLines {
			end := len(f.text)
			if i := strings.IndexByte(f.text[at:], '\n'); i >= 0 {
				end = at + i
			}
			m := chpasswdLine().FindStringSubmatchIndex(f.text[at:end])
			line := strings.TrimSpace(f.text[at:end])
			if strings.Contains(line, "chpasswd") { // the next block
				break
			}
			if m == nil {
				if line != "" && !strings.HasSuffix(line, ":") && !strings.HasPrefix(line, "-") {
					break
				}
			} else if !isKey(line) {
				f.add(at+m[2], at+m[3])
			}
			if at = end + 1; at >= len(f.text) {
				break
			}
		}
	}
}

// blockLines is the number of lines that chpasswd is assumed to read.
const blockLines = 64

// isKey reports whether a line is a key of cloud-config and not a user.
func isKey(line string) bool {
	key, _, _ := strings.Cut(strings.TrimPrefix(line, "- "), ":")
	switch key {
	case "expire", "name", "type", "list", "users":
		return true
	}
	return false
}

// privateKeys finds what is between the first and the last line of private keys, also of those that are cut off.
func privateKeys(text string) []Span {
	var out []Span
	for at := 0; ; {
		const head, tail = "-----BEGIN ", "-----"
		i := strings.Index(text[at:], head)
		if i < 0 {
			return out
		}
		at += i + len(head)
		n := strings.Index(text[at:], tail)
		if n < 0 {
			return out
		}
		// A certificate, for example, isn't a secret.
		if label := text[at : at+n]; !strings.Contains(label, "PRIVATE KEY") || strings.Contains(label, "\n") {
			continue
		}
		start := at + n + len(tail)
		end := len(text)
		if i := strings.Index(text[start:], "-----END "); i >= 0 {
			end = start + i
		}
		at = end
		for start < end && strings.IndexByte(" \t\r\n", text[start]) >= 0 {
			start++
		}
		for end > start && strings.IndexByte(" \t\r\n", text[end-1]) >= 0 {
			end--
		}
		if start < end && !reference(text[start:end]) {
			out = append(out, Span{start, end})
		}
	}
}

// merge puts places in order and joins those that overlap or touch.
func merge(places []Span) []Span {
	slices.SortFunc(places, func(a, b Span) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	var out []Span
	for _, p := range places {
		if n := len(out); n > 0 && p.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, p.End)
			continue
		}
		out = append(out, p)
	}
	return out
}

// Redact returns the text with [Redacted] in the place of each secret that [Find] finds. Redacting again changes nothing.
func Redact(text string) string { return redact(text, Find(text)) }

// RedactProse is Redact for sentences, in which a word after "password:" is seldom one.
func RedactProse(text string) string { return redact(text, find(text, true)) }

func redact(text string, places []Span) string {
	if places == nil {
		return text
	}
	var b strings.Builder
	end := 0
	for _, p := range places {
		b.WriteString(text[end:p.Start])
		b.WriteString(Redacted)
		end = p.End
	}
	b.WriteString(text[end:])
	return b.String()
}
