package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// What GitLab accepts in a report: https://gitlab.com/gitlab-org/security-products/security-report-schemas, the file
// dist/sast-report-format.json of gitlabVersion. GitLab 16 accepts only 15.0.
const (
	gitlabVersion     = "15.0.4"
	gitlabSchema      = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v" + gitlabVersion + "/dist/sast-report-format.json"
	maxGitLabName     = 255
	maxGitLabSolution = 7_000
	gitlabTime        = "2006-01-02T15:04:05"
	// maxGitLabMethods and maxGitLabItems are how many resources the place and the details of one entry name.
	maxGitLabMethods = 10
	maxGitLabItems   = 100
)

// GitLab writes the result as a report of static analysis for GitLab's security dashboard, which Options.Time is the time
// of: an entry for each cause. Those of what is unknown have the severity Unknown. What was not analysed is in the messages of the scan. An
// error is that of w.
func GitLab(w io.Writer, r *analyzer.Result, o Options) error {
	return writeGitLab(w, r, sourcesOf(r, o.Path), o)
}

func writeGitLab(w io.Writer, r *analyzer.Result, s *sources, o Options) error {
	version := o.Version
	if version == "" {
		version = "devel"
	}
	tool := gitlabTool{ID: toolName, Name: toolName, Version: version, Vendor: gitlabVendor{toolName}}
	out := gitlabReport{
		Schema: gitlabSchema, Version: gitlabVersion, Vulnerabilities: []gitlabVulnerability{},
		Scan: gitlabScan{
			Analyzer: tool, Scanner: tool, Type: "sast", Status: "success", Messages: gitlabMessages(r, s),
			Start: o.Time.UTC().Format(gitlabTime), End: o.Time.UTC().Format(gitlabTime),
		},
	}
	g := group(r)
	causes := g.now()
	marks := fingerprints(causes)
	for i, c := range causes {
		out.Vulnerabilities = append(out.Vulnerabilities, gitlabCause(r, s, c, marks[i], o.Version))
		if diff := s.patch(s.replacements(r, c)); diff != nil {
			out.Remediations = append(out.Remediations, gitlabRemediation{[]gitlabFix{{marks[i]}}, clip(display.Clean(fixOf(c)), maxGitLabSolution), diff})
		}
	}
	data, err := marshal(out)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func gitlabCause(r *analyzer.Result, s *sources, c *analyzer.Cause, mark, version string) gitlabVulnerability {
	f := c.Worst()
	at := s.place(s.causePlace(c))
	page := rulePage(f.Rule, version)
	names := allNamed(c)
	v := gitlabVulnerability{
		ID:          mark,
		Name:        clip(display.Clean(f.Rule.Title), maxGitLabName),
		Description: markdownText(s.account(r, c)),
		Severity:    gitlabSeverity(f),
		Solution:    clip(display.Clean(fixOf(c)), maxGitLabSolution),
		Identifiers: []gitlabIdentifier{{Type: "tfreach_rule", Name: "tfreach " + f.Rule.ID, Value: f.Rule.ID, URL: page}},
		Links:       []gitlabLink{{Name: "What " + f.Rule.ID + " asks, and how to fix what it finds", URL: page}},
		Location:    gitlabLocation{File: at.path, Start: at.startLine, End: at.endLine, Method: strings.Join(listedNames(names, maxGitLabMethods), ", ")},
		Tracking: gitlabTracking{Type: "source", Items: []gitlabItem{{
			File: at.path, Start: at.startLine, End: at.endLine,
			Signatures: []gitlabSignature{{Algorithm: "tfreach_v2", Value: mark}},
		}}},
	}
	text := func(text string) gitlabValue {
		return gitlabValue{Type: "text", Value: strings.Join(display.Words(text), " ")}
	}
	detail := func(key, name string, items []gitlabValue) {
		if len(items) == 0 {
			return
		}
		if v.Details == nil {
			v.Details = map[string]gitlabDetail{}
		}
		v.Details[key] = gitlabDetail{Name: name, Type: "list", Items: items}
	}
	detail("path", "Path from the internet", list(f.Path, func(p *analyzer.PathStep) gitlabValue { return text(p.Message) }))
	detail("resources", "Resources", list(listedNames(names, maxGitLabItems), func(name *string) gitlabValue { return text(*name) }))
	detail("decides", "What would decide it", list(decides(c), func(o *analyzer.Decider) gitlabValue { return text(o.Name) }))
	detail("related", "Belongs to it", list(related(c, maxElsewhere), func(rel *analyzer.Related) gitlabValue {
		if at := s.place(rel.At); at.path != "" {
			return text(at.String() + ": " + rel.Message)
		}
		return text(rel.Message)
	}))
	return v
}

// listedNames returns at most limit of the names, and counts the others.
func listedNames(names []string, limit int) []string {
	if more := len(names) - limit; more > 0 {
		return append(slices.Clone(names[:limit]), fmt.Sprintf("and %d more", more))
	}
	return names
}

type gitlabLink struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// gitlabSeverity follows the level and, for the least serious findings, the score of the rule.
func gitlabSeverity(f *analyzer.Finding) string {
	if f.Outcome == analyzer.Unknown {
		return "Unknown"
	}
	switch f.Level {
	case analyzer.Error:
		if f.Rule.Severity >= criticalSeverity {
			return "Critical"
		}
		return "High"
	case analyzer.Warning:
		return "Medium"
	case analyzer.Note:
	}
	return "Low"
}

// criticalSeverity is the lowest critical score, as in CVSS.
const criticalSeverity = 9

func gitlabMessages(r *analyzer.Result, s *sources) []gitlabMessage {
	out := []gitlabMessage{}
	for i := range r.Notices {
		n := &r.Notices[i]
		text := noticed(n)
		if at := s.now(n.At); at.path != "" {
			text = at.path + ":" + strconv.Itoa(at.startLine) + ": " + text
		}
		if n.Partial {
			text = "Not analysed: " + text
		}
		level := "info"
		if n.Level >= analyzer.Warning {
			level = "warn"
		}
		out = append(out, gitlabMessage{level, strings.Join(display.Words(text), " ")})
	}
	return append(out, gitlabMessage{"info", display.Clean(summary(r))})
}

type gitlabReport struct {
	Schema          string                `json:"schema"`
	Version         string                `json:"version"`
	Scan            gitlabScan            `json:"scan"`
	Vulnerabilities []gitlabVulnerability `json:"vulnerabilities"`
	Remediations    []gitlabRemediation   `json:"remediations,omitempty"`
}

// gitlabRemediation is a patch that makes entries go. JSON has its bytes in base64, as GitLab wants them.
type gitlabRemediation struct {
	Fixes   []gitlabFix `json:"fixes"`
	Summary string      `json:"summary"`
	Diff    []byte      `json:"diff"`
}

// gitlabFix names an entry.
type gitlabFix struct {
	ID string `json:"id"`
}

type gitlabScan struct {
	Analyzer gitlabTool      `json:"analyzer"`
	Scanner  gitlabTool      `json:"scanner"`
	Type     string          `json:"type"`
	Start    string          `json:"start_time"`
	End      string          `json:"end_time"`
	Status   string          `json:"status"`
	Messages []gitlabMessage `json:"messages"`
}

type gitlabTool struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Version string       `json:"version"`
	Vendor  gitlabVendor `json:"vendor"`
}

type gitlabVendor struct {
	Name string `json:"name"`
}

type gitlabMessage struct {
	Level string `json:"level"`
	Value string `json:"value"`
}

type gitlabVulnerability struct {
	ID          string                  `json:"id"`
	Name        string                  `json:"name"`
	Description string                  `json:"description"`
	Severity    string                  `json:"severity"`
	Solution    string                  `json:"solution,omitempty"`
	Identifiers []gitlabIdentifier      `json:"identifiers"`
	Links       []gitlabLink            `json:"links"`
	Location    gitlabLocation          `json:"location"`
	Tracking    gitlabTracking          `json:"tracking"`
	Details     map[string]gitlabDetail `json:"details,omitempty"`
}

type gitlabIdentifier struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Value string `json:"value"`
	URL   string `json:"url"`
}

// gitlabLocation has the resources' addresses as its method, since that is the only name within a file that the format has.
type gitlabLocation struct {
	File   string `json:"file,omitempty"`
	Start  int    `json:"start_line,omitempty"`
	End    int    `json:"end_line,omitempty"`
	Method string `json:"method"`
}

// gitlabTracking lets GitLab follow a vulnerability when its lines move.
type gitlabTracking struct {
	Type  string       `json:"type"`
	Items []gitlabItem `json:"items"`
}

type gitlabItem struct {
	File       string            `json:"file,omitempty"`
	Start      int               `json:"start_line,omitempty"`
	End        int               `json:"end_line,omitempty"`
	Signatures []gitlabSignature `json:"signatures"`
}

type gitlabSignature struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

type gitlabDetail struct {
	Name  string        `json:"name"`
	Type  string        `json:"type"`
	Items []gitlabValue `json:"items"`
}

type gitlabValue struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}
