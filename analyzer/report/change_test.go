package report_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/report"
)

// compared is a result whose findings have changed, been found in several root modules, and are sensitive.
func compared(t *testing.T, baseline string) *analyzer.Result {
	t.Helper()
	rs := rules()
	finding := func(change analyzer.Change, scope, part string) analyzer.Finding {
		return analyzer.Finding{
			Rule: rs[0], Outcome: analyzer.Exposed, Level: analyzer.Error, Change: change, Exposure: analyzer.Unattached,
			Resources: addresses(t, scope), Scope: scope, At: spot(t, "main.tf", part), Inputs: []string{"infra/prod"},
			Message: scope + " admits everyone to TCP port 21", About: analyzer.Traffic{Opening: "tcp 21 from 0.0.0.0/0"}, Fix: "Admit only clients.",
		}
	}
	several := finding(analyzer.New, "aws_security_group.web", `"0.0.0.0/0"`)
	several.Inputs = []string{"", "infra/prod", "infra/test"}
	secret := finding(analyzer.Unchanged, "aws_security_group.many", "var.cidrs")
	secret.Sensitive, secret.About = true, analyzer.Traffic{Opening: "tcp 21 from a sensitive value"}
	gone := finding(analyzer.Absent, "aws_security_group.gone", `"10.0.0.0/8"`)
	gone.At.Before = true
	maybe := finding(analyzer.Absent, "aws_security_group.maybe", `"10.0.0.0/8"`)
	maybe.Outcome = analyzer.Unknown
	known := finding(analyzer.Unchanged, "aws_security_group.known", `"0.0.0.0/0"`)
	known.Suppression = &analyzer.Suppression{
		At: at(t, "main.tf", "  ingress {"), InSource: true, By: "tfreach:ignore ftp-ingress-open", Reason: "a mirror <for> everyone",
		Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
	}
	return &analyzer.Result{
		Rules: rs, Findings: []analyzer.Finding{several, secret, gone, maybe}, Suppressed: []analyzer.Finding{known}, Inputs: []string{"infra"}, Resources: 5,
		Changes: analyzer.Changes{New: 1, Unchanged: 1, Absent: 2}, CauseChanges: analyzer.Changes{New: 1, Unchanged: 1, Absent: 2},
		Baseline: baseline,
	}
}

func TestGoldenChanges(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"changes.txt", textOf(compared(t, ""), report.TextOptions{})},
		{"changes-since.txt", textOf(compared(t, "tfreach.baseline"), report.TextOptions{})},
		{"changes.sarif", sarifOf(compared(t, ""), report.SARIFOptions{})},
		{"changes-all.sarif", sarifOf(compared(t, "main"), report.SARIFOptions{All: true})},
		{"changes.json", jsonOf(compared(t, "main"), report.Options{})},
		{"changes.github", optionsOf(report.WriteGitHub, compared(t, "main"))},
		{"changes.html", optionsOf(report.WriteHTML, compared(t, ""))},
		{"changes.md", optionsOf(report.WriteMarkdown, compared(t, ""))},
		{"changes.junit.xml", optionsOf(report.WriteJUnit, compared(t, ""))},
		{"changes.gitlab.json", optionsOf(report.WriteGitLab, compared(t, "main"))},
	} {
		t.Run(c.name, func(t *testing.T) { golden(t, c.name, c.write) })
	}
}

// The text at a place that a sensitive value has is in no report; that at others is.
func TestSensitiveText(t *testing.T) {
	r := compared(t, "")
	for i := range r.Findings {
		f := &r.Findings[i]
		f.At, f.Sensitive = spot(t, "main.tf", "var.cidrs"), true
	}
	shown := []string{"text", "sarif", "markdown", "html"}
	for name, write := range reports(r) {
		if got := render(t, write); bytes.Contains(got, []byte("var.cidrs")) {
			t.Errorf("%s shows it:\n%s", name, got)
		}
		r.Findings[1].Sensitive = false
		got, shows := render(t, write), slices.Contains(shown, name)
		if bytes.Contains(got, []byte("var.cidrs")) != shows {
			t.Errorf("%s shows what is not sensitive: %t, want %t", name, !shows, shows)
		}
		r.Findings[1].Sensitive = true
	}
}

func TestOnlyNew(t *testing.T) {
	r := compared(t, "")
	r.Findings, r.Suppressed, r.NewOnly, r.CauseChanges = nil, nil, true, analyzer.Changes{Unchanged: 3}
	got := string(render(t, textOf(r, report.TextOptions{})))
	if want := "Nothing new found in 5 resources.\nBy the plan: 0 new, 3 unchanged, 0 closed.\n"; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
	log := string(render(t, sarifOf(r, report.SARIFOptions{All: true})))
	if want := "0 new, 3 unchanged, 0 closed. Only the new ones are reported."; !strings.Contains(log, want) {
		t.Errorf("the log does not say %q", want)
	}
}
