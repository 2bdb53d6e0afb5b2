package ftpd

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"mvdan.cc/sh/v3/syntax"

	"github.com/tfreach/tfreach/analyzer/host"
)

// ImageRef is a reference to a container image, taken apart.
type ImageRef struct {
	// Registry and Repository are spelled in full: docker.io and library/alpine for alpine.
	Registry, Repository string
	// Tag is empty if the reference has none, and a Hole if it isn't known.
	Tag string
	// Digest is empty if the reference has none.
	Digest string
}

// ParseImage takes a reference to a container image apart. A Hole may stand for its tag.
func ParseImage(ref string) (ImageRef, bool) {
	name, tag := ref, ""
	if before, _, holed := strings.Cut(ref, host.Hole); holed {
		colon := strings.LastIndexByte(before, ':')
		if colon < strings.LastIndexByte(before, '/') || colon < 0 {
			return ImageRef{}, false
		}
		name, tag = before[:colon], host.Hole
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return ImageRef{}, false
	}
	r := ImageRef{Registry: reference.Domain(named), Repository: reference.Path(named), Tag: tag}
	if tagged, ok := named.(reference.Tagged); ok && tag == "" {
		r.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		r.Digest = digested.Digest().String()
	}
	return r, true
}

// image is an image whose settings are known.
type image struct {
	repository string // on docker.io
	source     string // where its environment and defaults are described
	// changed is the last change known, as year and month; maintained is false if it is too long ago, or its base has
	// reached its end of life.
	changed    string
	maintained bool
	// version is the version of the server in it; empty if that depends on the tag.
	version   string
	configure func(c containerSettings, s *Server)
}

// findImage returns the row of an image, and what it serves FTP with.
func findImage(r ImageRef) (image, Software, bool) {
	for _, p := range products() {
		for _, i := range p.images {
			if i.repository == r.Repository && r.Registry == "docker.io" {
				return i, p.software, true
			}
		}
	}
	return image{}, "", false
}

// Image returns the FTP server that a container runs: ref names its image, env is its environment and args what replaces
// the command that the image has; what isn't known is a Hole. False if the image isn't known to serve FTP.
//
// Settings and credentials that env or args decide are Known at the zero Span: the caller has their places.
func Image(ref string, env map[string]string, args []string) (Server, bool) {
	r, ok := ParseImage(ref)
	if !ok {
		return Server{}, false
	}
	known, software, ok := findImage(r)
	if !ok {
		software, ok := imageSoftware(r.Repository)
		if !ok || software == SFTPGo && !speaksFTP(env) {
			return Server{}, false
		}
		s := unreadServer(software, "what this image does with its settings isn't known")
		s.Name = r.Repository
		s.Present = Setting[bool]{State: Known, Value: true}
		s.Credentials = passwordVariables(env)
		return s, true
	}
	s := unreadServer(software, "the container's own command replaces the image's")
	s.Name, s.Version = known.repository, known.version
	source := "the image " + known.repository + ": " + known.source
	known.configure(containerSettings{env, args, source}, &s)
	s.Present = Setting[bool]{State: Known, Value: true}
	return s, !s.silent()
}

// InContainer is Image for a container of any image: with a command of its own the servers that the command runs, and one
// that nobody knows where the container publishes FTP's port.
func InContainer(ref string, env map[string]string, args []string, publishes bool) []Server {
	r, _ := ParseImage(ref)
	_, _, told := findImage(r)
	if len(args) > 0 && !told {
		if servers := commanded(ref, args); len(servers) > 0 {
			for i := range servers {
				servers[i].Credentials = append(servers[i].Credentials, passwordVariables(env)...)
			}
			return servers
		}
	}
	if s, ok := Image(ref, env, args); ok {
		return []Server{s}
	}
	if !publishes || told || strings.Trim(ref, host.Hole) == "" {
		return nil
	}
	s := unreadServer(Other, "what serves FTP in this image isn't known")
	s.Name = r.Repository
	s.Present = Setting[bool]{State: Known, Value: true}
	s.Credentials = passwordVariables(env)
	return []Server{s}
}

// CommandLine returns words as a shell takes them, for [host.Command]. It is empty if they can't be written so.
func CommandLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		word, err := syntax.Quote(w, syntax.LangBash)
		if err != nil {
			return ""
		}
		quoted[i] = word
	}
	return strings.Join(quoted, " ")
}

// commandSteps is what the command of a container may cost.
const commandSteps = host.MaxSteps / 32

// commanded returns the servers that the command of a container runs, without places.
func commanded(ref string, args []string) []Server {
	evidence := host.Evidence{Families: host.FamiliesOfImage(ref), Steps: commandSteps}
	servers := Read(evidence, host.Part{Kind: host.Command, Text: CommandLine(args)}).Servers
	for i := range servers {
		s := &servers[i]
		s.Present.At = Span{}
		for _, f := range s.fields() {
			f.unplace()
		}
		for j := range s.Credentials {
			s.Credentials[j].At = Span{}
		}
		s.Problems = nil
	}
	return servers
}

// speaksFTP reports whether a variable is about the FTP of SFTPGo, which is off by default.
func speaksFTP(env map[string]string) bool {
	for name := range env {
		if strings.HasPrefix(name, "SFTPGO_FTPD__") {
			return true
		}
	}
	return false
}

// passwordVariables returns the passwords among the variables of an image that isn't known.
func passwordVariables(env map[string]string) []Credential {
	var out []Credential
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value := env[name]
		if IsPasswordVariable(name) && value != "" && !strings.Contains(value, host.Hole) && !strings.HasPrefix(value, "/") {
			out = append(out, Credential{Kind: PlainPassword, Variable: name})
		}
	}
	return out
}

// IsPasswordVariable reports whether a variable is named like one that holds a password.
func IsPasswordVariable(name string) bool {
	name = strings.ToUpper(name)
	return !strings.HasSuffix(name, "_FILE") &&
		(strings.HasSuffix(name, "PASS") || strings.HasSuffix(name, "PASSWORD") || strings.HasSuffix(name, "PASSWD") || strings.HasSuffix(name, "PWD"))
}

// imageSoftware tells images that are named after an FTP server.
func imageSoftware(repository string) (Software, bool) {
	base := repository[strings.LastIndexByte(repository, '/')+1:]
	if other := strings.NewReplacer("vsftp", "", "sftpgo", "").Replace(base); strings.Contains(other, "sftp") || strings.Contains(other, "tftp") ||
		strings.Contains(other, "lftp") || strings.Contains(other, "exporter") || strings.Contains(other, "client") {
		return "", false
	}
	for _, p := range products() {
		if slices.ContainsFunc(p.imageWords, func(word string) bool { return strings.Contains(base, word) }) {
			return p.software, true
		}
	}
	return "", false
}

// containerSettings is what a container is given.
type containerSettings struct {
	env    map[string]string
	args   []string
	source string
}

// variable returns a variable, or its default if it is not set or one of the values that stand for not set.
func (c containerSettings) variable(name, fallback string, unset ...string) Setting[string] {
	v, ok := c.env[name]
	switch {
	case strings.Contains(v, host.Hole):
		return unknown[string](Span{}, "the value of "+name+" isn't known")
	case !ok || slices.Contains(unset, v):
		return defaultOf(fallback, c.source)
	}
	return Setting[string]{State: Known, Value: v}
}

// ports makes a range of two variables.
func (c containerSettings) ports(first, last Setting[string]) Setting[PortRange] {
	number := func(s Setting[string]) Setting[int] {
		n, err := strconv.ParseUint(strings.TrimSpace(s.Value), 10, 16)
		if s.known() && err != nil {
			return unknown[int](Span{}, "the value is no port number")
		}
		return convert(s, func(string) int { return int(n) })
	}
	return rangeOf(number(first), number(last), func(first, last int) PortRange { return PortRange{First: first, Last: last} })
}

// closed sets what is the same in images that let no anonymous users in, and have no TLS.
func (c containerSettings) closed(s *Server) {
	s.Anonymous = defaultOf(false, c.source)
	s.AnonymousUpload = s.Anonymous
	s.LocalLogin = defaultOf(true, c.source)
	s.TLS = defaultOf(TLSNone, c.source)
	s.ObsoleteTLS = defaultOf(false, c.source)
	s.ListenPorts = defaultOf([]int{21}, c.source)
}

// configureStilliard: run.sh passes its arguments and ADDED_FLAGS on to pure-ftpd; by default there is -E among them. TLS
// is optional as soon as a certificate is mounted, and TLS_CN and others make one.
func configureStilliard(c containerSettings, s *Server) {
	conf := newPureConf()
	args := c.args
	switch {
	case len(args) == 0:
		conf.settings["NoAnonymous"] = defaultOf("yes", c.source)
	case len(args) == 1 && strings.HasPrefix(args[0], "/run.sh "):
		args = strings.Fields(args[0])[1:]
	case args[0] == "/run.sh":
		args = args[1:]
	default:
		return
	}
	flags := c.variable("ADDED_FLAGS", "")
	var words []host.Text
	for _, a := range append(slices.Clip(args), strings.Fields(flags.Value)...) {
		words = append(words, host.Text{S: a})
	}
	conf.readPureArgs(words)
	passive := c.variable("FTP_PASSIVE_PORTS", "30000:30009", "")
	conf.settings["PassivePortRange"] = passive
	if !flags.known() {
		conf.doubt(host.Text{}, flags.Source)
		conf.settings["PassivePortRange"] = passive
	}
	p := conf.server()
	name, version := s.Name, s.Version
	*s = p
	s.Name, s.Version = name, version
	s.LocalLogin = defaultOf(false, c.source)
	if s.TLS.State == Default {
		s.TLS = defaultOf(TLSNone, c.source+"; optional if a certificate is mounted")
		s.ObsoleteTLS = unknown[bool](Span{}, "a certificate may be mounted")
		for _, name := range []string{"TLS_CN", "TLS_ORG", "TLS_C"} {
			if c.env[name] != "" {
				s.TLS = Setting[TLS]{State: Known, Value: TLSOptional}
			}
		}
	}
	user, pass := c.variable("FTP_USER_NAME", "", ""), c.variable("FTP_USER_PASS", "", "")
	s.Credentials = nil
	if pass.State == Known {
		s.Credentials = []Credential{{Kind: PlainPassword, User: user.Value, Variable: "FTP_USER_PASS"}}
	}
}

func configureFauria(c containerSettings, s *Server) {
	if len(c.args) > 0 && !slices.Equal(c.args, []string{"/usr/sbin/run-vsftpd.sh"}) {
		return
	}
	c.closed(s)
	s.ListenPorts = convert(c.variable("LISTEN_PORT", "21", ""), func(string) []int { return nil })
	if port := c.ports(c.variable("LISTEN_PORT", "21", ""), c.variable("LISTEN_PORT", "21", "")); port.known() {
		s.ListenPorts.Value = []int{port.Value.First}
	} else {
		s.ListenPorts = unknown[[]int](Span{}, port.Source)
	}
	s.PassivePorts = c.ports(c.variable("PASV_MIN_PORT", "21100", ""), c.variable("PASV_MAX_PORT", "21110", ""))
	// Without FTP_PASS the image makes a password up.
	if pass := c.variable("FTP_PASS", "", "", "**Random**"); pass.State == Known {
		s.Credentials = []Credential{{Kind: PlainPassword, User: c.variable("FTP_USER", "admin", "", "**String**").Value, Variable: "FTP_PASS"}}
	}
}

func configureDelfer(c containerSettings, s *Server) {
	if len(c.args) > 0 {
		return
	}
	c.closed(s)
	s.PassivePorts = c.ports(c.variable("MIN_PORT", "21000", ""), c.variable("MAX_PORT", "21010", ""))
	cert, key := c.env["TLS_CERT"], c.env["TLS_KEY"]
	if cert != "" || key != "" {
		// The paths only have to be there: also when they aren't known, unless they may be empty.
		s.TLS = Setting[TLS]{State: Known, Value: TLSRequired}
		s.ObsoleteTLS = unknown[bool](Span{}, "what ssl_tlsv1 stands for depends on the version of vsftpd")
		if strings.Trim(cert+key, host.Hole) == "" {
			s.TLS = unknown[TLS](Span{}, "the value of TLS_CERT isn't known")
		}
	}
	users := c.variable("USERS", "", "")
	switch users.State {
	case Default:
		s.Credentials = []Credential{{Kind: DefaultPassword, User: "alpineftp", Source: c.source}}
	case Known:
		for u := range strings.FieldsSeq(users.Value) {
			if name, rest, ok := strings.Cut(u, "|"); ok && rest != "" {
				s.Credentials = append(s.Credentials, Credential{Kind: PlainPassword, User: name, Variable: "USERS"})
			}
		}
	case Unknown:
	}
}

func configureGareth(c containerSettings, s *Server) {
	if len(c.args) > 0 && !slices.Equal(c.args, []string{"/usr/sbin/vsftpd"}) {
		return
	}
	c.closed(s)
	s.PassivePorts = defaultOf(PortRange{First: 40000, Last: 40009}, c.source)
	user, pass := c.variable("FTP_USER", "foo"), c.variable("FTP_PASS", "bar")
	switch pass.State {
	case Default:
		s.Credentials = []Credential{{Kind: DefaultPassword, User: user.Value, Source: c.source}}
	case Known:
		s.Credentials = []Credential{{Kind: PlainPassword, User: user.Value, Variable: "FTP_PASS"}}
	case Unknown:
	}
}

// Variables returns the names of the environment variables that images of FTP servers are known to read.
func Variables() []string {
	return []string{
		"ADDED_FLAGS", "FTP_PASS", "FTP_PASSIVE_PORTS", "FTP_USER", "FTP_USER_NAME", "FTP_USER_PASS", "LISTEN_PORT", "MAX_PORT", "MIN_PORT",
		"PASV_MAX_PORT", "PASV_MIN_PORT", "TLS_C", "TLS_CERT", "TLS_CN", "TLS_KEY", "TLS_ORG", "USERS",
	}
}
