package plan_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// bigPlan generates plans out of the changes, prior state and configuration of an instance and of a security group in
// update.json.
type bigPlan struct {
	// between are the texts before, between and after the sections.
	between []string
	// group and instance are the objects of a section, each cut at the resource's name.
	group, instance [][2]string
}

func newBigPlan(tb testing.TB) *bigPlan {
	tb.Helper()
	type resources struct {
		Root struct{ Resources []json.RawMessage } `json:"root_module"`
	}
	var doc struct { // as Terraform orders it
		Planned resources                  `json:"planned_values"`
		Changes []json.RawMessage          `json:"resource_changes"`
		Prior   struct{ Values resources } `json:"prior_state"`
		Config  resources                  `json:"configuration"`
	}
	if err := json.Unmarshal(readTestdata(tb, "update.json"), &doc); err != nil {
		tb.Fatal(err)
	}
	find := func(objects []json.RawMessage, address string) [2]string {
		for _, o := range objects {
			if rest, ok := strings.CutPrefix(string(o), `{"address":"`+address); ok {
				typ, _, _ := strings.Cut(address, ".")
				return [2]string{`{"address":"` + typ + ".r", rest}
			}
		}
		tb.Fatalf("no %s", address)
		return [2]string{}
	}
	b := &bigPlan{between: []string{
		`{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":[`,
		`]}},"resource_changes":[`,
		`],"prior_state":{"format_version":"1.0","values":{"root_module":{"resources":[`,
		`]}}},"configuration":{"root_module":{"resources":[`,
		`]}},"complete":true,"errored":false}`,
	}}
	for _, objects := range [][]json.RawMessage{
		doc.Planned.Root.Resources, doc.Changes, doc.Prior.Values.Root.Resources, doc.Config.Root.Resources,
	} {
		b.group = append(b.group, find(objects, "aws_security_group.inline"))
		b.instance = append(b.instance, find(objects, "aws_instance.ftp"))
	}
	return b
}

// count returns how many resources a plan of about that size has, of which so many of each hundred are security groups.
func (b *bigPlan) count(size, relevant int) int {
	total := 0
	for i := range b.group {
		for weight, o := range map[int][2]string{relevant: b.group[i], 100 - relevant: b.instance[i]} {
			total += weight * (len(o[0]) + 6 + len(o[1]))
		}
	}
	return 100 * size / total
}

// reader generates a plan of count resources while it is read: of each hundred of them, relevant are security groups.
func (b *bigPlan) reader(count, relevant int) io.Reader {
	return &bigPlanReader{plan: b, count: count, relevant: relevant, text: []byte(b.between[0])}
}

type bigPlanReader struct {
	plan            *bigPlan
	count, relevant int
	section, next   int
	buffer, text    []byte
}

func (r *bigPlanReader) Read(p []byte) (int, error) {
	if len(r.text) == 0 {
		if r.section == len(r.plan.group) {
			return 0, io.EOF
		}
		r.buffer = r.buffer[:0]
		for len(r.buffer) < 64<<10 && r.next < r.count {
			object := r.plan.instance[r.section]
			if r.next%100 < r.relevant {
				object = r.plan.group[r.section]
			}
			if r.next > 0 {
				r.buffer = append(r.buffer, ',')
			}
			r.buffer = append(r.buffer, object[0]...)
			r.buffer = strconv.AppendInt(r.buffer, int64(r.next), 10)
			r.buffer = append(r.buffer, object[1]...)
			r.next++
		}
		if r.next == r.count {
			r.section, r.next = r.section+1, 0
			r.buffer = append(r.buffer, r.plan.between[r.section]...)
		}
		r.text = r.buffer
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

// What plans are read by.
var bigPlanReaders = []struct {
	name string
	read func(io.Reader) (any, error)
}{
	{"Read", func(r io.Reader) (any, error) {
		return plan.Read(r, func(_, typ string) bool { return typ == "aws_security_group" })
	}},
	{"skip", func(r io.Reader) (any, error) {
		return nil, jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true)).SkipValue()
	}},
	{"terraform-json", func(r io.Reader) (any, error) {
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		doc := new(tfjson.Plan)
		return doc, json.Unmarshal(data, doc)
	}},
}

// BenchmarkReadPlan compares Read with a bare skip of the same bytes and with decoding the whole plan by
// terraform-json. TFREACH_BENCH_MB sets the size of the plan.
func BenchmarkReadPlan(b *testing.B) {
	megabytes := 60
	if text := os.Getenv("TFREACH_BENCH_MB"); text != "" {
		var err error
		if megabytes, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	doc := newBigPlan(b)
	for _, relevant := range []int{1, 100} {
		count := doc.count(megabytes<<20, relevant)
		for _, by := range bigPlanReaders {
			b.Run(fmt.Sprintf("%din100/%s", relevant, by.name), func(b *testing.B) {
				b.ReportAllocs()
				var m measured
				for b.Loop() {
					m = measure(b, doc.reader(count, relevant), by.read)
				}
				b.SetBytes(m.bytes)
				b.ReportMetric(float64(m.peak)/(1<<20), "peak-MiB")
			})
		}
	}
}

// measured is what reading a plan took.
type measured struct {
	bytes int64
	took  time.Duration
	peak  uint64
}

// measure reads a plan once. The peak is of all memory that the process has from the system, with the garbage collector
// as it is by default.
func measure(tb testing.TB, r io.Reader, read func(io.Reader) (any, error)) measured {
	tb.Helper()
	debug.FreeOSMemory()
	stop, stopped := make(chan struct{}), make(chan uint64)
	go func() {
		most := memory()
		for {
			select {
			case <-stop:
				stopped <- most
				return
			case <-time.After(time.Millisecond):
				most = max(most, memory())
			}
		}
	}()
	counted := &countingReader{r: r}
	start := time.Now()
	result, err := read(counted)
	took := time.Since(start)
	close(stop)
	peak := <-stopped
	runtime.KeepAlive(result)
	if err != nil {
		tb.Fatal(err)
	}
	return measured{counted.n, took, peak}
}

func memory() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64()
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
