package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/parquet-go/parquet-go"
)

// shown is how many of each a summary names.
const shown = 20

// summary is what matters most in a result. Its fields are those of summary.json.
type summary struct {
	// Documents counts the documents by outcome.
	Documents struct{ All, Complete, Partial, Failed, Joined int }
	// Exposed and Unknown count findings, and Reached counts the machines and listeners that the internet reaches.
	Exposed, Unknown, Reached int
	// New and Gone count exposed findings in comparison with an earlier result; both are 0 without one.
	New, Gone int
	// Machines are the most exposed ones, Causes those that open most, Deciders the values that would settle most, Failures the
	// reasons why documents failed, and Fresh the findings that an earlier result doesn't have.
	Machines, Causes, Deciders, Failures, Fresh []entry
}

// entry is a line of a summary. Count is what it is ordered by.
type entry struct {
	Count                 int
	Name, Document, Place string `json:",omitempty"`
}

// columns of tables that a summary reads.
type (
	documentColumns struct {
		Document string   `parquet:"document"`
		Outcome  string   `parquet:"outcome"`
		Reason   string   `parquet:"reason"`
		With     []string `parquet:"with,list"`
	}
	findingColumns struct {
		Document     string `parquet:"document"`
		Outcome      string `parquet:"outcome"`
		Message      string `parquet:"message"`
		File         string `parquet:"file"`
		Line         int32  `parquet:"line"`
		Fingerprint  string `parquet:"fingerprint"`
		Cause        string `parquet:"cause"`
		CauseMessage string `parquet:"cause_message"`
	}
)

func topCommand(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("top", flag.ContinueOnError)
	since := flags.String("since", "", "say what is new since the result in `DIR`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("top takes the folder of a result")
	}
	s, err := summarize(context.Background(), flags.Arg(0), *since)
	if err != nil {
		return err
	}
	return s.text(out)
}

// known identifies a finding of a result.
type known struct{ document, fingerprint string }

// summarize reads a result, and compares it with an earlier one unless since is empty.
func summarize(ctx context.Context, folder, since string) (*summary, error) {
	s := &summary{}
	failures := map[string]int{}
	err := read(ctx, folder, documentsTable, func(d *documentColumns) {
		s.Documents.All++
		switch d.Outcome {
		case "complete":
			s.Documents.Complete++
		case "partial":
			s.Documents.Partial++
		default:
			s.Documents.Failed++
			failures[d.Reason]++
		}
		if len(d.With) > 0 {
			s.Documents.Joined++
		}
	})
	if err != nil {
		return nil, err
	}
	s.Failures = most(failures, func(why string) entry { return entry{Name: why} })
	earlier := map[known]bool{}
	if since != "" {
		err := read(ctx, since, findingsTable, func(f *findingColumns) {
			if f.Outcome == "exposed" {
				earlier[known{f.Document, f.Fingerprint}] = false
			}
		})
		if err != nil {
			return nil, err
		}
	}
	type cause struct{ message, place string }
	causes, fresh := map[cause]int{}, map[entry]int{}
	err = read(ctx, folder, findingsTable, func(f *findingColumns) {
		place := placeOf(f.File, f.Line)
		if f.Outcome != "exposed" {
			s.Unknown++
			return
		}
		s.Exposed++
		causes[cause{f.CauseMessage, place}]++
		if since == "" {
			return
		}
		k := known{f.Document, f.Fingerprint}
		if _, there := earlier[k]; there {
			earlier[k] = true
			return
		}
		s.New++
		fresh[entry{Name: f.Message, Document: f.Document, Place: place}]++
	})
	if err != nil {
		return nil, err
	}
	for _, stays := range earlier {
		if !stays {
			s.Gone++
		}
	}
	s.Causes = most(causes, func(c cause) entry { return entry{Name: c.message, Place: c.place} })
	s.Fresh = most(fresh, func(e entry) entry { return e })
	machines := map[entry]int{}
	err = read(ctx, folder, endpointsTable, func(e *endpointRow) {
		if e.Verdict == "reached" {
			s.Reached++
			machines[entry{Name: e.Kind + " " + e.Address, Document: e.Document}]++
		}
	})
	if err != nil {
		return nil, err
	}
	s.Machines = most(machines, func(e entry) entry { return e })
	deciders := map[unknownRow]int{}
	err = read(ctx, folder, unknownsTable, func(u *unknownRow) {
		u.Fingerprint = ""
		deciders[*u]++
	})
	s.Deciders = most(deciders, func(u unknownRow) entry {
		return entry{Name: u.Kind + " " + u.Name, Document: u.Document, Place: placeOf(u.File, u.Line)}
	})
	return s, err
}

func placeOf(file string, line int32) string {
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// most returns the entries with the largest counts.
func most[T comparable](counts map[T]int, describe func(T) entry) []entry {
	var out []entry
	for _, of := range slices.Collect(maps.Keys(counts)) {
		e := describe(of)
		e.Count = counts[of]
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Document, b.Document), cmp.Compare(a.Place, b.Place))
	})
	return out[:min(len(out), shown)]
}

// read calls a function with each row of a table.
func read[T any](ctx context.Context, folder, table string, see func(*T)) error {
	files, err := filesystem.New(ctx, folder)
	if err != nil {
		return err
	}
	defer files.Close()
	names, err := files.List(ctx, folder+"/"+table+"/*.parquet")
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: there is no table %s, so it is no result", folder, table)
	}
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if err := readFile(ctx, files, name, see); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// readFile reads a file by way of one on this machine: Parquet is read from its end.
func readFile[T any](ctx context.Context, files filesystem.Interface, name string, see func(*T)) error {
	in, err := files.OpenRead(ctx, name)
	if err != nil {
		return err
	}
	defer in.Close()
	file, ok := in.(*os.File)
	if !ok {
		if file, err = os.CreateTemp("", "tfreach-fleet-"); err != nil {
			return err
		}
		defer func() { _ = os.Remove(file.Name()) }()
		defer file.Close()
		if _, err := io.Copy(file, in); err != nil {
			return err
		}
	}
	rows := parquet.NewGenericReader[T](file)
	defer func() { _ = rows.Close() }()
	some := make([]T, 256)
	for {
		n, err := rows.Read(some)
		for i := range some[:n] {
			see(&some[i])
		}
		clear(some)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) json() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

//go:embed summary.html
var page string

func (s *summary) html() ([]byte, error) {
	t, err := template.New("summary").Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Summary": s, "Lists": s.lists()})
	return b.Bytes(), err
}

// list is a part of a summary for people.
type list struct {
	Title, Count string
	Entries      []entry
}

// lists returns the parts that have something in them.
func (s *summary) lists() []list {
	all := []list{
		{"What the internet reaches", "ports", s.Machines},
		{"What opens most", "findings", s.Causes},
		{"What would settle most unknown verdicts", "verdicts", s.Deciders},
		{"What is new", "findings", s.Fresh},
		{"Why documents failed", "documents", s.Failures},
	}
	return slices.DeleteFunc(all, func(l list) bool { return len(l.Entries) == 0 })
}

// Line says what the result is, in one sentence.
func (s *summary) Line() string {
	d := s.Documents
	line := fmt.Sprintf("%d documents (%d complete, %d partial, %d failed; %d together with others): %d findings, %d unknown, %d machines and listeners reached",
		d.All, d.Complete, d.Partial, d.Failed, d.Joined, s.Exposed, s.Unknown, s.Reached)
	if s.New+s.Gone > 0 {
		line += fmt.Sprintf("; %d new, %d gone", s.New, s.Gone)
	}
	return line + "."
}

// text writes the summary for people. The error is that of w.
func (s *summary) text(w io.Writer) error {
	var b strings.Builder
	b.WriteString(s.Line() + "\n")
	for _, l := range s.lists() {
		fmt.Fprintf(&b, "\n%s (%s)\n", l.Title, l.Count)
		for _, e := range l.Entries {
			fmt.Fprintf(&b, "%6d  %s\n", e.Count, e.Name)
			if where := strings.TrimSpace(e.Document + "  " + e.Place); where != "" {
				fmt.Fprintf(&b, "        %s\n", where)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
