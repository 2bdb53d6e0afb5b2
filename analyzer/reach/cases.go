package reach

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// cases collects what comes by ways, some of which start or end at one of several places. What surely comes in every case
// surely comes.
type cases[S netset.Set[S]] struct {
	always  netset.Bounds[S]
	choices map[choice]map[choice]netset.Bounds[S]
	order   []choice
}

// choice is two numbers: of the choices that a way starts and ends with, or of the places in these.
type choice struct{ starts, ends int }

// add adds what comes by a way.
func (c *cases[S]) add(way *fact.Way, comes netset.Bounds[S]) {
	of, is := choice{way.Starts.Of, way.Ends.Of}, choice{way.Starts.Is, way.Ends.Is}
	if of == (choice{}) {
		c.always = netset.UnionBounds(c.always, comes)
		return
	}
	if c.choices == nil {
		c.choices = map[choice]map[choice]netset.Bounds[S]{}
	}
	if c.choices[of] == nil {
		c.choices[of] = map[choice]netset.Bounds[S]{}
		c.order = append(c.order, of)
		for s := range max(way.Starts.Cases, 1) {
			for e := range max(way.Ends.Cases, 1) {
				c.choices[of][choice{s, e}] = netset.Bounds[S]{}
			}
		}
	}
	c.choices[of][is] = netset.UnionBounds(c.choices[of][is], comes)
}

// all returns what comes by all ways.
func (c *cases[S]) all() netset.Bounds[S] {
	out := c.always
	for _, of := range c.order {
		var either netset.Bounds[S]
		first := true
		for _, comes := range c.choices[of] {
			if first {
				either, first = comes, false
			} else {
				either = netset.EitherBounds(either, comes)
			}
		}
		out = netset.UnionBounds(out, either)
	}
	return out
}
