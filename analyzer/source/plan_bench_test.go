package source_test

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/tfreach/tfreach/analyzer/source"
)

// bigPlan makes a plan of about the given size out of the changes, prior state and
// configuration of an instance and of a security group in update.json: of every
// hundred resources, relevant are security groups.
func bigPlan(tb testing.TB, size, relevant int) []byte {
	tb.Helper()
	type object = json.RawMessage // as Terraform orders it
	var plan struct {
		Planned struct {
			Root struct{ Resources []object } `json:"root_module"`
		} `json:"planned_values"`
		Changes []object `json:"resource_changes"`
		Prior   struct {
			Values struct {
				Root struct{ Resources []object } `json:"root_module"`
			}
		} `json:"prior_state"`
		Config struct {
			Root struct{ Resources []object } `json:"root_module"`
		} `json:"configuration"`
	}
	if err := json.Unmarshal(readTestdata(tb, "update.json"), &plan); err != nil {
		tb.Fatal(err)
	}
	find := func(objects []object, address string) []byte {
		for _, o := range objects {
			if bytes.HasPrefix(o, []byte(`{"address":"`+address+`"`)) {
				return o
			}
		}
		tb.Fatalf("no %s", address)
		return nil
	}
	sections := [][]object{plan.Planned.Root.Resources, plan.Changes, plan.Prior.Values.Root.Resources, plan.Config.Root.Resources}
	between := []string{
		`{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":[`,
		`]}},"resource_changes":[`,
		`],"prior_state":{"format_version":"1.0","values":{"root_module":{"resources":[`,
		`]}}},"configuration":{"root_module":{"resources":[`,
		`]}},"complete":true,"errored":false}`,
	}
	count := func(perHundred int) int {
		group, instance := 0, 0
		for _, objects := range sections {
			group += len(find(objects, "aws_security_group.inline"))
			instance += len(find(objects, "aws_instance.ftp"))
		}
		return 100 * size / (perHundred*group + (100-perHundred)*instance)
	}(relevant)
	var out bytes.Buffer
	for i, objects := range sections {
		out.WriteString(between[i])
		group, instance := find(objects, "aws_security_group.inline"), find(objects, "aws_instance.ftp")
		for n := range count {
			if n > 0 {
				out.WriteByte(',')
			}
			name := []byte(".r" + strconv.Itoa(n) + `"`)
			if n%100 < relevant {
				out.Write(bytes.Replace(group, []byte(`.inline"`), name, 1))
			} else {
				out.Write(bytes.Replace(instance, []byte(`.ftp"`), name, 1))
			}
		}
	}
	out.WriteString(between[len(sections)])
	return out.Bytes()
}

// BenchmarkReadPlan compares ReadPlan with decoding the whole plan by
// terraform-json. TFREACH_BENCH_MB sets the size of the plan. "peak-MB" is the most
// that the heap grew by, the document itself not counted.
func BenchmarkReadPlan(b *testing.B) {
	megabytes := 60
	if text := os.Getenv("TFREACH_BENCH_MB"); text != "" {
		var err error
		if megabytes, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for _, relevant := range []int{1, 100} {
		data := bigPlan(b, megabytes<<20, relevant)
		keep := func(_, typ string) bool { return typ == "aws_security_group" }
		b.Run(strconv.Itoa(relevant)+"in100/ReadPlan", func(b *testing.B) {
			benchmark(b, data, func() (any, error) { return source.ReadPlan(bytes.NewReader(data), keep) })
		})
		b.Run(strconv.Itoa(relevant)+"in100/terraform-json", func(b *testing.B) {
			benchmark(b, data, func() (any, error) {
				plan := new(tfjson.Plan)
				return plan, json.Unmarshal(data, plan)
			})
		})
	}
}

func benchmark(b *testing.B, data []byte, read func() (any, error)) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := read(); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()

	peak, kept := peakMemory(b, read)
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
	b.ReportMetric(float64(kept)/(1<<20), "kept-MB")
}

// peakMemory returns how much the heap grows at most while read runs, with little
// room for garbage, and how much is left of that.
func peakMemory(b *testing.B, read func() (any, error)) (peak, kept uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	heap := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	before := heap()
	stop, stopped := make(chan struct{}), make(chan uint64)
	go func() {
		most := before
		for {
			select {
			case <-stop:
				stopped <- most
				return
			case <-time.After(time.Millisecond):
				most = max(most, heap())
			}
		}
	}()
	result, err := read()
	if err != nil {
		b.Fatal(err)
	}
	close(stop)
	peak = <-stopped
	runtime.GC()
	kept = heap()
	runtime.KeepAlive(result)
	return peak - before, kept - min(before, kept)
}
