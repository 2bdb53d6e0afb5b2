package ftpd

import "go.yaml.in/yaml/v4"

// declareContainers reads the containers that Google's Container-Optimized OS runs by the metadata key
// gce-container-declaration: spec.containers, as of a Kubernetes pod.
// Source: https://github.com/GoogleCloudPlatform/konlet
func (m *machine) declareContainers(t text) {
	if nesting(t.s) > MaxNesting {
		m.skip(t, "the document nests too deep to be read")
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(t.s), &doc); err != nil {
		m.skip(t, "the document is no valid YAML")
		return
	}
	if len(doc.Content) == 0 {
		return
	}
	c := newCloudConfig(m, t)
	root := c.follow(doc.Content[0])
	if root.Kind == yaml.ScalarNode && root.Value == Hole {
		m.skip(t, "what the document holds isn't known")
		return
	}
	for _, container := range c.list(c.get(c.get(root, "spec"), "containers")) {
		c.declared(container)
	}
}

// declared adds a container, if it runs an FTP server.
func (c *cloudConfig) declared(n *yaml.Node) {
	image, ok := c.scalar(c.get(n, "image"))
	if !ok {
		return
	}
	env := map[string]string{}
	for _, e := range c.list(c.get(n, "env")) {
		name, _ := c.scalar(c.get(e, "name"))
		value, known := c.scalar(c.get(e, "value"))
		if env[name.s] = value.s; !known {
			env[name.s] = Hole
		}
	}
	var args []string
	for _, key := range []string{"command", "args"} {
		for _, a := range c.list(c.get(n, key)) {
			word, _ := c.scalar(a)
			args = append(args, word.s)
		}
	}
	if s, ok := Image(image.s, env, args); ok && c.m.spend(serverSteps) {
		s.Present = decided(true, image)
		s = placed(s, image)
		s.Config, s.Image = containerConfig, image.s
		c.m.servers = append(c.m.servers, s)
	}
}
