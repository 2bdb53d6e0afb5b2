package graph_test

import "testing"

// Looking for an unknown value in many known ones costs as many steps as there are, and once for all who ask the same.
func TestTraceCharges(t *testing.T) {
	g := buildWithin(t, map[string]string{"main.tf": `
locals {
  all = [for a in range(50) : [for b in range(40) : b]]
}
resource "x" "r" {
  count = 2
  list  = flatten(local.all)
}
`}, 100, 1000)
	cost := func(addr string) int {
		v := resource(t, g, addr).Attr("list")
		if v.Known() {
			t.Fatalf("%s is known", addr)
		}
		before := v.TraceSteps()
		v.Trace()
		return v.TraceSteps() - before
	}
	if first, second := cost("x.r[0]"), cost("x.r[1]"); first < 50*40 || second > first/10 {
		t.Errorf("%d steps, then %d", first, second)
	}
}
