package host

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// readDocument reads a YAML or JSON document that describes machines, containers or steps for machines: documents of AWS
// Systems Manager and components of EC2 Image Builder, whose steps have an action and inputs with commands; CloudFormation
// templates, whose instances have UserData; Kubernetes manifests, whose pods have containers.
func (m *Machine) readDocument(t Text) {
	for _, part := range documents(t) {
		c, problem := m.parseDocument(part)
		switch {
		case problem != "":
			m.skip(part, problem)
		case c.root != nil && c.root.Kind == yaml.ScalarNode && strings.TrimSpace(c.root.Value) == Hole:
			m.skip(part, "what the document holds isn't known")
		case c.root != nil:
			c.walk(c.root, 0)
		}
	}
}

// documents splits a text at the lines that separate YAML documents.
func documents(t Text) []Text {
	var out []Text
	start, at := 0, 0
	for line := range strings.Lines(t.S) {
		if strings.TrimRight(line, " \r\n") == "---" {
			out = append(out, t.Sub(start, at))
			start = at + len(line)
		}
		at += len(line)
	}
	return append(out, t.Sub(start, len(t.S)))
}

// walk carries out everything below a node.
func (c *document) walk(n *yaml.Node, depth int) {
	if depth > MaxNesting || c.nodes < 0 || !c.m.Spend(1) {
		return
	}
	for _, e := range c.list(n) {
		c.walk(e, depth+1)
	}
	keys, values := c.entries(n)
	c.configMap(n)
	for _, v := range c.list(c.get(n, "volumes")) {
		c.volume(v)
	}
	if action, ok := c.scalar(c.get(n, "action")); ok {
		c.step(action.S, c.get(n, "inputs"))
	}
	for i, key := range keys {
		switch key.S {
		case "UserData":
			if t, ok := c.intrinsic(values[i]); ok {
				c.m.readUserData(t, 0)
			}
			continue
		case "customData", "userData": // of Azure's templates
			if t, ok := c.scalar(values[i]); ok {
				c.expression(t, func(t Text) { c.m.readUserData(t, 0) })
				continue
			}
		case "commandToExecute":
			if t, ok := c.scalar(values[i]); ok {
				c.expression(t, func(t Text) { c.m.runScript(t, true, "/") })
				continue
			}
		case "AWS::CloudFormation::Init":
			c.m.Opaque = append(c.m.Opaque, Problem{At: c.piece(values[i]).Span(), What: whyOpaque})
			continue
		case "containers", "initContainers":
			for _, e := range c.list(values[i]) {
				if d, ok := c.container(e, "command", "args"); ok {
					c.m.Containers = append(c.m.Containers, d)
				}
			}
			continue
		}
		c.walk(values[i], depth+1)
	}
}

// expression carries out a text of an Azure template, unless it is an expression: [base64(...)].
// Source: https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions
func (c *document) expression(t Text, run func(t Text)) {
	if strings.HasPrefix(t.S, "[") && !strings.HasPrefix(t.S, "[[") {
		c.m.Opaque = append(c.m.Opaque, Problem{At: t.Span(), What: "an expression of the template isn't read"})
		return
	}
	run(t)
}

// step carries out a step of a document of Systems Manager, or of a component of Image Builder, that runs commands.
// Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html and
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
func (c *document) step(action string, inputs *yaml.Node) {
	lines := c.texts(c.get(inputs, "runCommand"))
	if lines == nil {
		lines = c.texts(c.get(inputs, "commands"))
	}
	if t, ok := c.scalar(c.get(inputs, "runCommand")); ok {
		lines = append(lines, t)
	}
	if len(lines) == 0 {
		if strings.HasPrefix(action, "aws:downloadContent") || strings.HasPrefix(action, "aws:runDocument") || action == "S3Download" ||
			action == "ExecuteDocument" {
			c.m.Opaque = append(c.m.Opaque, Problem{At: c.piece(inputs).Span(), What: whyElsewhere})
		}
		return
	}
	script := Join(lines, "\n")
	if strings.Contains(action, "PowerShell") {
		c.m.runPowerShell(script, 0)
		return
	}
	c.m.runScript(script, true, "/")
}

// intrinsic returns the text that functions of CloudFormation make: Fn::Base64, Fn::Sub and Fn::Join, with holes for what
// isn't in the document.
func (c *document) intrinsic(n *yaml.Node) (Text, bool) {
	if t, ok := c.scalar(n); ok {
		switch strings.TrimPrefix(strings.TrimPrefix(n.Tag, "!"), "Fn::") {
		case "Sub":
			return holed(t), true
		}
		return t, true
	}
	for _, name := range []string{"Fn::Base64", "Base64"} {
		if inner := c.get(n, name); inner != nil {
			return c.intrinsic(inner)
		}
	}
	for _, name := range []string{"Fn::Sub", "Sub"} {
		sub := c.get(n, name)
		if list := c.list(sub); len(list) > 0 {
			sub = list[0]
		}
		if t, ok := c.scalar(sub); ok {
			return holed(t), true
		}
	}
	join := c.get(n, "Fn::Join")
	if parts := c.list(join); len(parts) == 2 {
		separator, _ := c.scalar(parts[0])
		var pieces []Text
		for i, e := range c.list(parts[1]) {
			if i > 0 && separator.S != "" {
				pieces = append(pieces, separator)
			}
			t, ok := c.scalar(e)
			if !ok {
				t = c.piece(e).Blur(Hole)
			}
			pieces = append(pieces, t)
		}
		return Join(pieces, ""), true
	}
	return Text{S: Hole}, n != nil
}

// holed returns a text with holes for the references of Fn::Sub, ${NAME}. ${!NAME} stands for a literal ${NAME}.
func holed(t Text) Text {
	var pieces []Text
	rest := t
	for {
		i := strings.Index(rest.S, "${")
		end := -1
		if i >= 0 {
			end = strings.IndexByte(rest.S[i:], '}')
		}
		if end < 0 {
			return Join(append(pieces, rest), "")
		}
		pieces = append(pieces, rest.Sub(0, i))
		reference := rest.Sub(i, i+end+1)
		if strings.HasPrefix(reference.S, "${!") {
			pieces = append(pieces, reference.Blur("${"+reference.S[3:]))
		} else {
			pieces = append(pieces, reference.Blur(Hole))
		}
		rest = rest.Sub(i+end+1, len(rest.S))
	}
}

// installAll installs packages from lines of the form MANAGER NAME, which come from a resource that lists packages.
func (m *Machine) installAll(t Text) {
	for _, l := range t.Lines() {
		manager, name, ok := strings.Cut(l.S, " ")
		if !ok || !m.Spend(1) {
			continue
		}
		sh := m.shell("/")
		sh.manage(call{name: manager, args: []Text{{S: "install"}, l.Sub(len(l.S)-len(name), len(l.S))}, by: l})
	}
}
