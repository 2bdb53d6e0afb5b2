package graph

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// Limits for configurations that are hostile, not large.
const (
	// maxDepth limits how deep values may depend on each other: a local that needs a local that needs a local.
	maxDepth = 2000
	// maxInstances limits the instances of all blocks and modules of a configuration, for addresses of usual length. One takes
	// some kilobytes.
	maxInstances = 100_000
	// maxModuleDepth limits how deep modules may call each other.
	maxModuleDepth = 50
	// maxValues limits what all variables, local values and outputs hold together, counted by lang.Weigh. A part that several
	// share counts for each of them.
	maxValues = 8_000_000
	// maxMade limits the approximate size in bytes of all values that evaluation makes. The process needs up to three times
	// that memory.
	maxMade = 384 << 20
	// share divides the budget of all expressions into the budget of one.
	share = 4
	// maxSteps limits the iterations and template parts of all expressions together. One takes some microseconds at worst.
	maxSteps = 2_000_000
	// costOfBlock is what a block that a dynamic one makes costs, in steps, each time that it is asked for.
	costOfBlock = 5
	// costOfRule is about what a rule costs that is made of the arguments of a module's call, in bytes of values.
	costOfRule = 6 << 10
	// maxTraceSteps limits the cost of finding where values are written. A value that is traced after that is placed where it
	// is used.
	maxTraceSteps = 10_000_000
)

// limits are the limits that tests lower, because they take long to reach.
type limits struct{ instances, values, steps, made int }

func defaultLimits() limits {
	return limits{instances: maxInstances, values: maxValues, steps: maxSteps, made: maxMade}
}

// LimitSummary is the summary of diagnostics about an exceeded limit.
const LimitSummary = "The configuration exceeds a limit"

func limitDiagnostic(at hcl.Range, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: LimitSummary, Detail: fmt.Sprintf(format, args...), Subject: at.Ptr(),
	}
}

// Affords charges the rules that are made of the arguments of a call, and reports whether the budget had room for them. If it
// hadn't, a diagnostic says so.
func (m *MissingModule) Affords(rules int) bool {
	b, ok := m.body.(configBody)
	if !ok {
		return true
	}
	ev := b.scope.m.ev
	if ev.made+rules*costOfRule > ev.limits.made {
		ev.diags.add(limitDiagnostic(m.Decl, "What the rules of modules whose code isn't here would take exceeds maxMade, %d bytes; those of %s are not read.", ev.limits.made, m.Path))
		return false
	}
	ev.made += rules * costOfRule
	return true
}
