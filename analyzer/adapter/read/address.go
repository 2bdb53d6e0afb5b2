package read

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// Address is a type of resources that give machines public addresses besides those that they have themselves.
type Address struct {
	Type string
	// Machine is the attribute that names the machine.
	Machine string
	// Family is IPv4 or IPv6, or AnyFamily if Says, an attribute whose text ends in 4 or 6, says which.
	Family Family
	Says   string
}

// addressed reports whether a machine has an address of a family from one of some types, with the value that decides.
func addressed(g *graph.Graph, addresses []Address, machine *graph.Resource, family Family) (Answer, graph.Value) {
	is, by := No, graph.Value{}
	for _, a := range addresses {
		for named := range (Guard{a.Type, a.Machine}).all(g, machine) {
			switch of := a.of(named.by, family); {
			case of == Unclear:
				is, by = Unclear, named.by.Attr(a.Says)
			case of == Yes && named.is == Yes:
				return Yes, named.v
			case of == Yes:
				is, by = Unclear, named.v
			}
		}
	}
	return is, by
}

// of reports whether an address is of a family.
func (a Address) of(r *graph.Resource, family Family) Answer {
	if a.Says == "" {
		return yesIf(a.Family == family)
	}
	text, known := r.Attr(a.Says).Text()
	if !known {
		return Unclear
	}
	return yesIf(strings.HasSuffix(text, "4") == (family == IPv4))
}

func yesIf(is bool) Answer {
	if is {
		return Yes
	}
	return No
}
