package source

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/source/named"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Kind is the kind of thing that a path on the command line leads to.
type Kind int

// The kinds of paths.
const (
	// KindFolder is a folder.
	KindFolder Kind = iota + 1
	// KindConfigFile is a file in HCL or its JSON form.
	KindConfigFile
	// KindDocument is a plan or a state, in JSON or binary, or compressed JSON.
	KindDocument
	// KindStream can be read only once, like a named pipe. It must be a plan or a state in JSON, which may be compressed.
	KindStream
)

// KindOf finds out what a path leads to: it recognises a document by its content, and a configuration file by its name. The
// error names the path.
func KindOf(name string) (Kind, error) {
	_, err := named.Resolve(name)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", name, cause(err))
	case info.IsDir():
		return KindFolder, nil
	case info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0:
		return KindStream, nil
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s: it is neither a folder nor something to read", name)
	}
	kind, document, err := contentOf(name)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", name, cause(err))
	case IsConfig(info.Name()) && kind != plan.InputBinaryPlan && kind != plan.InputGzip && !document:
		return KindConfigFile, nil
	case kind != plan.InputOther:
		return KindDocument, nil
	}
	return 0, fmt.Errorf("%s: it is neither a Terraform configuration nor a plan or state", name)
}

// contentOf finds out what a regular file holds, and whether that is a plan or state in JSON. It leaves the file's position
// alone, which /dev/fd shares with others on some systems.
func contentOf(name string) (kind plan.InputKind, document bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, false, err
	}
	kind = plan.Sniff(head[:n])
	return kind, kind == plan.InputJSON && plan.IsDocument(io.NewSectionReader(f, 0, math.MaxInt64)), nil
}

// VarValue is an entry of a value file.
type VarValue struct {
	// Name is the variable's. It is empty for what couldn't be read of a file, and Expr is nil then.
	Name string
	Expr hcl.Expression
	// At is the place of the name.
	At hcl.Range
}

// ReadVarFile reads a value file, whose path the user gave, in the order of the file. A file whose name ends in .json is in
// JSON syntax. place is the file's name in reports. An error names the file as the user gave it.
func ReadVarFile(name, place string) ([]VarValue, error) {
	text, err := readAll(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return ParseVarFile(name, place, text)
}

// ParseVarFile is ReadVarFile of a file with the text.
func ParseVarFile(name, place string, text []byte) ([]VarValue, error) {
	values, diags := parseVars(place, text)
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return nil, fmt.Errorf("%s:%d:%d: %s; %s", name, d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, d.Detail)
		}
	}
	return values, nil
}

// AutoVars reads the value files that Terraform loads by itself in a root module's folder, the weakest first: terraform.tfvars,
// terraform.tfvars.json, and *.auto.tfvars with *.auto.tfvars.json by name.
func (t *Tree) AutoVars(dir string) ([]VarValue, hcl.Diagnostics) {
	entries, err := fs.ReadDir(t.fsys, path.Clean(dir))
	if err != nil {
		return nil, nil // the module's own diagnostics say so
	}
	var names, auto []string
	for _, e := range entries {
		switch name := e.Name(); {
		case name == "terraform.tfvars" || name == "terraform.tfvars.json":
			names = append(names, name)
		case strings.HasSuffix(name, ".auto.tfvars") || strings.HasSuffix(name, ".auto.tfvars.json"):
			auto = append(auto, name)
		}
	}
	var out []VarValue
	var diags hcl.Diagnostics
	for _, name := range slices.Concat(names, auto) {
		values, more := t.VarFile(path.Join(dir, name))
		out, diags = append(out, values...), append(diags, more...)
	}
	return out, diags
}

// VarFile reads a file of variable values in the tree, in the order of the file.
func (t *Tree) VarFile(name string) ([]VarValue, hcl.Diagnostics) {
	file, diags := t.parse(path.Clean(name))
	var values []VarValue
	if file != nil {
		some, more := varsOf(file)
		values, diags = some, append(diags, more...)
	}
	for _, d := range diags {
		if d.Severity == hcl.DiagError && d.Subject != nil {
			// What HCL recovers from there on may be anything.
			values = slices.DeleteFunc(values, func(v VarValue) bool { return v.Expr != nil && v.Expr.Range().End.Byte >= d.Subject.Start.Byte })
			values = slices.Insert(values, 0, VarValue{At: *d.Subject})
		}
	}
	return values, diags
}

// ReadFile reads a regular file that the user named, of at most MaxFileBytes. Its error doesn't name the file.
func ReadFile(name string) ([]byte, error) { return readAll(name) }

func readAll(name string) ([]byte, error) {
	if _, err := named.Resolve(name); err != nil {
		return nil, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFileBytes {
		return nil, fmt.Errorf("it is no regular file of at most %d MiB", MaxFileBytes>>20)
	}
	text, err := os.ReadFile(name)
	return text, cause(err)
}

func parseVars(name string, text []byte) ([]VarValue, hcl.Diagnostics) {
	file, diags := parseText(name, text)
	if file == nil {
		return nil, diags
	}
	values, more := varsOf(file)
	return values, append(diags, more...)
}

func varsOf(file *hcl.File) ([]VarValue, hcl.Diagnostics) {
	attrs, diags := file.Body.JustAttributes()
	out := make([]VarValue, 0, len(attrs))
	for _, a := range attrs {
		out = append(out, VarValue{Name: a.Name, Expr: a.Expr, At: a.NameRange})
	}
	sortByPlace(out)
	return out, diags
}

func sortByPlace(values []VarValue) {
	slices.SortFunc(values, func(a, b VarValue) int {
		return cmp.Or(cmp.Compare(a.At.Start.Byte, b.At.Start.Byte), strings.Compare(a.Name, b.Name))
	})
}

// OtherVars returns the names of the value files in a root module's folder and in folders below that hold no configuration which
// Terraform doesn't load by itself, in order. It looks at some folders only.
func (t *Tree) OtherVars(dir string) []string {
	const deepest, most = 2, 100
	var out []string
	left := most
	var in func(at string, depth int)
	in = func(at string, depth int) {
		entries, err := fs.ReadDir(t.fsys, at)
		if left--; err != nil || left < 0 || at != path.Clean(dir) && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return IsConfig(e.Name()) }) {
			return
		}
		for _, e := range entries {
			name := e.Name()
			loaded := at == path.Clean(dir) && (strings.TrimSuffix(name, ".json") == "terraform.tfvars" || strings.HasSuffix(strings.TrimSuffix(name, ".json"), ".auto.tfvars"))
			switch {
			case e.IsDir() && depth < deepest && !strings.HasPrefix(name, "."):
				in(path.Join(at, name), depth+1)
			case e.Type().IsRegular() && !loaded && strings.HasSuffix(strings.TrimSuffix(name, ".json"), ".tfvars"):
				out = append(out, path.Join(at, name))
			}
		}
	}
	in(path.Clean(dir), 0)
	return out
}
