package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/report"
)

// Of many findings that one value decides the worst is told, with how much it decides; details tell of each.
func TestManyOfOneCause(t *testing.T) {
	open := &analyzer.Rule{ID: "ftp-ingress-open", Title: "FTP open to everyone", Level: analyzer.Error, Severity: 8}
	r := &analyzer.Result{Rules: []*analyzer.Rule{open}, Resources: 20}
	for i := range 9 {
		r.Findings = append(r.Findings, analyzer.Finding{
			Rule: open, Outcome: analyzer.Exposed, Level: analyzer.Error, Resources: addresses(t, fmt.Sprintf("aws_security_group.g[%d]", i)),
			At: spot(t, "main.tf", `"0.0.0.0/0"`), About: analyzer.Traffic{Opening: "tcp 21 from 0.0.0.0/0"}, Message: "It is open.",
		})
	}
	decider := graph.Origin{Kind: graph.FromVariable, Name: "var.clients", At: at(t, "net/crlf.tf", `variable "cidrs" {}`)}
	for i := range 9 {
		r.Findings = append(r.Findings, analyzer.Finding{
			Rule: open, Outcome: analyzer.Unknown, Level: analyzer.Error, Resources: addresses(t, fmt.Sprintf("aws_security_group.h[%d]", i)),
			At: spot(t, "main.tf", "ingress"), About: analyzer.Traffic{Opening: "tcp 21 from an unknown source"}, Message: "It may be open.",
			Decides: analyzer.Deciders([]graph.Origin{decider}),
		})
	}
	short := strings.Join(strings.Fields(string(render(t, textOf(r, report.TextOptions{})))), " ")
	for _, want := range []string{
		"decides 9 findings; it opens 9 resources. --details tells of each. opens: aws_security_group.g[0]",
		"var.clients decides 9 findings; it may open 9 resources.",
	} {
		if !strings.Contains(short, want) {
			t.Errorf("there is no %q in:\n%s", want, short)
		}
	}
	if n := strings.Count(short, "It is open.") + strings.Count(short, "It may be open."); n != 2 {
		t.Errorf("%d findings are told:\n%s", n, short)
	}
	long := string(render(t, textOf(r, report.TextOptions{Details: true})))
	if n := strings.Count(long, "It is open.") + strings.Count(long, "It may be open."); n != 18 || strings.Contains(long, "decides 9") {
		t.Errorf("%d findings are told in detail:\n%s", n, long)
	}
	annotations := string(render(t, optionsOf(func(w io.Writer, r *analyzer.Result, read func(string) []byte, o report.Options) error {
		return report.WriteGitHub(w, r, read, o)
	}, r)))
	if strings.Count(annotations, "::error ") != 1 || strings.Count(annotations, "::notice ") != 1 ||
		!strings.Contains(annotations, "decides 9 findings; it opens 9 resources. The worst: ") {
		t.Errorf("the annotations are:\n%s", annotations)
	}
}
