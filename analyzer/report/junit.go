package report

import (
	"bytes"
	"encoding/xml"
	"io"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// JUnit writes the result as a JUnit test report, by the schema that Jenkins takes:
// https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd.
// Each rule is a suite. The causes whose worst finding is of it are failures, those that are unknown are skipped, and a rule
// without any passes; with details each finding is a case. What was not analysed is an error of a suite of its own. An error is that of w.
func JUnit(w io.Writer, r *analyzer.Result, o Options) error {
	return writeJUnit(w, r, sourcesOf(r, o.Path), o)
}

func writeJUnit(w io.Writer, r *analyzer.Result, s *sources, o Options) error {
	out := junitSuites{Name: toolName}
	g := group(r)
	causes := detailed(g.now(), o.Details)
	for _, rule := range r.Rules {
		suite := junitSuite{Name: display.Clean(rule.ID)}
		for _, c := range causes {
			if c.Worst().Rule == rule {
				suite.add(junitCause(r, s, c))
			}
		}
		if len(suite.Cases) == 0 {
			suite.add(junitCase{Class: display.Clean(rule.ID), Name: display.Clean(rule.Title)})
		}
		out.add(suite)
	}
	if notices := junitNotices(r, s); len(notices.Cases) > 0 {
		out.add(notices)
	}
	out.Suites = append(out.Suites, junitSuite{Name: "summary", Out: display.Clean(summary(r))})
	data, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.Write(data)
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

func junitCause(r *analyzer.Result, s *sources, cause *analyzer.Cause) junitCase {
	f := cause.Worst()
	at := s.place(s.causePlace(cause))
	text := explained(r, s, cause)
	c := junitCase{Class: display.Clean(f.Rule.ID), Name: display.Clean(firstOf(headed(cause)) + ": " + opening(cause))}
	if at.path != "" {
		c.File, c.Line = display.Clean(at.path), at.startLine
	}
	if cause.Outcome == analyzer.Unknown {
		c.Skipped = &junitProblem{Message: display.Clean(text)}
		return c
	}
	body := display.Clean(text)
	if at.path != "" {
		body = display.Clean(at.String()) + ": " + body
	}
	for _, step := range f.Path {
		body += "\n- " + display.Clean(step.Message)
	}
	c.Failure = &junitProblem{Type: f.Level.String(), Message: display.Clean(f.Message), Text: body}
	return c
}

// junitNotices makes a suite of the notices about the analysis.
func junitNotices(r *analyzer.Result, s *sources) junitSuite {
	suite := junitSuite{Name: "analysis"}
	for i := range r.Notices {
		n := &r.Notices[i]
		c := junitCase{Class: "analysis", Name: display.Clean(n.Summary)}
		text := n.Level.String() + ": " + noticed(n)
		if at := s.now(n.At); at.path != "" {
			c.File, c.Line = display.Clean(at.path), at.startLine
			text = at.String() + ": " + text
		}
		if n.Partial {
			c.Error = &junitProblem{Type: "partial", Message: display.Clean(n.Summary), Text: display.Clean(text)}
		} else {
			c.Out = display.Clean(text)
		}
		suite.add(c)
	}
	return suite
}

// junitSuites is the root of a report. Counts are those of cases.
type junitSuites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []junitSuite
}

func (s *junitSuites) add(suite junitSuite) {
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Errors += suite.Errors
	s.Suites = append(s.Suites, suite)
}

type junitSuite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Cases    []junitCase
	Out      string `xml:"system-out,omitempty"`
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Error != nil:
		s.Errors++
	case c.Failure != nil:
		s.Failures++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

type junitCase struct {
	XMLName xml.Name      `xml:"testcase"`
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Skipped *junitProblem `xml:"skipped"`
	Error   *junitProblem `xml:"error"`
	Failure *junitProblem `xml:"failure"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr,omitempty"`
	Text    string `xml:",chardata"`
}
