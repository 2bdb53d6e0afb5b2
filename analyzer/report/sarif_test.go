package report_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/report"
)

// sarif is what the tests read of a log.
type sarif struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Version, SemanticVersion string
				Rules                    []struct {
					ID         string
					Properties struct{ Tags []string }
				}
			}
		}
		Invocations []struct {
			ToolExecutionNotifications []struct {
				Descriptor struct{ ID string }
				Message    struct{ Text string }
			}
		}
		Results []sarifResult
	}
}

type sarifResult struct {
	RuleID              string
	RuleIndex           *int
	Kind, Level         string
	Message             struct{ Text string }
	Locations           []sarifLocation
	RelatedLocations    []sarifLocation
	PartialFingerprints map[string]string
}

type sarifLocation struct {
	ID               int
	PhysicalLocation struct {
		ArtifactLocation      struct{ URI, URIBaseID string }
		Region, ContextRegion *sarifRegion
	}
	LogicalLocations []struct{ FullyQualifiedName string }
}

type sarifRegion struct {
	StartLine, StartColumn, EndLine, EndColumn int
	Snippet                                    *struct{ Text string }
}

func parseSARIF(t testing.TB, data []byte) sarif {
	t.Helper()
	var s sarif
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Runs) != 1 {
		t.Fatalf("%d runs, want 1", len(s.Runs))
	}
	return s
}

// cut returns the part of text that a region in UTF-16 columns names.
func cut(t testing.TB, text string, r *sarifRegion) string {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimPrefix(text, "\ufeff"), "\n")
	if r.StartLine < 1 || r.EndLine > len(lines) || r.StartLine > r.EndLine {
		t.Fatalf("region %+v in a text of %d lines", *r, len(lines))
	}
	offset := func(line, column int) int {
		units := utf16.Encode([]rune(lines[line-1]))
		if column < 1 || column-1 > len(units) {
			t.Fatalf("region %+v: column %d of %q", *r, column, lines[line-1])
		}
		return len(strings.Join(lines[:line-1], "")) + len(string(utf16.Decode(units[:column-1])))
	}
	start, end := offset(r.StartLine, r.StartColumn), offset(r.EndLine, r.EndColumn)
	if end < start {
		t.Fatalf("region %+v ends before it starts", *r)
	}
	return strings.Join(lines, "")[start:end]
}

func TestSARIFRegions(t *testing.T) {
	snippets := 0
	for _, res := range parseSARIF(t, render(t, sarifOf(full(t), report.SARIFOptions{All: true}))).Runs[0].Results {
		p := res.Locations[0].PhysicalLocation
		name, err := url.PathUnescape(p.ArtifactLocation.URI)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*sarifRegion{p.Region, p.ContextRegion} {
			if r == nil || r.Snippet == nil {
				continue
			}
			snippets++
			if got := cut(t, string(sources(name)), r); got != r.Snippet.Text {
				t.Errorf("%s: region %+v is %q, its snippet %q", name, *r, got, r.Snippet.Text)
			}
		}
		if r := p.ContextRegion; r != nil && (r.StartLine > p.Region.StartLine || r.EndLine < p.Region.EndLine) {
			t.Errorf("context %+v does not hold region %+v", *r, *p.Region)
		}
	}
	if want := 10; snippets != want {
		t.Errorf("%d snippets, want %d", snippets, want)
	}
}

func TestSARIFURI(t *testing.T) {
	for name, want := range map[string]string{
		"main.tf":           "main.tf",
		"./a//main.tf":      "a/main.tf",
		"a b/#1/50%?.tf":    "a%20b/%231/50%25%3F.tf",
		"c:x/é.tf":          "./c:x/%C3%A9.tf",
		"/outside/main.tf":  "file:///outside/main.tf",
		"[a]\"<>\\^`{|}.tf": "%5Ba%5D%22%3C%3E%5C%5E%60%7B%7C%7D.tf",
	} {
		r := full(t)
		r.Findings = r.Findings[:1]
		o := report.SARIFOptions{Path: func(string) string { return name }}
		at := parseSARIF(t, render(t, sarifOf(r, o))).Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation
		if at.URI != want {
			t.Errorf("%q becomes %q, want %q", name, at.URI, want)
		}
		if relative := !strings.HasPrefix(want, "file:"); relative != (at.URIBaseID == "%SRCROOT%") {
			t.Errorf("%q has base %q", name, at.URIBaseID)
		}
	}
}

func TestSARIFVersion(t *testing.T) {
	for in, want := range map[string][2]string{
		"v1.2.3":                             {"1.2.3", "1.2.3"},
		"1.2.3-rc.1+x":                       {"1.2.3-rc.1+x", "1.2.3-rc.1+x"},
		"v0.0.0-20251124000000-abcdefabcdef": {"0.0.0-20251124000000-abcdefabcdef", "0.0.0-20251124000000-abcdefabcdef"},
		"devel":                              {"0.0.0 devel", ""},
		"":                                   {"0.0.0", "0.0.0"},
		"1.2":                                {"1.2", ""},
	} {
		d := parseSARIF(t, render(t, sarifOf(clean(), report.SARIFOptions{Version: in}))).Runs[0].Tool.Driver
		if got := [2]string{d.Version, d.SemanticVersion}; got != want {
			t.Errorf("version %q becomes %q, want %q", in, got, want)
		}
	}
}

// Fingerprints tell openings apart, wherever they are.
func TestSARIFFingerprints(t *testing.T) {
	of := func(change func(*analyzer.Finding)) map[string]string {
		r := full(t)
		r.Findings = r.Findings[:1]
		change(&r.Findings[0])
		return parseSARIF(t, render(t, sarifOf(r, report.SARIFOptions{}))).Runs[0].Results[0].PartialFingerprints
	}
	const ours, lineHash = "tfreach/v2", "primaryLocationLineHash"
	base := of(func(*analyzer.Finding) {})

	same := of(func(f *analyzer.Finding) {
		f.At, f.Related, f.Message, f.Fix = spot(t, "main.tf", "ingress"), nil, "x", "y"
	})
	if same[ours] != base[ours] {
		t.Error("the fingerprint depends on more than rule, block and opening")
	}
	instance := func(n int) func(*analyzer.Finding) {
		return func(f *analyzer.Finding) {
			f.Resources = nil
			for i := range n {
				f.Resources = append(f.Resources, address(t, fmt.Sprintf("aws_security_group.web[%d]", i)))
			}
		}
	}
	if two, three := of(instance(2)), of(instance(3)); two[ours] != three[ours] {
		t.Error("the fingerprint depends on the number of instances")
	}
	lines := report.LineHashes(mainTF)
	if base[lineHash] != lines[5] || same[lineHash] != lines[1] {
		t.Errorf("line hashes %q and %q, want %q and %q", base[lineHash], same[lineHash], lines[5], lines[1])
	}

	seen := map[string]string{base[ours]: "the finding itself"}
	for name, change := range map[string]func(*analyzer.Finding){
		"rule":    func(f *analyzer.Finding) { f.Rule = rules()[1] },
		"opening": func(f *analyzer.Finding) { f.About = analyzer.Traffic{Opening: "tcp 21 from 0.0.0.0/0"} },
		"address": func(f *analyzer.Finding) { f.Resources = addresses(t, "aws_security_group.b") },
		"addresses": func(f *analyzer.Finding) {
			f.Resources = addresses(t, "aws_security_group.web", "aws_security_group.b")
		},
	} {
		h := of(change)[ours]
		if other, ok := seen[h]; ok {
			t.Errorf("another %s has the fingerprint of %s", name, other)
		}
		seen[h] = "another " + name
	}
}

func TestSARIFUnknownRule(t *testing.T) {
	r := full(t)
	r.Rules = r.Rules[1:]
	res := parseSARIF(t, render(t, sarifOf(r, report.SARIFOptions{}))).Runs[0].Results[0]
	if res.RuleIndex != nil {
		t.Errorf("rule %s, which is not in the list, has the index %d", res.RuleID, *res.RuleIndex)
	}
}

func TestSARIFWithoutPlace(t *testing.T) {
	r := full(t)
	r.Findings[1].At = analyzer.Place{}
	var b bytes.Buffer
	err := report.WriteSARIF(&b, r, sources, report.SARIFOptions{})
	if err == nil || !strings.Contains(err.Error(), "ftp-ingress-open") || b.Len() > 0 {
		t.Errorf("wrote %d bytes with error %v; want none, and an error that names the rule", b.Len(), err)
	}
}

// many returns n findings, the least severe last.
func many(t *testing.T, n int) *analyzer.Result {
	r := full(t)
	f := r.Findings[0]
	r.Findings, r.Notices = nil, nil
	for i := range n {
		f.Level = analyzer.Error
		if i >= n/2 {
			f.Level = analyzer.Note
		}
		f.Message = fmt.Sprintf("Finding %d.", i)
		f.At.Start.Byte, f.At.Start.Line = i, i+1 // each has a cause of its own
		r.Findings = append(r.Findings, f)
	}
	return r
}

func limits(s sarif) []string {
	var out []string
	for _, n := range s.Runs[0].Invocations[0].ToolExecutionNotifications {
		if n.Descriptor.ID == "limits" {
			out = append(out, n.Message.Text)
		}
	}
	return out
}

func TestSARIFLimits(t *testing.T) {
	r := many(t, 5_002)
	r.Findings[0].Related = nil
	for i := range 103 {
		at := spot(t, "main.tf", "ingress")
		at.Start.Byte += i
		r.Findings[0].Related = append(r.Findings[0].Related, analyzer.Related{At: at, Message: "x"})
	}
	for i := range 105 {
		r.Findings[1].Resources = append(r.Findings[1].Resources, graph.Address{
			Mode: graph.Managed, Type: "aws_security_group", Name: "x", Key: graph.Number(i),
		})
	}
	r.Rules[0].Tags = strings.Split("abcdefghijklmn", "")
	r.Rules[0].Summary = strings.Repeat("é", 2_000)
	for range 1_004 {
		r.Notices = append(r.Notices, analyzer.Notice{Level: analyzer.Note, Summary: "x"})
	}

	s := parseSARIF(t, render(t, sarifOf(r, report.SARIFOptions{})))
	run := s.Runs[0]
	if len(run.Results) != 5_000 || run.Results[4_999].Message.Text[:13] != "Finding 4999." {
		t.Errorf("%d results, want the first 5000", len(run.Results))
	}
	if n := len(run.Results[0].RelatedLocations); n != 100 {
		t.Errorf("%d related locations, want 100", n)
	}
	if n := len(run.Results[1].Locations[0].LogicalLocations); n != 100 {
		t.Errorf("%d logical locations, want 100", n)
	}
	if got, want := run.Tool.Driver.Rules[0].Properties.Tags, strings.Split("security,a,b,c,d,e,f,g,h,i", ","); !cmp.Equal(got, want) {
		t.Errorf("tags %q, want %q", got, want)
	}
	want := []string{
		"Left out for the limits of code scanning: 2 results, the least severe.",
		"Left out for the limits of code scanning: 9 related locations and addresses.",
		"Left out for the limits of code scanning: 4 notifications, the last.",
	}
	if diff := cmp.Diff(want, limits(s)); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}

	all := parseSARIF(t, render(t, sarifOf(r, report.SARIFOptions{All: true})))
	if len(all.Runs[0].Results) != 5_002 || limits(all) != nil {
		t.Errorf("with All: %d results, want 5002; notifications %q, want none", len(all.Runs[0].Results), limits(all))
	}
}

// The size that counts is the compressed one.
func TestSARIFSize(t *testing.T) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	random := rand.New(rand.NewPCG(1, 2))
	r := many(t, 200)
	for i := range r.Findings {
		noise := make([]byte, 80_000)
		for j := range noise {
			noise[j] = digits[random.IntN(len(digits))]
		}
		r.Findings[i].Fix = string(noise)
	}
	data := render(t, sarifOf(r, report.SARIFOptions{}))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := io.Copy(z, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := parseSARIF(t, data)
	n := len(s.Runs[0].Results)
	if zipped.Len() > 10<<20 || n < 100 || n >= 200 {
		t.Errorf("%d results in %d bytes; want some, but at most 10 MB", n, zipped.Len())
	}
	want := []string{fmt.Sprintf("Left out for the limits of code scanning: %d results, the least severe.", 200-n)}
	if diff := cmp.Diff(want, limits(s)); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
}
