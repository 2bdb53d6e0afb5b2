package host

import (
	"path"
	"slices"
	"strings"
)

const whyLater = "it runs when the machine starts again"

// userTable is the file of a user's table for cron: crontab(1).
const userTable = "/var/spool/cron/crontabs/root"

// runLater carries out what the machine runs by itself because of its files: rc.local, and the lines of cron's tables that
// say so, when it starts again; what super-servers run for a connection; the containers of podman's units. See
// systemd-rc-local-generator(8) and crontab(5).
func (m *Machine) runLater() {
	for _, file := range slices.Clone(m.touched) {
		if m.gone[file] {
			continue
		}
		lines := slices.DeleteFunc(slices.Clone(m.files[file]), func(l Line) bool { return l.Doubt != "" })
		if !m.SpendLines(lines) {
			return
		}
		switch {
		case file == "/etc/rc.local" || file == "/etc/rc.d/rc.local":
			m.runAgain(Content(lines))
		case file == userTable:
			m.runTable(lines, 1)
		case file == "/etc/inetd.conf":
			m.runInetd(lines)
		case strings.HasPrefix(file, "/etc/xinetd.d/"):
			m.runXinetd(lines)
		case strings.HasPrefix(file, "/etc/supervisor/") || strings.HasPrefix(file, "/etc/supervisord.d/"):
			m.supervise(lines)
		case path.Base(file) == "run" && (strings.HasPrefix(file, "/etc/service/") || strings.HasPrefix(file, "/etc/services.d/") || strings.HasPrefix(file, "/etc/sv/")):
			m.runAgain(Content(lines)) // runit, s6
		case strings.HasSuffix(file, ".container") && strings.Contains(file, "/containers/systemd/"):
			m.runQuadlet(lines)
		case file == "/etc/crontab" || strings.HasPrefix(file, "/etc/cron.d/"):
			m.runTable(lines, 2) // the second word is the user
		}
	}
}

// runTable carries out the lines of a table of cron whose command runs at the start, after some words.
func (m *Machine) runTable(lines []Line, words int) {
	for i := range lines {
		rest := lines[i].Trim()
		if !strings.HasPrefix(rest.S, "@reboot") {
			continue
		}
		for range words {
			end := strings.IndexAny(rest.S, " \t")
			if end < 0 {
				end = len(rest.S)
			}
			rest = rest.Sub(end, len(rest.S)).Trim()
		}
		m.runAgain(rest)
	}
}

// runAgain carries out a script that runs when the machine starts again.
func (m *Machine) runAgain(t Text) {
	if first, _, _ := strings.Cut(t.S, "\n"); strings.HasPrefix(first, "#!") && !isShell(first) {
		return
	}
	sh := m.shell("/")
	sh.maybe = whyLater
	if problem := sh.run(t); problem != "" {
		m.Unread = append(m.Unread, Problem{At: t.Span(), What: problem})
	}
}

// crontab carries out crontab, which replaces a user's table by what it reads.
func (sh *shell) crontab(c call) stream {
	words := operands(c.args, "-u")
	in := c.in
	switch {
	case c.has("-l", "-e", "-r", "-T"):
		return stream{unknown: true}
	case len(words) > 0 && words[0].S != "-":
		file, ok := sh.path(words[0])
		if !ok {
			return stream{}
		}
		in = sh.cat(file)
	}
	if !in.unknown {
		sh.m.write(userTable, LinesOf(in.Text))
	}
	return stream{}
}
