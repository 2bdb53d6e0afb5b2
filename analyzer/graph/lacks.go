package graph

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Lacks returns which arguments a resource, or a nested block of it, doesn't have that its provider requires, and tells so in
// the diagnostics. A plan or a state has been through the provider: there nothing is missing.
func (g *Graph) Lacks(o Object, of Address, block string, at hcl.Range, args []string) []string {
	if _, written := o.body.(planBody); written || g.evaluated == nil {
		return nil
	}
	var out []string
	for _, arg := range args {
		if o.Attr(arg).Absent() && len(o.Blocks(arg)) == 0 {
			out = append(out, arg)
		}
	}
	if len(out) > 0 {
		where := of.String()
		if block != "" {
			where = block + " of " + where
		}
		g.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "A required argument is missing",
			Detail:  fmt.Sprintf("%s has no %s, which the provider requires. What it would open isn't known.", where, strings.Join(out, ", ")),
			Subject: at.Ptr(),
		})
	}
	return out
}
