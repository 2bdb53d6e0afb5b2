package host

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"regexp"
	"strings"
	"sync"
)

// userPart is a part of user data that cloud-init handles.
type userPart struct {
	kind string // the MIME subtype: x-shellscript, cloud-config, …
	text Text
}

// readUserData splits user data and carries out its parts in cloud-init's order:
// https://cloudinit.readthedocs.io/en/latest/explanation/format.html.
func (m *Machine) readUserData(t Text, depth int) {
	var parts []userPart
	m.split(t, "", depth, &parts)
	var clouds []*cloudConfig
	for _, p := range parts {
		switch p.kind {
		case "cloud-boothook":
			m.runScript(p.text, false, "/")
		case "cloud-config":
			if c, ok := m.parseCloudConfig(p.text); ok {
				clouds = append(clouds, c)
			}
		}
	}
	mergeConfigs(clouds)
	for _, stage := range []func(*cloudConfig){
		(*cloudConfig).boot, (*cloudConfig).writeFiles, (*cloudConfig).users, (*cloudConfig).packages, (*cloudConfig).writeDeferred,
	} {
		for _, c := range clouds {
			stage(c)
		}
	}
	// https://cloudinit.readthedocs.io/en/latest/reference/modules.html, scripts_per_once and the like.
	for _, often := range []string{"per-once", "per-boot", "per-instance"} {
		for _, file := range m.Under("/var/lib/cloud/scripts/" + often) {
			m.shell("/").runFile(file, call{name: path.Base(file), by: Content(m.files[file])})
		}
	}
	// Scripts run in the order of their file names, so those of the parts run before runcmd.
	for _, p := range parts {
		switch p.kind {
		case "x-shellscript", "x-shellscript-per-boot", "x-shellscript-per-instance", "x-shellscript-per-once":
			m.runScript(p.text, strings.HasPrefix(p.text.S, "#!/bin/sh"), "/")
		case "x-powershell":
			m.runPowerShell(p.text, 0)
		case "x-script":
			m.runCommandLine(p.text, 0)
		}
	}
	for _, c := range clouds {
		c.run()
	}
}

// split splits a text into what cloud-init handles. kind is its MIME subtype, if that is given.
func (m *Machine) split(t Text, kind string, depth int, parts *[]userPart) {
	const maxParts = 256
	if depth > maxDepth || len(*parts) >= maxParts {
		m.skip(t, "user data nests too deep to be read")
		return
	}
	s := t.S
	// cloud-init lowers the text and takes white space before it away: cloudinit/handlers/__init__.py, type_from_starts_with.
	start := strings.ToLower(strings.TrimLeft(s[:min(len(s), 1<<10)], " \t\r\n\v\f"))
	begins := func(with string) bool { return strings.HasPrefix(start, with) }
	switch {
	case strings.TrimSpace(s) == "":
	case strings.HasPrefix(s, "\x1f\x8b"):
		plain, ok := gunzip(t, m.budget)
		if !ok {
			m.skip(t, "the compressed data is broken or too long")
			return
		}
		m.split(plain, kind, depth+1, parts)
	case isMIME(s):
		m.splitMIME(t, depth, parts)
	case begins("## template:"):
		if plain, ok := jinja(t); ok {
			m.split(plain, kind, depth+1, parts)
			return
		}
		m.skip(t, "the text is a template")
	case begins("#cloud-config-archive"):
		m.splitArchive(t, depth, parts)
	case begins("#cloud-config-jsonp"):
		m.skip(t, "the text changes another by JSON patches")
	case begins("#cloud-config"):
		*parts = append(*parts, userPart{kind: "cloud-config", text: t})
	case begins("#cloud-boothook"):
		*parts = append(*parts, userPart{kind: "cloud-boothook", text: t})
	case strings.HasPrefix(s, "#!"):
		*parts = append(*parts, userPart{kind: "x-shellscript", text: t})
		if line, _, _ := strings.Cut(s, "\n"); !isShell(line) {
			(*parts)[len(*parts)-1].kind = ""
			m.skip(t, "the script isn't for a shell")
		}
	case begins("#!"): // the kernel doesn't run it
	case begins("#include"):
		m.skip(t, "the text includes others from elsewhere")
	case begins("#part-handler"):
		m.skip(t, "the text brings a handler of its own")
	case begins("#ps1"):
		*parts = append(*parts, userPart{kind: "x-powershell", text: t})
	case tagged(t, "script").S != "" || tagged(t, "powershell").S != "":
		// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html: batch runs first.
		for _, tag := range []string{"script", "powershell"} {
			if inner := tagged(t, tag); inner.S != "" {
				*parts = append(*parts, userPart{kind: "x-" + tag, text: inner})
			}
		}
	case kind == "cloud-config" || strings.HasPrefix(kind, "x-shellscript") || kind == "cloud-boothook":
		*parts = append(*parts, userPart{kind: kind, text: t})
	case begins("version:") && m.splitTasks(t, parts):
	case begins("{") && m.ignite(t):
	default:
		if plain, ok := decodeBase64(t, m.budget); ok && len(strings.TrimSpace(s)) >= 8 && recognised(plain.S) {
			m.split(plain, kind, depth+1, parts)
			return
		}
		if first := strings.TrimSpace(firstLine(s)); strings.HasPrefix(first, Hole) || kind == "" && first == "" && strings.Contains(s, Hole) {
			m.skip(t, "what kind of text it is isn't known")
		}
		// Cloud-init ignores any other user data; another program of the image may read it.
		if !begins("#") {
			m.Opaque = append(m.Opaque, Problem{At: t.Span(), What: "the text is of no kind that is read"})
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(s, " \t\r\n"), "\n")
	return line
}

// splitTasks splits the tasks of EC2Launch v2; false if the text has none:
// https://docs.aws.amazon.com/AWSEC2/latest/WindowsGuide/ec2launch-v2-task-definitions.html.
func (m *Machine) splitTasks(t Text, parts *[]userPart) bool {
	c, problem := m.parseDocument(t)
	if problem != "" || c.root == nil {
		return false
	}
	tasks := c.get(c.root, "tasks")
	for _, task := range c.list(tasks) {
		if name, _ := c.scalar(c.get(task, "task")); !strings.EqualFold(name.S, "executeScript") {
			continue
		}
		for _, in := range c.list(c.get(task, "inputs")) {
			content, ok := c.scalar(c.get(in, "content"))
			if !ok {
				continue
			}
			kind, _ := c.scalar(c.get(in, "type"))
			part := userPart{kind: "x-powershell", text: content}
			if strings.EqualFold(kind.S, "batch") {
				part.kind = "x-script"
			}
			*parts = append(*parts, part)
		}
	}
	return tasks != nil
}

// jinja returns a cloud-init template with holes for what it inserts; false if it contains conditions or loops.
// https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html
func jinja(t Text) (Text, bool) {
	i := strings.IndexByte(t.S, '\n')
	if i < 0 || strings.Contains(t.S, "{%") {
		return Text{}, false
	}
	body := t.Sub(i+1, len(t.S))
	var pieces []Text
	end := 0
	for _, at := range interpolation().FindAllStringIndex(body.S, -1) {
		pieces = append(pieces, body.Sub(end, at[0]))
		if !strings.HasPrefix(body.S[at[0]:], "{#") { // a comment leaves nothing
			pieces = append(pieces, body.Sub(at[0], at[1]).Blur(Hole))
		}
		end = at[1]
	}
	return Join(append(pieces, body.Sub(end, len(body.S))), ""), true
}

var interpolation = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^{}\n]*\}\}|(?s:\{#.*?#\})`) })

// recognised reports whether a text from base64 begins like user data.
func recognised(s string) bool {
	start := strings.ToLower(strings.TrimLeft(s, " \t\r\n"))
	return strings.HasPrefix(start, "#") || strings.HasPrefix(s, "\x1f\x8b") || strings.HasPrefix(start, "<powershell>") ||
		strings.HasPrefix(start, "<script>") || isMIME(s)
}

// isMIME recognises messages as cloud-init does: the text begins with a header, and a MIME header is in the first 4096 bytes.
func isMIME(s string) bool {
	head := strings.ToLower(s[:min(len(s), 4096)])
	line := firstLine(head)
	name, _, header := strings.Cut(line, ":")
	return header && (name == "content-type" || strings.Contains(head, "mime-version:") && !strings.ContainsAny(name, " #<!"))
}

// isShell recognises scripts for a Bourne-like shell by their first line.
func isShell(line string) bool {
	fields := strings.Fields(strings.TrimPrefix(line, "#!"))
	if len(fields) > 1 && strings.HasSuffix(fields[0], "/env") {
		fields = fields[1:]
		if fields[0] == "-S" {
			fields = fields[1:]
		}
	}
	if len(fields) == 0 {
		return false
	}
	switch fields[0][strings.LastIndexByte(fields[0], '/')+1:] {
	case "sh", "bash", "dash", "ash", "ksh", "zsh", "cloud-boothook":
		return true
	}
	return false
}

// tagged returns what EC2 runs on Windows: the text between <powershell>, or <script>, and its end tag.
func tagged(t Text, tag string) Text {
	s := lower(t.S)
	open, end := "<"+tag+">", "</"+tag+">"
	start := strings.Index(s, open)
	if start < 0 {
		return Text{}
	}
	start += len(open)
	n := strings.Index(s[start:], end)
	if n < 0 {
		return Text{}
	}
	return t.Sub(start, start+n)
}

// splitMIME splits a MIME message.
func (m *Machine) splitMIME(t Text, depth int, parts *[]userPart) {
	msg, err := mail.ReadMessage(strings.NewReader(t.S))
	if err != nil {
		m.skip(t, "the MIME message is broken")
		return
	}
	body, err := io.ReadAll(msg.Body)
	if err != nil || !m.spendDecoded(len(body)) {
		m.skip(t, "the MIME message is broken or too long")
		return
	}
	start := len(t.S) - len(body)
	if start < 0 || t.S[start:] != string(body) {
		m.skip(t, "the MIME message is broken")
		return
	}
	m.splitEntity(t.Sub(start, len(t.S)), msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), depth, parts)
}

func (m *Machine) splitEntity(body Text, contentType, encoding string, depth int, parts *[]userPart) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		m.skip(body, "the MIME message is broken")
		return
	}
	if !strings.HasPrefix(media, "multipart/") {
		plain, ok := m.transferDecode(body, encoding)
		if !ok {
			m.skip(body, "the MIME part is broken or too long")
			return
		}
		m.split(plain, strings.TrimPrefix(media, "text/"), depth+1, parts)
		return
	}
	const maxParts = 256
	r := multipart.NewReader(strings.NewReader(body.S), params["boundary"])
	cursor := 0
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if err == io.EOF { //nolint:errorlint // NextRawPart returns it unwrapped
			return
		}
		if err != nil || n == maxParts || depth > maxDepth {
			m.skip(body, "the MIME message is broken")
			return
		}
		raw, err := io.ReadAll(p)
		if err != nil || !m.spendDecoded(len(raw)) {
			m.skip(body, "the MIME message is broken or too long")
			return
		}
		part := body.Blur(string(raw))
		if i := strings.Index(body.S[cursor:], string(raw)); i >= 0 {
			part = body.Sub(cursor+i, cursor+i+len(raw))
			cursor += i + len(raw)
		}
		kind := p.Header.Get("Content-Type")
		if kind == "" {
			kind = "text/plain"
		}
		m.splitEntity(part, kind, p.Header.Get("Content-Transfer-Encoding"), depth+1, parts)
	}
}

// transferDecode decodes a MIME part's transfer encoding.
func (m *Machine) transferDecode(t Text, encoding string) (Text, bool) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return decodeBase64(t, m.budget)
	case "quoted-printable":
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(t.S)))
		return t.Decode(string(b)), err == nil && m.spendDecoded(len(b))
	}
	return t, true
}

func (b *budget) spendDecoded(n int) bool {
	b.decoded -= n
	return b.decoded >= 0
}

// gunzip decompresses gzip data, as far as the budget allows.
func gunzip(t Text, b *budget) (Text, bool) {
	if b.decoded < 0 {
		return Text{}, false
	}
	r, err := gzip.NewReader(strings.NewReader(t.S))
	if err != nil {
		return Text{}, false
	}
	limit := min(b.decoded, MaxTextBytes)
	var plain bytes.Buffer
	if _, err := io.Copy(&plain, io.LimitReader(r, int64(limit)+1)); err != nil || plain.Len() > limit {
		b.decoded -= plain.Len()
		return Text{}, false
	}
	b.decoded -= plain.Len()
	return t.Blur(plain.String()), true
}
