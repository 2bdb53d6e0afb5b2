package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// withoutCopies leaves out the rules that a scope lists and that are resources of their own among the known rules. Once a
// security group is read again, its computed ingress has the rules of aws_vpc_security_group_ingress_rule, too, merged
// where only their sources differ. Known must have the rules from before a plan as well: what a plan changes or deletes
// stays in the list that it computed before. What no resource accounts for was opened by somebody else, and stays.
func withoutCopies(rules, known []*fact.Ingress) []*fact.Ingress {
	type scope struct{ kind, name string }
	scopeOf := func(r *fact.Ingress) scope { return scope{r.Scope.Kind, r.Scope.Name} }
	var own map[scope][]*fact.Ingress // made for the first rule that may be a copy
	return slices.DeleteFunc(slices.Clone(rules), func(r *fact.Ingress) bool {
		// A list that a new object has already can't have been computed: a dynamic block wrote it.
		if !r.Listed || r.Resource.Change == graph.Create {
			return false
		}
		if own == nil {
			own = map[scope][]*fact.Ingress{}
			for _, k := range known {
				if !k.Listed {
					own[scopeOf(k)] = append(own[scopeOf(k)], k)
				}
			}
		}
		var originals []netset.Traffic
		for _, k := range own[scopeOf(r)] {
			if k.Resource.Addr.Compare(r.Resource.Addr) != 0 && sameBut(k, r) {
				originals = append(originals, k.Traffic().Must)
			}
		}
		return len(originals) > 0 && r.Traffic().May.SubsetOf(netset.UnionAll(originals...))
	})
}

// sameBut says whether two rules of a scope do the same in the same place of its order to the same members, whatever
// traffic they are for.
func sameBut(a, b *fact.Ingress) bool {
	if a.Action != b.Action || a.Targets.Unknown || b.Targets.Unknown {
		return false
	}
	if a.Scope.Order != fact.Union && (a.Priority != b.Priority || a.Priority.Lo != a.Priority.Hi) {
		return false
	}
	return slices.Equal(a.Targets.Names, b.Targets.Names) && a.Targets.Addresses.May.Equal(b.Targets.Addresses.May)
}
