package analyzer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

func scanPaths(ctx context.Context, stdin io.Reader, paths ...string) (*analyzer.Result, error) {
	ftp := reach.Port{Service: "ftp", Label: "FTP", Protocol: netset.TCP, Ports: netset.PortRange(21, 21)}
	return analyzer.Run(ctx, analyzer.Config{
		Paths: paths, Stdin: stdin, Rules: rules.For([]reach.Port{ftp}), Knowledge: all.Knowledge(), KeepRules: true,
	})
}

// stateOf is a state of security groups, each of them open to a source, and of rule resources.
func stateOf(resources ...string) string {
	return `{"format_version":"1.0","values":{"root_module":{"resources":[` + strings.Join(resources, ",") + `]}}}`
}

func stateGroup(name string, sources ...string) string {
	return fmt.Sprintf(`{"address":"aws_security_group.%s","mode":"managed","type":"aws_security_group","name":"%[1]s","values":
		{"id":"sg-%[1]s","ingress":[{"from_port":21,"to_port":21,"protocol":"tcp","cidr_blocks":["%s"]}]}}`,
		name, strings.Join(sources, `","`))
}

func stateRule(name, group, source string) string {
	const typ = "aws_vpc_security_group_ingress_rule"
	return fmt.Sprintf(`{"address":"%s.%s","mode":"managed","type":"%[1]s","name":"%[2]s","values":{"id":"sgr-%[2]s",
		"security_group_id":"sg-%s","from_port":21,"to_port":21,"ip_protocol":"tcp","cidr_ipv4":"%s"}}`, typ, name, group, source)
}

func writeFiles(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Documents are read side by side, and the result is the same as if they weren't.
func TestManyDocuments(t *testing.T) {
	texts := map[string]string{}
	var want []string
	for i := range 20 {
		texts[fmt.Sprintf("%02d.json", i)] = stateOf(stateGroup(fmt.Sprintf("g%02d", i), "0.0.0.0/0"))
		want = append(want, fmt.Sprintf("aws_security_group.g%02d", i))
	}
	dir := writeFiles(t, texts)
	var paths []string
	for i := range 20 {
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("%02d.json", 19-i)))
	}
	for range 5 {
		r, err := scanPaths(t.Context(), nil, paths...)
		if err != nil {
			t.Fatal(err)
		}
		var facts, found []string
		for _, f := range r.Ingress() {
			facts = append(facts, f.Resource.String())
		}
		for _, f := range r.Findings {
			if f.Rule.ID == "ftp-ingress-open" {
				found = append(found, f.Resources[0].String())
			}
		}
		slices.Reverse(facts)
		if diff := cmp.Diff(want, facts); diff != "" {
			t.Errorf("facts, last to first (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	}
}

// The first document that can't be read is the one to speak of, also if it takes longest to find out.
func TestManyDocumentsFirstError(t *testing.T) {
	dir := writeFiles(t, map[string]string{"good.json": stateOf(), "bad.json": `{]`, "worse.json": `{"a":1}`})
	path := func(name string) string { return filepath.Join(dir, name) }
	slow := io.MultiReader(strings.NewReader(`{"format_version":"1.2","checks":[`+strings.Repeat("0,", 1<<20)), strings.NewReader("oops"))
	_, err := scanPaths(t.Context(), slow, path("good.json"), "-", path("bad.json"), path("worse.json"))
	if err == nil || !strings.HasPrefix(err.Error(), "standard input:1:") {
		t.Errorf("got %v", err)
	}
	_, err = scanPaths(t.Context(), nil, path("good.json"), path("worse.json"), path("bad.json"))
	if err == nil || !strings.HasPrefix(err.Error(), path("worse.json")+":1:1: ") {
		t.Errorf("got %v", err)
	}
}

func TestStandardInput(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, stateOf(stateGroup("g", "0.0.0.0/0"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := scanPaths(t.Context(), &packed, "-"); err != nil || len(r.Ingress()) != 1 {
		t.Errorf("compressed: %v, %v", r, err)
	}
	if _, err := scanPaths(t.Context(), strings.NewReader(stateOf()), "-", "-"); err == nil || err.Error() != "standard input can be read only once" {
		t.Errorf("twice: %v", err)
	}
	// Nobody ever writes to it.
	silent, _ := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := scanPaths(ctx, silent, "-"); err != nil || r.Complete() {
		t.Errorf("cancelled: %v, %v", r, err)
	}
}

// A group lists the rules that are resources of their own, merged; what no resource accounts for is its own.
func TestListedRules(t *testing.T) {
	for _, test := range []struct {
		name      string
		resources []string
		want      []string // what declares rules
	}{
		{"alone", []string{stateGroup("g", "0.0.0.0/0")}, []string{"aws_security_group.g"}},
		{
			"copy",
			[]string{stateGroup("g", "0.0.0.0/0"), stateRule("r", "g", "0.0.0.0/0")},
			[]string{"aws_vpc_security_group_ingress_rule.r"},
		},
		{
			"merged",
			[]string{stateGroup("g", "0.0.0.0/1", "128.0.0.0/1"), stateRule("a", "g", "0.0.0.0/1"), stateRule("b", "g", "128.0.0.0/1")},
			[]string{"aws_vpc_security_group_ingress_rule.a", "aws_vpc_security_group_ingress_rule.b"},
		},
		{
			"wider",
			[]string{stateGroup("g", "0.0.0.0/0"), stateRule("r", "g", "10.0.0.0/8")},
			[]string{"aws_security_group.g", "aws_vpc_security_group_ingress_rule.r"},
		},
		{
			"of another group",
			[]string{stateGroup("g", "0.0.0.0/0"), stateRule("r", "other", "0.0.0.0/0")},
			[]string{"aws_security_group.g", "aws_vpc_security_group_ingress_rule.r"},
		},
	} {
		r, err := scanPaths(t.Context(), strings.NewReader(stateOf(test.resources...)), "-")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range r.Ingress() {
			got = append(got, f.Resource.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
