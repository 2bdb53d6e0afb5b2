package host

import (
	"path"
	"slices"
	"strings"
)

// manage carries out a package manager's command.
func (sh *shell) manage(c call) stream {
	install := sh.install
	if foreign(c.name) {
		install = func(w Text) { sh.perhaps("what this package manager installs isn't known", func() { sh.install(w) }) }
	} else if sh.maybe == "" {
		sh.m.managers[c.name] = true
	}
	words := operands(c.args, "-o -t -c --option --repo --repository -X --target-release")
	if c.name == "pkg_add" {
		words = append([]Text{{S: "add"}}, words...)
	}
	verb := ""
	switch {
	case c.name == "pacman" && len(c.args) > 0:
		verb = c.args[0].S
	case len(words) > 0:
		verb, words = words[0].S, words[1:]
	}
	switch {
	case slices.Contains([]string{"install", "add", "in", "localinstall", "reinstall"}, verb), strings.HasPrefix(verb, "-S"):
		for _, w := range words {
			if strings.HasSuffix(w.S, "-") && c.name != "apk" { // apt: remove it
				sh.m.uninstall(w.Sub(0, len(w.S)-1), sh.maybe)
				continue
			}
			install(w)
		}
	case slices.Contains([]string{"remove", "purge", "erase", "del", "rm", "autoremove"}, verb), strings.HasPrefix(verb, "-R"):
		for _, w := range words {
			sh.m.uninstall(w, sh.maybe)
		}
	}
	return stream{unknown: true}
}

// foreign tells the package managers of systems, and for any system, whose packages aren't those of a [Family].
func foreign(manager string) bool {
	switch manager {
	case "snap", "pkg", "pkg_add", "pkgin", "brew", "port", "flatpak":
		return true
	}
	return false
}

// install records a package by its name, or by the name of a file that contains it.
func (sh *shell) install(word Text) {
	if !sh.m.Spend(1) {
		return
	}
	base := path.Base(word.S)
	if ext := path.Ext(base); ext != ".deb" && ext != ".rpm" && ext != ".apk" {
		sh.m.install(word, sh.maybe)
		return
	}
	// NAME_VERSION_ARCHITECTURE.deb, NAME-VERSION-RELEASE.ARCHITECTURE.rpm.
	name := strings.TrimSuffix(base, path.Ext(base))
	name, version, _ := strings.Cut(name, "_")
	version, _, _ = strings.Cut(version, "_")
	if version == "" {
		name, version = sh.m.pinned(name)
	}
	spelled := name
	if version != "" {
		spelled += "=" + version
	}
	maybe := sh.maybe
	if maybe == "" {
		maybe = "what the package's file holds isn't in the text"
	}
	sh.m.install(word.Decode(spelled), maybe)
}

// packageFiles carries out dpkg and rpm.
func (sh *shell) packageFiles(c call) stream {
	installs := c.name == "dpkg" && c.has("-i", "--install", "--unpack") || c.name == "rpm" && slices.ContainsFunc(c.args, func(a Text) bool {
		return a.S == "--install" || a.S == "--upgrade" || len(a.S) > 1 && a.S[0] == '-' && a.S[1] != '-' && strings.ContainsAny(a.S[1:2], "iUF")
	})
	removes := c.has("-r", "-P", "-e", "--remove", "--purge", "--erase")
	if sh.maybe == "" && (installs || c.name == "dpkg") {
		sh.m.managers[c.name] = true
	}
	for _, w := range operands(c.args, "") {
		switch {
		case installs:
			sh.install(w)
		case removes:
			sh.m.uninstall(w, sh.maybe)
		}
	}
	return stream{unknown: true}
}

// languagePackages carries out the package managers of languages.
func (sh *shell) languagePackages(c call) stream {
	words := operands(c.args, "-r --requirement -i --index-url --extra-index-url -t --target -c --prefix --root")
	if c.name == "pipx" && len(words) > 0 && words[0].S == "run" {
		return sh.fetchedProgram(call{name: c.name, args: c.args[1+slices.IndexFunc(c.args, func(a Text) bool { return a.S == "run" }):], by: c.by, in: c.in})
	}
	if len(words) == 0 || !slices.Contains([]string{"install", "i", "add"}, words[0].S) {
		return stream{unknown: true}
	}
	for _, w := range words[1:] {
		sh.m.install(w.Decode(strings.NewReplacer("==", "=", ">=", "", "~=", "").Replace(w.S)), sh.maybe)
	}
	return stream{unknown: true}
}

// service records which services are started and stopped.
func (sh *shell) service(c call) stream {
	words := operands(c.args, "-l --level --levels")
	var verb string
	var units []Text
	switch switches := c.name == "chkconfig" || c.name == "insserv"; {
	case switches && c.has("--del", "-r", "--remove"):
		verb, units = "remove", words
	case c.name == "insserv" && len(words) > 0:
		verb, units = "defaults", words
	case len(words) < 2:
		return stream{unknown: true}
	default:
		switch c.name {
		case "systemctl", "rc-update", "rcctl", "initctl", "sv":
			verb, units = words[0].S, words[1:]
			if c.name == "rc-update" {
				units = units[:1] // runlevels follow
			}
		default:
			verb, units = words[1].S, words[:1]
		}
	}
	for _, u := range units {
		if verb == "edit" {
			sh.editUnit(u, c)
			continue
		}
		sh.serve(u, verb, c)
	}
	return stream{unknown: true}
}

// editUnit carries out systemctl edit, which writes what it reads with --stdin, or what the editor leaves, beside the unit.
func (sh *shell) editUnit(u Text, c call) {
	in := c.in
	if !c.has("--stdin") {
		in = stream{Text: c.by, unknown: true}
	}
	name, _ := c.value("--drop-in")
	if name.S == "" {
		name.S = "override.conf"
	}
	sh.save(u.Decode("/etc/systemd/system/"+unitName(u.S)+".service.d/"+strings.TrimSuffix(name.S, ".conf")+".conf"), in, false)
}

// serve records what a verb does to a service.
func (sh *shell) serve(u Text, verb string, c call) {
	s := Service{By: c.by, Maybe: sh.maybe}
	switch verb {
	case "start", "restart", "enable", "reload", "add", "on", "defaults", "try-restart", "reload-or-restart", "force-reload", "reenable",
		"up", "onestart", "faststart", "forcestart", "condrestart":
	case "disable", "off", "del", "delete", "remove":
		s.Off = true
	case "mask":
		s.Off, s.Masked = true, true
	case "unmask":
		if sh.m.services[unitName(path.Base(u.S))].Masked {
			delete(sh.m.services, unitName(path.Base(u.S)))
		}
		return
	case "stop":
		if !c.has("--now") {
			return // it starts again with the machine
		}
		s.Off = true
	default:
		return
	}
	unit := unitName(path.Base(u.S))
	switch old, again := sh.m.services[unit]; {
	case !sh.m.Spend(1), again && s.Maybe != "" && old.Maybe == "" && !s.Off:
		return
	case old.Masked && old.Maybe == "" && !s.Masked: // it can't be started
		return
	}
	sh.m.services[unit] = s
}

// initScript returns the call of service that a call of a service's own script stands for: those in /etc/init.d and, on BSD, in
// rc.d, and SUSE's programs rcNAME.
func (sh *shell) initScript(c call) (script call, ok bool) {
	if len(c.args) == 0 {
		return call{}, false
	}
	unit := c.name
	switch path.Dir(c.path) {
	case "/etc/init.d", "/etc/rc.d/init.d", "/etc/rc.d", "/usr/local/etc/rc.d":
	default:
		name, found := strings.CutPrefix(c.name, "rc")
		if !found || !sh.m.catalog.hasUnit(name) {
			return call{}, false
		}
		unit = name
	}
	return call{name: "service", args: append([]Text{{S: unit}}, c.args...), by: c.by, in: c.in}, true
}

// linked records what a link does to a service: systemctl enable and mask make such links, and so do rc-update and runit.
func (sh *shell) linked(from, link string, by Text) {
	dir, base := path.Split(link)
	dir = path.Clean(dir)
	switch systemd := strings.HasPrefix(dir, "/etc/systemd/system"); {
	case systemd && from == "/dev/null":
		sh.serve(Text{S: base}, "mask", call{by: by})
	case systemd && strings.HasSuffix(dir, ".wants"), path.Dir(dir) == "/etc/runlevels", dir == "/etc/service", dir == "/var/service":
		sh.serve(Text{S: base}, "enable", call{by: by})
	}
}

// runServices carries out the ExecStart commands of the units that the texts write.
func (m *Machine) runServices() {
	for _, file := range slices.Clone(m.touched) {
		unit, ok := unitOf(file)
		if !ok {
			continue
		}
		lines := m.files[file]
		for i := range lines {
			if lines[i].Doubt != "" {
				m.runUnseen(unit, lines[i])
				continue
			}
			name, command, found := strings.Cut(lines[i].S, "=")
			if !found || strings.TrimSpace(name) != "ExecStart" || strings.TrimSpace(command) == "" {
				continue
			}
			start := strings.IndexByte(lines[i].S, '=') + 1
			rest := strings.TrimLeft(lines[i].S[start:], " \t-@:+!")
			sh := m.shell("/")
			switch s, started := m.Service(unit); {
			case started && !s.Off:
				sh.maybe = s.Maybe
			case m.shipsUnit(unit) && !s.Off:
			default:
				sh.maybe = "nothing in the text starts the service"
			}
			if problem := sh.run(lines[i].Sub(len(lines[i].S)-len(rest), len(lines[i].S))); problem != "" {
				m.Unread = append(m.Unread, Problem{At: lines[i].Span(), What: problem})
			}
		}
	}
}

// runUnseen records that a service of a package may run its program with other arguments: a line that isn't known is in a file
// of its unit.
func (m *Machine) runUnseen(unit string, l Line) {
	for _, p := range m.catalog {
		if _, ok := m.Installed(p.Names...); ok && slices.Contains(p.Units, unit) && len(p.Programs) > 0 && m.Spend(1) {
			m.Runs = append(m.Runs, Run{Program: p.Programs[0], Args: []Text{l.Decode(Hole)}, By: l.Text, Maybe: l.Doubt})
		}
	}
}

// unitOf returns the service that a systemd file belongs to: systemd.unit(5).
func unitOf(file string) (unit string, ok bool) {
	for _, dir := range []string{"/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/", "/run/systemd/system/"} {
		if rest, found := strings.CutPrefix(file, dir); found {
			name, dropIn, inside := strings.Cut(rest, ".d/")
			if strings.HasSuffix(name, ".service") && (!inside || strings.HasSuffix(dropIn, ".conf")) {
				return unitName(name), true
			}
		}
	}
	return "", false
}

// shipsUnit reports whether an installed package contains a service that starts with it.
func (m *Machine) shipsUnit(unit string) bool {
	for _, p := range m.catalog {
		if slices.Contains(p.Units, unit) {
			in, ok := m.Installed(p.Names...)
			return ok && in.Maybe == "" && m.Family.Starts()
		}
	}
	return false
}
