package adapter

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// userData says where resources of some types have what their machines do when they start.
type userData struct {
	types []string
	// attrs are attributes with user data, each a name, BLOCK.NAME, or NAME["KEY"] for a key of a map; scripts are those
	// whose text is a script whatever it begins with, as powershell and commands are for PowerShell and for Windows' command
	// processor.
	attrs, scripts, powershell, commands []string
	// containers are those that say in YAML which containers run.
	containers []string
	// extended says that nested blocks extension, and the resources of additions, run scripts, too.
	extended bool
}

func allUserData() []userData {
	azure := []string{"custom_data", "user_data"}
	// https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys, in the order in which they run.
	google := userData{
		attrs: []string{`metadata["user-data"]`}, scripts: []string{"metadata_startup_script", `metadata["startup-script"]`},
		powershell: []string{`metadata["sysprep-specialize-script-ps1"]`, `metadata["windows-startup-script-ps1"]`},
		commands: []string{
			`metadata["sysprep-specialize-script-cmd"]`, `metadata["sysprep-specialize-script-bat"]`,
			`metadata["windows-startup-script-cmd"]`, `metadata["windows-startup-script-bat"]`,
		},
		containers: []string{`metadata["gce-container-declaration"]`},
	}
	google.types = []string{
		"google_compute_instance", "google_compute_instance_template", "google_compute_region_instance_template",
		"google_compute_instance_from_template",
	}
	plain := []string{"user_data"}
	return []userData{
		{types: []string{"aws_instance", "aws_spot_instance_request", "aws_launch_configuration"}, attrs: []string{"user_data", "user_data_base64"}},
		{types: []string{"aws_launch_template"}, attrs: plain},
		{types: []string{"aws_lightsail_instance"}, scripts: plain},
		{types: []string{
			"azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_linux_virtual_machine_scale_set",
			"azurerm_windows_virtual_machine_scale_set",
		}, attrs: azure, extended: true},
		{types: []string{"azurerm_orchestrated_virtual_machine_scale_set"}, attrs: []string{"os_profile.custom_data", "user_data_base64"}, extended: true},
		{types: []string{"azurerm_virtual_machine", "azurerm_virtual_machine_scale_set"}, attrs: []string{"os_profile.custom_data"}, extended: true},
		google,
		{types: []string{
			"digitalocean_droplet", "hcloud_server", "vultr_instance", "openstack_compute_instance_v2", "exoscale_compute_instance",
			"alicloud_instance", "upcloud_server", "ibm_is_instance", "stackit_server", "outscale_vm", "nifcloud_instance",
			"huaweicloud_compute_instance",
		}, attrs: plain},
		{types: []string{"tencentcloud_instance"}, attrs: []string{"user_data", "user_data_raw"}},
		{types: []string{"linode_instance"}, attrs: []string{"metadata.user_data"}},
		{types: []string{"scaleway_instance_server"}, attrs: []string{`user_data["cloud-init"]`}},
		{types: []string{"oci_core_instance"}, attrs: []string{`metadata["user_data"]`}},
		{types: []string{"yandex_compute_instance"}, attrs: []string{`metadata["user-data"]`}},
		{types: []string{"civo_instance"}, scripts: []string{"script"}},
		// They are there for their provisioners.
		{types: []string{"null_resource", "terraform_data"}},
	}
}

func machineFTP() []Adapter {
	var out []Adapter
	for _, u := range allUserData() {
		out = append(out, Adapter{
			Types: u.types, Reads: []string{"cloudinit_config", "template_cloudinit_config", "template_file"}, FTP: u.find,
		})
	}
	return append(out, additionFTP()...)
}

func (u userData) find(s Subject) ([]fact.FTP, []fact.Unread) {
	var m setup
	m.subject = s
	for _, texts := range []struct {
		kind  ftpd.PartKind
		paths []string
	}{
		{ftpd.UserData, u.attrs},
		{ftpd.Script, u.scripts},
		{ftpd.PowerShell, u.powershell},
		{ftpd.CommandLine, u.commands},
		{ftpd.Containers, u.containers},
	} {
		for _, path := range texts.paths {
			m.add(texts.kind, path)
		}
	}
	if u.extended {
		for _, o := range s.object().blocks("extension") {
			m.extension(s, o)
		}
		m.added()
	}
	local := m.provisioners()
	endpoints, unread := m.read()
	more, other := local.read()
	return append(endpoints, more...), append(unread, other...)
}

// setup is what sets a machine up.
type setup struct {
	subject Subject
	parts   []ftpd.Part
	texts   []graph.Written
}

// add adds the text of an attribute.
func (m *setup) add(kind ftpd.PartKind, path string) {
	known, written := attrAt(m.subject.object(), path)
	if given(known) {
		m.addText(kind, "", m.subject.text(known, written))
	}
}

func (m *setup) addText(kind ftpd.PartKind, path string, w graph.Written) {
	if kind == ftpd.Script && strings.HasPrefix(w.Text, "#!") {
		kind = ftpd.UserData // which tells what the script is for
	}
	m.parts = append(m.parts, ftpd.Part{Kind: kind, Path: path, Text: w.Text})
	m.texts = append(m.texts, w)
}

// attrAt returns an attribute by its path; see userData.
func attrAt(o object, path string) (known, written graph.Value) {
	if block, name, ok := strings.Cut(path, "."); ok {
		blocks := o.blocks(block)
		if len(blocks) == 0 {
			return graph.Value{}, graph.Value{}
		}
		return blocks[0].attr(name)
	}
	if name, key, ok := strings.Cut(path, "["); ok {
		key = strings.Trim(key, `"]`)
		known, written = o.attr(name)
		if known.Undecided() {
			return graph.Value{}, graph.Value{} // what keys there are isn't known
		}
		return known.Object().Attr(key), written.Object().Attr(key)
	}
	return o.attr(path)
}

// provisioners adds what the provisioners of the resource do on its machine. It returns what they do on the machine that
// Terraform runs on. A plan doesn't tell them, so they are those of the configuration.
func (m *setup) provisioners() (local setup) {
	local.subject = m.subject
	if m.subject.Declared == nil {
		return local
	}
	for _, b := range m.subject.Declared.Blocks("provisioner") {
		if len(b.Labels) != 1 {
			continue
		}
		if b.Keyword("when") == "destroy" {
			continue
		}
		switch b.Labels[0] {
		case "remote-exec":
			m.remote(b)
		case "file":
			m.file(b)
		case "local-exec":
			interpreter, _ := b.Attr("interpreter").Elements()
			if command := b.Attr("command"); given(command) && len(interpreter) == 0 {
				local.addText(ftpd.Script, "", command.Written(ftpd.Hole))
			}
		}
	}
	return local
}

// remote adds what remote-exec runs: its lines, or scripts that are local files.
func (m *setup) remote(b graph.Block) {
	if inline := b.Attr("inline"); given(inline) {
		elements, whole := inline.Elements()
		var pieces []graph.Piece
		for _, e := range elements {
			pieces = append(pieces, e.Written(ftpd.Hole).Pieces...)
			pieces = append(pieces, graph.Piece{Text: "\n", Known: true, At: e.At})
		}
		if !whole {
			pieces = append(pieces, graph.Piece{At: inline.At, Decides: inline.Origins()})
		}
		m.addText(ftpd.Script, "", graph.Compose(ftpd.Hole, pieces...))
	}
	scripts, _ := b.Attr("scripts").Elements()
	if script := b.Attr("script"); given(script) {
		scripts = append(scripts, script)
	}
	for _, script := range scripts {
		text, ok := script.FileText(ftpd.Hole)
		if !ok {
			text = graph.Compose(ftpd.Hole, graph.Piece{At: script.At, Decides: script.Origins()})
		}
		m.addText(ftpd.Script, "", text)
	}
}

// file adds a file that is put on the machine.
func (m *setup) file(b graph.Block) {
	destination, ok := b.Attr("destination").Text()
	if !ok {
		destination = ftpd.Hole
	}
	if content := b.Attr("content"); given(content) {
		m.addText(ftpd.File, destination, content.Written(ftpd.Hole))
		return
	}
	source := b.Attr("source")
	if text, ok := source.FileText(ftpd.Hole); ok {
		m.addText(ftpd.File, destination, text)
		return
	}
	if given(source) && ok {
		m.addText(ftpd.File, destination, graph.Compose(ftpd.Hole, graph.Piece{At: source.At, Decides: source.Origins()}))
	}
}

// read returns the endpoints that the texts set up.
func (m *setup) read() ([]fact.FTP, []fact.Unread) {
	if len(m.parts) == 0 {
		return nil, nil
	}
	r := m.subject.Resource
	o := origin{texts: m.texts, at: m.subject.object().at}
	for _, w := range m.texts {
		o.sensitive = o.sensitive || w.Sensitive()
	}
	reading := ftpd.Read(host.Evidence{}, m.parts...)
	var out []fact.FTP
	for i := range reading.Servers {
		e := endpoint(&reading.Servers[i], o, true)
		if image := reading.Servers[i].Image; image != "" {
			e.Outdated = append(e.Outdated, imageAge(image, e.At, deciders(m.texts[reading.Servers[i].Present.At.Part], reading.Servers[i].Present.At))...)
		}
		if !r.Certain {
			e.Present = existing(r, e.At)
		}
		out = append(out, e)
	}
	return out, unreads(reading, o)
}
