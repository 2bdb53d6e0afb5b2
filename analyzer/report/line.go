package report

import (
	"bytes"
	"fmt"
	"io"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// Line writes a line for each finding and each notice, as compilers do and editors read:
//
//	main.tf:6:20: error: aws_security_group.ftp lets everyone reach FTP (TCP 21): … [ftp-ingress-open]
//
// The word is the level of a finding that is exposed, or unknown. What is not known to be in a file has the name of the
// program in the place of path, line and column. An error is that of w.
func Line(w io.Writer, r *analyzer.Result, o Options) error {
	return writeLine(w, r, sourcesOf(r, o.Path))
}

func writeLine(w io.Writer, r *analyzer.Result, s *sources) error {
	var out bytes.Buffer
	add := func(at place, word, text string) {
		where := toolName
		if at.path != "" {
			where = at.String()
		}
		fmt.Fprintln(&out, display.Line(where+": "+word+": "+text))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Change == analyzer.Absent {
			continue
		}
		text := f.Message
		if f.Outcome == analyzer.Unknown {
			text = sentence(text) + " " + decidedBy(f.Decides)
		}
		add(s.place(f.At), verdict(f), text+" ["+f.Rule.ID+"]")
	}
	for i := range r.Notices {
		n := &r.Notices[i]
		text := n.Summary
		if n.Detail != "" {
			text += ": " + n.Detail
		}
		add(s.now(n.At), n.Level.String(), text)
	}
	_, err := w.Write(out.Bytes())
	return err
}
