package ftpd

import "github.com/tfreach/tfreach/analyzer/host"

// Reader reads texts that set up machines, each list of them once, and bounds what all of them take together. The zero
// Reader is ready to use.
type Reader struct {
	nodes map[step]*node
	steps int
}

// node is a list of texts, or the beginning of one, on an image of some families.
type node struct{ reading *Reading }

// step leads from a node to the one with another family, or with another text.
type step struct {
	from   *node
	family host.Family
	part   host.Part
}

// maxSteps is what all texts may take together, in the steps of a machine.
const maxSteps = 64 * host.MaxSteps

// Read is [Read] that doesn't do again what it has done.
func (r *Reader) Read(evidence host.Evidence, parts ...host.Part) Reading {
	at := r.node(step{})
	for _, f := range evidence.Families {
		at = r.node(step{from: at, family: f})
	}
	for _, p := range parts {
		at = r.node(step{from: at, part: p})
	}
	if at.reading == nil {
		if left := max(maxSteps-r.steps, 1); evidence.Steps == 0 || evidence.Steps > left {
			evidence.Steps = min(host.MaxSteps, left)
		}
		reading, took := read(evidence, parts)
		r.steps += took
		at.reading = &reading
	}
	return *at.reading
}

func (r *Reader) node(s step) *node {
	if r.nodes == nil {
		r.nodes = map[step]*node{}
	}
	if r.nodes[s] == nil {
		r.nodes[s] = &node{}
	}
	return r.nodes[s]
}
