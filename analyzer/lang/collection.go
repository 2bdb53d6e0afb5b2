package lang

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func isSequence(ty cty.Type) bool {
	return ty.IsListType() || ty.IsSetType() || ty.IsTupleType()
}

func alltrueFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for it := args[0].ElementIterator(); it.Next(); {
				switch _, v := it.Element(); {
				case !v.IsKnown():
					return cty.UnknownVal(cty.Bool), nil
				case v.IsNull() || v.False():
					return cty.False, nil
				}
			}
			return cty.True, nil
		},
	})
}

func anytrueFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			result := cty.False
			for it := args[0].ElementIterator(); it.Next(); {
				switch _, v := it.Element(); {
				case !v.IsKnown():
					result = cty.UnknownVal(cty.Bool)
				case !v.IsNull() && v.True():
					return cty.True, nil
				}
			}
			return result, nil
		},
	})
}

// coalesceFunc returns an unknown argument if that argument is surely neither null nor empty.
func coalesceFunc() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "vals", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			types := make([]cty.Type, len(args))
			for i, arg := range args {
				types[i] = arg.Type()
			}
			ty, _ := convert.UnifyUnsafe(types)
			if ty == cty.NilType {
				return cty.NilType, errors.New("all arguments must have the same type")
			}
			return ty, nil
		},
		RefineResult: notNull,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			all := ownMarks(args...) // also those of arguments that aren't the result
			for i, arg := range args {
				v, err := convert.Convert(arg, retType)
				if err != nil {
					return cty.NilVal, function.NewArgError(i, err)
				}
				raw, _ := v.Unmark()
				switch {
				case !raw.IsKnown() && !filled(v):
					return cty.UnknownVal(retType), nil // see builtin.unknown
				case raw.IsKnown() && (raw.IsNull() || retType == cty.String && raw.AsString() == ""):
					continue
				}
				return v.WithMarks(all), nil
			}
			return cty.NilVal, errors.New("no non-null, non-empty-string arguments")
		},
	})
}

// ownMarks returns the language's own marks of values and their parts.
func ownMarks(values ...cty.Value) cty.ValueMarks {
	own := cty.ValueMarks{}
	for mark := range deepMarks(cty.TupleVal(values)) {
		if _, ok := mark.(Mark); ok {
			own[mark] = struct{}{}
		}
	}
	return own
}

// compactFunc is cty's compact, which also keeps unknown elements that are surely neither null nor empty.
func compactFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{{Name: "list", Type: cty.List(cty.String), AllowMarked: true}},
		Type:         function.StaticReturnType(cty.List(cty.String)),
		RefineResult: notNull,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			list, marks := args[0].Unmark()
			var out []cty.Value
			for it := list.ElementIterator(); it.Next(); {
				_, e := it.Element()
				raw, _ := e.Unmark()
				switch {
				case !raw.IsKnown() && !filled(e):
					return cty.UnknownVal(retType), nil // see builtin.unknown
				case raw.IsKnown() && (raw.IsNull() || raw.AsString() == ""):
				default:
					out = append(out, e)
				}
			}
			result := cty.ListValEmpty(cty.String)
			if len(out) > 0 {
				result = cty.ListVal(out)
			}
			return result.WithMarks(marks, ownMarks(args[0])), nil
		},
	})
}

// coalescelistFunc is cty's coalescelist for lists whose elements have marks.
func coalescelistFunc() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "vals", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		},
		Type: stdlib.CoalesceListFunc.ReturnTypeForValues,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			for _, arg := range args {
				switch raw, _ := arg.Unmark(); {
				case !raw.IsKnown():
					return cty.UnknownVal(retType), nil // see builtin.unknown
				case !raw.IsNull() && raw.LengthInt() > 0:
					return arg.WithMarks(ownMarks(args...)), nil
				}
			}
			return cty.NilVal, errors.New("no non-null arguments")
		},
	})
}

// flattenFunc is cty's flatten for values with marks: cty takes an element of an unknown type for a single element if it has any.
func flattenFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if uncounted(args[0]) {
				return cty.DynamicPseudoType, nil
			}
			v, err := stdlib.Flatten(args[0])
			return v.Type(), err
		},
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if uncounted(args[0]) {
				return cty.DynamicVal, nil
			}
			return stdlib.Flatten(args[0])
		},
	})
}

// uncounted reports whether a value is, or has among the elements of its lists, an unknown value that may be a list.
func uncounted(v cty.Value) bool {
	v, _ = v.Unmark()
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return ty == cty.DynamicPseudoType || ty.IsListType() || ty.IsSetType() || ty.IsTupleType()
	case v.IsNull() || !ty.IsListType() && !ty.IsSetType() && !ty.IsTupleType():
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, e := it.Element(); uncounted(e) {
			return true
		}
	}
	return false
}

// distinctFunc compares by hash where it can. The one of stdlib compares each pair, which takes seconds for a list of 4,096
// prefixes.
func distinctFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{{Name: "list", Type: cty.List(cty.DynamicPseudoType)}},
		Type:         sameType,
		RefineResult: notNull,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			if !args[0].IsWhollyKnown() || retType.ElementType() == cty.DynamicPseudoType {
				return stdlib.Distinct(args[0])
			}
			seen := cty.NewValueSet(retType.ElementType())
			var kept []cty.Value
			for it := args[0].ElementIterator(); it.Next(); {
				if _, v := it.Element(); !seen.Has(v) {
					seen.Add(v)
					kept = append(kept, v)
				}
			}
			if len(kept) == 0 {
				return cty.ListValEmpty(retType.ElementType()), nil
			}
			return cty.ListVal(kept), nil
		},
	})
}

func indexFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "list", Type: cty.DynamicPseudoType},
			{Name: "value", Type: cty.DynamicPseudoType},
		},
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if ty := args[0].Type(); !ty.IsListType() && !ty.IsTupleType() {
				return cty.NilVal, function.NewArgErrorf(0, "must be a list or tuple")
			}
			if args[0].LengthInt() == 0 {
				return cty.NilVal, function.NewArgErrorf(0, "cannot search an empty list")
			}
			for it := args[0].ElementIterator(); it.Next(); {
				i, v := it.Element()
				switch eq := args[1].Equals(v); {
				case !eq.IsKnown():
					return cty.UnknownVal(cty.Number), nil
				case eq.True():
					return i, nil
				}
			}
			return cty.NilVal, errors.New("item not found")
		},
	})
}

// lengthFunc also counts attributes and characters; a character is a grapheme cluster.
func lengthFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{
			Name: "value", Type: cty.DynamicPseudoType,
			AllowDynamicType: true, AllowUnknown: true, AllowMarked: true,
		}},
		Type: func(args []cty.Value) (cty.Type, error) {
			ty := args[0].Type()
			if ty == cty.String || ty == cty.DynamicPseudoType || ty.IsCollectionType() || ty.IsTupleType() || ty.IsObjectType() {
				return cty.Number, nil
			}
			return cty.NilType, function.NewArgErrorf(0, "argument must be a string, a collection type, or a structural type")
		},
		RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder {
			return b.NotNull().NumberRangeLowerBound(cty.Zero, true)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, marks := args[0].Unmark()
			var n cty.Value
			switch ty := v.Type(); {
			case ty == cty.DynamicPseudoType:
				n = cty.UnknownVal(cty.Number)
			case ty == cty.String:
				var err error
				if n, err = stdlib.Strlen(v); err != nil {
					return cty.NilVal, err
				}
			case ty.IsObjectType():
				n = cty.NumberIntVal(int64(len(ty.AttributeTypes())))
			case ty.IsTupleType():
				n = cty.NumberIntVal(int64(ty.Length()))
			default:
				n = v.Length()
			}
			return n.WithMarks(marks), nil
		},
	})
}

// lookupFunc has an optional default; the one of stdlib requires it.
func lookupFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "inputMap", Type: cty.DynamicPseudoType, AllowMarked: true},
			{Name: "key", Type: cty.String, AllowMarked: true},
		},
		VarParam: &function.Parameter{
			Name: "default", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		},
		Type: lookupType,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			key, keyMarks := args[1].Unmark()
			m, mapMarks := with(args[0], key.AsString()).Unmark()
			var found cty.Value
			switch {
			case m.Type().IsObjectType() && m.Type().HasAttribute(key.AsString()):
				found = m.GetAttr(key.AsString())
			case m.Type().IsMapType() && m.HasIndex(key).True():
				found = m.Index(key)
			case len(args) == 3:
				def, err := convert.Convert(args[2], retType)
				if err != nil {
					return cty.NilVal, function.NewArgError(2, err)
				}
				found = def
			default:
				return cty.NilVal, fmt.Errorf("lookup failed to find key %q", key.AsString())
			}
			return found.WithMarks(mapMarks, keyMarks), nil
		},
	})
}

func lookupType(args []cty.Value) (cty.Type, error) {
	if len(args) > 3 {
		return cty.NilType, fmt.Errorf("lookup() takes two or three arguments, got %d", len(args))
	}
	key, _ := args[1].Unmark()
	switch ty := withKey(args[0], key).Type(); {
	case ty == cty.DynamicPseudoType:
		return ty, nil
	case ty.IsObjectType():
		switch {
		case !key.IsKnown():
			return cty.DynamicPseudoType, nil
		case ty.HasAttribute(key.AsString()):
			return ty.AttributeType(key.AsString()), nil
		case len(args) == 3:
			return args[2].Type(), nil
		}
		return cty.NilType, function.NewArgErrorf(0, "the given object has no attribute %q", key.AsString())
	case ty.IsMapType():
		if len(args) == 3 {
			if _, err := convert.Convert(args[2], ty.ElementType()); err != nil {
				return cty.NilType, function.NewArgErrorf(2, "the default value must have the same type as the map elements")
			}
		}
		return ty.ElementType(), nil
	}
	return cty.NilType, function.NewArgErrorf(0, "lookup() requires a map as the first argument")
}

func matchkeysFunc() function.Function {
	anyList := cty.List(cty.DynamicPseudoType)
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "values", Type: anyList},
			{Name: "keys", Type: anyList},
			{Name: "searchset", Type: anyList},
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			if ty, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); ty == cty.NilType {
				return cty.NilType, errors.New("keys and searchset must be of the same type")
			}
			return args[0].Type(), nil
		},
		RefineResult: notNull,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			values, keys, search := args[0], args[1], args[2]
			if values.LengthInt() != keys.LengthInt() {
				return cty.NilVal, errors.New("length of keys and values should be equal")
			}
			ty, _ := convert.UnifyUnsafe([]cty.Type{keys.Type(), search.Type()})
			keys, err := convert.Convert(keys, ty)
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			if search, err = convert.Convert(search, ty); err != nil {
				return cty.NilVal, function.NewArgError(2, err)
			}
			wanted, unknown := knownElements(search)
			var kept []cty.Value
			for it := keys.ElementIterator(); it.Next(); {
				i, key := it.Element()
				if !key.IsWhollyKnown() || (unknown && !wanted.Has(key)) {
					// Whether this element matches decides all following indices.
					return cty.UnknownVal(retType), nil
				}
				if wanted.Has(key) {
					kept = append(kept, values.Index(i))
				}
			}
			if len(kept) == 0 {
				return cty.ListValEmpty(retType.ElementType()), nil
			}
			return cty.ListVal(kept), nil
		},
	})
}

// knownElements returns the wholly known elements of a list as a set, and whether the list has others.
func knownElements(list cty.Value) (set cty.ValueSet, unknown bool) {
	set = cty.NewValueSet(list.Type().ElementType())
	for it := list.ElementIterator(); it.Next(); {
		_, v := it.Element()
		if !v.IsWhollyKnown() {
			unknown = true
			continue
		}
		set.Add(v)
	}
	return set, unknown
}

// mergeFunc takes into account that an open object has further attributes, which hide those of earlier objects.
func mergeFunc() function.Function {
	spec := &function.Spec{VarParam: stdlib.MergeFunc.VarParam()}
	hidden := func(args []cty.Value) []cty.Value {
		out := slices.Clone(args)
		for i, arg := range args {
			if !IsOpen(arg) {
				continue
			}
			for j, before := range out[:i] {
				raw, marks := before.Unmark()
				if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
					continue
				}
				attrs := raw.AsValueMap()
				for name := range attrs {
					if a, ok := attribute(arg, name); ok {
						attrs[name] = cty.DynamicVal.WithMarks(derived(deepMarks(a)))
					}
				}
				if len(attrs) > 0 {
					out[j] = cty.ObjectVal(attrs).WithMarks(marks)
				}
			}
		}
		return out
	}
	spec.Type = func(args []cty.Value) (cty.Type, error) { return stdlib.MergeFunc.ReturnTypeForValues(hidden(args)) }
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) { return stdlib.MergeFunc.Call(hidden(args)) }
	return function.New(spec)
}

func oneFunc() function.Function {
	tooMany := func() error {
		return function.NewArgErrorf(0, "must be a list, set, or tuple value with either zero or one elements")
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			switch ty := args[0].Type(); {
			case ty.IsListType() || ty.IsSetType():
				return ty.ElementType(), nil
			case ty.IsTupleType() && ty.Length() == 0:
				return cty.DynamicPseudoType, nil
			case ty.IsTupleType() && ty.Length() == 1:
				return ty.TupleElementType(0), nil
			}
			return cty.NilType, tooMany()
		},
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			n := args[0].Length()
			if !n.IsKnown() {
				// A set with unknown elements may still shrink to one.
				return cty.UnknownVal(retType), nil
			}
			switch {
			case n.RawEquals(cty.Zero):
				return cty.NullVal(retType), nil
			case n.RawEquals(cty.NumberIntVal(1)):
				it := args[0].ElementIterator()
				it.Next()
				_, v := it.Element()
				return v, nil
			}
			return cty.NilVal, tooMany()
		},
	})
}

func sumFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !isSequence(args[0].Type()) {
				return cty.NilVal, function.NewArgErrorf(0, "argument must be list, set, or tuple, not %s", args[0].Type().FriendlyName())
			}
			if !args[0].IsWhollyKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			if args[0].LengthInt() == 0 {
				return cty.NilVal, function.NewArgErrorf(0, "cannot sum an empty list")
			}
			total := cty.Zero
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				n, err := convert.Convert(v, cty.Number)
				if err != nil || n.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "argument must be list, set, or tuple of number values")
				}
				total = total.Add(n)
			}
			return total, nil
		},
	})
}

func transposeFunc() function.Function {
	ty := cty.Map(cty.List(cty.String))
	return function.New(&function.Spec{
		Params:       []function.Parameter{{Name: "values", Type: ty}},
		Type:         function.StaticReturnType(ty),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !args[0].IsWhollyKnown() {
				return cty.UnknownVal(ty), nil
			}
			keys := make(map[string][]cty.Value)
			for it := args[0].ElementIterator(); it.Next(); {
				key, values := it.Element()
				if values.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "must not contain null lists")
				}
				for it := values.ElementIterator(); it.Next(); {
					_, v := it.Element()
					if v.IsNull() {
						return cty.NilVal, function.NewArgErrorf(0, "must not contain null strings")
					}
					// Keys come in order, so the new lists are sorted.
					keys[v.AsString()] = append(keys[v.AsString()], key)
				}
			}
			if len(keys) == 0 {
				return cty.MapValEmpty(cty.List(cty.String)), nil
			}
			out := make(map[string]cty.Value, len(keys))
			for k, list := range keys {
				out[k] = cty.ListVal(list)
			}
			return cty.MapVal(out), nil
		},
	})
}
