package lang_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/lang"
)

var update = flag.Bool("update", false, "write testdata/console.json, with the real terraform")

// An outcome is what an expression evaluates to, here or in Terraform. The value
// is in a tuple of its own, so that a null or unknown one is part of something.
type outcome struct {
	Expr    string          `json:"expr"`
	Error   bool            `json:"error,omitempty"`
	Type    json.RawMessage `json:"type,omitempty"`    // as cty writes it; absent if anything is unknown
	Value   json.RawMessage `json:"value,omitempty"`   // with null for what is unknown
	Unknown []string        `json:"unknown,omitempty"` // paths of what is unknown
}

type golden struct {
	Terraform string    `json:"terraform"`
	Outcomes  []outcome `json:"outcomes"`
}

// names is what expressions may refer to, in Terraform's words and in ours.
var names = []struct {
	name string
	expr string
	val  cty.Value
}{
	{"str", "terraform_data.unknown.id", cty.UnknownVal(cty.String).RefineNotNull()},
	{"maybe", "tostring(jsondecode(terraform_data.unknown.id))", cty.UnknownVal(cty.String)},
	{"dyn", "jsondecode(terraform_data.unknown.id)", cty.DynamicVal},
	{"key", `"greet"`, cty.StringVal("greet")},
	{"number", "12", cty.NumberIntVal(12)},
	{"nothing", "null", cty.NullVal(cty.DynamicPseudoType)},
	{"template", `"Hi $${name}"`, cty.StringVal("Hi ${name}")},
	{"wrapped", `"$${value}"`, cty.StringVal("${value}")},
	{"broken", `"$${"`, cty.StringVal("${")},
	{"recursive", `"$${templatestring(x, {})}"`, cty.StringVal("${templatestring(x, {})}")},
	{"list", `["Hi $${name}"]`, cty.TupleVal([]cty.Value{cty.StringVal("Hi ${name}")})},
	{
		"templates", `{ greet = "Hi $${name}" }`,
		cty.ObjectVal(map[string]cty.Value{"greet": cty.StringVal("Hi ${name}")}),
	},
	{
		"objects", `[{ template = "Hi $${name}" }]`,
		cty.TupleVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"template": cty.StringVal("Hi ${name}")})}),
	},
}

func evalContext() *hcl.EvalContext {
	local := make(map[string]cty.Value)
	for _, n := range names {
		local[n.name] = n.val
	}
	return &hcl.EvalContext{
		Variables: map[string]cty.Value{"local": cty.ObjectVal(local)},
		Functions: lang.Functions(dir("testdata")),
	}
}

func evaluate(t *testing.T, ctx *hcl.EvalContext, src string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(src), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %s", src, diags)
	}
	return expr.Value(ctx)
}

// evaluated returns our outcome of an expression.
func evaluated(t *testing.T, ctx *hcl.EvalContext, src string) outcome {
	t.Helper()
	v, diags := evaluate(t, ctx, src)
	if diags.HasErrors() {
		return outcome{Expr: src, Error: true}
	}
	v, _ = cty.TupleVal([]cty.Value{v}).UnmarkDeep()
	out := outcome{Expr: src}
	if err := cty.Walk(v, func(p cty.Path, v cty.Value) (bool, error) {
		if !v.IsKnown() {
			out.Unknown = append(out.Unknown, pathString(p))
		}
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out.Unknown)
	v = asPlanned(v)
	var err error
	if out.Value, err = ctyjson.Marshal(v, v.Type()); err != nil {
		t.Fatalf("%s: %s", src, err)
	}
	if len(out.Unknown) == 0 {
		if out.Type, err = ctyjson.MarshalType(v.Type()); err != nil {
			t.Fatalf("%s: %s", src, err)
		}
	}
	return out
}

// asPlanned returns v as a plan writes it: without the attributes that are
// unknown, and with null for other unknown values.
func asPlanned(v cty.Value) cty.Value {
	switch ty := v.Type(); {
	case !v.IsKnown():
		return cty.NullVal(ty)
	case v.IsNull() || v.IsWhollyKnown():
		return v
	case ty.IsObjectType() || ty.IsMapType():
		attrs := make(map[string]cty.Value)
		for k, e := range v.AsValueMap() {
			if e.IsKnown() {
				attrs[k] = asPlanned(e)
			}
		}
		return cty.ObjectVal(attrs)
	default:
		var elems []cty.Value
		for _, e := range v.AsValueSlice() {
			elems = append(elems, asPlanned(e))
		}
		return cty.TupleVal(elems)
	}
}

func pathString(p cty.Path) string {
	var b strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case cty.GetAttrStep:
			fmt.Fprintf(&b, ".%s", step.Name)
		case cty.IndexStep:
			if step.Key.Type() == cty.Number {
				fmt.Fprintf(&b, ".%s", step.Key.AsBigFloat().String())
			} else {
				fmt.Fprintf(&b, ".%s", step.Key.AsString())
			}
		}
	}
	return b.String()
}

func expressions(t *testing.T) []string {
	t.Helper()
	src, err := os.ReadFile("testdata/console.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(src)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// differences are the expressions that evaluate otherwise here than in the
// Terraform that wrote the golden file, and why that is right.
var differences = map[string]string{
	// hcl decides a logical operation by one operand since 2.24, as Terraform
	// does from 1.12.
	`true || local.dyn`:  "shorter",
	`local.dyn || true`:  "shorter",
	`false && local.dyn`: "shorter",
	`true && null`:       "shorter",
	`null && true`:       "shorter",

	// go-cty has become better.
	`tonumber("-0")`:                      "keeps the sign of zero",
	`log(1, 0)`:                           "keeps the sign of zero",
	`signum(0.5)`:                         "takes any number",
	`format("%v", null)`:                  "a null of unknown type is not unknown",
	`format("%s", null)`:                  "a null of unknown type is not unknown",
	`formatlist("%v", null)`:              "a null of unknown type is not unknown",
	`element(["a", "b", "c"], -1)`:        "documented, but fails for a tuple in 1.11",
	`jsondecode("{\"a\":1,\"a\":\"x\"}")`: "two values for one property of two types",

	// Terraform's result is an empty list, though with the final value of the
	// string it can be another.
	`matchkeys(["a", "b"], ["x", "y"], ["x", local.str])`: "unknown",
}

func TestConsole(t *testing.T) {
	src, err := os.ReadFile("testdata/console.json")
	if err != nil {
		t.Fatal(err)
	}
	var want golden
	if err := json.Unmarshal(src, &want); err != nil {
		t.Fatal(err)
	}
	if *update {
		want = terraformOutcomes(t, expressions(t))
		writeGolden(t, want)
	}
	var listed []string
	for _, out := range want.Outcomes {
		listed = append(listed, out.Expr)
	}
	if diff := cmp.Diff(expressions(t), listed); diff != "" {
		t.Fatalf("console.json is not of console.txt; run this test with -update (-console.txt +console.json):\n%s", diff)
	}
	compare(t, want.Outcomes)
}

// TestConsoleDifferential is TestConsole with the terraform that is installed.
func TestConsoleDifferential(t *testing.T) {
	compare(t, terraformOutcomes(t, expressions(t)).Outcomes)
}

func compare(t *testing.T, want []outcome) {
	t.Helper()
	ctx := evalContext()
	for _, w := range want {
		got := evaluated(t, ctx, w.Expr)
		diff := cmp.Diff(text(w), text(got))
		if _, ok := differences[w.Expr]; ok {
			if diff == "" {
				t.Errorf("%s: listed as different from Terraform, but the same", w.Expr)
			}
			continue
		}
		if diff != "" {
			t.Errorf("%s (-terraform +ours):\n%s", w.Expr, diff)
		}
	}
}

// text returns what is compared of an outcome, readable in a difference.
func text(o outcome) []string {
	if o.Error {
		return []string{"error"}
	}
	lines := []string{"value " + string(o.Value)}
	if o.Type != nil {
		lines = append(lines, "type "+string(o.Type))
	}
	for _, path := range o.Unknown {
		lines = append(lines, "unknown "+path)
	}
	return lines
}

func writeGolden(t *testing.T, g golden) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"terraform\": %q,\n\"outcomes\": [\n", g.Terraform)
	for i, out := range g.Outcomes {
		if i > 0 {
			b.WriteString(",\n")
		}
		line, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(line)
	}
	b.WriteString("\n]\n}\n")
	if err := os.WriteFile("testdata/console.json", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// terraformOutcomes has the real terraform evaluate the expressions. Each is an
// output of a plan, because "terraform console" stops at the first error and
// prints no exact types. A first plan finds out which ones are errors.
func terraformOutcomes(t *testing.T, exprs []string) golden {
	t.Helper()
	terraform := lookTerraform(t)
	var g golden
	g.Outcomes = make([]outcome, len(exprs))
	values := make(map[int]string)
	for i, expr := range exprs {
		values[i] = fmt.Sprintf("can(%s)", expr)
	}
	plan := planOutputs(t, terraform, values)
	g.Terraform = plan.TerraformVersion
	for i, expr := range exprs {
		g.Outcomes[i].Expr = expr
		values[i] = fmt.Sprintf("[%s]", expr)
		if string(plan.OutputChanges[outputName(i)].After) == "false" {
			g.Outcomes[i].Error = true
			delete(values, i)
		}
	}
	plan = planOutputs(t, terraform, values)
	for i := range values {
		name := outputName(i)
		out := &g.Outcomes[i]
		change := plan.OutputChanges[name]
		out.Value = compact(t, change.After)
		out.Unknown = unknownPaths("", change.AfterUnknown)
		slices.Sort(out.Unknown)
		if len(out.Unknown) == 0 {
			out.Type = compact(t, plan.PlannedValues.Outputs[name].Type)
		}
	}
	return g
}

func lookTerraform(t *testing.T) string {
	t.Helper()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("NOT CHECKED AGAINST THE REAL TERRAFORM: terraform is not on the PATH")
	}
	return terraform
}

type outputPlan struct {
	TerraformVersion string `json:"terraform_version"`
	OutputChanges    map[string]struct {
		After        json.RawMessage `json:"after"`
		AfterUnknown any             `json:"after_unknown"`
	} `json:"output_changes"`
	PlannedValues struct {
		Outputs map[string]struct {
			Type json.RawMessage `json:"type"`
		} `json:"outputs"`
	} `json:"planned_values"`
}

func outputName(i int) string { return fmt.Sprintf("o%d", i) }

func planOutputs(t *testing.T, terraform string, values map[int]string) outputPlan {
	t.Helper()
	work := t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "files"), os.DirFS("testdata/files")); err != nil {
		t.Fatal(err)
	}
	var config strings.Builder
	config.WriteString("resource \"terraform_data\" \"unknown\" {}\n\nlocals {\n")
	for _, n := range names {
		fmt.Fprintf(&config, "  %s = %s\n", n.name, n.expr)
	}
	config.WriteString("}\n")
	for i, value := range values {
		fmt.Fprintf(&config, "\noutput %q {\n  value     = %s\n  sensitive = true\n}\n", outputName(i), value)
	}
	if err := os.WriteFile(filepath.Join(work, "main.tf"), []byte(config.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) []byte {
		cmd := exec.CommandContext(context.Background(), terraform, args...)
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("terraform %s: %s\n%s", strings.Join(args, " "), err, stderr.String())
		}
		return stdout.Bytes()
	}
	run("init", "-input=false", "-no-color")
	run("plan", "-input=false", "-no-color", "-out=plan")
	var plan outputPlan
	if err := json.Unmarshal(run("show", "-json", "plan"), &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// unknownPaths returns the paths at which a plan's after_unknown is true.
func unknownPaths(at string, v any) []string {
	var all []string
	switch v := v.(type) {
	case bool:
		if v {
			all = append(all, at)
		}
	case []any:
		for i, e := range v {
			all = append(all, unknownPaths(fmt.Sprintf("%s.%d", at, i), e)...)
		}
	case map[string]any:
		for k, e := range v {
			all = append(all, unknownPaths(at+"."+k, e)...)
		}
	}
	return all
}

// compact returns JSON as encoding/json writes it, since cty's differs from
// Terraform's in what is escaped.
func compact(t *testing.T, src json.RawMessage) json.RawMessage {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, src); err != nil {
		t.Fatalf("%s: %s", src, err)
	}
	return b.Bytes()
}
