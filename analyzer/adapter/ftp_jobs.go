package adapter

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/syntax"
)

// nomadJob reads the tasks of a job in Nomad's own language that run containers:
// https://developer.hashicorp.com/nomad/docs/job-specification.
func nomadJob(s Subject) ([]fact.FTP, []fact.Unread) {
	known, written := s.object().attr("jobspec")
	if !given(known) {
		return nil, nil
	}
	text := s.text(known, written)
	src := []byte(text.Text)
	tokens, diags := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	unread := []fact.Unread{{
		What: "the job isn't understood", At: text.Place(0, min(1, len(text.Text))).At, Decides: decidersOf(known, written), Sensitive: text.Sensitive(),
	}}
	if depth, _ := syntax.Depth(tokens); diags.HasErrors() || depth > maxJobDepth || len(src) > ftpd.MaxTextBytes {
		return nil, unread
	}
	file, diags := hclsyntax.ParseConfig(src, "", hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return nil, unread
	}
	job := nomad{subject: s, text: text}
	job.isFTP = opensFTP(body)
	job.read(body)
	return job.endpoints, job.unread
}

// maxJobDepth is how deep a job may nest.
const maxJobDepth = 100

type nomad struct {
	subject   Subject
	text      graph.Written
	endpoints []fact.FTP
	unread    []fact.Unread
	// isFTP says whether the job has the FTP control port.
	isFTP bool
}

// opensFTP says whether a body has a block port with the FTP control port.
func opensFTP(body *hclsyntax.Body) bool {
	return slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool {
		for _, name := range []string{"static", "to"} {
			if a := b.Body.Attributes[name]; b.Type == "port" && a != nil {
				v, _ := a.Expr.Value(nil)
				if n, ok := graph.NewValue(v, a.SrcRange).Int(); ok && n == 21 {
					return true
				}
			}
		}
		return opensFTP(b.Body)
	})
}

// read reads the tasks below a body.
func (n *nomad) read(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		if b.Type == "task" {
			n.task(b.Body)
		} else {
			n.read(b.Body)
		}
	}
}

func (n *nomad) task(body *hclsyntax.Body) {
	env := map[string]graph.Written{}
	for _, b := range body.Blocks {
		if b.Type == "env" {
			for name, a := range b.Body.Attributes {
				env[name] = n.written(a.Expr)
			}
		}
	}
	for _, b := range body.Blocks {
		if image := b.Body.Attributes["image"]; b.Type == "config" && image != nil {
			var args []string
			if a := b.Body.Attributes["args"]; a != nil {
				args = n.words(a.Expr)
			}
			ref := n.written(image.Expr)
			if ref.Text == ftpd.Hole && n.isFTP {
				p := ref.Pieces[0]
				n.unread = append(n.unread, fact.Unread{What: "which image it runs isn't known", At: p.At, Decides: p.Decides, Sensitive: p.Sensitive})
			}
			if e, ok := imageEndpoint(n.subject.Resource, ref, ref.Pieces[0].At, env, args); ok {
				n.endpoints = append(n.endpoints, e)
			}
		}
	}
}

// written returns a text of the job with its place.
func (n *nomad) written(e hclsyntax.Expression) graph.Written {
	at := e.Range()
	p := n.text.Place(at.Start.Byte, at.End.Byte)
	v, diags := e.Value(nil)
	text, ok := graph.NewValue(v, p.At).Text()
	known := ok && !diags.HasErrors() && !strings.Contains(text, ftpd.Hole)
	return graph.Compose(ftpd.Hole, graph.Piece{Text: text, Known: known, At: p.At, Sensitive: p.Sensitive, Decides: p.Decides})
}

func (n *nomad) words(e hclsyntax.Expression) []string {
	v, diags := e.Value(nil)
	elements, whole := graph.NewValue(v, hcl.Range{}).Elements()
	if diags.HasErrors() || !whole {
		return []string{ftpd.Hole}
	}
	var out []string
	for _, e := range elements {
		text, _ := e.Text()
		out = append(out, text)
	}
	return out
}
