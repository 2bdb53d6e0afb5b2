package analyzer_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Root modules that share modules are analysed side by side, with the results of one after the other.
func TestRootsSideBySide(t *testing.T) {
	files := map[string]string{
		"modules/group/main.tf": "variable \"clients\" {}\nvariable \"more\" {\n  default = true\n}\n" + `
locals {
  all = [for c in var.clients : c if var.more ? length(regexall("0", c)) > 0 : false]
}
resource "aws_security_group" "ftp" {
  dynamic "ingress" {
    for_each = { for i, c in local.all : i => c }
    content {
      from_port   = 21
      to_port     = 21
      protocol    = "tcp"
      cidr_blocks = [try(ingress.value.cidr, "${ingress.value}")]
    }
  }
}
`,
	}
	for i := range 24 {
		files[fmt.Sprintf("roots/%02d/main.tf", i)] = "module \"group\" {\n  source  = \"../../modules/group\"\n  clients = [\"0.0.0.0/0\"]\n}\n"
	}
	c := config(t, files)
	describe := func(processors int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		r, roots, err := analyzer.RunWith(t.Context(), c, func(_ *analyzer.Selection, a *analyzer.Analysis) string { return a.Input.Name })
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(roots, " ") + "\n"
		for _, f := range r.Findings {
			text += fmt.Sprintln(f.Rule.ID, f.At, f.Resources, f.Inputs, f.Message)
		}
		for _, i := range r.Ingress() {
			text += fmt.Sprintln(i.Resource, i.Traffic, i.At)
		}
		return text + fmt.Sprintln(r.Notices)
	}
	one := describe(1)
	if strings.Count(one, "tcp 21 from 0.0.0.0/0") < 24 {
		t.Errorf("there is not much to compare:\n%s", one)
	}
	if diff := cmp.Diff(one, describe(8)); diff != "" {
		t.Errorf("one after the other (-) and side by side (+):\n%s", diff)
	}
}

// What is finished when the time is over is reported, also if the rest doesn't come to an end.
func TestUnfinished(t *testing.T) {
	c := config(t, map[string]string{"a/main.tf": group, "b/main.tf": "resource \"endless\" \"x\" {\n}\n", "c/main.tf": group, "d/main.tf": group})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	release := make(chan struct{})
	defer close(release)
	var others atomic.Int32
	c.Knowledge.Adapters = append(c.Knowledge.Adapters, read.Adapter{
		Types: []string{"endless"},
		Ingress: func(*graph.Graph, *graph.Resource) []*fact.Ingress {
			<-release
			return nil
		},
	})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	r, _, err := analyzer.RunWith(ctx, c, func(_ *analyzer.Selection, a *analyzer.Analysis) int {
		if a.Input.Name != "b" && others.Add(1) == 3 {
			cancel()
		}
		return 0
	})
	if err != nil {
		t.Fatal(err)
	}
	var roots []string
	for _, f := range r.Findings {
		roots = append(roots, f.Inputs...)
	}
	if got := fmt.Sprint(roots); got != "[a c d]" || r.Complete() {
		t.Errorf("findings in %s, complete %t", got, r.Complete())
	}
	if got := summaries(r); len(got) != 1 || got[0] != "error b:1 Interrupted" {
		t.Errorf("got %q", got)
	}
}

// A mistake in what is made of an analysis costs the input that it shows in.
func TestPanicInRows(t *testing.T) {
	c := config(t, map[string]string{"a/main.tf": group, "b/main.tf": group})
	r, made, err := analyzer.RunWith(t.Context(), c, func(_ *analyzer.Selection, a *analyzer.Analysis) string {
		if a.Input.Name == "a" && len(a.Notices()) == 0 {
			panic("a mistake")
		}
		return a.Input.Name
	})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(made) != "[a b]" || len(r.Findings) != 1 || r.Complete() {
		t.Errorf("made %v, %d findings, complete %t", made, len(r.Findings), r.Complete())
	}
}
