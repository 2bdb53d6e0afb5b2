package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/trials"
)

// What CONTRIBUTING.md shows works: on a copy of the tree this writes its files, makes its changes, and runs its commands. A
// plain run builds the programs once, with all of it; a long one builds them anew for each section, with what stands above it.
func TestContributing(t *testing.T) {
	trials.SkipShort(t)
	t.Parallel()
	w := newWorkshop(t)
	// What stands between blocks names the file of the next one, in code and with a colon at the end.
	file, out := "", ""
	var commands, later []func()
	for _, part := range regexp.MustCompile("(?ms)(.*?)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(read(t, "../../.github/CONTRIBUTING.md"), -1) {
		prose, language, block := part[1], part[2], part[3]
		if named := regexp.MustCompile("`([\\w./-]+\\.\\w+)`[^`]*:\\s*$").FindStringSubmatch(prose); named != nil {
			file = named[1]
		}
		commands = nil
		switch language {
		case "go", "hcl":
			w.add(file, block)
		case "diff":
			patch(t, filepath.Join(w.root, file), block)
			w.changed(file)
		case "sh":
			for command := range strings.Lines(block) {
				commands = append(commands, func() { out = w.run(command) })
			}
		case "text":
			commands = append(commands, func() {
				if diff := cmp.Diff(block, out); diff != "" {
					t.Errorf("the last command printed (-want +got):\n%s", diff)
				}
			})
		default:
			t.Errorf("a block of %s", language)
		}
		if !trials.Long() {
			later, commands = append(later, commands...), nil
		}
		for _, command := range commands {
			command()
		}
	}
	for _, command := range later {
		command()
	}
	if w.ran == 0 {
		t.Error("there are no commands")
	}
}

// workshop is a copy of the tree that is changed. Its programs are built of the tree itself with what is changed laid over it,
// so that what isn't changed is built once for both.
type workshop struct {
	t    *testing.T
	tree string // the tree itself
	root string // the copy
	// over are the files of the copy that the compiler reads in place of those of the tree.
	over  map[string]string
	built map[string]bool
	ran   int
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	tree, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{t: t, tree: tree, root: t.TempDir(), over: map[string]string{}, built: map[string]bool{}}
	for _, dir := range []string{"analyzer", "cmd", "fixtures", "rules"} {
		if err := os.CopyFS(filepath.Join(w.root, dir), os.DirFS(filepath.Join(tree, dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "README.md"} {
		writeFile(t, filepath.Join(w.root, name), read(t, filepath.Join(tree, name)))
	}
	return w
}

// add writes a file that isn't there.
func (w *workshop) add(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.root, name)
	if _, err := os.Stat(file); err == nil {
		w.t.Fatalf("%s is there already", name)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		w.t.Fatal(err)
	}
	writeFile(w.t, file, text)
	w.changed(name)
}

// changed notes that a file of the copy differs from the tree's.
func (w *workshop) changed(name string) {
	if filepath.Ext(name) == ".go" {
		w.over[filepath.Join(w.tree, name)] = filepath.Join(w.root, name)
		clear(w.built)
	}
}

// run runs a command of the document in the copy, which must exit with 0 or as its comment says, and returns what it prints.
func (w *workshop) run(command string) string {
	w.t.Helper()
	w.ran++
	want := 0
	if says := regexp.MustCompile(`exits with (\d)`).FindStringSubmatch(command); says != nil {
		want, _ = strconv.Atoi(says[1])
	}
	args := strings.Fields(strings.Split(command, " #")[0])
	if len(args) < 3 || args[0] != "go" {
		w.t.Fatalf("%s: it isn't a command of go", command)
	}
	dir, from := w.root, args[2]
	switch args[1] {
	case "run":
		args = append([]string{w.build(from, "build")}, args[3:]...)
	case "test":
		dir = filepath.Join(dir, from)
		args = append([]string{w.build(from, "test", "-c", "-vet=off")}, args[3:]...)
		for i, arg := range args[1:] {
			args[i+1] = regexp.MustCompile(`^-(\w)`).ReplaceAllString(arg, "-test.$1")
		}
	default:
		w.t.Fatalf("%s: it neither runs nor tests a package", command)
	}
	out, errs, code := w.start(dir, args...)
	if code != want || strings.Contains(errs, "no tests to run") {
		w.t.Errorf("%s: exit code %d, want %d:\n%s%s", strings.TrimSpace(command), code, want, out, errs)
	}
	return out
}

// build builds the program of a package, or of its tests, unless that is done, and returns its name.
func (w *workshop) build(from string, how ...string) string {
	w.t.Helper()
	program := filepath.Join(w.root, filepath.Base(from)+"."+how[0]+".exe")
	if w.built[program] {
		return program
	}
	overlay, err := json.Marshal(map[string]any{"Replace": w.over})
	if err != nil {
		w.t.Fatal(err)
	}
	list := filepath.Join(w.root, "overlay.json")
	writeFile(w.t, list, string(overlay))
	if out, errs, code := w.start(w.tree, slices.Concat([]string{"go"}, how, []string{"-overlay", list, "-o", program, from})...); code != 0 {
		w.t.Fatalf("%s can't be built:\n%s%s", from, out, errs)
	}
	w.built[program] = true
	return program
}

// start runs a program in a folder.
func (w *workshop) start(dir string, args ...string) (out, errs string, code int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir)
	cmd.WaitDelay = time.Minute
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		w.t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// patch makes a change of lines that begin with a space, - or +, where the file has what they say it has.
func patch(t *testing.T, file, diff string) {
	t.Helper()
	var before, after strings.Builder
	for line := range strings.Lines(diff) {
		if line[0] != '+' {
			before.WriteString(line[1:])
		}
		if line[0] != '-' {
			after.WriteString(line[1:])
		}
	}
	text := read(t, file)
	if n := strings.Count(text, before.String()); n != 1 {
		t.Fatalf("%s has these lines %d times:\n%s", file, n, &before)
	}
	writeFile(t, file, strings.Replace(text, before.String(), after.String(), 1))
}
