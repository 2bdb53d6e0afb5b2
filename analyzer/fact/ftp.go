package fact

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// FTP is an FTP endpoint: a managed service that speaks FTP, or a server that a machine or a container is set up with.
type FTP struct {
	// Resource sets the endpoint up. Declared is the same in the configuration that a plan was made from, and the resource
	// itself where that isn't at hand.
	Resource, Declared *graph.Resource
	// Name is what the endpoint is in messages: "vsftpd", "the FTP deployment endpoint".
	Name string
	// Machine says that the endpoint is on a machine or in a container of the resource, so that the ways from the internet
	// to it say who reaches the endpoint.
	Machine bool
	// On is the machine that the endpoint is on where that is another resource than the one that sets it up; nil otherwise.
	On *graph.Resource
	// Present says whether the endpoint is surely there.
	Present Setting[bool]
	// The settings are those of [ftpd.Server]. One whose State is zero is none of the endpoint's.
	Anonymous, AnonymousUpload Setting[bool]
	TLS                        Setting[ftpd.TLS]
	ObsoleteTLS                Setting[bool]
	ListenPorts                Setting[[]int]
	PassivePorts               Setting[ftpd.PortRange]
	// Cleartext are reasons besides TLS and ObsoleteTLS why sessions may not be well encrypted, Weak those why the
	// authentication is weak, and Outdated those why the software is or will be out of date.
	Cleartext, Weak, Outdated []Remark
	// Fixes say how the settings are written.
	Fixes ftpd.Fixes
	// At is the place that sets the endpoint up.
	At hcl.Range
}

// Remark is something that speaks against an endpoint.
type Remark struct {
	// What says so in a clause, after the endpoint's name: "accepts basic authentication". It shows no secret.
	What string
	// Key identifies the remark among those of the endpoint, whatever its words.
	Key string
	// Fix says in a sentence what to change.
	Fix string
	// Note says that it is worth a note only, and Secret that the text at the place is a secret.
	Note, Secret bool
	// Anyway says that it holds whether or not the endpoint runs.
	Anyway bool
	// Holds says whether it is so, and where.
	Holds Setting[bool]
}

// Setting is what is known of one setting of an endpoint.
type Setting[T any] struct {
	// State is zero for a setting that the endpoint doesn't have.
	State ftpd.State
	// Value is what holds; the zero value of its type if State is Unknown.
	Value T
	// At is the place that decides. By is the attribute that does, where it is one.
	At hcl.Range
	By graph.Value
	// Source says for a default whose default it is, and for Unknown why.
	Source string
	// Decides names what would decide it if it isn't known.
	Decides []graph.Origin
	// Sensitive says that the text at the place must not be shown.
	Sensitive bool
}

// Unread is a text that may set up an FTP server and that isn't understood.
type Unread struct {
	Resource, Declared *graph.Resource
	// What says why not.
	What      string
	At        hcl.Range
	Decides   []graph.Origin
	Sensitive bool
	// Behind says that it counts only where a firewall opens FTP's port to the resource.
	Behind bool
}
