package read

import (
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// Body returns the attribute body of a resource that holds what it sends to an API, as azapi_resource has it: an object, or
// JSON text of one as versions before 2 of that provider have it.
func Body(r *graph.Resource) []graph.Block {
	v := r.Attr("body")
	text, ok := v.Text()
	if !ok {
		return Nested(BlockOf(r), "body")
	}
	b := BlockOf(r)
	var body cty.Value
	ty, err := ctyjson.ImpliedType([]byte(text))
	if err == nil {
		body, err = ctyjson.Unmarshal([]byte(text), ty)
	}
	if err != nil {
		return nil // it is no JSON, so the API refuses it
	}
	b.Object = graph.NewValue(body, v.At).Object()
	return []graph.Block{b}
}
