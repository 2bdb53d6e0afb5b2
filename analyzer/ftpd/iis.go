package ftpd

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// IIS is the FTP service of Microsoft's Internet Information Services.
const IIS Software = "IIS FTP"

func iisFTP() product {
	return product{
		software: IIS,
		read:     iisOn,
		accounts: true,
		fixes: Fixes{
			Anonymous: "Turn anonymousAuthentication of the site off.",
			TLS:       "Set controlChannelPolicy and dataChannelPolicy of the site to SslRequire.",
		},
	}
}

// The defaults of IIS: https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/site/ftpserver/.
const iisDefault = "IIS's default"

// iisSite is an FTP site of IIS, or the settings for all sites.
type iisSite struct {
	name string
	by   host.Text
	port Setting[int]
	// loopback is whether its address is one for the machine itself; zero if it has none.
	loopback Setting[bool]
	maybe    string
	props    map[string]Setting[string] // by path below ftpServer, lower case
}

// iis collects what scripts do to the FTP service of IIS.
type iis struct {
	feature *host.Cmdlet
	sites   []*iisSite
	all     iisSite
	doubt   *host.Cmdlet
}

// iisOn carries out the PowerShell commands that set up the FTP service: the feature (Install-WindowsFeature Web-Ftp-Server),
// New-WebFtpSite, and properties by Set-ItemProperty and Set-WebConfigurationProperty. A command in a block is uncertain.
func iisOn(m *host.Machine, _ presence) []Server {
	r := iis{all: iisSite{props: map[string]Setting[string]{}}}
	for i := range m.Cmdlets {
		if m.Spend(1) {
			r.command(&m.Cmdlets[i])
		}
	}
	return r.servers()
}

func (r *iis) command(c *host.Cmdlet) {
	switch c.Name() {
	case "install-windowsfeature", "add-windowsfeature", "enable-windowsoptionalfeature":
		if slices.ContainsFunc(c.Words, func(w host.Text) bool { return isFTPFeature(w.S) }) {
			r.feature = c
		}
	case "dism":
		if lower := strings.ToLower(c.By.S); strings.Contains(lower, "enable-feature") && strings.Contains(lower, "iis-ftp") {
			r.feature = c
		}
	case "new-webftpsite":
		r.addSite(c)
	case "new-item":
		r.addItem(c)
	case "set-itemproperty", "set-webconfigurationproperty", "set-webconfiguration":
		r.setProperty(c)
	default:
		// What a configuration of DSC lists: WindowsFeature NAME { Name = 'Web-Ftp-Server' }.
		if c.Inside && slices.ContainsFunc(c.Words, func(w host.Text) bool { return isFTPFeature(w.S) }) {
			r.feature = c
		}
		if lower := strings.ToLower(c.By.S); strings.Contains(lower, "appcmd") && strings.Contains(lower, "ftp") ||
			strings.Contains(lower, "ftpserver") {
			r.doubt = c
		}
	}
}

func isFTPFeature(word string) bool {
	switch strings.ToLower(strings.Trim(word, `"'`)) {
	case "web-ftp-server", "web-ftp-service", "iis-ftpserver", "iis-ftpsvc":
		return true
	}
	return false
}

// addItem adds a site that is made as an item of the drive IIS:, if one of its bindings is FTP.
func (r *iis) addItem(c *host.Cmdlet) {
	where, ok := c.Parameter("path")
	if !ok && len(c.Words) > 1 {
		where = c.Words[1]
	}
	_, name, ok := strings.Cut(strings.ToLower(strings.ReplaceAll(where.S, "/", `\`)), `sites\`)
	bindings, bound := c.Parameter("bindings")
	if !ok || !bound {
		return
	}
	name = where.S[len(where.S)-len(name):]
	site := &iisSite{name: name, by: c.By, port: undecided[int](bindings, "the port isn't known"), props: map[string]Setting[string]{}}
	table := host.HashTable(bindings)
	switch protocol := table["protocol"].S; {
	case table == nil || strings.Contains(protocol, host.Hole):
		site.maybe = "the bindings of the site aren't known"
	case !strings.EqualFold(protocol, "ftp"):
		return
	}
	if parts := strings.Split(table["bindinginformation"].S, ":"); len(parts) >= 2 {
		if n, err := strconv.ParseUint(parts[1], 10, 16); err == nil {
			site.port = decided(int(n), bindings)
		}
		site.loopback = loopback(bindings.Decode(strings.Join(parts[:len(parts)-2], ":")))
	}
	if c.Inside {
		site.maybe = "the command is in a block"
	}
	r.sites = append(r.sites, site)
}

func (r *iis) addSite(c *host.Cmdlet) {
	name, _ := c.Parameter("name")
	site := &iisSite{name: name.S, by: c.By, port: defaultOf(21, iisDefault), props: map[string]Setting[string]{}}
	if strings.Contains(site.name, host.Hole) {
		site.name = ""
	}
	if port, ok := c.Parameter("port"); ok {
		site.port = undecided[int](port, "the port isn't known")
		if n, err := strconv.ParseUint(port.S, 10, 16); err == nil {
			site.port = decided(int(n), port)
		}
	}
	if address, ok := c.Parameter("ipaddress"); ok {
		site.loopback = loopback(address)
	}
	if c.Inside {
		site.maybe = "the command is in a block"
	}
	r.sites = append(r.sites, site)
}

// setProperty records a property below ftpServer, of one site or of all. A hash table sets several.
func (r *iis) setProperty(c *host.Cmdlet) {
	name, _ := c.Parameter("name")
	filter, _ := c.Parameter("filter")
	value, _ := c.Parameter("value")
	property := strings.ToLower(strings.ReplaceAll(filter.S+"."+name.S, "/", "."))
	i := strings.LastIndex(property, "ftpserver.")
	if i < 0 {
		if strings.Contains(strings.ToLower(c.By.S), "ftpserver") {
			r.doubt = c
		}
		return
	}
	property = strings.Trim(property[i+len("ftpserver."):], ".")
	if strings.Contains(property, host.Hole) {
		r.doubt = c
		return
	}
	table := host.HashTable(value)
	for _, entry := range slices.Sorted(maps.Keys(table)) {
		r.assign(c, property+"."+entry, table[entry])
	}
	if table == nil {
		r.assign(c, property, value)
	}
}

// assign records the value of a property.
func (r *iis) assign(c *host.Cmdlet, property string, value host.Text) {
	filter, _ := c.Parameter("filter")
	where, hasPath := c.Parameter("path")
	if p, ok := c.Parameter("pspath"); ok {
		where, hasPath = p, true
	}
	if !hasPath && len(c.Words) > 1 && !strings.HasPrefix(c.Words[1].S, "-") {
		where = c.Words[1]
	}
	setting := decided(value.S, c.By)
	switch {
	case c.Inside:
		setting = undecided[string](c.By, "the command is in a block")
	case strings.Contains(value.S, host.Hole):
		setting = undecided[string](c.By, "the value isn't known")
	}
	site := strings.ToLower(strings.ReplaceAll(where.S, "/", `\`))
	if _, after, ok := strings.Cut(site, `sites\`); ok && !strings.Contains(after, host.Hole) {
		for _, s := range r.sites {
			if strings.EqualFold(s.name, after) {
				s.props[property] = setting
				return
			}
		}
	}
	if strings.Contains(filter.S, "[") || strings.Contains(where.S, host.Hole) {
		switch len(r.sites) {
		case 0:
			r.doubt = c
		case 1:
			r.sites[0].props[property] = setting
		default:
			for _, s := range r.sites {
				s.props[property] = undecided[string](c.By, "which site the command is about isn't known")
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
			site.by = r.feature.By
		case r.doubt != nil:
			site.by = r.doubt.By
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
		return undecided[string](r.doubt.By, "the command is not understood")
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
		Loopback:     site.loopback,
	}
	if s.Name == "" {
		s.Name = IIS.String()
	}
	if site.maybe != "" {
		s.Present = undecided[bool](site.by, site.maybe)
	}
	return s
}

// tls returns the TLS level:
// https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/site/ftpserver/security/ssl. Both policies are
// SslRequire by default.
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

// passive returns the passive ports: https://learn.microsoft.com/iis/configuration/system.ftpserver/firewallsupport; 0 leaves
// them to Windows.
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
