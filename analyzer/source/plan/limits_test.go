package plan

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestPlanLimits(t *testing.T) {
	open := limits{depth: 1000, token: 1 << 20, digits: 100, memory: 1 << 20}
	change := func(values string) string {
		return `{"format_version":"1.2","resource_changes":[{"address":"t.r","mode":"managed","type":"t","change":{"actions":["create"],"after":` + values + `}}]}`
	}
	for _, test := range []struct {
		name, input string
		limit       func(*limits)
		want        string // after the position
	}{
		{"depth", change(`{"a":{"b":{}}}`), func(l *limits) { l.depth = 6 }, "values are nested more than 6 deep"},
		{"digits", change(`{"a":1234}`), func(l *limits) { l.digits = 3 }, "a number of more than 3 digits"},
		{"numbers", change(`{"a":[` + strings.Repeat("0,", 2e4) + `0]}`), nil, "what is relevant here takes more than 1 MB of memory"},
		{"text", change(`{"a":"` + strings.Repeat("x", 1<<20) + `"}`), nil, "what is relevant here takes more than 1 MB of memory"},
		{"mask", change(`null,"after_unknown":[` + strings.Repeat("false,", 1e4) + `false]`), nil, "what is relevant here takes more than 1 MB of memory"},
		{
			"actions", strings.Replace(change("null"), `"create"`, strings.Repeat(`"",`, 1e4)+`""`, 1), nil,
			"what is relevant here takes more than 1 MB of memory",
		},
		{
			"outputs", `{"format_version":"1.2","configuration":{"root_module":{"outputs":{"a":{"expression":[` +
				strings.Repeat("{},", 1e4) + `{}]}}}}}`, nil, "what is relevant here takes more than 1 MB of memory",
		},
		{
			"one string", `{"a":"` + strings.Repeat("x", 1<<21) + `"}`, nil,
			"a single JSON string, number or resource takes more than 1048576 bytes",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := open
			if test.limit != nil {
				test.limit(&limits)
			}
			_, err := read(strings.NewReader(test.input), func(string, string) bool { return true }, limits)
			var bad *Error
			if !errors.As(err, &bad) || bad.Message != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// What is read and then dropped, since its type comes late, costs nothing.
func TestPlanLimitsSpareWhatIsDropped(t *testing.T) {
	const change = `{"address":"t.r","change":{"actions":["no-op"],"after":{"a":"0123456789"}},"mode":"managed","type":"t"}`
	const resource = `{"values":{"a":[{},{}]},"address":"t.r","mode":"managed","type":"t"}`
	const block = `{"expressions":{"a":{"constant_value":[{},{}]}},"address":"t.r","mode":"managed","type":"t"}`
	input := `{"format_version":"1.2","resource_changes":[` + strings.Repeat(change+",", 1e4) + change +
		`],"prior_state":{"values":{"root_module":{"resources":[` + strings.Repeat(resource+",", 1e4) + resource +
		`]}}},"configuration":{"root_module":{"resources":[` + strings.Repeat(block+",", 1e4) + block + `]}}}`
	limits := limits{depth: 100, token: 1 << 20, digits: 100, memory: 1 << 14}
	plan, err := read(strings.NewReader(input), func(string, string) bool { return false }, limits)
	if err != nil || len(plan.Resources)+len(plan.Prior) != 0 {
		t.Errorf("%+v, %v", plan, err)
	}
}

// A few compressed bytes that stand for many are passed over, and don't get around the limits where they are relevant.
func TestPlanLimitsHoldForCompressedPlans(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for _, text := range []string{
		`{"format_version":"1.2","resource_changes":[{"address":"t.r","mode":"managed","type":"t","change":{"actions":["create"],"after":{"a":[`,
		strings.Repeat("{},", 1<<20), `{}]}}}]}`,
	} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	limits := limits{depth: 100, token: 4 << 20, digits: 100, memory: 1 << 20}
	read := func(relevant bool) error {
		r := ReadStream(t.Context(), bytes.NewReader(packed.Bytes()))
		defer r.Close()
		_, err := read(r, func(string, string) bool { return relevant }, limits)
		return err
	}
	if err := read(false); err != nil {
		t.Errorf("irrelevant: %v", err)
	}
	if err := read(true); err == nil || !strings.HasSuffix(err.Error(), "what is relevant here takes more than 1 MB of memory") {
		t.Errorf("relevant: %v", err)
	}
}

// The window stays small, however long the document and however its lines are.
func TestPlanInputIsBounded(t *testing.T) {
	section := []byte(`{"a":[1,2,{"b":"` + strings.Repeat("é🦊", 500) + `"}]},` + "\n")
	for name, input := range map[string][]byte{
		"lines":    section,
		"one line": bytes.TrimSpace(section),
	} {
		p := newReader(io.MultiReader(
			strings.NewReader(`{"format_version":"1.2","relevant_attributes":[`),
			&repeated{text: input, times: 5000},
			strings.NewReader(`0],"planned_values":{}}`),
		), func(string, string) bool { return true }, limits{depth: 100, token: 1 << 20, memory: 1 << 20})
		plan, err := p.document()
		if err != nil || plan.Kind != KindPlan {
			t.Fatalf("%s: %v, %v", name, plan, err)
		}
		if cap(p.in.window) > 4*blockSize {
			t.Errorf("%s: the window has grown to %d bytes", name, cap(p.in.window))
		}
	}
}

// repeated is a text repeated some times.
type repeated struct {
	text  []byte
	times int
	rest  []byte
}

func (r *repeated) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.times == 0 {
			return 0, io.EOF
		}
		r.rest, r.times = r.text, r.times-1
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Resources hold what is equal once, and what is unknown of one of them says nothing of another.
func TestEqualValuesAreShared(t *testing.T) {
	change := func(address, unknown string) string {
		return `{"address":"` + address + `","mode":"managed","type":"t","change":{"actions":["create"],"after":` +
			`{"name":"` + address + `","rule":[{"port":21,"from":["10.0.0.0/8"]},{"port":22}]},"after_unknown":` + unknown + `}}`
	}
	const partly = `{"rule":[{"from":[true]},{}]}`
	plan, err := Read(strings.NewReader(`{"format_version":"1.2","resource_changes":[`+
		strings.Join([]string{change("t.a", "{}"), change("t.b", partly), change("t.c", "{}")}, ",")+`]}`), func(string, string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	blocks := make([][]*Values, len(plan.Resources))
	for i, r := range plan.Resources {
		var ok bool
		if blocks[i], ok = r.After.Blocks("rule"); !ok || len(blocks[i]) != 2 {
			t.Fatalf("%s: %v, %t", r.Address, blocks[i], ok)
		}
		if name := r.After.Attr("name"); name.AsString() != r.Address {
			t.Errorf("%s has the name %#v", r.Address, name)
		}
	}
	a, b, c := blocks[0], blocks[1], blocks[2]
	if a[0] != c[0] || a[1] != c[1] || a[1] != b[1] {
		t.Error("equal blocks aren't the same")
	}
	if a[0] == b[0] || b[0].AllKnown() || b[0].Attr("from").IsWhollyKnown() {
		t.Error("what is unknown in a block is known")
	}
	if !a[0].AllKnown() || !a[0].Attr("from").IsWhollyKnown() || a[0].Attr("port").AsBigFloat().String() != "21" {
		t.Error("what is known in a block is unknown")
	}
}
