// Package suppress reads the comments in a configuration by which its authors accept what a check finds: those of
// tfreach, and those that they wrote for other scanners. It judges nothing and reads no files.
//
// # How it works
//
// The tokens of a file are gone through once: a comment is about the code before it on its line, or else about the next line
// and the block that begins there. Who has a finding asks each comment whether it covers its place and names its check.
//
// # Example
//
//	cidr_blocks = ["0.0.0.0/0"] # tfreach:ignore ftp-ingress-open until=2030-12-31 partners upload here
//
// is a comment about that line, with one rule, an end and a reason.
package suppress

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Tool is the scanner that a comment is for.
type Tool string

// The tools whose comments are read.
const (
	Tfreach Tool = "tfreach"
	Tfsec   Tool = "tfsec"
	Trivy   Tool = "trivy"
	Checkov Tool = "checkov"
	KICS    Tool = "kics-scan"
)

// Comment is a comment that asks to suppress findings.
type Comment struct {
	Tool Tool
	// At is the place of the comment.
	At hcl.Range
	// Checks are the IDs that it names, in its tool's words. There is at least one unless Problem is set.
	Checks []string
	// Until is the last day on which it holds, at midnight UTC; zero if it has no end.
	Until time.Time
	// Reason is the reason. It may be empty for other tools' comments, which need none.
	Reason string
	// Problem is what is wrong with a comment for tfreach; such a comment suppresses nothing. It is empty if the comment is
	// right.
	Problem string
	// first and last are the lines that it covers.
	first, last int
}

// Covers reports whether the comment covers a place: whether the place begins on the line that the comment is about, or in the
// block, list or object that begins on that line.
func (c *Comment) Covers(at hcl.Range) bool {
	return at.Filename == c.At.Filename && at.Start.Line >= c.first && at.Start.Line <= c.last
}

// Narrow reports whether the comment is only about what its tool finds on one line. It then doesn't cover what is found
// elsewhere because of that line.
func (c *Comment) Narrow() bool {
	return c.Tool == KICS && len(c.Checks) > 0 && c.Checks[0] == ignoreLine
}

// Names reports whether the comment names a check: by the check's ID or, in comments for other tools, by an equivalent ID. An
// ID there may contain * for any characters. Upper and lower case are equal.
func (c *Comment) Names(id string, equivalents []string) bool {
	if c.Tool == Tfreach {
		return slices.ContainsFunc(c.Checks, func(check string) bool { return strings.EqualFold(check, id) })
	}
	if c.Narrow() || c.Tool == KICS && c.Checks[0] == ignoreBlock {
		return slices.ContainsFunc(equivalents, isUUID)
	}
	return slices.ContainsFunc(c.Checks, func(check string) bool {
		return slices.ContainsFunc(equivalents, func(e string) bool { return matches(plainID(check), plainID(e)) })
	})
}

// isUUID reports whether an ID is one of KICS.
func isUUID(id string) bool { return len(id) == 36 && strings.Count(id, "-") == 4 }

// plainID returns one form for the IDs of a check that differ by version: AVD-AWS-0107 becomes AWS-0107.
func plainID(id string) string { return strings.TrimPrefix(strings.ToLower(id), "avd-") }

// matches matches an ID with a pattern whose * stands for any characters.
func matches(pattern, id string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == id
	}
	if !strings.HasPrefix(id, head) {
		return false
	}
	parts := strings.Split(rest, "*")
	id = id[len(head):]
	for _, part := range parts[:len(parts)-1] {
		i := strings.Index(id, part)
		if i < 0 {
			return false
		}
		id = id[i+len(part):]
	}
	return strings.HasSuffix(id, parts[len(parts)-1])
}

// markers returns the words of which a file with such a comment must have one.
func markers() []string {
	return []string{"tfreach:ignore", "tfsec:ignore:", "trivy:ignore:", "checkov:skip=", "kics-scan "}
}

// Parse returns the comments of a file in native syntax or in YAML, in order. JSON syntax has no comments.
func Parse(file string, text []byte) []*Comment {
	if strings.HasSuffix(file, ".json") || !Mentioned(text) {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(text, file, hcl.InitialPos) // what can't be lexed is the parser's to report
	l := layOut(tokens)
	if IsYAML(file) {
		l.indent(text)
	}
	var out []*Comment
	begun := false // whether there was code
	for i, t := range tokens {
		if t.Type != hclsyntax.TokenComment {
			begun = begun || isCode(t)
			continue
		}
		for _, c := range parseComment(t) {
			if c.first, c.last = l.lines(l.about[i]); c.Tool == Checkov {
				c.first, c.last = l.block(i)
			}
			out = append(out, c)
		}
		if c := parseKICS(t); c != nil {
			switch c.first, c.last = l.lines(l.about[i]); {
			case c.Checks[0] == ignoreLine:
				c.last = c.first
			case c.Checks[0] == ignoreBlock:
			case begun:
				continue // it counts at the beginning of a file only
			default:
				c.first, c.last = 1, math.MaxInt
			}
			out = append(out, c)
		}
	}
	return out
}

// IsYAML reports whether a file is one of YAML by its name.
func IsYAML(file string) bool {
	return strings.HasSuffix(file, ".yaml") || strings.HasSuffix(file, ".yml")
}

// Mentioned reports whether a text has a word that such a comment begins with.
func Mentioned(text []byte) bool {
	return slices.ContainsFunc(markers(), func(m string) bool { return bytes.Contains(text, []byte(m)) })
}

var (
	ownComment = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^tfreach:ignore(?:\s+(.*))?$`) })
	ruleList   = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([A-Za-z0-9-]+(?:\s*,\s*[A-Za-z0-9-]+)*)(?:\s+(.*))?$`)
	})
	untilWord  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^until=(\S*)\s*`) })
	checkWords = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`checkov:skip=\s*([A-Za-z0-9_]+(?:\s*,\s*[A-Za-z0-9_]+)*)\s*(?::\s*(.*))?`)
	})
	kicsWords = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^kics-scan\s+(?:(ignore-line|ignore-block)\b|disable=([0-9a-fA-F-]+(?:\s*,\s*[0-9a-fA-F-]+)*))\s*:?\s*(.*)`)
	})
	scanWords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(tfsec|trivy):ignore:(\S+)`) })
)

// The words of KICS that name no check, and so stand for all.
// Source: https://docs.kics.io/latest/running-kics/#using-commands-on-scanned-files-as-comments
const ignoreLine, ignoreBlock = "ignore-line", "ignore-block"

// parseKICS returns what a comment asks of KICS: to ignore the line or block below, or checks in the whole file.
func parseKICS(t hclsyntax.Token) *Comment {
	text, at := content(t)
	m := kicsWords().FindStringSubmatch(text)
	switch {
	case m == nil:
		return nil
	case m[1] != "":
		return &Comment{Tool: KICS, At: at, Checks: []string{m[1]}, Reason: strings.TrimSpace(m[3])}
	}
	return &Comment{Tool: KICS, At: at, Checks: splitIDs(m[2]), Reason: strings.TrimSpace(m[3])}
}

// content returns the text of a comment without what makes it one, and its place without the end of the line.
func content(t hclsyntax.Token) (string, hcl.Range) {
	text := strings.TrimSpace(string(t.Bytes))
	if inner, ok := strings.CutPrefix(text, "/*"); ok {
		text = strings.TrimSuffix(inner, "*/")
	} else {
		text = strings.TrimLeft(text, "#/")
	}
	at := t.Range
	if n := len(strings.TrimRight(string(t.Bytes), "\r\n")); at.End.Line > at.Start.Line && n < len(t.Bytes) {
		at.End = hcl.Pos{Line: at.Start.Line, Column: at.Start.Column + n, Byte: at.Start.Byte + n}
	}
	return strings.TrimSpace(text), at
}

// parseComment returns what a comment asks for; a comment may have words for several tools.
func parseComment(t hclsyntax.Token) []*Comment {
	text, at := content(t)
	if m := ownComment().FindStringSubmatch(text); m != nil {
		return []*Comment{parseOwn(m[1], at)}
	}
	var out []*Comment
	for _, m := range checkWords().FindAllStringSubmatch(text, -1) {
		out = append(out, &Comment{Tool: Checkov, At: at, Checks: splitIDs(m[1]), Reason: strings.TrimSpace(m[2])})
	}
	for _, m := range scanWords().FindAllStringSubmatch(text, -1) {
		if c := parseScan(Tool(m[1]), m[2], at); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// parseOwn parses what follows tfreach:ignore: RULE[,RULE] [until=YYYY-MM-DD] reason.
func parseOwn(text string, at hcl.Range) *Comment {
	c := &Comment{Tool: Tfreach, At: at}
	list := ruleList().FindStringSubmatch(strings.TrimSpace(text))
	if list == nil {
		c.Problem = "It must name the rules that it is about: tfreach:ignore RULE[,RULE] [until=YYYY-MM-DD] reason."
		return c
	}
	c.Checks = splitIDs(list[1])
	rest := strings.TrimSpace(list[2])
	if m := untilWord().FindStringSubmatch(rest); m != nil {
		day, err := time.Parse(time.DateOnly, m[1])
		if err != nil {
			c.Problem = "The day after until= must be a date like 2030-12-31."
			return c
		}
		c.Until, rest = day, rest[len(m[0]):]
	}
	if c.Reason = rest; rest == "" {
		c.Problem = "It must say why, after the rules: tfreach:ignore RULE[,RULE] [until=YYYY-MM-DD] reason."
	}
	return c
}

// parseScan parses what follows tfsec:ignore: or trivy:ignore:, which is ID[:exp:YYYY-MM-DD], maybe with other
// conditions. It returns nil for those that depend on what isn't known here, such as a workspace.
func parseScan(tool Tool, text string, at hcl.Range) *Comment {
	parts := strings.Split(text, ":")
	c := &Comment{Tool: tool, At: at, Checks: parts[:1]}
	if strings.Contains(parts[0], "[") {
		return nil
	}
	for i := 1; i < len(parts); i += 2 {
		if parts[i] != "exp" || i+1 == len(parts) {
			return nil
		}
		day, err := time.Parse(time.DateOnly, parts[i+1])
		if err != nil {
			return nil
		}
		c.Until = day.AddDate(0, 0, -1) // it expires when the day begins
	}
	return c
}

func splitIDs(list string) []string {
	ids := strings.Split(list, ",")
	for i := range ids {
		ids[i] = strings.TrimSpace(ids[i])
	}
	return ids
}
