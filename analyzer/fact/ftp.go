package fact

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// FTP is an FTP endpoint: a managed service that speaks FTP, or an FTP server on a machine or in a container.
type FTP struct {
	// Resource sets the endpoint up. Declared is the same resource in the configuration that a plan was made from, or Resource
	// itself if that configuration isn't at hand.
	Resource, Declared *graph.Resource
	// Name is what the endpoint is in messages: "vsftpd", "the FTP deployment endpoint".
	Name string
	// Machine is true if the endpoint is on a machine or in a container of the resource. The ways from the internet to that
	// resource then tell who reaches the endpoint.
	Machine bool
	// On is the endpoint's machine if another resource sets the endpoint up; nil otherwise.
	On *graph.Resource
	// Unidentified is true if FTP's port is published, and nobody knows what serves it.
	Unidentified bool
	// Present is whether the endpoint surely exists.
	Present Setting[bool]
	// These settings are those of [ftpd.Server]. A zero State means that the endpoint doesn't have the setting.
	Anonymous, AnonymousUpload Setting[bool]
	TLS                        Setting[ftpd.TLS]
	ObsoleteTLS                Setting[bool]
	ListenPorts                Setting[[]int]
	PassivePorts               Setting[ftpd.PortRange]
	// Cleartext are reasons, besides TLS and ObsoleteTLS, why sessions may not be well encrypted. Weak are reasons why the
	// authentication is weak, and Outdated why the software is or will be out of date.
	Cleartext, Weak, Outdated []Remark
	// Fixes say how the settings are written.
	Fixes ftpd.Fixes
	// At is the place of what sets the endpoint up.
	At hcl.Range
}

// Remark is a fault of an endpoint.
type Remark struct {
	// What is the fault as a clause after the endpoint's name: "accepts basic authentication". It shows no secret.
	What string
	// Key identifies the remark among those of the endpoint, whatever What says.
	Key string
	// Fix is a sentence that says what to change.
	Fix string
	// Note is true if the remark is worth no more than a note. Secret is true if the text at the place is a secret.
	Note, Secret bool
	// Anyway is true if the remark holds even if the endpoint doesn't run.
	Anyway bool
	// Holds is whether the remark is true, and the place that decides it.
	Holds Setting[bool]
}

// Setting is what is known of one setting of an endpoint.
type Setting[T any] struct {
	// State is zero for a setting that the endpoint doesn't have.
	State ftpd.State
	// Value is the setting's value; it is the zero value if State is Unknown.
	Value T
	// At is the place that decides. By is the deciding attribute, if it is one.
	At hcl.Range
	By graph.Value
	// Source names the origin of a default, or the reason why the setting is unknown.
	Source string
	// Decides names what would decide an unknown setting.
	Decides []graph.Origin
	// Sensitive is true if the text at the place must not be shown.
	Sensitive bool
}

// Texts reads the texts that set machines up, each once.
type Texts = ftpd.Reader

// Unread is a text that may set up an FTP server and that tfreach doesn't understand.
type Unread struct {
	Resource, Declared *graph.Resource
	// What is the reason.
	What      string
	At        hcl.Range
	Decides   []graph.Origin
	Sensitive bool
	// Behind is true if the text matters only where a firewall opens FTP's port to the resource.
	Behind bool
	// Textless is true if there is no text at all: the resource is a machine of which only its image could tell.
	Textless bool
}

// HostFirewall is a firewall on a machine itself, which the texts that set the machine up configure.
type HostFirewall struct {
	// Resource sets the firewall up. On is its machine if that is another resource.
	Resource, On *graph.Resource
	// Tool is what configures it: "ufw".
	Tool string
	At   hcl.Range
	// Passes is the traffic that it surely lets pass, whoever sends it.
	Passes netset.Traffic
}

// Hop returns the firewall as the last hop of ways to its machine.
func (f *HostFirewall) Hop(machine *graph.Resource) *Hop {
	return &Hop{
		Kind: "host firewall", Resource: machine, At: f.At,
		Takes:   netset.Bounds[netset.Traffic]{Must: f.Passes, May: netset.AllTraffic()},
		Why:     "the machine has a firewall that " + f.Tool + " sets up",
		Change:  "Let the machine's own firewall admit only the addresses that need it.",
		Decides: []graph.Origin{{Kind: graph.FromExpression, Name: "what " + f.Tool + " lets pass on " + machine.Addr.String(), At: f.At}},
	}
}

// Aside is a block of resources of a type that isn't read, or a call of a module whose code isn't there, with a text that tells
// of an FTP server.
type Aside struct {
	// Block is its address, and At the place of its header.
	Block string
	At    hcl.Range
	// Argument is the name of the argument that has the text, and Server what the text calls the server.
	Argument, Server string
	// Call is true if the block is a call of a module whose code isn't there.
	Call bool
}
