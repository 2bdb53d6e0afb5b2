package ftpd

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Software is the name of a program that serves FTP. Each known one is declared with its [product].
type Software string

// Other stands for the servers that are recognised and not read.
const Other Software = "another FTP server"

// String returns the software's own name.
func (s Software) String() string { return string(s) }

// State is how much is known of a setting.
type State uint8

// The states of a setting.
const (
	// Known: the text sets the value.
	Known State = iota + 1
	// Default: the text leaves the value to the software, its package or its image.
	Default
	// Unknown: the value can't be told from the text.
	Unknown
)

// String returns known, default or unknown.
func (s State) String() string {
	switch s {
	case Known:
		return "known"
	case Default:
		return "default"
	case Unknown:
		return "unknown"
	}
	return "invalid state"
}

// Setting is what is known of one setting of a server.
type Setting[T any] struct {
	State State
	// Value is the setting's value; it is the zero value if State is Unknown.
	Value T
	// At is the place in the text that decides; for Unknown, the place that can't be understood. It is zero for a default, and
	// if no place in the text is responsible.
	At Span
	// Source names the origin of a Default, or the reason for Unknown. It is empty for Known.
	Source string
}

// Span is a place in one of the texts given to a reader.
type Span = host.Span

// TLS is how far a server insists on TLS.
type TLS uint8

// The levels of TLS, least protective first.
const (
	// TLSNone: the server doesn't offer TLS.
	TLSNone TLS = iota + 1
	// TLSOptional: clients may use TLS, and may log in without.
	TLSOptional
	// TLSLogin: logins are refused without TLS; data may go without.
	TLSLogin
	// TLSRequired: logins and data are refused without TLS.
	TLSRequired
)

// String returns none, optional, login or required.
func (t TLS) String() string {
	switch t {
	case TLSNone:
		return "none"
	case TLSOptional:
		return "optional"
	case TLSLogin:
		return "login"
	case TLSRequired:
		return "required"
	}
	return "invalid TLS level"
}

// PortRange is the ports First to Last, both included; the zero PortRange is no port.
type PortRange struct{ First, Last int }

// Server is one FTP server, or one virtual host of it, that a text configures.
type Server struct {
	Software Software
	// Name is what the server is recognised by: its package, its image, or the name of the virtual host or site.
	Name string
	// Version is the version that the text pins the package to; empty if none.
	Version string
	// Image is the reference of the container image that it runs from; empty if none.
	Image string
	// Config is the path of the configuration file; empty if there is none.
	Config string
	// Unidentified is true if all that is known is that FTP's port is published: nobody knows what serves it.
	Unidentified bool
	// Present is whether the text surely sets the server up: Known and true if it installs or starts the server, Unknown if it
	// does so under a condition or only has the configuration.
	Present Setting[bool]
	// Installed is true if the server is surely on the machine, whether or not it runs.
	Installed bool
	// Anonymous is whether anyone may log in without a password, and AnonymousUpload whether they may then store files, as far
	// as the server's own configuration goes. File permissions can still forbid it.
	Anonymous, AnonymousUpload Setting[bool]
	// LocalLogin is whether the machine's own accounts may log in.
	LocalLogin Setting[bool]
	TLS        Setting[TLS]
	// ObsoleteTLS is whether SSL or a TLS version below 1.2 is accepted.
	ObsoleteTLS Setting[bool]
	// ListenPorts are the ports of the control connection, in increasing order.
	ListenPorts Setting[[]int]
	// Loopback is whether the server listens for its own machine only; State is zero where nothing says so.
	Loopback Setting[bool]
	// PassivePorts are the ports for passive data connections; the zero range if passive mode is off.
	PassivePorts Setting[PortRange]
	// Credentials are the passwords in the text, in order.
	Credentials []Credential
	// Problems are lines that the server refuses; it doesn't start with this configuration.
	Problems []Problem
}

// Credential is a password in the text, or a well-known one that is in force. It never holds the password itself.
type Credential struct {
	Kind CredentialKind
	// User is the user whom it lets in; empty if that isn't known.
	User string
	// At is the place of the password; zero for a default.
	At Span
	// Source names the origin of a DefaultPassword.
	Source string
	// Variable is the container's variable that holds it; empty if none does.
	Variable string
}

// CredentialKind is the form of a credential.
type CredentialKind uint8

// The kinds of credentials.
const (
	// PlainPassword is a password in clear text.
	PlainPassword CredentialKind = iota + 1
	// HashedPassword is the hash of a password, with which one can test guesses.
	HashedPassword
	// DefaultPassword is a password of the software or image that everyone knows.
	DefaultPassword
)

// String returns plain, hashed or default.
func (k CredentialKind) String() string {
	switch k {
	case PlainPassword:
		return "plain"
	case HashedPassword:
		return "hashed"
	case DefaultPassword:
		return "default"
	}
	return "invalid kind of credential"
}

// Problem is something in a text that isn't understood or can't be right.
type Problem = host.Problem

// Reading is what a reader found.
type Reading struct {
	// Servers are in the order in which the text sets them up.
	Servers []Server
	// Opaque are commands that run something outside of the texts, in texts that set up no server. Those that name FTP come
	// first. They may set up a server that nothing else mentions.
	Opaque []Problem
	// Unread are the parts of the text that could set up an FTP server and were not understood. If it is empty, there are no
	// servers but those in Servers.
	Unread []Problem
	// Firewall is what the machine's own firewall lets pass; nil if the texts set none up.
	Firewall *host.Firewall
}

// field is a setting of a server, whatever its type.
type field interface {
	// doubt makes it unknown.
	doubt(at Span, why string)
	// move gives it another place if it has one.
	move(at Span)
	// merge makes it unknown if another setting of the same type differs.
	merge(other field, why string)
	// place gives it a place if the text sets it. unplace removes a place in a part.
	place(at Span)
	unplace(part int)
	// given reports whether the server has the setting.
	given() bool
}

// fields returns the settings besides Present, in the same order for all servers.
func (s *Server) fields() []field {
	return []field{&s.Anonymous, &s.AnonymousUpload, &s.LocalLogin, &s.TLS, &s.ObsoleteTLS, &s.ListenPorts, &s.PassivePorts}
}

func (s *Setting[T]) doubt(at Span, why string) { *s = unknown[T](at, why) }

func (s *Setting[T]) place(at Span) {
	if s.State == Known {
		s.At = at
	}
}

func (s *Setting[T]) move(at Span) {
	if !s.At.IsZero() {
		s.At = at
	}
}

func (s *Setting[T]) unplace(part int) {
	if s.At.Part == part {
		s.At = Span{}
	}
}

func (s *Setting[T]) given() bool { return s.State != 0 }

func (s *Setting[T]) merge(other field, why string) {
	o, ok := other.(*Setting[T])
	switch {
	case !ok || !s.known():
	case !o.known():
		*s = *o
	case !equal(s.Value, o.Value):
		s.doubt(Span{}, why)
	case s.State == Default && o.State == Default && s.Source != o.Source:
		s.Source = "the same in all distributions that are possible"
	case s.State == Default && o.State == Known:
		*s = *o
	}
}

// equal compares the values of settings; Go itself can't compare ports.
func equal[T any](a, b T) bool {
	if ports, ok := any(a).([]int); ok {
		others, _ := any(b).([]int)
		return slices.Equal(ports, others)
	}
	return any(a) == any(b)
}

// silent reports whether there is nothing to report about a server.
func (s *Server) silent() bool {
	return len(s.Credentials) == 0 && !slices.ContainsFunc(s.fields(), field.given)
}

// unreadServer returns a server of which nothing is known.
func unreadServer(software Software, why string) Server {
	s := Server{Software: software}
	for _, f := range s.fields() {
		f.doubt(Span{}, why)
	}
	return s
}

// placed puts the settings of a container at the command that runs it.
func placed(s Server, at Span) Server {
	for _, f := range s.fields() {
		f.place(at)
	}
	for i := range s.Credentials {
		if s.Credentials[i].Kind != DefaultPassword {
			s.Credentials[i].At = at
		}
	}
	return s
}

// defaultOf returns a setting that the text leaves to its default.
func defaultOf[T any](value T, source string) Setting[T] {
	return Setting[T]{State: Default, Value: value, Source: source}
}

// unknown returns a setting that can't be told.
func unknown[T any](at Span, why string) Setting[T] {
	return Setting[T]{State: Unknown, At: at, Source: why}
}

// decided returns a setting that a piece of text decides.
func decided[T any](value T, by host.Text) Setting[T] {
	if source := by.Shipped(); source != "" {
		return defaultOf(value, source)
	}
	return Setting[T]{State: Known, Value: value, At: by.Span()}
}

// undecided returns a setting that a piece of text leaves unknown.
func undecided[T any](by host.Text, why string) Setting[T] {
	if by.Shipped() != "" {
		return unknown[T](Span{}, why)
	}
	return unknown[T](by.Span(), why)
}

// convert returns a setting with f applied to its value.
func convert[T, U any](s Setting[T], f func(T) U) Setting[U] {
	c := Setting[U]{State: s.State, At: s.At, Source: s.Source}
	if s.State != Unknown {
		c.Value = f(s.Value)
	}
	return c
}

// known reports whether the setting is decided, also by a default.
func (s Setting[T]) known() bool { return s.State == Known || s.State == Default }
