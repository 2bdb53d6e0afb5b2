package lang

import (
	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
)

// DecodeYAML returns the value of a YAML document, as the function yamldecode does and within its bounds.
func DecodeYAML(document string) (cty.Value, error) {
	args := []cty.Value{cty.StringVal(document)}
	if err := checkYAML(args); err != nil {
		return cty.NilVal, err
	}
	return yaml.YAMLDecodeFunc.Call(args)
}
