package analyzer

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// folder is a folder of a source tree.
type folder struct {
	tree *source.Tree
	dir  string
}

// place returns the folder's name in reports; it is empty without a folder.
func (f folder) place() string {
	if f.tree == nil {
		return ""
	}
	return f.tree.Place(f.dir)
}

// named returns the name in the tree of a file by its name in places, and whether it can lie there.
func (f folder) named(place string) (string, bool) {
	prefix := f.tree.Place(".")
	if prefix == "." {
		return place, true
	}
	return strings.CutPrefix(place, prefix+"/")
}

// Input is a root module, or a document: a plan or a state.
type Input struct {
	// Name is the path that the user gave, or the folder found below it.
	Name string
	// at is the folder of a root module; it is empty for a document.
	at folder
	// variant is the name of the one of several ways in which the root module is applied; empty if the settings have none.
	variant string
	// values are the values that a root module gets.
	values graph.Inputs
	// world is what else there is; nil if nothing is known of it.
	world *world
	// document is nil for a root module.
	document *document
	// unit is nil unless Terragrunt runs the root module, and deployment unless it is one of a stack.
	unit       *unit
	deployment *deployment
	// ref is the commit of the input; it is empty for what is there now.
	ref string
	// notices say what is wrong with the values.
	notices []Notice
	log     *slog.Logger
}

// document is a plan or a state to read.
type document struct {
	open func(context.Context) (io.ReadCloser, error)
	// file is the document's name in reports, and path the one that the user gave. Both are empty for standard input.
	file, path string
	// sources are the folders that may hold the configuration of a plan, the likeliest first. named is true if the user named
	// the only one.
	sources []sourceFolder
	named   bool
}

// sourceFolder is a folder that may hold the configuration of a plan.
type sourceFolder struct {
	folder
	path string // as the user knows it
	err  error  // why it isn't
}

// place returns the input's name in reports; it is empty for standard input.
func (in *Input) place() string {
	if in.document == nil {
		return in.at.place()
	}
	return in.document.file
}

// Variant is the name of the one of several ways in which the root module is applied; empty if the settings have none.
func (in *Input) Variant() string { return in.variant }

// variants returns the variant as findings on the input have it.
func (in *Input) variants() []Variant {
	if in.variant == "" {
		return nil
	}
	return []Variant{{in.place(), in.variant}}
}

// concerns reports whether any of some changed files, by their names in the tree, may change what the unit or the deployment
// makes.
func (in *Input) concerns(changed []string) bool {
	if in.unit != nil {
		return in.unit.concerns(changed)
	}
	return in.deployment.concerns(changed)
}

// layered reports whether the root module is in a tree of its own.
func (in *Input) layered() bool { return in.unit != nil || in.deployment != nil }
