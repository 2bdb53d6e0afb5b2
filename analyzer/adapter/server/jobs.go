package server

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
	"github.com/tfreach/tfreach/analyzer/syntax"
)

// nomadJob reads the tasks of a job that run containers, in Nomad's own language or as JSON:
// https://developer.hashicorp.com/nomad/docs/job-specification.
func nomadJob(s read.Subject) ([]fact.FTP, []fact.Unread) {
	o := objectOf(s)
	known, written := o.attr("jobspec")
	if !read.Given(known) {
		return nil, nil
	}
	text := textOf(s, known, written)
	src := []byte(text.Text)
	asJSON, _ := o.attr("json")
	if is, _ := asJSON.Bool(); is {
		return nomadJSON(s, text, decidersOf(known, written))
	}
	tokens, diags := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	unread := []fact.Unread{{
		What: "the job isn't understood", At: text.Place(0, min(1, len(text.Text))).At, Decides: decidersOf(known, written), Sensitive: text.Sensitive(),
	}}
	if depth, _ := syntax.Depth(tokens); diags.HasErrors() || depth > maxJobDepth || len(src) > host.MaxTextBytes {
		return nil, unread
	}
	file, diags := hclsyntax.ParseConfig(src, "", hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return nil, unread
	}
	job := nomad{subject: s, text: text, variables: nomadVariables(o, body)}
	job.isFTP = opensFTP(body)
	job.read(body)
	return job.endpoints, job.unread
}

// maxJobDepth limits how deep a job may nest.
const maxJobDepth = 100

type nomad struct {
	subject   read.Subject
	text      graph.Written
	endpoints []fact.FTP
	unread    []fact.Unread
	// variables are the values of the job's own variables that are known.
	variables *hcl.EvalContext
	// isFTP is true if the job has the FTP control port.
	isFTP bool
}

// nomadVariables returns the values of a job's variables: their defaults, or those in the resource's hcl2.vars.
func nomadVariables(o object, body *hclsyntax.Body) *hcl.EvalContext {
	values := map[string]cty.Value{}
	for _, b := range body.Blocks {
		if a := b.Body.Attributes["default"]; b.Type == "variable" && len(b.Labels) == 1 && a != nil {
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() {
				values[b.Labels[0]] = v
			}
		}
	}
	for _, b := range o.blocks("hcl2") {
		vars, _ := b.attr("vars")
		switch raw := vars.Raw(); {
		case vars.Undecided():
			return nil
		case !vars.Absent() && raw.CanIterateElements():
			for it := raw.ElementIterator(); it.Next(); {
				if name, v := it.Element(); name.Type() == cty.String && v.IsWhollyKnown() {
					values[name.AsString()] = v
				} else {
					delete(values, name.AsString())
				}
			}
		}
	}
	return &hcl.EvalContext{Variables: map[string]cty.Value{"var": cty.ObjectVal(values)}}
}

// nomadSpec is a job in JSON, as Nomad's API takes it.
type nomadSpec struct {
	Job        *nomadSpec
	TaskGroups []struct {
		Networks []struct{ ReservedPorts, DynamicPorts []struct{ Value, To int } }
		Tasks    []struct{ Config, Env map[string]any }
	}
}

// nomadJSON reads a job in JSON: https://developer.hashicorp.com/nomad/api-docs/json-jobs.
func nomadJSON(s read.Subject, text graph.Written, decides []graph.Origin) ([]fact.FTP, []fact.Unread) {
	at := text.Place(0, min(1, len(text.Text)))
	var spec nomadSpec
	if len(text.Text) > host.MaxTextBytes || json.Unmarshal([]byte(text.Text), &spec) != nil {
		return nil, []fact.Unread{{What: "the job isn't understood", At: at.At, Decides: decides, Sensitive: text.Sensitive()}}
	}
	job := &spec
	if spec.Job != nil {
		job = spec.Job
	}
	var endpoints []fact.FTP
	var unread []fact.Unread
	for _, group := range job.TaskGroups {
		isFTP := false
		for _, network := range group.Networks {
			for _, port := range slices.Concat(network.ReservedPorts, network.DynamicPorts) {
				isFTP = isFTP || port.Value == 21 || port.To == 21
			}
		}
		for _, task := range group.Tasks {
			env := map[string]graph.Written{}
			for name, value := range task.Env {
				env[name] = quoted(text, fmt.Sprint(value))
			}
			var args []string
			for _, name := range []string{"entrypoint", "command", "args"} {
				switch v := task.Config[name].(type) {
				case string:
					args = append(args, v)
				case []any:
					for _, word := range v {
						args = append(args, fmt.Sprint(word))
					}
				}
			}
			name, _ := task.Config["image"].(string)
			image := quoted(text, name)
			one := container{image: image, env: env, args: args, publishes: isFTP, at: at.At}
			endpoints = append(endpoints, one.endpoints(s.Resource)...)
		}
	}
	return endpoints, unread
}

// quoted returns a string of a JSON text with the first place that contains it.
func quoted(w graph.Written, value string) graph.Written {
	start := strings.Index(w.Text, `"`+value+`"`) + 1
	if start == 0 {
		p := w.Place(0, len(w.Text))
		return graph.Compose(host.Hole, graph.Piece{Text: value, Known: true, At: p.At, Sensitive: p.Sensitive})
	}
	return graph.Compose(host.Hole, cut(w, start, start+len(value))...)
}

// opensFTP reports whether a body has a block port with the FTP control port.
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
		if command := b.Body.Attributes["command"]; b.Type == "config" && command != nil && b.Body.Attributes["image"] == nil {
			n.exec(b.Body, command)
		}
		if image := b.Body.Attributes["image"]; b.Type == "config" && image != nil {
			var args []string
			for _, name := range []string{"entrypoint", "command", "args"} {
				if a := b.Body.Attributes[name]; a != nil {
					args = append(args, n.words(a.Expr)...)
				}
			}
			ref := n.written(image.Expr)
			one := container{image: ref, env: env, args: args, publishes: n.isFTP, files: n.mounted(body, b.Body), at: ref.Pieces[0].At}
			n.endpoints = append(n.endpoints, one.endpoints(n.subject.Resource)...)
		}
	}
}

// mounted returns the files of a task that the configuration of its container mounts: those of its templates, and others of
// which nothing is known. What a template inserts isn't known.
// Source: https://developer.hashicorp.com/nomad/docs/job-specification/template
func (n *nomad) mounted(task, config *hclsyntax.Body) []mounted {
	templates := map[string]graph.Written{}
	for _, b := range task.Blocks {
		destination, data := b.Body.Attributes["destination"], b.Body.Attributes["data"]
		if b.Type == "template" && destination != nil && data != nil {
			text := n.written(data.Expr)
			if strings.Contains(text.Text, "{{") {
				text = graph.Compose(host.Hole, graph.Piece{At: text.Place(0, len(text.Text)).At})
			}
			templates[path.Clean(n.written(destination.Expr).Text)] = text
		}
	}
	var out []mounted
	add := func(source, target string, at hclsyntax.Expression) {
		if !path.IsAbs(target) {
			return
		}
		if text, ok := templates[path.Clean(source)]; ok {
			out = append(out, mounted{target, text})
			return
		}
		out = append(out, unseenFile(target, object{at: n.written(at).Pieces[0].At}, nil))
	}
	if a := config.Attributes["volumes"]; a != nil {
		for _, word := range n.words(a.Expr) {
			source, target, _ := strings.Cut(word, ":")
			target, _, _ = strings.Cut(target, ":")
			add(source, target, a.Expr)
		}
	}
	for _, b := range config.Blocks {
		source, target := b.Body.Attributes["source"], b.Body.Attributes["target"]
		if b.Type == "mount" && target != nil && source != nil {
			add(n.written(source.Expr).Text, n.written(target.Expr).Text, target.Expr)
		}
	}
	return out
}

// exec reads a task of the drivers exec and raw_exec, which run a program of the machine.
func (n *nomad) exec(body *hclsyntax.Body, command *hclsyntax.Attribute) {
	words := []string{n.written(command.Expr).Text}
	if a := body.Attributes["args"]; a != nil {
		words = append(words, n.words(a.Expr)...)
	}
	m := setup{subject: n.subject}
	place := n.written(command.Expr).Place(0, 1)
	m.addText(host.Command, "", graph.Compose(host.Hole, graph.Piece{
		Text: ftpd.CommandLine(words), Known: true, Given: true, At: place.At, Sensitive: place.Sensitive,
	}))
	endpoints, unread := m.read()
	if n.isFTP && len(endpoints) == 0 {
		server := ftpd.Unidentified(path.Base(words[0]), "what the task's program serves isn't known")
		endpoints = append(endpoints, endpoint(&server, whereabouts{at: place.At, sensitive: place.Sensitive}, true))
	}
	n.endpoints, n.unread = append(n.endpoints, endpoints...), append(n.unread, unread...)
}

// written returns a text of the job with its place.
func (n *nomad) written(e hclsyntax.Expression) graph.Written {
	at := e.Range()
	p := n.text.Place(at.Start.Byte, at.End.Byte)
	v, diags := e.Value(n.variables)
	text, ok := graph.NewValue(v, p.At).Text()
	known := ok && !diags.HasErrors() && !strings.Contains(text, host.Hole)
	return graph.Compose(host.Hole, graph.Piece{Text: text, Known: known, At: p.At, Sensitive: p.Sensitive, Decides: p.Decides})
}

func (n *nomad) words(e hclsyntax.Expression) []string {
	v, diags := e.Value(n.variables)
	elements, whole := graph.NewValue(v, hcl.Range{}).Elements()
	if diags.HasErrors() || !whole {
		return []string{host.Hole}
	}
	var out []string
	for _, e := range elements {
		text, _ := e.Text()
		out = append(out, text)
	}
	return out
}
