package report

import (
	"io"

	"github.com/tfreach/tfreach/analyzer"
)

var LineHashes = lineHashes

// The writers, with the texts of files from elsewhere than from the result.

func WriteText(w io.Writer, r *analyzer.Result, read func(string) []byte, o TextOptions) error {
	return writeText(w, r, newSources(read, o.Path), o)
}

func WriteSARIF(w io.Writer, r *analyzer.Result, read func(string) []byte, o SARIFOptions) error {
	return writeSARIF(w, r, newSources(read, o.Path), o)
}

func WriteJSON(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeJSON(w, r, newSources(read, o.Path), o)
}

func WriteGitHub(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeGitHub(w, r, newSources(read, o.Path), o)
}

func WriteGitLab(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeGitLab(w, r, newSources(read, o.Path), o)
}

func WriteJUnit(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeJUnit(w, r, newSources(read, o.Path), o)
}

func WriteMarkdown(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeMarkdown(w, r, newSources(read, o.Path), o)
}

func WriteHTML(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeHTML(w, r, newSources(read, o.Path), o)
}
