package ftpd

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// machine is what is known of a machine while texts are carried out on it: its files, its packages and its services. It
// is of one family of distributions; what differs between those that are possible is unknown in the end.
type machine struct {
	*budget
	family distribution
	files  map[string][]line
	// shaken, if not nil, is the last thing that may have changed any file.
	shaken   *line
	packages map[string]install // by name
	services map[Software]service
	daemons  []daemon
	servers  []Server // containers, and servers that aren't configured by files
	iis      iis
	accounts []Credential
	// touched lists the files that something happened to, in that order; isTouched has the same.
	touched   []string
	isTouched map[string]bool
	managers  map[string]bool
	unread    []Problem
}

// budget bounds the work on the texts.
type budget struct{ steps, decoded int }

// spend takes n steps and reports whether there were as many left.
func (b *budget) spend(n int) bool {
	b.steps -= n
	return b.steps >= 0
}

// exhausted reports whether there was more to do than the budget allows.
func (b *budget) exhausted() bool { return b.steps < 0 || b.decoded < 0 }

// spendLines takes the steps that it costs to handle lines.
func (b *budget) spendLines(lines []line) bool {
	if b.exhausted() {
		return false
	}
	n := 1 + len(lines)
	for _, l := range lines {
		n += len(l.s) / stepBytes
	}
	return b.spend(n)
}

// stepBytes is how many bytes of text cost a step.
const stepBytes = 64

// serverSteps is what each server, or file that configures one, costs.
const serverSteps = 64

type install struct {
	by      text
	version string
	order   int
	maybe   string // why it isn't certain
}

// service is a server that is started, or told not to.
type service struct {
	by    text
	off   bool
	maybe string
}

// daemon is a server that a command runs with its own arguments.
type daemon struct {
	software Software
	by       text
	args     []text
	maybe    string
}

func newMachine(family distribution) *machine {
	return &machine{
		budget: &budget{steps: MaxSteps, decoded: MaxDecodedBytes}, family: family, files: map[string][]line{}, packages: map[string]install{},
		services: map[Software]service{}, iis: newIIS(), managers: map[string]bool{}, isTouched: map[string]bool{},
	}
}

// installed returns how a server's package got on the machine.
func (m *machine) installed(software Software) (name string, in install, ok bool) {
	for _, n := range slices.Sorted(maps.Keys(m.packages)) {
		s, _ := packageSoftware(n)
		if p := m.packages[n]; s == software && (!ok || in.maybe != "" && p.maybe == "") {
			name, in, ok = n, p, true
		}
	}
	return name, in, ok
}

// content returns a file's lines: as written, as shipped by a package that is installed, or unknown.
func (m *machine) content(file string) []line {
	if lines, ok := m.files[file]; ok {
		return lines
	}
	return m.pristine(file)
}

// pristine returns the lines of a file that nothing was certainly written to.
func (m *machine) pristine(file string) []line {
	for _, f := range m.family.files {
		if f.path != file {
			continue
		}
		if _, in, ok := m.installed(f.software); ok && in.maybe == "" {
			lines := linesOf(shippedText(f.lines+"\n", f.source))
			if m.shaken != nil {
				lines = append(lines, *m.shaken)
			}
			return lines
		}
	}
	return []line{{doubt: "what the file holds before isn't in the text"}}
}

func (m *machine) touch(file string) {
	if m.isTouched[file] || isConfig(file) && !m.spend(serverSteps) {
		return
	}
	m.isTouched[file] = true
	m.touched = append(m.touched, file)
}

// untouch forgets that something happened to a file, which is gone.
func (m *machine) untouch(file string) {
	if m.isTouched[file] && m.spend(len(m.touched)) {
		delete(m.isTouched, file)
		m.touched = slices.DeleteFunc(m.touched, func(f string) bool { return f == file })
	}
}

// write replaces a file.
func (m *machine) write(file string, lines []line) {
	if m.spendLines(lines) {
		m.touch(file)
		m.files[file] = slices.Clip(lines)
	}
}

// add appends to a file.
func (m *machine) add(file string, lines []line) {
	before := m.content(file)
	if m.spendLines(before) && m.spendLines(lines) {
		m.touch(file)
		m.files[file] = appendLines(before, lines)
	}
}

// doubt notes that a file may have been changed.
func (m *machine) doubt(file string, by text, why string) {
	m.add(file, []line{{text: by, doubt: why}})
}

// doubtMatching notes it for all files whose path may be the given one, which holds holes or lacks its directory.
func (m *machine) doubtMatching(pattern string, by text, why string) {
	if strings.Trim(pattern, Hole) == "" {
		m.shake(by, why)
		return
	}
	prefix, _, holed := strings.Cut(pattern, Hole)
	suffix := pattern[strings.LastIndex(pattern, Hole)+1:]
	if holed {
		suffix = pattern[strings.LastIndex(pattern, Hole)+len(Hole):]
	}
	for _, file := range m.known() {
		switch {
		case !holed && path.IsAbs(pattern) && file == pattern,
			!holed && !path.IsAbs(pattern) && strings.HasSuffix(file, "/"+strings.TrimPrefix(path.Clean(pattern), "../")),
			holed && strings.HasPrefix(file, prefix) && strings.HasSuffix(file, suffix),
			holed && !path.IsAbs(pattern) && strings.HasSuffix(file, suffix):
			m.doubt(file, by, why)
		}
	}
}

// known lists the files that have been touched, and those that the servers' packages bring.
func (m *machine) known() []string {
	if !m.spend(len(m.files)) {
		return nil
	}
	files := slices.Sorted(maps.Keys(m.files))
	for _, f := range m.family.files {
		files = append(files, f.path)
	}
	files = append(files, m.family.vsftpd, m.family.proftpd)
	slices.Sort(files)
	return slices.Compact(files)
}

// shake notes that anything may have happened to any file.
func (m *machine) shake(by text, why string) {
	l := line{text: by, doubt: why}
	m.shaken = &l
	if !m.spend(len(m.files)) {
		return
	}
	for _, file := range slices.Sorted(maps.Keys(m.files)) {
		if !m.spendLines(m.files[file]) {
			return
		}
		m.files[file] = append(slices.Clip(m.files[file]), l)
	}
}

// install notes that a package is installed: name or name=version, as package managers take it.
func (m *machine) install(word text, maybe string) {
	name, version, _ := strings.Cut(word.s, "=")
	name = strings.TrimRight(name, "~<>")
	name, _, _ = strings.Cut(name, ":") // Debian's architecture
	if version == "" && strings.HasPrefix(name, "vsftpd-") {
		name, version, _ = strings.Cut(name, "-") // yum's name-version
	}
	software, ok := packageSoftware(name)
	if !ok {
		return
	}
	if old, again := m.packages[name]; again && old.maybe == "" {
		return
	}
	m.packages[name] = install{by: word, version: version, order: len(m.packages), maybe: maybe}
	delete(m.services, software)
}

// remove notes that a package is removed.
func (m *machine) remove(word text, maybe string) {
	name, _, _ := strings.Cut(word.s, "=")
	if in, ok := m.packages[name]; ok {
		if maybe == "" {
			delete(m.packages, name)
			return
		}
		in.maybe = "the package may be removed later"
		m.packages[name] = in
	}
}

// present says whether a server is certainly set up.
func (m *machine) present(software Software) (name string, in install, present Setting[bool], ok bool) {
	name, in, ok = m.installed(software)
	service, run := m.services[software]
	switch {
	case ok && in.maybe == "":
		present = decided(true, in.by)
	case run && service.maybe == "" && !service.off:
		present = decided(true, service.by)
	case ok:
		present = undecided[bool](in.by, in.maybe)
	case run && !service.off:
		present = undecided[bool](service.by, service.maybe)
	default:
		present = unknown[bool](Span{}, "the text holds the configuration, but installs no server")
	}
	if run && service.off {
		present = undecided[bool](service.by, "the service is stopped or disabled")
	}
	return name, in, present, ok || run && !service.off
}

// read returns the servers of the machine, in the order of their software.
func (m *machine) read() []Server {
	var servers []Server
	for _, read := range []func() []Server{m.readVsftpd, m.readProFTPD, m.readPure, m.readFileZilla, m.readOther} {
		servers = append(servers, read()...)
	}
	servers = slices.Concat(servers, m.servers, m.iis.servers())
	for i := range servers {
		s := &servers[i]
		// The accounts of the machine aren't those of a container or of a server with users of its own.
		if s.Software == Vsftpd || s.Software == ProFTPD || s.Software == PureFTPd || s.Software == IIS {
			if s.Config != containerConfig {
				s.Credentials = slices.Clip(m.accounts) // they have none of their own
			}
		}
		if s.Config == containerConfig {
			s.Config = ""
		}
	}
	return servers
}

// containerConfig marks the servers in containers until the machine's accounts are given out.
const containerConfig = "container"

// set fills in what the machine knows of a server.
func (m *machine) set(s *Server, config string, named string, in install, present Setting[bool]) {
	s.Config, s.Version = config, in.version
	if s.Name == "" {
		s.Name = named
	}
	if s.Name == "" {
		s.Name = s.Software.String()
	}
	if s.Present.State != Unknown {
		s.Present = present
	}
}

func (m *machine) readVsftpd() []Server {
	name, in, present, ok := m.present(Vsftpd)
	var configs []string
	options := map[string][]line{}
	for _, d := range m.daemons {
		if d.software != Vsftpd {
			continue
		}
		config := ""
		var extra []line
		for _, a := range d.args {
			switch {
			case strings.HasPrefix(a.s, "-o"):
				extra = append(extra, line{text: a.sub(2, len(a.s))})
			case strings.HasPrefix(a.s, "/") && !strings.Contains(a.s, Hole):
				config = a.s
			case strings.Contains(a.s, Hole):
				extra = append(extra, line{text: a, doubt: "an argument isn't known"})
			}
		}
		if config == "" {
			config = m.family.vsftpd
		}
		if !ok {
			present = decided(true, d.by)
			if d.maybe != "" {
				present = undecided[bool](d.by, d.maybe)
			}
			ok = true
		}
		if !slices.Contains(configs, config) {
			configs = append(configs, config)
		}
		options[config] = append(options[config], extra...)
	}
	for _, file := range m.touched {
		if isVsftpdConf(file) && !slices.Contains(configs, file) {
			configs = append(configs, file)
		}
	}
	if ok && len(configs) == 0 {
		configs = []string{m.family.vsftpd}
	}
	var servers []Server
	for _, config := range configs {
		s := readVsftpd(append(slices.Clip(m.content(config)), options[config]...))
		m.set(&s, config, name, in, present)
		servers = append(servers, s)
	}
	return servers
}

// isVsftpdConf tells the files that vsftpd's services read: the one that the package has, and on Red Hat all in its
// directory.
func isVsftpdConf(file string) bool {
	return file == "/etc/vsftpd.conf" || path.Dir(file) == "/etc/vsftpd" && path.Ext(file) == ".conf"
}

func (m *machine) readProFTPD() []Server {
	name, in, present, ok := m.present(ProFTPD)
	config := m.family.proftpd
	touched := false
	for _, file := range m.touched {
		if file == "/etc/proftpd.conf" || file == "/etc/proftpd/proftpd.conf" {
			config = file
		}
		touched = touched || file == config || strings.HasPrefix(file, "/etc/proftpd/")
	}
	for _, d := range m.daemons {
		if d.software != ProFTPD {
			continue
		}
		for i, a := range d.args {
			if (a.s == "-c" || a.s == "--config") && i+1 < len(d.args) {
				config = d.args[i+1].s
			}
		}
		if !ok {
			ok, present = true, decided(true, d.by)
			if d.maybe != "" {
				present = undecided[bool](d.by, d.maybe)
			}
		}
	}
	if !ok && !touched {
		return nil
	}
	servers := readProFTPD(m.content(config), func(pattern string) ([]line, bool) {
		lines, ok := m.include(pattern)
		return lines, ok && m.spendLines(lines)
	})
	for i := range servers {
		m.set(&servers[i], config, name, in, present)
	}
	return servers
}

// include resolves ProFTPD's Include. A directory, or a pattern for the files in one, is known if the package is
// installed, which brings an empty one, or only files of the text are in it.
func (m *machine) include(pattern string) ([]line, bool) {
	_, in, installed := m.installed(ProFTPD)
	isDir := strings.HasSuffix(pattern, "/") || strings.HasSuffix(pattern, "conf.d")
	if !isDir && !strings.ContainsAny(pattern, "*?[") {
		if _, written := m.files[pattern]; written {
			return m.files[pattern], true
		}
		for _, f := range m.family.files {
			if f.path == pattern && installed && in.maybe == "" {
				return m.content(pattern), true
			}
		}
		return nil, false
	}
	if isDir {
		pattern = path.Join(pattern, "*")
	}
	if !installed || in.maybe != "" || path.Dir(pattern) != "/etc/proftpd/conf.d" ||
		!slices.ContainsFunc(m.family.files, func(f shippedFile) bool { return f.software == ProFTPD }) {
		return nil, false
	}
	var lines []line
	for _, file := range slices.Sorted(maps.Keys(m.files)) {
		if match, err := path.Match(pattern, file); err != nil {
			return nil, false
		} else if match {
			lines = append(lines, m.files[file]...)
		}
	}
	if m.shaken != nil {
		lines = append(lines, *m.shaken)
	}
	return lines, true
}

func (m *machine) readPure() []Server {
	const dir = "/etc/pure-ftpd/conf"
	name, in, present, ok := m.present(PureFTPd)
	conf := newPureConf()
	config := ""
	touched := false
	for _, file := range m.touched {
		switch {
		case path.Dir(file) == dir:
			touched, config = true, dir
		case path.Base(file) == "pure-ftpd.conf":
			touched, config = true, file
		}
	}
	ran := false
	for _, d := range m.daemons {
		if d.software != PureFTPd {
			continue
		}
		ran = true
		if file := conf.readPureArgs(d.args); file.s != "" {
			config = file.s
			conf.readPureConf(m.content(file.s))
		} else {
			config = ""
		}
		if !ok {
			ok, present = true, decided(true, d.by)
			if d.maybe != "" {
				present = undecided[bool](d.by, d.maybe)
			}
		}
	}
	if !ok && !touched {
		return nil
	}
	switch {
	case ran:
	case config != "" && config != dir:
		conf.readPureConf(m.content(config))
	case slices.Contains(m.family.managers, "apt-get"):
		config = dir
		m.readPureDir(conf, dir)
	default:
		conf.doubt(in.by, "what the package of this distribution configures isn't known")
		m.readPureDir(conf, dir)
	}
	s := conf.server()
	m.set(&s, config, name, in, present)
	if s.TLS.known() && s.ObsoleteTLS.State == Unknown && tlsIsCurrent(s.Version) {
		s.ObsoleteTLS = defaultOf(false, "Pure-FTPd's default since 1.0.49")
	}
	return []Server{s}
}

// readPureDir reads the files that Debian's wrapper reads.
func (m *machine) readPureDir(conf *pureConf, dir string) {
	_, in, ok := m.installed(PureFTPd)
	if !ok || in.maybe != "" {
		conf.doubt(text{}, "the options that the files of the text leave out aren't in the text")
	}
	if m.shaken != nil {
		conf.doubt(m.shaken.text, m.shaken.doubt)
	}
	for _, o := range pureOptions() {
		file := path.Join(dir, o.directive)
		_, written := m.files[file]
		shipped := slices.ContainsFunc(m.family.files, func(f shippedFile) bool { return f.path == file }) && ok && in.maybe == ""
		if written || shipped {
			conf.readPureFile(o.directive, m.content(file))
		}
	}
}

func (m *machine) readFileZilla() []Server {
	var servers []Server
	for _, file := range m.touched {
		if !isFileZilla(file) {
			continue
		}
		lines := m.files[file]
		s, ok := readFileZilla(contentOf(lines))
		if i := slices.IndexFunc(lines, func(l line) bool { return l.doubt != "" }); i >= 0 {
			s, ok = unreadServer(FileZilla, lines[i].doubt), true
		}
		if !ok {
			continue
		}
		s.Config = file
		s.Name = s.Software.String()
		s.Present = unknown[bool](Span{}, "the text holds the configuration, but installs no server")
		servers = append(servers, s)
	}
	return servers
}

// readOther lists the servers that are only recognised.
func (m *machine) readOther() []Server {
	name, in, present, ok := m.present(Other)
	if !ok {
		return nil
	}
	s := unreadServer(Other, "the configuration of this server is not read")
	m.set(&s, "", name, in, present)
	return []Server{s}
}

// unreadServer is a server of which nothing is known.
func unreadServer(software Software, why string) Server {
	b := unknown[bool](Span{}, why)
	return Server{
		Software: software, Present: Setting[bool]{}, Anonymous: b, AnonymousUpload: b, LocalLogin: b, ObsoleteTLS: b,
		TLS: unknown[TLS](Span{}, why), ListenPorts: unknown[[]int](Span{}, why), PassivePorts: unknown[PortRange](Span{}, why),
	}
}
