package server

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// calledTexts are the names that arguments of modules give to texts for machines.
func calledTexts() read.UserData {
	return read.UserData{
		Attrs: []string{
			"user_data", "user_data_base64", "userdata", "user_data_plain", "custom_data", "custom_data_base64", "cloud_init", "cloudinit",
			"cloud_config", "cloud_init_user_data", `metadata["user-data"]`,
		},
		Scripts: []string{
			"startup_script", "metadata_startup_script", `metadata["startup-script"]`, "init_script", "bootstrap_script",
			"pre_bootstrap_user_data", "post_bootstrap_user_data",
		},
		PowerShell: []string{`metadata["windows-startup-script-ps1"]`},
	}
}

// isRead reports whether texts of this name are read wherever an argument of a module has them, and leads whether an argument of
// the name may have one in it.
func isRead(name string) (read, leads bool) {
	u := calledTexts()
	for _, path := range slices.Concat(u.Attrs, u.Scripts, u.PowerShell) {
		argument, key, keyed := strings.Cut(strings.TrimSuffix(path, `"]`), `["`)
		read = read || !keyed && argument == name || keyed && key == name
		leads = leads || argument == name
	}
	return read, leads
}

// Called reads the arguments of a module's call whose code isn't there: those with the names of texts for machines, in the call
// itself and in the objects that are given to it, each of which is a machine.
func Called(s read.Subject) ([]fact.FTP, []fact.Unread) {
	endpoints, unread := machine(calledTexts(), s)
	left := maxObjects
	s.Resource.Arguments(func(_ string, v graph.Value) {
		eachObject(v, 0, &left, func(o graph.Value) {
			one := *s.Resource
			one.Object, one.Decl = o.Object(), s.Resource.Decl
			inner := s
			inner.Resource, inner.Declared = &one, &one
			e, u := machine(calledTexts(), inner)
			endpoints, unread = append(endpoints, e...), append(unread, u...)
		})
	})
	return endpoints, unread
}

// maxObjects is how many objects in the arguments of a call are looked at, and maxDepth how deep.
const maxObjects, maxDepth = 1 << 10, 4

// eachObject calls visit with the objects that a value is made of and that have a text for a machine.
func eachObject(v graph.Value, depth int, left *int, visit func(graph.Value)) {
	raw := v.Raw()
	ty := raw.Type()
	if v.Absent() || v.Undecided() || depth > maxDepth || !raw.CanIterateElements() {
		return
	}
	if ty.IsObjectType() {
		if *left--; *left < 0 {
			return
		}
		for name := range ty.AttributeTypes() {
			if _, leads := isRead(name); leads {
				visit(v)
				break
			}
		}
	}
	elements, _ := v.Elements()
	for _, e := range elements {
		eachObject(e, depth+1, left, visit)
	}
}
