package server

import (
	"slices"
	"strings"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// azapi reads what azapi_resource declares as Azure's API has it: apps, virtual machines and scale sets, what runs scripts on
// them, and containers. Sources: the pages of the types below https://learn.microsoft.com/azure/templates/.
func azapi(s read.Subject) ([]fact.FTP, []fact.Unread) {
	m := setup{subject: s}
	switch apiType(s.Resource) {
	case "microsoft.web/sites", "microsoft.web/sites/slots":
		return azapiSite(s)
	case "microsoft.compute/virtualmachines":
		for _, o := range below(apiBodies(s), "properties") {
			m.apiMachine(s, o)
		}
		for _, r := range s.Graph.Referrers(s.Resource, "azapi_resource", "parent_id") {
			if r.Addr.Mode == graph.Managed && r.Certain {
				m.apiAddition(other(s, r))
			}
		}
	case "microsoft.compute/virtualmachinescalesets":
		for _, o := range below(apiBodies(s), "properties", "virtualMachineProfile") {
			m.apiMachine(s, o)
		}
	case "microsoft.compute/virtualmachines/extensions", "microsoft.compute/virtualmachines/runcommands",
		"microsoft.compute/virtualmachinescalesets/extensions":
		if targets, whole := s.Graph.Refer(s.Resource.Attr("parent_id")); whole && len(targets) == 1 && targets[0].Resource != nil {
			m.on = targets[0].Resource
			if s.Resource.Certain && m.on.Addr.Type == "azapi_resource" && apiType(m.on) == "microsoft.compute/virtualmachines" {
				return nil, nil // the machine's own reader has it
			}
		}
		m.apiAddition(s)
	case "microsoft.containerinstance/containergroups":
		return apiContainers(s, []string{"properties", "containers", "properties"}, containers{
			command: []string{"command"}, env: "environmentVariables", ports: "ports", port: []string{"port"},
			mounts: "volumeMounts", target: "mountPath",
		}), nil
	case "microsoft.app/containerapps":
		return apiContainers(s, []string{"properties", "template", "containers"}, containers{
			command: []string{"command", "args"}, env: "env", outsideBody: []string{"targetPort", "exposedPort"},
			mounts: "volumeMounts", target: "mountPath",
		}), nil
	}
	if known, written := objectOf(s).attr("body"); known.Undecided() && strings.HasPrefix(apiType(s.Resource), "microsoft.compute/virtualmachine") {
		if _, encoded := written.ArgumentOf("jsonencode"); !encoded {
			return nil, []fact.Unread{{What: "its body isn't known", At: written.At, Decides: decidersOf(known, written)}}
		}
	}
	return m.read()
}

// apiType returns the type of a resource of Azure's API, in lower case and without its version; empty if it isn't known.
func apiType(r *graph.Resource) string {
	text, _ := r.Attr("type").Text()
	typ, _, _ := strings.Cut(strings.ToLower(text), "@")
	return typ
}

// apiBodies returns what a resource sends to the API: an object, or JSON text of one as versions before 2 of the provider have
// it, and the secret part of it.
func apiBodies(s read.Subject) []object {
	o := objectOf(s)
	var out []object
	for _, name := range []string{"body", "sensitive_body"} {
		known, written := o.attr(name)
		list, encoded := written.ArgumentOf("jsonencode")
		text, isText := known.Text()
		switch {
		case !isText && !encoded:
			out = append(out, o.blocks(name)...)
			continue
		case !isText:
			out = append(out, object{known: list.Object(), at: o.at})
			continue
		}
		at := written.At
		if at.Filename == "" {
			at = o.at
		}
		ty, err := ctyjson.ImpliedType([]byte(text))
		if err != nil {
			continue // it is no JSON, so the API refuses it
		}
		if v, err := ctyjson.Unmarshal([]byte(text), ty); err == nil {
			body := object{known: graph.NewValue(v, at).Object(), at: at}
			if encoded {
				body.written, body.hasWritten = list.Object(), true
			}
			out = append(out, body)
		}
	}
	return out
}

// below returns the objects at a path of names.
func below(objects []object, path ...string) []object {
	for _, name := range path {
		var next []object
		for _, o := range objects {
			next = append(next, o.blocks(name)...)
		}
		objects = next
	}
	return objects
}

// apiMachine adds what a virtual machine, or the profile of those of a scale set, does at start. Windows keeps its custom data,
// and runs nothing: https://learn.microsoft.com/azure/virtual-machines/custom-data.
func (m *setup) apiMachine(s read.Subject, o object) {
	windows := len(below([]object{o}, "osProfile", "windowsConfiguration")) > 0
	var image []string
	for _, reference := range below([]object{o}, "storageProfile", "imageReference") {
		for _, name := range []string{"publisher", "offer", "sku", "id", "communityGalleryImageId", "sharedGalleryImageId"} {
			if text, ok := reference.known.OwnAttr(name).Text(); ok {
				image = append(image, text)
			}
		}
	}
	for _, disk := range below([]object{o}, "storageProfile", "osDisk") {
		text, _ := disk.known.OwnAttr("osType").Text()
		windows = windows || strings.EqualFold(text, "Windows")
	}
	joined := strings.ToLower(strings.Join(image, "/"))
	windows = windows || strings.HasPrefix(joined, "microsoftwindows")
	m.families = host.FamiliesOfImage(joined)
	for _, profile := range below([]object{o}, "osProfile") {
		if known, written := profile.attr("customData"); read.Given(known) {
			if windows {
				m.addText(host.File, `C:\AzureData\CustomData.bin`, decodedText(textOf(s, known, written)))
			} else {
				m.addText(host.UserData, "", textOf(s, known, written))
			}
		}
	}
	if known, written := o.attr("userData"); read.Given(known) && !windows {
		m.addText(host.UserData, "", textOf(s, known, written))
	}
	for _, e := range below([]object{o}, "extensionProfile", "extensions", "properties") {
		m.apiExtension(s, e)
	}
}

// apiAddition adds what a resource of the API runs on a machine.
func (m *setup) apiAddition(s read.Subject) {
	switch typ := apiType(s.Resource); {
	case strings.HasSuffix(typ, "/extensions"):
		for _, o := range below(apiBodies(s), "properties") {
			m.apiExtension(s, o)
		}
	case strings.HasSuffix(typ, "/runcommands"):
		for _, source := range below(apiBodies(s), "properties", "source") {
			if known, written := source.attr("script"); read.Given(known) {
				kind := host.Script
				if m.isWindows() {
					kind = host.PowerShell
				}
				m.addText(kind, "", textOf(s, known, written))
			}
			if known, written := source.attr("scriptUri"); read.Given(known) {
				m.addText(host.Elsewhere, "", textOf(s, known, written))
			}
		}
	}
}

// isWindows reports whether the machine is known to run Windows.
func (m *setup) isWindows() bool {
	return m.on != nil && m.on.Addr.Type == "azurerm_windows_virtual_machine" ||
		slices.ContainsFunc(m.parts, func(p host.Part) bool { return strings.HasPrefix(p.Path, `C:\`) })
}

// apiExtension adds what the properties of an extension run.
func (m *setup) apiExtension(s read.Subject, o object) {
	typ, _ := o.known.OwnAttr("type").Text()
	kind, ok := extensionKind(typ)
	if !ok {
		return
	}
	for _, name := range []string{"settings", "protectedSettings"} {
		for _, settings := range o.blocks(name) {
			if kind == host.Elsewhere {
				m.addText(kind, "", graph.Compose(host.Hole, graph.Piece{At: settings.at}))
				continue
			}
			for _, key := range []string{"commandToExecute", "script"} {
				known, written := settings.attr(key)
				if !read.Given(known) {
					continue
				}
				text := textOf(s, known, written)
				if name == "protectedSettings" {
					text = secret(text)
				}
				if key == "script" {
					text = decodedText(text)
				}
				m.addText(kind, "", text)
			}
		}
	}
}

// apiContainers reads the containers at a path of the body.
func apiContainers(s read.Subject, path []string, c containers) []fact.FTP {
	var endpoints []fact.FTP
	bodies := apiBodies(s)
	for _, ingress := range below(bodies, "properties", "configuration", "ingress") {
		for _, name := range c.outsideBody {
			n, ok := ingress.known.OwnAttr(name).Int()
			c.serves = c.serves || ok && n == 21
		}
	}
	for _, o := range below(bodies, path...) {
		endpoints = append(endpoints, c.container(s, o)...)
	}
	return endpoints
}
