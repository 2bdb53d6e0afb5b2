package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// between traces the ways from one place to another and prints them.
func (c *cli) between(ctx context.Context, path, from, to string, f *inputFlags) (int, error) {
	type traced struct {
		text           string
		from, to, asks bool
	}
	found, err := inspect(ctx, c, path, f, func(s *analyzer.Selection, a *analyzer.Analysis) traced {
		var out traced
		n := a.Networks()
		if n == nil {
			return out
		}
		starts, ends := n.Find(from), n.Find(to)
		out.from, out.to = len(starts) > 0, len(ends) > 0
		var b bytes.Buffer
		for _, port := range s.Ports() {
			out.asks = proof{&b, a, fromWorkingDir(s.Root)}.between(n, starts, ends, port) || out.asks
		}
		if a.Input.Variant() != "" && b.Len() > 0 {
			out.text = "In " + a.Input.Name + ":\n\n"
		}
		out.text += a.Covered(b.String())
		return out
	})
	if err != nil {
		return exitError, err
	}
	var texts []string
	known, asks := [2]bool{}, false
	for _, one := range found.each {
		known[0], known[1], asks = known[0] || one.from, known[1] || one.to, asks || one.asks
		if one.text != "" {
			texts = append(texts, one.text)
		}
	}
	if len(texts) > 0 {
		return c.shown(strings.Join(texts, "\n"), found.Result)
	}
	c.warn(found.Notices, fromWorkingDir(found.Root))
	return notFound(found.Result, known, from, to)
}

// notFound says which of two names stands for nothing.
func notFound(r *analyzer.Result, known [2]bool, names ...string) (int, error) {
	err := fmt.Errorf("%s: tfreach knows no way between the two; one of them must be a machine, a listener or a database", strings.Join(names, ", "))
	for i, name := range names {
		if !known[i] {
			err = fmt.Errorf("%s: there is no machine, listener, database or network of this address, and it is no prefix", name)
			break
		}
	}
	if !r.Complete() {
		return exitPartial, errGivenUp{err}
	}
	return exitError, err
}

// between writes the ways from each of some places to each of others. Places that are alike are told once. It reports whether
// there were any.
func (p proof) between(n *analyzer.Networks, starts, ends []analyzer.Party, port reach.Port) bool {
	type pair struct{ from, to int }
	alike := map[pair]int{}
	type question struct {
		from, to analyzer.Party
		key      pair
	}
	var asked []question
	for i, from := range starts {
		for k, to := range ends {
			if from.Host == nil && to.Host == nil || from.Host != nil && from.Host == to.Host && len(ends) > 1 {
				continue
			}
			key := pair{class(from, i), class(to, k)}
			if alike[key]++; alike[key] == 1 {
				asked = append(asked, question{from, to, key})
			}
		}
	}
	for i, q := range asked {
		if i > 0 {
			p.line("")
		}
		r := n.Trace(q.from, q.to, port)
		p.line("%s → %s: %s %s", q.from.Name, q.to.Name, port, verdictOf(r))
		if more := alike[q.key] - 1; more > 0 {
			p.line("%d more pairs are alike", more)
		}
		// Machines in several subnets have many ways that read the same.
		told := map[string]bool{}
		for path := range r.Paths() {
			var b bytes.Buffer
			proof{&b, p.of, p.name}.path(r, path)
			if !told[b.String()] {
				told[b.String()] = true
				p.line("%s", strings.TrimSuffix(b.String(), "\n"))
			}
		}
	}
	return len(asked) > 0
}

// class is the same for places that are alike.
func class(p analyzer.Party, i int) int {
	if p.Host != nil {
		return p.Host.Class
	}
	return -1 - i
}

func verdictOf(r *reach.Reached) string {
	switch {
	case !r.Admits.Must.Empty():
		return "is reached"
	case !r.Admits.May.Empty():
		return "may be reached"
	}
	return "can't be reached"
}

// passing says what a way with clients of its own lets pass.
func passing(r *reach.Reached, path *reach.Path) string {
	word := ""
	set := path.Admits.Must
	if set.Empty() {
		set, word = path.Admits.May, "perhaps "
	}
	switch {
	case set.Empty():
		return "nothing to " + r.Port.String()
	case path.Way.One:
		return word + r.Port.String()
	case path.Way.Clients.Intersect(path.Way.Family).SubsetOf(set):
		return word + "all of these addresses at " + r.Port.String()
	}
	return word + set.Summary(4) + " at " + r.Port.String()
}
