package ftpd

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// PureFTPd is Frank Denis's Pure-FTPd.
const PureFTPd Software = "Pure-FTPd"

// pureDir has one file for each option on Debian: pure-ftpd-wrapper(8).
const pureDir = "/etc/pure-ftpd/conf"

func pureFTPd() product {
	return product{
		software: PureFTPd,
		host: host.Package{
			Names: []string{"pure-ftpd", "pure-ftpd-ldap", "pure-ftpd-mysql", "pure-ftpd-postgresql"},
			Own:   map[string]host.Family{"pure-ftpd-common": host.Debian},
			Units: []string{"pure-ftpd", "pure-ftpd-wrapper", "pure-ftpd-mysql", "pure-ftpd-ldap"}, Programs: []string{"pure-ftpd"},
			Passwords: []host.PasswordProgram{{Name: "pure-pw", Verbs: []string{"useradd", "passwd"}}},
			Files: []host.ShippedFile{
				// Package pure-ftpd-common 1.0.50.
				shipped(host.Debian, pureDir+"/NoAnonymous", "the file of Debian's package pure-ftpd-common", "yes"),
			},
		},
		images: []image{
			{"stilliard/pure-ftpd", "https://github.com/stilliard/docker-pure-ftpd", "2026-09", true, "", configureStilliard},
		},
		imageWords: []string{"pure-ftpd", "pureftpd"},
		read:       pureFTPdOn,
		accounts:   true,
		fixes: Fixes{
			Anonymous: "Set NoAnonymous to yes, or start the server with -E.",
			TLS:       "Set TLS to 3, or start the server with --tls=3.",
			Passive:   "Set PassivePortRange to a small range.",
		},
		release: Release{PureFTPd, "1.0.54", "2026-11-24", "https://pkgs.alpinelinux.org/package/v3.24/community/x86_64/pure-ftpd"},
	}
}

// pureFTPdOn returns the server of a machine.
func pureFTPdOn(m *host.Machine, on presence) []Server {
	conf := newPureConf()
	config := ""
	touched := false
	for _, file := range m.Files() {
		switch {
		case path.Dir(file) == pureDir:
			touched, config = true, pureDir
		case path.Base(file) == "pure-ftpd.conf":
			touched, config = true, file
		}
	}
	for _, r := range on.runs {
		if file := conf.readPureArgs(r.Args); file.S != "" {
			config = file.S
			conf.readPureConf(m.Content(file.S))
		} else {
			config = ""
		}
		if r.Maybe != "" {
			conf.doubt(r.By, r.Maybe)
		}
	}
	if !on.there && !touched || !m.Spend(serverSteps) {
		return nil
	}
	switch {
	case len(on.runs) > 0:
	case config != "" && config != pureDir:
		conf.readPureConf(m.Content(config))
	case m.Family == host.Debian:
		config = pureDir
		readPureDir(m, on, conf)
	default:
		conf.doubt(on.install.By, "what the package of this distribution configures isn't known")
		readPureDir(m, on, conf)
	}
	s := conf.server()
	on.set(&s, config)
	if account := ftpAccount(m, on); s.Anonymous.known() && s.Anonymous.Value && (!account.known() || !account.Value) {
		s.Anonymous, s.AnonymousUpload = account, account
	}
	if s.TLS.known() && s.ObsoleteTLS.State == Unknown && tlsIsCurrent(s.Version) {
		s.ObsoleteTLS = defaultOf(false, "Pure-FTPd's default since 1.0.49")
	}
	return []Server{s}
}

// ftpAccount returns whether the machine has the account ftp, without which Pure-FTPd refuses anonymous users: pure-ftpd(8).
// Debian's packages of vsftpd and ProFTPD make the account, those of Pure-FTPd don't; Red Hat's setup makes it.
func ftpAccount(m *host.Machine, on presence) Setting[bool] {
	const none = "there is no account ftp, without which Pure-FTPd turns anonymous users away"
	account, told := m.Accounts["ftp"]
	other, installed := m.Installed("vsftpd", "proftpd-core", "proftpd-basic", "proftpd")
	switch {
	case m.Family != host.Debian || !on.installed || on.install.Maybe != "", told && account.Maybe == "", installed && other.Maybe == "":
		return defaultOf(true, pureDefault)
	case told || installed:
		return unknown[bool](Span{}, "whether there is an account ftp isn't known")
	}
	return defaultOf(false, none)
}

// readPureDir reads the files that Debian's wrapper reads.
func readPureDir(m *host.Machine, on presence, conf *pureConf) {
	certain := on.installed && on.install.Maybe == ""
	if !certain {
		conf.doubt(host.Text{}, "the options that the files of the text leave out aren't in the text")
	}
	if l := m.Disturbed(pureDir+"/", on.install); l != nil {
		conf.doubt(l.Text, l.Doubt)
	}
	for _, o := range pureOptions() {
		file := path.Join(pureDir, o.directive)
		_, written := m.Written(file)
		ships := certain && m.Family == host.Debian && o.directive == "NoAnonymous" && !m.Removed(file)
		if written || ships {
			conf.readPureFile(o.directive, m.Content(file))
		}
	}
}

// The defaults of Pure-FTPd without options: pure-ftpd(8). It lets anonymous users in unless told not to, if the machine
// has an account named ftp, which packages create.
const pureDefault = "Pure-FTPd's default"

// pureOption is the spelling of an option: as a directive, which is also the name of Debian's file, as a letter, and as a long
// option.
type pureOption struct {
	directive, long string
	letter          byte
	value           bool // takes a value
}

// pureOptions returns the options that matter here, and all whose letters take a value, since a command line can't be parsed
// without these (pure-ftpd(8), "SYNOPSIS").
func pureOptions() []pureOption {
	return []pureOption{
		{"NoAnonymous", "noanonymous", 'E', false},
		{"AnonymousOnly", "anonymousonly", 'e', false},
		{"AnonymousCantUpload", "anonymouscantupload", 'i', false},
		{"TLS", "tls", 'Y', true},
		{"PassivePortRange", "passiveportrange", 'p', true},
		{"Bind", "bind", 'S', true},
	}
}

// pureValueLetters are the letters of options that take a value.
const pureValueLetters = "23aCcFfgIJklLmnOpPqQStTuUvVyY"

// pureConf is what is known of Pure-FTPd's options.
type pureConf struct {
	settings map[string]Setting[string] // by directive; a switch has the value yes or no
	// rest is the value of the options that aren't in settings; nil means their defaults.
	rest     *Setting[string]
	problems []Problem
}

func newPureConf() *pureConf { return &pureConf{settings: map[string]Setting[string]{}} }

// doubt makes all options unknown.
func (c *pureConf) doubt(by host.Text, why string) {
	clear(c.settings)
	s := undecided[string](by, why)
	c.rest = &s
}

func (c *pureConf) get(directive, fallback string) Setting[string] {
	if s, ok := c.settings[directive]; ok {
		return s
	}
	if c.rest != nil {
		return *c.rest
	}
	return defaultOf(fallback, pureDefault)
}

// yesNo reads a switch in the way of Pure-FTPd and Debian's wrapper.
func yesNo(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "yes", "on", "1":
		return true, true
	case "no", "off", "0":
		return false, true
	}
	return false, false
}

// readPureFile reads a file in /etc/pure-ftpd/conf: the value on the first line that is neither blank nor a comment or, for a
// switch that says no, on the next such line. See pure-ftpd-wrapper(8).
func (c *pureConf) readPureFile(directive string, content []host.Line) {
	i := slices.IndexFunc(pureOptions(), func(o pureOption) bool { return o.directive == directive })
	if i < 0 {
		return
	}
	option := pureOptions()[i]
	for _, l := range content {
		if l.Doubt != "" {
			c.settings[directive] = undecided[string](l.Text, l.Doubt)
			return
		}
	}
	for _, l := range content {
		value := strings.TrimSpace(l.S)
		switch {
		case value == "" || value[0] == '#':
		case strings.Contains(value, host.Hole):
			c.settings[directive] = undecided[string](l.Text, "the value isn't known")
			return
		case option.value:
			c.settings[directive] = decided(value, l.Text)
			return
		default:
			on, ok := yesNo(value)
			if !ok {
				c.refuse(l.Text, directive, "the value is neither yes nor no")
				return
			}
			c.settings[directive] = decided(value, l.Text)
			if on {
				return
			}
		}
	}
}

func (c *pureConf) refuse(t host.Text, directive, what string) {
	c.problems = append(c.problems, Problem{At: t.Span(), What: "Pure-FTPd doesn't start: " + what})
	if directive != "" {
		c.settings[directive] = undecided[string](t, "Pure-FTPd refuses the line: "+what)
	}
}

// readPureConf reads a pure-ftpd.conf: directives in upper or lower case, each with its value after white space or an equals
// sign. A comment takes a whole line. A switch is on if any line turns it on.
func (c *pureConf) readPureConf(content []host.Line) {
	for _, l := range content {
		s := strings.TrimSpace(l.S)
		switch {
		case l.Doubt != "":
			c.doubt(l.Text, l.Doubt)
			continue
		case s == "" || s[0] == '#':
			continue
		}
		end := strings.IndexAny(s, " \t=")
		if end < 0 {
			end = len(s)
		}
		name, value := s[:end], strings.TrimSpace(strings.TrimLeft(s[end:], " \t="))
		if strings.Contains(name, host.Hole) {
			c.doubt(l.Text, "the name of the directive isn't known")
			continue
		}
		for _, option := range pureOptions() {
			if !strings.EqualFold(option.directive, name) {
				continue
			}
			on, isSwitch := yesNo(value)
			switch {
			case strings.Contains(value, host.Hole):
				c.settings[option.directive] = undecided[string](l.Text, "the value isn't known")
			case option.value && value == "" || !option.value && !isSwitch:
				c.refuse(l.Text, option.directive, "the directive has no such value")
			case !option.value && !on && c.rest != nil:
				// An unknown line may have turned it on for good.
				c.settings[option.directive] = *c.rest
			case option.value || on || !c.on(option.directive):
				c.settings[option.directive] = decided(value, l.Text)
			}
		}
	}
}

// on reports whether an earlier line surely turns a switch on.
func (c *pureConf) on(directive string) bool {
	s, ok := c.settings[directive]
	on, _ := yesNo(s.Value)
	return ok && s.known() && on
}

// readPureArgs reads the arguments of a pure-ftpd command and returns the configuration file among them, if any: letters
// may share an argument, and a value may follow its letter or be the next argument.
func (c *pureConf) readPureArgs(args []host.Text) (config host.Text) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if strings.HasPrefix(arg.S, host.Hole) {
			c.doubt(arg, "an argument isn't known")
			continue
		}
		next := func() host.Text {
			if i+1 < len(args) {
				i++
				return args[i]
			}
			return host.Text{}
		}
		if long, ok := strings.CutPrefix(arg.S, "--"); ok {
			name, value, hasValue := strings.Cut(long, "=")
			for _, o := range pureOptions() {
				if name != o.long {
					continue
				}
				switch {
				case !o.value:
					c.settings[o.directive] = decided("yes", arg)
				case hasValue:
					c.setArg(o.directive, arg, value)
				default:
					v := next()
					c.setArg(o.directive, v, v.S)
				}
			}
			continue
		}
		letters, ok := strings.CutPrefix(arg.S, "-")
		if !ok {
			config = arg
			continue
		}
		for j := 0; j < len(letters); j++ {
			k := slices.IndexFunc(pureOptions(), func(o pureOption) bool { return o.letter == letters[j] })
			takes := strings.IndexByte(pureValueLetters, letters[j]) >= 0
			if !takes {
				if k >= 0 {
					c.settings[pureOptions()[k].directive] = decided("yes", arg)
				}
				continue
			}
			value := arg.Sub(j+2, len(arg.S))
			if value.S == "" {
				value = next()
			}
			if k >= 0 {
				c.setArg(pureOptions()[k].directive, value, value.S)
			}
			break
		}
	}
	return config
}

func (c *pureConf) setArg(directive string, t host.Text, value string) {
	if strings.Contains(value, host.Hole) || value == "" {
		c.settings[directive] = undecided[string](t, "the value isn't known")
		return
	}
	c.settings[directive] = decided(value, t)
}

func (c *pureConf) flag(directive string) Setting[bool] {
	return convert(c.get(directive, "no"), func(s string) bool {
		on, _ := yesNo(s)
		return on
	})
}

func (c *pureConf) server() Server {
	not := func(b bool) bool { return !b }
	anonymous := convert(c.flag("NoAnonymous"), not)
	return Server{
		Software:        PureFTPd,
		Anonymous:       anonymous,
		AnonymousUpload: allOf(anonymous, convert(c.flag("AnonymousCantUpload"), not)),
		LocalLogin:      c.localLogin(),
		TLS:             c.tls(),
		ObsoleteTLS:     c.obsolete(),
		ListenPorts:     c.listen(),
		PassivePorts:    c.passive(),
		Loopback:        c.loopback(),
		Problems:        c.problems,
	}
}

func (c *pureConf) localLogin() Setting[bool] {
	if only := c.flag("AnonymousOnly"); only.known() && only.Value {
		return convert(only, func(bool) bool { return false })
	}
	return unknown[bool](Span{}, "the authentication methods of Pure-FTPd are not read")
}

func (c *pureConf) tls() Setting[TLS] {
	s := c.get("TLS", "0")
	if !s.known() {
		return unknown[TLS](s.At, s.Source)
	}
	levels := map[string]TLS{"0": TLSNone, "1": TLSOptional, "2": TLSLogin, "3": TLSRequired}
	if _, ok := levels[s.Value]; !ok {
		return unknown[TLS](s.At, "the TLS level is none of 0 to 3")
	}
	return convert(s, func(v string) TLS { return levels[v] })
}

// obsolete returns whether old protocols are accepted; Pure-FTPd has no option for it.
func (c *pureConf) obsolete() Setting[bool] {
	if level := c.tls(); level.known() && level.Value == TLSNone {
		return convert(level, func(TLS) bool { return false })
	}
	return unknown[bool](Span{}, "which TLS versions Pure-FTPd accepts depends on its version")
}

// tlsIsCurrent reports whether a version of Pure-FTPd surely accepts no TLS before 1.2. Source: the release notes of 1.0.49,
// https://github.com/jedisct1/pure-ftpd/releases.
func tlsIsCurrent(version string) bool {
	return version != "" && !strings.Contains(version, "*") && !strings.Contains(version, host.Hole) &&
		compareVersions(upstream(version), "1.0.49") >= 0
}

// listen returns the port in Bind, which is [address][,port].
func (c *pureConf) listen() Setting[[]int] {
	s := c.get("Bind", "")
	if !s.known() {
		return unknown[[]int](s.At, s.Source)
	}
	_, port, _ := strings.Cut(s.Value, ",")
	if port == "" || port == "ftp" {
		return convert(s, func(string) []int { return []int{21} })
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return unknown[[]int](s.At, "the port is no number")
	}
	return convert(s, func(string) []int { return []int{int(n)} })
}

// loopback returns whether the address in Bind is one for the machine itself.
func (c *pureConf) loopback() Setting[bool] {
	s, ok := c.settings["Bind"]
	switch address, _, _ := strings.Cut(s.Value, ","); {
	case !ok:
		return Setting[bool]{}
	case !s.known():
		return unknown[bool](s.At, "the address at which it listens isn't known")
	default:
		return convert(s, func(string) bool { return IsLoopback(address) })
	}
}

func (c *pureConf) passive() Setting[PortRange] {
	s := c.get("PassivePortRange", "")
	if !s.known() {
		return unknown[PortRange](s.At, s.Source)
	}
	if s.Value == "" {
		return convert(s, func(string) PortRange { return anyPassive() })
	}
	ends := strings.FieldsFunc(s.Value, func(r rune) bool { return r == ':' || r == ' ' || r == '\t' })
	r, ok := parseRange(ends)
	if !ok {
		return unknown[PortRange](s.At, "the value is no range of ports")
	}
	return convert(s, func(string) PortRange { return r })
}

// parseRange parses the two ends of a range of ports.
func parseRange(ends []string) (PortRange, bool) {
	if len(ends) < 2 {
		return PortRange{}, false
	}
	first, err1 := strconv.ParseUint(ends[0], 10, 16)
	last, err2 := strconv.ParseUint(ends[1], 10, 16)
	if err1 != nil || err2 != nil || first > last || first == 0 {
		return PortRange{}, false
	}
	return PortRange{First: int(first), Last: int(last)}, true
}
