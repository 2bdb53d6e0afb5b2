package report

import (
	"bytes"
	"fmt"
	"io"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// Line writes a line for each cause, with details for each finding, and for each notice, as compilers do and editors read:
//
//	main.tf:6:20: error: aws_security_group.ftp lets everyone reach FTP (TCP 21): … [ftp-ingress-open]
//
// The word is the level of a finding that is exposed, or unknown. What is not known to be in a file has the name of the
// program in the place of path, line and column. An error is that of w.
func Line(w io.Writer, r *analyzer.Result, o Options) error {
	return writeLine(w, r, sourcesOf(r, o.Path), o)
}

func writeLine(w io.Writer, r *analyzer.Result, s *sources, o Options) error {
	var out bytes.Buffer
	for _, e := range entriesOf(r, s, o).List {
		where := toolName
		if at := s.place(e.At); at.path != "" {
			where = at.String()
		}
		text := e.Text
		if e.Cause != nil {
			text += " [" + e.Cause.Worst().Rule.ID + "]"
		}
		fmt.Fprintln(&out, display.Line(where+": "+e.Word+": "+text))
	}
	_, err := w.Write(out.Bytes())
	return err
}
