package server

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// helmRelease reads a release of a chart that is named after an FTP server, or whose values name the image of one. What else
// the chart does with its values isn't known. Source:
// https://registry.terraform.io/providers/hashicorp/helm/latest/docs/resources/release.
func helmRelease(s read.Subject) ([]fact.FTP, []fact.Unread) {
	o := objectOf(s)
	known, written := o.attr("chart")
	chart := textOf(s, known, written)
	name := chart.Text[strings.LastIndexByte(chart.Text, '/')+1:]
	if strings.Contains(name, host.Hole) {
		name = ""
	}
	image, named := chartImage(s, o)
	at := chart.Place(0, 1).At
	if named {
		at = image.Place(0, 1).At
	} else {
		image = graph.Compose(host.Hole, graph.Piece{Text: "charts/" + strings.ToLower(name), Known: true, At: at})
	}
	if image.Text == host.Hole {
		// The chart may be named after a server while its image isn't known.
		named, image = false, graph.Compose(host.Hole, graph.Piece{Text: "charts/" + strings.ToLower(name), Known: true, At: at})
	}
	// The chart decides which of its values become environment variables.
	env := map[string]graph.Written{}
	if named {
		for _, variable := range ftpd.Variables() {
			env[variable] = graph.Compose(host.Hole, graph.Piece{At: at})
		}
	}
	endpoints := container{image: image, env: env, at: o.at}.endpoints(s.Resource)
	if len(endpoints) == 0 {
		return nil, nil
	}
	e := endpoints[0]
	if named {
		return []fact.FTP{e}, nil
	}
	e.Name = "the chart " + name
	e.Outdated = nil
	if version, _ := o.attr("version"); !read.Given(version) {
		e.Outdated = []fact.Remark{{
			Key: "floating version", What: "has no version, so that what runs changes without notice", Fix: "Set version.",
			Holds: settled(true, e.At),
		}}
	}
	return []fact.FTP{e}, nil
}

// chartImage returns the image that the values of a release name, in the way that most charts have: image, or image.repository
// with image.registry and image.tag. It is a hole if it isn't known.
func chartImage(s read.Subject, o object) (graph.Written, bool) {
	values := chartValues(s, o)
	hole := func(at hcl.Range, decides []graph.Origin) (graph.Written, bool) {
		return graph.Compose(host.Hole, graph.Piece{At: at, Decides: decides}), true
	}
	parts := map[string]graph.Piece{}
	for _, key := range []string{"image", "image.registry", "image.repository", "image.tag"} {
		v, ok := values(key)
		if !ok {
			continue
		}
		if !v.Known {
			return hole(v.At, v.Decides)
		}
		parts[key] = v
	}
	piece, ok := parts["image.repository"]
	if !ok {
		if piece, ok = parts["image"]; !ok || piece.Text == "" {
			return graph.Written{}, false
		}
		return graph.Compose(host.Hole, piece), true
	}
	if registry := parts["image.registry"].Text; registry != "" {
		piece.Text = registry + "/" + piece.Text
	}
	switch tag, ok := parts["image.tag"]; {
	case ok && tag.Text != "":
		piece.Text += ":" + tag.Text
	default:
		piece.Text += ":" + host.Hole // the chart's own
	}
	return graph.Compose(host.Hole, piece), true
}

// chartValues returns a function that looks up the values of a release by their path. Values that are set one by one override
// documents, and later ones override earlier ones.
func chartValues(s read.Subject, o object) func(path string) (graph.Piece, bool) {
	var documents []graph.Written
	known, written := o.attr("values")
	elements, whole := known.Elements()
	places, _ := written.Elements()
	for i, e := range elements {
		place := graph.Value{}
		if len(places) == len(elements) {
			place = places[i]
		}
		documents = append(documents, textOf(s, e, place))
	}
	if !whole {
		documents = append(documents, graph.Compose(host.Hole, graph.Piece{At: written.At, Decides: decidersOf(known, written)}))
	}
	return func(path string) (found graph.Piece, ok bool) {
		for _, d := range documents {
			switch v := ftpd.Scalar(d.Text, strings.Split(path, ".")...); v.State {
			case ftpd.Known:
				p := d.Place(v.At.Start, v.At.End)
				found, ok = graph.Piece{Text: v.Value, Known: true, At: p.At, Sensitive: p.Sensitive}, true
			case ftpd.Unknown:
				found, ok = graph.Piece{At: d.Place(v.At.Start, v.At.End).At, Decides: deciders(d, v.At)}, true
			case ftpd.Default:
			}
		}
		for _, b := range o.blocks("set") {
			v := b.known.OwnAttr("name")
			if v.Undecided() { // it may set this
				found, ok = graph.Piece{At: b.at, Decides: v.Origins()}, true
			}
			if name, _ := v.Text(); name == path {
				known, written := b.attr("value")
				w := textOf(s, known, written)
				found, ok = graph.Piece{Text: w.Text, Known: w.Known(), At: w.Place(0, len(w.Text)).At, Sensitive: w.Sensitive(), Decides: w.Decides()}, true
				if !w.Known() {
					found.Text = ""
				}
			}
		}
		return found, ok
	}
}
