package host

import (
	"path"
	"slices"
	"strings"
)

// PartKind is the kind of a text that is given to Carry.
type PartKind uint8

// The kinds of texts.
const (
	// UserData is what a cloud gives to a machine at start: a script, cloud-init data in any form, or PowerShell between tags;
	// plain, compressed, or in base64.
	UserData PartKind = iota + 1
	// Script is a shell script, such as the commands of a remote-exec provisioner, one per line.
	Script
	// PowerShell is a PowerShell script.
	PowerShell
	// File is a file that is put on the machine.
	File
	// CommandLine is a command line of Windows.
	CommandLine
	// Containers is a document in YAML with the containers that a machine of Google Cloud runs.
	Containers
	// Document is a YAML or JSON document that contains scripts or containers: of AWS Systems Manager, EC2 Image Builder,
	// CloudFormation or Kubernetes.
	Document
	// Packages are names of packages, one per line, each after its manager.
	Packages
	// Command is the command line of a container: words as a shell takes them.
	Command
	// Elsewhere is the address of a script outside of the configuration.
	Elsewhere
)

// Part is one of the texts that set up a machine.
type Part struct {
	Kind PartKind
	// Path is where a File is put: its own path, not its directory's. A relative path starts at the home directory of whoever
	// logs in. A path with a Hole may be that of any file that fits.
	Path string
	Text string
	// Complete is true if the File's directory contains no files but those given before and after it.
	Complete bool
}

// Carry carries out texts on a machine, in their order, as far as it is certain what they do. Of each family that the
// machine can be of it returns what is known of it afterwards; there is at least one. That is told by the evidence, by the
// package managers and the packages that the texts use, and by the files of packages that they change.
//
// A machine that is Exhausted did more than is followed, so that nothing is certain of it.
func Carry(catalog Catalog, evidence Evidence, parts ...Part) []*Machine {
	texts := make([]Text, len(parts))
	for i, part := range parts {
		texts[i] = NewText(i, part.Text)
	}
	table := commandTable()
	on := func(family Family) *Machine {
		m := newMachine(family, catalog, table)
		if evidence.Steps > 0 {
			m.steps = evidence.Steps
		}
		for i, part := range parts {
			m.readPart(texts[i], part)
		}
		m.runServices()
		m.runLater()
		return m
	}
	first := on(Families()[0])
	if first.Exhausted() {
		return []*Machine{first}
	}
	var machines []*Machine
	for _, family := range first.possible(evidence) {
		m := first
		if family != first.Family {
			m = on(family)
		}
		machines = append(machines, m)
		if m.Exhausted() {
			return []*Machine{m}
		}
	}
	return machines
}

// possible returns the families that the machine may belong to: those that fit the image, the package managers that the texts
// use, the packages that they install, and the files of packages that they change. Evidence that contradicts the rest is
// ignored.
func (m *Machine) possible(evidence Evidence) []Family {
	families := Families()
	keep := func(test func(f Family) bool) {
		kept := slices.DeleteFunc(slices.Clone(families), func(f Family) bool { return !test(f) })
		if len(kept) > 0 {
			families = kept
		}
	}
	keep(func(f Family) bool {
		return slices.ContainsFunc(f.managers(), func(name string) bool { return m.managers[name] })
	})
	for name, in := range m.packages {
		if own := m.catalog.families(name); own != nil && in.Maybe == "" {
			keep(func(f Family) bool { return slices.Contains(own, f) })
		}
	}
	if len(evidence.Families) > 0 {
		keep(func(f Family) bool { return slices.Contains(evidence.Families, f) })
	}
	if len(families) == len(Families()) { // those whose packages' files are told
		keep(func(f Family) bool {
			return f == Debian || f == RedHat7 || f == RedHat || f == Alpine
		})
	}
	keep(func(f Family) bool {
		return slices.ContainsFunc(m.catalog, func(p Package) bool {
			return slices.ContainsFunc(p.Files, func(s ShippedFile) bool { return s.Family == f && m.isTouched[s.Path] })
		})
	})
	return families
}

// InArchive is between the path of an archive and that of a file in it, in the path of a File that comes in one.
const InArchive = "!/"

// readFile puts a file on the machine.
func (m *Machine) readFile(t Text, part Part) {
	switch {
	case len(part.Path) > 2 && part.Path[1] == ':':
		m.write(windowsPath(part.Path), LinesOf(t))
	case strings.Contains(part.Path, Hole):
		m.disturbMatching(part.Path, t, "where the file is put isn't known")
	default:
		sh := m.shell(home)
		file, _ := sh.path(Text{S: strings.Replace(part.Path, "~/", homeWord+"/", 1)})
		if strings.HasSuffix(part.Path, "/") {
			m.disturbUnder(file, t, "what is put into the directory isn't known")
			return
		}
		m.write(file, LinesOf(t))
		if archive, _, ok := strings.Cut(file, InArchive); ok {
			m.complete[archive+path.Dir(InArchive)] = part.Complete
			return
		}
		m.complete[path.Dir(file)] = part.Complete
	}
}

func (m *Machine) readPart(t Text, part Part) {
	if len(t.S) > MaxTextBytes {
		m.skip(t, "the text is too long to be read")
		return
	}
	switch part.Kind {
	case UserData:
		m.readUserData(t, 0)
	case Script:
		m.runScript(t, true, home)
	case PowerShell:
		m.runPowerShell(t, 0)
	case CommandLine:
		m.runCommandLine(t, 0)
	case Containers:
		m.declareContainers(t)
	case Document:
		m.readDocument(t)
	case Packages:
		m.installAll(t)
	case Command:
		m.runScript(t, true, "/")
	case Elsewhere:
		m.opaque(t, whyElsewhere)
	case File:
		m.readFile(t, part)
	}
}

// skip records that a text can't be read and may do anything.
func (m *Machine) skip(t Text, why string) {
	m.Unread = append(m.Unread, Problem{At: t.Span(), What: why})
	m.shake(t, why)
}
