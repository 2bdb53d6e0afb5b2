package lang

import (
	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
)

// DecodeYAML returns the value of a YAML document. It is the function yamldecode, with the same limits.
func DecodeYAML(document string) (cty.Value, error) {
	args := []cty.Value{cty.StringVal(document)}
	if err := checkYAML(&claim{}, args); err != nil {
		return cty.NilVal, err
	}
	return yaml.YAMLDecodeFunc.Call(args)
}
