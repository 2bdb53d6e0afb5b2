package analyzer_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestKeys demands that nothing is looked up by what is printed of it: text for people says less than what it is of. The
// address of a resource is its name, and may be printed.
func TestKeys(t *testing.T) {
	found, err := printedKeys(os.DirFS(".."), "analyzer/adapter", "analyzer/fact", "analyzer/fix", "analyzer/netset", "analyzer/reach", "rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

func TestPrintedKeys(t *testing.T) {
	const source = `package p

func (w *W) f(s Set, r *Resource) {
	w.direct[s.String()] = 1
	w.field[key{s.String(), 1}] = 1
	k := fmt.Sprintf("%v", s)
	k2 := key{s, fmt.Sprint(s)}
	w.kept[k], w.kept[k2] = 1, 1
	delete(w.kept, s.String())
	w.named[r.Addr.String()] = 1
	w.right[s.Key()] = 1
	name := s.String()
	print(name)
}`
	found, err := printedKeys(fstest.MapFS{"p/p.go": {Data: []byte(source)}, "p/p_test.go": {Data: []byte(source)}}, "p")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"p/p.go:4", "p/p.go:5", "p/p.go:8", "p/p.go:8", "p/p.go:9"}
	for i := range found {
		found[i], _, _ = strings.Cut(found[i], ": ")
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("printed keys (-want +got):\n%s", diff)
	}
}

// printedKeys returns where the code in some folders keys a map by printed text.
func printedKeys(fsys fs.FS, dirs ...string) ([]string, error) {
	var out []string
	for _, dir := range dirs {
		err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			src, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, src, 0)
			if err != nil {
				return err
			}
			for _, d := range file.Decls {
				for _, at := range keyedByText(d) {
					out = append(out, fmt.Sprintf("%s:%d: a map is keyed by printed text", name, set.Position(at).Line))
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// keyedByText returns where a declaration keys a map by printed text, or by a variable that was set to such.
func keyedByText(d ast.Decl) []token.Pos {
	printed := map[string]bool{}
	prints := func(e ast.Expr) bool {
		found := false
		ast.Inspect(e, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, _ := f.X.(*ast.Ident)
			addressed, _ := f.X.(*ast.SelectorExpr)
			switch {
			case f.Sel.Name == "String" && (addressed == nil || addressed.Sel.Name != "Addr"),
				of != nil && of.Name == "fmt" && strings.HasPrefix(f.Sel.Name, "Sprint"):
				found = true
			}
			return true
		})
		id, ok := e.(*ast.Ident)
		return found || ok && printed[id.Name]
	}
	var out []token.Pos
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if len(n.Lhs) == len(n.Rhs) {
				for i, to := range n.Lhs {
					if id, ok := to.(*ast.Ident); ok && prints(n.Rhs[i]) {
						printed[id.Name] = true
					}
				}
			}
		case *ast.IndexExpr:
			if prints(n.Index) {
				out = append(out, n.Pos())
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "delete" && len(n.Args) == 2 && prints(n.Args[1]) {
				out = append(out, n.Pos())
			}
		}
		return true
	})
	return out
}
