package analyzer

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// asked returns two questions about one port, and one about another.
func asked() []*Rule {
	ftp := reach.Port{Service: "ftp", Protocol: netset.TCP, Ports: netset.Port(21)}
	ssh := reach.Port{Service: "ssh", Protocol: netset.TCP, Ports: netset.Port(22)}
	return []*Rule{
		{ID: "ftp-open", Level: Error, Port: ftp}, {ID: "ftp-broad", Level: Warning, Port: ftp}, {ID: "ssh-open", Level: Error, Port: ssh},
	}
}

// found reads a finding from "RULE OUTCOME SCOPE ADDRESS ADMITS"; ADMITS is a source, secret SOURCE for a sensitive one, or
// withheld for one that isn't told.
func found(t *testing.T, text string) Finding {
	t.Helper()
	fields := strings.SplitN(text, " ", 5)
	f := Finding{Scope: fields[2], Change: Uncompared, Outcome: Exposed}
	if fields[1] == "unknown" {
		f.Outcome = Unknown
	}
	rules := asked()
	f.Rule = rules[slices.IndexFunc(rules, func(r *Rule) bool { return r.ID == fields[0] })]
	f.Level = f.Rule.Level
	addr, err := graph.ParseAddress(fields[3])
	if err != nil {
		t.Fatal(err)
	}
	f.Resources = []graph.Address{addr}
	admits, secret := strings.CutPrefix(fields[4], "secret ")
	f.Sensitive = secret || admits == "withheld"
	traffic := Traffic{}
	if admits != "withheld" {
		source, err := netset.ParseSource(admits)
		if err != nil {
			t.Fatal(err)
		}
		traffic.Admits = netset.Product(source, netset.Protocol(netset.TCP), f.Rule.Port.Ports)
	}
	f.About = traffic
	return f
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name                string
		before, after, want []string
	}{
		{
			"nothing before", nil,
			[]string{"ftp-open exposed sg x.a 0.0.0.0/0"},
			[]string{"new ftp-open x.a"},
		},
		{
			"nothing after",
			[]string{"ftp-open exposed sg x.a 0.0.0.0/0", "ftp-open unknown sg2 x.b 0.0.0.0/0"},
			nil,
			[]string{"absent ftp-open x.a", "absent ftp-open x.b"},
		},
		{
			"the same, narrowed, widened, of another family",
			[]string{"ftp-broad exposed a x.a 52.0.0.0/8", "ftp-broad exposed b x.b 52.0.0.0/8", "ftp-broad exposed c x.c 52.0.0.0/8", "ftp-open exposed d x.d 0.0.0.0/0"},
			[]string{"ftp-broad exposed a x.a 52.0.0.0/8", "ftp-broad exposed b x.b 52.0.0.0/9", "ftp-broad exposed c x.c 52.0.0.0/7", "ftp-open exposed d x.d ::/0"},
			[]string{"unchanged ftp-broad x.a", "unchanged ftp-broad x.b", "new ftp-broad x.c", "new ftp-open x.d"},
		},
		{
			"another rule of the scope opens the same",
			[]string{"ftp-open exposed sg x.inline 0.0.0.0/0"},
			[]string{"ftp-open exposed sg x.rule 0.0.0.0/0"},
			[]string{"unchanged ftp-open x.rule"},
		},
		{
			"two rules opened what one opens",
			[]string{"ftp-open exposed sg x.a 0.0.0.0/1", "ftp-open exposed sg x.b 128.0.0.0/1"},
			[]string{"ftp-open exposed sg x.c 0.0.0.0/0"},
			[]string{"unchanged ftp-open x.c"},
		},
		{
			"another scope, another port",
			[]string{"ftp-open exposed sg x.a 0.0.0.0/0"},
			[]string{"ftp-open exposed sg2 x.b 0.0.0.0/0", "ssh-open exposed sg x.a 0.0.0.0/0"},
			[]string{"new ftp-open x.b", "new ssh-open x.a", "absent ftp-open x.a"},
		},
		{
			"narrowed from everyone to a block: one question is closed, and nobody is new",
			[]string{"ftp-open exposed sg x.a 0.0.0.0/0"},
			[]string{"ftp-broad exposed sg x.a 52.0.0.0/8"},
			[]string{"unchanged ftp-broad x.a", "absent ftp-open x.a"},
		},
		{
			"widened from a block to everyone",
			[]string{"ftp-broad exposed sg x.a 52.0.0.0/8"},
			[]string{"ftp-open exposed sg x.a 0.0.0.0/0"},
			[]string{"new ftp-open x.a", "absent ftp-broad x.a"},
		},
		{
			"unknown as before, become sure, and become unknown",
			[]string{"ftp-open unknown a x.a 0.0.0.0/0", "ftp-open unknown b x.b 0.0.0.0/0", "ftp-open exposed c x.c 0.0.0.0/0"},
			[]string{"ftp-open unknown a x.a 0.0.0.0/0", "ftp-open exposed b x.b 0.0.0.0/0", "ftp-open unknown c x.c 0.0.0.0/0"},
			[]string{"unchanged ftp-open x.a", "new ftp-open x.b", "unchanged ftp-open x.c"},
		},
		{
			"sensitive ones that a baseline doesn't tell stand for any sensitive one, and for no other",
			[]string{"ftp-open exposed a x.a withheld", "ftp-open exposed b x.b withheld", "ftp-open exposed c x.c withheld"},
			[]string{"ftp-open exposed a x.a secret 0.0.0.0/0", "ftp-open exposed b x.b 0.0.0.0/0"},
			[]string{"unchanged ftp-open x.a", "new ftp-open x.b", "absent ftp-open x.c"},
		},
		{
			"sensitive ones that are told count as others",
			[]string{"ftp-open exposed a x.a secret 0.0.0.0/0", "ftp-open exposed b x.b secret 0.0.0.0/0"},
			[]string{"ftp-open exposed a x.a 0.0.0.0/0", "ftp-open exposed b x.b secret ::/0"},
			[]string{"unchanged ftp-open x.a", "new ftp-open x.b"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after []Finding
			for _, text := range c.before {
				before = append(before, found(t, text))
			}
			for _, text := range c.after {
				after = append(after, found(t, text))
			}
			var got []string
			for _, f := range compare(after, before) {
				got = append(got, fmt.Sprintf("%s %s %s", f.Change, f.Rule.ID, f.Resources[0]))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What was written is there when it is read, whatever the names.
func TestBaselineReadsItself(t *testing.T) {
	findings := []Finding{
		found(t, "ftp-open exposed sg x.a 0.0.0.0/0"), found(t, "ftp-broad exposed x.b x.b 52.0.0.0/8"),
		found(t, "ftp-open unknown x.c x.c ::/0"), found(t, "ssh-open exposed x.c x.c secret 0.0.0.0/0"),
	}
	hostile := found(t, "ftp-open exposed x x.h 0.0.0.0/0")
	hostile.Resources[0].Key = graph.Name("\x1b[31m\n::error::x ##[error] \u202e🎉 \"q\"")
	hostile.Scope = "sg\n##[group]\t\u2028é"
	findings = append(findings, hostile)
	r := &Result{openings: append(entriesOf("infra/ü", findings), entriesOf("", findings)...)}
	var b bytes.Buffer
	if err := r.WriteBaseline(&b); err != nil {
		t.Fatal(err)
	}
	if bad := regexp.MustCompile("[^ -\"$-~\n]").FindString(b.String()); bad != "" {
		t.Errorf("the baseline has the character %q", bad)
	}
	if strings.Contains(b.String(), "22 from") {
		t.Errorf("the baseline tells what is sensitive:\n%s", &b)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 1+2*len(findings) || !slices.IsSorted(lines[1:]) {
		t.Errorf("the baseline is not a line for each, sorted:\n%s", &b)
	}
	read, err := readBaseline(b.Bytes(), "base", asked())
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{"infra/ü", ""} {
		var before []Finding
		for i, f := range read.findings {
			if read.roots[i] == root {
				before = append(before, f)
				if got := string(b.Bytes()[f.At.Start.Byte:f.At.End.Byte]); got != lines[f.At.Start.Line-1] {
					t.Errorf("an entry's place holds %q", got)
				}
			}
		}
		for _, f := range compare(slices.Clone(findings), before) {
			if f.Change != Unchanged {
				t.Errorf("%q %s: %s is %v", root, f.Rule.ID, f.Resources[0], f.Change)
			}
		}
	}
	if crlf, err := readBaseline(bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\r\n")), "base", asked()); err != nil ||
		len(crlf.findings) != len(read.findings) {
		t.Errorf("with CRLF: %v", err)
	}
}

func TestBaselineLeavesOut(t *testing.T) {
	gone := found(t, "ftp-open exposed sg x.a 0.0.0.0/0")
	gone.Change = Absent
	if got := entriesOf(".", []Finding{gone}); len(got) > 0 {
		t.Errorf("what is gone is in the baseline: %v", got)
	}
	const text = `{"format":"tfreach-baseline","version":1}
{"root":".","rule":"rdp-open","kind":"exposed","address":"x.a","opening":"tcp 3389 from ::/0"}
`
	if b, err := readBaseline([]byte(text), "base", asked()); err != nil || len(b.findings) > 0 {
		t.Errorf("a rule that isn't asked: %v, %v", b, err)
	}
}

func FuzzReadBaseline(f *testing.F) {
	f.Add([]byte(`{"format":"tfreach-baseline","version":1}` + "\n" +
		`{"root":".","rule":"ftp-open","kind":"exposed","address":"x.a","opening":"tcp 21 from ::/0"}` + "\n"))
	f.Add([]byte(`{"format":"tfreach-baseline","version":1}` + "\r\n\r\n" +
		`{"rule":"ftp-open","kind":"unknown","address":"module.m[\"k\"].x.a[0]","scope":"sg"}`))
	f.Add([]byte("{\"format\":\"tfreach-baseline\"}\n"))
	f.Add([]byte("\n"))
	rules := asked()
	place := regexp.MustCompile(`^[1-9][0-9]*: `)
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := readBaseline(text, "base", rules)
		if err != nil {
			if !place.MatchString(err.Error()) {
				t.Errorf("the error names no line: %v", err)
			}
			return
		}
		// What can be read can be written and read again.
		r := &Result{}
		for i, finding := range b.findings {
			if !finding.Sensitive {
				r.openings = append(r.openings, entriesOf(b.roots[i], []Finding{finding})...)
			}
		}
		var out bytes.Buffer
		if err := r.WriteBaseline(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := readBaseline(out.Bytes(), "base", rules); err != nil {
			t.Errorf("%v in\n%s", err, &out)
		}
	})
}
