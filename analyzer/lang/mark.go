package lang

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Mark is the type of the cty marks that the language's functions read and write. Marks of other types pass through every
// function.
type Mark int

const (
	// Sensitive marks what the user declared sensitive; see the pages "sensitive", "nonsensitive" and "issensitive" of the
	// Terraform language.
	Sensitive Mark = iota + 1

	// Ephemeral marks what exists only while Terraform runs, such as an ephemeral variable; see the page "ephemeralasnull".
	Ephemeral
)

// String returns Terraform's word for the mark.
func (m Mark) String() string {
	switch m {
	case Sensitive:
		return "sensitive"
	case Ephemeral:
		return "ephemeral"
	}
	return "invalid mark"
}

// anyValue returns the parameter of the functions that are about marks.
func anyValue() []function.Parameter {
	return []function.Parameter{{
		Name: "value", Type: cty.DynamicPseudoType,
		AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
	}}
}

func sameType(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil }

func sensitiveFunc() function.Function {
	return function.New(&function.Spec{
		Params: anyValue(),
		Type:   sameType,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return args[0].Mark(Sensitive), nil
		},
	})
}

func nonsensitiveFunc() function.Function {
	return function.New(&function.Spec{
		Params: anyValue(),
		Type:   sameType,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, marks := args[0].Unmark()
			return v.WithMarks(without(marks, Sensitive)), nil
		},
	})
}

func issensitiveFunc() function.Function {
	return function.New(&function.Spec{
		Params:       anyValue(),
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, marks := args[0].Unmark()
			switch {
			case args[0].HasMark(Sensitive):
				return cty.True, nil
			case !v.IsKnown():
				// The final value may turn out to be sensitive.
				return cty.UnknownVal(cty.Bool).WithMarks(marks), nil
			}
			return cty.False, nil
		},
	})
}

func (l *library) ephemeralasnullFunc() function.Function {
	return function.New(&function.Spec{
		Params: anyValue(),
		Type:   sameType,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if stop, err := charge(l.budget, args, valuesPerStep); stop || err != nil {
				return cty.UnknownVal(args[0].Type()), err
			}
			return cty.Transform(args[0], func(_ cty.Path, v cty.Value) (cty.Value, error) {
				if !v.HasMark(Ephemeral) {
					return v, nil
				}
				v, marks := v.Unmark()
				return cty.NullVal(v.Type()).WithMarks(without(marks, Ephemeral)), nil
			})
		},
	})
}

// without returns a copy of marks that lacks m.
func without(marks cty.ValueMarks, m Mark) cty.ValueMarks {
	rest := make(cty.ValueMarks, len(marks))
	for mark := range marks {
		if mark != m {
			rest[mark] = struct{}{}
		}
	}
	return rest
}
