package report

import (
	"slices"
	"testing"
)

func TestNatural(t *testing.T) {
	want := []string{"a", "a.b", "a.g[2]", "a.g[10]", "a.m1", "a.m1x", "a.m2", "a.m010x", "a.m10", "a.m100", "b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, natural)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
