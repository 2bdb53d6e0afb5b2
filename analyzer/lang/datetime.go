package lang

import (
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func timecmpFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("timestamp_a"), stringParam("timestamp_b")},
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var times [2]time.Time
			for i, arg := range args {
				// Unlike the other functions of time, this one reads what Go's
				// own parser admits beyond RFC 3339.
				t, err := time.Parse(time.RFC3339, arg.AsString())
				if err != nil {
					return cty.NilVal, function.NewArgErrorf(i, "not a valid RFC 3339 timestamp: %w", err)
				}
				times[i] = t
			}
			return cty.NumberIntVal(int64(times[0].Compare(times[1]))), nil
		},
	})
}

// unpredictable returns a function whose result no analysis can know: a string that is not null.
func unpredictable(varParam *function.Parameter, params ...function.Parameter) function.Function {
	return function.New(&function.Spec{
		Params:       params,
		VarParam:     varParam,
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.UnknownVal(cty.String), nil
		},
	})
}

// bcryptFunc returns an unknown text, since the result contains a random salt.
func bcryptFunc() function.Function {
	cost := numberParam("cost")
	return unpredictable(&cost, stringParam("str"))
}
