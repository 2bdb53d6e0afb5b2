package graph

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// Limits for configurations that are hostile, not large.
const (
	// maxDepth is how deep values may depend on each other: a local that needs a local that needs a local.
	maxDepth = 2000
	// maxInstances is how many instances all blocks and modules of a configuration may have together, if their addresses
	// are as long as usual. One takes some kilobytes.
	maxInstances = 100_000
	// maxModuleDepth is how deep modules may call each other.
	maxModuleDepth = 50
	// maxValues is how much all variables, local values and outputs may hold together, as lang.Weigh counts. What
	// several share counts for each.
	maxValues = 8_000_000
	// maxMade is how many bytes all values may take, about, that evaluation makes. The memory that a process needs for them
	// is up to three times that.
	maxMade = 384 << 20
	// share divides what all expressions may cost together into what one may.
	share = 4
	// maxSteps is how many iterations and template parts all expressions may take together. One takes some
	// microseconds at worst.
	maxSteps = 2_000_000
	// maxTraceSteps is what finding out where values are written may cost in all. What is traced after that is placed
	// where it is used.
	maxTraceSteps = 10_000_000
)

// limits are those that take long to reach.
type limits struct{ instances, values, steps, made int }

func defaultLimits() limits {
	return limits{instances: maxInstances, values: maxValues, steps: maxSteps, made: maxMade}
}

// LimitSummary is the summary of diagnostics that say that a limit was hit.
const LimitSummary = "The configuration exceeds a limit"

func limitDiagnostic(at hcl.Range, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: LimitSummary, Detail: fmt.Sprintf(format, args...), Subject: at.Ptr(),
	}
}
