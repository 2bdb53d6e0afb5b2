package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/report"
	"github.com/tfreach/tfreach/analyzer/source/named"
)

// stdout is the path that stands for standard output.
const stdout = "-"

// format is a way to write a report.
type format struct {
	name   string
	render func(w io.Writer, r *analyzer.Result, l look) error
	// fixes says that the report shows the edits of findings.
	fixes bool
}

// look is how reports look, as flags say.
type look struct {
	color    bool
	sarifAll bool
	details  bool
	// path maps the name of a file to what people in the working directory call it.
	path func(string) string
	// link maps it to a URL; nil if there shall be no links.
	link func(string) string
	// time is when the report is made.
	time time.Time
}

// formats returns the formats, the default first.
func formats() []format {
	plain := func(write func(io.Writer, *analyzer.Result, report.Options) error) func(io.Writer, *analyzer.Result, look) error {
		return func(w io.Writer, r *analyzer.Result, l look) error {
			return write(w, r, report.Options{Version: version(), Time: l.time})
		}
	}
	return []format{
		{name: "text", render: func(w io.Writer, r *analyzer.Result, l look) error {
			return report.Text(w, r, report.TextOptions{Color: l.color, Path: l.path, Link: l.link, Details: l.details})
		}},
		{name: "sarif", fixes: true, render: func(w io.Writer, r *analyzer.Result, l look) error {
			return report.SARIF(w, r, report.SARIFOptions{Version: version(), All: l.sarifAll})
		}},
		{name: "json", render: plain(report.JSON)},
		{name: "github", render: plain(report.GitHub)},
		{name: "markdown", render: plain(report.Markdown)},
		{name: "html", render: plain(report.HTML)},
		{name: "line", render: func(w io.Writer, r *analyzer.Result, l look) error {
			return report.Line(w, r, report.Options{Path: l.path})
		}},
		{name: "junit", render: plain(report.JUnit)},
		{name: "gitlab", render: plain(report.GitLab)},
	}
}

// reportTime is when reports say that they were made: now, or what SOURCE_DATE_EPOCH says
// (https://reproducible-builds.org/specs/source-date-epoch), so that the same input can give the same bytes.
func (c *cli) reportTime() (time.Time, error) {
	for _, e := range c.Env {
		if text, ok := strings.CutPrefix(e, "SOURCE_DATE_EPOCH="); ok && text != "" {
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return time.Time{}, usagef("SOURCE_DATE_EPOCH is %q, which is no number of seconds", text)
			}
			return time.Unix(seconds, 0), nil
		}
	}
	return time.Now(), nil
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

// destinations returns where to write which report: the one in the main format to standard output, unless a plain
// --output names a file for it, and one more for each --output FORMAT=FILE.
func destinations(main string, outputs []string) ([]destination, error) {
	f, err := formatNamed(main)
	if err != nil {
		return nil, err
	}
	all := []destination{{f, ""}}
	for _, o := range outputs {
		name, path, ok := strings.Cut(o, "=")
		if !ok || strings.ContainsAny(name, `./\`) {
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

// sameFile says whether two paths are of one file, which need not be there.
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
	// Some file systems ignore case, and a file that isn't there doesn't tell.
	return is(a, b) || strings.EqualFold(filepath.Base(a), filepath.Base(b)) && is(filepath.Dir(a), filepath.Dir(b)) &&
		(filepath.Base(a) == filepath.Base(b) || runtime.GOOS == "windows" || runtime.GOOS == "darwin")
}

// deliver writes each report whole or not at all: no file changes before all reports are on disk under a temporary
// name, and standard output, which can't be taken back, has taken its own.
func deliver(out io.Writer, dests []destination, reports [][]byte) error {
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
		if err := f.commit(); err != nil {
			return fmt.Errorf("can't write %s: %w", f.name, cause(err))
		}
	}
	return nil
}

// pending is a report that is about to take its place: as a file beside it that will be renamed, or, if the place is a
// device or a pipe, which can't be replaced, as data.
type pending struct {
	name, path string
	temp       string
	data       []byte
}

// prepare brings data as close to a path as it can without changing what is there. It follows no symbolic link, but to a
// device or a pipe.
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

// discard removes what commit hasn't put in its place.
func (p *pending) discard() {
	if p.temp != "" {
		_ = os.Remove(p.temp)
	}
}

// cause strips an error of the operation and the path, which may be a temporary one that says nothing to the user.
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
