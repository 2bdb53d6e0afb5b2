package ftpd

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Vsftpd is Chris Evans's vsftpd.
const Vsftpd Software = "vsftpd"

func vsftpd() product {
	files := []host.ShippedFile{unseen(host.SUSE, "/etc/vsftpd.conf"), unseen(host.Arch, "/etc/vsftpd.conf")}
	brings := func(family host.Family, path, source string, lines ...string) {
		files = append(files, shipped(family, path, source, strings.Join(lines, "\n")))
	}
	// Package vsftpd 3.0.3-13, /etc/vsftpd.conf.
	brings(host.Debian, "/etc/vsftpd.conf", "the file of Debian's package vsftpd",
		"listen=NO", "listen_ipv6=YES", "anonymous_enable=NO", "local_enable=YES", "#write_enable=YES", "#anon_upload_enable=YES",
		"#anon_mkdir_write_enable=YES", "connect_from_port_20=YES", "pam_service_name=vsftpd", "ssl_enable=NO")
	// https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/6/html/deployment_guide/s2-ftp-servers-vsftpd
	brings(host.RedHat7, "/etc/vsftpd/vsftpd.conf", "the file of Red Hat's package vsftpd, up to version 7",
		"anonymous_enable=YES", "local_enable=YES", "write_enable=YES", "#anon_upload_enable=YES", "#anon_mkdir_write_enable=YES",
		"connect_from_port_20=YES", "listen=NO", "listen_ipv6=YES", "pam_service_name=vsftpd", "userlist_enable=YES")
	// https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/8
	brings(host.RedHat, "/etc/vsftpd/vsftpd.conf", "the file of Red Hat's package vsftpd, from version 8",
		"anonymous_enable=NO", "local_enable=YES", "write_enable=YES", "#anon_upload_enable=YES", "#anon_mkdir_write_enable=YES",
		"connect_from_port_20=YES", "listen=NO", "listen_ipv6=YES", "pam_service_name=vsftpd", "userlist_enable=YES")
	// main/vsftpd/APKBUILD of https://github.com/alpinelinux/aports installs the file of the source unchanged.
	brings(host.Alpine, "/etc/vsftpd/vsftpd.conf", "the file of Alpine's package vsftpd",
		"anonymous_enable=YES", "#local_enable=YES", "#write_enable=YES", "#anon_upload_enable=YES", "#anon_mkdir_write_enable=YES",
		"connect_from_port_20=YES", "listen=YES")
	return product{
		software: Vsftpd,
		host: host.Package{
			Names: []string{"vsftpd", "vsftpd-openrc"}, Own: map[string]host.Family{"vsftpd-openrc": host.Alpine},
			Units: []string{"vsftpd"}, Programs: []string{"vsftpd"}, Files: files,
		},
		images: []image{
			{"fauria/vsftpd", "https://github.com/fauria/docker-vsftpd", "2023-01", false, "", configureFauria},
			{"delfer/alpine-ftp-server", "https://github.com/delfer/docker-alpine-ftp-server", "2025-03", true, "", configureDelfer},
			{"garethflowers/ftp-server", "https://github.com/garethflowers/docker-ftp-server", "2026-08", true, "3.0.5", configureGareth},
		},
		imageWords: []string{"vsftpd"},
		read:       vsftpdOn,
		accounts:   true,
		fixes: Fixes{
			Anonymous: "Set anonymous_enable=NO.",
			TLS:       "Set ssl_enable=YES, force_local_logins_ssl=YES and force_local_data_ssl=YES.",
			Passive:   "Set pasv_min_port and pasv_max_port to a small range.",
		},
		release: Release{Vsftpd, "3.0.5", "2026-11-24", "https://pkgs.alpinelinux.org/package/v3.24/community/x86_64/vsftpd"},
	}
}

// vsftpdTLSIsCurrent reports whether vsftpd surely accepts no TLS before 1.2 unless an option says so. That is so since 3.0.4
// (https://security.appspot.com/vsftpd/Changelog.txt), which Alpine has since 3.16; Red Hat has its own patches in all releases
// since 8.
func vsftpdTLSIsCurrent(family host.Family, version string) bool {
	if version == "" || strings.ContainsAny(version, "*"+host.Hole) {
		return family == host.RedHat || family == host.Alpine
	}
	return compareVersions(upstream(version), "3.0.4") >= 0
}

// isVsftpdConf recognises the files that vsftpd's services read: the package's file, and on Red Hat all in its directory.
func isVsftpdConf(file string) bool {
	return file == "/etc/vsftpd.conf" || path.Dir(file) == "/etc/vsftpd" && path.Ext(file) == ".conf"
}

// vsftpdPath returns the file that the service reads.
func vsftpdPath(f host.Family) string {
	if f == host.RedHat || f == host.RedHat7 || f == host.Alpine {
		return "/etc/vsftpd/vsftpd.conf"
	}
	return "/etc/vsftpd.conf"
}

// vsftpdOn returns the servers of a machine: one for each configuration file.
func vsftpdOn(m *host.Machine, on presence) []Server {
	var configs []string
	options := map[string][]host.Line{}
	for _, r := range on.runs {
		config := ""
		var extra []host.Line
		for _, a := range r.Args {
			switch {
			case strings.HasPrefix(a.S, "-o"):
				extra = append(extra, host.Line{Text: a.Sub(2, len(a.S))})
			case strings.HasPrefix(a.S, "/") && !strings.Contains(a.S, host.Hole):
				config = a.S
			case strings.Contains(a.S, host.Hole):
				extra = append(extra, host.Line{Text: a, Doubt: "an argument isn't known"})
			}
		}
		if config == "" {
			config = vsftpdPath(m.Family)
		}
		if !slices.Contains(configs, config) {
			configs = append(configs, config)
		}
		if r.Maybe != "" && len(extra) > 0 {
			extra = []host.Line{{Text: r.By, Doubt: r.Maybe}}
		}
		options[config] = append(options[config], extra...)
	}
	for _, file := range m.Files() {
		if isVsftpdConf(file) && !slices.Contains(configs, file) && m.Spend(serverSteps) {
			configs = append(configs, file)
		}
	}
	if on.there && len(configs) == 0 {
		configs = []string{vsftpdPath(m.Family)}
	}
	var servers []Server
	for _, config := range configs {
		s := readVsftpd(append(slices.Clip(m.Content(config)), options[config]...))
		on.set(&s, config)
		if s.TLS.known() && s.ObsoleteTLS.State == Unknown && s.ObsoleteTLS.At.IsZero() && on.installed && vsftpdTLSIsCurrent(m.Family, s.Version) {
			s.ObsoleteTLS = defaultOf(false, "vsftpd's default since 3.0.4")
		}
		servers = append(servers, s)
	}
	return servers
}

// The defaults that are compiled into vsftpd: https://security.appspot.com/vsftpd/vsftpd_conf.html. Debian's manual page
// says that anonymous_enable defaults to NO, but its program (3.0.3-13) lets anonymous users in with an empty file; only
// the file that it installs says NO.
const vsftpdDefault = "vsftpd's compiled default"

// vsftpdBool reports the compiled default of those boolean options that are asked for, and whether there is such an
// option.
func vsftpdBool(option string) (value, ok bool) {
	switch option {
	case "anonymous_enable", "force_local_logins_ssl", "force_local_data_ssl", "ssl_tlsv1", "pasv_enable":
		return true, true
	case "local_enable", "write_enable", "anon_upload_enable", "anon_mkdir_write_enable", "anon_other_write_enable",
		"ssl_enable", "allow_anon_ssl", "force_anon_logins_ssl", "force_anon_data_ssl", "implicit_ssl",
		"ssl_sslv2", "ssl_sslv3", "ssl_tlsv1_1", "ssl_tlsv1_2", "no_anon_password", "guest_enable", "listen_ipv6":
		return false, true
	}
	return false, false
}

// vsftpdNumber is vsftpdBool for numbers.
func vsftpdNumber(option string) (value int, ok bool) {
	switch option {
	case "listen_port":
		return 21, true
	case "pasv_min_port", "pasv_max_port":
		return 0, true
	}
	return 0, false
}

// vsftpdConf has, for each option that is asked for, the last line that sets it, and whether that line decides.
type vsftpdConf struct {
	bools    map[string]Setting[bool]
	numbers  map[string]Setting[int]
	listen   map[string]host.Text // the addresses at which it listens, by option
	doubt    *host.Line           // the last line that may set anything
	problems []Problem
}

// readVsftpd reads the lines of a vsftpd.conf.
//
// A line is option=value without white space around the equals sign or after the value; white space before the option
// is skipped. A comment has its # in the first column. The last line of an option holds. vsftpd 3.0.3 does not start
// when a line is anything else.
func readVsftpd(content []host.Line) Server {
	conf := vsftpdConf{bools: map[string]Setting[bool]{}, numbers: map[string]Setting[int]{}, listen: map[string]host.Text{}}
	for i := range content {
		conf.read(&content[i])
	}
	return conf.server()
}

func (c *vsftpdConf) read(l *host.Line) {
	if l.Perhaps && !strings.Contains(l.S, host.Hole) {
		option, value, _ := strings.Cut(l.S, "=")
		name := strings.TrimSpace(option)
		if set, ok := c.bools[name]; ok && set.known() {
			if yes, ok := vsftpdSwitch(value); ok && yes == set.Value {
				return // so it is anyway
			}
		}
		c.decide(l.Text, name, "", l.Doubt)
		return
	}
	if l.Doubt != "" {
		clear(c.bools)
		clear(c.numbers)
		clear(c.listen)
		c.doubt = l
		return
	}
	s := l.S
	if s == "" || s[0] == '#' || strings.TrimSpace(s) == "" {
		return
	}
	option, value, found := strings.Cut(strings.TrimLeft(s, " \t\v\f\r"), "=")
	name := strings.TrimSpace(option) // as meant, even if vsftpd refuses it
	refuse := func(what string) {
		c.problems = append(c.problems, Problem{At: l.Span(), What: "vsftpd doesn't start: " + what})
		c.decide(l.Text, name, "", "vsftpd refuses the line: "+what)
	}
	switch {
	case strings.Contains(option, host.Hole):
		c.read(&host.Line{Text: l.Text, Doubt: "the name of the option isn't known"})
	case !found && strings.HasPrefix(name, "#"):
		refuse("white space before a comment")
	case !found:
		refuse("the line has no equals sign")
	case option != name:
		refuse("white space before the equals sign")
	case strings.Contains(value, host.Hole):
		c.decide(l.Text, name, "", "the value isn't known")
	case value != strings.TrimSpace(value) && isVsftpdOption(name):
		refuse("white space around the value")
	default:
		c.decide(l.Text, name, value, "")
	}
}

func isVsftpdOption(name string) bool {
	_, isBool := vsftpdBool(name)
	_, isNumber := vsftpdNumber(name)
	return isBool || isNumber
}

// decide records a line: the value of an option, or why it isn't known.
func (c *vsftpdConf) decide(t host.Text, name, value, why string) {
	if _, ok := vsftpdNumber(name); ok {
		// vsftpd reads a number with a leading zero as octal, and stops at the first character that is no digit.
		n, err := strconv.ParseUint(value, 0, 16)
		switch {
		case why != "":
			c.numbers[name] = undecided[int](t, why)
		case err != nil || value != strings.Trim(value, "_xXoObB"):
			c.numbers[name] = undecided[int](t, "the value is no port number")
		default:
			c.numbers[name] = decided(int(n), t)
		}
	}
	if name == "listen_address" || name == "listen_address6" {
		switch {
		case why != "":
			c.listen[name] = t.Decode(host.Hole)
		default:
			c.listen[name] = t.Sub(len(t.S)-len(value), len(t.S))
		}
	}
	if _, ok := vsftpdBool(name); !ok {
		return
	}
	if why != "" {
		c.bools[name] = undecided[bool](t, why)
		return
	}
	if yes, ok := vsftpdSwitch(value); ok {
		c.bools[name] = decided(yes, t)
		return
	}
	why = "vsftpd doesn't start: the value is neither YES nor NO"
	c.problems = append(c.problems, Problem{At: t.Span(), What: why})
	c.bools[name] = undecided[bool](t, why)
}

// vsftpdSwitch returns what the value of a boolean option means; false if it is none.
func vsftpdSwitch(value string) (yes, ok bool) {
	switch strings.ToUpper(value) {
	case "YES", "TRUE", "1":
		return true, true
	case "NO", "FALSE", "0":
		return false, true
	}
	return false, false
}

func (c *vsftpdConf) bool(option string) Setting[bool] {
	if s, ok := c.bools[option]; ok {
		return s
	}
	if c.doubt != nil {
		return undecided[bool](c.doubt.Text, c.doubt.Doubt)
	}
	value, _ := vsftpdBool(option)
	return defaultOf(value, vsftpdDefault)
}

func (c *vsftpdConf) number(option string) Setting[int] {
	if s, ok := c.numbers[option]; ok {
		return s
	}
	if c.doubt != nil {
		return undecided[int](c.doubt.Text, c.doubt.Doubt)
	}
	value, _ := vsftpdNumber(option)
	return defaultOf(value, vsftpdDefault)
}

func (c *vsftpdConf) server() Server {
	s := Server{
		Software:        Vsftpd,
		Anonymous:       c.bool("anonymous_enable"),
		AnonymousUpload: c.anonymousUpload(),
		LocalLogin:      c.bool("local_enable"),
		TLS:             c.tls(),
		ObsoleteTLS:     c.obsolete(),
		ListenPorts:     convert(c.number("listen_port"), func(n int) []int { return []int{n} }),
		PassivePorts:    c.passive(),
		Loopback:        c.loopback(),
		Problems:        c.problems,
	}
	return s
}

// loopback returns whether vsftpd listens for its own machine only. listen_address counts for the socket of IPv4, and
// listen_address6 for that of IPv6, of which there is one.
func (c *vsftpdConf) loopback() Setting[bool] {
	at := func(option string) Setting[bool] {
		if address, ok := c.listen[option]; ok {
			return loopback(address)
		}
		return defaultOf(false, vsftpdDefault)
	}
	v4, v6, on6 := at("listen_address"), at("listen_address6"), c.bool("listen_ipv6")
	switch {
	case len(c.listen) == 0:
		return Setting[bool]{}
	case on6.known() && on6.Value:
		return v6
	case on6.known():
		return v4
	}
	v4.merge(&v6, "whether it listens at its address of IPv6 isn't known")
	return v4
}

// anonymousUpload returns whether anonymous users may write: writing must be allowed in general, and one of the ways in which
// they write.
func (c *vsftpdConf) anonymousUpload() Setting[bool] {
	return allOf(c.bool("anonymous_enable"), c.bool("write_enable"), anyOf(c.bool("anon_upload_enable"),
		c.bool("anon_mkdir_write_enable"), c.bool("anon_other_write_enable")))
}

// tls returns the TLS level. The force options count only with ssl_enable. Anonymous sessions may stay in clear text unless
// they are forced, too; whether there are any is another question.
func (c *vsftpdConf) tls() Setting[TLS] {
	login := anyOf(c.bool("force_local_logins_ssl"), c.bool("implicit_ssl"))
	required := allOf(c.bool("ssl_enable"), login, c.bool("force_local_data_ssl"))
	protected := allOf(c.bool("ssl_enable"), login)
	return levelOf(c.bool("ssl_enable"), protected, required)
}

// obsolete returns whether old protocols are accepted. In vsftpd 3.0.3 and before, ssl_tlsv1 stands for all versions of TLS,
// later only for 1.0; so it decides only if SSL is on by name.
func (c *vsftpdConf) obsolete() Setting[bool] {
	offered := c.bool("ssl_enable")
	if offered.known() && !offered.Value {
		return offered
	}
	ssl := allOf(offered, anyOf(c.bool("ssl_sslv2"), c.bool("ssl_sslv3"), c.bool("ssl_tlsv1_1")))
	if !ssl.known() || ssl.Value {
		return ssl
	}
	v1 := c.bool("ssl_tlsv1")
	if v1.known() && !v1.Value {
		return v1
	}
	return unknown[bool](v1.At, "what ssl_tlsv1 stands for depends on the version of vsftpd")
}

// passive returns the passive ports. 0, or a port below 1024, leaves an end of the range open.
func (c *vsftpdConf) passive() Setting[PortRange] {
	enabled, first, last := c.bool("pasv_enable"), c.number("pasv_min_port"), c.number("pasv_max_port")
	if enabled.known() && !enabled.Value {
		return convert(enabled, func(bool) PortRange { return PortRange{} })
	}
	if !enabled.known() {
		return unknown[PortRange](enabled.At, enabled.Source)
	}
	return rangeOf(first, last, func(first, last int) PortRange {
		r := PortRange{First: max(first, firstUserPort), Last: last}
		if last < firstUserPort || last < r.First {
			r.Last = math.MaxUint16
		}
		return r
	})
}

// firstUserPort is the first port that an unprivileged process may use.
const firstUserPort = 1024

// anyPassive returns the range of a server that isn't confined to one: the system picks an unprivileged port.
func anyPassive() PortRange { return PortRange{First: firstUserPort, Last: math.MaxUint16} }

// rangeOf makes a range from the settings of its ends.
func rangeOf(first, last Setting[int], make func(first, last int) PortRange) Setting[PortRange] {
	if !first.known() {
		return unknown[PortRange](first.At, first.Source)
	}
	r := last
	if last.State == Default {
		r = first
	}
	if !last.known() {
		return unknown[PortRange](last.At, last.Source)
	}
	return convert(r, func(int) PortRange { return make(first.Value, last.Value) })
}

// allOf returns the conjunction of settings. The first one that is false decides it, else the first unknown one, else the last
// one that the text sets.
func allOf(settings ...Setting[bool]) Setting[bool] {
	return combine(false, settings)
}

// anyOf returns the disjunction of settings.
func anyOf(settings ...Setting[bool]) Setting[bool] {
	return combine(true, settings)
}

func combine(decides bool, settings []Setting[bool]) Setting[bool] {
	result := settings[0]
	for _, s := range settings {
		switch {
		case s.known() && s.Value == decides:
			return s
		case !result.known():
		case !s.known() || s.State == Known:
			result = s
		}
	}
	return result
}
