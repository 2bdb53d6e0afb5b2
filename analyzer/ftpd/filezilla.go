package ftpd

import (
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// FileZilla is FileZilla Server.
const FileZilla Software = "FileZilla Server"

func fileZilla() product {
	return product{
		software: FileZilla,
		host: host.Package{
			// https://community.chocolatey.org/packages/filezilla.server
			Names: []string{"filezilla.server", "filezilla-server"}, Programs: []string{"filezilla-server"},
		},
		read:    fileZillaOn,
		release: Release{FileZilla, "1.12.0", "2026-11-24", "https://filezilla-project.org/versions.php?type=server"},
	}
}

// fileZillaOn returns the servers of a machine: one for each configuration.
func fileZillaOn(m *host.Machine, on presence) []Server {
	var servers []Server
	for _, file := range m.Files() {
		if !isFileZilla(file) || !m.Spend(serverSteps) {
			continue
		}
		lines, _ := m.Written(file)
		s, ok := readFileZilla(host.Content(lines))
		if i := slices.IndexFunc(lines, func(l host.Line) bool { return l.Doubt != "" }); i >= 0 {
			s, ok = unreadServer(FileZilla, lines[i].Doubt), true
		}
		if ok {
			on.set(&s, file)
			servers = append(servers, s)
		}
	}
	if on.there && len(servers) == 0 {
		s := unreadServer(FileZilla, "its configuration isn't in the text")
		on.set(&s, "")
		servers = append(servers, s)
	}
	return servers
}

// isFileZilla recognises the files of FileZilla Server: "FileZilla Server.xml" up to version 0.9, and settings.xml since 1.0.
func isFileZilla(file string) bool {
	file = strings.ReplaceAll(file, `\`, "/")
	return path.Base(file) == "FileZilla Server.xml" ||
		path.Base(file) == "settings.xml" && strings.Contains(strings.ToLower(file), "filezilla")
}

const fileZillaDefault = "FileZilla Server's default"

// readFileZilla reads the configuration of FileZilla Server; the second result is false if the text isn't one.
func readFileZilla(t host.Text) (Server, bool) {
	root, ok := parseXML(t)
	switch {
	case ok && root.name == "FileZillaServer":
		return readFileZilla0(root), true
	case ok && root.name == "filezilla":
		return readFileZilla1(root)
	}
	return Server{}, false
}

// element is an XML element.
type element struct {
	name  string
	attrs map[string]string
	text  []byte
	by    host.Text
	in    []*element
}

func (e *element) child(name string) *element {
	for _, c := range e.in {
		if c.name == name {
			return c
		}
	}
	return &element{}
}

func (e *element) value() string { return strings.TrimSpace(string(e.text)) }

// parseXML returns the root element of a document.
func parseXML(t host.Text) (*element, bool) {
	d := xml.NewDecoder(strings.NewReader(t.S))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	open := []*element{{}}
	for {
		start := int(d.InputOffset())
		token, err := d.Token()
		if err != nil {
			if len(open) == 1 && len(open[0].in) == 1 && err == io.EOF { //nolint:errorlint // Decoder.Token returns it unwrapped
				return open[0].in[0], true
			}
			return nil, false
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) > host.MaxNesting {
				return nil, false
			}
			e := &element{name: token.Name.Local, attrs: map[string]string{}, by: t.Sub(start, int(d.InputOffset()))}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			top.in = append(top.in, e)
			open = append(open, e)
		case xml.CharData:
			top.text = append(top.text, token...)
			if v := t.Sub(start, int(d.InputOffset())).Trim(); v.S != "" && len(open) > 1 {
				top.by = v
			}
		case xml.EndElement:
			if len(open) == 1 {
				return nil, false
			}
			open = open[:len(open)-1]
		}
	}
}

// readFileZilla0 reads the format up to version 0.9.60: <Settings> of <Item name="…">, and <Users>.
func readFileZilla0(root *element) Server {
	items := map[string]Setting[string]{}
	for _, item := range root.child("Settings").in {
		value := item.value()
		items[item.attrs["name"]] = decided(value, item.by)
		if strings.Contains(value, host.Hole) {
			items[item.attrs["name"]] = undecided[string](item.by, "the value isn't known")
		}
	}
	get := func(name, fallback string) Setting[string] {
		if s, ok := items[name]; ok {
			return s
		}
		return defaultOf(fallback, fileZillaDefault)
	}
	flag := func(name string) Setting[bool] {
		return convert(get(name, "0"), func(s string) bool { return s == "1" })
	}
	number := func(name string) Setting[int] {
		s := get(name, "0")
		n, err := strconv.ParseUint(s.Value, 10, 16)
		if s.known() && err != nil {
			return unknown[int](s.At, "the value is no port number")
		}
		return convert(s, func(string) int { return int(n) })
	}
	enabled := flag("Enable SSL")
	forced := allOf(enabled, flag("Force explicit SSL"))
	s := Server{
		Software:        FileZilla,
		LocalLogin:      defaultOf(false, "FileZilla Server has users of its own"),
		ObsoleteTLS:     unknown[bool](Span{}, "which TLS versions FileZilla Server accepts depends on its version"),
		AnonymousUpload: unknown[bool](Span{}, "the permissions of FileZilla Server's users are not read"),
		TLS:             levelOf(enabled, forced, allOf(forced, flag("Force PROT P"))),
	}
	if enabled.known() && !enabled.Value {
		s.ObsoleteTLS = enabled
	}
	s.Anonymous, s.Credentials = fileZillaUsers(root.child("Users"))
	if s.Anonymous.known() && !s.Anonymous.Value {
		s.AnonymousUpload = s.Anonymous
	}
	if bindings, ok := items["IP Bindings"]; ok {
		s.Loopback = convert(bindings, isLoopbackOnly)
	}
	ports := get("Serverports", "21")
	s.ListenPorts = convert(ports, func(string) []int { return nil })
	var listen []int
	for _, p := range strings.FieldsFunc(ports.Value, func(r rune) bool { return r == ' ' || r == ',' }) {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			s.ListenPorts = unknown[[]int](ports.At, "the value is no list of ports")
			listen = nil
			break
		}
		listen = append(listen, int(n))
	}
	if len(listen) > 0 {
		slices.Sort(listen)
		s.ListenPorts.Value = slices.Compact(listen)
	}
	custom := flag("Use custom PASV ports")
	switch {
	case !custom.known():
		s.PassivePorts = unknown[PortRange](custom.At, custom.Source)
	case custom.Value:
		s.PassivePorts = rangeOf(number("Custom PASV min port"), number("Custom PASV max port"), func(first, last int) PortRange {
			return PortRange{First: first, Last: last}
		})
	default:
		s.PassivePorts = convert(custom, func(bool) PortRange { return anyPassive() })
	}
	return s
}

// levelOf returns the TLS level by what the server offers and what it demands.
func levelOf(offered, login, required Setting[bool]) Setting[TLS] {
	for _, step := range []struct {
		holds Setting[bool]
		level TLS
	}{{required, TLSRequired}, {login, TLSLogin}, {offered, TLSOptional}} {
		if !step.holds.known() || step.holds.Value {
			return convert(step.holds, func(bool) TLS { return step.level })
		}
	}
	return convert(offered, func(bool) TLS { return TLSNone })
}

// fileZillaUsers reads the users. Anyone may log in as the user anonymous if it is enabled and has no password.
func fileZillaUsers(users *element) (anonymous Setting[bool], credentials []Credential) {
	anonymous = defaultOf(false, "FileZilla Server has no user named anonymous")
	for _, user := range users.in {
		pass, enabled := "", true
		by := user.by
		for _, option := range user.in {
			switch option.attrs["Name"] {
			case "Pass":
				pass, by = option.value(), option.by
			case "Enabled":
				enabled = option.value() != "0"
			}
		}
		name := user.attrs["Name"]
		switch {
		case pass != "" && pass != host.Hole:
			credentials = append(credentials, Credential{Kind: HashedPassword, User: name, At: by.Span()})
		case pass == "" && enabled && strings.EqualFold(name, "anonymous"):
			anonymous = decided(true, user.by)
		}
	}
	return anonymous, credentials
}

// readFileZilla1 reads the ports of a settings.xml. What its tls_mode means depends on the version, and the users are in
// another file.
func readFileZilla1(root *element) (Server, bool) {
	ftp := root.child("ftp_server")
	if ftp.name == "" {
		return Server{}, false
	}
	s := unreadServer(FileZilla, "this setting of FileZilla Server 1 is not read")
	s.Anonymous = unknown[bool](Span{}, "the users of FileZilla Server 1 are in another file")
	s.AnonymousUpload = s.Anonymous
	s.LocalLogin = s.Anonymous
	var ports []int
	var addresses []string
	var by host.Text
	for _, listener := range ftp.in {
		if listener.name != "listener" {
			continue
		}
		addresses = append(addresses, listener.child("address").value())
		port := listener.child("port")
		n, err := strconv.ParseUint(port.value(), 10, 16)
		if err != nil {
			return s, true
		}
		ports, by = append(ports, int(n)), port.by
	}
	if len(ports) > 0 {
		slices.Sort(ports)
		s.ListenPorts = decided(slices.Compact(ports), by)
		s.Loopback = decided(isLoopbackOnly(strings.Join(addresses, " ")) && !slices.Contains(addresses, ""), by)
	}
	if r := ftp.child("session").child("pasv").child("port_range"); r.name != "" {
		ends := []string{r.child("min").value(), r.child("max").value()}
		if v, ok := parseRange(ends); ok {
			s.PassivePorts = decided(v, r.child("min").by)
		}
	}
	return s, true
}
