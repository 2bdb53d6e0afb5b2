package graph_test

import (
	"strings"
	"testing"
)

// FuzzWritten takes an expression apart: the pieces make up the text, which is the value's where that is known and written
// out, and each part of it has its place in a file.
func FuzzWritten(f *testing.F) {
	for _, expr := range []string{
		`"a${var.known}b"`, `"${var.unknown}"`, "<<-EOT\n    a\n      b${var.known}\n  EOT\n", `base64encode("#!/bin/sh\n")`,
		`base64gzip("x${var.unknown}")`, `join("\n", ["a", var.known, var.unknown])`, `var.unknown == "" ? "a" : "b"`,
		`"%{ if true }a%{ else }b%{ endif }"`, `templatefile("a.tpl", {x = var.known})`, `sensitive("é\u00e9")`, `null`, `[1]`,
	} {
		f.Add(expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		if len(expr) > 1000 {
			return
		}
		g := build(t, map[string]string{
			"main.tf": "variable \"known\" {\n  default = \"k\\n\"\n}\nvariable \"unknown\" {}\nresource \"x\" \"a\" {\n  v = " + expr + "\n}\n",
			"a.tpl":   "t\n${x}\n",
		})
		for _, r := range g.Resources {
			const hole = "\x00hole\x00"
			v := r.Attr("v")
			w := v.Written(hole)
			var whole strings.Builder
			for _, p := range w.Pieces {
				if p.Known {
					whole.WriteString(p.Text)
				} else {
					whole.WriteString(hole)
				}
			}
			if whole.String() != w.Text {
				t.Errorf("the pieces make %q, not %q", whole.String(), w.Text)
			}
			if text, ok := v.Text(); ok && !strings.Contains(expr, "base64") && text != w.Text {
				t.Errorf("written as %q, but it is %q", w.Text, text)
			}
			for i := range w.Text {
				if at := w.Place(i, i+1).At; at.Filename == "" {
					t.Errorf("%q has no place at %d", w.Text, i)
				}
			}
			if v.Sensitive() && !w.Sensitive() && len(w.Pieces) > 0 {
				t.Error("a sensitive value is written as one that isn't")
			}
		}
	})
}
