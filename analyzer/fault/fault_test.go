package fault_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fault"
)

func TestDiagnostic(t *testing.T) {
	index := func(s []int, i int) (d *hcl.Diagnostic) {
		defer func() {
			if cause := recover(); cause != nil {
				d = fault.Diagnostic(cause, hcl.Range{Filename: "a.tf"})
			}
		}()
		return fault.Diagnostic(s[i], hcl.Range{})
	}
	got := index(nil, 3)
	want := regexp.MustCompile(`index out of range \[3\] with length 0 \(fault_test\.TestDiagnostic\.func1, fault_test\.go:\d+\)`)
	if !want.MatchString(got.Detail) || got.Subject.Filename != "a.tf" || got.Severity != hcl.DiagError {
		t.Errorf("got %v", got)
	}
}
