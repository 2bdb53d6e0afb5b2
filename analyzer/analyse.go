package analyzer

import (
	"context"
	"errors"
	"log/slog"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// analyse judges an input. What costs only this input is a notice: that tfreach fails on it, or that there is no time.
func (r *runner) analyse(ctx context.Context, in input, document func() (*plan.Plan, error)) (err error) {
	log := r.config.Log.With("input", in.name)
	lose := func(d *hcl.Diagnostic) {
		log.Debug("gave up", "why", d.Summary, "detail", d.Detail)
		r.unjudged[rootOf(&in)] = true
		r.notice(hcl.Diagnostics{d})
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = nil
			lose(fault.Diagnostic(cause, startOf(in)))
		}
	}()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		lose(outOfTime(in))
		return nil
	}
	log.Debug("analyse")
	v, err := r.view(in, document)
	if bad := (faultError{}); errors.As(err, &bad) {
		lose(bad.diagnostic)
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		lose(outOfTime(in))
		return nil
	}
	if err != nil {
		return err
	}
	r.judge(v)
	r.notice(v.graph.Diagnostics())
	r.noticeModules(v.graph)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		lose(outOfTime(in))
	}
	r.logVerdict(log, v)
	return nil
}

// logVerdict logs what was read of an input that was just judged, and what was decided.
func (r *runner) logVerdict(log *slog.Logger, v *view) {
	exposed, unknown := 0, 0
	for _, f := range r.judged[len(r.judged)-1].findings {
		log.Debug("decided", "rule", f.Rule.ID, "resources", f.Resources, "exposed", f.Outcome == Exposed, "file", f.At.Filename, "line", f.At.Start.Line)
		if f.Outcome == Exposed {
			exposed++
		} else {
			unknown++
		}
	}
	log.Debug("analysed", "resources", len(v.graph.Resources), "exposed", exposed, "unknown", unknown, "notices", len(v.graph.Diagnostics()))
}

// late takes an error that only says that the deadline has passed, and notes what that means.
func (r *runner) late(ctx context.Context, err error) bool {
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() == nil {
		return false
	}
	r.unjudged[""] = true
	r.notice(hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "The time is over", Detail: "Not all was looked at: " + err.Error() + ".",
	}})
	return true
}

// stopped says whether the time for the run is over.
func (r *runner) stopped() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// lost says whether there is, or may be, no verdict on a root module that belongs to the inputs.
func (r *runner) lost(root string) bool { return r.unjudged[root] || r.unjudged[""] }

// rootOf returns the root module of an input by its name in places; it is empty for documents, whose root module isn't
// known before they are read.
func rootOf(in *input) string {
	if in.open == nil {
		return in.place()
	}
	return ""
}

func startOf(in input) hcl.Range {
	return hcl.Range{Filename: in.place(), Start: hcl.InitialPos, End: hcl.InitialPos}
}

func outOfTime(in input) *hcl.Diagnostic {
	at := startOf(in)
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "The time is over", Detail: "There was no time to analyse all of this.", Subject: &at,
	}
}
