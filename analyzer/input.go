package analyzer

import (
	"context"
	"io"
	"log/slog"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// folder is a folder of a tree.
type folder struct {
	tree *source.Tree
	dir  string
}

// place returns the name of the folder in places; it is empty if there is none.
func (f folder) place() string {
	if f.tree == nil {
		return ""
	}
	return f.tree.Place(f.dir)
}

// Input is a root module, or a document: a plan or a state.
type Input struct {
	// Name is what people call it.
	Name string
	// at is the folder of a root module; empty for a document.
	at folder
	// values are those that a root module gets.
	values graph.Inputs
	// document is nil for a root module.
	document *document
	// ref is the commit that it is of; empty for what is there now.
	ref string
	// notices say what is wrong with the values.
	notices []Notice
	log     *slog.Logger
}

// document is a plan or a state that is to be read.
type document struct {
	open func(context.Context) (io.ReadCloser, error)
	// file is its name in places, and path the one that the user knows; both are empty for standard input.
	file, path string
	// sources are the folders that the configuration of a plan may be in, the likeliest first. If named, the user says so of
	// the only one.
	sources []sourceFolder
	named   bool
}

// sourceFolder is a folder that the configuration of a plan may be in.
type sourceFolder struct {
	folder
	path string // as the user knows it
	err  error  // why it isn't
}

// place returns the name of the input in places; it is empty for standard input.
func (in *Input) place() string {
	if in.document == nil {
		return in.at.place()
	}
	return in.document.file
}
