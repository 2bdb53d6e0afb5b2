package report

import (
	"io"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/secret"
)

var RulePage = rulePage

// LineHashes returns the fingerprint of each line of a text.
func LineHashes(text string) []string {
	hashes := lineHashesOf([]byte(text))
	out := make([]string, len(hashes))
	for i := range hashes {
		out[i] = hashes.of(i + 1)
	}
	return out
}

// The writers, with the texts of files from elsewhere than from the result.

func WriteText(w io.Writer, r *analyzer.Result, read func(string) []byte, o TextOptions) error {
	return writeText(w, r, newSources(texts(read), o.Path), o)
}

func WriteSARIF(w io.Writer, r *analyzer.Result, read func(string) []byte, o SARIFOptions) error {
	return writeSARIF(w, r, newSources(texts(read), o.Path), o)
}

func WriteJSON(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeJSON(w, r, newSources(texts(read), o.Path), o)
}

func WriteGitHub(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeGitHub(w, r, newSources(texts(read), o.Path), o)
}

func WriteLine(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeLine(w, r, newSources(texts(read), o.Path), o)
}

func WriteGitLab(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeGitLab(w, r, newSources(texts(read), o.Path), o)
}

func WriteJUnit(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeJUnit(w, r, newSources(texts(read), o.Path), o)
}

func WriteMarkdown(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeMarkdown(w, r, newSources(texts(read), o.Path), o)
}

func WriteHTML(w io.Writer, r *analyzer.Result, read func(string) []byte, o Options) error {
	return writeHTML(w, r, newSources(texts(read), o.Path), o)
}

// texts gives the texts that a function gives as those of a result.
func texts(read func(string) []byte) func(string, bool) *secret.Text {
	return func(name string, _ bool) *secret.Text {
		text := read(name)
		if text == nil {
			return nil
		}
		return secret.NewText(text, nil)
	}
}
