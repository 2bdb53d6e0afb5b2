package fix

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tfreach/tfreach/analyzer"
)

// texts are the files of a result, parsed.
type texts struct {
	result *analyzer.Result
	files  map[string]*text
}

// text is a file in native syntax.
type text struct {
	name string
	text []byte
	body *hclsyntax.Body
}

// editable returns why a file can't be edited, as far as its name tells.
func editable(name string) error {
	if !slices.Contains([]string{".tf", ".tofu", ".tfvars"}, path.Ext(name)) || analyzer.Installed(name) {
		return errors.New("it is not in a file of native syntax that is yours")
	}
	return nil
}

// file returns the file with a name, or an error that says why it can't be edited.
func (t *texts) file(name string) (*text, error) {
	if err := editable(name); err != nil {
		return nil, err
	}
	if f := t.files[name]; f != nil {
		return f, nil
	}
	data := t.result.Uncovered(name)
	if data == nil {
		return nil, errors.New("its text isn't known")
	}
	// The analysis has parsed the file, within limits.
	file, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return nil, errors.New("its file has errors")
	}
	if t.files == nil {
		t.files = map[string]*text{}
	}
	t.files[name] = &text{name, data, body}
	return t.files[name], nil
}

// of returns the edits that may remove a finding, or an error that says why there are none.
func (t *texts) of(f *analyzer.Finding, o Options) ([]analyzer.Edit, error) {
	switch {
	case f.Outcome != analyzer.Exposed:
		return nil, errors.New("it isn't known whether it is open")
	case f.At.Before:
		return nil, errors.New("it is not in a file of native syntax that is yours")
	case t.ofDocument(f):
		return nil, errors.New("it is in a plan or a state; what fixes it is a change of the configuration")
	case f.Rule.ID == "ftp-cleartext":
		return t.setFTPS(f)
	case !closes(f):
		return nil, errors.New("what closes it is for people to choose")
	case f.Sensitive:
		return nil, errors.New("its values are sensitive")
	}
	edits, err := t.close(f, o)
	if err != nil {
		return nil, err
	}
	return edits, servesRules(t.result, edits)
}

// ofDocument reports whether a finding is in a plan or a state.
func (t *texts) ofDocument(f *analyzer.Finding) bool {
	for _, in := range f.Inputs {
		found := false
		for _, d := range t.result.Declared {
			found = found || !d.Document && d.Root == in
		}
		if !found {
			return true
		}
	}
	return false
}

// close closes the port of a rule. If the rule opens nothing else, the trusted addresses replace its sources; otherwise the
// port is removed from its ports.
func (t *texts) close(f *analyzer.Finding, o Options) ([]analyzer.Edit, error) {
	switch t.ownPorts(f) {
	case justIt:
		return t.replace(f.Written.Sources, o)
	case alsoData:
		if edits, err := t.replace(f.Written.Sources, o); err == nil {
			return edits, nil
		}
	case others:
	}
	return t.narrow(f, f.Written.Ports)
}

// setFTPS sets the ftps_state of an App Service that a finding stands at.
func (t *texts) setFTPS(f *analyzer.Finding) ([]analyzer.Edit, error) {
	file, err := t.file(f.At.Filename)
	if err != nil {
		return nil, err
	}
	w, ok := file.find(f.At.Range)
	if !ok || w.list != nil || len(w.blocks) == 0 || w.blocks[0].Type != "resource" || w.attr.Name != "ftps_state" {
		return nil, errors.New("what closes it is for people to choose")
	}
	return []analyzer.Edit{{At: w.attr.Expr.Range(), New: `"FtpsOnly"`}}, nil
}

// written is a value that is written as a literal.
type written struct {
	file *text
	// expr is the literal, attr the attribute that contains it at any depth, and value its text.
	expr  hclsyntax.Expression
	attr  *hclsyntax.Attribute
	value string
	// quoted is true for a text, and false for a number.
	quoted bool
	// list is the list that it is an element of, and index its position there; list is nil if it is in none.
	list  *hclsyntax.TupleConsExpr
	index int
	// blocks are the blocks around it, outermost first; none in a value file.
	blocks []*hclsyntax.Block
}

// whole reports whether the value, or its list, is all of the attribute.
func (w *written) whole() bool {
	if w.list != nil {
		return w.attr.Expr == hclsyntax.Expression(w.list)
	}
	return w.attr.Expr == w.expr
}

// find returns the literal at a place.
func (f *text) find(at hcl.Range) (*written, bool) {
	w := &written{file: f}
	body := f.body
descend:
	for {
		for _, b := range body.Blocks {
			if within(at, b.Body.Range()) {
				w.blocks = append(w.blocks, b)
				body = b.Body
				continue descend
			}
		}
		break
	}
	for _, a := range body.Attributes {
		if within(at, a.Expr.Range()) {
			w.attr = a
		}
	}
	if w.attr == nil {
		return nil, false
	}
	finder := &finder{at: at, w: w}
	// It reports nothing.
	_ = hclsyntax.Walk(w.attr.Expr, finder)
	if w.expr == nil {
		return nil, false
	}
	v, diags := w.expr.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() {
		return nil, false
	}
	w.quoted = v.Type() == cty.String
	v, err := convert.Convert(v, cty.String)
	if err != nil {
		return nil, false
	}
	w.value = v.AsString()
	return w, true
}

// finder is a walker that finds the literal at a place, and the list that it is an element of.
type finder struct {
	at hcl.Range
	w  *written
}

func (f *finder) Enter(n hclsyntax.Node) hcl.Diagnostics {
	switch e := n.(type) {
	case *hclsyntax.TupleConsExpr:
		for i, inner := range e.Exprs {
			if inner.Range() == f.at {
				f.w.list, f.w.index = e, i
			}
		}
	case *hclsyntax.TemplateExpr:
		if e.Range() == f.at && e.IsStringLiteral() {
			f.w.expr = e
		}
	case *hclsyntax.LiteralValueExpr:
		if e.Range() == f.at && f.w.expr == nil {
			f.w.expr = e
		}
	}
	return nil
}

func (f *finder) Exit(hclsyntax.Node) hcl.Diagnostics { return nil }

func within(inner, outer hcl.Range) bool {
	return inner.Filename == outer.Filename && inner.Start.Byte >= outer.Start.Byte && inner.End.Byte <= outer.End.Byte
}

// write writes a value in the way of w, with or without quotes.
func (w *written) write(value string) string {
	if w.quoted {
		return strconv.Quote(value)
	}
	return value
}

// element replaces an element of a list by others. Without others it removes the element, with its comma.
func (w *written) element(values []string) (analyzer.Edit, error) {
	if len(values) > 0 {
		return analyzer.Edit{At: w.expr.Range(), New: strings.Join(values, ", ")}, nil
	}
	at := w.expr.Range()
	switch n := len(w.list.Exprs); {
	case n == 1:
		return analyzer.Edit{}, errors.New("nothing would be left of the list")
	case w.index+1 < n:
		at.End = w.list.Exprs[w.index+1].Range().Start
	default:
		at.Start = w.list.Exprs[w.index-1].Range().End
	}
	if cut := string(w.file.text[at.Start.Byte:at.End.Byte]); strings.Contains(cut, "#") || strings.Contains(cut, "//") || strings.Contains(cut, "/*") {
		return analyzer.Edit{}, errors.New("there is a comment where the list would change")
	}
	return analyzer.Edit{At: at}, nil
}
