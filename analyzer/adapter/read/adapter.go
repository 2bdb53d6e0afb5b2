package read

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Adapter reads the resources of some types.
type Adapter struct {
	// Types are the resource types that declare ingress rules or attachments.
	Types []string
	// Reads are other resource types that the adapter looks up in the graph.
	Reads []string
	// Ingress returns the ingress rules that a resource of these types declares; nil for types that declare none.
	Ingress func(g *graph.Graph, r *graph.Resource) []*fact.Ingress
	// Outbound returns the rules for what goes out that a resource of these types declares, with whom they let it go to as
	// their sources; nil for types whose scopes let replies pass by themselves.
	Outbound func(g *graph.Graph, r *graph.Resource) []*fact.Ingress
	// Attachments returns what a resource of these types attaches scopes to; nil for types that attach none.
	Attachments func(g *graph.Graph, r *graph.Resource) []fact.Attachment
	// FTP returns the FTP endpoints that a resource of these types sets up, and what may set some up but isn't understood;
	// nil for types that set none up. It leaves their resources to be filled in.
	FTP func(s Subject) ([]fact.FTP, []fact.Unread)
}

// Cloud says what the internet may reach in a cloud, and by what ways.
type Cloud struct {
	// Links are the relations between resources that ways follow.
	Links []graph.Link
	// Reads are other resource types that it looks up in the graph.
	Reads []string
	// Guards are the types of resources with rules of which Endpoints knows what they guard.
	Guards []string
	// Through are types that guards are attached to and that are attached to something in turn, such as network interfaces.
	Through []string
	// Apart are types that may refer to those of Guards and Through and are not what these guard. One that ends in * stands
	// for all that begin so.
	Apart []string
	// Endpoints returns what the internet may reach, ordered by address.
	Endpoints func(t *graph.Topology) []fact.Endpoint
}

// UserData says where resources of some types have what their machines do when they start.
type UserData struct {
	Types []string
	// Attrs are attributes with user data, each a path: names of nested blocks and of the attribute with dots between them,
	// perhaps with ["KEY"] for a key of a map at the end. Where a block is given several times each is a machine. Scripts are
	// those whose text is a script whatever it begins with, as PowerShell and Commands are for PowerShell and for Windows'
	// command processor.
	Attrs, Scripts, PowerShell, Commands []string
	// Containers are those that say in YAML which containers run, and Documents those that have scripts or containers in
	// them; see [host.Document].
	Containers, Documents []string
	// Elsewhere are those with the address of a script that isn't in the configuration.
	Elsewhere []string
	// Stored are those whose text is kept on the machine and not run, by where: C:\AzureData\CustomData.bin.
	Stored map[string]string
	// Extended says that nested blocks extension, and the resources of additions, run scripts, too.
	Extended bool
}

// Provider is all that is known of one cloud.
type Provider struct {
	// Rules are the adapters of what declares rules and of what attaches them.
	Rules []Adapter
	// Publishers are what publishes ports without a rule: listeners of load balancers, port forwards.
	Publishers []Publisher
	// Ways finds what the internet may reach, and how; nil if no ways are known.
	Ways *Cloud
	// UserData says where machines have what they do when they start.
	UserData []UserData
}

// Knowledge is what is known of all clouds and of public modules.
type Knowledge struct {
	// Adapters read the resources, in order.
	Adapters []Adapter
	// Clouds find the ways from the internet to what the resources make.
	Clouds []Cloud
	// Modules read the calls of modules whose code isn't there.
	Modules []Module
	// Called reads the FTP endpoints that the arguments of such calls set up, of whatever module; nil if nothing does. Its
	// subject is a resource that stands for the call.
	Called func(s Subject) ([]fact.FTP, []fact.Unread)
}

// Subject is a resource whose FTP endpoints are asked for.
type Subject struct {
	Graph    *graph.Graph
	Resource *graph.Resource
	// Declared is the resource in the configuration that a plan was made from, and Source the graph of that: what they
	// say has places, and texts that a plan doesn't show. Both are nil if there is none, and the resource and its graph for
	// one of a configuration.
	Declared *graph.Resource
	Source   *graph.Graph
}
