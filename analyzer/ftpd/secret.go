package ftpd

import (
	"cmp"
	"github.com/tfreach/tfreach/analyzer/host"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// secretPatterns are the places where texts that set up machines have secrets: each matches one, and its group named s
// is the secret. They would rather find too much than too little.
var secretPatterns = sync.OnceValue(func() []*regexp.Regexp {
	// A name that speaks of a secret.
	const secretName = `[\w.-]*(?:passw(?:or)?d|passwd|passphrase|passwort|secret|token|api_?key|access_?key|private_?key|` +
		`credential|_pass|ftp_?pass|_pwd|\bpwd|\bpass)[\w-]*["']?`
	var compiled []*regexp.Regexp
	for _, p := range []string{
		// Private keys, also cut off ones.
		`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?P<s>.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`,
		// name=value, name: value, "name": "value", -Name value, for names that speak of a secret.
		`(?i)` + secretName + `\s*(?:=>?|:)\s*"(?P<s>[^"\n]+)"`,
		`(?i)` + secretName + `\s*(?:=>?|:)\s*'(?P<s>[^'\n]+)'`,
		`(?i)` + secretName + `(?:=|[ \t]*:[ \t]+|[ \t]+=[ \t]+)(?P<s>[^\s"',;]+)`,
		`(?i)\s--?(?:password|passwd|pass|passphrase|secret|token)[ \t=]+["']?(?P<s>[^\s"']+)`,
		// The users of container images: name|password, in USERS.
		`(?i)\bUSERS["']?\s*(?:=|:)\s*["']?(?P<s>[^"'\n]*\|[^"'\n]*)`,
		// Lists of variables: name = "FTP_PASS", value = "…".
		`(?i)\bname["']?\s*[=:]\s*["'](?:` + secretName + `|USERS["'])\s*,?\s*["']?value["']?\s*[=:]\s*["'](?P<s>[^"'\n]+)`,
		`(?m)\bchpasswd\b[^\n]*<<<\s*["']?[^\n:]*:(?P<s>[^\n]+)`,
		`(?m)\buser(?:add|mod)\b[^\n]*?\s(?:-p|--password)[ \t=]+["']?(?P<s>[^\s"']+)`,
		`(?im)\bnet[ \t]+user[ \t]+\S+[ \t]+(?P<s>[^\s/]\S*)`,
		`(?i)ConvertTo-SecureString\s+(?:-String\s+)?["'](?P<s>[^"'\n]+)`,
		`(?im)\bsshpass\b[^\n]*?-p[ \t]*["']?(?P<s>[^\s"']+)`,
		`(?im)\bcurl\b[^\n]*?\s(?:-u|--user)[ \t=]+["']?[^\s:"']+:(?P<s>[^\s"']+)`,
		`(?im)\bmysql\w*\b[^\n]*?\s-p(?P<s>[^\s"']+)`,
		`(?i)IDENTIFIED\s+BY\s+["'](?P<s>[^"'\n]+)`,
		`(?i)\bopenssl[ \t]+passwd\b(?:[ \t]+-\w+)*[ \t]+["']?(?P<s>[^\s"'-][^\s"']*)`,
		// A password in a URL.
		`(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:(?P<s>[^\s/@"']+)@`,
		// Hashes in the format of crypt(3), and the keys of clouds and forges.
		`(?P<s>\$(?:1|2[abxy]?|5|6|7|y|gy|argon2\w*|sha1|scrypt)\$[^\s"':]+)`,
		`\b(?P<s>(?:AKIA|ASIA)[A-Z0-9]{16})\b`,
		`\b(?P<s>gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{35}|hv[sb]\.[\w-]{20,})`,
		`\b(?P<s>eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+)`,
		`(?im)\bAuthorization:\s*(?:Basic|Bearer)\s+(?P<s>[^\s"']+)`,
	} {
		compiled = append(compiled, regexp.MustCompile(p))
	}
	return compiled
})

// pipedPassword finds lines that pipe something into a program that sets passwords.
var pipedPassword = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^([^\n]*)\|[^\n|]*\b(?:chpasswd|passwd|pure-pw|smbpasswd)\b`)
})

// echoed finds what echo and printf write, without the name of the user before a colon.
var echoed = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)*(?:["']?[\w.$-]+:)?([^;|)]+)`)
})

// chpasswdBlock finds what chpasswd reads from a here-document, or a cloud-config's list: lines of user:password.
var chpasswdBlock = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[^\n]*\bchpasswd\b[^\n]*\n`)
})

// chpasswdLine is a line of user:password.
var chpasswdLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[ \t]*(?:-[ \t]+)?["']?[a-zA-Z_][\w.-]*:[ \t]?([^\n]+)`)
})

// FindSecrets returns the places of what looks like a secret in a text that sets up a machine, in increasing order and
// without overlaps: passwords in assignments, options, URLs and chpasswd, hashes, private keys and well-known tokens. The
// Part of each Span is 0. A reference to a
// variable alone is no secret.
func FindSecrets(s string) []Span {
	type place struct{ start, end int }
	var places []place
	add := func(start, end int) {
		// White space and quotes around it are no part of it.
		for end > start && strings.IndexByte(" \t\r\n\"'", s[end-1]) >= 0 {
			end--
		}
		for start < end && strings.IndexByte(" \t\r\n\"'", s[start]) >= 0 {
			start++
		}
		if strings.HasPrefix(s[start:end], "$(") || strings.HasPrefix(s[start:end], "`") {
			// A command may well be told the secret.
			if i := strings.IndexByte(s[end:], '\n'); i >= 0 {
				end += i
			} else {
				end = len(s)
			}
		}
		if start < end && !isReference(s[start:end]) {
			places = append(places, place{start, end})
		}
	}
	for _, re := range secretPatterns() {
		group := 2 * re.SubexpIndex("s")
		for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
			add(m[group], m[group+1])
		}
	}
	for _, line := range pipedPassword().FindAllStringSubmatchIndex(s, -1) {
		for _, m := range echoed().FindAllStringSubmatchIndex(s[line[2]:line[3]], -1) {
			add(line[2]+m[2], line[2]+m[3])
		}
	}
	for _, block := range chpasswdBlock().FindAllStringIndex(s, -1) {
		// The lines that follow, as long as they can belong to it.
		const most = 64
		at := block[1]
		for range most {
			end := len(s)
			if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
				end = at + i
			}
			m := chpasswdLine().FindStringSubmatchIndex(s[at:end])
			line := strings.TrimSpace(s[at:end])
			if strings.Contains(line, "chpasswd") { // the next block
				break
			}
			if m == nil {
				if line != "" && !strings.HasSuffix(line, ":") && !strings.HasPrefix(line, "-") {
					break
				}
			} else if !isKey(line) {
				add(at+m[2], at+m[3])
			}
			if at = end + 1; at >= len(s) {
				break
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var merged []place
	for _, p := range places {
		if n := len(merged); n > 0 && p.start <= merged[n-1].end {
			merged[n-1].end = max(merged[n-1].end, p.end)
			continue
		}
		merged = append(merged, p)
	}
	spans := make([]Span, len(merged))
	t := host.NewText(0, s)
	for i, p := range merged {
		spans[i] = t.Sub(p.start, p.end).Span()
	}
	return spans
}

// isKey tells the keys of cloud-config that are no users.
func isKey(line string) bool {
	key, _, _ := strings.Cut(strings.TrimPrefix(line, "- "), ":")
	switch key {
	case "expire", "name", "type", "list", "users":
		return true
	}
	return false
}

// isReference reports whether a value is only a variable or a Hole, and gives nothing away.
func isReference(s string) bool {
	return strings.Trim(s, Hole) == "" || s == Redacted || variableOnly().MatchString(s)
}

var variableOnly = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\$(?:[a-zA-Z_]\w*|\{[a-zA-Z_]\w*\})$`) })

// Redacted stands for a secret in what [Redact] returns.
const Redacted = "[redacted]"

// Redact returns the text with [Redacted] in the place of each secret that FindSecrets finds. Redacting again changes
// nothing.
func Redact(s string) string {
	var b strings.Builder
	end := 0
	for _, secret := range FindSecrets(s) {
		b.WriteString(s[end:secret.Start])
		b.WriteString(Redacted)
		end = secret.End
	}
	b.WriteString(s[end:])
	return b.String()
}
