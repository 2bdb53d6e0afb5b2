// Package adapter says what resources of each type mean in the words of package fact. In go resources of a graph, out
// come ingress rules, attachments and FTP endpoints. An adapter knows its cloud's attribute names, spellings and defaults; it does not know ports of
// interest, order, or rules.
package adapter

import (
	"slices"

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

// All returns the adapters of all clouds.
func All() []Adapter {
	return slices.Concat(aws(), azure(), google(), others(), managedFTP(), machineFTP(), containerFTP())
}

// Cloud says what the internet may reach in a cloud, and by what ways.
type Cloud struct {
	// Links are the relations between resources that ways follow.
	Links []graph.Link
	// Reads are other resource types that it looks up in the graph.
	Reads []string
	// Guards are the types of resources with rules of which Endpoints knows what they guard.
	Guards []string
	// Endpoints returns what the internet may reach, ordered by address.
	Endpoints func(t *graph.Topology) []fact.Endpoint
}

// Clouds returns the clouds whose ways are known.
func Clouds() []Cloud { return []Cloud{awsCloud(), azureCloud(), googleCloud()} }
