package host

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// userPart is a part of user data that cloud-init handles.
type userPart struct {
	kind string // the MIME subtype: x-shellscript, cloud-config, …
	text Text
}

// readUserData takes user data apart and carries out its parts in cloud-init's order:
// https://cloudinit.readthedocs.io/en/latest/explanation/format.html.
func (m *Machine) readUserData(t Text, depth int) {
	var parts []userPart
	m.split(t, "", depth, &parts)
	configs := 0
	for _, p := range parts {
		if p.kind == "cloud-config" {
			configs++
		}
	}
	var clouds []*cloudConfig
	for _, p := range parts {
		switch p.kind {
		case "cloud-boothook":
			m.runScript(p.text, false, "/")
		case "cloud-config":
			if c, ok := m.parseCloudConfig(p.text, configs > 1); ok {
				clouds = append(clouds, c)
			}
		}
	}
	for _, stage := range []func(*cloudConfig){
		(*cloudConfig).boot, (*cloudConfig).writeFiles, (*cloudConfig).users, (*cloudConfig).packages, (*cloudConfig).writeDeferred,
	} {
		for _, c := range clouds {
			stage(c)
		}
	}
	// Scripts run in the order of their file names: those of the parts before runcmd.
	for _, p := range parts {
		switch p.kind {
		case "x-shellscript", "x-shellscript-per-boot", "x-shellscript-per-instance", "x-shellscript-per-once":
			m.runScript(p.text, strings.HasPrefix(p.text.S, "#!/bin/sh"), "/")
		case "x-powershell":
			m.runPowerShell(p.text, 0)
		}
	}
	for _, c := range clouds {
		c.run()
	}
}

// split takes a text apart into what cloud-init handles. Kind is its MIME subtype, if that is given.
func (m *Machine) split(t Text, kind string, depth int, parts *[]userPart) {
	const maxParts = 256
	if depth > maxDepth || len(*parts) >= maxParts {
		m.skip(t, "user data nests too deep to be read")
		return
	}
	s := t.S
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
	case strings.HasPrefix(s, "## template:"):
		m.skip(t, "the text is a template")
	case hasFirstLine(s, "#cloud-config-archive"):
		m.splitArchive(t, depth, parts)
	case hasFirstLine(s, "#cloud-config"):
		*parts = append(*parts, userPart{kind: "cloud-config", text: t})
	case hasFirstLine(s, "#cloud-boothook"):
		*parts = append(*parts, userPart{kind: "cloud-boothook", text: t})
	case strings.HasPrefix(s, "#!"):
		*parts = append(*parts, userPart{kind: "x-shellscript", text: t})
		if line, _, _ := strings.Cut(s, "\n"); !isShell(line) {
			(*parts)[len(*parts)-1].kind = ""
			m.skip(t, "the script isn't for a shell")
		}
	case strings.HasPrefix(s, "#include"):
		m.skip(t, "the text includes others from elsewhere")
	case strings.HasPrefix(s, "#part-handler"):
		m.skip(t, "the text brings a handler of its own")
	case strings.HasPrefix(s, "#ps1"):
		*parts = append(*parts, userPart{kind: "x-powershell", text: t})
	case taggedPowerShell(t).S != "":
		*parts = append(*parts, userPart{kind: "x-powershell", text: taggedPowerShell(t)})
	case strings.HasPrefix(s, "<script>"):
		m.skip(t, "batch files are not read")
	case kind == "cloud-config" || kind == "x-shellscript" || kind == "cloud-boothook":
		*parts = append(*parts, userPart{kind: kind, text: t})
	default:
		if plain, ok := decodeBase64(t, m.budget); ok && len(strings.TrimSpace(s)) >= 8 && recognised(plain.S) {
			m.split(plain, kind, depth+1, parts)
			return
		}
		if strings.Contains(s, Hole) {
			m.skip(t, "what kind of text it is isn't known")
		}
		// Anything else is no user data that a machine would act on.
	}
}

// recognised reports whether a text, found in base64, begins like user data.
func recognised(s string) bool {
	return strings.HasPrefix(s, "#") || strings.HasPrefix(s, "\x1f\x8b") || strings.HasPrefix(s, "<powershell>") || isMIME(s)
}

func isMIME(s string) bool {
	head := strings.ToLower(s[:min(len(s), 64)])
	return strings.HasPrefix(head, "content-type:") || strings.HasPrefix(head, "mime-version:")
}

func hasFirstLine(s, want string) bool {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line) == want
}

// isShell tells the scripts that a Bourne-like shell runs from their first line.
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

// taggedPowerShell returns what EC2 runs on Windows: the text between <powershell> and its end.
func taggedPowerShell(t Text) Text {
	lower := strings.ToLower(t.S)
	start := strings.Index(lower, "<powershell>")
	if start < 0 || len(lower) != len(t.S) {
		return Text{}
	}
	start += len("<powershell>")
	end := strings.Index(lower[start:], "</powershell>")
	if end < 0 {
		return Text{}
	}
	return t.Sub(start, start+end)
}

// splitMIME takes a MIME message apart.
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

// transferDecode undoes a MIME part's transfer encoding.
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

// gunzip decompresses gzip data, as far as the budget goes.
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
