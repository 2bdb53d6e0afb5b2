package host

import (
	"path"
	"slices"
	"strings"
)

// terminal carries out the command that screen or tmux runs in a session of its own: screen(1), tmux(1).
func (sh *shell) terminal(c call) stream {
	words := c.args
	takes := "-c -e -h -p -s -S -t -T"
	if c.name == "tmux" {
		i := slices.IndexFunc(words, func(a Text) bool { return !strings.HasPrefix(a.S, "-") })
		if i < 0 || !slices.Contains([]string{"new-session", "new", "new-window", "neww", "split-window", "splitw", "respawn-pane"}, words[i].S) {
			return stream{unknown: true}
		}
		words, takes = words[i+1:], "-c -e -f -F -n -s -t -x -y"
	}
	for len(words) > 0 && strings.HasPrefix(words[0].S, "-") {
		option := words[0].S
		words = words[1:]
		named := c.name == "screen" && strings.HasSuffix(option, "S") // -dmS NAME
		if (named || slices.Contains(strings.Fields(takes), option)) && len(words) > 0 {
			words = words[1:]
		}
	}
	switch {
	case len(words) == 0:
		return stream{unknown: true}
	case len(words) == 1 && c.name == "tmux": // a line for the shell
		return sh.runText(words[0], c.by, false, nil, "")
	}
	return sh.execute(words, c.by, stream{unknown: true})
}

// startDaemon carries out the program that start-stop-daemon starts: start-stop-daemon(8).
func (sh *shell) startDaemon(c call) stream {
	program, ok := c.value("-a", "--startas")
	if !ok {
		program, ok = c.value("-x", "--exec")
	}
	if !ok || !c.has("-S", "--start") {
		return stream{unknown: true}
	}
	words := []Text{program}
	if i := slices.IndexFunc(c.args, func(a Text) bool { return a.S == "--" }); i >= 0 {
		words = append(words, c.args[i+1:]...)
	}
	return sh.execute(words, c.by, c.in)
}

// fetchedProgram carries out a program that npx, uvx or pipx run fetches and runs, with the words after it.
func (sh *shell) fetchedProgram(c call) stream {
	words := c.args
	for len(words) > 0 && strings.HasPrefix(words[0].S, "-") {
		takes := slices.Contains([]string{"-p", "--package", "--from", "--with", "--spec", "--python", "--pip-args", "--index-url", "-c", "--call"}, words[0].S)
		words = words[1:]
		if takes && len(words) > 0 {
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return stream{unknown: true}
	}
	return sh.execute(words, c.by, c.in)
}

// netcat carries out the program that netcat gives connections to: ncat(1).
func (sh *shell) netcat(c call) stream {
	if line, ok := c.value("-e", "-c", "--exec", "--sh-exec"); ok {
		return sh.runText(line, c.by, true, nil, "")
	}
	return stream{unknown: true}
}

// sysrc records the services that FreeBSD starts from then on: sysrc(8), rc.conf(5).
func (sh *shell) sysrc(c call) stream {
	for _, w := range c.args {
		name, value, _ := strings.Cut(w.S, "=")
		if unit, ok := strings.CutSuffix(name, "_enable"); ok && sh.m.Spend(1) {
			sh.m.services[unit] = Service{By: c.by, Off: strings.EqualFold(value, "NO"), Maybe: sh.maybe}
		}
	}
	return stream{}
}

// kubectl runs the containers of the manifests that kubectl applies: those it reads, and those in files of the texts.
func (sh *shell) kubectl(c call) stream {
	if !c.has("apply", "create", "replace") {
		return stream{unknown: true}
	}
	file, ok := c.value("-f", "--filename")
	if !ok {
		return stream{unknown: true}
	}
	manifest := c.in
	if file.S != "-" {
		name, known := sh.path(file)
		if !known || strings.Contains(file.S, "://") || !sh.m.there(name) {
			sh.m.Opaque = append(sh.m.Opaque, Problem{At: c.by.Span(), What: "the command runs containers that aren't in the text"})
			return stream{unknown: true}
		}
		manifest = sh.cat(name)
	}
	if manifest.unknown {
		sh.m.Opaque = append(sh.m.Opaque, Problem{At: c.by.Span(), What: "the command runs containers that aren't in the text"})
		return stream{unknown: true}
	}
	n := len(sh.m.Containers)
	sh.m.readDocument(manifest.Text)
	for i := range sh.m.Containers[n:] {
		if sh.maybe != "" {
			sh.m.Containers[n+i].Maybe = sh.maybe
		}
	}
	return stream{unknown: true}
}

// runInetd carries out the programs of inetd's table, SERVICE TYPE PROTOCOL WAIT USER PROGRAM ARGUMENTS, the first of
// which is the program's name: inetd.conf(5).
func (m *Machine) runInetd(lines []Line) {
	for i := range lines {
		words := fieldsOf(lines[i].Text)
		if len(words) < 6 || strings.HasPrefix(words[0].S, "#") {
			continue
		}
		program, args := words[5], words[min(6, len(words)):]
		if path.Base(program.S) == "tcpd" && len(args) > 0 { // it runs the program that it is called by
			program = args[0]
		}
		if path.Base(program.S) != "busybox" { // which does what it is called
			args = args[min(1, len(args)):]
		}
		m.runSuper("inetd", append([]Text{program}, args...), lines[i].Text)
	}
}

// runXinetd carries out the programs of a file of xinetd: xinetd.conf(5).
func (m *Machine) runXinetd(lines []Line) {
	var server, args, by Text
	disabled := false
	for i := range lines {
		name, value, ok := strings.Cut(lines[i].S, "=")
		if !ok {
			continue
		}
		word := lines[i].Sub(len(lines[i].S)-len(value), len(lines[i].S)).Trim()
		switch strings.TrimSpace(name) {
		case "server":
			server, by = word, lines[i].Text
		case "server_args":
			args = word
		case "disable":
			disabled = word.S == "yes"
		}
	}
	if server.S != "" && !disabled {
		m.runSuper("xinetd", append([]Text{server}, fieldsOf(args)...), by)
	}
}

// runSuper carries out a program that a super-server runs for each connection.
func (m *Machine) runSuper(super string, words []Text, by Text) {
	sh := m.shell("/")
	s, told := m.Service(super, "openbsd-"+super, "inetutils-"+super)
	switch {
	case told && !s.Off:
		sh.maybe = s.Maybe
	default:
		sh.maybe = "nothing in the text starts " + super
		for _, name := range []string{super, "openbsd-" + super, "inetutils-" + super} {
			if in, ok := m.Installed(name); ok && in.Maybe == "" && m.Family.Starts() {
				sh.maybe = ""
			}
		}
	}
	sh.execute(words, by, stream{unknown: true})
}

// runQuadlet runs the container of a unit that podman makes a service of: podman-systemd.unit(5).
func (m *Machine) runQuadlet(lines []Line) {
	d := Container{Env: map[string]string{}}
	for i := range lines {
		name, value, ok := strings.Cut(lines[i].S, "=")
		if !ok {
			continue
		}
		word := lines[i].Sub(len(lines[i].S)-len(value), len(lines[i].S)).Trim()
		switch strings.TrimSpace(name) {
		case "Image":
			d.Image, d.By = word, word
		case "PublishPort":
			d.Ports = append(d.Ports, word.S)
		case "Volume":
			if mount, ok := mountOf(word.S); ok {
				d.Mounts = append(d.Mounts, mount)
			}
		case "Environment":
			variable, given, _ := strings.Cut(word.S, "=")
			d.Env[variable] = given
		case "Exec":
			d.Args = strings.Fields(word.S)
		}
	}
	if d.Image.S != "" && m.Spend(1) {
		m.Containers = append(m.Containers, d)
	}
}

// supervise carries out the programs of a file of Supervisor: https://supervisord.org/configuration.html.
func (m *Machine) supervise(lines []Line) {
	for i := range lines {
		name, value, ok := strings.Cut(lines[i].S, "=")
		if !ok || strings.TrimSpace(name) != "command" {
			continue
		}
		sh := m.shell("/")
		if _, installed := m.Installed("supervisor"); !installed {
			sh.maybe = "nothing in the text starts Supervisor"
		}
		if problem := sh.run(lines[i].Sub(len(lines[i].S)-len(value), len(lines[i].S)).Trim()); problem != "" {
			m.Unread = append(m.Unread, Problem{At: lines[i].Span(), What: problem})
		}
	}
}

// fieldsOf splits a text at white space.
func fieldsOf(t Text) []Text { return spread(t, strings.Fields(t.S)) }
