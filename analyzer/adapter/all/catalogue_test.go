package all_test

import (
	"bufio"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/adapter/all"
)

// TestCatalogue wants each type of the providers' catalogues that is called after what publishes or guards a port to be read, or
// to be on the list of those that aren't, with the reason.
func TestCatalogue(t *testing.T) {
	read := map[string]bool{}
	known := all.Knowledge()
	for _, a := range known.Adapters {
		for _, typ := range append(a.Types, a.Reads...) {
			read[typ] = true
		}
	}
	for _, c := range known.Clouds {
		for _, typ := range append(append(c.Reads, c.Guards...), c.Through...) {
			read[typ] = true
		}
		for _, l := range c.Links {
			read[l.Type] = true
		}
	}
	used := map[string]bool{}
	var patterns []string
	for before, reason := range lines(t, "testdata/unread.txt") {
		if reason == "" {
			t.Errorf("%q has no reason", before)
		}
		patterns = append(patterns, strings.Fields(before)...)
	}
	types := 0
	for provider, words := range lines(t, "testdata/catalogue.txt") {
		for word := range strings.FieldsSeq(words) {
			typ := provider + "_" + word
			types++
			excused := false
			for _, p := range patterns {
				if ok, err := path.Match(p, typ); err != nil {
					t.Fatalf("%s: %v", p, err)
				} else if ok {
					excused, used[p] = true, used[p] || !read[typ]
				}
			}
			if !read[typ] && !excused {
				t.Errorf("%s is neither read nor on the list of what isn't", typ)
			}
		}
	}
	if types < 400 {
		t.Errorf("the catalogue has %d types only", types)
	}
	for _, p := range patterns {
		if !used[p] {
			t.Errorf("%s on the list excuses no type", p)
		}
	}
}

// lines yields what stands before and after the colon of the lines of a file that aren't comments.
func lines(t *testing.T, name string) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for scanner := bufio.NewScanner(file); scanner.Scan(); {
			line := strings.TrimSpace(scanner.Text())
			before, after, _ := strings.Cut(line, ":")
			if line != "" && line[0] != '#' && !yield(strings.TrimSpace(before), strings.TrimSpace(after)) {
				return
			}
		}
	}
}
