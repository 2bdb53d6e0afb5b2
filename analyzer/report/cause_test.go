package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
)

// story is a result with one value that opens three rules with a machine each, another that opens a rule and a machine, and a
// variable that would decide of four more.
func story(t *testing.T) *analyzer.Result {
	t.Helper()
	port := reach.Port{Service: "ftp", Label: "FTP", Protocol: netset.TCP, Ports: netset.PortRange(21, 21)}
	open := &analyzer.Rule{
		ID: "ftp-ingress-open", Title: "FTP open to everyone", Level: analyzer.Error, Severity: 8, Port: port,
		Summary: "A rule admits everyone.", Help: "# FTP open to everyone\n",
	}
	host := &analyzer.Rule{
		ID: "ftp-host-reachable", Title: "FTP of a machine reachable from the internet", Level: analyzer.Error, Severity: 9.3, Port: port,
		Summary: "A way leads to a machine.", Help: "# FTP of a machine\n",
	}
	r := &analyzer.Result{Rules: []*analyzer.Rule{open, host}, Inputs: []string{"."}, Resources: 30, Roots: 2, Unread: analyzer.Unread{Calls: 3}}
	pair := func(name, part string, known bool) {
		about := analyzer.Traffic{Opening: "tcp 21 from 0.0.0.0/0"}
		block := spot(t, "main.tf", "ingress {")
		block.Start.Byte += len(r.Findings) // each has a block of its own
		block.Start.Line += len(r.Findings)
		rule := analyzer.Finding{
			Rule: open, Outcome: analyzer.Exposed, Level: analyzer.Error, Resources: addresses(t, "aws_security_group."+name), Scope: "aws_security_group." + name,
			At: spot(t, "main.tf", part), Declared: block, About: about, Message: "aws_security_group." + name + " lets everyone in",
			Fix: "Name the addresses that need FTP.", Exposure: analyzer.Reachable, Inputs: []string{"."},
		}
		machine := analyzer.Finding{
			Rule: host, Outcome: analyzer.Exposed, Level: analyzer.Error, Resources: addresses(t, "aws_instance."+name), Scope: "aws_instance." + name,
			At: spot(t, "main.tf", `resource "aws_security_group" "many"`), About: about, Message: "instance aws_instance." + name + " is reachable",
			Fix: "Close any hop of the way.", Exposure: analyzer.Reachable, Inputs: []string{"."},
			Path: []analyzer.PathStep{
				{Kind: "public address", Name: "aws_instance." + name, Certain: true, Message: "public address: it has one"},
				{Kind: "internet gateway", Name: "aws_internet_gateway.main", Certain: true, Message: "internet gateway aws_internet_gateway.main: it is attached"},
				{Kind: "security group", Name: "aws_security_group." + name, Certain: known, At: block, Message: "security group aws_security_group." + name},
			},
		}
		if !known {
			decider := graph.Origin{Kind: graph.FromVariable, Name: "var.cidrs", At: at(t, "net/crlf.tf", `variable "cidrs" {}`)}
			for _, f := range []*analyzer.Finding{&rule, &machine} {
				f.Outcome, f.Exposure, f.Decides = analyzer.Unknown, analyzer.Undetermined, analyzer.Deciders([]graph.Origin{decider})
			}
		}
		r.Findings = append(r.Findings, rule, machine)
	}
	for i := range 3 {
		pair(fmt.Sprintf("client%d", i), `"0.0.0.0/0"`, true)
	}
	pair("partner", `"10.0.0.0/8"`, true)
	for i := range 4 {
		pair(fmt.Sprintf("office%d", i), "var.cidrs", false)
	}
	return r
}

// Each format tells one story of a value: the machines that it exposes, the rules that it opens, and how many of each.
func TestGoldenStory(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"story.txt", textOf(story(t), report.TextOptions{})},
		{"story-details.txt", textOf(story(t), report.TextOptions{Details: true})},
		{"story.sarif", sarifOf(story(t), report.SARIFOptions{})},
		{"story-all.sarif", sarifOf(story(t), report.SARIFOptions{All: true})},
		{"story.json", jsonOf(story(t), report.Options{})},
		{"story.github", optionsOf(report.WriteGitHub, story(t))},
		{"story.line", optionsOf(report.WriteLine, story(t))},
		{"story.html", optionsOf(report.WriteHTML, story(t))},
		{"story.md", optionsOf(report.WriteMarkdown, story(t))},
		{"story.junit.xml", optionsOf(report.WriteJUnit, story(t))},
		{"story.gitlab.json", optionsOf(report.WriteGitLab, story(t))},
	} {
		t.Run(c.name, func(t *testing.T) { golden(t, c.name, c.write) })
	}
}

// What many values decide, one each, is told of a few, with a line of some more, and counted; details tell of each.
func TestManyCauses(t *testing.T) {
	r := story(t)
	r.Findings = nil
	for i := range 400 {
		f := story(t).Findings[0]
		if i >= 200 {
			f = story(t).Findings[8]
			f.Decides[0].Name = fmt.Sprintf("var.cidrs_%d", i)
		}
		f.Resources = addresses(t, fmt.Sprintf("aws_security_group.g%d", i))
		f.Message = "a story of its own"
		f.At.Start.Byte, f.At.Start.Line = i, i+1
		r.Findings = append(r.Findings, f)
		r.Notices = append(r.Notices, analyzer.Notice{Level: analyzer.Warning, Summary: "A module is not installed", Detail: fmt.Sprint("module ", i)})
	}
	short := string(render(t, textOf(r, report.TextOptions{})))
	if n := strings.Count(short, "\n"); n > 220 {
		t.Errorf("the report has %d lines", n)
	}
	for _, want := range []string{
		"192 more, in brief:", "and 180 more", "196 more, in brief:", "A module is not installed: 397 more", "FTP, TCP 21: 200 errors, 0 warnings, 200 unknown",
	} {
		if !strings.Contains(short, want) {
			t.Errorf("there is no %q in:\n%s", want, short)
		}
	}
	if last := short[strings.LastIndex(short, "\n\n"):]; !strings.Contains(last, "tfreach fix") || !strings.Contains(last, "--details") {
		t.Errorf("the last lines don't say what to do next: %s", last)
	}
	long := string(render(t, textOf(r, report.TextOptions{Details: true})))
	if n := strings.Count(long, "a story of its own"); n != 400 || strings.Contains(long, "in brief") {
		t.Errorf("%d of 400 are told in detail", n)
	}
}

// The way to decide what isn't known is one that the input takes.
func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		origin   graph.Origin
		document bool
		want     string
	}{
		{graph.Origin{Kind: graph.FromVariable, Name: "var.cidrs"}, false, "give it with --var cidrs=… or --var-file"},
		{graph.Origin{Kind: graph.FromVariable, Name: "module.a.var.cidrs"}, false, ""},
		{graph.Origin{Kind: graph.FromExpression, Name: "terraform.workspace"}, false, "name the workspace with --workspace"},
		{graph.Origin{Kind: graph.FromModule, Name: "module.a"}, false, "run terraform init, or scan a plan"},
		{graph.Origin{Kind: graph.FromModule, Name: "module.a"}, true, ""},
		{graph.Origin{Kind: graph.FromData, Name: "data.x.y.z"}, false, "scan a plan or a state"},
		{graph.Origin{Kind: graph.FromResource, Name: "aws_eip.x.public_ip"}, true, "scan the state, once it is applied"},
	} {
		r := story(t)
		r.Declared = []analyzer.Declared{{Document: c.document}}
		for i := range r.Findings {
			if len(r.Findings[i].Decides) > 0 {
				r.Findings[i].Decides = analyzer.Deciders([]graph.Origin{c.origin})
			}
		}
		text := strings.Join(strings.Fields(string(render(t, textOf(r, report.TextOptions{})))), " ")
		_, advice, found := strings.Cut(text, "to decide it: ")
		if found != (c.want != "") || !strings.HasPrefix(advice, c.want) {
			t.Errorf("%s: %.60q, want %q", c.origin.Name, advice, c.want)
		}
	}
}
