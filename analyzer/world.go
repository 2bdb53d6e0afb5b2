package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// world is what else there is besides an input. It is the same for all inputs, and only read.
type world struct {
	documents []worldDocument
	// roots are the root modules of the selection, whose states others may read.
	roots []neighbour
}

// worldDocument is a state or a plan of what else there is.
type worldDocument struct {
	doc *plan.Plan
	// name is what people call it, and file its name in places.
	name, file string
}

// neighbour is a root module with where its state is.
type neighbour struct {
	input   *Input
	backend func() graph.Backend
}

// readWorld reads what the user gives of the rest of the world.
func (s *Selection) readWorld(ctx context.Context) error {
	for _, name := range s.config.With {
		doc, err := s.readDocument(ctx, name)
		if err != nil {
			return err
		}
		s.documents = append(s.documents, doc)
	}
	joinWorld(s.Inputs, s.documents)
	return nil
}

// joinWorld tells inputs of each other and of documents.
func joinWorld(inputs []*Input, documents []worldDocument) {
	w := &world{documents: documents}
	for _, in := range inputs {
		in.world = w
		switch {
		case in.document != nil || in.deployment != nil: // whose state nobody names
		case in.unit != nil:
			w.roots = append(w.roots, neighbour{in, sync.OnceValue(in.unit.backend)})
		default:
			w.roots = append(w.roots, neighbour{in, sync.OnceValue(func() graph.Backend { return graph.BackendOf(in.at.tree, in.at.dir) })})
		}
	}
}

// readDocument reads a state or a plan of the rest of the world.
func (s *Selection) readDocument(ctx context.Context, name string) (worldDocument, error) {
	kind, err := source.KindOf(name)
	if err != nil {
		return worldDocument{}, err
	}
	if kind != source.KindDocument {
		return worldDocument{}, fmt.Errorf("%s: it is no plan or state", name)
	}
	file, err := s.place(name)
	if err != nil {
		return worldDocument{}, fmt.Errorf("%s: %w", name, err)
	}
	text, err := plan.Open(ctx, name, s.config.Terraform)
	if err != nil {
		return worldDocument{}, fmt.Errorf("%s: %w", name, err)
	}
	doc, err := plan.Read(text, func(mode, typ string) bool { return s.Analyst.reads(mode == "managed", typ) })
	if closeErr := text.Close(); err == nil {
		err = closeErr
	}
	if bad := (*plan.Error)(nil); errors.As(err, &bad) {
		return worldDocument{}, fmt.Errorf("%s:%w", name, err)
	}
	if err != nil {
		return worldDocument{}, fmt.Errorf("%s: %w", name, err)
	}
	return worldDocument{doc, name, file}, nil
}

// gathering is what an input has of other root modules. Each is evaluated once for it, as its values are evaluated when they
// are asked for.
type gathering struct {
	analyst *Analyst
	world   *world
	self    *Input
	others  []*graph.Other
	// known has nil for those that are being evaluated: root modules that ask each other in a circle know nothing of each other
	// there.
	known map[otherKey]*graph.Other
}

// otherKey is a root module in a variant and a workspace.
type otherKey struct{ place, variant, workspace string }

func newGathering(k *Analyst, in *Input) *gathering {
	return &gathering{analyst: k, world: in.world, self: in, others: in.world.others(), known: map[otherKey]*graph.Other{}}
}

// around gives a root module in a variant what there is of others.
func (g *gathering) around(ctx context.Context, variant string, inputs graph.Inputs) graph.Inputs {
	inputs.Others = g.others
	inputs.Done, inputs.Model = ctx.Done(), read.ModelOf(g.analyst.known.Modules)
	inputs.Remote = func(b graph.Backend) *graph.Other {
		of := g.world.neighbour(variant, b)
		if of == nil || of == g.self {
			return nil
		}
		return g.once(otherKey{of.place(), of.variant, b.Workspace}, func() *graph.Other {
			if of.unit != nil {
				return g.runs(ctx, of.unit)
			}
			values := of.values
			values.Workspace = cmp.Or(values.Workspace, b.Workspace)
			o, err := graph.OtherConfig(of.at.tree, of.at.dir, of.Name, g.around(ctx, of.variant, values), g.analyst.wants)
			if err != nil {
				return nil // its own analysis says so
			}
			return o
		})
	}
	return inputs
}

// once returns what is made of another root module.
func (g *gathering) once(key otherKey, of func() *graph.Other) *graph.Other {
	if o, ok := g.known[key]; ok {
		return o
	}
	g.known[key] = nil
	o := of()
	g.known[key] = o
	return o
}

// unit returns the unit in a folder, which another one depends on; nil if its outputs can't be known.
func (g *gathering) unit(ctx context.Context, from *unit, dir string) *graph.Other {
	all := from.units
	place := all.tree.Place(dir)
	if ctx.Err() != nil || all.circle(dir) != nil || g.self.unit != nil && g.self.unit.units == all && g.self.unit.outline.Dir == dir {
		return nil
	}
	return g.once(otherKey{place: place, variant: from.variant}, func() *graph.Other {
		outline := all.outline(dir)
		return g.runs(ctx, &unit{outline: outline, units: all, tree: outline.Tree, variant: from.variant, values: from.values})
	})
}

// runs evaluates a unit.
func (g *gathering) runs(ctx context.Context, u *unit) *graph.Other {
	at, inputs, _ := u.resolve(ctx, g) // whoever analyses the unit says what is wrong there
	name := u.units.tree.Place(u.outline.Dir)
	o, err := graph.OtherConfig(at.tree, at.dir, name, g.around(ctx, u.variant, inputs), g.analyst.wants)
	if err != nil {
		return nil
	}
	if u.outline.Module == "" {
		return o.Through(path.Base(u.outline.Dir))
	}
	return o
}

// others returns what the documents say.
func (w *world) others() []*graph.Other {
	if w == nil {
		return nil
	}
	var out []*graph.Other
	for _, d := range w.documents {
		out = append(out, graph.OtherPlan(d.doc, d.file, d.name))
	}
	return out
}

// neighbour returns the root module whose state is in a backend: of several variants the one of the same name as that of the
// root module which asks. It is nil if there is none, or several.
func (w *world) neighbour(variant string, b graph.Backend) *Input {
	if w == nil {
		return nil
	}
	var found []*Input
	for i := range w.roots {
		if n := &w.roots[i]; n.backend().Same(b) {
			found = append(found, n.input)
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(in *Input) bool {
			return b.Workspace != "" && in.values.Workspace != b.Workspace || b.Workspace == "" && in.variant != variant
		})
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}
