package host

import (
	"net/url"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ignite carries out a configuration of Ignition, which Fedora CoreOS and Flatcar take as user data; false if the text is
// none: https://coreos.github.io/ignition/configuration-v3_5/.
func (m *Machine) ignite(t Text) bool {
	c, problem := m.parseDocument(t)
	if problem != "" || c.root == nil || c.get(c.root, "ignition") == nil {
		return false
	}
	for _, name := range []string{"merge", "replace", "append"} { // append is of version 2
		if other := c.get(c.get(c.get(c.root, "ignition"), "config"), name); other != nil {
			m.skip(c.piece(other), "the text includes others from elsewhere")
		}
	}
	for _, f := range c.list(c.get(c.get(c.root, "storage"), "files")) {
		c.ignitionFile(f)
	}
	for _, u := range c.list(c.get(c.get(c.root, "passwd"), "users")) {
		name, _ := c.scalar(c.get(u, "name"))
		if hash, ok := c.scalar(c.get(u, "passwordHash")); ok && !strings.Contains(hash.S, Hole) {
			m.password(name.S, hash, true)
		}
	}
	for _, u := range c.list(c.get(c.get(c.root, "systemd"), "units")) {
		name, ok := c.scalar(c.get(u, "name"))
		if !ok || !m.Spend(1) {
			continue
		}
		file := "/etc/systemd/system/" + name.S
		if contents, ok := c.scalar(c.get(u, "contents")); ok {
			m.write(file, LinesOf(contents))
		}
		for _, d := range c.list(c.get(u, "dropins")) {
			dropIn, _ := c.scalar(c.get(d, "name"))
			if contents, ok := c.scalar(c.get(d, "contents")); ok {
				m.write(file+".d/"+dropIn.S, LinesOf(contents))
			}
		}
		enabled, _ := c.scalar(c.get(u, "enabled"))
		masked, _ := c.scalar(c.get(u, "mask"))
		if enabled.S == "true" || masked.S == "true" {
			m.services[unitName(name.S)] = Service{By: name, Off: masked.S == "true"}
		}
	}
	return true
}

// ignitionFile puts a file on the machine whose content is a data URL: RFC 2397.
func (c *document) ignitionFile(n *yaml.Node) {
	name, ok := c.scalar(c.get(n, "path"))
	contents := c.get(n, "contents")
	source, told := c.scalar(c.get(contents, "source"))
	if !ok || !told || strings.Contains(name.S, Hole) {
		return
	}
	lines := []Line{{Text: name, Doubt: "what the file holds isn't in the text"}}
	media, data, isData := strings.Cut(source.S, ",")
	if isData && strings.HasPrefix(media, "data:") {
		text := source.Sub(len(source.S)-len(data), len(source.S))
		plain, decoded := text, true
		if strings.HasSuffix(media, ";base64") {
			plain, decoded = decodeBase64(text, c.m.budget)
		} else if s, err := url.PathUnescape(data); err == nil {
			plain = text.Blur(s)
		}
		if compression, _ := c.scalar(c.get(contents, "compression")); compression.S == "gzip" && decoded {
			plain, decoded = gunzip(plain, c.m.budget)
		}
		if decoded {
			lines = LinesOf(plain)
		}
	}
	c.m.write(name.S, lines)
}
