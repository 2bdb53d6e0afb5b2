package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
	"github.com/tfreach/tfreach/rules"
)

// scannerCommand is the argument that makes the program a scanner: a process that answers requests on its standard input
// until that ends. A document that makes it fail, even beyond what Go can recover from, ends no other process.
const scannerCommand = "scanner"

// scanOptions are what a scan depends on, besides the documents.
type scanOptions struct {
	// Ports are the ports to judge, as users write them, separated by commas.
	Ports string
	// Timeout, Memory and Unpacked limit the time, the memory in bytes and the unpacked size in bytes that a document may take.
	Timeout          time.Duration
	Memory, Unpacked int64
}

// request asks a scanner for the verdicts on a document.
type request struct {
	// Path is where the document is, a file or the folder of a configuration. Name is what reports call it; empty for what its
	// path is from the working directory, as tfreach scan has it.
	Path, Name string
	// With are the paths of what else there is, and WithNames what reports call these.
	With, WithNames []string
	scanOptions
}

// answer is what a scanner found.
type answer struct {
	// Err says why there are no verdicts at all, and Report is empty then.
	Err string
	// Report is what tfreach scan --format json writes.
	Report []byte
	// Findings counts the findings in it.
	Findings  int
	Endpoints []Endpoint
}

// serve is what a scanner does, with a function that analyses.
func serve(in io.Reader, out io.Writer, scan func(request) answer) int {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var r request
		if err := requests.Decode(&r); err != nil {
			return 0
		}
		if err := limitMemory(r.Memory); err != nil {
			return 2
		}
		if err := answers.Encode(scan(r)); err != nil {
			return 2
		}
	}
}

// scanned analyses a document as tfreach scan does, without settings of the document's own.
func scanned(r request) (a answer) {
	defer func() {
		if cause := recover(); cause != nil {
			a = answer{Err: fmt.Sprintf("a mistake in tfreach ended the analysis: %v", cause)}
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), r.Timeout)
	defer cancel()
	ports, err := portsOf(r.Ports)
	if err != nil {
		return answer{Err: err.Error()}
	}
	result, seen, err := analyzer.RunWith(ctx, analyzer.Config{
		Paths: []string{r.Path}, With: r.With, Rules: rules.For(ports), Knowledge: all.Knowledge(), CheckRule: rules.Check, Today: time.Now(),
	}, func(_ *analyzer.Selection, in *analyzer.Analysis) []Endpoint { return endpointsOf(in) })
	if err != nil {
		return answer{Err: strings.ReplaceAll(err.Error(), r.Path, r.named())}
	}
	for i := range result.Inputs {
		result.Inputs[i] = r.named()
	}
	var text bytes.Buffer
	if err := report.JSON(&text, result, report.Options{Version: version(), Path: r.names(result.Root)}); err != nil {
		return answer{Err: err.Error()}
	}
	a.Report, a.Findings = r.renamed(text.Bytes()), len(result.Findings)
	for _, list := range seen {
		a.Endpoints = append(a.Endpoints, list...)
	}
	return a
}

// renamed gives copies of documents their names in a report. The paths of copies are like nothing else.
func (r *request) renamed(text []byte) []byte {
	for i, path := range r.With {
		if path != r.WithNames[i] {
			text = bytes.ReplaceAll(text, []byte(path), []byte(r.WithNames[i]))
		}
	}
	return text
}

func (r *request) named() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Path
}

// names returns what reports call the files below root.
func (r *request) names(root string) func(string) string {
	dir, err := os.Getwd()
	return func(name string) string {
		if name == "" || root == "" {
			return name
		}
		path := filepath.Join(root, filepath.FromSlash(name))
		if r.Name != "" {
			below, err := filepath.Rel(r.Path, path)
			if err != nil || !filepath.IsLocal(below) {
				return name
			}
			return filepath.ToSlash(filepath.Join(r.Name, below))
		}
		if below, relErr := filepath.Rel(dir, path); err == nil && relErr == nil && len(below) < len(path) {
			return below
		}
		return path
	}
}

// endpointsOf returns the machines and listeners of an input.
func endpointsOf(in *analyzer.Analysis) []Endpoint {
	var out []Endpoint
	for i := range in.Reached {
		r := &in.Reached[i]
		verdict := "not reached"
		switch {
		case !r.Admits.Must.Empty():
			verdict = "reached"
		case !r.Admits.May.Empty():
			verdict = "unknown"
		}
		out = append(out, Endpoint{
			Kind: r.Endpoint.Word, Address: in.Covered(r.Endpoint.Resource.Address()), Port: r.Port.String(), Verdict: verdict,
		})
	}
	return out
}

func portsOf(words string) ([]reach.Port, error) {
	var out []reach.Port
	for word := range strings.SplitSeq(words, ",") {
		port, err := rules.Parse(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		out = append(out, port)
	}
	return out, nil
}

// version is that of package analyzer, as tfreach has it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/tfreach/tfreach" && m.Replace == nil {
				return strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return "devel"
}

// scanner is a running scanner, or none if cmd is nil.
type scanner struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	requests *json.Encoder
	answers  *json.Decoder
	said     *tail
}

func (s *scanner) start() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, scannerCommand)
	said := &tail{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	*s = scanner{cmd, in, json.NewEncoder(in), json.NewDecoder(out), said}
	return nil
}

// stop ends the scanner, and returns what it said at its end.
func (s *scanner) stop() string {
	if s.cmd == nil {
		return ""
	}
	_ = errors.Join(s.in.Close(), s.cmd.Process.Kill()) // it may have ended already
	err := s.cmd.Wait()
	said := s.said.String()
	if said == "" && err != nil {
		said = err.Error()
	}
	*s = scanner{}
	return said
}

// grace is how much longer than its timeout a scanner may take to answer.
const grace = 10 * time.Second

// ask has a scanner answer a request. If it ends without an answer, another one is tried once: the fault may not be the
// document's. The error is about this machine.
func (s *scanner) ask(ctx context.Context, r request) (answer, error) {
	var why string
	for range 2 {
		if s.cmd == nil {
			if err := s.start(); err != nil {
				return answer{}, err
			}
		}
		killed := time.AfterFunc(r.Timeout+grace, func() { _ = s.cmd.Process.Kill() })
		stop := context.AfterFunc(ctx, func() { _ = s.cmd.Process.Kill() })
		var a answer
		err := errors.Join(s.requests.Encode(r), s.answers.Decode(&a))
		late := !killed.Stop()
		stop()
		if err == nil {
			return a, nil
		}
		why = s.stop()
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		if late {
			return answer{Err: fmt.Sprintf("given up after %v", r.Timeout)}, nil
		}
	}
	return answer{Err: "the analysis ended without a result, twice: " + why}, nil
}

// tail keeps the beginning of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[:min(len(p), 300-len(t.text))]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	first, _, _ := strings.Cut(strings.TrimSpace(string(t.text)), "\n")
	return first
}
