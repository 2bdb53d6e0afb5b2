package source

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
)

// Manifest is the record that terraform init keeps of the modules that it installed for a root module.
type Manifest struct{ entries map[string]manifestEntry }

type manifestEntry struct{ Key, Source, Version, Dir string }

// Manifest reads .terraform/modules/modules.json in a root module's folder. It is empty if the file isn't there.
func (t *Tree) Manifest(dir string) (*Manifest, hcl.Diagnostics) {
	m := &Manifest{entries: map[string]manifestEntry{}}
	name := path.Join(dir, ".terraform/modules/modules.json")
	if there, err := t.Exists(name); err == nil && !there {
		return m, nil
	}
	text, err := t.ReadFile(name)
	if err == nil {
		var file struct{ Modules []manifestEntry }
		if err = json.Unmarshal(text, &file); err == nil {
			for _, e := range file.Modules {
				e.Dir = t.installed(dir, e.Dir)
				m.entries[e.Key] = e
			}
			return m, nil
		}
	}
	d := fileError(t.Place(name), "The list of installed modules can't be read", err)
	d.Severity = hcl.DiagWarning
	return m, hcl.Diagnostics{d}
}

// Find returns the folder of an installed module by the names of the calls that lead to it. It fails if the module isn't what
// the call asks for by its source and version constraint; the constraint may be empty.
func (m *Manifest) Find(calls []string, source, constraint string) (dir string, err error) {
	e, ok := m.entries[strings.Join(calls, ".")]
	if !ok {
		return "", fmt.Errorf("it is not installed")
	}
	if trimRegistry(e.Source) != trimRegistry(source) && isRegistry(source) {
		return "", fmt.Errorf("another module is installed for this call: %s", e.Source)
	}
	if is, want := reference(e.Source), reference(source); is != want {
		return "", fmt.Errorf("it is installed at another reference: %q", is)
	}
	if !satisfies(e.Version, constraint) {
		return "", fmt.Errorf("another version is installed: %s", e.Version)
	}
	if !filepath.IsLocal(filepath.FromSlash(e.Dir)) {
		return "", fmt.Errorf("it is installed in %s, outside of the analysed root", e.Dir)
	}
	return e.Dir, nil
}

// installed returns the name in the tree of a folder that the manifest names relative to the root module's folder, or
// absolutely. A folder outside of the tree keeps a name that isn't local.
func (t *Tree) installed(root, dir string) string {
	dir = filepath.ToSlash(dir)
	if !filepath.IsAbs(filepath.FromSlash(dir)) {
		return path.Join(root, dir)
	}
	if rel, err := filepath.Rel(t.path, filepath.FromSlash(dir)); err == nil {
		return filepath.ToSlash(rel)
	}
	return dir
}

// reference returns the ref argument of a source: a branch, tag or commit; "" without one.
func reference(source string) string {
	_, query, _ := strings.Cut(source, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	return values.Get("ref")
}

// satisfies reports whether a version may be the one that a constraint asks for. It returns true if either is malformed.
func satisfies(text, constraint string) bool {
	v, err := version.NewVersion(text)
	if err != nil {
		return true
	}
	c, err := version.NewConstraint(constraint)
	return err != nil || c.Check(v)
}

// trimRegistry removes the host of the default registries, which Terraform and OpenTofu write into the manifest.
func trimRegistry(source string) string {
	source = strings.TrimPrefix(source, "registry.terraform.io/")
	return strings.TrimPrefix(source, "registry.opentofu.org/")
}

// isRegistry reports whether a source is NAMESPACE/NAME/PROVIDER, perhaps with a host before or a folder after it. The manifest
// writes other sources, such as Git addresses, in another form than the call.
func isRegistry(source string) bool {
	address, _, _ := strings.Cut(trimRegistry(source), "//")
	parts := strings.Split(address, "/")
	if len(parts) == 4 && isRegistryHost(parts[0]) {
		parts = parts[1:]
	}
	return len(parts) == 3 && !strings.ContainsAny(strings.Join(parts, ""), ".:@?")
}

// isRegistryHost reports whether a host may be a registry's. Sources at other hosts are repositories.
func isRegistryHost(host string) bool {
	switch host {
	case "github.com", "gitlab.com", "bitbucket.org":
		return false
	}
	return strings.Contains(host, ".") && !strings.Contains(host, "@")
}
