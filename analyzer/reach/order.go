package reach

import (
	"cmp"

	"github.com/tfreach/tfreach/analyzer/fact"
)

// turn is when a rule is looked at: by its priority and, where denying rules win, before those of the same priority that
// don't deny. Rules of one turn may be looked at in either order.
type turn struct{ priority, rank int }

func (t turn) compare(o turn) int {
	return cmp.Or(cmp.Compare(t.priority, o.priority), cmp.Compare(t.rank, o.rank))
}

// earliest and latest are the turns between which a rule surely is looked at.
func earliest(r *fact.Ingress) turn { return turn{r.Priority.Lo, rank(r)} }
func latest(r *fact.Ingress) turn   { return turn{r.Priority.Hi, rank(r)} }

func rank(r *fact.Ingress) int {
	if r.Scope.Order == fact.DenyWins && r.Action == fact.Deny {
		return 0
	}
	return 1
}

// comesBefore says whether a rule is surely looked at before another.
func comesBefore(a, b *fact.Ingress) bool { return latest(a).compare(earliest(b)) < 0 }

// mayComeBefore says whether a rule may be looked at before another.
func mayComeBefore(a, b *fact.Ingress) bool { return !comesBefore(b, a) }
