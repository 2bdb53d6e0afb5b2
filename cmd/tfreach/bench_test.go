package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/rogpeppe/go-internal/txtar"
)

// BenchmarkPlan scans plans and writes the report. The alarms in them are of no interest.
func BenchmarkPlan(b *testing.B) {
	for _, relevant := range []int{1, 100} {
		plan := sized(30e6, relevant, 500)
		b.Run(fmt.Sprintf("%din100", relevant), func(b *testing.B) {
			n, _ := io.Copy(io.Discard, plan.reader())
			b.SetBytes(n)
			b.ReportAllocs()
			for b.Loop() {
				scanned(b, exitFindings, plan.reader(), "-", "--format", "json")
			}
		})
	}
}

// BenchmarkPlans scans as many plans at once as there are processors, which should take as long as one.
func BenchmarkPlans(b *testing.B) {
	dir := b.TempDir()
	var names []string
	for i := range 2 {
		name := filepath.Join(dir, fmt.Sprintf("plan%d.json", i))
		f, err := os.Create(name)
		if err == nil {
			_, err = io.Copy(f, sized(10e6, 100, 500).reader())
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
		names = append(names, name)
		b.Run(fmt.Sprint(len(names)), func(b *testing.B) {
			for b.Loop() {
				scanned(b, exitFindings, strings.NewReader(""), append([]string{"--format", "json"}, names...)...)
			}
		})
	}
}

// BenchmarkFinding scans a file of 1.6 MB with one finding, and with none, which should take as long in each format.
func BenchmarkFinding(b *testing.B) {
	for _, format := range formatNames() {
		for _, with := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/%t", format, with), func(b *testing.B) {
				dir := b.TempDir()
				if err := os.WriteFile(filepath.Join(dir, "main.tf"), largeFile(), 0o600); err != nil {
					b.Fatal(err)
				}
				port, code := "22", exitClean
				if with {
					port, code = "21", exitFindings
				}
				for b.Loop() {
					scanned(b, code, strings.NewReader(""), dir, "--format", format, "--port", port)
				}
			})
		}
	}
}

// largeFile is a configuration with one opening and much that looks like a secret.
func largeFile() []byte {
	b := bytes.NewBufferString(open)
	for i := 0; b.Len() < 1_600_000; i++ {
		fmt.Fprintf(b, "resource \"aws_sqs_queue\" \"q%d\" {\n  name = \"queue-%d\"\n  tags = { token = \"ghp_%036d\", password = \"pw%d\" }\n}\n", i, i, i, i)
	}
	return b.Bytes()
}

// BenchmarkStart scans a folder with one file in a process of its own.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(open), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := exec.CommandContext(b.Context(), "tfreach", "scan", dir, "--no-config", "--fail-on", "never").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompany scans a repository as companies have them, and tells how many times as long as parsing its files alone that takes.
func BenchmarkCompany(b *testing.B) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "script", "company.txtar"))
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil {
		b.Fatal(err)
	}
	for _, f := range archive.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	var parsing, whole time.Duration
	for b.Loop() {
		start := time.Now()
		for _, f := range archive.Files {
			if slices.Contains([]string{".tf", ".hcl", ".tfvars"}, filepath.Ext(f.Name)) {
				src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Name)))
				if err != nil {
					b.Fatal(err)
				}
				if _, diags := hclsyntax.ParseConfig(src, f.Name, hcl.InitialPos); diags.HasErrors() {
					b.Fatal(diags)
				}
			}
		}
		parsing += time.Since(start)
		start = time.Now()
		var stderr bytes.Buffer
		if code := run(b.Context(), []string{"scan", dir, "--format", "json"}, streams{Out: io.Discard, Err: &stderr, Today: time.Now()}); code != exitFindings {
			b.Fatalf("exit code %d: %s", code, &stderr)
		}
		whole += time.Since(start)
	}
	b.ReportMetric(whole.Seconds()/parsing.Seconds(), "scan/parse")
}

// scanned scans and demands an exit code.
func scanned(b *testing.B, code int, in io.Reader, args ...string) {
	b.Helper()
	var stderr bytes.Buffer
	got := run(b.Context(), append([]string{"scan", "--no-config"}, args...), streams{In: in, Out: io.Discard, Err: &stderr, Today: time.Now()})
	if got != code {
		b.Fatalf("exit code %d, want %d: %s", got, code, &stderr)
	}
}

// skip is a command that reads JSON and does nothing with it.
func skip() {
	if err := jsontext.NewDecoder(os.Stdin, jsontext.AllowDuplicateNames(true)).SkipValue(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// decode is a command that decodes all of a plan with terraform-json.
func decode() {
	data, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.Unmarshal(data, new(tfjson.Plan))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A generated plan is one.
func TestBigPlan(t *testing.T) {
	for relevant, want := range map[int]int{1: 3, 100: 250} {
		var plan tfjson.Plan
		if err := json.NewDecoder(bigPlan{250, relevant, 50}.reader()).Decode(&plan); err != nil {
			t.Fatal(err)
		}
		groups := 0
		for _, r := range plan.ResourceChanges {
			if r.Type == "aws_security_group" {
				groups++
			}
		}
		if len(plan.ResourceChanges) != 250 || len(plan.PlannedValues.RootModule.Resources) != 250 || groups != want {
			t.Errorf("%d in 100: %d changes, %d groups", relevant, len(plan.ResourceChanges), groups)
		}
	}
}
