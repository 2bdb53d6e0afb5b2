package analyzer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestByAddressElsewhere hands what names its targets by their address to a module that isn't installed: what has the address,
// or may be given it, isn't surely not reached. A machine in another subnet has only addresses of that one.
func TestByAddressElsewhere(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("testdata", "by-address", "*.tf"))
	if err != nil || len(names) == 0 {
		t.Fatal("there are no configurations: ", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for address, apart := range map[string]bool{`"10.0.1.44"`: true, `format("%s", "10.0.1.44")`: true, "var.address": false} {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".tf")+" "+address, func(t *testing.T) {
				t.Parallel()
				config := strings.ReplaceAll(string(text), "ADDRESS", address)
				said := claimsOf(t, fstest.MapFS{"main.tf": {Data: []byte(config)}})
				for machine, admits := range said.reached {
					if !admits.Must.Empty() {
						t.Errorf("%s is surely reached by %v", machine, admits.Must)
					}
					if away := apart && strings.HasSuffix(machine, ".apart"); away != admits.May.Empty() {
						t.Errorf("%s may be reached by %v", machine, admits.May)
					}
				}
				if len(said.reached) < 2 {
					t.Errorf("not both machines are judged: %v", said.reached)
				}
			})
		}
	}
}
