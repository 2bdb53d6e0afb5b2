package report_test

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
)

// A rule that opens nothing is told with the rules that take what it allows.
func TestShadowed(t *testing.T) {
	rule := func(name string, line int, action fact.Action, source string) *analyzer.Ingress {
		pos := func(column int) hcl.Pos { return hcl.Pos{Line: line, Column: column} }
		return &analyzer.Ingress{
			Resource: graph.Address{Mode: graph.Managed, Type: "rule", Name: name},
			Scope:    fact.Scope{ScopeID: fact.ScopeID{Kind: "group", Name: "group.edge"}}, Action: action, Brief: "tcp 21 from " + source,
			At: hcl.Range{Filename: "main.tf", Start: pos(1), End: pos(9)},
		}
	}
	r := &analyzer.Result{Shadowed: []analyzer.Shadowed{{
		Rule: rule("ftp", 9, fact.Allow, "10.0.0.0/8"),
		Port: reach.Port{Service: "ftp", Label: "FTP", Protocol: netset.TCP, Ports: netset.Port(21)},
		By:   []*analyzer.Ingress{rule("none", 3, fact.Deny, "0.0.0.0/0")},
	}}}
	data := render(t, func(w io.Writer) error {
		return report.WriteJSON(w, r, func(string) []byte { return nil }, report.Options{})
	})
	var got struct{ Shadowed json.RawMessage }
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	var shadowed any
	if err := json.Unmarshal(got.Shadowed, &shadowed); err != nil {
		t.Fatal(err)
	}
	place := func(line float64) any {
		return map[string]any{"file": "main.tf", "startLine": line, "startColumn": 1.0, "endLine": line, "endColumn": 9.0}
	}
	want := []any{map[string]any{
		"port": "TCP 21", "scope": "group.edge",
		"resource": "rule.ftp", "location": place(9), "rule": "allow tcp 21 from 10.0.0.0/8",
		"shadowedBy": []any{
			map[string]any{"resource": "rule.none", "location": place(3), "rule": "deny tcp 21 from 0.0.0.0/0"},
		},
	}}
	if diff := cmp.Diff(want, shadowed); diff != "" {
		t.Error(diff)
	}
}
