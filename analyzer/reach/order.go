package reach

import (
	"cmp"

	"github.com/tfreach/tfreach/analyzer/fact"
)

// turn is the position of a rule in the order: its priority and, where denying rules win, whether it denies, since those come
// before others of the same priority. Rules of one turn may be asked in either order.
type turn struct{ priority, rank int }

func (t turn) compare(o turn) int {
	return cmp.Or(cmp.Compare(t.priority, o.priority), cmp.Compare(t.rank, o.rank))
}

// earliest and latest bound the turn of a rule.
func earliest(r *fact.Ingress) turn { return turn{r.Priority.Lo, rank(r)} }
func latest(r *fact.Ingress) turn   { return turn{r.Priority.Hi, rank(r)} }

func rank(r *fact.Ingress) int {
	if r.Scope.Order == fact.DenyWins && r.Action == fact.Deny {
		return 0
	}
	return 1
}

// comesBefore reports whether a rule surely comes before another.
func comesBefore(a, b *fact.Ingress) bool { return latest(a).compare(earliest(b)) < 0 }

// mayComeBefore reports whether a rule may come before another.
func mayComeBefore(a, b *fact.Ingress) bool { return !comesBefore(b, a) }
