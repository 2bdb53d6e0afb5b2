package source

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Program is Terraform or OpenTofu, which read files of different names.
type Program int

// The programs. OpenTofu reads x.tofu in place of x.tf, and x.tofu.json in place of x.tf.json; Terraform reads neither.
// Source: https://opentofu.org/docs/language/files
const (
	OpenTofu Program = iota + 1
	Terraform
)

// String returns the program's name.
func (p Program) String() string {
	switch p {
	case OpenTofu:
		return "OpenTofu"
	case Terraform:
		return "Terraform"
	}
	return fmt.Sprintf("Program(%d)", int(p))
}

// reads reports whether the program reads a configuration file in a folder with files of these names.
func (p Program) reads(name string, names map[string]bool) bool {
	if isTofu(name) {
		return p == OpenTofu
	}
	stem := strings.TrimSuffix(name, ".json")
	twin := strings.TrimSuffix(stem, ".tf") + ".tofu" + strings.TrimPrefix(name, stem)
	return p == Terraform || !names[twin]
}

func isTofu(name string) bool { return strings.HasSuffix(strings.TrimSuffix(name, ".json"), ".tofu") }

// Reading is a root module as one program reads it.
type Reading struct {
	Program Program
	// Tree is the tree with the files that the program reads.
	Tree *Tree
	// Unread are the names, in the tree, of configuration files that the program doesn't read.
	Unread []string
	// Because says why it is surely this program; it is empty if nothing tells.
	Because string
}

// Readings returns how the root module in a folder is read. There are two readings if both programs may be meant and they
// read different files: in the folder of the root module, or in that of a module that it calls through paths.
//
// Nothing in files that both programs read tells which one is used. But the dependency lock file names the registry of
// the program that wrote it, a constraint on the program's version may leave out all releases of OpenTofu that know files
// of their own, and version managers have a file that names the program.
// Sources: https://opentofu.org/docs/language/files/dependency-lock, https://opentofu.org/docs/intro/whats-new of 1.8,
// https://github.com/tofuutils/tenv, https://asdf-vm.com/manage/configuration.html
func (t *Tree) Readings(dir string) []Reading {
	tofu := Reading{Program: OpenTofu, Tree: t.as(OpenTofu)}
	terraform := Reading{Program: Terraform}
	for _, d := range t.Reached(dir) {
		list, _ := tofu.Tree.configFiles(d) // the module says what is wrong
		tofu.Unread = append(tofu.Unread, list.unread...)
		terraform.Unread = append(terraform.Unread, slices.DeleteFunc(slices.Clone(list.names), func(name string) bool { return !isTofu(name) })...)
	}
	if len(terraform.Unread) == 0 {
		return []Reading{tofu}
	}
	terraform.Tree = t.as(Terraform)
	slices.Sort(tofu.Unread)
	slices.Sort(terraform.Unread)
	if list, _ := terraform.Tree.configFiles(dir); len(list.names) == 0 {
		return []Reading{tofu}
	}
	says := t.evidence(dir)
	switch {
	case says[OpenTofu] != "" && says[Terraform] == "":
		tofu.Because = says[OpenTofu]
		return []Reading{tofu}
	case says[Terraform] != "" && says[OpenTofu] == "":
		terraform.Because = says[Terraform]
		return []Reading{terraform}
	}
	return []Reading{tofu, terraform}
}

// as returns the tree with the files that a program reads.
func (t *Tree) as(p Program) *Tree {
	if t.program == p {
		return t
	}
	if t.under != nil {
		return t.under.as(p).With(t.layer)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.other == nil {
		t.other = newTree(t.fsys, io.NopCloser(nil), t.path, t.prefix)
		t.other.program, t.other.apart, t.other.parsed, t.other.log, t.other.other = p, t.apart, t.parsed, t.log, t
	}
	return t.other
}

// Reached returns the folder of a root module and those of the modules that it calls through paths, as either program
// reads them.
func (t *Tree) Reached(root string) []string {
	var out []string
	seen := map[string]bool{}
	for left := []string{path.Clean(root)}; len(left) > 0; {
		dir := left[len(left)-1]
		left = left[:len(left)-1]
		if real := t.real(dir); !seen[real] {
			seen[real] = true
			out = append(out, dir)
			left = append(left, t.calls([]string{dir})[dir]...)
		}
	}
	return out
}

// ways returns the trees in which to look for what a folder calls: both programs' if they read different files.
func (t *Tree) ways(dir string) []*Tree {
	if list, _ := t.as(OpenTofu).configFiles(dir); slices.ContainsFunc(list.names, isTofu) {
		return []*Tree{t.as(OpenTofu), t.as(Terraform)}
	}
	return []*Tree{t}
}

// evidence returns, for each program that surely reads a root module, why that is known.
func (t *Tree) evidence(dir string) map[Program]string {
	says := map[Program]string{}
	note := func(p Program, why string) { says[p] = cmp.Or(says[p], why) }
	for _, address := range t.lockedAddresses(dir) {
		switch host, _, _ := strings.Cut(address, "/"); host {
		case "registry.terraform.io":
			note(Terraform, "the lock file names its registry")
		case "registry.opentofu.org":
			note(OpenTofu, "the lock file names its registry")
		}
	}
	if !allowsTofu(t.as(Terraform).Module(dir).RequiredVersions) {
		note(Terraform, "required_version leaves out the releases of OpenTofu that have files of their own")
	}
	for at := path.Clean(dir); ; at = path.Dir(at) {
		for name, p := range map[string]Program{".terraform-version": Terraform, ".opentofu-version": OpenTofu} {
			if there, err := t.Exists(path.Join(at, name)); err == nil && there {
				note(p, "there is a "+name)
			}
		}
		text, _ := t.ReadFile(path.Join(at, ".tool-versions")) // without it, it says nothing
		for line := range strings.Lines(string(text)) {
			switch tool, _, _ := strings.Cut(strings.TrimSpace(line), " "); tool {
			case "terraform":
				note(Terraform, ".tool-versions names it")
			case "opentofu":
				note(OpenTofu, ".tool-versions names it")
			}
		}
		if at == "." || at == "/" {
			return says
		}
	}
}

// lockedAddresses returns the addresses of providers as the dependency lock file of a root module has them.
func (t *Tree) lockedAddresses(dir string) []string {
	name := path.Join(dir, ".terraform.lock.hcl")
	if there, err := t.Exists(name); err != nil || !there {
		return nil
	}
	file, _ := t.parse(name) // LockedVersions says what is wrong with it
	if file == nil {
		return nil
	}
	var out []string
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		for _, b := range body.Blocks {
			if b.Type == "provider" && len(b.Labels) == 1 {
				out = append(out, b.Labels[0])
			}
		}
	}
	return out
}

// allowsTofu reports whether version constraints allow a release of OpenTofu that reads files of its own: 1.8 or later.
func allowsTofu(constraints []string) bool {
	var all version.Constraints
	for _, text := range constraints {
		c, err := version.NewConstraint(text)
		if err != nil {
			return true
		}
		all = append(all, c...)
	}
	allowed := func(text string) bool {
		v, err := version.NewVersion(text)
		return err == nil && all.Check(v)
	}
	for minor := 8; minor < 100; minor++ {
		for _, patch := range []int{0, 99} {
			if allowed(fmt.Sprintf("1.%d.%d", minor, patch)) {
				return true
			}
		}
	}
	// A constraint leaves an interval, or a single version that it names.
	oldest := version.Must(version.NewVersion("1.8.0"))
	for _, c := range all {
		named := strings.TrimLeft(c.String(), "=!<>~ ")
		if v, err := version.NewVersion(named); err == nil && !v.LessThan(oldest) && allowed(named) {
			return true
		}
	}
	return len(all) == 0
}
