package plan

import "github.com/zclconf/go-cty/cty"

// Value returns all values as an object; null for nil.
func (v *Values) Value() cty.Value {
	if v == nil {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	if v.unknown != nil && v.unknown.attrs == nil {
		return cty.DynamicVal
	}
	all := map[string]cty.Value{}
	for _, name := range v.names {
		all[name] = v.Attr(name)
	}
	if v.unknown != nil {
		for _, a := range v.unknown.attrs {
			all[a.name] = v.Attr(a.name)
		}
	}
	return cty.ObjectVal(all)
}
