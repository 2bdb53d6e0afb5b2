package host

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Machine is what is known of a machine, of one family of distributions, after texts were carried out on it: its files,
// packages, services and accounts.
type Machine struct {
	*budget
	Family Family
	// Runs are the programs that run and that host doesn't know. Containers are the containers, and Cmdlets the PowerShell
	// commands. Each is in the order of the texts.
	Runs       []Run
	Containers []Container
	Cmdlets    []Cmdlet
	// Passwords are the passwords that accounts of the machine get.
	Passwords []Password
	// Accounts are the accounts that the texts make or change, by name.
	Accounts map[string]Account
	// Unread are texts that were not understood. Opaque are commands that run something outside of the texts.
	Unread, Opaque []Problem

	filters  []*filtering
	catalog  Catalog
	commands map[string]command
	packages map[string]Install
	services map[string]Service
	files    map[string][]Line
	// maps has the ConfigMaps of Kubernetes in the texts, by name.
	maps map[string]map[string]string
	// gone has the removed files.
	gone map[string]bool
	// dirs are the directories that the texts make or fill. complete are those whose files are all known.
	dirs, complete map[string]bool
	// touched lists the files that the texts change by name, in order. isTouched is the same as a set.
	touched   []string
	isTouched map[string]bool
	// events counts what happens. disturbed has the events that may have changed files without naming them.
	events    int
	disturbed []disturbance
	managers  map[string]bool
}

// disturbance is an event that may have changed any file for which a test is true.
type disturbance struct {
	event int
	line  Line
	hits  func(file string) bool
}

// Problem is something in a text that isn't understood or can't be right.
type Problem struct {
	At Span
	// What says what is wrong, without values from the text.
	What string
}

// Install is the installation of a package.
type Install struct {
	Name string
	// By is the word that names the package.
	By Text
	// Version is the version that the text pins the package to; empty if there is none.
	Version string
	// Maybe, if not empty, is the reason why the installation isn't certain.
	Maybe string
	event int
}

// Service is the last thing that was done to a service.
type Service struct {
	By Text
	// Off is true if the service was stopped for good, and false if it was started or enabled. Masked is true if nothing but
	// unmasking it lets it start again, not even its package's installation.
	Off, Masked bool
	Maybe       string
}

// Run is a program that a command runs, with its arguments.
type Run struct {
	Program string
	Args    []Text
	By      Text
	Maybe   string
}

// Container is a container that the texts run on the machine.
type Container struct {
	Image Text
	// Env are its variables, with a Hole for an unknown value. Args replace the image's command.
	Env  map[string]string
	Args []string
	// Ports are the published ports as they are written.
	Ports []string
	// Mounts are what is mounted over its files.
	Mounts []Mount
	By     Text
	Maybe  string
}

// Account is an account that the texts make or change.
type Account struct {
	// Shell is its login shell; empty if it isn't known.
	Shell string
	Maybe string
}

// Password is a password of an account. It doesn't hold the password.
type Password struct {
	// User is the account's name; empty if it isn't known.
	User string
	// Hashed is true if the text has only the hash.
	Hashed bool
	At     Span
}

// budget limits the work on the texts.
type budget struct{ steps, decoded int }

// Spend charges n steps and reports whether the budget covers them.
func (b *budget) Spend(n int) bool {
	b.steps -= n
	return b.steps >= 0
}

// Left is how many steps are left, negative if there was more to do than that.
func (b *budget) Left() int { return b.steps }

// Exhausted reports whether the work exceeded the budget.
func (b *budget) Exhausted() bool { return b.steps < 0 || b.decoded < 0 }

// SpendLines charges the cost of handling lines.
func (b *budget) SpendLines(lines []Line) bool {
	if b.Exhausted() {
		return false
	}
	n := 1 + len(lines)
	for _, l := range lines {
		n += len(l.S) / stepBytes
	}
	return b.Spend(n)
}

// stepBytes is the number of bytes of text that cost a step.
const stepBytes = 64

func newMachine(family Family, catalog Catalog, commands map[string]command) *Machine {
	return &Machine{
		budget: &budget{steps: MaxSteps, decoded: MaxDecodedBytes}, Family: family, catalog: catalog, commands: commands, files: map[string][]Line{},
		gone: map[string]bool{}, packages: map[string]Install{}, services: map[string]Service{}, managers: map[string]bool{},
		isTouched: map[string]bool{}, dirs: map[string]bool{}, complete: map[string]bool{},
		Accounts: map[string]Account{}, maps: map[string]map[string]string{},
	}
}

// Installed returns how one of some packages got on the machine: the first sure installation, else the first possible one.
func (m *Machine) Installed(names ...string) (in Install, ok bool) {
	for _, n := range names {
		if p, there := m.packages[n]; there && (!ok || in.Maybe != "" && p.Maybe == "") {
			in, ok = p, true
		}
	}
	return in, ok
}

// Installs returns all installations, in order.
func (m *Machine) Installs() []Install {
	return slices.SortedFunc(maps.Values(m.packages), func(a, b Install) int { return a.event - b.event })
}

// Service returns the last thing that was done to one of some services. A start takes precedence over a stop.
func (m *Machine) Service(units ...string) (s Service, ok bool) {
	for _, u := range units {
		if one, there := m.services[u]; there && (!ok || s.Off && !one.Off || s.Maybe != "" && one.Maybe == "" && !one.Off) {
			s, ok = one, true
		}
	}
	return s, ok
}

// Content returns a file's lines: as written, as shipped by an installed package, or unknown.
func (m *Machine) Content(file string) []Line {
	if m.gone[file] {
		return []Line{{Doubt: "the file is removed"}}
	}
	return m.before(file)
}

// before returns a file's lines for a command that appends to it. A removed file has no lines.
func (m *Machine) before(file string) []Line {
	if lines, ok := m.files[file]; ok {
		return lines
	}
	f, in, ok := m.ships(file)
	if !ok || in.Maybe != "" || f.Source == "" {
		return []Line{{Doubt: "what the file holds before isn't in the text"}}
	}
	lines := LinesOf(shippedText(f.Lines+"\n", f.Source))
	if l := m.Disturbed(file, in); l != nil {
		lines = append(lines, *l)
	}
	return lines
}

// ships returns the file of a package that is, perhaps, on the machine.
func (m *Machine) ships(file string) (f ShippedFile, in Install, ok bool) {
	for _, p := range m.catalog {
		for _, f := range p.Files {
			if f.Family != m.Family || f.Path != file {
				continue
			}
			if in, ok := m.Installed(p.Names...); ok {
				return f, in, true
			}
		}
	}
	return ShippedFile{}, Install{}, false
}

// Written returns the lines of a file that the texts write; the second result is false if they don't, or have removed it.
func (m *Machine) Written(file string) ([]Line, bool) {
	lines, ok := m.files[file]
	return lines, ok && !m.gone[file]
}

// Removed reports whether the texts remove a file.
func (m *Machine) Removed(file string) bool { return m.gone[file] }

// Files returns the files that the texts change by name, in order.
func (m *Machine) Files() []string { return m.touched }

// Under returns the files in a directory that the texts write, sorted.
func (m *Machine) Under(dir string) []string {
	if !m.Spend(len(m.files)) {
		return nil
	}
	var files []string
	for _, file := range slices.Sorted(maps.Keys(m.files)) {
		if path.Dir(file) == dir && !m.gone[file] {
			files = append(files, file)
		}
	}
	return files
}

// Disturbed returns the last line that may stand in a file, whatever its name, since a package was installed; nil if there is
// none.
func (m *Machine) Disturbed(file string, since Install) *Line {
	for _, d := range slices.Backward(m.disturbed) {
		if d.event < since.event || !m.Spend(1) {
			break
		}
		if d.hits(file) {
			return &d.line
		}
	}
	return nil
}

// below returns the files below a directory, at any depth, that the texts write, sorted.
func (m *Machine) below(dir string) []string {
	if !m.Spend(len(m.files)) {
		return nil
	}
	var files []string
	for _, file := range slices.Sorted(maps.Keys(m.files)) {
		if strings.HasPrefix(file, dir+"/") && !m.gone[file] {
			files = append(files, file)
		}
	}
	return files
}

// there reports whether a file is known to be on the machine.
func (m *Machine) there(file string) bool {
	if m.files[file] != nil && !m.gone[file] {
		return true
	}
	_, _, ok := m.ships(file)
	return ok
}

func (m *Machine) touch(file string) {
	if !m.isTouched[file] {
		m.isTouched[file] = true
		m.touched = append(m.touched, file)
	}
}

// untouch forgets what happened to a file that is gone.
func (m *Machine) untouch(file string) {
	if m.isTouched[file] && m.Spend(len(m.touched)) {
		delete(m.isTouched, file)
		m.touched = slices.DeleteFunc(m.touched, func(f string) bool { return f == file })
	}
}

// write replaces a file.
func (m *Machine) write(file string, lines []Line) {
	if m.SpendLines(lines) {
		m.touch(file)
		m.files[file] = slices.Clip(lines)
		delete(m.gone, file)
	}
}

// add appends to a file.
func (m *Machine) add(file string, lines []Line) {
	before := m.before(file)
	if m.SpendLines(before) && m.SpendLines(lines) {
		m.touch(file)
		m.files[file] = appendLines(before, lines)
		delete(m.gone, file)
	}
}

// removeFile removes a file.
func (m *Machine) removeFile(file string) {
	m.files[file] = []Line{}
	m.gone[file] = true
	m.untouch(file)
}

// doubt records that a named file may have been changed.
func (m *Machine) doubt(file string, by Text, why string) {
	m.add(file, []Line{{Text: by, Doubt: why}})
}

// disturb records that files for which a test is true may have been changed, as far as they exist. Later files are not
// affected.
func (m *Machine) disturb(by Text, why string, hits func(file string) bool) {
	l := Line{Text: by, Doubt: why}
	m.events++
	m.disturbed = append(m.disturbed, disturbance{event: m.events, line: l, hits: hits})
	if !m.Spend(len(m.files)) {
		return
	}
	for _, file := range slices.Sorted(maps.Keys(m.files)) {
		if !hits(file) {
			continue
		}
		if !m.SpendLines(m.files[file]) {
			return
		}
		m.files[file] = append(slices.Clip(m.files[file]), l)
	}
}

// shake records that anything may have happened to any existing file.
func (m *Machine) shake(by Text, why string) {
	m.disturb(by, why, func(string) bool { return true })
}

// opaque records that something outside of the texts runs.
func (m *Machine) opaque(by Text, why string) {
	m.Opaque = append(m.Opaque, Problem{At: by.Span(), What: why})
	m.shake(by, why)
}

// disturbUnder records that files below a directory may have been changed.
func (m *Machine) disturbUnder(dir string, by Text, why string) {
	dir = path.Clean(dir)
	m.disturb(by, why, func(file string) bool { return dir == "/" || strings.HasPrefix(file, dir+"/") })
}

// disturbMatching records that the files may have been changed whose path may be the given one, which has holes or lacks its
// directory.
func (m *Machine) disturbMatching(pattern string, by Text, why string) {
	prefix, _, holed := strings.Cut(pattern, Hole)
	suffix := pattern
	if holed {
		suffix = pattern[strings.LastIndex(pattern, Hole)+len(Hole):]
	}
	absolute := path.IsAbs(pattern)
	relative := "/" + strings.TrimPrefix(path.Clean(pattern), "../")
	m.disturb(by, why, func(file string) bool {
		switch {
		case holed && absolute:
			return strings.HasPrefix(file, prefix) && strings.HasSuffix(file, suffix)
		case holed:
			return strings.HasSuffix(file, suffix)
		case absolute:
			return file == pattern
		}
		return strings.HasSuffix(file, relative)
	})
}

// disturbGlob records that the files may have been changed that match a shell pattern.
func (m *Machine) disturbGlob(pattern string, by Text) {
	m.disturb(by, "which files are edited isn't known", func(file string) bool {
		ok, err := path.Match(pattern, file)
		return ok || err != nil
	})
}

// install records that a package is installed: name or name=version, as package managers take it.
func (m *Machine) install(word Text, maybe string) {
	name, version, _ := strings.Cut(word.S, "=")
	name = strings.TrimRight(name, "~<>")
	name, _, _ = strings.Cut(name, ":")            // Debian's architecture
	if base, _, ok := strings.Cut(name, "/"); ok { // Debian's release: apt-get(8)
		if _, known := m.catalog.named(base); known {
			name = base
		}
	}
	m.events++
	if version == "" {
		name, version = m.pinned(name)
	}
	if old, again := m.packages[name]; again && old.Maybe == "" {
		return
	}
	m.packages[name] = Install{Name: name, By: word, Version: version, Maybe: maybe, event: m.events}
	if p, ok := m.catalog.named(name); ok {
		for _, u := range p.Units {
			if !m.services[u].Masked {
				delete(m.services, u)
			}
		}
	}
}

// pinned splits a name that yum and dnf combine with a version: name-version, perhaps with more after it.
func (m *Machine) pinned(word string) (name, version string) {
	for _, p := range m.catalog {
		for _, n := range p.Names {
			if rest, ok := strings.CutPrefix(word, n+"-"); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
				return n, rest
			}
		}
	}
	return word, ""
}

// uninstall records that a package is removed.
func (m *Machine) uninstall(word Text, maybe string) {
	name, _, _ := strings.Cut(word.S, "=")
	if in, ok := m.packages[name]; ok {
		if maybe == "" {
			delete(m.packages, name)
			return
		}
		in.Maybe = "the package may be removed later"
		m.packages[name] = in
	}
}

// unitName returns the service's name for a command's word, which may be its file or an instance of it.
func unitName(word string) string {
	word = strings.TrimSuffix(word, ".service")
	word, _, _ = strings.Cut(word, "@")
	return word
}
