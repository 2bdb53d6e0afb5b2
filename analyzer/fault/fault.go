// Package fault turns a panic into a diagnostic, so that a mistake in tfreach, or in a library, costs the user one input
// and not the report.
//
// # How it works
//
// What analyses one input defers a function that calls recover, and hands what that returns to [Diagnostic]. Package runtime
// tells where the panic began.
//
// # Example
//
//	defer func() {
//		if cause := recover(); cause != nil {
//			diags = append(diags, fault.Diagnostic(cause, place))
//		}
//	}()
//
// With an adapter that divides by zero, the report has what the other inputs have, and an error that names the adapter's
// function.
package fault

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Summary is the summary of these diagnostics.
const Summary = "tfreach failed here"

// Diagnostic returns the error that says that something at a place was not analysed. cause is what recover returned. The caller
// must be the deferred function that called recover.
func Diagnostic(cause any, at hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: Summary,
		Detail: fmt.Sprintf("What is here was not analysed, because of a mistake in tfreach: %s. All else was analysed. To see it "+
			"again, scan only this, with --debug; please report it together with the input.", Describe(cause)),
		Subject: &at,
	}
}

// Describe returns what recover returned, and where the panic began. The caller must be the deferred function that called
// recover, or a function called by it.
func Describe(cause any) string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Sprintf("%v (%s, %s:%d)", cause, path.Base(frame.Function), path.Base(frame.File), frame.Line)
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !more {
			return fmt.Sprint(cause)
		}
	}
}
