package lang

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func startswithFunc() function.Function {
	str := stringParam("str")
	str.AllowUnknown = true
	return function.New(&function.Spec{
		Params:       []function.Parameter{str, stringParam("prefix")},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			prefix := args[1].AsString()
			if args[0].IsKnown() {
				return cty.BoolVal(strings.HasPrefix(args[0].AsString(), prefix)), nil
			}
			start := args[0].Range().StringPrefix()
			switch {
			case strings.HasPrefix(start, prefix):
				return cty.True, nil
			case !strings.HasPrefix(prefix, start):
				return cty.False, nil
			}
			return cty.UnknownVal(cty.Bool), nil
		},
	})
}

func endswithFunc() function.Function {
	return stringTest("suffix", strings.HasSuffix)
}

func strcontainsFunc() function.Function {
	return stringTest("substr", strings.Contains)
}

func stringTest(param string, test func(s, arg string) bool) function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("str"), stringParam(param)},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(test(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// replaceFunc takes a pattern between slashes as a regular expression, which
// stdlib has as two functions, neither of which bounds its result. What it takes is checked before.
func replaceFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("str"), stringParam("substr"), stringParam("replace")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			str, old, with := args[0].AsString(), args[1].AsString(), args[2].AsString()
			if pattern, ok := patternIn(old); ok {
				s, err := replacePattern(str, pattern, with)
				return cty.StringVal(s), err
			}
			return cty.StringVal(strings.ReplaceAll(str, old, with)), nil
		},
	})
}

// patternIn returns the regular expression that stands between slashes.
func patternIn(s string) (string, bool) {
	if len(s) < 2 || s[0] != '/' || s[len(s)-1] != '/' {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// replacePattern is the ReplaceAllString of regexp, but stops when the result could become too long.
func replacePattern(str, pattern, with string) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", function.NewArgError(1, err)
	}
	references := float64(strings.Count(with, "$"))
	var out []byte
	end := 0
	for _, match := range re.FindAllStringSubmatchIndex(str, -1) {
		longest := float64(len(with)) + references*float64(match[1]-match[0])
		if err := checkStringBytes(float64(len(out)+match[0]-end) + longest); err != nil {
			return "", err
		}
		out = append(out, str[end:match[0]]...)
		out = re.ExpandString(out, with, str, match)
		end = match[1]
	}
	return string(append(out, str[end:]...)), nil
}
