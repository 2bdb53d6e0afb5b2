package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// values are those that the user gives to all root modules.
type values struct {
	// env are from the environment, and give way to what a root module's own files say; given go before that.
	env, given []graph.Var
	workspace  string
}

// readValues reads the values that the user gives.
func (s *Selection) readValues() (values, error) {
	out := values{workspace: s.config.Workspace}
	for _, e := range s.config.Env {
		if name, value, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, "TF_VAR_") {
			out.env = append(out.env, graph.Var{Name: strings.TrimPrefix(name, "TF_VAR_"), Text: value, From: name})
		}
	}
	for _, v := range s.config.Vars {
		if v.File == "" {
			name, value, ok := strings.Cut(v.Assign, "=")
			if !ok {
				return out, fmt.Errorf("the variable %q is not NAME=VALUE", v.Assign)
			}
			out.given = append(out.given, graph.Var{Name: strings.TrimSpace(name), Text: value, From: "--var"})
			continue
		}
		place, err := s.place(v.File)
		if err != nil {
			return out, fmt.Errorf("%s: %w", v.File, err)
		}
		entries, err := source.ReadVarFile(v.File, place)
		if err != nil {
			return out, err
		}
		out.given = append(out.given, varsOf(entries)...)
	}
	return out, nil
}

func varsOf(entries []source.VarValue) []graph.Var {
	out := make([]graph.Var, len(entries))
	for i, e := range entries {
		out[i] = graph.Var{Name: e.Name, Expr: e.Expr, At: e.At}
	}
	return out
}

// of returns the values that a root module gets, the weakest first, with what is wrong in the files of values in its
// folder.
func (v values) of(root folder) (graph.Inputs, hcl.Diagnostics) {
	own, diags := root.tree.AutoVars(root.dir)
	return graph.Inputs{Vars: slices.Concat(v.env, varsOf(own), v.given), Workspace: v.workspace}, diags
}

// checkValues reports values for variables that no configuration has.
func (s *Selection) checkValues() {
	declared := func(name string) bool {
		return slices.ContainsFunc(s.Inputs, func(in *Input) bool {
			return in.document != nil || in.at.tree.Module(in.at.dir).Variables[name] != nil
		})
	}
	for _, v := range s.values.given {
		if s.unselected || declared(v.Name) {
			continue
		}
		n := Notice{Level: Warning, Summary: "Value for an undeclared variable", Detail: "No configuration has a variable " + v.Name + "."}
		if v.Expr != nil {
			n.At = v.At
		}
		s.notices = append(s.notices, n)
	}
}
