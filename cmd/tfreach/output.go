package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/report"
	"github.com/tfreach/tfreach/analyzer/secret"
	"github.com/tfreach/tfreach/analyzer/source/named"
)

// stdout is the path that stands for standard output.
const stdout = "-"

// format is a format of reports.
type format struct {
	name   string
	render func(w io.Writer, r *analyzer.Result, l look) error
	// fixes is true if the report shows the edits of findings.
	fixes bool
}

// look is how reports look, by the flags.
type look struct {
	color    bool
	width    int
	sarifAll bool
	details  bool
	// path maps the name of a file to its path from the working directory.
	path func(string) string
	// link maps the name of a file to a URL; nil makes no links.
	link func(string) string
	// time is when the report is made; dated says that the user gave it, so that the same input gives the same bytes.
	time  time.Time
	dated bool
	// commit is that of the configuration, and command what was called.
	commit, command string
}

// formats returns the formats, the default first.
func formats() []format {
	plain := func(write func(io.Writer, *analyzer.Result, report.Options) error) func(io.Writer, *analyzer.Result, look) error {
		return func(w io.Writer, r *analyzer.Result, l look) error {
			return write(w, r, report.Options{
				Version: version(), Time: l.time, Dated: l.dated, Details: l.details, Commit: l.commit, Command: l.command,
			})
		}
	}
	return []format{
		{name: "text", render: func(w io.Writer, r *analyzer.Result, l look) error {
			return report.Text(w, r, report.TextOptions{Color: l.color, Path: l.path, Link: l.link, Details: l.details, Width: l.width})
		}},
		{name: "sarif", fixes: true, render: func(w io.Writer, r *analyzer.Result, l look) error {
			return report.SARIF(w, r, report.SARIFOptions{Version: version(), All: l.sarifAll})
		}},
		{name: "json", render: plain(report.JSON)},
		{name: "github", render: plain(report.GitHub)},
		{name: "markdown", render: plain(report.Markdown)},
		{name: "html", render: plain(report.HTML)},
		{name: "line", render: func(w io.Writer, r *analyzer.Result, l look) error {
			return report.Line(w, r, report.Options{Path: l.path, Details: l.details})
		}},
		{name: "junit", render: plain(report.JUnit)},
		{name: "gitlab", fixes: true, render: plain(report.GitLab)},
	}
}

// reportTime returns the time in reports: now, or what SOURCE_DATE_EPOCH says
// (https://reproducible-builds.org/specs/source-date-epoch), so that the same input can give the same bytes.
func (c *cli) reportTime() (at time.Time, given bool, err error) {
	for _, e := range c.Env {
		if text, ok := strings.CutPrefix(e, "SOURCE_DATE_EPOCH="); ok && text != "" {
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return time.Time{}, false, usagef("SOURCE_DATE_EPOCH is %q, which is no number of seconds", text)
			}
			return time.Unix(seconds, 0), true, nil
		}
	}
	return time.Now(), false, nil
}

// commit is that of the files under scan as CI services name it, or nothing.
func (c *cli) commit() string {
	for _, e := range c.Env {
		for _, name := range []string{"GITHUB_SHA=", "CI_COMMIT_SHA=", "BITBUCKET_COMMIT=", "BUILD_SOURCEVERSION="} {
			if sha, ok := strings.CutPrefix(e, name); ok && sha != "" {
				return sha
			}
		}
	}
	return ""
}

// command is what was called, without what doesn't change the result, which are the flags about reports, and without the
// values of variables, which may be secrets.
func command(args []string) string {
	words := []string{"tfreach"}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		flag, value, joined := strings.Cut(arg, "=")
		switch flag {
		case "--output", "--format", "--color":
			if !joined {
				i++
			}
			continue
		case "--var":
			if joined {
				arg = flag + "=" + assigned(value)
			} else if i++; i < len(args) {
				words, arg = append(words, flag), assigned(args[i])
			}
		}
		words = append(words, quoted(arg))
	}
	return secret.RedactProse(strings.Join(words, " "))
}

// quoted returns an argument as one writes it in a shell.
func quoted(arg string) string {
	if arg != "" && !strings.ContainsAny(arg, " \t\n'\"$\\`*?<>|&;()") {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// assigned returns NAME=VALUE without the value.
func assigned(text string) string {
	name, _, _ := strings.Cut(text, "=")
	return name + "=…"
}

func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

func formatNamed(name string) (format, error) {
	for _, f := range formats() {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, unknown("format", name, formatNames())
}

// destination is a report to write.
type destination struct {
	format format
	path   string
}

// destinations returns where to write which report: the one in the main format to standard output, unless a plain --output
// names a file for it, and one more for each --output FORMAT=FILE.
func destinations(main string, outputs []string) ([]destination, error) {
	f, err := formatNamed(main)
	if err != nil {
		return nil, err
	}
	all := []destination{{f, ""}}
	for _, o := range outputs {
		name, path, ok := strings.Cut(o, "=")
		if !ok || strings.ContainsAny(name, `./\`) {
			if slices.Contains(formatNames(), o) {
				return nil, usagef("--output %s: that is a format and no file; write %[1]s=FILE, or ./%[1]s for a file of that name", o)
			}
			if all[0].path != "" {
				return nil, usagef("--output: %s and %s for one report; for two, use FORMAT=FILE", all[0].path, o)
			}
			all[0].path, path = o, o
		} else {
			f, err := formatNamed(name)
			if err != nil {
				return nil, fmt.Errorf("--output: %w (for a file of that name, ./%s)", err, o)
			}
			if path == stdout {
				return nil, usagef("--output %s: use --format %s for standard output", o, name)
			}
			all = append(all, destination{f, path})
		}
		if path == "" {
			return nil, usagef("--output: no file name in %q", o)
		}
	}
	if all[0].path == "" {
		all[0].path = stdout
	}
	for i, d := range all {
		for _, other := range all[:i] {
			if sameFile(d.path, other.path) {
				return nil, usagef("--output: two reports for %s", d.path)
			}
		}
	}
	return all, nil
}

// spares returns an error if a report at a path would take the place of what is read: of one of the files that are named, or
// of any that is of a configuration by its name.
func spares(path string, read []string) error {
	if path == stdout {
		return nil
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".json")
	if slices.Contains([]string{".tf", ".tofu", ".tfvars", ".hcl", ".tfstate"}, filepath.Ext(name)) || strings.HasSuffix(name, ".tfstate.backup") {
		return usagef("--output: %s is the name of a file that Terraform or tfreach reads", path)
	}
	for _, file := range read {
		if file != "" && file != stdout && sameFile(path, file) {
			return usagef("--output: %s is read", path)
		}
	}
	return nil
}

// sameFile reports whether two paths lead to one file, which needn't exist.
func sameFile(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	if a == stdout || b == stdout {
		return false
	}
	is := func(a, b string) bool {
		first, err := os.Stat(a)
		if err != nil {
			return false
		}
		second, err := os.Stat(b)
		return err == nil && first.Mode()&fs.ModeCharDevice == 0 && os.SameFile(first, second)
	}
	// Some file systems ignore case, which a file that doesn't exist can't tell.
	return is(a, b) || strings.EqualFold(filepath.Base(a), filepath.Base(b)) && is(filepath.Dir(a), filepath.Dir(b)) &&
		(filepath.Base(a) == filepath.Base(b) || runtime.GOOS == "windows" || runtime.GOOS == "darwin")
}

// deliver writes each report whole or not at all: no file changes before all reports are on disk under a temporary
// name, and standard output, which can't be taken back, has taken its own. A pipe that nobody reads is waited for no longer
// than the timeout, if it isn't zero, and until ctx ends.
func deliver(ctx context.Context, timeout time.Duration, out io.Writer, dests []destination, reports [][]byte) error {
	var files []*pending
	defer func() {
		for _, f := range files {
			f.discard()
		}
	}()
	for i, d := range dests {
		if d.path == stdout {
			continue
		}
		f, err := prepare(d.path, reports[i])
		if err != nil {
			return fmt.Errorf("can't write %s: %w", d.path, cause(err))
		}
		files = append(files, f)
	}
	for i, d := range dests {
		if d.path != stdout {
			continue
		}
		if _, err := out.Write(reports[i]); err != nil {
			return fmt.Errorf("can't write the report: %w", cause(err))
		}
	}
	for _, f := range files {
		_, err := bounded(ctx, timeout, func(context.Context) (struct{}, error) { return struct{}{}, f.commit() })
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.New("nobody reads it")
		}
		if err != nil {
			return fmt.Errorf("can't write %s: %w", f.name, cause(err))
		}
	}
	return nil
}

// pending is a report that is about to take its place: a file that will be renamed or, if the place is a device or a pipe,
// which can't be replaced, data.
type pending struct {
	name, path string
	temp       string
	data       []byte
}

// prepare brings data as close to a path as it can without changing what is there. It follows a symbolic link only to a device
// or a pipe.
func prepare(name string, data []byte) (*pending, error) {
	if err := named.CheckOutput(name); err != nil {
		return nil, err
	}
	p := &pending{name: name, path: name}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("is a directory")
	case !info.Mode().IsRegular():
		p.data = data
		return p, nil
	}
	temp := filepath.Join(filepath.Dir(p.path), ".tfreach-"+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	p.temp = temp
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err == nil && info != nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

func (p *pending) commit() error {
	if p.temp == "" {
		f, err := os.OpenFile(p.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(p.data)
		return errors.Join(err, f.Close())
	}
	if err := os.Rename(p.temp, p.path); err != nil {
		return err
	}
	p.temp = ""
	return nil
}

// discard removes what commit hasn't moved to its place.
func (p *pending) discard() {
	if p.temp != "" {
		_ = os.Remove(p.temp)
	}
}

// cause removes the operation and the path from an error. The path may be a temporary one that means nothing to the user.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
