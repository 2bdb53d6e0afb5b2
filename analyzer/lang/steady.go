package lang

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Steady returns diagnostics of an evaluation without the guesses in them of what was meant by an unknown name: hcl
// takes the names to guess from in random order, and of two that are as close it would name one or the other.
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
