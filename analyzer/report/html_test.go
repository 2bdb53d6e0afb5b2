package report_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
)

// browse returns the document that a real browser makes of a page: after its scripts, and after the address's fragment.
func browse(t *testing.T, page []byte, fragment string) string {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: there is no chromium here to read the page with")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir="+dir,
		"--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", "file://"+file+fragment)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	return out.String()
}

// The page's own script runs under the page's own policy: a link to a finding unfolds it.
func TestHTMLScriptRuns(t *testing.T) {
	page := render(t, optionsOf(report.WriteHTML, full(t)))
	dom := browse(t, page, "#finding-3")
	if got := regexp.MustCompile(`id="finding-(\d+)"[^>]* open=""`).FindAllStringSubmatch(dom, -1); len(got) != 1 || got[0][1] != "3" {
		t.Errorf("the unfolded findings are %v, want 3", got)
	}
}

// what the reader does, as a script in the page, and what the page shows then.
const reader = `<script>
const $ = (s) => document.querySelector(s), log = [];
const say = (name) => log.push(name + ": " + [...document.querySelectorAll(".finding:not([hidden])")].map((f) => f.dataset.id).join(" "));
say("all");
$("#search").value = "WEB 2000::"; $("#search").dispatchEvent(new Event("input")); say("search");
$("#search").value = ""; $("#search").dispatchEvent(new Event("input"));
$("[value=error]").click(); say("no errors"); $("[value=error]").click();
$("#sort").value = "resource"; $("#sort").dispatchEvent(new Event("change", { bubbles: true })); say("by resource");
$("#sort").value = "order"; $("#sort").dispatchEvent(new Event("change", { bubbles: true })); say("by severity");
$("#unfold").click(); log.push("open: " + document.querySelectorAll(".finding[open]").length);
dispatchEvent(new Event("beforeprint")); log.push("on paper: " + document.querySelectorAll("details:not([open])").length);
dispatchEvent(new Event("afterprint")); log.push("after: " + document.querySelectorAll(".finding[open]").length);
document.title = log.join("; ");
</script></body>`

// The controls do what they say, with the keyboard, too.
func TestHTMLControls(t *testing.T) {
	page := string(render(t, optionsOf(report.WriteHTML, full(t))))
	page = regexp.MustCompile(`<meta http-equiv[^>]*>`).ReplaceAllString(page, "")
	page = strings.Replace(page, "</body>", reader, 1)
	dom := browse(t, []byte(page), "")
	_, title, _ := strings.Cut(dom, "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	want := "all: 0 1 2 3 4 5; search: 3; no errors: 3 4 5; by resource: 4 0 3 5 2 1; by severity: 0 1 2 3 4 5; " +
		"open: 6; on paper: 0; after: 6"
	if title != want {
		t.Errorf("the page did\n%s\nwant\n%s", title, want)
	}
}

// Names that are markup stay text, and nothing is loaded.
func TestHTMLEscapes(t *testing.T) {
	r := full(t)
	attack := `"><img src=x onerror=document.title=1></svg></script><script>document.title="owned"</script>{{.}}`
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Resources = []graph.Address{{Mode: graph.Managed, Type: "aws_instance", Name: "x", Key: graph.Name(attack)}}
		f.Message, f.Fix, f.About, f.Scope = attack, attack, analyzer.Traffic{Opening: attack}, attack
		f.Path = []analyzer.PathStep{{Kind: attack, Name: attack, Message: attack, At: f.At}}
		f.At.Filename = attack
		f.Rule = &analyzer.Rule{ID: attack, Title: attack, Summary: attack}
	}
	r.Notices = append(r.Notices, analyzer.Notice{Level: analyzer.Note, Summary: attack, Detail: attack})
	page := string(render(t, optionsOf(report.WriteHTML, r)))
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("there are %d scripts", n)
	}
	if strings.Contains(page, "<img") {
		t.Error("there is an image")
	}
	body := page[strings.Index(page, "<body>"):strings.Index(page, "<script>")]
	body = regexp.MustCompile(`<a href="#(analysis|finding-\d+)"`).ReplaceAllString(body, "")
	body = regexp.MustCompile(`="[^"]*"`).ReplaceAllString(body, "=") // values hold no quote that isn't escaped
	if m := regexp.MustCompile(`<[^>]*\s(src|href|style|on\w+)=`).FindString(body); m != "" {
		t.Errorf("an element loads or runs something: %s", m)
	}
	if dom := browse(t, []byte(page), ""); !strings.Contains(dom, "<title>tfreach: ") {
		t.Error("the title was changed")
	}
}

// However much there is, the page stays small: a cause has one entry that names all, and few ways are drawn.
func TestHTMLLimit(t *testing.T) {
	for _, c := range []struct {
		name    string
		same    bool
		entries int
	}{{"one cause", true, 1}, {"a cause each", false, 1_000}} {
		r := clean()
		some := full(t).Findings[0]
		for i := range 1_000 {
			f := some
			f.Resources = addresses(t, fmt.Sprintf("aws_instance.a%d", i))
			f.Path = []analyzer.PathStep{{Kind: "public address", Name: f.Resources[0].String(), Certain: true, Message: "it has one"}}
			if !c.same {
				f.At.Start.Byte, f.At.Start.Line = i, i+1
			}
			r.Findings = append(r.Findings, f)
		}
		page := string(render(t, optionsOf(report.WriteHTML, r)))
		if n := strings.Count(page, `<details class="finding`); n != c.entries {
			t.Errorf("%s: there are %d entries, want %d", c.name, n, c.entries)
		}
		if !strings.Contains(page, "aws_instance.a999") {
			t.Errorf("%s: the last machine isn't there", c.name)
		}
		before, _, _ := strings.Cut(page, `id="search"`)
		if n := strings.Count(before, "<a ") + strings.Count(before, "<summary") + strings.Count(before, "tabindex"); n >= 30 {
			t.Errorf("%s: there are %d stops before the filter", c.name, n)
		}
		if len(page) > 4<<20 {
			t.Errorf("%s: the page has %d bytes", c.name, len(page))
		}
	}
}

// What opens much has little to read for each finding: no lines twice, and in a long page those of its own place only.
func TestHTMLLong(t *testing.T) {
	for _, count := range []int{1, 1_000} {
		r := clean()
		for i := range count {
			f := full(t).Findings[0]
			f.Resources = addresses(t, fmt.Sprintf("aws_instance.a%d", i))
			f.At.Start.Byte, f.At.Start.Line = i, i+1
			f.Outcome, f.Decides = analyzer.Unknown, analyzer.Deciders([]graph.Origin{{Kind: graph.FromVariable, Name: "var.x", At: f.At.Range}})
			f.Related = []analyzer.Related{{At: spot(t, "main.tf", "ingress"), Message: "the rule"}}
			r.Findings = append(r.Findings, f)
		}
		page := string(render(t, optionsOf(report.WriteHTML, r)))
		if strings.Contains(page, "var.x would decide it") {
			t.Errorf("of %d, lines stand there twice", count)
		}
		if n := strings.Count(page, "the rule<figure>"); n != count {
			t.Errorf("%d of %d other places are there", n, count)
		}
		want := count // the place itself
		if count == 1 {
			want = 2
		}
		if n := strings.Count(page, "<pre>"); n != want {
			t.Errorf("of %d, there are %d pieces of source, want %d", count, n, want)
		}
	}
}

// Machines that reach the same at the same ports share a line, and many lines are counted.
func TestHTMLBeyond(t *testing.T) {
	ports := reach.Ports{TCP: netset.Exactly(netset.PortRange(22, 22))}
	r := clean()
	f := full(t).Findings[0]
	for i := range 100 {
		f.Beyond = append(f.Beyond, analyzer.Flow{From: []string{fmt.Sprintf("aws_instance.a%d", i)}, To: []string{"aws_instance.db"}, Ports: ports})
	}
	for i := range 30 {
		f.Beyond = append(f.Beyond, analyzer.Flow{From: []string{"aws_instance.b"}, To: []string{fmt.Sprintf("aws_instance.c%d", i)}, Ports: ports})
	}
	r.Findings = append(r.Findings, f)
	page := string(render(t, optionsOf(report.WriteHTML, r)))
	_, list, _ := strings.Cut(page, `<ul class="beyond">`)
	list, _, _ = strings.Cut(list, "</ul>")
	lines := strings.Split(list, "</li>")
	if want := "<li>aws_instance.a0, aws_instance.a1, aws_instance.a2 and 97 more → aws_instance.db: TCP 22"; lines[0] != want {
		t.Errorf("the first line is %s, want %s", lines[0], want)
	}
	if len(lines) != 22 || lines[20] != "<li>and 11 more" {
		t.Errorf("the list is %s", lines)
	}
}
