package host

import (
	"path"
	"slices"
	"strings"
)

// Mount is something that is mounted over the files of a container.
type Mount struct {
	// Source is the path of a file or directory of the machine; empty if it is something else.
	Source string
	// Map is the name of a ConfigMap of Kubernetes, and Items are the paths of its keys, if not all of them are mounted by
	// their own names.
	Map   string
	Items map[string]string
	// Target is the path in the container. Key is the one key of Map that is mounted there; empty for all.
	Target, Key string
}

// Mounted returns the files that are mounted over those of a container, as far as the texts have them. A path with a slash at its
// end is that of a directory of which nothing is known, and a text that is a Hole isn't known.
func (m *Machine) Mounted(c Container) []Part {
	var out []Part
	add := func(target, text string) { out = append(out, Part{Kind: File, Path: target, Text: text}) }
	for _, mount := range c.Mounts {
		target := path.Clean(mount.Target)
		if !path.IsAbs(target) || strings.Contains(target, Hole) || !m.Spend(1) {
			continue
		}
		if data, ok := m.maps[mount.Map]; ok && mount.Map != "" {
			for key, text := range data {
				name := key
				if len(mount.Items) > 0 {
					name = mount.Items[key]
				}
				switch {
				case name == "" || !m.Spend(1):
				case mount.Key == name:
					add(target, text)
				case mount.Key == "":
					add(path.Join(target, name), text)
				}
			}
			continue
		}
		if text, ok := m.written(mount.Source); ok {
			add(target, text)
			continue
		}
		for _, file := range m.Under(path.Clean(mount.Source)) {
			if text, ok := m.written(file); ok && mount.Source != "" {
				add(path.Join(target, path.Base(file)), text)
			}
		}
		switch {
		case path.Ext(target) == ".conf":
			add(target, Hole)
		case !m.complete[path.Clean(mount.Source)]:
			add(target+"/", Hole)
		}
	}
	slices.SortStableFunc(out, func(a, b Part) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// written returns the content of a file that the texts write; false if they don't, or a part of it isn't known.
func (m *Machine) written(file string) (string, bool) {
	lines, ok := m.Written(file)
	if !ok || !path.IsAbs(file) || !m.SpendLines(lines) {
		return "", false
	}
	for _, l := range lines {
		if l.Doubt != "" {
			return Hole, true
		}
	}
	return Content(lines).S, true
}

// mountOf reads SOURCE:TARGET[:OPTIONS], as docker run -v and compose files have it. A source that is no path is a volume.
func mountOf(s string) (Mount, bool) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 {
		return Mount{}, false // an anonymous volume, which has the image's files
	}
	m := Mount{Target: parts[1]}
	if path.IsAbs(parts[0]) {
		m.Source = parts[0]
	}
	return m, path.IsAbs(parts[1])
}

// optionMount reads the value of docker run --mount.
func optionMount(s string) (Mount, bool) {
	var m Mount
	for field := range strings.SplitSeq(s, ",") {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "source", "src":
			if path.IsAbs(value) {
				m.Source = value
			}
		case "target", "destination", "dst":
			m.Target = value
		}
	}
	return m, m.Target != ""
}
