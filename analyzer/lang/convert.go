package lang

import (
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// maxElementTypes limits the types of elements that Convert unifies by itself. A for expression or a literal list has one or
// two.
const maxElementTypes = 8

// Convert returns v as a value of the type constraint want: the same as
// [convert.Convert], or an error where that has one, but in linear time. There,
// making a list or set of a tuple, or a map of an object, compares the types of
// all pairs of elements: a second for 10,000. Values with elements of more types
// than a few, or of unknown types, still go that way, up to MaxWork. An error may
// be a [cty.PathError].
//
// [convert.Convert]: https://pkg.go.dev/github.com/zclconf/go-cty/cty/convert#Convert
// [cty.PathError]: https://pkg.go.dev/github.com/zclconf/go-cty/cty#PathError
func Convert(v cty.Value, want cty.Type) (cty.Value, error) {
	bare, marks := v.Unmark()
	if bare.IsNull() || !bare.IsKnown() {
		return convert.Convert(v, want)
	}
	ty := bare.Type()
	var (
		converted cty.Value
		err       error
	)
	switch {
	case ty.IsTupleType() && (want.IsListType() || want.IsSetType()),
		ty.IsObjectType() && want.IsMapType():
		converted, err = convertElements(bare, want)
	case ty.IsObjectType() && want.IsObjectType():
		converted, err = convertAttributes(bare, want)
	case want.IsSetType() && ty.IsListType() && bare.LengthInt() > 0:
		converted, err = convert.Convert(cty.ListVal(named(bare.AsValueSlice())), want)
	default:
		return convert.Convert(v, want)
	}
	if err != nil {
		return cty.NilVal, err
	}
	return converted.WithMarks(marks), nil
}

// convertElements makes the collection want of a tuple or object.
func convertElements(v cty.Value, want cty.Type) (cty.Value, error) {
	elementType, ok := unifyElements(v, want.ElementType())
	if !ok {
		return convertPairwise(v, want)
	}
	resultType := elementType.WithoutOptionalAttributesDeep()
	elems := make([]cty.Value, 0, v.LengthInt())
	keys := make([]string, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		e, err := Convert(e, elementType)
		if err != nil {
			return cty.NilVal, under(cty.IndexStep{Key: k}, err)
		}
		if !e.Type().Equals(resultType) {
			return convertPairwise(v, want)
		}
		elems = append(elems, e)
		if k.Type() == cty.String {
			keys = append(keys, k.AsString())
		}
	}
	switch {
	case len(elems) == 0:
		return convert.Convert(v, want)
	case want.IsListType():
		return cty.ListVal(elems), nil
	case want.IsSetType():
		return cty.SetVal(named(elems)), nil
	}
	m := make(map[string]cty.Value, len(elems))
	for i, k := range keys {
		m[k] = elems[i]
	}
	return cty.MapVal(m), nil
}

// convertPairwise is convert.Convert, within limits.
func convertPairwise(v cty.Value, want cty.Type) (cty.Value, error) {
	n := float64(v.LengthInt())
	if err := checkWork(n * n); err != nil {
		return cty.NilVal, err
	}
	if want.IsSetType() {
		v = cty.TupleVal(named(v.AsValueSlice()))
	}
	return convert.Convert(v, want)
}

// unifyElements returns the type that the elements of v convert to; the second result is false if only convert.Convert can
// tell.
func unifyElements(v cty.Value, want cty.Type) (cty.Type, bool) {
	if want != cty.DynamicPseudoType {
		return want, !want.HasDynamicTypes()
	}
	var types []cty.Type
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		ty := e.Type()
		if slices.ContainsFunc(types, ty.Equals) {
			continue
		}
		if ty.HasDynamicTypes() || len(types) == maxElementTypes {
			return cty.NilType, false
		}
		types = append(types, ty)
	}
	switch len(types) {
	case 0:
		return cty.NilType, false
	case 1:
		return types[0], true
	}
	ty, _ := convert.UnifyUnsafe(types)
	return ty, ty != cty.NilType && !ty.HasDynamicTypes()
}

// convertAttributes makes the object want of another.
func convertAttributes(v cty.Value, want cty.Type) (cty.Value, error) {
	types := want.AttributeTypes()
	attrs := make(map[string]cty.Value, len(types))
	for _, name := range slices.Sorted(maps.Keys(types)) {
		switch ty := types[name]; {
		case v.Type().HasAttribute(name):
			attr, err := Convert(v.GetAttr(name), ty)
			if err != nil {
				return cty.NilVal, under(cty.GetAttrStep{Name: name}, err)
			}
			attrs[name] = attr
		case want.AttributeOptional(name):
			attrs[name] = cty.NullVal(ty.WithoutOptionalAttributesDeep())
		default:
			return cty.NilVal, cty.Path{}.NewErrorf("attribute %q is required", name)
		}
	}
	return cty.ObjectVal(attrs), nil
}

// under returns err as the error of a part of a value.
func under(step cty.PathStep, err error) error {
	if limit := (LimitError{}); errors.As(err, &limit) {
		return limit
	}
	path := cty.Path{step}
	if inner := (cty.PathError{}); errors.As(err, &inner) {
		path = append(path, inner.Path...)
	}
	return path.NewErrorf("%w", err)
}

// toFunc is a conversion such as tostring. Marks stay where they are in the value; stdlib's function moves them all to the
// result.
func toFunc(want cty.Type) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{
			Name: "v", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowDynamicType: true, AllowMarked: true,
		}},
		Type: func(args []cty.Value) (cty.Type, error) {
			got := args[0].Type()
			if !args[0].IsKnown() && !got.Equals(want) && convert.GetConversionUnsafe(got, want) == nil {
				return cty.NilType, cannotConvert(got, want)
			}
			return want, nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := Convert(args[0], want)
			if limit := (LimitError{}); errors.As(err, &limit) {
				return cty.NilVal, limit
			}
			if err != nil {
				// The error has no reason, because that quotes the value, which may be sensitive.
				return cty.NilVal, cannotConvert(args[0].Type(), want)
			}
			return v, nil
		},
	})
}

func cannotConvert(got, want cty.Type) error {
	return function.NewArgErrorf(0, "cannot convert %s to %s", got.FriendlyName(), want.FriendlyNameForConstraint())
}

// convertFunc takes as its second argument a type, written as for a variable, and not a value. Source:
// https://developer.hashicorp.com/terraform/language/functions/convert
func convertFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{
			anyValue()[0],
			{Name: "type", Type: customdecode.ExpressionClosureType},
		},
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(customdecode.ExpressionClosureFromVal(args[1]).Expression)
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgError(1, Steady(diags))
			}
			v := args[0]
			if raw, _ := v.Unmark(); defaults != nil && raw.IsKnown() && !raw.IsNull() {
				v = defaults.Apply(v)
			}
			got := v.Type()
			v, err := Convert(v, ty)
			if limit := (LimitError{}); errors.As(err, &limit) {
				return cty.NilVal, limit
			}
			if err != nil {
				return cty.NilVal, cannotConvert(got, ty)
			}
			return v, nil
		},
	})
}
