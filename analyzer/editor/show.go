package editor

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
	"github.com/tfreach/tfreach/analyzer/fix"
	"github.com/tfreach/tfreach/analyzer/report"
)

// quickFix is the protocol's word for code actions that mend a finding.
const quickFix = "quickfix"

// location returns a place as the protocol has it.
func (s *server) location(g *group, at analyzer.Place) (location, bool) {
	if at.Before || at.Filename == "" {
		return location{}, false
	}
	span := g.entries.Span(at)
	return location{s.uri(g.path(at.Filename)), rangeOf(span)}, true
}

func rangeOf(s report.Span) textRange {
	return textRange{position{s.Line - 1, s.Column - 1}, position{s.EndLine - 1, max(s.EndColumn-1, 0)}}
}

// diagnostic returns an entry as the protocol has it.
func (s *server) diagnostic(g *group, e *report.Entry) diagnostic {
	d := diagnostic{
		Range: rangeOf(g.entries.Span(e.At)), Severity: severityInformation, Source: "tfreach", Message: display.Clean(e.Text),
	}
	switch e.Word {
	case "error":
		d.Severity = severityError
	case "warning":
		d.Severity = severityWarning
	}
	if e.Cause == nil {
		return d
	}
	rule := e.Cause.Worst().Rule
	d.Code = rule.ID
	client := s.client.Capabilities.TextDocument.PublishDiagnostics
	if client.CodeDescriptionSupport {
		d.CodeDescription = &codeDescription{g.entries.Page(rule)}
	}
	if client.RelatedInformation {
		for _, r := range g.entries.Related(e) {
			if at, ok := s.location(g, r.At); ok {
				d.RelatedInformation = append(d.RelatedInformation, relatedLocation{at, r.Message})
			}
		}
	}
	return d
}

// at returns the entries on causes that are shown at a range of a file.
func (g *group) at(path string, r textRange) []*report.Entry {
	var out []*report.Entry
	for i := range g.entries.List {
		e := &g.entries.List[i]
		if e.Cause != nil && g.covers(e.At, path, r) {
			out = append(out, e)
		}
	}
	return out
}

// covers reports whether a place touches a range of a file.
func (g *group) covers(at analyzer.Place, path string, r textRange) bool {
	return !at.Before && at.Filename != "" && g.path(at.Filename) == path && rangeOf(g.entries.Span(at)).touches(r)
}

// through returns the entries on causes whose value passes a range of a file, or that open what is declared there.
func (g *group) through(path string, r textRange) []*report.Entry {
	var out []*report.Entry
	for i := range g.entries.List {
		e := &g.entries.List[i]
		if e.Cause == nil {
			continue
		}
		passes := func(at analyzer.Place) bool { return g.covers(at, path, r) }
		if slices.ContainsFunc(e.Cause.Findings, func(f *analyzer.Finding) bool {
			for _, via := range f.Via {
				if passes(analyzer.At(via)) {
					return true
				}
			}
			return passes(f.At) || passes(f.Declared) ||
				slices.ContainsFunc(f.Related, func(rel analyzer.Related) bool { return passes(rel.At) }) ||
				slices.ContainsFunc(f.Path, func(step analyzer.PathStep) bool { return passes(step.At) })
		}) {
			out = append(out, e)
		}
	}
	return out
}

// hover explains what is found at a position, and else what passes it.
func (s *server) hover(ctx context.Context, p *positionParams) (any, error) {
	var out *hover
	here := textRange{p.Position, p.Position}
	err := s.current(ctx, p.TextDocument.URI, func(g *group, path string) {
		found := g.at(path, here)
		span := here
		if len(found) > 0 {
			span = rangeOf(g.entries.Span(found[0].At))
		} else {
			found = g.through(path, here)
		}
		var pages []string
		for _, e := range found[:min(len(found), maxHovers)] {
			pages = append(pages, g.entries.Explain(e))
		}
		if more := len(found) - len(pages); more > 0 {
			pages = append(pages, fmt.Sprintf("And %d more.", more))
		}
		if len(pages) > 0 {
			out = &hover{markup{"markdown", strings.Join(pages, "\n\n---\n\n")}, span}
		}
	})
	return out, err
}

// maxHovers limits the findings that a hover text explains.
const maxHovers = 3

// definition returns the places of the values that decide what passes a position.
func (s *server) definition(ctx context.Context, p *positionParams) (any, error) {
	out := []location{}
	err := s.current(ctx, p.TextDocument.URI, func(g *group, path string) {
		for _, e := range g.through(path, textRange{p.Position, p.Position}) {
			if at, ok := s.location(g, e.Cause.At); ok && !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	})
	return out, err
}

// codeActions returns the fixes of what is found in a range, each tried by an analysis.
func (s *server) codeActions(ctx context.Context, p *codeActionParams) (any, error) {
	out := []codeAction{}
	asked := func(kind string) bool { return kind == quickFix || strings.HasPrefix(quickFix, kind+".") || kind == "" }
	if len(p.Context.Only) > 0 && !slices.ContainsFunc(p.Context.Only, asked) {
		return out, nil
	}
	var at *group
	var file string
	if err := s.current(ctx, p.TextDocument.URI, func(g *group, path string) {
		if len(g.at(path, p.Range)) > 0 {
			at, file = g, path
		}
	}); err != nil || at == nil {
		return out, err
	}
	// A fix must know where values are written, which other analyses don't ask.
	config := at.config
	config.KeepRules, config.TraceValues = true, true
	result, err := analyzer.Run(ctx, config)
	if err != nil {
		return nil, err
	}
	traced := &group{result: result, entries: report.EntriesOf(result, s.options.Report), texts: at.texts}
	for _, e := range traced.at(file, p.Range) {
		fix.Plan(ctx, config, result, fix.Options{
			Trusted: config.Settings.Trusted,
			Only:    func(f *analyzer.Finding) bool { return slices.Contains(e.Cause.Findings, f) },
		})
		edits := map[string][]analyzer.Edit{}
		for _, f := range e.Cause.Findings {
			for _, edit := range f.Edits {
				if !slices.Contains(edits[edit.At.Filename], edit) {
					edits[edit.At.Filename] = append(edits[edit.At.Filename], edit)
				}
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(edits) > 0 {
			s.mu.Lock()
			out = append(out, codeAction{
				Title: display.Clean(e.Cause.Opener().Fix), Kind: quickFix, IsPreferred: true,
				Diagnostics: []diagnostic{s.diagnostic(traced, e)}, Edit: s.edit(traced, edits),
			})
			s.mu.Unlock()
		}
	}
	return out, nil
}

// edit returns the changes of files as the protocol has them. The caller holds the lock.
func (s *server) edit(g *group, edits map[string][]analyzer.Edit) workspaceEdit {
	var out workspaceEdit
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		text := g.result.Uncovered(name)
		change := []textEdit{changed(text, fix.Apply(text, edits[name]))}
		path := g.path(name)
		if !s.client.Capabilities.Workspace.WorkspaceEdit.DocumentChanges {
			if out.Changes == nil {
				out.Changes = map[string][]textEdit{}
			}
			out.Changes[s.uri(path)] = change
			continue
		}
		of := versioned{URI: s.uri(path)}
		if d := g.texts[path]; d != nil {
			of.Version = &d.version
		}
		out.DocumentChanges = append(out.DocumentChanges, documentEdit{of, change})
	}
	return out
}

// changed returns the edit of whole lines that makes a text another one.
func changed(from, to []byte) textEdit {
	lines := func(text []byte) [][]byte { return bytes.SplitAfter(text, []byte("\n")) }
	old, new := lines(from), lines(to)
	first := 0
	for first < len(old) && first < len(new) && bytes.Equal(old[first], new[first]) {
		first++
	}
	last := 0
	for last < len(old)-first && last < len(new)-first && bytes.Equal(old[len(old)-1-last], new[len(new)-1-last]) {
		last++
	}
	end := position{Line: len(old) - last}
	if last == 0 { // the last line has no end to stand behind
		end = position{len(old) - 1, utf16Len(old[len(old)-1])}
	}
	return textEdit{textRange{position{Line: first}, end}, string(bytes.Join(new[first:len(new)-last], nil))}
}

// utf16Len counts the code units of a text in UTF-16.
func utf16Len(text []byte) int {
	n := 0
	for _, r := range string(text) {
		if n++; r >= 0x10000 {
			n++
		}
	}
	return n
}
