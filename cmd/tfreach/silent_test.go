package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// Whatever of a fixture is removed or corrupted: either the verdicts stay, or it isn't called clean. What is left may
// be another configuration that is right as it stands, about which there is nothing to say; so texts are corrupted
// until they are no configurations any more, and files removed that others need.
func TestNeverSilent(t *testing.T) {
	trials.SkipShort(t)
	t.Parallel()
	dirs, err := filepath.Glob("../../fixtures/*/*/main.tf*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("there are no fixtures: ", err)
	}
	tried := &counts{of: map[string]int{}}
	t.Run("case", func(t *testing.T) {
		for _, main := range dirs {
			dir := filepath.Dir(main)
			t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
				t.Parallel()
				seed := fnv.New64a()
				_, _ = seed.Write([]byte(t.Name())) // it never fails
				s := &silence{t: t, tried: tried, random: rand.New(rand.NewPCG(seed.Sum64(), 1))}
				s.configuration(dir)
				if plan := filepath.Join(dir, "plan.json"); isThere(plan) {
					s.plan(plan)
				}
			})
		}
	})
	for _, kind := range slices.Sorted(maps.Keys(tried.of)) {
		t.Logf("%-40s %d", kind, tried.of[kind])
	}
}

// counts are how many attempts of each kind were made.
type counts struct {
	mu sync.Mutex
	of map[string]int
}

func (c *counts) add(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of[kind]++
}

// silence corrupts one fixture.
type silence struct {
	t      *testing.T
	tried  *counts
	random *rand.Rand
}

// chosen says whether to make an attempt: all are made in a long run, else some.
func (s *silence) chosen() bool { return trials.Long() || s.random.IntN(20) == 0 }

// configuration corrupts the files of a configuration.
func (s *silence) configuration(from string) {
	work := s.t.TempDir()
	if err := os.CopyFS(work, os.DirFS(from)); err != nil {
		s.t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(work, "plan.json")) // it may not be there
	before := scan(work)
	err := filepath.WalkDir(work, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !parsed(file) {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, c := range s.corrupt(text) {
			if s.chosen() && malformed(file, c.bad) {
				s.try("configuration: "+c.kind, work, file, c.bad, before)
			}
		}
		return os.WriteFile(file, text, 0o600)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	// A module that is called, and is gone.
	modules, err := filepath.Glob(filepath.Join(work, "*", "*.tf"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range modules {
		if dir := filepath.Dir(file); s.chosen() && isThere(dir) && calls(work, filepath.Base(dir)) {
			s.judge("configuration: a called module is gone", without(s.t, dir, work), before)
		}
	}
	s.files(work, before)
}

// files removes each file but those of values, without which there are others, and of settings, which say what is asked. What
// was said of other files than that one is said still, or it isn't called clean.
func (s *silence) files(work string, before outcome) {
	err := filepath.WalkDir(work, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !s.chosen() || strings.Contains(file, ".tfvars") || strings.HasSuffix(file, ".yaml") || d.Name() == config.Name {
			return err
		}
		after, here := without(s.t, file, work), filepath.Base(file)
		s.tried.add("configuration: a file is gone")
		for finding, places := range before.places {
			if after.code == exitClean && !after.warned && after.places[finding] == nil && !slices.Contains(places, here) {
				s.t.Errorf("without %s the scan is clean, without\n%s", here, finding)
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// without scans a folder without one of its files or folders.
func without(t *testing.T, name, work string) outcome {
	t.Helper()
	away := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(name, away); err != nil {
		t.Fatal(err)
	}
	after := scan(work)
	if err := os.Rename(away, name); err != nil {
		t.Fatal(err)
	}
	return after
}

// plan corrupts a plan.
func (s *silence) plan(from string) {
	text, err := os.ReadFile(from)
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.t.TempDir(), "plan.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	before := scan(file)
	for _, c := range s.corrupt(text) {
		if s.chosen() && !json.Valid(c.bad) {
			s.try("plan: "+c.kind, file, file, c.bad, before)
		}
	}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(text, &sections); err != nil {
		s.t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		old := sections[name]
		delete(sections, name)
		s.section("without "+name, file, sections, before)
		for _, junk := range []string{"null", "[]", "{}", `""`, "0"} {
			sections[name] = json.RawMessage(junk)
			s.section(name+" is "+junk, file, sections, before)
		}
		sections[name] = old
	}
	var changes []json.RawMessage
	if err := json.Unmarshal(sections["resource_changes"], &changes); err != nil {
		return // it has none
	}
	i := s.random.IntN(len(changes))
	less, err := json.Marshal(slices.Delete(slices.Clone(changes), i, i+1))
	if err != nil {
		s.t.Fatal(err)
	}
	sections["resource_changes"] = less
	s.section("without a change", file, sections, before)
}

func (s *silence) section(kind, file string, sections map[string]json.RawMessage, before outcome) {
	if !s.chosen() {
		return
	}
	bad, err := json.Marshal(sections)
	if err != nil {
		s.t.Fatal(err)
	}
	s.try("plan: "+kind, file, file, bad, before)
}

// damaged is a text with damage of some kind.
type damaged struct {
	kind string
	bad  []byte
}

// corrupt returns a text with damage of several kinds.
func (s *silence) corrupt(text []byte) []damaged {
	if len(text) < 2 {
		return nil
	}
	from := s.random.IntN(len(text) - 1)
	to := min(len(text), from+1+s.random.IntN(64))
	put := func(middle string) []byte {
		return slices.Concat(text[:from], []byte(middle), text[to:])
	}
	random := make([]byte, to-from)
	for i := range random {
		random[i] = byte(s.random.UintN(256))
	}
	return []damaged{
		{"cut off", text[:from]},
		{"a range is gone", put("")},
		{"a range is NULs", put(strings.Repeat("\x00", to-from))},
		{"a range is random", put(string(random))},
		{"a range is not UTF-8", put(strings.Repeat("\xff", to-from))},
		{"a quote", put(`"`)},
		{"a bracket", put("{")},
	}
}

func (s *silence) try(kind, path, file string, bad []byte, before outcome) {
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if !s.judge(kind, scan(path), before) {
		s.t.Logf("%s is now:\n%.2000q", filepath.Base(file), bad)
	}
}

// judge demands that a scan of what was corrupted doesn't call clean what had other verdicts.
func (s *silence) judge(kind string, after, before outcome) bool {
	s.tried.add(kind)
	if after.code == exitClean && after.verdicts != before.verdicts && !after.warned {
		s.t.Errorf("%s: the scan is clean, with the verdicts\n%sbut they were\n%s", kind, after.verdicts, before.verdicts)
		return false
	}
	return true
}

// fileNames finds the places in a finding.
var fileNames = regexp.MustCompile(`"file":\s*"([^"]*)"`)

// outcome is what a scan says.
type outcome struct {
	code     int
	verdicts string
	// places are the names of the files that a finding, by its verdict, is about.
	places map[string][]string
	// warned says that a verdict is unknown, or a warning says that something isn't there.
	warned bool
}

func scan(path string) outcome {
	var out, stderr bytes.Buffer
	code := run(context.Background(), []string{"scan", path, "--format", "json", "--fail-on", "note"},
		streams{In: strings.NewReader(""), Out: &out, Err: &stderr})
	var report struct {
		Findings []json.RawMessage
		Notices  []struct{ Level string }
	}
	o := outcome{code: code, places: map[string][]string{}}
	if code == exitError {
		return o // there is no report
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		panic(fmt.Sprintf("%s: the report can't be read: %v", path, err))
	}
	for _, text := range report.Findings {
		var f struct {
			RuleID, Outcome, Opening string
			Resources                []string
		}
		if err := json.Unmarshal(text, &f); err != nil {
			panic(fmt.Sprintf("%s: a finding can't be read: %v", path, err))
		}
		verdict := fmt.Sprintln(f.RuleID, f.Outcome, f.Resources, f.Opening)
		o.verdicts += verdict
		o.warned = o.warned || f.Outcome == "unknown"
		for _, at := range fileNames.FindAllSubmatch(text, -1) {
			o.places[verdict] = append(o.places[verdict], filepath.Base(string(at[1])))
		}
	}
	for _, n := range report.Notices {
		o.warned = o.warned || n.Level != "note"
	}
	return o
}

// parsed says whether a file is parsed as a configuration or as values of variables.
func parsed(name string) bool {
	name = strings.TrimSuffix(filepath.Base(name), ".json")
	return strings.HasSuffix(name, ".tf") || name == "terraform.tfvars" || strings.HasSuffix(name, ".auto.tfvars")
}

// malformed says whether a text is no configuration.
func malformed(name string, text []byte) bool {
	var diags hcl.Diagnostics
	if strings.HasSuffix(name, ".json") {
		_, diags = hcljson.Parse(text, name)
	} else {
		_, diags = hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	}
	return diags.HasErrors()
}

// calls says whether a configuration calls the module in a folder beside its files.
func calls(root, module string) bool {
	files, _ := filepath.Glob(filepath.Join(root, "*.tf")) // the pattern is right
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && bytes.Contains(text, []byte(`"./`+module+`"`))
	})
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
