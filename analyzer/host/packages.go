package host

import (
	"path"
	"slices"
	"strings"
)

// manage carries out a package manager's command.
func (sh *shell) manage(c call) stream {
	if sh.maybe == "" && c.name != "snap" {
		sh.m.managers[c.name] = true
	}
	words := operands(c.args, "-o -t -c --option --repo --repository -X --target-release")
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
			sh.install(w)
		}
	case slices.Contains([]string{"remove", "purge", "erase", "del", "rm", "autoremove"}, verb), strings.HasPrefix(verb, "-R"):
		for _, w := range words {
			sh.m.uninstall(w, sh.maybe)
		}
	}
	return stream{unknown: true}
}

// install notes a package by its name, or by the name of a file that holds it.
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

// packageFiles is dpkg and rpm.
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
	if len(words) == 0 || !slices.Contains([]string{"install", "i", "add"}, words[0].S) {
		return stream{unknown: true}
	}
	for _, w := range words[1:] {
		sh.m.install(w.Decode(strings.NewReplacer("==", "=", ">=", "", "~=", "").Replace(w.S)), sh.maybe)
	}
	return stream{unknown: true}
}

// service notes which services are started and stopped.
func (sh *shell) service(c call) stream {
	words := operands(c.args, "")
	if len(words) < 2 {
		return stream{unknown: true}
	}
	verb, units := words[0].S, words[1:]
	if c.name != "systemctl" && c.name != "rc-update" {
		verb, units = words[1].S, words[:1]
	}
	for _, u := range units {
		s := Service{By: c.by, Maybe: sh.maybe}
		switch verb {
		case "start", "restart", "enable", "reload", "add", "on", "defaults", "try-restart", "reload-or-restart",
			"force-reload", "reenable":
		case "disable", "mask", "off", "del", "delete", "remove":
			s.Off = true
		case "stop":
			if !c.has("--now") {
				continue // it starts again with the machine
			}
			s.Off = true
		default:
			continue
		}
		unit := unitName(u.S)
		if old, again := sh.m.services[unit]; again && s.Maybe != "" && old.Maybe == "" && !s.Off || !sh.m.Spend(1) {
			continue
		}
		sh.m.services[unit] = s
	}
	return stream{unknown: true}
}

// runServices carries out what the units start that the texts write: the commands of their ExecStart.
func (m *Machine) runServices() {
	for _, file := range slices.Clone(m.touched) {
		unit, ok := unitOf(file)
		if !ok {
			continue
		}
		lines := m.files[file]
		for i := range lines {
			if lines[i].Doubt != "" {
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

// unitOf returns the service that a file of systemd's belongs to: systemd.unit(5).
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

// shipsUnit reports whether a package that is installed brings a service that starts with it.
func (m *Machine) shipsUnit(unit string) bool {
	for _, p := range m.catalog {
		if slices.Contains(p.Units, unit) {
			in, ok := m.Installed(p.Names...)
			return ok && in.Maybe == "" && m.Family.Starts()
		}
	}
	return false
}
