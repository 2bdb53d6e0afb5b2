package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
)

// registerJoin tells Beam what stage 2 is made of.
func registerJoin() {
	register.Function1x2(alone)
	register.Function2x1(once)
	register.Function1x2(place)
	register.Function3x0(mentions)
	register.Function3x0(spread)
	register.Function4x0(enlarge)
	register.Function3x0(networks)
	register.DoFn3x0[string, func(*Place) bool, func(string, Place)](&gatherFn{})
	register.Function1x2(byDocument)
	register.DoFn5x1[context.Context, string, func(*Outcome) bool, func(*Place) bool, func(Outcome), error](&joinFn{})
	register.Emitter2[string, string]()
	register.Emitter2[string, Place]()
	register.Iter1[bool]()
	register.Iter1[string]()
	register.Iter1[Place]()
	register.Iter1[Outcome]()
}

// Place is where a document belongs.
type Place struct {
	Document string
	Bytes    int64
	// Networks are the IDs of the networks that it is about, and Parts those of what else it mentions there. Direct is how many
	// networks it mentions itself.
	Networks, Parts []string
	Direct          int
	// Asks is true if others can change what is said of it, and Tells if it can say something of others.
	Asks, Tells bool
}

// mostNetworks is how many networks may have a part in common. What is common to more is used by a whole organisation, and
// says nothing of where a document belongs.
const mostNetworks = 32

// join looks again at documents that share a network with others, together with those. A document is about the networks that
// it mentions, and about those of documents that mention the same part of a network: the state of a machine may have nothing
// but the subnet's ID. A second step adds what is attached by a third document, such as a firewall.
func join(s beam.Scope, outcomes beam.PCollection, o options) beam.PCollection {
	s = s.Scope("join")
	places := beam.ParDo(s, place, outcomes)
	for range 2 {
		found := beam.ParDo(s, spread, beam.GroupByKey(s, beam.ParDo(s, mentions, places)))
		places = beam.ParDo(s, enlarge, beam.CoGroupByKey(s, places, found))
	}
	near := beam.ParDo(s, &gatherFn{Most: o.MostDocuments}, beam.GroupByKey(s, beam.ParDo(s, networks, places)))
	return beam.ParDo(s, &joinFn{Options: o.Scan, MostDocuments: o.MostDocuments, MostBytes: o.MostBytes},
		beam.CoGroupByKey(s, beam.ParDo(s, byDocument, outcomes), near))
}

func byDocument(o Outcome) (string, Outcome) { return o.Document, o }

func place(o Outcome) (string, Place) {
	return o.Document, Place{
		Document: o.Document, Bytes: o.Bytes, Networks: o.Networks, Parts: o.Parts, Direct: len(o.Networks),
		Asks:  o.Err == "" && (len(o.Endpoints) > 0 || o.Findings > 0),
		Tells: o.Err == "" && o.Kind == kindDocument,
	}
}

// mentions makes the places of each part. They need not know their own parts there.
func mentions(_ string, p Place, emit func(string, Place)) {
	parts := p.Parts
	p.Parts = nil
	for _, part := range parts {
		emit(part, p)
	}
}

// spread makes the networks of all documents that mention a part those of each.
func spread(_ string, next func(*Place) bool, emit func(string, string)) {
	all := map[string]bool{}
	var documents []string
	for p := (Place{}); next(&p); p = (Place{}) {
		documents = append(documents, p.Document)
		for _, n := range p.Networks {
			if all[n] = true; len(all) > mostNetworks {
				return
			}
		}
	}
	if len(documents) < 2 {
		return
	}
	for _, d := range documents {
		for n := range all {
			emit(d, n)
		}
	}
}

// enlarge adds networks to a place.
func enlarge(document string, next func(*Place) bool, more func(*string) bool, emit func(string, Place)) {
	var p Place
	if !next(&p) {
		return
	}
	all := map[string]bool{}
	for _, n := range p.Networks {
		all[n] = true
	}
	for n := ""; more(&n); {
		all[n] = true
	}
	p.Networks = slices.Sorted(maps.Keys(all))
	emit(document, p)
}

// networks makes the places of each network.
func networks(_ string, p Place, emit func(string, Place)) {
	all := p.Networks
	p.Networks, p.Parts = nil, nil
	for _, n := range all {
		emit(n, p)
	}
}

// gatherFn makes the neighbours of each document of a network that asks for some. Its field is exported for Beam.
type gatherFn struct{ Most int }

// ProcessElement is called by Beam.
func (f *gatherFn) ProcessElement(_ string, next func(*Place) bool, emit func(string, Place)) {
	var asking []string
	var telling []Place
	for p := (Place{}); next(&p); p = (Place{}) {
		if p.Asks {
			asking = append(asking, p.Document)
		}
		if p.Tells {
			telling = append(telling, p)
		}
		if len(telling) > 2*f.Most+2 {
			telling = f.nearest(telling)
		}
	}
	telling = f.nearest(telling)
	for _, document := range asking {
		for _, p := range telling {
			if p.Document != document {
				emit(document, p)
			}
		}
	}
}

// nearest returns the documents that say most of a network, one more than may come together: those that mention networks, as
// the states of networks do.
func (f *gatherFn) nearest(telling []Place) []Place {
	slices.SortFunc(telling, compareNearness)
	return telling[:min(len(telling), f.Most+1)]
}

func compareNearness(a, b Place) int {
	return cmp.Or(cmp.Compare(b.Direct, a.Direct), cmp.Compare(a.Document, b.Document))
}

// joinFn looks again at a document that has neighbours. Its fields, but the last, are exported for Beam.
type joinFn struct {
	Options       scanOptions
	MostDocuments int
	MostBytes     int64

	scanner scanner
}

// Teardown is called by Beam.
func (f *joinFn) Teardown() { f.scanner.stop() }

// ProcessElement is called by Beam.
func (f *joinFn) ProcessElement(ctx context.Context, _ string, next func(*Outcome) bool, near func(*Place) bool, emit func(Outcome)) error {
	var o Outcome
	if !next(&o) {
		return nil
	}
	var all []Place
	for p := (Place{}); near(&p); p = (Place{}) {
		all = append(all, p)
	}
	if len(all) > 0 {
		slices.SortFunc(all, compareNearness)
		all = slices.CompactFunc(all, func(a, b Place) bool { return a.Document == b.Document })
		if err := f.join(ctx, &o, all); err != nil {
			return err
		}
	}
	emit(o)
	return nil
}

// join looks again at what an outcome is about, with others. The error is about this machine, or the way to a document's.
func (f *joinFn) join(ctx context.Context, o *Outcome, others []Place) error {
	scanners <- struct{}{}
	defer func() { <-scanners }()
	self, err := fetch(ctx, o.Document, f.Options.Unpacked)
	if bad := (errDocument{}); errors.As(err, &bad) {
		return nil // it is gone since
	}
	if err != nil {
		return err
	}
	defer self.remove()
	r := request{Path: self.path, Name: self.name, scanOptions: f.Options}
	var with []string
	left := f.MostBytes
	for _, p := range others {
		if len(with) == f.MostDocuments || p.Bytes > left {
			o.Left++
			continue
		}
		l, err := fetch(ctx, p.Document, min(left, f.Options.Unpacked))
		if bad := (errDocument{}); errors.As(err, &bad) {
			o.Left++
			continue
		}
		if err != nil {
			return err
		}
		defer l.remove()
		left -= p.Bytes
		with = append(with, p.Document)
		r.With = append(r.With, l.path)
	}
	r.WithNames = with
	a, err := f.scanner.ask(ctx, r)
	if err != nil || a.Err != "" {
		return err
	}
	o.Endpoints, o.With = a.Endpoints, with
	o.Joined, err = pack(a.Report)
	return err
}
