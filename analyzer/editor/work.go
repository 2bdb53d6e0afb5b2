package editor

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/report"
)

const (
	// maxTime limits an analysis; what isn't analysed then is named in a notice.
	maxTime = 30 * time.Second
	// maxDiagnostics limits the diagnostics of a file.
	maxDiagnostics = 500
)

// group is what is known of the root modules that some open files belong to.
type group struct {
	files []string
	// dirty is true if texts have changed since the analysis began that the rest is of, or that is running.
	dirty, running bool
	// config is how it was analysed. entries is nil before the first analysis, and if err says why there is none.
	config  analyzer.Config
	result  *analyzer.Result
	entries *report.Entries
	err     string
	// texts are the open files as they were analysed.
	texts map[string]*document
}

// path returns the path of a file by its name in reports.
func (g *group) path(name string) string {
	return filepath.Join(g.result.Root, filepath.FromSlash(name))
}

// dirty makes all groups be analysed anew, since a file of one may be called from another. The caller holds the lock.
func (s *server) dirty() {
	for _, g := range s.groups {
		g.files, g.dirty = nil, true
	}
	for _, path := range slices.Sorted(maps.Keys(s.open)) {
		key, err := s.options.Group(path)
		if err != nil {
			key = "\x00" + path
		}
		g := s.groups[key]
		if g == nil {
			g = &group{dirty: true}
			s.groups[key] = g
		}
		if err != nil {
			g.err = err.Error()
		}
		g.files = append(g.files, path)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// work analyses what is dirty, until ctx ends.
func (s *server) work(ctx context.Context, conn *jsonrpc2.Conn) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		for ctx.Err() == nil && s.step(ctx, conn) {
		}
	}
}

// step analyses a group that is dirty, if there is one, and publishes what it found.
func (s *server) step(ctx context.Context, conn *jsonrpc2.Conn) bool {
	s.mu.Lock()
	var key string
	var g *group
	for _, name := range slices.Sorted(maps.Keys(s.groups)) {
		if s.groups[name].dirty {
			key, g = name, s.groups[name]
			break
		}
	}
	if g == nil {
		s.mu.Unlock()
		return false
	}
	files, texts := g.files, maps.Clone(s.open)
	g.dirty, g.running = false, true
	s.mu.Unlock()

	made := s.analysed(ctx, files, texts)

	s.mu.Lock()
	made.files, made.dirty = g.files, g.dirty
	told := g.err
	s.groups[key] = made
	messages := s.publish(key, made)
	if len(made.files) == 0 && !made.dirty {
		delete(s.groups, key)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()

	// An error here means that the connection is over, which Serve notices.
	if made.err != "" && made.err != told {
		_ = conn.Notify(ctx, "window/showMessage", showMessageParams{severityError, "tfreach: " + made.err})
	}
	for _, m := range messages {
		_ = conn.Notify(ctx, "textDocument/publishDiagnostics", m)
	}
	return true
}

// analysed analyses the root modules that files belong to, with the texts of all open files.
func (s *server) analysed(ctx context.Context, files []string, texts map[string]*document) (g *group) {
	g = &group{texts: texts}
	if len(files) == 0 {
		return g
	}
	defer func() {
		if cause := recover(); cause != nil {
			g = &group{texts: texts, err: "a mistake in tfreach ended the analysis: " + fault.Describe(cause)}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	config, err := s.options.Config(files)
	if err != nil {
		g.err = err.Error()
		return g
	}
	config.Paths, config.Changed = files, true
	config.Edited = map[string][]byte{}
	for path, d := range texts {
		config.Edited[path] = d.text
	}
	g.config = config
	if g.result, err = analyzer.Run(ctx, config); err != nil {
		g.err = err.Error()
		return g
	}
	g.entries = report.EntriesOf(g.result, s.options.Report)
	return g
}

// publish returns the diagnostics of a group for all files of which the client doesn't have them yet. The caller holds the lock.
func (s *server) publish(key string, g *group) []publishParams {
	byFile := map[string][]diagnostic{}
	for _, path := range g.files {
		byFile[path] = []diagnostic{} // what is open has an answer, even if nothing was found in it
	}
	if g.entries != nil {
		for i := range g.entries.List {
			e := &g.entries.List[i]
			if e.At.Before || e.At.Filename == "" || g.result.Uncovered(e.At.Filename) == nil {
				continue
			}
			path := g.path(e.At.Filename)
			byFile[path] = append(byFile[path], s.diagnostic(g, e))
		}
	}
	before := s.published[key]
	now := map[string]publishParams{}
	var out []publishParams
	for _, path := range slices.Sorted(maps.Keys(byFile)) {
		list := byFile[path]
		if more := len(list) - maxDiagnostics; more > 0 {
			list = list[:maxDiagnostics]
			last := &list[maxDiagnostics-1]
			last.Message += fmt.Sprintf(" There are %d more findings in this file.", more)
		}
		p := publishParams{URI: s.uri(path), Diagnostics: list}
		if d := g.texts[path]; d != nil {
			p.Version = &d.version
		}
		now[p.URI] = p
		if old, known := before[p.URI]; !known || !reflect.DeepEqual(old, p) {
			out = append(out, p)
		}
	}
	for _, uri := range slices.Sorted(maps.Keys(before)) {
		if _, still := now[uri]; !still && len(before[uri].Diagnostics) > 0 {
			out = append(out, publishParams{URI: uri, Diagnostics: []diagnostic{}})
		}
	}
	s.published[key] = now
	if len(now) == 0 {
		delete(s.published, key)
	}
	return out
}

// uri returns the URI of a path, as the client has it if the file is open. The caller holds the lock.
func (s *server) uri(path string) string {
	if d := s.open[path]; d != nil {
		return d.uri
	}
	return uriOf(path)
}

// current calls a function with the group of an open file once its text is analysed, while nothing else changes. It doesn't if
// nothing is known of the file.
func (s *server) current(ctx context.Context, uri string, do func(g *group, path string)) error {
	path := s.path(uri)
	for {
		s.mu.Lock()
		var of *group
		for _, key := range slices.Sorted(maps.Keys(s.groups)) {
			if slices.Contains(s.groups[key].files, path) {
				of = s.groups[key]
			}
		}
		if of == nil || !of.dirty && !of.running {
			if of != nil && of.entries != nil {
				do(of, path)
			}
			s.mu.Unlock()
			return nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
