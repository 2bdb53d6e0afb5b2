package server

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// objectOf returns a subject's resource together with its counterpart in the configuration.
func objectOf(s read.Subject) object {
	o := object{known: s.Resource.Object, at: s.Resource.Decl}
	if s.Declared != nil {
		o.written, o.hasWritten, o.at = s.Declared.Object, true, s.Declared.Decl
	}
	return o
}

// object is a body as it is known, and as the configuration writes it.
type object struct {
	known, written graph.Object
	hasWritten     bool
	at             hcl.Range
}

// attr returns an attribute as it is known, and as the configuration writes it.
func (o object) attr(name string) (known, written graph.Value) {
	known = o.known.OwnAttr(name)
	if o.hasWritten {
		return known, o.written.OwnAttr(name)
	}
	return known, known
}

// blocks returns the nested blocks of a type.
func (o object) blocks(name string) []object {
	known := o.known.OwnBlocks(name)
	var written []graph.Block
	if o.hasWritten {
		written = o.written.OwnBlocks(name)
	}
	out := make([]object, len(known))
	for i, b := range known {
		out[i] = object{known: b.Object, at: b.At}
		switch {
		case len(written) == len(known):
			out[i].written, out[i].hasWritten, out[i].at = written[i].Object, true, written[i].At
		case o.hasWritten:
			out[i].at = o.at
		}
	}
	return out
}

// setting returns what an attribute says; without it, the default and its source.
func setting[T any](o object, attr string, parse func(graph.Value) (T, bool), standard T, source string) fact.Setting[T] {
	known, written := o.attr(attr)
	s := fact.Setting[T]{At: written.At, By: written, Sensitive: known.Sensitive() || written.Sensitive()}
	if s.At.Filename == "" {
		s.At = o.at
	}
	if value, ok := parse(known); ok {
		s.State, s.Value = ftpd.Known, value
		return s
	}
	if !read.Given(known) {
		s.State, s.Value, s.Source = ftpd.Default, standard, source
		return s
	}
	s.State, s.Source, s.Decides = ftpd.Unknown, attr+" isn't known", decidersOf(known, written)
	return s
}

// decidersOf returns what would decide a value.
func decidersOf(known, written graph.Value) []graph.Origin {
	if origins := written.Origins(); len(origins) > 0 {
		return origins
	}
	return known.Origins()
}

// settled returns a setting that is known at a place.
func settled[T any](value T, at hcl.Range) fact.Setting[T] {
	return fact.Setting[T]{State: ftpd.Known, Value: value, At: at}
}

// mapped returns a setting with f applied to its value.
func mapped[T, U any](s fact.Setting[T], f func(T) U) fact.Setting[U] {
	out := fact.Setting[U]{State: s.State, At: s.At, By: s.By, Source: s.Source, Decides: s.Decides, Sensitive: s.Sensitive}
	if s.State != ftpd.Unknown && s.State != 0 {
		out.Value = f(s.Value)
	}
	return out
}

// existing returns whether a resource surely has an instance.
func existing(r *graph.Resource, at hcl.Range) fact.Setting[bool] {
	if r.Certain {
		return settled(true, at)
	}
	return fact.Setting[bool]{
		State: ftpd.Unknown, At: at, Source: "how many instances there are isn't known", Decides: r.Exists.Origins(),
	}
}
