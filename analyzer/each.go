package analyzer

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/tfreach/tfreach/analyzer/fault"
)

// patience is how long an analysis may go on once its time is over. One that takes longer is abandoned.
const patience = 300 * time.Millisecond

// Each analyses the inputs of a selection, several at a time, and returns what rows makes of each Analysis, in the order of the
// inputs. It drops each Analysis then, so memory doesn't grow with the graphs. Calls of rows may run at the same time. When ctx
// ends, an input whose analysis doesn't end soon counts as not analysed. The error is that of the first input that can't be
// read at all.
//
// When ctx ends, an input whose analysis doesn't end soon counts as not analysed. The error is that of the first input that
// can't be read at all.
func Each[T any](ctx context.Context, s *Selection, rows func(*Analysis) T) ([]T, error) {
	type finished struct {
		index int
		rows  T
		err   error
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	total := len(s.Inputs)
	out := make([]T, total)
	errs := make([]error, total)
	results := make(chan finished, total) // with room for all, so an abandoned worker never waits
	var started, ended int
	var mu sync.Mutex
	next := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if started == total {
			return 0, false
		}
		started++
		if s.config.Progress != nil {
			s.config.Progress(ended, total, s.Inputs[started-1].Name)
		}
		return started - 1, true
	}
	var workers sync.WaitGroup
	for range min(total, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i, ok := next(); ok; i, ok = next() {
				made, err := analysed(working, s.Inputs[i], s.Analyst, rows)
				mu.Lock()
				ended++
				mu.Unlock()
				results <- finished{i, made, err}
			}
		})
	}
	done := make([]bool, total)
	first := 0 // the first input that isn't done
	late := ctx.Done()
	var giveUp <-chan time.Time
	for first < total {
		select {
		case f := <-results:
			out[f.index], errs[f.index], done[f.index] = f.rows, f.err, true
		case <-late:
			late, giveUp = nil, time.After(patience)
			continue
		case <-giveUp:
			for i := range out {
				if !done[i] {
					out[i], done[i] = rows(unanalysed(ctx, s.Inputs[i])), true
				}
			}
		}
		for ; first < total && done[first]; first++ {
			if errs[first] != nil {
				stop()
				wait(&workers)
				return nil, errs[first]
			}
		}
	}
	return out, nil
}

// analysed analyses an input and makes rows of it. If that panics, the rows are those of an input that isn't analysed.
func analysed[T any](ctx context.Context, in *Input, k *Analyst, rows func(*Analysis) T) (made T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			a := newAnalysis(in)
			a.lose(fault.Diagnostic(cause, startOf(in.place())))
			made, err = rows(a), nil
		}
	}()
	a := Analyse(ctx, in, k)
	return rows(a), a.err
}

// wait waits for workers that were told to stop, at most for patience.
func wait(workers *sync.WaitGroup) {
	ended := make(chan struct{})
	go func() { workers.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(patience):
	}
}

// unanalysed is the Analysis of an input that there was no time for.
func unanalysed(ctx context.Context, in *Input) *Analysis {
	a := newAnalysis(in)
	a.lose(outOfTime(ctx, in))
	return a
}
