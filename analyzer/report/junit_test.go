package report_test

import (
	"encoding/xml"
	"testing"

	"github.com/tfreach/tfreach/analyzer/report"
)

type testSuites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name  string `xml:"name,attr"`
		Tests int    `xml:"tests,attr"`
		Cases []struct {
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
			Skipped *struct{} `xml:"skipped"`
			Error   *struct{} `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// The counts are those of the cases, and each finding is one.
func TestJUnitCounts(t *testing.T) {
	var got testSuites
	if err := xml.Unmarshal(render(t, optionsOf(report.WriteJUnit, full(t))), &got); err != nil {
		t.Fatal(err)
	}
	tests, failures, skipped, broken := 0, 0, 0, 0
	for _, s := range got.Suites {
		if s.Tests != len(s.Cases) {
			t.Errorf("suite %s says it has %d tests, and has %d", s.Name, s.Tests, len(s.Cases))
		}
		for _, c := range s.Cases {
			tests++
			switch {
			case c.Failure != nil:
				failures++
			case c.Skipped != nil:
				skipped++
			case c.Error != nil:
				broken++
			}
		}
	}
	if got.Tests != tests || got.Failures != failures || got.Errors != broken {
		t.Errorf("the report counts %d tests, %d failures, %d errors; it has %d, %d, %d",
			got.Tests, got.Failures, got.Errors, tests, failures, broken)
	}
	if failures != 5 || skipped != 1 || broken != 1 {
		t.Errorf("%d failures, %d skipped, %d errors, want 5, 1, 1", failures, skipped, broken)
	}
}
