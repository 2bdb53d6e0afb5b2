package server

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// mounted is a file that is mounted over one of an image; with a slash at the end of its path, a directory of which nothing is
// known.
type mounted struct {
	path string
	text graph.Written
}

// unseenFile returns a mount whose content isn't known.
func unseenFile(target string, at object, decides []graph.Origin) mounted {
	if path.Ext(target) != ".conf" {
		target = strings.TrimSuffix(target, "/") + "/"
	}
	return mounted{target, graph.Compose(host.Hole, graph.Piece{At: at.at, Decides: decides})}
}

// mountedIn returns what is mounted over the files of a container: the texts of ConfigMaps of Kubernetes, files that Docker
// uploads, and whatever else that isn't known.
func (c containers) mountedIn(s read.Subject, o object) []mounted {
	var out []mounted
	blocks := []string{c.mounts, "mounts", "configs"}
	slices.Sort(blocks)
	for _, block := range slices.Compact(blocks) {
		for _, b := range o.blocks(block) {
			target := ""
			for _, name := range []string{c.target, "target", "file_name"} {
				if text, ok := b.known.OwnAttr(name).Text(); ok && target == "" {
					target = text
				}
			}
			switch {
			case !path.IsAbs(target):
			case c.mounts == "volume_mount" || c.mounts == "volumeMounts":
				out = append(out, c.volume(s, b, target)...)
			default:
				out = append(out, unseenFile(target, b, nil))
			}
		}
	}
	// https://registry.terraform.io/providers/kreuzwerker/docker/latest/docs/resources/container#nested-schema-for-upload
	for _, b := range o.blocks("upload") {
		target, ok := b.known.OwnAttr("file").Text()
		if !ok || !path.IsAbs(target) {
			continue
		}
		known, written := b.attr("content")
		encoded, writtenEncoded := b.attr("content_base64")
		source, _ := b.attr("source")
		switch {
		case read.Given(known):
			out = append(out, mounted{target, textOf(s, known, written)})
		case read.Given(encoded):
			out = append(out, mounted{target, decodedText(textOf(s, encoded, writtenEncoded))})
		default:
			text, ok := source.FileText(host.Hole)
			if !ok {
				text = unseenFile(target, b, source.Origins()).text
			}
			out = append(out, mounted{target, text})
		}
	}
	return out
}

// volume returns the files of a volume of a pod that is mounted at a path.
func (c containers) volume(s read.Subject, mount object, target string) []mounted {
	name, _ := mount.known.OwnAttr("name").Text()
	key := ""
	for _, attr := range []string{"sub_path", "subPath"} {
		if text, ok := mount.known.OwnAttr(attr).Text(); ok {
			key = text
		}
	}
	typed := c.mounts == "volume_mount"
	word := func(typedWord, manifestWord string) string {
		if typed {
			return typedWord
		}
		return manifestWord
	}
	for _, v := range below([]object{objectOf(s)}, append(slices.Clip(c.path[:max(0, len(c.path)-1)]), word("volume", "volumes"))...) {
		if text, _ := v.known.OwnAttr("name").Text(); text != name {
			continue
		}
		for _, source := range v.blocks(word("config_map", "configMap")) {
			data, ok := configMap(s, source)
			if !ok {
				break
			}
			items := map[string]string{}
			for _, i := range source.blocks("items") {
				k, _ := i.known.OwnAttr("key").Text()
				p, _ := i.known.OwnAttr("path").Text()
				items[k] = p
			}
			var out []mounted
			for _, k := range slices.Sorted(maps.Keys(data)) {
				file := k
				if len(items) > 0 {
					file = items[k]
				}
				switch {
				case file == "":
				case key == file:
					out = append(out, mounted{target, data[k]})
				case key == "":
					out = append(out, mounted{path.Join(target, file), data[k]})
				}
			}
			return out
		}
	}
	return []mounted{unseenFile(target, mount, nil)}
}

// configMap returns the texts of the ConfigMap that a volume names, if the configuration surely has it.
func configMap(s read.Subject, source object) (map[string]graph.Written, bool) {
	name, _ := source.attr("name")
	wanted, ok := name.Text()
	var found []object
	var of []read.Subject
	for _, typ := range configMapTypes() {
		for _, r := range s.Graph.OfType(typ) {
			in := other(s, r)
			all := []object{objectOf(in)}
			if typ == "kubernetes_manifest" {
				all = below(all, "manifest")
				all = slices.DeleteFunc(all, func(o object) bool {
					kind, _ := o.known.OwnAttr("kind").Text()
					return kind != "ConfigMap"
				})
			}
			for _, o := range all {
				for _, metadata := range o.blocks("metadata") {
					if text, known := metadata.known.OwnAttr("name").Text(); ok && known && text == wanted && r.Certain {
						found, of = append(found, o), append(of, in)
					}
				}
			}
		}
	}
	if len(found) != 1 {
		return nil, false
	}
	known, written := found[0].attr("data")
	raw := known.Raw()
	if known.Absent() || known.Undecided() || !raw.CanIterateElements() {
		return nil, false
	}
	out := map[string]graph.Written{}
	for it := raw.ElementIterator(); it.Next(); {
		k, _ := it.Element()
		text := k.AsString()
		out[text] = textOf(of[0], known.Object().Attr(text), written.Object().Attr(text))
	}
	return out, true
}

// configMapTypes are the types of resources that are ConfigMaps of Kubernetes.
func configMapTypes() []string {
	return []string{"kubernetes_config_map", "kubernetes_config_map_v1", "kubernetes_manifest"}
}
