package main

import (
	"context"
	"errors"
	"time"

	"github.com/tfreach/tfreach/analyzer/fault"
)

// grace is how long a run may take to report what it has when its time is over or it is interrupted. Package analyzer ends
// within a fraction of a second; grace is for what it can't foresee.
const grace = 5 * time.Second

// errGivenUp is the error of an analysis without any result.
type errGivenUp struct{ error }

func (e errGivenUp) Unwrap() error { return e.error }

// errFault is the error of a failure of tfreach itself.
type errFault struct{ what string }

func (e errFault) Error() string {
	return "a mistake in tfreach ended the run, without a report: " + e.what + ". To find the input that it fails on, scan " +
		"the inputs one by one, with --debug; please report it together with that input."
}

// bounded does work until ctx ends, and no longer than the timeout unless it is zero. Work that doesn't end then is abandoned.
func bounded[T any](ctx context.Context, timeout time.Duration, work func(context.Context) (T, error)) (T, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if cause := recover(); cause != nil {
				o.err = errGivenUp{errFault{fault.Describe(cause)}}
			}
			done <- o
		}()
		o.result, o.err = work(ctx)
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o.result, o.err
	case <-time.After(grace):
		var none T
		return none, ctx.Err()
	}
}

// exitCode returns the exit code for an error, and the error as users know it.
func exitCode(err error) (int, error) {
	switch {
	case errors.Is(err, context.Canceled):
		return exitError, errors.New("interrupted; there is no report")
	case errors.Is(err, context.DeadlineExceeded):
		return exitPartial, errors.New("the time of --timeout is over, and there is nothing to report yet")
	case errors.As(err, new(errGivenUp)):
		return exitPartial, err
	}
	return exitError, err
}
