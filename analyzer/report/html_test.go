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
const press = (e, key) => e.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
say("all");
$("#search").value = "WEB 2000::"; $("#search").dispatchEvent(new Event("input")); say("search");
$("#search").value = ""; $("#search").dispatchEvent(new Event("input"));
$("[value=error]").click(); say("no errors"); $("[value=error]").click();
$("#sort").value = "resource"; $("#sort").dispatchEvent(new Event("change", { bubbles: true })); say("by resource");
$("#sort").value = "order"; $("#sort").dispatchEvent(new Event("change", { bubbles: true })); say("by severity");
const node = [...document.querySelectorAll(".node")].find((n) => n.getAttribute("aria-label") === "aws_security_group.web");
press(node, "Enter"); say("node " + node.getAttribute("aria-pressed")); log.push("dim: " + document.querySelectorAll(".node.dim").length);
press(document.body, "Escape"); say("escape");
const before = $("#picture").getAttribute("viewBox");
press($("#picture"), "ArrowLeft"); press($("#picture"), "+"); log.push("moved: " + (before !== $("#picture").getAttribute("viewBox")));
press($("#picture"), "0"); log.push("back: " + (before === $("#picture").getAttribute("viewBox")));
$("#unfold").click(); log.push("open: " + document.querySelectorAll(".finding[open]").length);
$("#finding-1 .locate").click(); say("located"); log.push("focus: " + document.activeElement.id);
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
		"node true: 0 3 5; dim: 3; escape: 0 1 2 3 4 5; moved: true; back: true; open: 6; located: 1; focus: picture"
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
	body = strings.ReplaceAll(body, `<a href="#analysis"`, "")
	body = regexp.MustCompile(`="[^"]*"`).ReplaceAllString(body, "=") // values hold no quote that isn't escaped
	if m := regexp.MustCompile(`<[^>]*\s(src|href|style|on\w+)=`).FindString(body); m != "" {
		t.Errorf("an element loads or runs something: %s", m)
	}
	if dom := browse(t, []byte(page), ""); !strings.Contains(dom, "<title>tfreach: ") {
		t.Error("the title was changed")
	}
}

// However many findings there are, the picture stays drawable and says what it leaves out.
func TestHTMLLimit(t *testing.T) {
	r := clean()
	some := full(t).Findings[0]
	for i := range 1_000 {
		f := some
		f.Resources = addresses(t, fmt.Sprintf("aws_security_group.a%d", i))
		f.Scope = f.Resources[0].String()
		r.Findings = append(r.Findings, f)
	}
	page := string(render(t, optionsOf(report.WriteHTML, r)))
	if n := strings.Count(page, `<g class="node`); n > 400 {
		t.Errorf("there are %d nodes", n)
	}
	if !strings.Contains(page, "Left out of the picture: 601 findings") {
		t.Error("the page does not say what is left out")
	}
	if n := strings.Count(page, `<details class="finding`); n != 1_000 {
		t.Errorf("there are %d findings", n)
	}
}
