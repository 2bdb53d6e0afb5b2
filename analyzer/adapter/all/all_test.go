package all_test

import (
	"testing"

	"github.com/tfreach/tfreach/analyzer/adapter/all"
)

// TestTypes checks that one adapter reads the rules of each resource type, as two would say everything twice.
func TestTypes(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range all.Knowledge().Adapters {
		if a.Ingress == nil {
			continue
		}
		if len(a.Types) == 0 {
			t.Errorf("an adapter that reads %q has no types", a.Reads)
		}
		for _, typ := range a.Types {
			if seen[typ] {
				t.Errorf("%s has two adapters", typ)
			}
			seen[typ] = true
		}
	}
	if len(seen) == 0 {
		t.Error("there are no adapters")
	}
}
