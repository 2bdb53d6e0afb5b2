package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/trials"
)

// All commands say the same of a configuration and of its plan: the ways that path prints and what graph marks agree with
// the findings of scan, a baseline has what a scan finds and nothing else, and fix leaves or changes each finding.
func TestCommandsAgree(t *testing.T) {
	trials.SkipShort(t)
	t.Parallel()
	configurations, err := filepath.Glob("../../fixtures/*/*/main.tf*")
	if err != nil || len(configurations) == 0 {
		t.Fatal("there are no fixtures: ", err)
	}
	for _, main := range configurations {
		inputs := []string{filepath.Dir(main)}
		if plan := filepath.Join(filepath.Dir(main), "plan.json"); isThere(plan) {
			inputs = append(inputs, plan)
		}
		for _, input := range inputs {
			if !trials.Chosen(filepath.ToSlash(input), 4) {
				continue
			}
			t.Run(strings.TrimPrefix(filepath.ToSlash(input), "../../fixtures/"), func(t *testing.T) {
				t.Parallel()
				c := agreement{t, input, portsOf(t, filepath.Dir(main))}
				found := c.scan()
				c.ways(found)
				c.baseline(found)
				c.fix(found)
			})
		}
	}
}

// portsOf returns the ports that a fixture asks for, as flags.
func portsOf(t *testing.T, dir string) []string {
	t.Helper()
	var flags []string
	for _, name := range []string{"main.tf", "expect.txt"} {
		for line := range strings.Lines(readIfThere(t, filepath.Join(dir, name))) {
			_, words, ok := strings.Cut(strings.TrimLeft(line, "# "), "ports: ")
			if !ok || !strings.HasPrefix(strings.TrimLeft(line, "# "), "ports: ") {
				continue
			}
			for word := range strings.SplitSeq(words, ",") {
				flags = append(flags, "--port", strings.TrimSpace(word))
			}
		}
	}
	return flags
}

// agreement runs commands on one input, whose answers must agree.
type agreement struct {
	t     *testing.T
	input string
	ports []string
}

// run runs a command on the input and returns what it prints.
func (c agreement) run(command string, args ...string) (out, complaints string) {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	args = slices.Concat([]string{command, c.input}, args, c.ports, []string{"--no-config"})
	code := run(c.t.Context(), args, streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	if code == exitError {
		c.t.Errorf("%q fails: %s", args, &stderr)
	}
	return stdout.String(), stderr.String()
}

// verdict is a finding of a scan.
type verdict struct {
	RuleID, Outcome, Change string
	Resources               []string
	Location                struct {
		File      string
		StartLine int
	}
}

// verdicts are what a scan says.
type verdicts struct {
	Findings, Suppressed []verdict
	Summary              struct{ New, Unchanged, Absent int }
}

func (c agreement) scan(args ...string) verdicts {
	c.t.Helper()
	out, _ := c.run("scan", append(args, "--format", "json", "--no-suppressions")...)
	var v verdicts
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		c.t.Fatalf("the report can't be read: %v", err)
	}
	return v
}

// reached returns what a scan says of each endpoint that the internet reaches, or may, at any of the ports.
func (v verdicts) reached() map[string]string {
	out := map[string]string{}
	for _, f := range v.Findings {
		if f.Change == "absent" || !strings.HasSuffix(f.RuleID, "-host-reachable") && !strings.HasSuffix(f.RuleID, "-listener-public") {
			continue
		}
		for _, addr := range f.Resources {
			if out[addr] != "exposed" {
				out[addr] = f.Outcome
			}
		}
	}
	return out
}

// ways compares path and graph with a scan.
func (c agreement) ways(found verdicts) {
	c.t.Helper()
	var picture struct {
		Nodes []struct{ ID, Reached string }
	}
	out, _ := c.run("graph", "--format", "json")
	if err := json.Unmarshal([]byte(out), &picture); err != nil {
		c.t.Fatalf("the graph can't be read: %v", err)
	}
	var part struct {
		Nodes []struct{ ID, Reached string }
	}
	out, _ = c.run("graph", "--format", "json", "--exposed")
	if err := json.Unmarshal([]byte(out), &part); err != nil {
		c.t.Fatalf("the graph of what is exposed can't be read: %v", err)
	}
	drawn, exposed := map[string]string{}, map[string]string{}
	for _, n := range picture.Nodes {
		drawn[n.ID] = n.Reached
	}
	for _, n := range part.Nodes {
		exposed[n.ID] = n.Reached
	}
	reached := found.reached()
	endpoints := maps.Clone(reached)
	for id, state := range drawn {
		if state != "" {
			endpoints[id] += ""
		}
	}
	for _, addr := range slices.Sorted(maps.Keys(endpoints)) {
		text, _ := c.run("path", addr)
		state := "closed"
		switch {
		case strings.Contains(text, " can be reached from the internet\n"):
			state = "open"
		case strings.Contains(text, " may be reachable from the internet\n"):
			state = "unknown"
		}
		// What is reached by another port in front only isn't reached at the port that the scan asks for.
		everyone := strings.Contains(text, "\n  admits everyone to ") && !strings.Contains(text, " from the internet through another port\n")
		switch {
		case reached[addr] == "exposed" && state != "open", reached[addr] == "unknown" && state == "closed",
			everyone && reached[addr] != "exposed":
			c.t.Errorf("%s: scan says %q, and path:\n%s", addr, reached[addr], text)
		}
		if was, ok := drawn[addr]; ok && was != state {
			c.t.Errorf("%s: graph says %q, and path %q", addr, was, state)
		}
		if _, ok := drawn[addr]; !ok {
			continue
		}
		if was := exposed[addr]; was != "" && was != state || state == "closed" && was != "" {
			c.t.Errorf("%s: graph --exposed says %q, and path %q", addr, was, state)
		}
	}
}

// baseline compares a scan with the baseline of the same input.
func (c agreement) baseline(found verdicts) {
	c.t.Helper()
	file := filepath.Join(c.t.TempDir(), "baseline")
	c.run("baseline", "--output", file, "--no-suppressions")
	then := c.scan("--baseline", file)
	if then.Summary.New+then.Summary.Absent > 0 {
		c.t.Errorf("compared with its own baseline: %+v", then.Summary)
	}
	if then, found := present(then.Findings), present(found.Findings); !slices.Equal(then, found) {
		c.t.Errorf("compared with its own baseline, it has\n%s\nand alone\n%s", strings.Join(then, "\n"), strings.Join(found, "\n"))
	}
}

// present returns a line for each finding on what is there now, sorted.
func present(findings []verdict) []string {
	var out []string
	for _, f := range findings {
		if f.Change != "absent" {
			out = append(out, fmt.Sprint(f.RuleID, f.Outcome, f.Resources, f.Location))
		}
	}
	slices.Sort(out)
	return out
}

// fix demands that what fix leaves is what scan finds.
func (c agreement) fix(found verdicts) {
	c.t.Helper()
	_, left := c.run("fix", "--no-suppressions")
	counts := map[string]int{}
	for _, f := range found.Findings {
		if f.Change != "absent" {
			counts[fmt.Sprintf("%s:%d %s", filepath.Base(f.Location.File), f.Location.StartLine, f.RuleID)]++
		}
	}
	for line := range strings.Lines(left) {
		place, rest, ok := strings.Cut(strings.TrimPrefix(line, "tfreach: "), ": ")
		rule, _, is := strings.Cut(rest, " is left: ")
		if !ok || !is {
			continue
		}
		at := strings.Split(filepath.Base(place), ":")
		key := at[0] + ":" + at[1] + " " + rule
		if counts[key]--; counts[key] < 0 {
			c.t.Errorf("fix leaves what scan doesn't find: %s", line)
		}
	}
}

func readIfThere(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}
