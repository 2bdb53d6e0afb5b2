package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
)

// TestGraphSchema checks that graphs have the shape that the published schema describes, whole and only what is exposed.
func TestGraphSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("graph.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const config = `
variable "groups" {}
resource "aws_instance" "ftp" {
  vpc_security_group_ids = var.groups
  subnet_id              = "subnet-1"
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	port := reach.Port{Service: "ftp", Label: "FTP", Protocol: netset.TCP, Ports: netset.Port(21)}
	drawings := func(exposed bool) []*report.Drawing {
		_, drawn, err := analyzer.RunWith(t.Context(), analyzer.Config{
			Paths: []string{dir}, Rules: []*analyzer.Rule{{ID: "walk", Port: port, Run: func(*analyzer.Pass) {}}}, Knowledge: all.Knowledge(),
		}, func(_ *analyzer.Selection, a *analyzer.Analysis) *report.Drawing { return report.Draw(a, exposed) })
		if err != nil {
			t.Fatal(err)
		}
		return drawn
	}
	for _, exposed := range []bool{false, true} {
		var b bytes.Buffer
		if err := report.Graph(&b, drawings(exposed), "json"); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("exposed %t: %v", exposed, err)
		}
		if nodes := doc.(map[string]any)["nodes"].([]any); exposed == (len(nodes) > 1) {
			t.Errorf("exposed %t: there are %d nodes", exposed, len(nodes))
		}
	}
	for format, want := range map[string]string{"dot": `"aws_instance.ftp"`, "mermaid": `["aws_instance.ftp"]`, "html": `aria-label="aws_instance aws_instance.ftp"`} {
		var b bytes.Buffer
		if err := report.Graph(&b, drawings(false), format); err != nil || !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("%s: %v, no %s in\n%s", format, err, want, b.String())
		}
	}
	if err := report.Graph(&bytes.Buffer{}, drawings(false), "svg"); err == nil {
		t.Error("an unknown format is no error")
	}
}

// Of many machines alike ones are drawn as one, and only those; JSON has each.
func TestGraphFolds(t *testing.T) {
	draw := func(machines int, format string) string {
		t.Helper()
		var config strings.Builder
		config.WriteString("resource \"aws_vpc\" \"main\" {}\nresource \"aws_subnet\" \"a\" {\n  vpc_id = aws_vpc.main.id\n}\nresource \"aws_subnet\" \"b\" {\n  vpc_id = aws_vpc.main.id\n}\n" +
			"resource \"aws_route_table_association\" \"b\" {\n  subnet_id = aws_subnet.b.id\n  route_table_id = aws_route_table.b.id\n}\nresource \"aws_route_table\" \"b\" {\n  vpc_id = aws_vpc.main.id\n}\n")
		for i := range machines {
			fmt.Fprintf(&config, "resource \"aws_instance\" \"m%d\" {\n  subnet_id = aws_subnet.%s.id\n  vpc_security_group_ids = [aws_security_group.g%[1]d.id]\n}\nresource \"aws_security_group\" \"g%[1]d\" {\n  vpc_id = aws_vpc.main.id\n}\n",
				i, []string{"a", "b"}[i%2])
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		port := reach.Port{Service: "ftp", Label: "FTP", Protocol: netset.TCP, Ports: netset.Port(21)}
		_, drawn, err := analyzer.RunWith(t.Context(), analyzer.Config{
			Paths: []string{dir}, Rules: []*analyzer.Rule{{ID: "walk", Port: port, Run: func(*analyzer.Pass) {}}}, Knowledge: all.Knowledge(),
		}, func(_ *analyzer.Selection, a *analyzer.Analysis) *report.Drawing { return report.Draw(a, false) })
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.Graph(&b, drawn, format); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, want := range []string{`aria-label="250 aws_security_groups aws_security_group.g0 …"`, `class="kind">250 aws_security_groups</text><text x="10" y="35">g0 …</text>`} {
		if page := draw(500, "html"); !strings.Contains(page, want) {
			t.Errorf("the page of 500 machines lacks %s", want)
		}
	}
	many := draw(500, "mermaid")
	for _, want := range []string{
		`["250 aws_instances: aws_instance.m0 and 249 more"]`, `["250 aws_instances: aws_instance.m1 and 249 more"]`,
		`["250 aws_security_groups: aws_security_group.g0 and 249 more"]`, `["aws_subnet.a"]`, `["aws_subnet.b"]`, `["aws_vpc.main"]`,
	} {
		if !strings.Contains(many, want) {
			t.Errorf("the graph of 500 machines lacks %s:\n%.3000s", want, many)
		}
	}
	// Two kinds of machines, their groups, two subnets, a route table and a network.
	if n := strings.Count(many, `["`); n != 8 {
		t.Errorf("500 machines of two kinds make %d boxes", n)
	}
	page := draw(500, "html")
	if n := strings.Count(page, `role="button"`); n != 8 || !strings.Contains(page, "Alike resources are drawn as one box.") {
		t.Errorf("the page of 500 machines has %d boxes, or doesn't say that they are folded", n)
	}
	around(t, page)
	around(t, draw(20, "html"))
	if few := draw(20, "mermaid"); strings.Count(few, `["`) != 44 {
		t.Errorf("the graph of 20 machines is folded:\n%s", few)
	}
	if n := strings.Count(draw(500, "json"), `"id": `); n != 1004 {
		t.Errorf("JSON has %d resources", n)
	}
}

var (
	boxAt = regexp.MustCompile(`class="node[^>]*translate\((\d+) (\d+)\)`)
	bend  = regexp.MustCompile(` (\d+) (\d+)H(\d+)`)
)

// around demands that the edges of a page pass between boxes, and that some do.
func around(t *testing.T, page string) {
	t.Helper()
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	bends := bend.FindAllStringSubmatch(page, -1)
	if len(bends) == 0 {
		t.Error("no edge passes a column")
	}
	for _, b := range bends {
		x, y := number(b[1]), number(b[2])
		for _, box := range boxAt.FindAllStringSubmatch(page, -1) {
			if top := number(box[2]); number(box[1]) == x && top <= y && y <= top+46 {
				t.Errorf("an edge at %d, %d runs through the box at %s, %s", x, y, box[1], box[2])
			}
		}
	}
}

// A subnet that has no say in what passes still lies between a machine that is reached and its network.
func TestGraphExposedConnects(t *testing.T) {
	dir := t.TempDir()
	const config = `
resource "google_compute_network" "main" {
  name = "main"
}

resource "google_compute_subnetwork" "main" {
  network = google_compute_network.main.id
}

resource "google_compute_subnetwork" "empty" {
  network = google_compute_network.main.id
}

resource "google_compute_firewall" "ftp" {
  network       = google_compute_network.main.name
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["21"]
  }
}

resource "google_compute_instance" "ftp" {
  network_interface {
    subnetwork = google_compute_subnetwork.main.id
    access_config {}
  }
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	port := reach.Port{Service: "ftp", Label: "FTP", Protocol: netset.TCP, Ports: netset.Port(21)}
	_, drawn, err := analyzer.RunWith(t.Context(), analyzer.Config{
		Paths: []string{dir}, Rules: []*analyzer.Rule{{ID: "walk", Port: port, Run: func(*analyzer.Pass) {}}}, Knowledge: all.Knowledge(),
	}, func(_ *analyzer.Selection, a *analyzer.Analysis) *report.Drawing { return report.Draw(a, true) })
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.Graph(&b, drawn, "json"); err != nil {
		t.Fatal(err)
	}
	var got struct{ Edges []struct{ From, To string } }
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []struct{ From, To string }{
		{"google_compute_instance.ftp", "google_compute_subnetwork.main"}, {"google_compute_subnetwork.main", "google_compute_network.main"},
	}
	for _, w := range want {
		if !slices.Contains(got.Edges, w) {
			t.Errorf("the graph lacks %s: %s", w, b.String())
		}
	}
	if strings.Contains(b.String(), "empty") {
		t.Errorf("the graph has a subnet that nothing is in: %s", b.String())
	}
}
