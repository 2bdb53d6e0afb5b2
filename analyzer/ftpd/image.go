package ftpd

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tfreach/tfreach/analyzer/host"
)

// image is an image whose settings are known.
type image struct {
	repository string // on docker.io
	source     string // where its environment and defaults are described
	// changed is the last known change, as year and month. maintained is false if that is too long ago, or if its base image
	// has reached its end of life.
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

// Image returns the FTP server that a container runs. ref names the image, env is the environment, and args replace the image's
// command; a Hole stands for what isn't known. The second result is false if the image isn't known to serve FTP. Settings and
// credentials that env or args decide are Known at the zero Span, as the caller has their places.
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

// Unidentified returns a server of which all that is known is that FTP's port is published.
func Unidentified(name, why string) Server {
	s := unreadServer(Other, why)
	s.Name, s.Unidentified = name, true
	s.Present = Setting[bool]{State: Known, Value: true}
	return s
}

// InContainer is Image for a container of any image. If the container has a command of its own, it returns the servers that the
// command runs, and if files are mounted over the server's own, what those configure. If the container publishes FTP's port and
// nothing is known of it, it returns a server of which nothing is known. Places are those in the files, by their index.
func InContainer(c Contained) []Server {
	r, _ := ParseImage(c.Image)
	_, _, told := findImage(r)
	if len(c.Args) > 0 && !told {
		if servers := commanded(c); len(servers) > 0 {
			for i := range servers {
				servers[i].Credentials = append(servers[i].Credentials, passwordVariables(c.Env)...)
			}
			return servers
		}
	}
	if s, ok := Image(c.Image, c.Env, c.Args); ok {
		for _, files := range c.configured(s.Software) {
			s = s.under(files)
		}
		return []Server{s}
	}
	if told || c.Image == "" {
		return nil
	}
	if !c.Publishes && !c.suggests() {
		if len(c.Args) > 0 || host.FamiliesOfImage(c.Image) != nil { // it runs something else, or a shell
			return nil
		}
		servers := c.configured("")
		for i := range servers {
			servers[i].Name = r.Repository
			servers[i].Present = unknown[bool](Span{}, "whether the image runs the server whose configuration is mounted isn't known")
		}
		return servers
	}
	why := "what serves FTP in this image isn't known"
	if strings.Trim(c.Image, host.Hole) == "" {
		why = "which image it runs isn't known"
	}
	s := Unidentified(r.Repository, why)
	s.Credentials = passwordVariables(c.Env)
	for _, files := range c.configured(Other) {
		s = s.under(files)
	}
	return []Server{s}
}

// suggests reports whether a container whose image, or part of whose command, isn't known is set up as one that serves FTP: by its
// variables, or by what is known of the command.
func (c Contained) suggests() bool {
	hidden := strings.Trim(c.Image, host.Hole) == ""
	if hidden {
		for name, value := range c.Env {
			ours := strings.HasPrefix(name, "FTP_") || strings.HasPrefix(name, "PASV_")
			if ours && strings.Trim(value, host.Hole) != "" { // where the variables aren't known, each may be there
				return true
			}
		}
	}
	return (hidden || strings.Contains(strings.Join(c.Args, " "), host.Hole)) && slices.ContainsFunc(c.Args, namesServer)
}

// CommandLine returns words as a command line for a shell, for [host.Command]. It is empty if they can't be written so.
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

// commandSteps is the budget for the command of a container.
const commandSteps = host.MaxSteps / 32

// commanded returns the servers that the command of a container runs, with no places but those in its files.
func commanded(c Contained) []Server {
	evidence := host.Evidence{Families: host.FamiliesOfImage(c.Image), Steps: commandSteps}
	command := len(c.Files)
	parts := append(slices.Clip(c.Files), host.Part{Kind: host.Command, Text: CommandLine(c.Args)})
	servers := Read(evidence, parts...).Servers
	for i := range servers {
		s := &servers[i]
		s.Present.At = Span{}
		for _, f := range s.fields() {
			f.unplace(command)
		}
		for j := range s.Credentials {
			s.Credentials[j].At = Span{}
		}
		s.Problems = nil
	}
	return slices.DeleteFunc(servers, func(s Server) bool { return s.Present.State == Unknown && s.Present.Source == notInstalled })
}

// speaksFTP reports whether a variable configures the FTP of SFTPGo, which is off by default.
func speaksFTP(env map[string]string) bool {
	for name := range env {
		if strings.HasPrefix(name, "SFTPGO_FTPD__") {
			return true
		}
	}
	return false
}

// passwordVariables returns the passwords among the variables of an unknown image.
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

// IsPasswordVariable reports whether a variable has the name of one that holds a password.
func IsPasswordVariable(name string) bool {
	name = strings.ToUpper(name)
	return !strings.HasSuffix(name, "_FILE") &&
		(strings.HasSuffix(name, "PASS") || strings.HasSuffix(name, "PASSWORD") || strings.HasSuffix(name, "PASSWD") || strings.HasSuffix(name, "PWD"))
}

// imageSoftware recognises images that are named after an FTP server.
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

// containerSettings are the environment and arguments of a container.
type containerSettings struct {
	env    map[string]string
	args   []string
	source string
}

// variable returns a variable. It returns the default if the variable is not set, or set to one of the values in unset.
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

// ports makes a range of ports from two variables.
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

// closed sets what is the same in all images without anonymous users and without TLS.
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

// Variables returns the names of the environment variables that known images of FTP servers read.
func Variables() []string {
	return []string{
		"ADDED_FLAGS", "FTP_PASS", "FTP_PASSIVE_PORTS", "FTP_USER", "FTP_USER_NAME", "FTP_USER_PASS", "LISTEN_PORT", "MAX_PORT", "MIN_PORT",
		"PASV_MAX_PORT", "PASV_MIN_PORT", "TLS_C", "TLS_CERT", "TLS_CN", "TLS_KEY", "TLS_ORG", "USERS",
	}
}
