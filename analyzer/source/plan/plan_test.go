package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

var compareValues = cmp.Options{
	cmp.Comparer(func(a, b cty.Value) bool {
		if a == cty.NilVal || b == cty.NilVal {
			return a == b
		}
		return a.RawEquals(b)
	}),
	cmp.Comparer(func(a, b *plan.Values) bool { return a.Value().RawEquals(b.Value()) }),
	cmp.Comparer(func(a, b cty.Path) bool { return a.Equals(b) }),
}

func keepAll(string, string) bool { return true }

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t *testing.T, data []byte) *plan.Plan {
	t.Helper()
	doc, err := plan.Read(bytes.NewReader(data), keepAll)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestReadPlanOfUpdate(t *testing.T) {
	data := readTestdata(t, "update.json")
	doc := read(t, data)

	if doc.Kind != plan.KindPlan || doc.TerraformVersion != "1.11.4" || !doc.Complete || doc.Errored {
		t.Errorf("kind %v, version %q, complete %t, errored %t", doc.Kind, doc.TerraformVersion, doc.Complete, doc.Errored)
	}
	var got []string
	for _, r := range doc.Resources {
		line := fmt.Sprintf("%s %v", r.Address, r.Actions)
		if r.PreviousAddress != "" {
			line += " was " + r.PreviousAddress
		}
		got = append(got, line)
	}
	want := []string{
		`data.aws_security_group.late [read]`,
		`aws_eip.ftp [create]`,
		`aws_instance.ftp [delete create]`,
		`aws_security_group.dropped [delete]`,
		`aws_security_group.forgotten [forget]`,
		`aws_security_group.inline [update]`,
		`aws_security_group.new_name [no-op] was aws_security_group.old_name`,
		`aws_subnet.a[0] [delete create]`,
		`aws_subnet.a[1] [delete]`,
		`aws_vpc.main [update]`,
		`module.fw["north \"hq\""].aws_security_group.this [no-op]`,
		`module.fw["north \"hq\""].aws_vpc_security_group_ingress_rule.ftp [no-op]`,
		`module.fw["south"].aws_security_group.this [delete]`,
		`module.fw["south"].aws_vpc_security_group_ingress_rule.ftp [delete]`,
		`module.fw["west"].aws_security_group.this [create]`,
		`module.fw["west"].aws_vpc_security_group_ingress_rule.ftp [create]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}

	// The rest of the state: only the data source was not planned anew.
	if len(doc.Prior) != 1 || doc.Prior[0].Address != "data.aws_ami.ftp" {
		t.Errorf("prior: %v", doc.Prior)
	}

	at := func(address string) *plan.Resource {
		i := slices.IndexFunc(doc.Resources, func(r *plan.Resource) bool { return r.Address == address })
		return doc.Resources[i]
	}
	if r := at("aws_subnet.a[1]"); !r.Index.RawEquals(cty.MustParseNumberVal("1")) || r.After != nil || r.Before == nil {
		t.Errorf("%s: index %#v, before %#v, after %#v", r.Address, r.Index, r.Before.Value(), r.After.Value())
	}
	instance := at("aws_instance.ftp")
	if diff := cmp.Diff([]cty.Path{cty.GetAttrPath("user_data")}, instance.AfterSensitive, compareValues); diff != "" {
		t.Errorf("sensitive (-want +got):\n%s", diff)
	}
	if v := instance.After.Attr("public_ip"); v.IsKnown() {
		t.Errorf("public_ip is known: %#v", v)
	}

	if diff := cmp.Diff(map[string]cty.Value{
		"banner": cty.StringVal("welcome 🦊"),
		"offices": cty.ObjectVal(map[string]cty.Value{
			`north "hq"`: cty.StringVal("203.0.113.0/24"),
			"west":       cty.StringVal("192.0.2.0/24"),
		}),
	}, doc.Variables, compareValues); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}

	root := doc.Config.Root
	if !root.Variables["banner"].Sensitive || root.Variables["offices"].Sensitive {
		t.Error("which variables are sensitive")
	}
	if got := doc.Config.Providers["aws"].FullName; got != "registry.terraform.io/hashicorp/aws" {
		t.Errorf("provider %q", got)
	}
	constant := func(v cty.Value) *plan.Expr { return &plan.Expr{Constant: v} }
	refers := func(to ...string) *plan.Expr { return &plan.Expr{References: to} }
	if diff := cmp.Diff(&plan.Call{
		Source:  "./fw",
		ForEach: refers("var.offices"),
		Arguments: map[string]*plan.Expr{
			"office": refers("each.value"),
			"vpc":    refers("aws_vpc.main.id", "aws_vpc.main"),
		},
		Module: &plan.Module{
			Resources: []*plan.Block{{
				Address: "aws_security_group.this", Mode: "managed", Type: "aws_security_group", Name: "this", Provider: "aws",
				Arguments: map[string]*plan.Expr{
					"name":   constant(cty.StringVal("office")),
					"vpc_id": refers("var.vpc"),
				},
			}, {
				Address: "aws_vpc_security_group_ingress_rule.ftp", Mode: "managed",
				Type: "aws_vpc_security_group_ingress_rule", Name: "ftp", Provider: "aws",
				Arguments: map[string]*plan.Expr{
					"security_group_id": refers("aws_security_group.this.id", "aws_security_group.this"),
					"ip_protocol":       constant(cty.StringVal("tcp")),
					"from_port":         constant(cty.MustParseNumberVal("20")),
					"to_port":           constant(cty.MustParseNumberVal("21")),
					"cidr_ipv4":         refers("var.office"),
				},
			}},
			Outputs:   map[string]*plan.Output{"id": {Value: refers("aws_security_group.this.id", "aws_security_group.this")}},
			Variables: map[string]*plan.Variable{"vpc": {}, "office": {}},
		},
	}, root.Calls["fw"], compareValues); diff != "" {
		t.Errorf("module call (-want +got):\n%s", diff)
	}
}

func TestReadPlanOfState(t *testing.T) {
	doc := read(t, readTestdata(t, "state.json"))
	if doc.Kind != plan.KindState || doc.Config != nil {
		t.Errorf("kind %v, config %v", doc.Kind, doc.Config)
	}
	i := slices.IndexFunc(doc.Resources, func(r *plan.Resource) bool { return r.Address == "aws_instance.ftp" })
	r := doc.Resources[i]
	if !r.Actions.NoOp() || r.Before != r.After || !r.After.Attr("instance_type").RawEquals(cty.StringVal("t3.micro")) {
		t.Errorf("%s: %v %#v", r.Address, r.Actions, r.After.Value())
	}
	if !slices.Contains(r.DependsOn, "aws_security_group.inline") {
		t.Errorf("depends on %v", r.DependsOn)
	}
}

// What is kept is what HashiCorp's own types hold, for every file there is.
func TestReadPlanAgreesWithTerraformJSON(t *testing.T) {
	for _, name := range []string{"create.json", "update.json"} {
		t.Run(name, func(t *testing.T) {
			data := readTestdata(t, name)
			var want tfjson.Plan
			want.UseJSONNumber(true)
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			doc := read(t, data)
			if len(doc.Resources) != len(want.ResourceChanges) {
				t.Fatalf("%d resources, want %d", len(doc.Resources), len(want.ResourceChanges))
			}
			for i, w := range want.ResourceChanges {
				sameChange(t, doc.Resources[i], w)
			}
		})
	}
	t.Run("state.json", func(t *testing.T) {
		data := readTestdata(t, "state.json")
		var want tfjson.State
		want.UseJSONNumber(true)
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		var all []*tfjson.StateResource
		var walk func(*tfjson.StateModule)
		walk = func(m *tfjson.StateModule) {
			all = append(all, m.Resources...)
			for _, child := range m.ChildModules {
				walk(child)
			}
		}
		walk(want.Values.RootModule)
		doc := read(t, data)
		if len(doc.Resources) != len(all) {
			t.Fatalf("%d resources, want %d", len(doc.Resources), len(all))
		}
		for i, w := range all {
			got := doc.Resources[i]
			if got.Address != w.Address || !got.After.Value().RawEquals(toValue(w.AttributeValues)) {
				t.Errorf("%s: got %s %#v", w.Address, got.Address, got.After.Value())
			}
		}
	})
}

func sameChange(t *testing.T, got *plan.Resource, want *tfjson.ResourceChange) {
	t.Helper()
	for _, side := range []struct {
		name string
		got  *plan.Values
		want cty.Value
	}{
		{"before", got.Before, toValue(want.Change.Before)},
		{"after", got.After, toUnknown(want.Change.After, want.Change.AfterUnknown)},
	} {
		if got := side.got.Value(); !got.RawEquals(side.want) {
			t.Errorf("%s %s: got %#v, want %#v", want.Address, side.name, got, side.want)
		}
	}
	if diff := cmp.Diff(&plan.Resource{
		Address: want.Address, PreviousAddress: want.PreviousAddress,
		Mode: string(want.Mode), Type: want.Type, Name: want.Name, Index: toIndex(want.Index),
		ProviderName: want.ProviderName, Deposed: want.DeposedKey,
		Actions: want.Change.Actions, Imported: want.Change.Importing != nil,
		Before: got.Before, After: got.After,
		BeforeSensitive: got.BeforeSensitive, AfterSensitive: got.AfterSensitive, At: got.At,
	}, got, compareValues); diff != "" {
		t.Errorf("%s (-want +got):\n%s", want.Address, diff)
	}
}

// toValue converts what encoding/json makes of a value.
func toValue(v any) cty.Value {
	switch v := v.(type) {
	case nil:
		return cty.NullVal(cty.DynamicPseudoType)
	case bool:
		return cty.BoolVal(v)
	case string:
		return cty.StringVal(v)
	case json.Number:
		return cty.MustParseNumberVal(v.String())
	case []any:
		elems := make([]cty.Value, len(v))
		for i := range v {
			elems[i] = toValue(v[i])
		}
		return cty.TupleVal(elems)
	case map[string]any:
		attrs := make(map[string]cty.Value, len(v))
		for name := range v {
			attrs[name] = toValue(v[name])
		}
		return cty.ObjectVal(attrs)
	default:
		panic(fmt.Sprintf("not JSON: %T", v))
	}
}

func toIndex(v any) cty.Value {
	if v == nil {
		return cty.NilVal
	}
	return toValue(v)
}

// toUnknown is toValue(v) with the marks of after_unknown.
func toUnknown(v, marks any) cty.Value {
	marked := func(marks any) bool {
		text, _ := json.Marshal(marks)
		return bytes.Contains(bytes.ReplaceAll(text, []byte(`"true"`), nil), []byte("true"))
	}
	if !marked(marks) {
		return toValue(v)
	}
	switch marks := marks.(type) {
	case map[string]any:
		if v, ok := v.(map[string]any); ok {
			attrs := map[string]cty.Value{}
			for name := range v {
				attrs[name] = toUnknown(v[name], marks[name])
			}
			for name := range marks {
				if marked(marks[name]) {
					attrs[name] = toUnknown(v[name], marks[name])
				}
			}
			return cty.ObjectVal(attrs)
		}
	case []any:
		if v, ok := v.([]any); ok && len(v) == len(marks) {
			var elems []cty.Value
			for i := range v {
				elems = append(elems, toUnknown(v[i], marks[i]))
			}
			return cty.TupleVal(elems)
		}
	}
	return cty.DynamicVal
}

// oneChange is a plan with a single change, the inner of it given.
func oneChange(change string) string {
	return `{"format_version":"1.2","resource_changes":[{"address":"t.r","mode":"managed","type":"t","name":"r","change":{"actions":["create"],` + change + `}}]}`
}

func TestReadPlanUnknown(t *testing.T) {
	object := cty.ObjectVal
	type attrs = map[string]cty.Value
	one, none := cty.MustParseNumberVal("1"), cty.NullVal(cty.DynamicPseudoType)
	for _, test := range []struct {
		name, change string
		want         cty.Value
	}{
		{"nothing", `"after":{"a":1},"after_unknown":{}`, object(attrs{"a": one})},
		{"no mask", `"after":{"a":1}`, object(attrs{"a": one})},
		{"false", `"after":{"a":1},"after_unknown":{"a":false,"b":false}`, object(attrs{"a": one})},
		{"attribute", `"after":{"a":1},"after_unknown":{"b":true}`, object(attrs{"a": one, "b": cty.DynamicVal})},
		{"attribute with a value", `"after":{"a":1},"after_unknown":{"a":true}`, object(attrs{"a": cty.DynamicVal})},
		{"empty object", `"after":{},"after_unknown":{"b":true}`, object(attrs{"b": cty.DynamicVal})},
		{
			"within blocks", `"after":{"a":[{"b":1},{"b":1}]},"after_unknown":{"a":[{"b":false},{"c":[{}, true]}]}`,
			object(attrs{"a": cty.TupleVal([]cty.Value{object(attrs{"b": one}), object(attrs{"b": one, "c": cty.DynamicVal})})}),
		},
		{
			"element", `"after":{"a":[1,null]},"after_unknown":{"a":[false,true]}`,
			object(attrs{"a": cty.TupleVal([]cty.Value{one, cty.DynamicVal})}),
		},
		{"element of another list", `"after":{"a":[1]},"after_unknown":{"a":[false,true]}`, object(attrs{"a": cty.DynamicVal})},
		{"elements that are known", `"after":{"a":[1]},"after_unknown":{"a":[false,false]}`, object(attrs{"a": cty.TupleVal([]cty.Value{one})})},
		{"within null", `"after":{"a":null},"after_unknown":{"a":{"b":true}}`, object(attrs{"a": cty.DynamicVal})},
		{"within null, nothing", `"after":{"a":null},"after_unknown":{"a":{"b":false}}`, object(attrs{"a": none})},
		{"whole", `"after":null,"after_unknown":true`, cty.DynamicVal},
		{"mask first", `"after_unknown":{"a":true},"after":{}`, object(attrs{"a": cty.DynamicVal})},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, []byte(oneChange(test.change))).Resources[0].After.Value()
			if !got.RawEquals(test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestReadPlanValues(t *testing.T) {
	for _, test := range []struct {
		json string
		want cty.Value
	}{
		{`9007199254740993`, cty.MustParseNumberVal("9007199254740993")},
		{`123456789012345678901234567890123456789012345678901234567890`, cty.MustParseNumberVal("123456789012345678901234567890123456789012345678901234567890")},
		{`1.5e3`, cty.NumberIntVal(1500)},
		{`-0`, cty.MustParseNumberVal("-0")},
		{`1e308`, cty.MustParseNumberVal("1e308")},
		{`"é\ud83e\udd8a\u0041"`, cty.StringVal("é🦊A")},
		{`"<\u003c"`, cty.StringVal("<<")},
		{`"e\u0301"`, cty.StringVal("é")},
		{`[]`, cty.EmptyTupleVal},
		{`{}`, cty.EmptyObjectVal},
		{`{"e\u0301":true}`, cty.ObjectVal(map[string]cty.Value{"é": cty.True})},
	} {
		got := read(t, []byte(oneChange(`"after":{"a":`+test.json+`}`))).Resources[0].After.Attr("a")
		if !got.RawEquals(test.want) {
			t.Errorf("%s: got %#v, want %#v", test.json, got, test.want)
		}
	}
}

func TestReadPlanSensitive(t *testing.T) {
	doc := read(t, []byte(oneChange(
		`"before_sensitive":true,"after_sensitive":{"z":true,"a":[{"k":true},false],"n":{}}`)))
	r := doc.Resources[0]
	if diff := cmp.Diff([]cty.Path{nil}, r.BeforeSensitive, compareValues); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	want := []cty.Path{cty.GetAttrPath("a").IndexInt(0).GetAttr("k"), cty.GetAttrPath("z")}
	if diff := cmp.Diff(want, r.AfterSensitive, compareValues); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
}

func TestReadPlanExpressions(t *testing.T) {
	doc := read(t, []byte(`{"format_version":"1.2","configuration":{"root_module":{"resources":[
		{"address":"t.r","mode":"managed","type":"t","name":"r","expressions":{
			"now": {},
			"list": [{"a":{"constant_value":1}},{}],
			"single": {"a":{"references":["var.x"]}},
			"labelled": {"k":{"a":{"constant_value":null}}},
			"references": {"references":["var.y"]},
			"newer": {"references":["var.z"],"not known yet":1}}}]}}}`))
	type exprs = map[string]*plan.Expr
	want := exprs{
		"now":        {},
		"list":       {Blocks: []map[string]*plan.Expr{{"a": {Constant: cty.MustParseNumberVal("1")}}, {}}},
		"single":     {Blocks: []map[string]*plan.Expr{{"a": {References: []string{"var.x"}}}}},
		"labelled":   {Blocks: []map[string]*plan.Expr{{"k": {Blocks: []map[string]*plan.Expr{{"a": {Constant: cty.NullVal(cty.DynamicPseudoType)}}}}}}},
		"references": {References: []string{"var.y"}},
		"newer":      {References: []string{"var.z"}},
	}
	if diff := cmp.Diff(want, doc.Config.Root.Resources[0].Arguments, compareValues); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadPlanFlags(t *testing.T) {
	doc := read(t, []byte(`{"format_version":"1.3","complete":false,"errored":true,"planned_values":{},
		"deferred_changes":[{"reason":"provider_config_unknown","resource_change":{"address":"t.d","mode":"managed","type":"t","change":{"actions":["create"],"importing":{"id":"x"}}}}]}`))
	if doc.Complete || !doc.Errored || len(doc.Resources) != 0 || len(doc.Deferred) != 1 || !doc.Deferred[0].Imported ||
		doc.Deferred[0].Deferred != "provider_config_unknown" {
		t.Errorf("%+v", doc)
	}
}

func TestReadPlanWithoutResources(t *testing.T) {
	for input, want := range map[string]plan.Kind{
		`{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{}}}`: plan.KindPlan,
		`{"format_version":"0.1","resource_changes":null,"configuration":{}}`:                       plan.KindPlan,
		`{"format_version":"1.0"}`:                                 plan.KindState,
		`{"format_version":"1.0","terraform_version":"1.11.4"}`:    plan.KindState,
		`{"format_version":"1.0","values":{}}` + "\n":              plan.KindState,
		`{"format_version":"1.0","values":null,"new member":[{}]}`: plan.KindState,
	} {
		doc := read(t, []byte(input))
		if doc.Kind != want || len(doc.Resources)+len(doc.Prior) != 0 {
			t.Errorf("%s: %+v", input, doc)
		}
	}
}

func TestReadPlanKeeps(t *testing.T) {
	data := readTestdata(t, "update.json")
	all := read(t, data)
	keep := func(mode, typ string) bool { return mode == "managed" && typ == "aws_security_group" }
	some, err := plan.Read(bytes.NewReader(data), keep)
	if err != nil {
		t.Fatal(err)
	}
	unwanted := func(r *plan.Resource) bool { return !keep(r.Mode, r.Type) }
	want := slices.DeleteFunc(all.Resources, unwanted)
	if diff := cmp.Diff(want, some.Resources, compareValues); diff != "" || len(want) == 0 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(some.Prior) != 0 || len(some.Config.Root.Resources) != 2 {
		t.Errorf("prior %v, configuration %v", some.Prior, some.Config.Root.Resources)
	}
}

// The order of members must not matter.
func TestReadPlanInAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	where := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".At" }, cmp.Ignore())
	keep := func(mode, typ string) bool { return typ != "aws_security_group" }
	for _, name := range []string{"create.json", "update.json", "state.json"} {
		data := readTestdata(t, name)
		want, err := plan.Read(bytes.NewReader(data), keep)
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var document any
		if err := dec.Decode(&document); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			var shuffled bytes.Buffer
			writeShuffled(&shuffled, rnd, document)
			got, err := plan.Read(&shuffled, keep)
			if err != nil {
				t.Fatal(err)
			}
			for _, doc := range []*plan.Plan{want, got} {
				// The order of child_modules and resources is that of a state's resources.
				slices.SortFunc(doc.Resources, func(a, b *plan.Resource) int { return strings.Compare(a.Address, b.Address) })
			}
			if diff := cmp.Diff(want, got, compareValues, where); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func writeShuffled(w *bytes.Buffer, rnd *rand.Rand, v any) {
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		w.WriteByte('{')
		for i, name := range names {
			if i > 0 {
				w.WriteByte(',')
			}
			writeShuffled(w, rnd, name)
			w.WriteByte(':')
			writeShuffled(w, rnd, v[name])
		}
		w.WriteByte('}')
	case []any:
		w.WriteByte('[')
		for i := range v {
			if i > 0 {
				w.WriteByte(',')
			}
			writeShuffled(w, rnd, v[i])
		}
		w.WriteByte(']')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		w.Write(text)
	}
}

// However the document is laid out, and however it arrives, each resource knows
// where its object is.
func TestReadPlanPositions(t *testing.T) {
	for _, name := range []string{"create.json", "update.json", "state.json"} {
		compact := bytes.TrimSpace(readTestdata(t, name))
		var indented bytes.Buffer
		if err := json.Indent(&indented, compact, "", "\t"); err != nil {
			t.Fatal(err)
		}
		for layout, data := range map[string][]byte{
			"compact":  compact,
			"indented": indented.Bytes(),
			"crlf":     bytes.ReplaceAll(indented.Bytes(), []byte("\n"), []byte("\r\n")),
		} {
			for arrival, r := range map[string]io.Reader{
				"whole":    bytes.NewReader(data),
				"by bytes": iotest.OneByteReader(bytes.NewReader(data)),
				"with EOF": iotest.DataErrReader(bytes.NewReader(data)),
			} {
				doc, err := plan.Read(r, keepAll)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range slices.Concat(doc.Resources, doc.Prior) {
					var object struct{ Address string }
					if err := json.Unmarshal(data[r.At.Start.Offset:r.At.End.Offset], &object); err != nil || object.Address != r.Address {
						t.Fatalf("%s %s %s: %s is not at %+v: %v", name, layout, arrival, r.Address, r.At, err)
					}
					for _, got := range []plan.Pos{r.At.Start, r.At.End} {
						if want := positionIn(data, got.Offset); got != want {
							t.Fatalf("%s %s %s: %s is at %+v, want %+v", name, layout, arrival, r.Address, got, want)
						}
					}
				}
			}
		}
	}
}

func positionIn(data []byte, offset int64) plan.Pos {
	before := string(data[:offset])
	lines := strings.Split(before, "\n")
	last := lines[len(lines)-1]
	return plan.Pos{Offset: offset, Line: len(lines), Column: len(utf16.Encode([]rune(last))) + 1}
}

func TestReadPlanRefuses(t *testing.T) {
	const whole = `{"format_version":"1.2","resource_changes":[]}`
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for _, test := range []struct{ name, input, want string }{
		{"empty", "", `1:1: the input is empty; expected the output of "terraform show -json"`},
		{"blank", " \n\n", `1:1: the input is empty; expected the output of "terraform show -json"`},
		{"BOM", "\xEF\xBB\xBFx", `1:1: this is not JSON; expected the output of "terraform show -json", with nothing before it`},
		{"UTF-16", "\xFF\xFE{\x00", `1:2: the JSON is cut off: the file ends inside of it`},
		{"binary plan", "PK\x03\x04abc", `1:1: this is a binary plan; expected the output of "terraform show -json"`},
		{"gzip", "\x1F\x8B\x08", `1:1: this is compressed; decompress it first`},
		{"array", `[]`, `1:1: the JSON is an array, not an object; expected the output of "terraform show -json"`},
		{"string", `"x"`, `1:1: the JSON is a string, not an object; expected the output of "terraform show -json"`},
		{"text", "Terraform used\n" + whole, `1:1: this is not JSON; expected the output of "terraform show -json", with nothing before it`},
		{"NULs", "\x00\x00", `1:1: this is not JSON; expected the output of "terraform show -json", with nothing before it`},
		{"HCL", `resource "a" "b" {}`, `1:1: this is not JSON; expected the output of "terraform show -json", with nothing before it`},
		{"event stream", `{"@level":"info","@message":"Terraform 1.11.4"}` + "\n{}", `1:1: this is the event stream of "terraform plan -json"; expected the output of "terraform show -json" PLANFILE`},
		{"stored state", `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[]}`, `1:1: this looks like a state as Terraform stores it; expected the output of "terraform show -json"`},
		{"package.json", `{"name":"x","dependencies":{}}`, `1:1: neither a plan nor a state: there is no format_version; expected the output of "terraform show -json"`},
		{"empty object", `{}`, `1:1: neither a plan nor a state: there is no format_version; expected the output of "terraform show -json"`},
		{"no version", `{"resource_changes":[]}`, `1:1: neither a plan nor a state: there is no format_version; expected the output of "terraform show -json"`},
		{"provider schemas", "\n" + `{"format_version":"1.0","provider_schemas":{}}`, `2:1: neither a plan nor a state, but something with "provider_schemas"; expected the output of "terraform show -json"`},
		{"both", `{"format_version":"1.0","values":{},"configuration":{}}`, `1:1: both a plan and a state: there are configuration and values`},
		{"newer", `{"format_version":"2.0"}`, `1:19: format version 2.0 is newer than what is understood here, 1.x`},
		{"odd version", `{"format_version":"one"}`, `1:19: format_version "one" is not a version`},
		{"version number", `{"format_version":1.2}`, `1:19: format_version must be a string, not a number`},
		{"trailing brace", whole + "\n}", `2:1: there is more after the end of the plan`},
		{"trailing document", whole + whole, `1:47: there is more after the end of the plan`},
		{"trailing text", whole + " Note", `1:48: there is more after the end of the plan`},
		{"trailing NUL", whole + "\x00", `1:47: there is more after the end of the plan`},
		{"NUL within", "{\n\x00}", `2:1: invalid JSON: invalid character '\x00' at start of value`},
		{"comma", `{"a":1,}`, `1:7: invalid JSON: invalid character ',' at start of value`},
		{"UTF-8, skipped", "{\"🦊\":\n{\"a\":\"\xFF\"}}", `2:7: invalid JSON: invalid UTF-8`},
		{"surrogate", oneChange(`"after":{"a":"\ud800"}`), `1:146: invalid JSON: invalid surrogate pair ` + "`\\ud800\"}}}]}` in string"},
		{"twice", `{"format_version":"1.2","format_version":"1.2"}`, `1:25: "format_version" is there twice in one object`},
		{"twice in a value", oneChange("\"after\":{\"a\":1,\n\"\\u0061\":1}"), `2:1: "a" is there twice in one object`},
		{"twice once normalised", oneChange(`"after":{"é":1,` + "\n" + `"e\u0301":1}`), `2:1: "é" is there twice in one object`},
		{"changes", `{"format_version":"1.2","resource_changes":{}}`, `1:44: resource_changes must be an array, not an object`},
		{"change", `{"format_version":"1.2","resource_changes":[7]}`, `1:45: a resource change must be an object, not a number`},
		{"null change", `{"format_version":"1.2","resource_changes":[null]}`, `1:45: a resource without address, mode or type`},
		{"no type", `{"format_version":"1.2","resource_changes":[{"address":"t.r","mode":"managed"}]}`, `1:45: a resource without address, mode or type`},
		{"no change", `{"format_version":"1.2","resource_changes":[{"address":"t.r","mode":"managed","type":"t"}]}`, `1:45: the change of "t.r" has no actions`},
		{"after", oneChange(`"after":[]`), `1:140: after must be an object, not an array`},
		{"mask", oneChange(`"after_unknown":{"a":1}`), `1:153: after_unknown must be made of booleans, not a number`},
		{"infinite", oneChange(`"after":{"a":1e400}`), `1:145: the number 1e400 is out of range`},
		{"huge", oneChange(`"after":{"a":-1e99999999999999999999}`), `1:145: the number -1e99999999999999999999 is out of range`},
		{"minute", oneChange(`"after":{"a":1e-2000000000}`), `1:145: the number 1e-2000000000 is out of range`},
		{"long", oneChange(`"after":{"a":1` + strings.Repeat("0", 1000) + `}`), `1:145: a number of more than 1000 digits`},
		{"deep", oneChange(`"after":` + deep(1000)), `1:5120: values are nested more than 1000 deep`},
		{"deep, skipped", deep(20000), `1:50001: invalid JSON: exceeded max depth`},
		{"index", `{"format_version":"1.2","resource_changes":[{"index":[]}]}`, `1:54: index must be a number or a string`},
		{"cut section", `{"format_version":"1.2","resource_changes":[],"planned_values":{"root_module":{"child_modules":[{"resources":[` +
			"\n" + `{"address":"t.r","mode":"managed","type":"t"}]}]}}}`, `2:1: the plan is not whole: planned_values has "t.r", resource_changes has not`},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc, err := plan.Read(strings.NewReader(test.input), keepAll)
			if _, ok := errors.AsType[*plan.Error](err); !ok {
				t.Fatalf("got %+v, %v", doc, err)
			}
			if got := err.Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestReadPlanRefusesWhatIsCutOff(t *testing.T) {
	data := bytes.TrimSpace(readTestdata(t, "update.json"))
	for n := 1; n < len(data); n += 61 {
		_, err := plan.Read(bytes.NewReader(data[:n]), func(mode, typ string) bool { return mode == "data" })
		want := positionIn(data, int64(n))
		var bad *plan.Error
		if !errors.As(err, &bad) || bad.Message != "the JSON is cut off: the file ends inside of it" {
			t.Fatalf("first %d bytes: %v", n, err)
		}
		// Within a character, columns are those of its start.
		if bad.Pos.Offset != want.Offset || bad.Pos.Line != want.Line {
			t.Fatalf("first %d bytes: at %+v, want %+v", n, bad.Pos, want)
		}
	}
}

func TestReadPlanReportsReadErrors(t *testing.T) {
	data := readTestdata(t, "update.json")
	broken := errors.New("disk on fire")
	for _, n := range []int{0, 1, 30000, len(data)} {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))
		var bad *plan.Error
		if _, err := plan.Read(r, keepAll); !errors.Is(err, broken) || errors.As(err, &bad) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

func TestSniff(t *testing.T) {
	for input, want := range map[string]plan.InputKind{
		"":                       plan.InputOther,
		"resource \"a\" \"b\" {": plan.InputOther,
		"[{}]":                   plan.InputOther,
		"{":                      plan.InputJSON,
		"\r\n\t {\"a\"":          plan.InputJSON,
		"\xEF\xBB\xBF{":          plan.InputJSON,
		"\xFF\xFE{\x00":          plan.InputJSON,
		"\xFE\xFF\x00{":          plan.InputJSON,
		"PK\x03\x04\x14\x00":     plan.InputBinaryPlan,
		"PK":                     plan.InputOther,
		"\x1F\x8B\x08":           plan.InputGzip,
	} {
		if got := plan.Sniff([]byte(input)); got != want {
			t.Errorf("Sniff(%q) = %v, want %v", input, got, want)
		}
	}
}

func FuzzReadPlan(f *testing.F) {
	// Small ones: the fuzzer takes minutes to minimise what it finds in a real plan.
	f.Add([]byte(`{"format_version":"1.2","terraform_version":"1.11.4","variables":{"v":{"value":[1e3]}},
		"planned_values":{"root_module":{"resources":[{"address":"t.r[0]","mode":"managed","type":"t","values":{}}]}},
		"resource_changes":[{"address":"t.r[0]","previous_address":"t.o","mode":"managed","type":"t","name":"r","index":0,
			"provider_name":"p","change":{"actions":["delete","create"],"before":{"a":"\ud83e\udd8a"},"after":null,"importing":{}}}],
		"deferred_changes":[{"resource_change":{"address":"t.d","deposed":"d","mode":"managed","type":"t","change":{"actions":["read"]}}}],
		"prior_state":{"values":{"root_module":{"resources":[{"address":"data.t.r","mode":"data","type":"t","values":{"a":-1}}]}}},
		"configuration":{"provider_config":{"p":{"full_name":"r/n/p"}},"root_module":{
			"resources":[{"address":"t.r","mode":"managed","type":"t","expressions":{"a":{"references":["var.v"]},"b":[{"c":{"constant_value":1}}]},
				"count_expression":{}}],
			"module_calls":{"m":{"source":"./m","expressions":{"a":{}},"module":{"outputs":{"o":{"expression":{}}},"variables":{"v":{"default":1}}}}}}},
		"complete":false,"errored":true}`))
	f.Add([]byte(oneChange(`"before":null,"after":{"a":[1,null,"x"]},"after_unknown":{"a":[false,true,{}]},"after_sensitive":{"a":true}`)))
	f.Add([]byte(`{"format_version":"1.0","values":{"root_module":{"child_modules":[{"resources":[{"values":{},"type":"t","mode":"data","address":"data.t.r","index":"k"}]}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := plan.Read(bytes.NewReader(data), keepAll)
		again, errAgain := plan.Read(iotest.HalfReader(bytes.NewReader(data)), keepAll)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("%v, then %v", err, errAgain)
		}
		if diff := cmp.Diff(doc, again, compareValues); diff != "" {
			t.Fatalf("twice (-first +second):\n%s", diff)
		}
		var want tfjson.Plan
		want.UseJSONNumber(true)
		if json.Unmarshal(data, &want) != nil {
			return
		}
		if err != nil {
			if !slices.ContainsFunc(stricter, func(text string) bool { return strings.Contains(err.Error(), text) }) {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		if doc.Kind != plan.KindPlan || !plainNames(data) {
			return
		}
		if len(doc.Resources) != len(want.ResourceChanges) {
			t.Fatalf("%d resources, want %d", len(doc.Resources), len(want.ResourceChanges))
		}
		for i, w := range want.ResourceChanges {
			sameChange(t, doc.Resources[i], w)
		}
	})
}

// stricter are parts of the messages about what terraform-json lets pass.
var stricter = []string{
	"there twice", "invalid UTF-8", "invalid surrogate", " must be ", "out of range", " digits", "nested more",
	"without address", "has no actions", "not whole", "neither a plan", "both a plan", "event stream", "looks like a state",
	"is not a version", "newer than",
}

// plainNames reports whether no name differs only by case from one that has a
// meaning: encoding/json takes them for the same.
func plainNames(data []byte) bool {
	meaningful := []string{
		"format_version", "resource_changes", "address", "previous_address", "mode", "type", "name", "index",
		"provider_name", "deposed", "change", "actions", "before", "after", "after_unknown", "importing",
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if tok.Kind() != jsontext.KindString {
			continue
		}
		for _, name := range meaningful {
			if s := tok.String(); s != name && strings.EqualFold(s, name) {
				return false
			}
		}
	}
}
