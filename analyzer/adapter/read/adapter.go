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
	// Ingress returns the ingress rules that a resource of these types declares; nil if the types declare none.
	Ingress func(g *graph.Graph, r *graph.Resource) []*fact.Ingress
	// Publishes is true if the types publish ports of their own, so that the rules say nothing of what else they have: a cluster
	// publishes its endpoint, and has nodes in a subnet.
	Publishes bool
	// Outbound returns the egress rules that a resource of these types declares, as Ingress values whose sources are the
	// destinations. It is nil for types whose scopes let replies pass without a rule.
	Outbound func(g *graph.Graph, r *graph.Resource) []*fact.Ingress
	// Attaches says in data what Attachments follows; nil if no data does.
	Attaches *Link
	// Attachments returns what a resource of these types attaches scopes to; nil if the types attach none.
	Attachments func(g *graph.Graph, r *graph.Resource) []fact.Attachment
	// FTP returns the FTP endpoints that a resource of these types sets up, and the texts that may set up more and aren't
	// understood; nil if the types set none up. The caller fills in their resources.
	FTP func(s Subject) ([]fact.FTP, []fact.Unread)
}

// Cloud is what the internet may reach in a cloud, and the ways there.
type Cloud struct {
	// Links are the relations between resources that ways follow.
	Links []graph.Link
	// ByAddress lead from what hands connections on to the addresses that it hands them on to, and not to what has these.
	ByAddress []graph.Link
	// Reads are other resource types that the cloud looks up in the graph.
	Reads []string
	// Guards are the resource types with rules for which Endpoints knows what they guard.
	Guards []string
	// Through are the types in the middle, such as network interfaces: guards are attached to them, and they are attached to
	// something else.
	Through []string
	// Defaults are types of groups that guard what is in a network and names no group, each with the attribute that names the
	// network.
	Defaults map[string]string
	// Apart are types that may refer to those of Guards and Through and that these don't guard. A type that ends in * stands
	// for all with that beginning.
	Apart []string
	// Connects are types that connect networks with each other or lead out of them: gateways, their route tables, peering.
	Connects []string
	// Types are those of the resources that Endpoints may return.
	Types []string
	// Endpoints returns what the internet may reach, ordered by address.
	Endpoints func(t *graph.Topology) []fact.Endpoint
	// Inside returns what leads from host to host, and out of the networks; nil if the cloud's networks aren't known. The hosts
	// are ordered by address.
	Inside func(t *graph.Topology) *fact.Inside
}

// UserData says which attributes of some resource types hold what machines do at start.
type UserData struct {
	Types []string
	// Attrs are attributes with user data. Each is a path: names of nested blocks and of the attribute, joined by dots, perhaps
	// followed by ["KEY"] for a key of a map. If a block may occur several times, each one is a machine. Scripts are attributes
	// whose text is a script however it begins; PowerShell and Commands are the same for PowerShell and for Windows' command
	// processor.
	Attrs, Scripts, PowerShell, Commands []string
	// Containers are attributes that say in YAML which containers run. Documents are attributes whose text contains scripts or
	// containers; see [host.Document].
	Containers, Documents []string
	// Elsewhere are attributes with the address of a script outside the configuration.
	Elsewhere []string
	// Stored are attributes whose text is kept on the machine and not run, with the path of the file:
	// C:\AzureData\CustomData.bin.
	Stored map[string]string
	// Extended is true if nested blocks "extension" and the resources of additions run scripts, too.
	Extended bool
}

// Provider is everything that is known of one cloud.
type Provider struct {
	// Rules are the adapters of the resources that declare rules, and of those that attach them.
	Rules []Adapter
	// Publishers are the resources that publish ports without a rule: listeners of load balancers, port forwards.
	Publishers []Publisher
	// Ways finds what the internet may reach, and how; nil if the cloud's ways aren't known.
	Ways *Cloud
	// UserData says where the cloud's machines have what they do at start.
	UserData []UserData
	// Instead says what stands in place of blocks that the provider fills in.
	Instead []graph.Instead
	// Parts are what the provider makes together with resources.
	Parts []graph.Parts
}

// Knowledge is everything that is known of clouds and public modules.
type Knowledge struct {
	// Adapters read the resources, in order.
	Adapters []Adapter
	// Clouds find the ways from the internet to what the resources make.
	Clouds []Cloud
	// Modules read the calls of modules whose code isn't there.
	Modules []Module
	// Instead says what stands in place of blocks that the providers fill in.
	Instead []graph.Instead
	// Parts are what the providers make together with resources.
	Parts []graph.Parts
	// Required are the arguments that the providers require.
	Required []Required
	// Called reads the FTP endpoints that the arguments of a call set up, whatever the module whose code isn't there. Its
	// subject is a resource that stands for the call. It may be nil.
	Called func(s Subject) ([]fact.FTP, []fact.Unread)
	// Handed returns the ingress rules that the arguments of a call spell, whatever the module whose code isn't there; the resource
	// stands for the call. One rule more than most stands for all others. It may be nil.
	Handed func(g *graph.Graph, call *graph.Resource, most int) []*fact.Ingress
	// Asides returns the blocks of resources whose texts tell of an FTP server, of the types that aren't read for them; nil if
	// nothing does.
	Asides func(g *graph.Graph, unread func(typ string) bool) []fact.Aside
}

// Subject is a resource whose FTP endpoints are asked for.
type Subject struct {
	Graph    *graph.Graph
	Resource *graph.Resource
	// Declared is the resource in the configuration that a plan was made from, and Source is that configuration's graph. They
	// have places, and texts that a plan hides. Both are nil for a plan without its configuration; for a configuration they are
	// Resource and Graph.
	Declared *graph.Resource
	Source   *graph.Graph
	// Texts reads those that set machines up, once for all subjects.
	Texts *fact.Texts
	// Firewalls collects those that the texts set up on machines. The caller fills in their resources.
	Firewalls *[]fact.HostFirewall
}
