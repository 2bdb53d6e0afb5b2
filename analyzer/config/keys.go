package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// block is a kind of block in the file; the one with an empty name is the file itself. The decoder and the reference page both
// use it.
type block struct {
	name, label, doc string
	attributes       []attribute
	blocks           []block
}

type attribute struct{ name, typ, doc string }

// schema returns what a block may hold.
func (b *block) schema() *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, a := range b.attributes {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.name})
	}
	for _, inner := range b.blocks {
		h := hcl.BlockHeaderSchema{Type: inner.name}
		if inner.label != "" {
			h.LabelNames = []string{inner.label}
		}
		s.Blocks = append(s.Blocks, h)
	}
	return s
}

// language returns what a file may hold.
func language() block {
	rule := block{
		name: "rule", label: "ID", doc: "Turns a rule off, or gives its findings another level.",
		attributes: []attribute{
			{"enabled", "true or false", "false turns the rule off."},
			{"level", "text", "The level of the rule's findings: error, warning or note."},
			{"reason", "text", "Why; it is shown where a path's findings are left out."},
		},
	}
	given := []attribute{
		{"var_files", "list of texts", "Files of values, the later ones before the earlier. Each is relative to the root module's " +
			"directory or, with a slash in front, to that of this file."},
		{"vars", "object", "Values of variables, which go before those of var_files."},
		{"workspace", "text", "What terraform.workspace is."},
	}
	variant := block{
		name: "variant", label: "NAME", attributes: given,
		doc: "One of several ways in which the root modules are applied, such as an environment. Each is judged, with what it says " +
			"before what the root block says, and findings name the variants that they hold in.",
	}
	inPath := rule
	inPath.doc = "The same, for findings at the path; the last block that matches wins."
	return block{
		attributes: []attribute{
			{"ports", "list of texts", "The ports to judge, each as --port takes it; the flag replaces the list."},
			{"exclude", "list of patterns", "Root modules in these paths are not analysed, and findings there don't count, unless the " +
				"path is named on the command line."},
		},
		blocks: []block{
			rule,
			{name: "broad", doc: "What ftp-ingress-broad and its like call a broad block of public addresses.", attributes: []attribute{
				{"ipv4", "number", "A block is broad if its prefix is shorter than this, 0 to 32; without it, 16."},
				{"ipv6", "number", "The same for IPv6, 0 to 128; without it, 32."},
			}},
			{
				name: "trusted", label: "NAME",
				doc: "Addresses that may be let in. They are no broad block, and fixes name them; an opening to everyone stays one.",
				attributes: []attribute{
					{"prefixes", "list of texts", "The addresses, each as a prefix: \"198.51.100.0/24\"."},
					{"description", "text", "Who they are."},
				},
			},
			{
				name: "expect", label: "NAME",
				doc: "What must be reachable, or must not be: a rule of its own, expect-NAME with dashes between the words, in every report.",
				attributes: []attribute{
					{"from", "list of texts", "Where connections start: addresses of resources or modules, patterns of these with *, prefixes, or internet."},
					{"to", "list of texts", "Where they lead, in the same words."},
					{"ports", "list of texts", "The ports, each as --port takes it; without it, all TCP and UDP ports."},
					{"reachable", "true or false", "false: none of to may be reachable from any of from; true: each must be from each, at all the ports."},
					{"level", "text", "The level of the rule's findings: error (the default), warning or note."},
				},
			},
			{
				name: "path", label: "PATTERN",
				doc:    "Settings for the findings at a path. Those of a rule that is off there are counted as suppressed.",
				blocks: []block{inPath},
			},
			{
				name: "root", label: "PATTERN", attributes: given, blocks: []block{variant},
				doc: "Values for the root modules at a path. Of several blocks that match all hold, the later before the earlier; the " +
					"flags --var, --var-file and --workspace go before all.",
			},
		},
	}
}

// Reference returns the page that describes the file, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# .tfreach.hcl

The settings of tfreach for a repository. Without ` + "`--config`" + `, the file is looked for in the scanned directory and upward to
the root of the repository. Flags win over it. It is HCL with literal values only; what it does not know is an error.

Paths are relative to the file's directory, or for a file from outside of the repository to the root of that. In a pattern, ` + "`*`" + ` stands for any characters but a slash, ` + "`**`" + ` for any
directories, and a directory stands for all that is in it.

Whoever may change the file may turn rules off. Where a pull request must not, take the file from elsewhere with
` + "`--config`" + `, or none with ` + "`--no-config`" + `.

`)
	top := language()
	top.describe(&b, "")
	b.WriteString("\n## Example\n\n```hcl\n" + Example + "```\n")
	return b.String()
}

func (b *block) describe(to *strings.Builder, path string) {
	if b.name != "" {
		path = strings.TrimSpace(path + " " + b.name)
		head := path
		if b.label != "" {
			head += " \"" + b.label + "\""
		}
		fmt.Fprintf(to, "\n## `%s { … }`\n\n%s\n\n", head, b.doc)
	}
	for _, a := range b.attributes {
		fmt.Fprintf(to, "- `%s` (%s): %s\n", a.name, a.typ, a.doc)
	}
	for _, inner := range b.blocks {
		inner.describe(to, path)
	}
}

// Example is a file that uses every setting.
const Example = `ports   = ["ftp", "ssh", "8000-8080"]
exclude = ["legacy/**"]

rule "ftp-ingress-broad" {
  level = "error"
}

rule "ssh-nacl-ingress-open" {
  enabled = false
  reason  = "security groups decide here"
}

broad {
  ipv4 = 20
  ipv6 = 40
}

trusted "office" {
  description = "the gateways of the office"
  prefixes    = ["198.51.100.0/24", "2001:db8:7::/48"]
}

expect "the database is for the application alone" {
  from      = ["internet", "module.web"]
  to        = ["aws_db_instance.main"]
  ports     = ["postgresql"]
  reachable = false
}

path "sandbox/**" {
  rule "ftp-ingress-open" {
    level  = "note"
    reason = "thrown away every night"
  }
}

root "live/*" {
  var_files = ["/common.tfvars"]

  variant "staging" {
    var_files = ["envs/staging.tfvars"]
  }

  variant "prod" {
    workspace = "prod"
    var_files = ["envs/prod.tfvars"]
    vars      = { replicas = 3 }
  }
}
`
