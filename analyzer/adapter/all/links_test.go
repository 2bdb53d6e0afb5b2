package all_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// TestLinkedElsewhere has each attribute that a link reads name something that isn't followed: a resource of a type that
// isn't read, the output of a module that isn't there, a variable, and one of two. None of that is nothing.
func TestLinkedElsewhere(t *testing.T) {
	t.Parallel()
	const config = `
variable "somewhere" { type = string }
variable "either" { type = bool }
resource "unread_thing" "x" {}
module "elsewhere" { source = "registry.example/none/none/none" }
`
	read := map[string]bool{}
	for _, c := range all.Knowledge().Clouds {
		for _, l := range c.Links {
			read[l.Type] = true
		}
	}
	for _, c := range all.Knowledge().Clouds {
		for _, l := range c.Links {
			for _, attr := range []string{l.From, l.To} {
				for _, expr := range []string{
					"unread_thing.x.id", "module.elsewhere.id", "var.somewhere", "var.either ? unread_thing.x.id : var.somewhere",
					"\"${unread_thing.x.name}/part\"",
				} {
					if attr == "" {
						continue
					}
					g := evaluate(t, config+linked(l, attr, expr), func(_ graph.Mode, typ string) bool { return read[typ] })
					edges := g.Connect([]graph.Link{l}).Edges
					if len(edges) == 0 {
						t.Errorf("%s: %s = %s makes no edge", l.Type, attr, expr)
					}
					for _, e := range edges {
						end := e.To
						if attr == l.From {
							end = e.From
						}
						if end.Resource != nil || end.Certain && !end.Known() {
							t.Errorf("%s: %s = %s leads to %q for certain", l.Type, attr, expr, end.Name)
						}
					}
				}
			}
		}
	}
}

// TestAttachedElsewhere has each attribute that an attachment reads for its members, and each that a rule of AWS reads for its
// peers, name something that isn't followed. None of that is nothing.
func TestAttachedElsewhere(t *testing.T) {
	t.Parallel()
	const config = `
variable "somewhere" { type = string }
variable "either" { type = bool }
resource "unread_thing" "x" {}
module "elsewhere" { source = "registry.example/none/none/none" }
`
	elsewhere := []string{"unread_thing.x.id", "module.elsewhere.id", "var.somewhere", "var.either ? unread_thing.x.id : var.somewhere"}
	everything := func(graph.Mode, string) bool { return true }
	asked := 0
	for _, a := range all.Knowledge().Adapters {
		l := a.Attaches
		for _, expr := range elsewhere {
			if l == nil || l.Member == "" {
				continue
			}
			text := "resource \"" + l.Type + "\" \"r\" {\n" + l.Member + " = " + expr + "\n"
			if l.Scope != "" {
				text += l.Scope + " = \"known\"\n"
			}
			g := evaluate(t, config+text+"}\n", everything)
			if of := a.Attachments(g, g.OfType(l.Type)[0]); len(of) == 0 {
				t.Errorf("%s: %s = %s attaches nothing", l.Type, l.Member, expr)
			}
			asked++
		}
	}
	for typ, rule := range map[string]string{
		"aws_security_group":                  "ingress {\nfrom_port = 21\nto_port = 21\nprotocol = \"tcp\"\nsecurity_groups = [EXPR]\n}",
		"aws_security_group_rule":             "type = \"ingress\"\nfrom_port = 21\nto_port = 21\nprotocol = \"tcp\"\nsource_security_group_id = EXPR",
		"aws_vpc_security_group_ingress_rule": "from_port = 21\nto_port = 21\nip_protocol = \"tcp\"\nreferenced_security_group_id = EXPR",
	} {
		for _, expr := range append(elsewhere, "aws_elb.x.source_security_group_id", "aws_eks_cluster.x.vpc_config[0].cluster_security_group_id") {
			g := evaluate(t, config+"resource \"aws_elb\" \"x\" {}\nresource \"aws_eks_cluster\" \"x\" {}\nresource \""+typ+"\" \"r\" {\n"+strings.ReplaceAll(rule, "EXPR", expr)+"\n}\n", everything)
			for _, a := range all.Knowledge().Adapters {
				if a.Ingress == nil || !slices.Contains(a.Types, typ) {
					continue
				}
				for _, r := range a.Ingress(g, g.OfType(typ)[0]) {
					asked++
					if p := r.Peers; !p.Unknown && len(p.Scopes)+len(p.Perhaps) == 0 {
						t.Errorf("%s: a rule for %s is for nobody", typ, expr)
					} else if strings.HasPrefix(expr, "aws_") && !p.Unknown {
						t.Errorf("%s: a rule for %s is for %v", typ, expr, p)
					}
				}
			}
		}
	}
	if asked < 30 {
		t.Errorf("only %d are asked", asked)
	}
}

// linked returns a resource whose attribute, at a path of nested blocks, is an expression; the other end of the link is known.
func linked(l graph.Link, attr, expr string) string {
	ends := map[string]string{}
	for _, a := range []string{l.From, l.To} {
		if a != "" {
			ends[a] = "\"known\""
		}
	}
	ends[attr] = expr
	tree := map[string]string{}
	for path, value := range ends {
		name, list := strings.CutSuffix(path, "[]")
		if list {
			value = "[" + value + "]"
		}
		tree[name] = value
	}
	return "resource \"" + l.Type + "\" \"r\" {\n" + body(tree) + "}\n"
}

// body writes attributes at paths of nested blocks.
func body(tree map[string]string) string {
	var b strings.Builder
	nested := map[string]map[string]string{}
	for path, value := range tree {
		block, rest, ok := strings.Cut(path, ".")
		if !ok {
			b.WriteString(path + " = " + value + "\n")
			continue
		}
		if nested[block] == nil {
			nested[block] = map[string]string{}
		}
		nested[block][rest] = value
	}
	for block, inner := range nested {
		b.WriteString(block + " {\n" + body(inner) + "}\n")
	}
	return b.String()
}

func evaluate(t *testing.T, config string, wanted func(graph.Mode, string) bool) *graph.Graph {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tree.Close() }()
	g, err := graph.FromConfig(tree, ".", graph.Inputs{}, wanted)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
