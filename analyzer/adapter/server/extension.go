package server

import (
	"encoding/json"
	"slices"
	"strings"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// addition is a resource type that runs a script on the machine or machines that an attribute names.
type addition struct {
	typ, machine string
	add          func(m *setup, s read.Subject)
}

func additions() []addition {
	return []addition{
		{"azurerm_virtual_machine_extension", "virtual_machine_id", extension},
		{"azurerm_virtual_machine_scale_set_extension", "virtual_machine_scale_set_id", extension},
		{"azurerm_virtual_machine_run_command", "virtual_machine_id", runCommand},
	}
}

// additionFTP reads the scripts for machines outside the configuration. Scripts for a machine of the configuration, of a type
// in extended, are read together with the machine.
func additionFTP(extended []string) []read.Adapter {
	var out []read.Adapter
	for _, a := range additions() {
		out = append(out, read.Adapter{Types: []string{a.typ}, FTP: func(s read.Subject) ([]fact.FTP, []fact.Unread) {
			if machine := machineOf(s, a, extended); machine != nil && s.Resource.Certain {
				return nil, nil
			}
			m := setup{subject: s}
			a.add(&m, s)
			return m.read()
		}})
	}
	return out
}

// machineOf returns the machine that the resource is surely for, or nil.
func machineOf(s read.Subject, a addition, extended []string) *graph.Resource {
	targets, whole := s.Graph.Refer(s.Resource.Attr(a.machine))
	if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Mode != graph.Managed {
		return nil
	}
	if !slices.Contains(extended, targets[0].Resource.Addr.Type) {
		return nil
	}
	return targets[0].Resource
}

// other returns another resource of the graph as a subject.
func other(s read.Subject, r *graph.Resource) read.Subject {
	out := read.Subject{Graph: s.Graph, Resource: r, Source: s.Source, Texts: s.Texts}
	switch {
	case s.Declared == s.Resource:
		out.Declared = r
	case s.Source != nil:
		out.Declared = s.Source.Find(r.Addr)
	}
	return out
}

// added adds the scripts that other resources run on the machine.
func (m *setup) added() {
	for _, a := range additions() {
		for _, r := range m.subject.Graph.Referrers(m.subject.Resource, a.typ, a.machine) {
			if r.Addr.Mode == graph.Managed && r.Certain {
				a.add(m, other(m.subject, r))
			}
		}
	}
}

func extension(m *setup, s read.Subject) { m.extension(s, objectOf(s)) }

// extension adds what a custom script extension of Azure runs: a command, or on Linux also a script in base64, perhaps
// compressed. The files that it downloads first aren't known, and nor is the configuration that DSC applies. Sources:
// https://learn.microsoft.com/azure/virtual-machines/extensions/custom-script-linux, and -windows, and dsc-windows.
func (m *setup) extension(s read.Subject, o object) {
	typ, _ := o.known.OwnAttr("type").Text()
	kind, ok := extensionKind(typ)
	if kind == host.Elsewhere {
		if known, written := o.attr("settings"); read.Given(known) {
			m.addText(kind, "", textOf(s, known, written))
		}
	}
	if !ok || kind == host.Elsewhere {
		return
	}
	for _, attr := range []string{"settings", "protected_settings"} {
		for _, name := range []string{"commandToExecute", "script"} {
			text, ok := jsonText(s, o, attr, name)
			if !ok {
				continue
			}
			if attr == "protected_settings" {
				text = secret(text)
			}
			if name == "script" {
				text = decodedText(text)
			}
			m.addText(kind, "", text)
			if text.Text == host.Hole {
				break // the settings aren't known, and can hold only one of them
			}
		}
	}
}

// extensionKind returns what an extension of a type runs; false if it runs no script.
func extensionKind(typ string) (host.PartKind, bool) {
	switch strings.ToLower(typ) {
	case "customscriptextension":
		return host.CommandLine, true
	case "customscript", "customscriptforlinux":
		return host.Script, true
	case "dsc":
		return host.Elsewhere, true
	}
	return 0, false
}

// runCommand adds the script of a run command of Azure, which on Windows is one for PowerShell.
// Source: https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/virtual_machine_run_command.
func runCommand(m *setup, s read.Subject) {
	kind := host.Script
	if targets, whole := s.Graph.Refer(s.Resource.Attr("virtual_machine_id")); whole && len(targets) == 1 && targets[0].Resource != nil &&
		targets[0].Resource.Addr.Type == "azurerm_windows_virtual_machine" {
		kind = host.PowerShell
	}
	for _, b := range objectOf(s).blocks("source") {
		if known, written := b.attr("script"); read.Given(known) {
			m.addText(kind, "", textOf(s, known, written))
		}
	}
}

// jsonText returns the text under a name in an attribute that is a JSON object; a hole if the object isn't known.
func jsonText(s read.Subject, o object, attr, name string) (graph.Written, bool) {
	known, written := o.attr(attr)
	if !read.Given(known) {
		return graph.Written{}, false
	}
	if encoded, ok := written.ArgumentOf("jsonencode"); ok {
		field := encoded.Object().Attr(name)
		if !read.Given(field) {
			return graph.Written{}, false
		}
		var planned graph.Value
		if text, ok := known.Text(); ok {
			raw := []byte(text)
			if ty, err := ctyjson.ImpliedType(raw); err == nil {
				if v, err := ctyjson.Unmarshal(raw, ty); err == nil {
					planned = graph.NewValue(v, known.At).Object().Attr(name)
				}
			}
		}
		return textOf(s, planned, field), true
	}
	return jsonField(textOf(s, known, written), name)
}

// jsonField returns the text under a name in a text that is a JSON object; a hole if it can't be told. It looks for strings
// only.
func jsonField(w graph.Written, name string) (graph.Written, bool) {
	dec := json.NewDecoder(strings.NewReader(w.Text))
	depth, key, isKey := 0, "", true
	for {
		before := int(dec.InputOffset())
		token, err := dec.Token()
		if err != nil {
			if strings.Contains(w.Text, host.Hole) && depth >= 0 && !json.Valid([]byte(w.Text)) {
				return graph.Compose(host.Hole, graph.Piece{At: w.Place(0, len(w.Text)).At, Sensitive: w.Sensitive(), Decides: w.Decides()}), true
			}
			return graph.Written{}, false
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
			} else {
				depth--
			}
			isKey = depth == 1
			continue
		case string:
			if depth == 1 && isKey {
				key, isKey = t, false
				continue
			}
			if depth == 1 && key == name {
				start := before + strings.IndexByte(w.Text[before:], '"')
				end := int(dec.InputOffset()) - 1
				if text, ok := unescaped(w, start+1, end); ok {
					return text, true
				}
				p := w.Place(start, start+1)
				return graph.Compose(host.Hole, graph.Piece{Text: t, Known: true, At: p.At, Sensitive: w.Sensitive()}), true
			}
		}
		isKey = depth == 1
	}
}

// unescaped returns the text that a JSON string in a span stands for; false if the string has code points by number.
func unescaped(w graph.Written, start, end int) (graph.Written, bool) {
	var pieces []graph.Piece
	for start < end {
		escape := strings.IndexByte(w.Text[start:end], '\\')
		if escape < 0 {
			escape = end - start
		}
		pieces = append(pieces, cut(w, start, start+escape)...)
		if start += escape; start == end {
			break
		}
		var char string
		if err := json.Unmarshal([]byte(`"`+w.Text[start:start+2]+`"`), &char); err != nil {
			return graph.Written{}, false
		}
		p := w.Place(start, start+2)
		pieces = append(pieces, graph.Piece{Text: char, Known: true, At: p.At, Sensitive: p.Sensitive})
		start += 2
	}
	return graph.Compose(host.Hole, pieces...), true
}

// cut returns the pieces of a span of a text.
func cut(w graph.Written, start, end int) []graph.Piece {
	var out []graph.Piece
	offset := 0
	for _, p := range w.Pieces {
		n := len(p.Text)
		if !p.Known {
			n = len(host.Hole)
		}
		from, to := max(start, offset), min(end, offset+n)
		if from < to {
			if p.Known {
				p.At = w.Place(from, to).At
				p.Text = p.Text[from-offset : to-offset]
			}
			out = append(out, p)
		}
		offset += n
	}
	return out
}

// decodedText undoes base64, and compression below it, if a text is encoded so as a whole.
func decodedText(w graph.Written) graph.Written {
	plain, ok := decoded(w.Text)
	if !w.Known() || !ok || plain == w.Text {
		return w
	}
	return graph.Compose(host.Hole, graph.Piece{Text: plain, Known: true, Given: true, At: w.Place(0, 1).At, Sensitive: w.Sensitive()})
}

// secret returns a text that must not be shown.
func secret(w graph.Written) graph.Written {
	pieces := make([]graph.Piece, len(w.Pieces))
	for i, p := range w.Pieces {
		p.Sensitive = true
		pieces[i] = p
	}
	return graph.Compose(host.Hole, pieces...)
}
