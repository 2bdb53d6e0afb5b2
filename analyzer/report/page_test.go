package report_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
	catalogue "github.com/tfreach/tfreach/rules"
)

// The addresses that reports link are those of the module, and of sections that the rules' page has.
func TestRulePages(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../rules/README.md")
	if err != nil {
		t.Fatal(err)
	}
	module, _, _ := strings.Cut(strings.TrimPrefix(string(mod), "module "), "\n")
	for _, name := range []string{"ftp", "ssh", "2222"} {
		port, err := catalogue.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range catalogue.For([]reach.Port{port}) {
			for version, at := range map[string]string{"1.2.3": "v1.2.3", "devel": "main", "1.2.4-0.20260101000000-0123456789ab": "main"} {
				section, ok := strings.CutPrefix(report.RulePage(r, version), "https://"+module+"/blob/"+at+"/rules/README.md#")
				if !ok || !strings.Contains(string(page), "\n## "+section+"\n") {
					t.Errorf("the page of %s at %s is %s", r.ID, version, report.RulePage(r, version))
				}
			}
		}
	}
}
