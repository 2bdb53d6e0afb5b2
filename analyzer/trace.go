package analyzer

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Trace is what was found of the ways from the internet in an input.
type Trace struct {
	// Input is the name of the root module or document.
	Input string
	// Topology is the resource graph with its edges.
	Topology *graph.Topology
	// Reached are the endpoints, once for each port that was asked for.
	Reached []reach.Reached
	locator *locator
}

// Placed returns the place of what a resource says at a place; see [Pass.Placed].
func (t *Trace) Placed(r *graph.Resource, at hcl.Range) hcl.Range {
	if t.locator == nil || r == nil {
		return at
	}
	return t.locator.block(r, at)
}

// TraceAll reads the inputs of a Config and walks the ways from the internet to the ports, without asking its rules. The
// result holds the notices and the root that places are relative to. Errors are as those of [Run].
func TraceAll(ctx context.Context, c Config, ports []reach.Port) ([]Trace, *Result, error) {
	r := newRunner(ctx, c)
	defer r.close()
	inputs, err := r.inputs(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := r.readVars(); err != nil {
		return nil, nil, err
	}
	documents := r.readDocuments(ctx, inputs)
	defer documents.stop()
	var out []Trace
	var links []graph.Link
	for _, cloud := range c.Knowledge.Clouds {
		links = append(links, cloud.Links...)
	}
	for i, in := range inputs {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		v, err := r.view(in, func() (*plan.Plan, error) { return documents.take(i) })
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", in.name, err)
		}
		seen := r.see(v.graph)
		walker := reach.NewWalker(seen.rules, seen.replies)
		t := Trace{Input: in.name, Topology: v.graph.Connect(links), locator: v.locator}
		for _, port := range ports {
			for e := range seen.endpoints {
				t.Reached = append(t.Reached, walker.Walk(&seen.endpoints[e], port))
			}
		}
		out = append(out, t)
		r.notice(v.graph.Diagnostics())
	}
	r.result.finish()
	return out, r.result, nil
}
