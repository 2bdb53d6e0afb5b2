package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/parquet-go/parquet-go"
)

// The tables, each a folder of Parquet files.
const (
	documentsTable = "documents"
	findingsTable  = "findings"
	endpointsTable = "endpoints"
	unknownsTable  = "unknowns"
)

// documentRow says what became of a document. There is one for each.
type documentRow struct {
	Document string `parquet:"document"`
	// Kind is configuration, or state or plan.
	Kind string `parquet:"kind,dict"`
	// Outcome is complete, partial (something was not analysed) or failed; Reason says why it isn't complete.
	Outcome string `parquet:"outcome,dict"`
	Reason  string `parquet:"reason"`
	Bytes   int64  `parquet:"bytes"`
	// Resources counts the resource instances that were analysed. Findings counts what is surely exposed, and Unknown what may
	// be.
	Resources int32 `parquet:"resources"`
	Findings  int32 `parquet:"findings"`
	Unknown   int32 `parquet:"unknown"`
	// With are the documents that the verdicts of all tables rest on, too. Left counts those that share a network with it and
	// were too many, or too large.
	With []string `parquet:"with,list"`
	Left int32    `parquet:"left"`
	// Report is the JSON report on the document by itself; empty if it failed.
	Report string `parquet:"report,zstd"`
}

// findingRow is a finding, exposed or unknown.
type findingRow struct {
	Document string `parquet:"document,dict"`
	Rule     string `parquet:"rule,dict"`
	Level    string `parquet:"level,dict"`
	// Outcome is exposed or unknown, and Exposure what is known of the ways from the internet; see the JSON report.
	Outcome  string `parquet:"outcome,dict"`
	Exposure string `parquet:"exposure,dict"`
	// Resources are the addresses of the resources that open something.
	Resources []string `parquet:"resources,list"`
	Opening   string   `parquet:"opening"`
	Message   string   `parquet:"message"`
	Fix       string   `parquet:"fix"`
	// File is empty if the place isn't known. Line counts from 1.
	File string `parquet:"file,dict"`
	Line int32  `parquet:"line"`
	// Fingerprint identifies the finding, and Cause what decides it, in this document and in other runs.
	Fingerprint string `parquet:"fingerprint"`
	Cause       string `parquet:"cause,dict"`
	// CauseMessage says what the cause is.
	CauseMessage string `parquet:"cause_message,dict"`
}

// endpointRow is a machine or a listener, and what the internet can do there.
type endpointRow struct {
	Document string `parquet:"document,dict"`
	Kind     string `parquet:"kind,dict"`
	Address  string `parquet:"address"`
	Port     string `parquet:"port,dict"`
	// Verdict is reached, not reached or unknown.
	Verdict string `parquet:"verdict,dict"`
}

// unknownRow is a value that decides an unknown finding. A finding has as many as there are such values.
type unknownRow struct {
	Document    string `parquet:"document,dict"`
	Fingerprint string `parquet:"fingerprint"`
	// Kind is variable, resource, data, module or expression, and Name what to look for.
	Kind string `parquet:"kind,dict"`
	Name string `parquet:"name,dict"`
	File string `parquet:"file,dict"`
	Line int32  `parquet:"line"`
}

// jsonReport is what is read of a report. Package report describes it.
type jsonReport struct {
	Complete bool
	Summary  struct{ Resources int32 }
	Causes   []struct {
		Fingerprint, Message string
		Findings             []int
	}
	Findings []struct {
		RuleID, Level, Outcome, Exposure, Opening, Message, Fix, Fingerprint, Change string

		Resources []string
		Location  *jsonLocation
		Decides   []struct {
			Kind, Name string
			Location   *jsonLocation
		}
	}
	Notices []struct {
		Summary string
		Partial bool
	}
}

type jsonLocation struct {
	File      string
	StartLine int32
}

// place returns the file and the line; of no location, an empty name.
func (l *jsonLocation) place() (string, int32) {
	if l == nil {
		return "", 0
	}
	return l.File, l.StartLine
}

// documentRows are the rows of one document.
type documentRows struct {
	document  documentRow
	findings  []findingRow
	endpoints []endpointRow
	unknowns  []unknownRow
}

// rowsOf returns the rows of an outcome.
func rowsOf(o *Outcome) (*documentRows, error) {
	report, err := unpack(o.Report)
	joined, err2 := unpack(o.Joined)
	if err := errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("%s: the report: %w", o.Document, err)
	}
	t := &documentRows{document: documentRow{
		Document: o.Document, Kind: o.Kind, Outcome: "failed", Reason: o.Err, Bytes: o.Bytes, With: o.With, Left: int32(o.Left),
		Report: string(report),
	}}
	if o.Err != "" {
		return t, nil
	}
	text := report
	if len(joined) > 0 {
		text = joined
	}
	var r jsonReport
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s: the report: %w", o.Document, err)
	}
	row := &t.document
	row.Resources = r.Summary.Resources
	if row.Outcome = "complete"; !r.Complete {
		row.Outcome = "partial"
		var why []string
		for _, n := range r.Notices {
			if n.Partial {
				why = append(why, n.Summary)
			}
		}
		slices.Sort(why)
		row.Reason = strings.Join(slices.Compact(why), "; ")
	}
	for _, f := range r.Findings {
		file, line := f.Location.place()
		t.findings = append(t.findings, findingRow{
			Document: o.Document, Rule: f.RuleID, Level: f.Level, Outcome: f.Outcome, Exposure: f.Exposure, Resources: f.Resources,
			Opening: f.Opening, Message: f.Message, Fix: f.Fix, File: file, Line: line, Fingerprint: f.Fingerprint,
		})
		if row.Findings++; f.Outcome == "unknown" {
			row.Findings--
			row.Unknown++
		}
		for _, d := range f.Decides {
			file, line := d.Location.place()
			t.unknowns = append(t.unknowns, unknownRow{o.Document, f.Fingerprint, d.Kind, d.Name, file, line})
		}
	}
	for _, c := range r.Causes {
		for _, i := range c.Findings {
			t.findings[i].Cause, t.findings[i].CauseMessage = c.Fingerprint, c.Message
		}
	}
	for _, e := range o.Endpoints {
		t.endpoints = append(t.endpoints, endpointRow{o.Document, e.Kind, e.Address, e.Port, e.Verdict})
	}
	return t, nil
}

// registerRows tells Beam what writes the rows.
func registerRows() {
	register.DoFn1x2[Outcome, int, Outcome](&shardFn{})
	register.DoFn3x1[context.Context, int, func(*Outcome) bool, error](&writeFn{})
}

// writeRows writes the rows of outcomes to files of each table.
func writeRows(s beam.Scope, outcomes beam.PCollection, folder string, files int) {
	s = s.Scope("write")
	beam.ParDo0(s, &writeFn{folder}, beam.GroupByKey(s, beam.ParDo(s, &shardFn{files}, outcomes)))
}

// shardFn says which file a document's rows are in. It depends on nothing but the name, so that one that is written again is
// the same. Its field is exported for Beam.
type shardFn struct{ Files int }

// ProcessElement is called by Beam.
func (f *shardFn) ProcessElement(o Outcome) (int, Outcome) {
	h := fnv.New64a()
	h.Write([]byte(o.Document))
	return int(h.Sum64() % uint64(f.Files)), o
}

// writeFn writes the rows of a file of each table. Its field is exported for Beam.
type writeFn struct{ Folder string }

// ProcessElement is called by Beam.
func (f *writeFn) ProcessElement(ctx context.Context, file int, next func(*Outcome) bool) error {
	var all []Outcome
	for o := (Outcome{}); next(&o); o = (Outcome{}) {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b Outcome) int { return cmp.Compare(a.Document, b.Document) })
	documents, findings := newTable[documentRow](), newTable[findingRow]()
	endpoints, unknowns := newTable[endpointRow](), newTable[unknownRow]()
	for i := range all {
		r, err := rowsOf(&all[i])
		if err != nil {
			return err
		}
		if err := errors.Join(documents.add(r.document), findings.add(r.findings...), endpoints.add(r.endpoints...), unknowns.add(r.unknowns...)); err != nil {
			return err
		}
	}
	return errors.Join(
		documents.put(ctx, f.Folder, documentsTable, file),
		findings.put(ctx, f.Folder, findingsTable, file),
		endpoints.put(ctx, f.Folder, endpointsTable, file),
		unknowns.put(ctx, f.Folder, unknownsTable, file),
	)
}

// table is a file of a table, as it is written: its rows are compressed as they come.
type table[T any] struct {
	text   bytes.Buffer
	writer *parquet.GenericWriter[T]
}

func newTable[T any]() *table[T] {
	t := &table[T]{}
	t.writer = parquet.NewGenericWriter[T](&t.text, parquet.Compression(&parquet.Zstd))
	return t
}

func (t *table[T]) add(rows ...T) error {
	_, err := t.writer.Write(rows)
	return err
}

// put writes the whole file.
func (t *table[T]) put(ctx context.Context, folder, name string, file int) error {
	if err := t.writer.Close(); err != nil {
		return err
	}
	return put(ctx, fmt.Sprintf("%s/%s/part-%05d.parquet", folder, name, file), t.text.Bytes())
}

// put writes a whole file.
func put(ctx context.Context, name string, text []byte) error {
	files, err := filesystem.New(ctx, name)
	if err != nil {
		return err
	}
	defer files.Close()
	w, err := files.OpenWrite(ctx, name)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return errors.Join(err, w.Close())
}
