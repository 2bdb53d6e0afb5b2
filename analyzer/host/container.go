package host

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// declareContainers reads the containers that Google's Container-Optimized OS runs by the metadata key
// gce-container-declaration: spec.containers, as of a Kubernetes pod.
// Source: https://github.com/GoogleCloudPlatform/konlet
func (m *Machine) declareContainers(t Text) {
	c, problem := m.parseDocument(t)
	switch {
	case problem != "":
		m.skip(t, problem)
		return
	case c.root == nil:
		return
	case c.root.Kind == yaml.ScalarNode && c.root.Value == Hole:
		m.skip(t, "what the document holds isn't known")
		return
	}
	for _, n := range c.list(c.get(c.get(c.root, "spec"), "containers")) {
		if d, ok := c.container(n, "command", "args"); ok {
			m.Containers = append(m.Containers, d)
		}
	}
}

// container reads a container of a document, whose own command is under some keys.
func (c *document) container(n *yaml.Node, commands ...string) (Container, bool) {
	image, ok := c.scalar(c.get(n, "image"))
	if !ok || !c.m.Spend(1) {
		return Container{}, false
	}
	d := Container{Image: image, Env: map[string]string{}, By: image}
	set := func(name, value string, known bool) {
		if d.Env[name] = value; !known {
			d.Env[name] = Hole
		}
	}
	for _, key := range []string{"env", "environment"} {
		n := c.get(n, key)
		for _, e := range c.list(n) {
			if pair, ok := c.scalar(e); ok {
				name, value, known := strings.Cut(pair.S, "=")
				set(name, value, known)
				continue
			}
			name, _ := c.scalar(c.get(e, "name"))
			value, known := c.scalar(c.get(e, "value"))
			set(name.S, value.S, known)
		}
		keys, values := c.entries(n)
		for i, k := range keys {
			value, known := c.scalar(values[i])
			set(k.S, value.S, known)
		}
	}
	for _, key := range commands {
		n := c.get(n, key)
		if line, ok := c.scalar(n); ok {
			d.Args = append(d.Args, strings.Fields(line.S)...)
		}
		for _, word := range c.texts(n) {
			d.Args = append(d.Args, word.S)
		}
	}
	for _, p := range c.list(c.get(n, "ports")) {
		if port, ok := c.scalar(p); ok {
			d.Ports = append(d.Ports, port.S)
		}
		for _, key := range []string{"published", "hostPort", "containerPort"} {
			if port, ok := c.scalar(c.get(p, key)); ok {
				d.Ports = append(d.Ports, port.S)
				break
			}
		}
	}
	return d, true
}

// container carries out docker: run and service create, and compose.
func (sh *shell) container(c call) stream {
	args := c.args
	word := func(i int) string {
		if i < len(args) {
			return args[i].S
		}
		return ""
	}
	switch {
	case word(0) == "compose":
		return sh.compose(call{name: c.name, args: args[1:], by: c.by, in: c.in})
	case word(0) == "stack" && word(1) == "deploy":
		return sh.compose(call{name: c.name, args: args[2:], by: c.by, in: c.in})
	case word(0) == "service" && word(1) == "create", word(0) == "container" && (word(1) == "run" || word(1) == "create"):
		args = args[2:]
	case word(0) == "run", word(0) == "create":
		args = args[1:]
	default:
		return stream{unknown: true}
	}
	d := Container{Env: map[string]string{}, By: c.by, Maybe: sh.maybe}
	for i := 0; i < len(args); i++ {
		a := args[i].S
		option, value, inline := strings.Cut(a, "=")
		if !strings.HasPrefix(a, "-") {
			for _, r := range args[i+1:] {
				d.Args = append(d.Args, r.S)
			}
			d.Image = args[i]
			if sh.m.Spend(1 + len(args)) {
				sh.m.Containers = append(sh.m.Containers, d)
			}
			break
		}
		if strings.HasPrefix(a, "-p") && !strings.HasPrefix(a, "--") && len(a) > 2 {
			d.Ports = append(d.Ports, a[2:])
			continue
		}
		if inline && strings.HasPrefix(a, "--") || containerSwitch(a) {
			d.option(option, value)
			continue
		}
		if i++; i < len(args) {
			d.option(a, args[i].S)
		}
	}
	return stream{unknown: true}
}

// option notes an option of docker run with its value.
func (d *Container) option(name, value string) {
	switch name {
	case "-e", "--env":
		variable, v, ok := strings.Cut(value, "=")
		if !ok {
			v = Hole
		}
		d.Env[variable] = v
	case "-p", "--publish":
		d.Ports = append(d.Ports, value)
	}
}

// containerSwitch tells the options of docker run that take no value.
func containerSwitch(option string) bool {
	if strings.HasPrefix(option, "--") {
		return slices.Contains([]string{
			"--detach", "--interactive", "--tty", "--rm", "--privileged", "--init", "--publish-all", "--read-only", "--no-healthcheck",
			"--oom-kill-disable", "--sig-proxy", "--quiet", "--with-registry-auth",
		}, option)
	}
	return strings.Trim(option[1:], "ditPq") == ""
}

// compose runs the services of a compose file: https://docs.docker.com/reference/compose-file/.
func (sh *shell) compose(c call) stream {
	words := operands(c.args, "-f --file -p --project-name --profile --env-file -c --compose-file --project-directory")
	deploys := c.has("-c", "--compose-file")
	if !deploys && !slices.ContainsFunc(words, func(w Text) bool { return w.S == "up" || w.S == "run" || w.S == "start" || w.S == "create" }) {
		return stream{unknown: true}
	}
	file, named := c.value("-f", "--file", "-c", "--compose-file")
	dir := sh.directory(c, "--project-directory")
	names := []string{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}
	if named {
		names = []string{file.S}
	}
	for _, name := range names {
		if !path.IsAbs(name) && dir == "" {
			continue
		}
		if !path.IsAbs(name) {
			name = path.Join(dir, name)
		}
		lines, ok := sh.m.Written(sh.m.homely(name))
		if !ok {
			continue
		}
		if slices.ContainsFunc(lines, func(l Line) bool { return l.Doubt != "" }) || !sh.m.SpendLines(lines) {
			break
		}
		return sh.composed(Content(lines), c.by)
	}
	sh.m.Opaque = append(sh.m.Opaque, Problem{At: c.by.Span(), What: "the command runs containers that aren't in the text"})
	return stream{unknown: true}
}

func (sh *shell) composed(t, by Text) stream {
	c, problem := sh.m.parseDocument(t)
	if problem != "" {
		sh.m.Opaque = append(sh.m.Opaque, Problem{At: by.Span(), What: problem})
		return stream{unknown: true}
	}
	_, services := c.entries(c.get(c.root, "services"))
	for _, s := range services {
		if d, ok := c.container(s, "entrypoint", "command"); ok {
			d.Maybe = sh.maybe
			sh.m.Containers = append(sh.m.Containers, d)
		}
	}
	return stream{unknown: true}
}
