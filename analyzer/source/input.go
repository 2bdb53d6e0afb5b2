package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Kind is what a path on the command line is.
type Kind int

// The kinds of paths.
const (
	// KindFolder is a folder.
	KindFolder Kind = iota + 1
	// KindConfigFile is a file in HCL or its JSON form.
	KindConfigFile
	// KindDocument is a plan or a state, in JSON or binary.
	KindDocument
)

// KindOf finds out what a path is: a configuration file by its name, a document by its content. The error names the
// path.
func KindOf(name string) (Kind, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", name, cause(err))
	case info.IsDir():
		return KindFolder, nil
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s: it is neither a folder nor a regular file", name)
	case isConfig(info.Name()):
		return KindConfigFile, nil
	}
	head, err := readHead(name)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, cause(err))
	}
	switch Sniff(head) {
	case InputJSON, InputBinaryPlan:
		return KindDocument, nil
	case InputGzip, InputOther:
	}
	return 0, fmt.Errorf("%s: it is neither a Terraform configuration nor a plan or state", name)
}

func readHead(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// OpenDocument opens a plan or state as JSON. A binary plan goes through the terraform or tofu on PATH.
func OpenDocument(ctx context.Context, name string) (io.ReadCloser, error) {
	head, err := readHead(name)
	if err != nil {
		return nil, cause(err)
	}
	if Sniff(head) == InputBinaryPlan {
		return ShowBinaryPlan(ctx, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	return f, nil
}

// VarValue is an entry of a file of variable values.
type VarValue struct {
	Name string
	Expr hcl.Expression
}

// ReadVarFile reads a file of variable values, whose path the user gave, in the order of the file. A file whose name
// ends in .json is in JSON syntax.
func ReadVarFile(name string) ([]VarValue, hcl.Diagnostics) {
	text, err := readAll(name)
	if err != nil {
		return nil, hcl.Diagnostics{fileError(name, "The file can't be read", err)}
	}
	return parseVars(name, text)
}

func readAll(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFileBytes {
		return nil, fmt.Errorf("it is no regular file of at most %d MiB", maxFileBytes>>20)
	}
	text, err := os.ReadFile(name)
	return text, cause(err)
}

func parseVars(name string, text []byte) ([]VarValue, hcl.Diagnostics) {
	file, diags := parseText(name, text)
	if file == nil {
		return nil, diags
	}
	attrs, more := file.Body.JustAttributes()
	diags = append(diags, more...)
	out := make([]VarValue, 0, len(attrs))
	for _, a := range attrs {
		out = append(out, VarValue{Name: a.Name, Expr: a.Expr})
	}
	sortByPlace(out)
	return out, diags
}

func sortByPlace(values []VarValue) {
	slices.SortFunc(values, func(a, b VarValue) int {
		return cmp.Or(cmp.Compare(a.Expr.Range().Start.Byte, b.Expr.Range().Start.Byte), strings.Compare(a.Name, b.Name))
	})
}
