package lang_test

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

func TestParts(t *testing.T) {
	t.Parallel()
	s, n := cty.StringVal, func(i int64) cty.Value { return cty.NumberIntVal(i) }
	const (
		json = "{\"a\" : [1,\n\t{\"b\": \"0.0.0.0/0\", \"a\": true}],\n \"c\":{}}"
		csv  = "name,port,from\n\nweb,443,\"any, or\nnone\"\nftp,\"21\",0.0.0.0/0\r\n"
		yml  = "# ä\nbase: &base {port: 21}\nrules:\n  - name: ä\n    from: '0.0.0.0/0'\n  - <<: *base\n    from: |\n      any\nlast: \"x\""
	)
	for _, test := range []struct {
		function, text string
		path           []cty.Value
		value          cty.Value
		want           string
	}{
		{"jsondecode", json, []cty.Value{s("a"), n(0)}, cty.DynamicVal, "1"},
		{"jsondecode", json, []cty.Value{s("a"), n(1), s("b")}, cty.DynamicVal, `"0.0.0.0/0"`},
		{"jsondecode", json, []cty.Value{s("a"), n(1)}, cty.DynamicVal, `{"b": "0.0.0.0/0", "a": true}`},
		{"jsondecode", json, nil, s("0.0.0.0/0"), `"0.0.0.0/0"`},
		{"jsondecode", json, nil, cty.True, "true"},
		{"jsondecode", json, []cty.Value{s("c"), s("none")}, cty.DynamicVal, "{}"},
		{"csvdecode", csv, []cty.Value{n(0), s("from")}, cty.DynamicVal, "\"any, or\nnone\""},
		{"csvdecode", csv, []cty.Value{n(1), s("port")}, cty.DynamicVal, `"21"`},
		{"csvdecode", csv, []cty.Value{n(1), s("from")}, cty.DynamicVal, "0.0.0.0/0"},
		{"csvdecode", csv, []cty.Value{n(1)}, cty.DynamicVal, `ftp,"21",0.0.0.0/0`},
		{"csvdecode", csv, nil, n(21), `"21"`},
		{"yamldecode", yml, []cty.Value{s("rules"), n(0), s("from")}, cty.DynamicVal, `'0.0.0.0/0'`},
		{"yamldecode", yml, []cty.Value{s("rules"), n(0)}, cty.DynamicVal, "name: ä\n    from: '0.0.0.0/0'"},
		{"yamldecode", yml, []cty.Value{s("rules"), n(1), s("port")}, cty.DynamicVal, "*base"},
		{"yamldecode", yml, []cty.Value{s("rules"), n(1), s("from")}, cty.DynamicVal, "|"},
		{"yamldecode", yml, []cty.Value{s("last")}, cty.DynamicVal, `"x"`},
		{"yamldecode", json, []cty.Value{s("a"), n(1), s("b")}, cty.DynamicVal, `"0.0.0.0/0"`},
	} {
		root := lang.Parts(test.function, test.text)
		if root == nil {
			t.Errorf("%s(%q) has no parts", test.function, test.text)
			continue
		}
		if p := root.At(test.path, test.value); test.text[p.Start:p.End] != test.want {
			t.Errorf("%s at %v is %q, not %q", test.function, test.path, test.text[p.Start:p.End], test.want)
		}
	}
	for _, text := range []string{"", "{", "[1,]", "\"\n", "a,b\n1\n", "- a\n b: [", "\t- x", "a: &x [*x, *x]", "&x {<<: *x, a: *x}"} {
		for _, function := range []string{"jsondecode", "yamldecode", "csvdecode", "base64decode"} {
			if p := lang.Parts(function, text); p != nil {
				p = p.At([]cty.Value{n(0), s("x")}, s("x"))
				_ = text[p.Start:p.End]
			}
		}
	}
}
