package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What CONTRIBUTING.md shows works: on a copy of the tree this writes its files, makes its changes, and runs its commands.
func TestContributing(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"analyzer", "cmd", "fixtures", "rules"} {
		if err := os.CopyFS(filepath.Join(root, dir), os.DirFS(filepath.Join("../..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "README.md"} {
		writeFile(t, filepath.Join(root, name), read(t, filepath.Join("../..", name)))
	}
	// What stands between blocks names the file of the next one, in code and with a colon at the end.
	file, out, commands := "", "", 0
	for _, part := range regexp.MustCompile("(?ms)(.*?)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(read(t, "../../.github/CONTRIBUTING.md"), -1) {
		prose, language, block := part[1], part[2], part[3]
		if named := regexp.MustCompile("`([\\w./-]+\\.\\w+)`[^`]*:\\s*$").FindStringSubmatch(prose); named != nil {
			file = filepath.Join(root, named[1])
		}
		switch language {
		case "go", "hcl":
			if _, err := os.Stat(file); err == nil {
				t.Fatalf("%s is there already", file)
			}
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			writeFile(t, file, block)
		case "diff":
			patch(t, file, block)
		case "sh":
			for command := range strings.Lines(block) {
				out = runIn(t, root, command)
				commands++
			}
		case "text":
			if diff := cmp.Diff(block, out); diff != "" {
				t.Errorf("the last command printed (-want +got):\n%s", diff)
			}
		default:
			t.Errorf("a block of %s", language)
		}
	}
	if commands == 0 {
		t.Error("there are no commands")
	}
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

// runIn runs a command of a document, which must exit with 0 or as its comment says, and returns what it prints.
func runIn(t *testing.T, dir, command string) string {
	t.Helper()
	want := 0
	if says := regexp.MustCompile(`exits with (\d)`).FindStringSubmatch(command); says != nil {
		want, _ = strconv.Atoi(says[1])
	}
	args := strings.Fields(strings.Split(command, " #")[0])
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	// Paths that don't matter let builds of other copies be used again.
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath -vet=off", "PWD="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	code := 0
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		code = failed.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if code != want {
		t.Errorf("%s: exit code %d, want %d:\n%s%s", strings.TrimSpace(command), code, want, out, &stderr)
	}
	return string(out)
}
