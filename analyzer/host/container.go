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

// container reads a container of a document. commands are the keys of its own command.
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
				d.Ports = append(d.Ports, c.published(p, port.S))
				break
			}
		}
	}
	for _, v := range c.list(c.get(n, "volumes")) {
		if short, ok := c.scalar(v); ok {
			if m, ok := mountOf(short.S); ok {
				d.Mounts = append(d.Mounts, m)
			}
			continue
		}
		source, _ := c.scalar(c.get(v, "source"))
		if target, ok := c.scalar(c.get(v, "target")); ok {
			m := Mount{Target: target.S}
			if path.IsAbs(source.S) {
				m.Source = source.S
			}
			d.Mounts = append(d.Mounts, m)
		}
	}
	for _, v := range c.list(c.get(n, "volumeMounts")) {
		name, _ := c.scalar(c.get(v, "name"))
		target, ok := c.scalar(c.get(v, "mountPath"))
		key, _ := c.scalar(c.get(v, "subPath"))
		if ok {
			m := c.volumes[name.S]
			m.Target, m.Key = target.S, key.S
			d.Mounts = append(d.Mounts, m)
		}
	}
	return d, true
}

// published returns a port as it is published: [address:][port:]port of the container.
func (c *document) published(n *yaml.Node, port string) string {
	for _, key := range []string{"target", "containerPort"} {
		if inside, ok := c.scalar(c.get(n, key)); ok && inside.S != port {
			port += ":" + inside.S
		}
	}
	if address, ok := c.scalar(c.get(n, "host_ip")); ok && address.S != "" {
		if !strings.Contains(port, ":") {
			port += ":" + port
		}
		return address.S + ":" + port
	}
	return port
}

// volume reads a volume of a pod of Kubernetes.
func (c *document) volume(n *yaml.Node) {
	name, ok := c.scalar(c.get(n, "name"))
	if !ok || !c.m.Spend(1) {
		return
	}
	source := c.get(n, "configMap")
	of, _ := c.scalar(c.get(source, "name"))
	m := Mount{Map: of.S, Items: map[string]string{}}
	for _, item := range c.list(c.get(source, "items")) {
		key, _ := c.scalar(c.get(item, "key"))
		at, _ := c.scalar(c.get(item, "path"))
		m.Items[key.S] = at.S
	}
	c.volumes[name.S] = m
}

// configMap reads a ConfigMap of Kubernetes.
func (c *document) configMap(n *yaml.Node) {
	kind, _ := c.scalar(c.get(n, "kind"))
	name, _ := c.scalar(c.get(c.get(n, "metadata"), "name"))
	if kind.S != "ConfigMap" || name.S == "" || !c.m.Spend(1) {
		return
	}
	data := map[string]string{}
	keys, values := c.entries(c.get(n, "data"))
	for i, k := range keys {
		text, ok := c.scalar(values[i])
		if data[k.S] = text.S; !ok {
			data[k.S] = Hole
		}
	}
	c.m.maps[name.S] = data
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

// option records an option of docker run with its value.
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
	case "-v", "--volume":
		if m, ok := mountOf(value); ok {
			d.Mounts = append(d.Mounts, m)
		}
	case "--mount":
		if m, ok := optionMount(value); ok {
			d.Mounts = append(d.Mounts, m)
		}
	}
}

// containerSwitch reports whether an option of docker run takes no value.
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
	if file.S == "-" && !c.in.unknown {
		return sh.composed(c.in.Text, c.by)
	}
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
