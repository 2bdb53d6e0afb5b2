package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/parquet-go/parquet-go"
)

// Outcome is what became of a document. Its fields are exported for Beam, which moves it between machines.
type Outcome struct {
	Document, Kind string
	// Bytes is the size of the document as it is stored.
	Bytes int64
	// Err says why there are no verdicts; empty if there are.
	Err string
	// Report is what tfreach scan --format json says of the document by itself, and Joined what it says with With, if there is
	// something that shares a network with it. Both are packed: an engine may keep all outcomes in memory, at each step.
	Report, Joined []byte
	// Endpoints are those of the last of these, and Findings counts what the first one finds.
	Endpoints []Endpoint
	Findings  int
	With      []string
	// Left counts the documents that share a network with it and were too many, or too large.
	Left int
	// Networks are the IDs of networks that it mentions, and Parts those of what else there is in networks.
	Networks, Parts []string
}

// Endpoint is a machine or a listener, and what the internet can do there.
type Endpoint struct {
	Kind, Address, Port string
	// Verdict is reached, not reached or unknown.
	Verdict string
}

// registerTypes tells Beam what the pipeline is made of, in the program that starts it and in each worker.
func registerTypes() {
	register.DoFn3x1[context.Context, string, func(string), error](&listFn{})
	register.DoFn3x1[context.Context, string, func(Outcome), error](&scanFn{})
	register.Emitter1[string]()
	register.Emitter1[Outcome]()
	registerJoin()
	registerRows()
}

// pipeline makes rows of documents, in the folder staging.
func pipeline(o options, staging string) *beam.Pipeline {
	p, s := beam.NewPipelineWithRoot()
	documents := beam.ParDo(s, &listFn{}, beam.CreateList(s, o.Patterns))
	outcomes := beam.ParDo(s, &scanFn{Options: o.Scan}, distinct(s, documents))
	if !o.Alone {
		outcomes = join(s, outcomes, o)
	}
	writeRows(s, outcomes, staging, o.Files)
	return p
}

// distinct returns each text once, and has the engine spread them over its workers.
func distinct(s beam.Scope, texts beam.PCollection) beam.PCollection {
	return beam.ParDo(s, once, beam.GroupByKey(s, beam.ParDo(s, alone, texts)))
}

func alone(text string) (string, bool) { return text, true }

func once(text string, _ func(*bool) bool) string { return text }

// listFn makes names of documents of a pattern. A name that nothing fits stands for itself, so that the document's row says
// that it isn't there.
type listFn struct{}

// ProcessElement is called by Beam.
func (*listFn) ProcessElement(ctx context.Context, pattern string, emit func(string)) error {
	files, err := filesystem.New(ctx, pattern)
	if err != nil {
		return err
	}
	defer files.Close()
	names, err := files.List(ctx, pattern)
	if err != nil {
		return fmt.Errorf("%s: %w", pattern, err)
	}
	if len(names) == 0 {
		names = []string{pattern}
	}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			continue
		}
		emit(name)
	}
	return nil
}

// scanFn is stage 1. Its field is exported for Beam.
type scanFn struct {
	Options scanOptions

	scanner scanner
}

// Teardown is called by Beam.
func (f *scanFn) Teardown() { f.scanner.stop() }

// ProcessElement is called by Beam.
func (f *scanFn) ProcessElement(ctx context.Context, uri string, emit func(Outcome)) error {
	o, err := f.scan(ctx, uri)
	if err == nil {
		emit(o)
	}
	return err
}

// scan returns the outcome for a document. The error is about this machine or the way to the document's.
func (f *scanFn) scan(ctx context.Context, uri string) (Outcome, error) {
	scanners <- struct{}{}
	defer func() { <-scanners }()
	out := Outcome{Document: uri, Kind: kindDocument}
	l, err := fetch(ctx, uri, f.Options.Unpacked)
	if bad := (errDocument{}); errors.As(err, &bad) {
		out.Err = strings.TrimPrefix(bad.Error(), uri+": ")
		return out, nil
	}
	if err != nil {
		return out, err
	}
	defer l.remove()
	l.ids.end()
	out.Kind, out.Bytes = l.kind, l.size
	out.Networks, out.Parts = slices.Sorted(maps.Keys(l.ids.networks)), slices.Sorted(maps.Keys(l.ids.parts))
	a, err := f.scanner.ask(ctx, request{Path: l.path, Name: l.name, scanOptions: f.Options})
	if err != nil {
		return out, err
	}
	out.Err, out.Endpoints, out.Findings = a.Err, a.Endpoints, a.Findings
	out.Report, err = pack(a.Report)
	return out, err
}

// pack compresses a report.
func pack(report []byte) ([]byte, error) {
	if len(report) == 0 {
		return nil, nil
	}
	return parquet.Zstd.Encode(nil, report)
}

// unpack returns a report that was packed.
func unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	return parquet.Zstd.Decode(nil, packed)
}
