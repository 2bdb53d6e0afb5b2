package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// What is said of a module whose code isn't there.
const (
	notInstalled = "A module is not installed"
	byArguments  = "A module is judged by its arguments"
	opensNothing = "Modules that open nothing are not read"
)

// noticeModules says of the modules that aren't there what is known of them nevertheless.
func (a *Analysis) noticeModules(k *Analyst, g *graph.Graph) {
	for _, m := range g.Missing {
		module, _, known := read.Known(k.known.Modules, m)
		at := m.Attr("source").At
		for i := range a.notices {
			n := &a.notices[i]
			if n.At != at || n.Level != Warning {
				continue
			}
			switch n.module, _, _ = strings.Cut(m.Source, "?"); { // its versions are one source
			case known && module.Harmless():
				n.Level, n.Summary = Note, opensNothing
			case known:
				n.Level, n.Summary = Note, byArguments
			}
		}
	}
}

// noticeEmpty says that no resource of a root module exists with its values.
func (a *Analysis) noticeEmpty(k *Analyst, g *graph.Graph) {
	makes := func(m *graph.MissingModule) bool {
		module, _, known := read.Known(k.known.Modules, m)
		return !known || !module.Harmless()
	}
	if a.Input.document != nil || slices.ContainsFunc(g.Missing, makes) || slices.ContainsFunc(g.Resources, func(r *graph.Resource) bool {
		return r.Addr.Mode == graph.Managed && !r.Addr.Elsewhere()
	}) {
		return
	}
	blocks, first := g.Blocks()
	if blocks == 0 {
		return
	}
	a.notices = append(a.notices, Notice{
		Level: Warning, Summary: "No resource exists with these values", At: first,
		Detail: fmt.Sprintf("0 of %d resources exist with these values of the variables: each has a count or for_each that is empty. Give "+
			"others with --var-file or in .tfreach.hcl.", blocks),
	})
}

// joined joins the notices of each module whose code isn't there, and those of all that open nothing.
func joined(notices []Notice) []Notice {
	type key struct {
		summary, module string
	}
	calls := map[key][]hcl.Range{}
	seen := map[key]map[hcl.Range]bool{}
	var sources []string
	keyOf := func(n *Notice) key {
		if n.Summary == opensNothing {
			return key{summary: n.Summary}
		}
		return key{n.Summary, n.module}
	}
	var out []Notice
	for _, n := range notices {
		if n.module == "" {
			out = append(out, n)
			continue
		}
		k := keyOf(&n)
		if calls[k] == nil {
			out, seen[k] = append(out, n), map[hcl.Range]bool{}
		}
		if !seen[k][n.At] {
			calls[k], seen[k][n.At] = append(calls[k], n.At), true
		}
		if n.Summary == opensNothing && !slices.Contains(sources, n.module) {
			sources = append(sources, n.module)
		}
	}
	slices.Sort(sources)
	for i := range out {
		n := &out[i]
		if n.module == "" {
			continue
		}
		at := calls[keyOf(n)]
		switch n.Summary {
		case notInstalled:
			if len(at) > 1 {
				n.Detail = fmt.Sprintf("The code of %s is not here, and called %d times%s. What it declares is not analysed and its outputs "+
					"are unknown. Run terraform init, or scan a plan.", n.module, len(at), filesOf(at))
			}
		case byArguments:
			n.Detail = fmt.Sprintf("The code of %s is not here, but what it does with its arguments is known%s. Run terraform init, or "+
				"scan a plan, to judge its code.", n.module, times(at))
		case opensNothing:
			n.Detail = fmt.Sprintf("Their code is not here, and surely makes nothing that traffic reaches or passes%s: %s.", times(at), listed(sources))
		}
	}
	return out
}

func times(at []hcl.Range) string {
	if len(at) < 2 {
		return ""
	}
	return fmt.Sprintf(" (%d calls)", len(at))
}

// filesOf names the files of several calls; nothing if they are in one.
func filesOf(at []hcl.Range) string {
	var files []string
	for _, r := range at {
		if !slices.Contains(files, r.Filename) {
			files = append(files, r.Filename)
		}
	}
	if len(files) < 2 {
		return ""
	}
	return ": in " + listed(files)
}

// unread counts the calls that aren't read, and the findings that these decide.
func (r *Result) unread(notices []Notice) Unread {
	var out Unread
	seen := map[hcl.Range]bool{}
	for _, n := range notices {
		if n.module != "" && n.Summary == notInstalled {
			seen[n.At] = true
		}
	}
	out.Calls = len(seen)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Outcome == Unknown && f.Change != Absent && slices.ContainsFunc(f.Decides, func(d Decider) bool {
			return d.Kind == graph.FromModule
		}) {
			out.Leaves++
		}
	}
	if out.Calls == 0 {
		return Unread{}
	}
	return out
}
