package ftpd

import (
	"path"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// cloudConfig is a #cloud-config document: https://cloudinit.readthedocs.io/en/latest/reference/modules.html.
type cloudConfig struct {
	m      *machine
	t      text
	starts []int // offsets of the document's lines
	ascii  bool
	root   *yaml.Node
	nodes  int
	// maybe says why what the document says may not happen.
	maybe string
}

// parseCloudConfig parses a document. Of several it isn't certain whose lists hold, as that depends on their merge_how.
func (m *machine) parseCloudConfig(t text, many bool) (*cloudConfig, bool) {
	if nesting(t.s) > MaxNesting {
		m.skip(t, "the document nests too deep to be read")
		return nil, false
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(t.s), &doc); err != nil {
		m.skip(t, "the document is no valid YAML")
		return nil, false
	}
	c := newCloudConfig(m, t)
	if len(doc.Content) == 0 {
		return nil, false
	}
	c.root = c.follow(doc.Content[0])
	if c.root.Kind != yaml.MappingNode {
		if strings.Contains(t.s, Hole) {
			m.skip(t, "what the document holds isn't known")
		}
		return nil, false
	}
	if many {
		c.maybe = "another part of the user data may replace it"
	}
	for key, manager := range map[string]string{"apt": "apt-get", "zypper": "zypper", "apk_repos": "apk"} {
		if c.get(c.root, key) != nil {
			m.managers[manager] = true
		}
	}
	// A key or an entry that isn't known may be any.
	for i := 0; i+1 < len(c.root.Content); i += 2 {
		if strings.Contains(c.root.Content[i].Value, Hole) {
			m.skip(c.piece(c.root.Content[i]), "a part of the document isn't known")
		}
	}
	return c, true
}

func newCloudConfig(m *machine, t text) *cloudConfig {
	c := &cloudConfig{m: m, t: t, starts: []int{0}, nodes: MaxNodes, ascii: true}
	for i := range len(t.s) {
		if t.s[i] == '\n' {
			c.starts = append(c.starts, i+1)
		}
		c.ascii = c.ascii && t.s[i] < utf8.RuneSelf
	}
	return c
}

// follow returns the node that an alias stands for.
func (c *cloudConfig) follow(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	c.nodes--
	if c.nodes < 0 || n.Kind == yaml.AliasNode {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	return n
}

// get returns the value of a key of a mapping; the last one, as cloud-init takes it. Nil if there is none.
func (c *cloudConfig) get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		if n.Content[i].Value == key {
			return c.follow(n.Content[i+1])
		}
	}
	return nil
}

// list returns the entries of a sequence.
func (c *cloudConfig) list(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var entries []*yaml.Node
	for _, e := range n.Content {
		if c.nodes < 0 {
			c.m.skip(c.t, "the document has more entries than are followed")
			break
		}
		entries = append(entries, c.follow(e))
	}
	return entries
}

// offset returns where a node starts. Columns count characters, and a long line can hold many nodes.
func (c *cloudConfig) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(c.starts) {
		return 0
	}
	at := c.starts[n.Line-1]
	if c.ascii {
		return min(at+n.Column-1, len(c.t.s))
	}
	if !c.m.spend(n.Column / stepBytes) {
		return at
	}
	for range n.Column - 1 {
		if at == len(c.t.s) {
			break
		}
		_, size := utf8.DecodeRuneInString(c.t.s[at:])
		at += size
	}
	return at
}

// piece returns the text that a node stands in.
func (c *cloudConfig) piece(n *yaml.Node) text {
	start := c.offset(n)
	s := c.t.s[start:]
	end := 0
	switch {
	case n.Kind == yaml.ScalarNode && n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(s, `"`):
		for end = 1; end < len(s) && s[end] != '"'; end++ {
			if s[end] == '\\' {
				end++
			}
		}
		end++
	case n.Kind == yaml.ScalarNode && n.Style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(s, "'"):
		for end = 1; end < len(s) && (s[end] != '\'' || strings.HasPrefix(s[end+1:], "'")); end++ {
			if s[end] == '\'' {
				end++
			}
		}
		end++
	case n.Kind == yaml.ScalarNode && n.Value != "" && strings.HasPrefix(s, n.Value):
		end = len(n.Value)
	default:
		end = c.indented(n, start) - start
	}
	return c.t.sub(start, start+max(0, min(end, len(s)))).trim()
}

// indented returns where a node over several lines ends: before the next line that isn't indented deeper than the one
// it starts on.
func (c *cloudConfig) indented(n *yaml.Node, start int) int {
	if n.Line < 1 || n.Line > len(c.starts) {
		return start
	}
	indent := indentation(c.t.s[c.starts[n.Line-1]:])
	for k := n.Line; k < len(c.starts); k++ {
		line, _, _ := strings.Cut(c.t.s[c.starts[k]:], "\n")
		if !c.m.spend(1+len(line)/stepBytes) || n.Kind != yaml.ScalarNode ||
			strings.TrimSpace(line) != "" && indentation(line) <= indent {
			return c.starts[k]
		}
	}
	return len(c.t.s)
}

func indentation(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

// scalar returns the value of a scalar.
func (c *cloudConfig) scalar(n *yaml.Node) (text, bool) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return text{}, false
	}
	return c.piece(n).decode(n.Value), true
}

// shell returns a shell for commands of the document.
func (c *cloudConfig) shell() *shell {
	return &shell{m: c.m, t: c.t, vars: map[string]text{}, funcs: map[string]function{}, posix: true, maybe: c.maybe}
}

func (c *cloudConfig) boot() { c.commands("bootcmd") }

func (c *cloudConfig) run() { c.commands("runcmd") }

// commands carries out a list of commands: strings are lines of one script for sh, lists are commands with their
// arguments as they are.
func (c *cloudConfig) commands(key string) {
	list := c.get(c.root, key)
	if t, ok := c.scalar(list); ok {
		if strings.Contains(t.s, Hole) {
			c.m.shake(t, "the commands aren't known")
		}
		return
	}
	whole := c.shell()
	for _, entry := range c.list(list) {
		if entry.Kind == yaml.SequenceNode {
			var words []text
			for _, w := range c.list(entry) {
				t, _ := c.scalar(w)
				words = append(words, t)
			}
			if len(words) > 0 && c.m.spend(1) {
				whole.execute(words, words[0], stream{unknown: true})
			}
			continue
		}
		t, ok := c.scalar(entry)
		if !ok {
			continue
		}
		// The entries are put together into one script, so that variables and directories last; each is read for itself.
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

// write carries out write_files: entries with defer after packages are installed, the others before. A package that
// comes later leaves a configuration file alone that is there.
func (c *cloudConfig) write(deferred bool) {
	for _, entry := range c.list(c.get(c.root, "write_files")) {
		later, _ := c.scalar(c.get(entry, "defer"))
		if yamlTrue(later.s) != deferred {
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
		out := stream{text: content}
		out.text, out.unknown = c.decode(content, encoding.s)
		if c.get(entry, "source") != nil {
			out = stream{text: name, unknown: true}
		}
		appending, _ := c.scalar(c.get(entry, "append"))
		sh := c.shell()
		if !path.IsAbs(name.s) {
			c.m.doubtMatching(name.s, name, "the path of the file that is written isn't known")
			continue
		}
		sh.save(name, out, yamlTrue(appending.s))
	}
}

func yamlTrue(s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// decode undoes the encoding of a file's content; unknown if that fails.
func (c *cloudConfig) decode(t text, encoding string) (decoded text, unknown bool) {
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

// packages carries out packages: names, lists of a name and a version, or mappings from a manager to such a list.
func (c *cloudConfig) packages() {
	c.install(c.get(c.root, "packages"), 0)
}

func (c *cloudConfig) install(list *yaml.Node, depth int) {
	for _, entry := range c.list(list) {
		switch entry.Kind {
		case yaml.ScalarNode:
			if t, ok := c.scalar(entry); ok {
				c.m.install(t, c.maybe)
			}
		case yaml.SequenceNode:
			pair := c.list(entry)
			if len(pair) == 2 {
				name, _ := c.scalar(pair[0])
				version, _ := c.scalar(pair[1])
				c.m.install(name.decode(name.s+"="+version.s), c.maybe)
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

// users notes the passwords that the document gives to accounts.
func (c *cloudConfig) users() {
	note := func(user string, n *yaml.Node, kind CredentialKind) {
		t, ok := c.scalar(n)
		if !ok || t.s == "" || strings.Contains(t.s, Hole) || t.s == "R" || t.s == "RANDOM" || strings.Trim(t.s, "!*x") == "" {
			return
		}
		if strings.HasPrefix(t.s, "$") {
			kind = HashedPassword
		}
		c.m.accounts = append(c.m.accounts, Credential{Kind: kind, User: strings.ReplaceAll(user, Hole, ""), At: t.span()})
	}
	note("", c.get(c.root, "password"), PlainPassword)
	for _, key := range []string{"users", "user"} {
		entries := c.list(c.get(c.root, key))
		if n := c.get(c.root, key); n != nil && n.Kind == yaml.MappingNode {
			entries = append(entries, n)
		}
		for _, u := range entries {
			name, _ := c.scalar(c.get(u, "name"))
			note(name.s, c.get(u, "plain_text_passwd"), PlainPassword)
			note(name.s, c.get(u, "passwd"), HashedPassword)
			note(name.s, c.get(u, "hashed_passwd"), HashedPassword)
		}
	}
	chpasswd := c.get(c.root, "chpasswd")
	for _, u := range c.list(c.get(chpasswd, "users")) {
		name, _ := c.scalar(c.get(u, "name"))
		note(name.s, c.get(u, "password"), PlainPassword)
	}
	list := c.get(chpasswd, "list")
	sh := c.shell()
	if t, ok := c.scalar(list); ok {
		sh.account("chpasswd", nil, stream{text: t})
	}
	for _, e := range c.list(list) {
		if t, ok := c.scalar(e); ok {
			sh.account("chpasswd", nil, stream{text: t})
		}
	}
}

// splitArchive takes a #cloud-config-archive apart: a list of parts, each a text or a mapping with type and content.
func (m *machine) splitArchive(t text, depth int, parts *[]userPart) {
	var doc yaml.Node
	if nesting(t.s) > MaxNesting || yaml.Unmarshal([]byte(t.s), &doc) != nil || len(doc.Content) == 0 {
		m.skip(t, "the archive is no valid YAML")
		return
	}
	c := newCloudConfig(m, t)
	for _, e := range c.list(c.follow(doc.Content[0])) {
		content, ok := c.scalar(e)
		kind := text{}
		if !ok {
			content, _ = c.scalar(c.get(e, "content"))
			kind, _ = c.scalar(c.get(e, "type"))
		}
		m.split(content, strings.TrimPrefix(kind.s, "text/"), depth+1, parts)
	}
}
