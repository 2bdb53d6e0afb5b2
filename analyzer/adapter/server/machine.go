package server

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// Machines returns the adapters of FTP servers that machines set up at start, and of what runs scripts on machines later. data
// says where machines have what they do at start.
func Machines(data []read.UserData) []read.Adapter {
	data = append(slices.Clip(data), carriers()...)
	var out []read.Adapter
	var extended []string
	for _, u := range data {
		out = append(out, read.Adapter{
			Types: u.Types, Reads: reads(),
			FTP: func(s read.Subject) ([]fact.FTP, []fact.Unread) { return machine(u, s) },
		})
		if u.Extended {
			extended = append(extended, u.Types...)
		}
	}
	return append(out, additionFTP(extended)...)
}

// reads returns the data sources that compose texts, and those that look for images.
func reads() []string {
	return []string{
		"cloudinit_config", "template_cloudinit_config", "template_file", "archive_file", "local_file", "local_sensitive_file",
		"aws_ami", "aws_ssm_parameter", "google_compute_image", "azurerm_platform_image", "hcloud_image", "digitalocean_image", "linode_image",
		"exoscale_template", "openstack_images_image_v2", "scaleway_instance_image", "scaleway_marketplace_image", "yandex_compute_image",
		"oci_core_images", "alicloud_images", "vultr_os", "ibm_is_image", "tencentcloud_images",
	}
}

// machine reads what a resource does at start.
func machine(u read.UserData, s read.Subject) ([]fact.FTP, []fact.Unread) {
	var endpoints []fact.FTP
	var unread []fact.Unread
	var local setup
	told := false // whether there is a text at all
	for i := range max(1, machines(u, objectOf(s))) {
		m := setup{subject: s}
		for _, texts := range []struct {
			kind  host.PartKind
			paths []string
		}{
			{host.Elsewhere, u.Elsewhere},
			{host.UserData, u.Attrs},
			{host.Script, u.Scripts},
			{host.PowerShell, u.PowerShell},
			{host.CommandLine, u.Commands},
			{host.Containers, u.Containers},
			{host.Document, u.Documents},
		} {
			for _, at := range texts.paths {
				m.addAt(i, texts.kind, at)
			}
		}
		for _, at := range slices.Sorted(maps.Keys(u.Stored)) {
			if known, written := attrAt(objectOf(s), at); read.Given(known) {
				m.addText(host.File, u.Stored[at], textOf(s, known, written))
			}
		}
		if u.Extended {
			for _, o := range objectOf(s).blocks("extension") {
				m.extension(s, o)
			}
			m.added()
		}
		if i == 0 {
			local = m.provisioners()
			e, u := m.snippets().read()
			endpoints, unread = append(endpoints, e...), append(unread, u...)
		}
		told = told || len(m.parts) > 0
		e, u := m.read()
		endpoints, unread = append(endpoints, e...), append(unread, u...)
	}
	e, more := local.read()
	endpoints, unread = append(endpoints, e...), append(unread, more...)
	what := "no text sets it up, and its image isn't read"
	if told {
		what = "its texts set up no server that is known, and its image isn't read"
	}
	// Nobody knows whether what a module makes without a text is a machine.
	if len(endpoints) == 0 && len(unread) == 0 && (told || s.Resource.Addr.Type != "") {
		unread = []fact.Unread{{What: what, At: objectOf(s).at, Behind: true, Textless: !told}}
	}
	return endpoints, unread
}

// setup collects what sets a machine up.
type setup struct {
	subject read.Subject
	// on is the resource that is the machine, if it isn't the subject; else nil.
	on    *graph.Resource
	parts []host.Part
	texts []graph.Written
	// elsewhere is true if the texts are for the machine that runs Terraform.
	elsewhere bool
	// families are those of the machine's image, if they aren't told by the resource's own attributes.
	families []host.Family
}

// add adds the text of an attribute.
func (m *setup) add(kind host.PartKind, path string) { m.addAt(0, kind, path) }

// addAt adds the text of an attribute of the machine with index i; see attrsAt.
func (m *setup) addAt(i int, kind host.PartKind, path string) {
	all := attrsAt(objectOf(m.subject), path)
	if len(all) > 1 && i < len(all) {
		all = all[i:]
	}
	if len(all) > 0 && read.Given(all[0].known) {
		m.addText(kind, "", textOf(m.subject, all[0].known, all[0].written))
	}
}

func (m *setup) addText(kind host.PartKind, path string, w graph.Written) {
	if kind == host.Script && strings.HasPrefix(w.Text, "#!") {
		kind = host.UserData // which tells what the script is for
	}
	m.parts = append(m.parts, host.Part{Kind: kind, Path: path, Text: w.Text})
	m.texts = append(m.texts, w)
}

// machines returns how many machines a resource has texts for.
func machines(u read.UserData, o object) int {
	n := 0
	for _, path := range u.Attrs {
		n = max(n, len(attrsAt(o, path)))
	}
	return n
}

// placedValue is the value of an attribute as it is known, and as the configuration writes it.
type placedValue struct{ known, written graph.Value }

// attrsAt returns the attributes at a path, one for each of the nested blocks on it; see [read.UserData].
func attrsAt(o object, path string) []placedValue {
	key := ""
	if before, rest, ok := strings.Cut(path, "["); ok {
		path, key = before, strings.Trim(rest, `"]`)
	}
	names := strings.Split(path, ".")
	objects := []object{o}
	for _, name := range names[:len(names)-1] {
		var next []object
		for _, o := range objects {
			next = append(next, o.blocks(name)...)
		}
		objects = next
	}
	var out []placedValue
	for _, o := range objects {
		known, written := o.attr(names[len(names)-1])
		switch {
		case key == "":
			out = append(out, placedValue{known, written})
		case !known.Undecided(): // otherwise what keys there are isn't known
			out = append(out, placedValue{known.Object().Attr(key), written.Object().Attr(key)})
		}
	}
	return out
}

// attrAt returns the first attribute at a path.
func attrAt(o object, path string) (known, written graph.Value) {
	if all := attrsAt(o, path); len(all) > 0 {
		return all[0].known, all[0].written
	}
	return graph.Value{}, graph.Value{}
}

// provisioners adds what the provisioners of the resource do on its machine. It returns what they do on the machine that runs
// Terraform. A plan doesn't have them, so they come from the configuration.
func (m *setup) provisioners() (local setup) {
	local.subject, local.elsewhere = m.subject, true
	if m.subject.Declared == nil {
		return local
	}
	m.connect(m.subject.Declared.Blocks("connection"))
	for _, b := range m.subject.Declared.Blocks("provisioner") {
		if len(b.Labels) != 1 {
			continue
		}
		if b.Keyword("when") == "destroy" {
			continue
		}
		switch b.Labels[0] {
		case "remote-exec":
			m.connect(b.Blocks("connection"))
			m.remote(b)
		case "file":
			m.file(b)
		case "local-exec":
			interpreter, _ := b.Attr("interpreter").Elements()
			if command := b.Attr("command"); read.Given(command) && len(interpreter) == 0 {
				local.addText(host.Script, "", command.Written(host.Hole))
			}
		}
	}
	return local
}

// connect records the machine that provisioners connect to, if its address is surely that of another resource.
func (m *setup) connect(connections []graph.Block) {
	for _, c := range connections {
		targets, whole := m.subject.Source.Refer(c.Attr("host"))
		if !whole || len(targets) != 1 || targets[0].Resource == nil {
			continue
		}
		if r := m.subject.Graph.Find(targets[0].Resource.Addr); r != nil && r != m.subject.Resource {
			m.on = r
		}
	}
}

// remote adds what remote-exec runs: its lines, or local script files.
func (m *setup) remote(b graph.Block) {
	if inline := b.Attr("inline"); read.Given(inline) {
		elements, whole := inline.Elements()
		var pieces []graph.Piece
		for _, e := range elements {
			pieces = append(pieces, e.Written(host.Hole).Pieces...)
			pieces = append(pieces, graph.Piece{Text: "\n", Known: true, At: e.At})
		}
		if !whole {
			pieces = append(pieces, graph.Piece{At: inline.At, Decides: inline.Origins()})
		}
		m.addText(host.Script, "", graph.Compose(host.Hole, pieces...))
	}
	scripts, _ := b.Attr("scripts").Elements()
	if script := b.Attr("script"); read.Given(script) {
		scripts = append(scripts, script)
	}
	for _, script := range scripts {
		text, ok := script.FileText(host.Hole)
		if !ok {
			text = graph.Compose(host.Hole, graph.Piece{At: script.At, Decides: script.Origins()})
		}
		m.addText(host.Script, "", text)
	}
}

// snippets returns what the files set up that provisioners put where Proxmox takes user data for its machines from: cicustom names
// them. Source: https://pve.proxmox.com/wiki/Cloud-Init_Support
func (m *setup) snippets() *setup {
	out := &setup{subject: m.subject}
	for i, p := range m.parts {
		if p.Kind == host.File && strings.Contains(p.Path, "/snippets/") {
			out.addText(host.UserData, "", m.texts[i])
		}
	}
	return out
}

// file adds a file, or the files of a folder, that a provisioner puts on the machine. Source:
// https://developer.hashicorp.com/terraform/language/resources/provisioners/file
func (m *setup) file(b graph.Block) {
	destination, ok := b.Attr("destination").Text()
	if !ok {
		destination = host.Hole
	}
	if content := b.Attr("content"); read.Given(content) {
		m.addText(host.File, destination, content.Written(host.Hole))
		return
	}
	source := b.Attr("source")
	name, known := source.Text()
	if known && m.archive(name, destination) {
		return
	}
	if content, ok := m.made(source, name); ok {
		if strings.HasSuffix(destination, "/") {
			destination += path.Base(name)
		}
		m.addText(host.File, destination, content)
		return
	}
	if text, ok := source.FileText(host.Hole); ok {
		if strings.HasSuffix(destination, "/") {
			destination += path.Base(name)
		}
		m.addText(host.File, destination, text)
		return
	}
	texts, whole := source.FolderTexts(host.Hole)
	folder := destination
	if known && !strings.HasSuffix(name, "/") {
		folder = path.Join(destination, path.Base(name))
	}
	switch {
	case len(texts) > 0:
		for _, file := range slices.Sorted(maps.Keys(texts)) {
			m.addText(host.File, path.Join(folder, file), texts[file])
			m.parts[len(m.parts)-1].Complete = whole
		}
		if whole {
			return
		}
		destination = folder + "/"
	case !read.Given(source) || !ok:
		return
	}
	m.addText(host.File, destination, graph.Compose(host.Hole, graph.Piece{At: source.At, Decides: source.Origins()}))
}

// made returns the content of a file that Terraform writes where it runs, if a provisioner's source is that file.
// Source: https://registry.terraform.io/providers/hashicorp/local/latest/docs/resources/file
func (m *setup) made(source graph.Value, name string) (graph.Written, bool) {
	targets, whole := m.subject.Source.Refer(source)
	for _, typ := range []string{"local_file", "local_sensitive_file"} {
		for _, r := range m.subject.Source.OfType(typ) {
			refers := whole && len(targets) == 1 && targets[0].Resource != nil && targets[0].Resource.Addr.String() == r.Addr.String()
			at, ok := r.Attr("filename").Text()
			if !refers && (!ok || name == "" || path.Clean(at) != path.Clean(name)) {
				continue
			}
			if content := r.Attr("content"); read.Given(content) {
				return content.Written(host.Hole), true
			}
			if encoded := r.Attr("content_base64"); read.Given(encoded) {
				return decodedText(encoded.Written(host.Hole)), true
			}
			if text, ok := r.Attr("source").FileText(host.Hole); ok {
				return text, true
			}
		}
	}
	return graph.Written{}, false
}

// archive adds the files of an archive that Terraform makes at a path, and that is put on the machine; false if it makes
// none there whose files are known.
// Source: https://registry.terraform.io/providers/hashicorp/archive/latest/docs/data-sources/file
func (m *setup) archive(name, destination string) bool {
	if strings.HasSuffix(destination, "/") {
		destination += path.Base(name)
	}
	for _, a := range m.subject.Source.OfType("archive_file") {
		if output, ok := a.Attr("output_path").Text(); !ok || output != name {
			continue
		}
		texts, whole := a.Attr("source_dir").FolderTexts(host.Hole)
		whole = whole || !read.Given(a.Attr("source_dir"))
		if texts == nil {
			texts = map[string]graph.Written{}
		}
		put := func(name graph.Value, text graph.Written, ok bool) {
			file, known := name.Text()
			if !known || !ok {
				whole = false
				return
			}
			texts[strings.TrimPrefix(path.Clean(file), "/")] = text
		}
		if file := a.Attr("source_file"); read.Given(file) {
			if text, ok := file.FileText(host.Hole); ok {
				base, _ := file.Text()
				texts[path.Base(base)] = text
			} else {
				whole = false
			}
		}
		if content := a.Attr("source_content"); read.Given(content) {
			put(a.Attr("source_content_filename"), content.Written(host.Hole), true)
		}
		for _, b := range a.Blocks("source") {
			put(b.Attr("filename"), b.Attr("content").Written(host.Hole), b.Certain)
		}
		whole = whole && !read.Given(a.Attr("excludes"))
		for _, file := range slices.Sorted(maps.Keys(texts)) {
			m.addText(host.File, destination+host.InArchive+file, texts[file])
			m.parts[len(m.parts)-1].Complete = whole
		}
		return len(texts) > 0
	}
	return false
}

// read returns the endpoints that the texts set up.
func (m *setup) read() ([]fact.FTP, []fact.Unread) {
	if len(m.parts) == 0 {
		return nil, nil
	}
	r := m.subject.Resource
	o := whereabouts{texts: m.texts, at: objectOf(m.subject).at}
	for _, w := range m.texts {
		o.sensitive = o.sensitive || w.Sensitive()
	}
	evidence := host.Evidence{Families: m.families}
	if m.families == nil {
		evidence.Families = families(m.subject)
	}
	reading := m.subject.Texts.Read(evidence, m.parts...)
	if f := reading.Firewall; f != nil && !m.elsewhere {
		p, _ := o.place(f.By.Span())
		*m.subject.Firewalls = append(*m.subject.Firewalls, fact.HostFirewall{On: m.on, Tool: f.Tool, At: p.At, Passes: f.Passes})
	}
	var out []fact.FTP
	for i := range reading.Servers {
		e := endpoint(&reading.Servers[i], o, true)
		if image := reading.Servers[i].Image; image != "" {
			e.Outdated = append(e.Outdated, imageAge(image, e.At, deciders(m.texts[reading.Servers[i].Present.At.Part], reading.Servers[i].Present.At))...)
		}
		if !r.Certain {
			e.Present = existing(r, e.At)
		}
		e.On = m.on
		out = append(out, e)
	}
	return out, unreads(reading, o)
}
