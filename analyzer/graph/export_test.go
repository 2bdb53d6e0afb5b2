package graph

import "github.com/tfreach/tfreach/analyzer/source"

// FromConfigWithin is FromConfig of all resources with small limits.
func FromConfigWithin(tree *source.Tree, instances, steps int) (*Graph, error) {
	all := func(Mode, string) bool { return true }
	return fromConfig(tree, ".", Inputs{}, all, limits{instances: instances, values: maxValues, steps: steps, made: maxMade / 10})
}
