package ftpd

import (
	"slices"
	"strconv"
	"strings"
)

// The defaults of IIS: https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/site/ftpserver/.
const iisDefault = "IIS's default"

// psCommand is a command of a PowerShell script.
type psCommand struct {
	words []text // without quotes; an expression is a Hole
	by    text
	// inside a block, which may run never or often.
	inside bool
}

func (c psCommand) name() string { return strings.ToLower(c.words[0].s) }

// parameter returns the value of a parameter, which may be shortened, or that of a position if the command has such.
func (c psCommand) parameter(name string) (text, bool) {
	for i, w := range c.words {
		p, ok := strings.CutPrefix(strings.ToLower(w.s), "-")
		p, inline, hasInline := strings.Cut(p, ":")
		if !ok || p == "" || !strings.HasPrefix(name, p) || len(p) < 2 && len(name) > 1 {
			continue
		}
		if hasInline && inline != "" {
			return w.sub(len(w.s)-len(inline), len(w.s)), true
		}
		if i+1 < len(c.words) {
			return c.words[i+1], true
		}
	}
	return text{}, false
}

// parsePowerShell splits a script into its commands. It knows comments, strings, here-strings, line continuations and
// blocks; what else the language has ends up in holes.
func parsePowerShell(t text) []psCommand {
	var commands []psCommand
	var words []text
	depth, start := 0, 0
	flush := func(end int) {
		if len(words) > 0 {
			commands = append(commands, psCommand{words: words, by: t.sub(start, end).trim(), inside: depth > 0})
		}
		words, start = nil, end+1
	}
	s := t.s
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '#' && (len(words) == 0 || strings.IndexByte(" \t", s[i-1]) >= 0):
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				end = len(s) - i
			}
			i += end
		case strings.HasPrefix(s[i:], "<#"):
			end := strings.Index(s[i:], "#>")
			if end < 0 {
				end = len(s) - i - 2
			}
			i += end + 2
		case c == '`' && i+1 < len(s) && (s[i+1] == '\n' || s[i+1] == '\r'):
			i++
			for i < len(s) && (s[i] == '\n' || s[i] == '\r') {
				i++
			}
		case c == '\n' || c == ';' || c == '|':
			flush(i)
			i++
		case c == '{':
			flush(i)
			depth++
			i++
		case c == '}':
			flush(i)
			depth = max(0, depth-1)
			i++
		case c == ' ' || c == '\t' || c == '\r' || c == ',':
			i++
		default:
			end, value := psWord(s, i)
			word := t.sub(i, end)
			if value != word.s {
				word = word.decode(value)
			}
			words = append(words, word)
			i = end
		}
	}
	flush(len(s))
	return commands
}

// psWord returns the end of the word that starts at i, and its value. It takes at least one byte.
func psWord(s string, i int) (end int, value string) {
	for _, here := range []string{"@'", `@"`} {
		if strings.HasPrefix(s[i:], here) {
			close := strings.Index(s[i:], "\n"+here[1:]+"@")
			if close < 0 {
				return len(s), Hole
			}
			return i + close + 3, Hole
		}
	}
	var b strings.Builder
	for end = i; end < len(s); {
		switch c := s[end]; {
		case c == '\'' || c == '"':
			close := end + 1
			for close < len(s) && s[close] != c {
				if s[close] == '`' && c == '"' {
					close++
				}
				close++
			}
			close = min(close, len(s))
			body := s[end+1 : close]
			if c == '"' && strings.ContainsAny(body, "$`") {
				body = Hole
			}
			b.WriteString(body)
			end = min(close+1, len(s))
		case c == '(' || c == ')' || c == '@':
			b.WriteString(Hole)
			end++
		case strings.IndexByte(" \t\r\n;|{},", c) >= 0:
			return max(end, i+1), b.String()
		case c == '$':
			name := end + 1
			for name < len(s) && strings.IndexByte(" \t\r\n;|{},()'\"", s[name]) < 0 {
				name++
			}
			switch variable := strings.ToLower(s[end:name]); variable {
			case "$true", "$false":
				b.WriteString(variable[1:])
			default:
				b.WriteString(Hole)
			}
			end = max(name, end+1)
		default:
			b.WriteByte(c)
			end++
		}
	}
	return max(end, i+1), b.String()
}

// iisSite is an FTP site of IIS, or what is set for all of them.
type iisSite struct {
	name  string
	by    text
	port  Setting[int]
	maybe string
	props map[string]Setting[string] // by path below ftpServer, lower case
}

// iis is what scripts do to the FTP service of IIS.
type iis struct {
	feature *psCommand
	sites   []*iisSite
	all     iisSite
	doubt   *psCommand
}

func newIIS() iis { return iis{all: iisSite{props: map[string]Setting[string]{}}} }

// runPowerShell carries out the commands of a script that set up the FTP service of IIS: the feature
// (Install-WindowsFeature Web-Ftp-Server), New-WebFtpSite, and properties set by Set-ItemProperty and
// Set-WebConfigurationProperty. What is in a block is uncertain.
func (m *machine) runPowerShell(t text) {
	r := &m.iis
	commands := parsePowerShell(t)
	if !m.spend(len(commands)) {
		return
	}
	for i := range commands {
		c := &commands[i]
		switch c.name() {
		case "install-windowsfeature", "add-windowsfeature", "enable-windowsoptionalfeature":
			for _, w := range c.words[1:] {
				switch strings.ToLower(w.s) {
				case "web-ftp-server", "web-ftp-service", "iis-ftpserver", "iis-ftpsvc":
					r.feature = c
				}
			}
		case "new-webftpsite":
			r.addSite(c)
		case "set-itemproperty", "set-webconfigurationproperty", "set-webconfiguration":
			r.setProperty(c)
		default:
			if lower := strings.ToLower(c.by.s); strings.Contains(lower, "appcmd") && strings.Contains(lower, "ftp") ||
				strings.Contains(lower, "ftpserver") {
				r.doubt = c
			}
		}
	}
}

func (r *iis) addSite(c *psCommand) {
	name, _ := c.parameter("name")
	site := &iisSite{name: name.s, by: c.by, port: defaultOf(21, iisDefault), props: map[string]Setting[string]{}}
	if strings.Contains(site.name, Hole) {
		site.name = ""
	}
	if port, ok := c.parameter("port"); ok {
		site.port = undecided[int](port, "the port isn't known")
		if n, err := strconv.ParseUint(port.s, 10, 16); err == nil {
			site.port = decided(int(n), port)
		}
	}
	if c.inside {
		site.maybe = "the command is in a block"
	}
	r.sites = append(r.sites, site)
}

// setProperty notes a property below ftpServer, of one site, or of all.
func (r *iis) setProperty(c *psCommand) {
	name, _ := c.parameter("name")
	filter, _ := c.parameter("filter")
	value, _ := c.parameter("value")
	where, hasPath := c.parameter("path")
	if p, ok := c.parameter("pspath"); ok {
		where, hasPath = p, true
	}
	if !hasPath && len(c.words) > 1 && !strings.HasPrefix(c.words[1].s, "-") {
		where = c.words[1]
	}
	property := strings.ToLower(strings.ReplaceAll(filter.s+"."+name.s, "/", "."))
	i := strings.LastIndex(property, "ftpserver.")
	if i < 0 {
		if strings.Contains(strings.ToLower(c.by.s), "ftpserver") {
			r.doubt = c
		}
		return
	}
	property = strings.Trim(property[i+len("ftpserver."):], ".")
	setting := decided(value.s, c.by)
	switch {
	case strings.Contains(property, Hole):
		r.doubt = c
		return
	case c.inside:
		setting = undecided[string](c.by, "the command is in a block")
	case strings.Contains(value.s, Hole):
		setting = undecided[string](c.by, "the value isn't known")
	}
	site := strings.ToLower(where.s)
	if _, after, ok := strings.Cut(site, `sites\`); ok && !strings.Contains(after, Hole) {
		for _, s := range r.sites {
			if strings.EqualFold(s.name, after) {
				s.props[property] = setting
				return
			}
		}
	}
	if strings.Contains(filter.s, "[") || strings.Contains(where.s, Hole) {
		switch len(r.sites) {
		case 0:
			r.doubt = c
		case 1:
			r.sites[0].props[property] = setting
		default:
			for _, s := range r.sites {
				s.props[property] = undecided[string](c.by, "which site the command is about isn't known")
			}
		}
		return
	}
	r.all.props[property] = setting
}

func (r *iis) servers() []Server {
	sites := r.sites
	if len(sites) == 0 && (r.feature != nil || len(r.all.props) > 0 || r.doubt != nil) {
		site := &iisSite{maybe: "the script creates no FTP site", port: unknown[int](Span{}, "the script creates no FTP site")}
		switch {
		case r.feature != nil:
			site.by = r.feature.by
		case r.doubt != nil:
			site.by = r.doubt.by
		}
		sites = []*iisSite{site}
	}
	servers := make([]Server, len(sites))
	for i, site := range sites {
		servers[i] = r.server(site)
	}
	return servers
}

func (r *iis) get(site *iisSite, property, fallback string) Setting[string] {
	for _, props := range []map[string]Setting[string]{site.props, r.all.props} {
		if s, ok := props[property]; ok {
			return s
		}
	}
	if r.doubt != nil {
		return undecided[string](r.doubt.by, "the command is not understood")
	}
	return defaultOf(fallback, iisDefault)
}

func (r *iis) server(site *iisSite) Server {
	anonymous := convert(r.get(site, "security.authentication.anonymousauthentication.enabled", "false"), func(s string) bool {
		return strings.EqualFold(s, "true") || s == "1"
	})
	upload := unknown[bool](Span{}, "the authorization rules of IIS are not read")
	if anonymous.known() && !anonymous.Value {
		upload = anonymous
	}
	s := Server{
		Software: IIS, Name: site.name, Present: decided(true, site.by),
		Anonymous: anonymous, AnonymousUpload: upload,
		LocalLogin: convert(r.get(site, "security.authentication.basicauthentication.enabled", "false"), func(s string) bool {
			return strings.EqualFold(s, "true") || s == "1"
		}),
		TLS:          r.tls(site),
		ObsoleteTLS:  unknown[bool](Span{}, "which TLS versions IIS accepts depends on Windows"),
		ListenPorts:  convert(site.port, func(n int) []int { return []int{n} }),
		PassivePorts: r.passive(),
	}
	if s.Name == "" {
		s.Name = IIS.String()
	}
	if site.maybe != "" {
		s.Present = undecided[bool](site.by, site.maybe)
	}
	return s
}

// tls: https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/site/ftpserver/security/ssl. Both
// policies are SslRequire by default.
func (r *iis) tls(site *iisSite) Setting[TLS] {
	control := r.get(site, "security.ssl.controlchannelpolicy", "SslRequire")
	data := r.get(site, "security.ssl.datachannelpolicy", "SslRequire")
	if !control.known() {
		return unknown[TLS](control.At, control.Source)
	}
	policy := func(s string) int {
		return slices.Index([]string{"sslallow", "sslrequire", "sslrequirecredentialsonly", "ssldeny"}, strings.ToLower(s))
	}
	controls := map[string]TLS{"0": TLSOptional, "1": TLSLogin, "2": TLSLogin}
	level, ok := controls[control.Value]
	if n := policy(control.Value); !ok && n >= 0 {
		level, ok = controls[strconv.Itoa(n)], n < 3
	}
	switch {
	case !ok:
		return unknown[TLS](control.At, "the policy isn't known")
	case level == TLSOptional:
		return convert(control, func(string) TLS { return level })
	case !data.known():
		return unknown[TLS](data.At, data.Source)
	}
	// Of the data channel's policies 1 requires it, and the others don't.
	if data.Value == "1" || policy(data.Value) == 1 {
		level = TLSRequired
	}
	if control.State == Default {
		return convert(data, func(string) TLS { return level })
	}
	return convert(control, func(string) TLS { return level })
}

// passive: https://learn.microsoft.com/iis/configuration/system.ftpserver/firewallsupport; 0 leaves it to Windows.
func (r *iis) passive() Setting[PortRange] {
	number := func(property string) Setting[int] {
		s := r.get(&r.all, "firewallsupport."+property, "0")
		n, err := strconv.ParseUint(s.Value, 10, 16)
		if s.known() && err != nil {
			return unknown[int](s.At, "the value is no port number")
		}
		return convert(s, func(string) int { return int(n) })
	}
	return rangeOf(number("lowdatachannelport"), number("highdatachannelport"), func(first, last int) PortRange {
		if first == 0 || last == 0 || last < first {
			return anyPassive()
		}
		return PortRange{First: first, Last: last}
	})
}
