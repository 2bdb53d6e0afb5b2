package analyzer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// documents are the plans and states of a run while they are read side by side.
type documents struct {
	// read has a place for each input; those that are no documents are nil.
	read []chan readDocument
	// slots are taken in the order of the inputs and freed as the documents are taken, so there are never more documents
	// in memory than cores, and the next one to take is always among them.
	slots chan struct{}
	stop  func()
}

type readDocument struct {
	doc *plan.Plan
	err error
}

// readDocuments begins to read the documents among the inputs. Stop ends that.
func (r *runner) readDocuments(ctx context.Context, inputs []input) *documents {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	d := &documents{
		read:  make([]chan readDocument, len(inputs)),
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
		stop:  func() { cancel(); running.Wait() },
	}
	for i, in := range inputs {
		if in.open != nil {
			d.read[i] = make(chan readDocument, 1)
		}
	}
	running.Go(func() {
		for i, in := range inputs {
			if in.open == nil {
				continue
			}
			select {
			case d.slots <- struct{}{}:
			case <-ctx.Done():
				d.read[i] <- readDocument{err: ctx.Err()}
				continue
			}
			running.Go(func() {
				doc, err := r.readSafely(ctx, in)
				d.read[i] <- readDocument{doc, err}
			})
		}
	})
	return d
}

// take waits for the document of an input. Each is taken once, in the order of the inputs.
func (d *documents) take(i int) (*plan.Plan, error) {
	got := <-d.read[i]
	select {
	case <-d.slots:
	default: // it never had one
	}
	return got.doc, got.err
}

// faultError is that tfreach failed on a document.
type faultError struct{ diagnostic *hcl.Diagnostic }

func (e faultError) Error() string { return e.diagnostic.Error() }

// readSafely is read, with a faultError in place of a panic.
func (r *runner) readSafely(ctx context.Context, in input) (doc *plan.Plan, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			doc, err = nil, faultError{fault.Diagnostic(cause, startOf(in))}
		}
	}()
	return r.read(ctx, in)
}

// read reads a document. The error names it.
func (r *runner) read(ctx context.Context, in input) (*plan.Plan, error) {
	text, err := in.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	doc, err := plan.Read(text, func(_, typ string) bool { return r.wanted[typ] })
	if closeErr := text.Close(); err == nil {
		err = closeErr
	}
	if bad := (*plan.Error)(nil); errors.As(err, &bad) {
		return nil, fmt.Errorf("%s:%w", in.name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	return doc, nil
}
