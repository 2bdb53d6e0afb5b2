package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// progressAfter is how long work runs before it shows its progress.
const progressAfter = time.Second

// meter shows on a terminal how far the analysis is, on one line that it removes at the end.
type meter struct {
	mu    sync.Mutex
	w     *display.Writer
	line  string
	shown bool
	over  bool
	timer *time.Timer
}

// newMeter returns a meter that is quiet at first.
func newMeter(w *display.Writer, quiet time.Duration) *meter {
	m := &meter{w: w}
	m.timer = time.AfterFunc(quiet, m.begin)
	return m
}

func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return
	}
	m.shown = true
	m.show()
}

// show writes the line over the previous one. If that fails, nobody is left to tell.
func (m *meter) show() { _ = m.w.Replace(m.line) }

// tell records that done of total inputs are analysed, and the name of the next one.
func (m *meter) tell(done, total int, name string) {
	const width = 50
	clean := []rune(display.Clean(name))
	if len(clean) > width {
		clean = append([]rune("…"), clean[len(clean)-width+1:]...)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.line = fmt.Sprintf("tfreach: %d of %d: %s", done+1, total, string(clean))
	if m.shown && !m.over {
		m.show()
	}
}

// stop removes the line.
func (m *meter) stop() {
	m.timer.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over, m.line = true, ""
	if m.shown {
		m.show()
	}
}

// shows reports whether progress is shown: whether people look at a terminal.
func (c *cli) shows() bool {
	return c.ErrTerminal && !slices.ContainsFunc(c.Env, func(e string) bool {
		name, value, _ := strings.Cut(e, "=")
		return name == "CI" && value != "" && value != "false" || name == "TERM" && value == "dumb"
	})
}

// metered does the work of a run and, if that is wanted, shows its progress.
func metered[T any](c *cli, run *analyzer.Config, work func() (T, error)) (T, error) {
	if !c.shows() || run.Log != nil {
		return work()
	}
	m := newMeter(c.Err, progressAfter)
	defer m.stop()
	run.Progress = m.tell
	return work()
}
