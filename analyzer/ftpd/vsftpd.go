package ftpd

import (
	"math"
	"strconv"
	"strings"
)

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
		"ssl_sslv2", "ssl_sslv3", "ssl_tlsv1_1", "ssl_tlsv1_2", "no_anon_password", "guest_enable":
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

// vsftpdConf is what a vsftpd.conf says of the options that are asked for: for each the last line that sets it, and
// whether that decides.
type vsftpdConf struct {
	bools    map[string]Setting[bool]
	numbers  map[string]Setting[int]
	doubt    *line // the last line that may set anything
	problems []Problem
}

// readVsftpd reads the lines of a vsftpd.conf.
//
// A line is option=value without white space around the equals sign or after the value; white space before the option
// is skipped. A comment has its # in the first column. The last line of an option holds. vsftpd 3.0.3 does not start
// when a line is anything else.
func readVsftpd(content []line) Server {
	conf := vsftpdConf{bools: map[string]Setting[bool]{}, numbers: map[string]Setting[int]{}}
	for i := range content {
		conf.read(&content[i])
	}
	return conf.server()
}

func (c *vsftpdConf) read(l *line) {
	if l.doubt != "" {
		clear(c.bools)
		clear(c.numbers)
		c.doubt = l
		return
	}
	s := l.s
	if s == "" || s[0] == '#' || strings.TrimSpace(s) == "" {
		return
	}
	option, value, found := strings.Cut(strings.TrimLeft(s, " \t\v\f\r"), "=")
	name := strings.TrimSpace(option) // as meant, even if vsftpd refuses it
	refuse := func(what string) {
		c.problems = append(c.problems, Problem{At: l.span(), What: "vsftpd doesn't start: " + what})
		c.decide(l.text, name, "", "vsftpd refuses the line: "+what)
	}
	switch {
	case strings.Contains(option, Hole):
		c.read(&line{text: l.text, doubt: "the name of the option isn't known"})
	case !found && strings.HasPrefix(name, "#"):
		refuse("white space before a comment")
	case !found:
		refuse("the line has no equals sign")
	case option != name:
		refuse("white space before the equals sign")
	case strings.Contains(value, Hole):
		c.decide(l.text, name, "", "the value isn't known")
	case value != strings.TrimSpace(value) && isVsftpdOption(name):
		refuse("white space around the value")
	default:
		c.decide(l.text, name, value, "")
	}
}

func isVsftpdOption(name string) bool {
	_, isBool := vsftpdBool(name)
	_, isNumber := vsftpdNumber(name)
	return isBool || isNumber
}

// decide notes a line: the value of an option, or why it isn't known.
func (c *vsftpdConf) decide(t text, name, value, why string) {
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
	if _, ok := vsftpdBool(name); !ok {
		return
	}
	if why != "" {
		c.bools[name] = undecided[bool](t, why)
		return
	}
	switch strings.ToUpper(value) {
	case "YES", "TRUE", "1":
		c.bools[name] = decided(true, t)
	case "NO", "FALSE", "0":
		c.bools[name] = decided(false, t)
	default:
		why := "vsftpd doesn't start: the value is neither YES nor NO"
		c.problems = append(c.problems, Problem{At: t.span(), What: why})
		c.bools[name] = undecided[bool](t, why)
	}
}

func (c *vsftpdConf) bool(option string) Setting[bool] {
	if s, ok := c.bools[option]; ok {
		return s
	}
	if c.doubt != nil {
		return undecided[bool](c.doubt.text, c.doubt.doubt)
	}
	value, _ := vsftpdBool(option)
	return defaultOf(value, vsftpdDefault)
}

func (c *vsftpdConf) number(option string) Setting[int] {
	if s, ok := c.numbers[option]; ok {
		return s
	}
	if c.doubt != nil {
		return undecided[int](c.doubt.text, c.doubt.doubt)
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
		Problems:        c.problems,
	}
	return s
}

// anonymousUpload: writing has to be allowed at all, and then one of the ways in which anonymous users write.
func (c *vsftpdConf) anonymousUpload() Setting[bool] {
	return allOf(c.bool("anonymous_enable"), c.bool("write_enable"), anyOf(c.bool("anon_upload_enable"),
		c.bool("anon_mkdir_write_enable"), c.bool("anon_other_write_enable")))
}

// tls: the force options apply with ssl_enable only. Anonymous sessions may stay in the clear, unless they are forced
// too; they are left to the question whether there are any.
func (c *vsftpdConf) tls() Setting[TLS] {
	login := anyOf(c.bool("force_local_logins_ssl"), c.bool("implicit_ssl"))
	required := allOf(c.bool("ssl_enable"), login, c.bool("force_local_data_ssl"))
	protected := allOf(c.bool("ssl_enable"), login)
	return levelOf(c.bool("ssl_enable"), protected, required)
}

// obsolete: in vsftpd 3.0.3 and before ssl_tlsv1 stands for all versions of TLS, later only for 1.0, so it decides only
// when SSL is on by name.
func (c *vsftpdConf) obsolete() Setting[bool] {
	offered := c.bool("ssl_enable")
	if offered.known() && !offered.Value {
		return offered
	}
	ssl := allOf(offered, anyOf(c.bool("ssl_sslv2"), c.bool("ssl_sslv3"), c.bool("ssl_tlsv1_1")))
	if !ssl.known() || ssl.Value {
		return ssl
	}
	if v1 := c.bool("ssl_tlsv1"); v1.known() && !v1.Value {
		return v1
	}
	return unknown[bool](Span{}, "what ssl_tlsv1 stands for depends on the version of vsftpd")
}

// passive: 0, or a port below 1024, leaves an end of the range open.
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

// firstUserPort is the first port that a process needs no privilege for.
const firstUserPort = 1024

// anyPassive is the range of a server that isn't confined to one: the system picks among its unprivileged ports.
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

// allOf is the conjunction of settings: the first that is false decides it, or else the first that is unknown, or else
// the last that the text sets.
func allOf(settings ...Setting[bool]) Setting[bool] {
	return combine(false, settings)
}

// anyOf is their disjunction.
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
