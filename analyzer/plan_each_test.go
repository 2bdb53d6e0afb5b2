package analyzer_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

// A plan names what all keys of a for_each refer to, and not which key has what: the plan of the fixture aws-path-each,
// where one of two instances is open, leaves both unknown.
func TestPlanOfEach(t *testing.T) {
	port, err := rules.Parse("21")
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{filepath.Join("testdata", "plan-each.json")}, Rules: rules.For([]reach.Port{port}),
		Knowledge: all.Knowledge(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var unknown []string
	for _, f := range r.Findings {
		if f.Rule.ID != "ftp-host-reachable" {
			continue
		}
		if f.Outcome != analyzer.Unknown {
			t.Errorf("%v is %v", f.Resources, f.Outcome)
		}
		for _, addr := range f.Resources {
			unknown = append(unknown, addr.String())
		}
	}
	slices.Sort(unknown)
	if diff := cmp.Diff([]string{`aws_instance.server["ftp"]`, `aws_instance.server["web"]`}, unknown); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
}
