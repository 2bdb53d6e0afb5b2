package lang

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Steady removes from diagnostics of evaluation the guesses about the meaning of an unknown name. hcl takes the candidates in
// random order, so of two close ones it would name either.
func Steady(diags hcl.Diagnostics) hcl.Diagnostics {
	for i, d := range diags {
		switch d.Summary {
		case "Call to unknown function", "Unknown variable":
			steady := *d
			steady.Detail, _, _ = strings.Cut(d.Detail, " Did you mean")
			diags[i] = &steady
		}
	}
	return diags
}
