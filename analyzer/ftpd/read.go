package ftpd

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"slices"
	"strings"
)

// PartKind says what a text given to Read is.
type PartKind uint8

// The kinds of texts.
const (
	// UserData is what a cloud gives to a machine when it starts: a script, cloud-init data in any of its forms, or
	// PowerShell between tags; as it is, compressed, or in base64.
	UserData PartKind = iota + 1
	// Script is a shell script, such as the commands of a remote-exec provisioner, one a line.
	Script
	// PowerShell is a PowerShell script.
	PowerShell
	// File is a file that is put on the machine.
	File
	// CommandLine is a command line of Windows.
	CommandLine
	// Containers is a document in YAML with the containers that a machine of Google Cloud runs.
	Containers
)

// Part is one of the texts that set up a machine.
type Part struct {
	Kind PartKind
	// Path is where a File is put: its own path, not its directory's. One that is relative, or has a Hole, may be that of
	// any file that it fits.
	Path string
	Text string
}

// Read carries out texts on a machine, in their order, as far as it is certain what they do, and returns the FTP servers
// that are on it afterwards.
//
// Where the result depends on the distribution, and neither the package manager nor the path of a configuration file
// tells it, a setting is known only if it is the same in all of Debian and Ubuntu, Red Hat and its kin, and Alpine.
func Read(parts ...Part) Reading {
	texts := make([]text, len(parts))
	for i, part := range parts {
		texts[i] = newText(i, part.Text)
	}
	on := func(family distribution) *machine {
		m := newMachine(family)
		for i, part := range parts {
			m.readPart(texts[i], part)
		}
		return m
	}
	families := distributions()
	first := on(families[0])
	if first.exhausted() {
		return tooMuch(texts[0])
	}
	var readings []Reading
	for _, family := range possible(families, first) {
		m := first
		if family.name != first.family.name {
			m = on(family)
		}
		servers := m.read()
		if m.exhausted() {
			return tooMuch(texts[0])
		}
		readings = append(readings, Reading{Servers: servers, Unread: m.unread})
	}
	return mergeReadings(readings)
}

// tooMuch is what comes of texts that exceed the limits: whatever was found may not be what holds in the end.
func tooMuch(first text) Reading {
	return Reading{Unread: []Problem{{At: first.span(), What: "the text does more than is followed"}}}
}

// ReadConfig reads a server's configuration file on its own, as one that replaces what the package brings. The software
// is told by the path; false if there is none for it.
func ReadConfig(file, content string) ([]Server, bool) {
	r := Read(Part{Kind: File, Path: file, Text: content})
	return r.Servers, isConfig(file)
}

// possible leaves only the families that texts can be about, by what they did on m, which is the same on all: those whose package managers they use,
// or else all that are told here, and of these those whose configuration files they touch.
func possible(families []distribution, m *machine) []distribution {
	keep := func(families []distribution, test func(f distribution) bool) []distribution {
		return slices.DeleteFunc(slices.Clone(families), func(f distribution) bool { return !test(f) })
	}
	managed := keep(families, func(f distribution) bool {
		return slices.ContainsFunc(f.managers, func(name string) bool { return m.managers[name] })
	})
	if len(managed) == 0 {
		managed = keep(families, func(f distribution) bool { return len(f.files) > 0 })
	}
	if touched := keep(managed, func(f distribution) bool { return m.isTouched[f.vsftpd] || m.isTouched[f.proftpd] }); len(touched) > 0 {
		return touched
	}
	return managed
}

func (m *machine) readPart(t text, part Part) {
	if len(t.s) > MaxTextBytes {
		m.skip(t, "the text is too long to be read")
		return
	}
	switch part.Kind {
	case UserData:
		m.readUserData(t, 0)
	case Script:
		m.runScript(t, true)
	case PowerShell:
		m.runPowerShell(t)
	case CommandLine:
		m.runCommandLine(t)
	case Containers:
		m.declareContainers(t)
	case File:
		if strings.Contains(part.Path, Hole) || !path.IsAbs(part.Path) {
			m.doubtMatching(part.Path, t, "where the file is put isn't known")
			return
		}
		m.write(path.Clean(part.Path), linesOf(t))
	}
}

// skip notes that a text can't be read: it may do anything.
func (m *machine) skip(t text, why string) {
	m.unread = append(m.unread, Problem{At: t.span(), What: why})
	m.shake(t, why)
}

// userPart is a part of user data that cloud-init handles.
type userPart struct {
	kind string // the MIME subtype: x-shellscript, cloud-config, …
	text text
}

// readUserData takes user data apart and carries out its parts in cloud-init's order:
// https://cloudinit.readthedocs.io/en/latest/explanation/format.html.
func (m *machine) readUserData(t text, depth int) {
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
			m.runScript(p.text, false)
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
			m.runScript(p.text, strings.HasPrefix(p.text.s, "#!/bin/sh"))
		case "x-powershell":
			m.runPowerShell(p.text)
		}
	}
	for _, c := range clouds {
		c.run()
	}
}

// split takes a text apart into what cloud-init handles. Kind is its MIME subtype, if that is given.
func (m *machine) split(t text, kind string, depth int, parts *[]userPart) {
	const maxParts = 256
	if depth > maxDepth || len(*parts) >= maxParts {
		m.skip(t, "user data nests too deep to be read")
		return
	}
	s := t.s
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
	case taggedPowerShell(t).s != "":
		*parts = append(*parts, userPart{kind: "x-powershell", text: taggedPowerShell(t)})
	case strings.HasPrefix(s, "<script>"):
		m.skip(t, "batch files are not read")
	case kind == "cloud-config" || kind == "x-shellscript" || kind == "cloud-boothook":
		*parts = append(*parts, userPart{kind: kind, text: t})
	default:
		if plain, ok := decodeBase64(t, m.budget); ok && len(strings.TrimSpace(s)) >= 8 && recognised(plain.s) {
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
func taggedPowerShell(t text) text {
	lower := strings.ToLower(t.s)
	start := strings.Index(lower, "<powershell>")
	if start < 0 || len(lower) != len(t.s) {
		return text{}
	}
	start += len("<powershell>")
	end := strings.Index(lower[start:], "</powershell>")
	if end < 0 {
		return text{}
	}
	return t.sub(start, start+end)
}

// splitMIME takes a MIME message apart.
func (m *machine) splitMIME(t text, depth int, parts *[]userPart) {
	msg, err := mail.ReadMessage(strings.NewReader(t.s))
	if err != nil {
		m.skip(t, "the MIME message is broken")
		return
	}
	body, err := io.ReadAll(msg.Body)
	if err != nil || !m.spendDecoded(len(body)) {
		m.skip(t, "the MIME message is broken or too long")
		return
	}
	start := len(t.s) - len(body)
	if start < 0 || t.s[start:] != string(body) {
		m.skip(t, "the MIME message is broken")
		return
	}
	m.splitEntity(t.sub(start, len(t.s)), msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), depth, parts)
}

func (m *machine) splitEntity(body text, contentType, encoding string, depth int, parts *[]userPart) {
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
	r := multipart.NewReader(strings.NewReader(body.s), params["boundary"])
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
		part := body.blur(string(raw))
		if i := strings.Index(body.s[cursor:], string(raw)); i >= 0 {
			part = body.sub(cursor+i, cursor+i+len(raw))
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
func (m *machine) transferDecode(t text, encoding string) (text, bool) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return decodeBase64(t, m.budget)
	case "quoted-printable":
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(t.s)))
		return t.decode(string(b)), err == nil && m.spendDecoded(len(b))
	}
	return t, true
}

func (b *budget) spendDecoded(n int) bool {
	b.decoded -= n
	return b.decoded >= 0
}

// gunzip decompresses gzip data, as far as the budget goes.
func gunzip(t text, b *budget) (text, bool) {
	if b.decoded < 0 {
		return text{}, false
	}
	r, err := gzip.NewReader(strings.NewReader(t.s))
	if err != nil {
		return text{}, false
	}
	limit := min(b.decoded, MaxTextBytes)
	var plain bytes.Buffer
	if _, err := io.Copy(&plain, io.LimitReader(r, int64(limit)+1)); err != nil || plain.Len() > limit {
		b.decoded -= plain.Len()
		return text{}, false
	}
	b.decoded -= plain.Len()
	return t.blur(plain.String()), true
}

// mergeReadings makes one reading of those for each distribution that is possible: what is not the same in all is
// unknown.
func mergeReadings(readings []Reading) Reading {
	merged := readings[0]
	for _, r := range readings[1:] {
		merged.Servers = mergeServers(merged.Servers, r.Servers)
		merged.Unread = mergeProblems(merged.Unread, r.Unread)
	}
	return merged
}

// mergeProblems returns the problems of a, and those of b that a lacks.
func mergeProblems(a, b []Problem) []Problem {
	seen := map[Problem]bool{}
	for _, p := range a {
		seen[p] = true
	}
	merged := slices.Clip(a)
	for _, p := range b {
		if !seen[p] {
			seen[p] = true
			merged = append(merged, p)
		}
	}
	return merged
}

func mergeServers(a, b []Server) []Server {
	const why = "it depends on the distribution"
	type key struct {
		software Software
		name     string
	}
	others := map[key][]int{} // those of b that no server of a was found for
	for j, s := range b {
		others[key{s.Software, s.Name}] = append(others[key{s.Software, s.Name}], j)
	}
	used := make([]bool, len(b))
	merged := slices.Clone(a)
	for i := range merged {
		s := &merged[i]
		k := key{s.Software, s.Name}
		if len(others[k]) == 0 {
			s.Present = unknown[bool](s.Present.At, why)
			continue
		}
		o := b[others[k][0]]
		used[others[k][0]] = true
		others[k] = others[k][1:]
		same := func(x, y bool) bool { return x == y }
		s.Present = mergeSettings(s.Present, o.Present, same, why)
		s.Anonymous = mergeSettings(s.Anonymous, o.Anonymous, same, why)
		s.AnonymousUpload = mergeSettings(s.AnonymousUpload, o.AnonymousUpload, same, why)
		s.LocalLogin = mergeSettings(s.LocalLogin, o.LocalLogin, same, why)
		s.ObsoleteTLS = mergeSettings(s.ObsoleteTLS, o.ObsoleteTLS, same, why)
		s.TLS = mergeSettings(s.TLS, o.TLS, func(x, y TLS) bool { return x == y }, why)
		s.ListenPorts = mergeSettings(s.ListenPorts, o.ListenPorts, slices.Equal, why)
		s.PassivePorts = mergeSettings(s.PassivePorts, o.PassivePorts, func(x, y PortRange) bool { return x == y }, why)
		if s.Config != o.Config {
			s.Config = ""
		}
		s.Problems = mergeProblems(s.Problems, o.Problems)
	}
	for j := range b {
		if !used[j] {
			s := b[j]
			s.Present = unknown[bool](s.Present.At, why)
			merged = append(merged, s)
		}
	}
	return merged
}

func mergeSettings[T any](a, b Setting[T], same func(x, y T) bool, why string) Setting[T] {
	switch {
	case !a.known():
		return a
	case !b.known():
		return b
	case !same(a.Value, b.Value):
		return unknown[T](Span{}, why)
	case a.State == Default && b.State == Default && a.Source != b.Source:
		a.Source = "the same in all distributions that are possible"
	case a.State == Default && b.State == Known:
		return b
	}
	return a
}
