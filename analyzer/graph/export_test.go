package graph

import "github.com/tfreach/tfreach/analyzer/source"

// FromConfigWithin is FromConfig of all resources with small limits.
func FromConfigWithin(tree *source.Tree, instances, steps int) (*Graph, error) {
	all := func(Mode, string) bool { return true }
	return fromConfig(tree, ".", Inputs{}, all, limits{instances: instances, values: maxValues, steps: steps, made: maxMade / 10})
}

// ParseAnyAddress is ParseAddress without its short way.
func ParseAnyAddress(s string) (Address, error) { return parseAddress(s) }

// TraceSteps returns what finding out where values are from has cost so far.
func (v Value) TraceSteps() int { return v.scope.m.ev.traced.steps }
