package host

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v4"
)

// cloudConfig is a #cloud-config document: https://cloudinit.readthedocs.io/en/latest/reference/modules.html.
type cloudConfig struct {
	*document
	// replaced has the keys that a later document of the same user data replaces.
	replaced map[string]bool
	// maybe is the reason why the document's commands may not run; empty if they surely do.
	maybe string
}

// mergeConfigs merges the documents of one user data: a later document replaces the keys of earlier ones. If a document asks
// for another way of merging, it isn't certain whose lists hold. Source: cloudinit/handlers/cloud_config.py, whose default
// merger is dict(replace)+list()+str().
func mergeConfigs(clouds []*cloudConfig) {
	for i, c := range clouds {
		if len(clouds) > 1 && (c.get(c.root, "merge_how") != nil || c.get(c.root, "merge_type") != nil) {
			for _, other := range clouds {
				other.maybe = "another part of the user data may replace it"
			}
		}
		c.replaced = map[string]bool{}
		for _, later := range clouds[i+1:] {
			for k := 0; k+1 < len(later.root.Content); k += 2 {
				c.replaced[later.root.Content[k].Value] = true
			}
		}
	}
}

// key returns the value of a key of the document.
func (c *cloudConfig) key(name string) *yaml.Node {
	if c.replaced[name] && c.maybe == "" {
		return nil
	}
	return c.get(c.root, name)
}

// parseCloudConfig parses a document.
func (m *Machine) parseCloudConfig(t Text) (*cloudConfig, bool) {
	doc, problem := m.parseDocument(t)
	if problem != "" {
		m.skip(t, problem)
		return nil, false
	}
	if doc.root == nil {
		return nil, false
	}
	c := &cloudConfig{document: doc}
	if c.root.Kind != yaml.MappingNode {
		if strings.Contains(t.S, Hole) {
			m.skip(t, "what the document holds isn't known")
		}
		return nil, false
	}
	for key, manager := range map[string]string{"apt": "apt-get", "zypper": "zypper", "apk_repos": "apk", "yum_repos": "yum"} {
		if c.get(c.root, key) != nil {
			m.managers[manager] = true
		}
	}
	// An unknown key or entry may be any.
	for i := 0; i+1 < len(c.root.Content); i += 2 {
		if strings.Contains(c.root.Content[i].Value, Hole) {
			m.skip(c.piece(c.root.Content[i]), "a part of the document isn't known")
		}
	}
	return c, true
}

// shell returns a shell for commands of the document.
func (c *cloudConfig) shell() *shell {
	sh := c.m.shell("/")
	sh.t, sh.posix, sh.maybe = c.t, true, c.maybe
	return sh
}

func (c *cloudConfig) boot() { c.commands(c.key("bootcmd")) }

// snaps carries out the commands for snap, a list or a mapping, as strings that may leave its name out.
// Source: https://docs.cloud-init.io/en/latest/reference/modules.html#snap
func (c *cloudConfig) snaps() {
	commands := c.get(c.key("snap"), "commands")
	entries := c.list(commands)
	if _, values := c.entries(commands); len(values) > 0 {
		entries = values
	}
	for _, entry := range entries {
		words := c.texts(entry)
		if t, ok := c.scalar(entry); ok {
			words = fieldsOf(t)
		}
		if len(words) > 0 && words[0].S != "snap" {
			words = append([]Text{words[0].Decode("snap")}, words...)
		}
		if len(words) > 1 && c.m.Spend(1) {
			c.shell().execute(words, words[1], stream{unknown: true})
		}
	}
}

func (c *cloudConfig) run() {
	c.snaps()
	c.commands(c.key("runcmd"))
	// The text doesn't contain what other configuration management programs bring.
	for _, key := range []string{"ansible", "puppet", "chef", "salt_minion"} {
		if n := c.key(key); n != nil {
			c.m.opaque(c.piece(n), whyElsewhere)
		}
	}
}

// commands carries out a list of commands. Strings are lines of one script for sh; lists are commands with literal arguments.
func (c *cloudConfig) commands(list *yaml.Node) {
	if t, ok := c.scalar(list); ok {
		if strings.Contains(t.S, Hole) {
			c.m.shake(t, "the commands aren't known")
		}
		return
	}
	whole := c.shell()
	for _, entry := range c.list(list) {
		if entry.Kind == yaml.SequenceNode {
			var words []Text
			for _, w := range c.list(entry) {
				t, _ := c.scalar(w)
				words = append(words, t)
			}
			if len(words) > 0 && c.m.Spend(1) {
				whole.execute(words, words[0], stream{unknown: true})
			}
			continue
		}
		t, ok := c.scalar(entry)
		if !ok {
			continue
		}
		// The entries are one script, so that variables and directories persist; each is parsed by itself.
		if problem := whole.run(t); problem != "" {
			c.m.skip(t, problem)
		}
		if whole.stopped {
			return
		}
	}
}

func (c *cloudConfig) writeFiles() { c.write(false) }

func (c *cloudConfig) writeDeferred() { c.write(true) }

// write carries out write_files: entries with defer after packages are installed, others before. A package that comes later
// leaves an existing configuration file alone.
func (c *cloudConfig) write(deferred bool) {
	for _, entry := range c.list(c.key("write_files")) {
		later, _ := c.scalar(c.get(entry, "defer"))
		if yamlTrue(later.S) != deferred {
			continue
		}
		name, ok := c.scalar(c.get(entry, "path"))
		if !ok {
			if strings.Contains(entry.Value, Hole) {
				c.m.shake(c.piece(entry), "which file is written isn't known")
			}
			continue
		}
		content, _ := c.scalar(c.get(entry, "content"))
		encoding, _ := c.scalar(c.get(entry, "encoding"))
		out := stream{Text: content}
		out.Text, out.unknown = c.decode(content, encoding.S)
		if c.get(entry, "source") != nil {
			out = stream{Text: name, unknown: true}
		}
		appending, _ := c.scalar(c.get(entry, "append"))
		sh := c.shell()
		if !path.IsAbs(name.S) {
			c.m.disturbMatching(name.S, name, "the path of the file that is written isn't known")
			continue
		}
		sh.save(name, out, yamlTrue(appending.S))
	}
}

func yamlTrue(s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// decode decodes a file's content; unknown is true if that fails.
func (c *cloudConfig) decode(t Text, encoding string) (decoded Text, unknown bool) {
	if strings.Contains(encoding, Hole) {
		return t, true
	}
	switch encoding {
	case "", "text/plain":
		return t, false
	case "b64", "base64":
		t, ok := decodeBase64(t, c.m.budget)
		return t, !ok
	case "gz", "gzip":
		t, ok := gunzip(t, c.m.budget)
		return t, !ok
	case "gz+b64", "gz+base64", "gzip+b64", "gzip+base64":
		t, ok := decodeBase64(t, c.m.budget)
		if !ok {
			return t, true
		}
		t, ok = gunzip(t, c.m.budget)
		return t, !ok
	}
	return t, true
}

// packages installs packages: names, lists of a name and a version, or mappings from a manager to such lists.
func (c *cloudConfig) packages() {
	c.install(c.key("packages"), 0)
}

func (c *cloudConfig) install(list *yaml.Node, depth int) {
	for _, entry := range c.list(list) {
		switch entry.Kind {
		case yaml.ScalarNode:
			if t, ok := c.scalar(entry); ok && c.m.Spend(1) {
				c.m.install(t, c.maybe)
			}
		case yaml.SequenceNode:
			pair := c.list(entry)
			if len(pair) == 2 {
				name, _ := c.scalar(pair[0])
				version, _ := c.scalar(pair[1])
				c.m.install(name.Decode(name.S+"="+version.S), c.maybe)
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(entry.Content) && depth == 0; i += 2 {
				if entry.Content[i].Value == "apt" {
					c.m.managers["apt-get"] = true
				}
				c.install(c.follow(entry.Content[i+1]), depth+1)
			}
		default: // documents and aliases: follow has gone through those
		}
	}
}

// users records the passwords that the document gives to accounts.
func (c *cloudConfig) users() {
	note := func(user string, n *yaml.Node, hashed bool) {
		if t, ok := c.scalar(n); ok && t.S != "R" && t.S != "RANDOM" {
			c.m.password(user, t, hashed)
		}
	}
	note("", c.key("password"), false)
	for _, key := range []string{"users", "user"} {
		entries := c.list(c.key(key))
		if n := c.key(key); n != nil && n.Kind == yaml.MappingNode {
			entries = append(entries, n)
		}
		for _, u := range entries {
			name, named := c.scalar(c.get(u, "name"))
			if shell, _ := c.scalar(c.get(u, "shell")); named && c.m.Spend(1) {
				c.m.Accounts[name.S] = Account{Shell: shell.S, Maybe: c.maybe}
			}
			note(name.S, c.get(u, "plain_text_passwd"), false)
			note(name.S, c.get(u, "passwd"), true)
			note(name.S, c.get(u, "hashed_passwd"), true)
		}
	}
	chpasswd := c.key("chpasswd")
	for _, u := range c.list(c.get(chpasswd, "users")) {
		name, _ := c.scalar(c.get(u, "name"))
		note(name.S, c.get(u, "password"), false)
	}
	list := c.get(chpasswd, "list")
	pairs := c.texts(list)
	if t, ok := c.scalar(list); ok {
		pairs = append(pairs, t)
	}
	for _, t := range pairs {
		for _, l := range t.Lines() {
			if user, password, ok := strings.Cut(l.S, ":"); ok && password != "R" && password != "RANDOM" {
				c.m.password(user, l.Sub(len(user)+1, len(l.S)).Trim(), false)
			}
		}
	}
}

// splitArchive splits a #cloud-config-archive: a list of parts, each of which is a text or a mapping with type and content.
func (m *Machine) splitArchive(t Text, depth int, parts *[]userPart) {
	c, problem := m.parseDocument(t)
	if problem != "" || c.root == nil {
		m.skip(t, "the archive is no valid YAML")
		return
	}
	for _, e := range c.list(c.root) {
		content, ok := c.scalar(e)
		kind := Text{}
		if !ok {
			content, _ = c.scalar(c.get(e, "content"))
			kind, _ = c.scalar(c.get(e, "type"))
		}
		m.split(content, strings.TrimPrefix(kind.S, "text/"), depth+1, parts)
	}
}
