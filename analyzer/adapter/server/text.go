package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// textOf returns the text of an attribute. If a plan hides it, or knows it without places, the text is the configuration's.
func textOf(s read.Subject, known, written graph.Value) graph.Written {
	if s.Declared == s.Resource {
		if read.Given(written) {
			known = written
		}
		return composed(s.Graph, known)
	}
	var config graph.Written
	if s.Declared != nil {
		config = composed(s.Source, written)
	}
	text, ok := known.Text()
	switch {
	case !ok && s.Declared == nil:
		return composed(s.Graph, known)
	case !ok, len(config.Pieces) > 0 && config.Known():
		return config
	case isHash(text) && len(config.Pieces) > 0:
		return config
	}
	at := written.At
	switch {
	case at.Filename != "":
	case s.Declared != nil: // which doesn't set it
		at = s.Declared.Decl
	default:
		at = known.At
	}
	sensitive := known.Sensitive() || written.Sensitive()
	if isHash(text) {
		return graph.Compose(host.Hole, graph.Piece{At: at, Sensitive: sensitive, Decides: []graph.Origin{{
			Kind: graph.FromExpression, Name: "the text of which the plan has only a hash", At: at,
		}}})
	}
	if plain, ok := decoded(text); ok && len(config.Pieces) > 0 {
		if aligned, ok := align(config, plain); ok {
			return aligned
		}
	}
	return graph.Compose(host.Hole, graph.Piece{Text: text, Known: true, Given: true, At: at, Sensitive: sensitive})
}

// isHash reports whether a text is a SHA-1 sum, which the AWS provider before version 6 kept instead of user data.
func isHash(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == sha1.Size
}

// decoded decodes a text that may be in base64, compressed or not.
func decoded(text string) (string, bool) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return text, true
	}
	if r, err := gzip.NewReader(bytes.NewReader(raw)); err == nil {
		raw, err = io.ReadAll(io.LimitReader(r, host.MaxTextBytes))
		if err != nil {
			return "", false
		}
	}
	return string(raw), true
}

// align fills the unknown pieces of a text from the whole text.
func align(w graph.Written, text string) (graph.Written, bool) {
	var out []graph.Piece
	var gap *graph.Piece
	rest := text
	fill := func(s string) bool {
		if gap == nil {
			return s == ""
		}
		gap.Text, gap.Known, gap.Given, gap.Verbatim, gap.Decides = s, true, true, false, nil
		out = append(out, *gap)
		gap = nil
		return true
	}
	for _, p := range w.Pieces {
		if !p.Known {
			if gap == nil {
				gap = &p
			}
			continue
		}
		i := strings.Index(rest, p.Text)
		if i < 0 || !fill(rest[:i]) {
			return graph.Written{}, false
		}
		out, rest = append(out, p), rest[i+len(p.Text):]
	}
	if !fill(rest) {
		return graph.Written{}, false
	}
	return graph.Compose(host.Hole, out...), true
}

// composed returns the text of a value. If a data source of the configuration composes it, the text keeps its places.
func composed(g *graph.Graph, v graph.Value) graph.Written {
	w := v.Written(host.Hole)
	if w.Known() {
		return w
	}
	targets, whole := g.Refer(v)
	if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Mode != graph.Data {
		return w
	}
	data := targets[0].Resource
	switch data.Addr.Type {
	case "cloudinit_config", "template_cloudinit_config":
		return cloudInit(g, data)
	case "template_file":
		return templateFile(g, data)
	}
	return w
}

// cloudInit returns the text that a cloud-init data source composes: a MIME message of its parts.
// https://registry.terraform.io/providers/hashicorp/cloudinit/latest/docs/data-sources/config.
func cloudInit(g *graph.Graph, data *graph.Resource) graph.Written {
	const boundary = "MIMEBOUNDARY"
	head := func(text string, at hcl.Range) graph.Piece { return graph.Piece{Text: text, Known: true, At: at} }
	pieces := []graph.Piece{head("Content-Type: multipart/mixed; boundary=\""+boundary+"\"\nMIME-Version: 1.0\n\n", data.Decl)}
	for _, part := range data.Blocks("part") {
		kind, _ := part.Attr("content_type").Text()
		if kind == "" {
			kind = "text/plain"
		}
		pieces = append(pieces, head("--"+boundary+"\nContent-Type: "+strings.Join(strings.Fields(kind), "")+"\nMIME-Version: 1.0\n\n", part.At))
		if part.Certain {
			pieces = append(pieces, composed(g, part.Attr("content")).Pieces...)
		} else {
			pieces = append(pieces, graph.Piece{At: part.At, Decides: part.Exists.Origins()})
		}
		pieces = append(pieces, head("\n", part.At))
	}
	return graph.Compose(host.Hole, append(pieces, head("--"+boundary+"--\n", data.Decl))...)
}

// interpolations matches what a template of template_file inserts.
var interpolations = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{([^{}]*)\}`) })

// templateFile returns the text of a data source template_file, as far as it inserts plain variables.
func templateFile(g *graph.Graph, data *graph.Resource) graph.Written {
	template := composed(g, data.Attr("template"))
	vars := data.Attr("vars").Object()
	var pieces []graph.Piece
	end := 0
	add := func(start, stop int) {
		for start < stop {
			p := template.Place(start, start+1)
			n := 1
			for start+n < stop && template.Text[start+n-1] != '\n' {
				n++
			}
			p.Text, p.Known, p.Verbatim, p.At = template.Text[start:start+n], true, false, template.Place(start, start+n).At
			pieces, start = append(pieces, p), start+n
		}
	}
	for _, m := range interpolations().FindAllStringSubmatchIndex(template.Text, -1) {
		add(end, m[0])
		end = m[1]
		v := vars.Attr(strings.TrimSpace(template.Text[m[2]:m[3]]))
		if text, ok := v.Text(); ok {
			pieces = append(pieces, graph.Piece{Text: text, Known: true, Given: true, At: v.At, Sensitive: v.Sensitive()})
		} else {
			pieces = append(pieces, graph.Piece{At: template.Place(m[0], m[1]).At, Decides: v.Origins()})
		}
	}
	add(end, len(template.Text))
	return graph.Compose(host.Hole, pieces...)
}
