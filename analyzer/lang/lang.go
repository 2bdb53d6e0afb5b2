// Package lang is the built-in functions of the Terraform language, as of
// Terraform 1.11: https://developer.hashicorp.com/terraform/language/functions.
//
// In come the files that functions may read, and out go functions for an
// [hcl.EvalContext]. Unlike Terraform's they are for values that may never
// become known, so the marks of the arguments are all on a result that is
// unknown, and for input that may be hostile, so results are bounded. The
// package knows nothing of where expressions stand or what they are for.
//
// [hcl.EvalContext]: https://pkg.go.dev/github.com/hashicorp/hcl/v2#EvalContext
package lang

import (
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/hashicorp/go-cty-funcs/collection"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// coreNamespace is the prefix under which each built-in function has a second
// name.
const coreNamespace = "core::"

// library makes the functions, which share what they may read.
type library struct {
	files      Files
	workingDir string

	// templateFunctions returns the functions that a template may call.
	templateFunctions func() map[string]function.Function
}

// Option changes what Functions returns.
type Option func(*library)

// WorkingDir says which directory Terraform would be run in, an absolute path,
// so that abspath knows its result for a relative path.
func WorkingDir(dir string) Option {
	return func(l *library) { l.workingDir = dir }
}

// Functions returns every built-in function by name, and again by its name in
// the core namespace, such as "core::length". The caller may change the map.
//
// A function returns an unknown value where the result can't be known before
// the configuration is applied (timestamp, plantimestamp, uuid, bcrypt), where
// it depends on the machine (pathexpand of a home directory, abspath without
// WorkingDir) and where files may not be read. It reports a LimitError where
// the result would exceed one of this package's limits, and try and can report
// it too.
func Functions(files Files, opts ...Option) map[string]function.Function {
	l := &library{files: files}
	for _, opt := range opts {
		opt(l)
	}
	all := l.functions()
	l.templateFunctions = sync.OnceValue(func() map[string]function.Function {
		inner := maps.Clone(all)
		for _, name := range []string{"templatefile", "templatestring"} {
			inner[name] = forbiddenInTemplate(name)
			inner[coreNamespace+name] = inner[name]
		}
		return inner
	})
	return maps.Clone(all)
}

// ProviderFunction returns a stand-in for a function of a provider, which only
// the provider's program knows: any arguments, and an unknown result of unknown
// type.
func ProviderFunction() function.Function {
	return wrap(function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "args", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowUnknown: true, AllowDynamicType: true,
		},
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return cty.DynamicVal, nil },
	}))
}

func forbiddenInTemplate(name string) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "args", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		},
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.NilVal, fmt.Errorf("cannot recursively call %s from inside another template function", name)
		},
	})
}

func (l *library) functions() map[string]function.Function {
	// These evaluate their arguments themselves, or are about marks.
	all := map[string]function.Function{
		"can":             canFunc(),
		"ephemeralasnull": ephemeralasnullFunc(),
		"issensitive":     issensitiveFunc(),
		"nonsensitive":    nonsensitiveFunc(),
		"sensitive":       sensitiveFunc(),
		"try":             tryFunc(),
	}
	for name, f := range map[string]function.Function{
		"abs":              stdlib.AbsoluteFunc,
		"abspath":          l.abspathFunc(),
		"alltrue":          alltrueFunc(),
		"anytrue":          anytrueFunc(),
		"base64decode":     base64decodeFunc(),
		"base64encode":     refined(encoding.Base64EncodeFunc),
		"base64gzip":       base64gzipFunc(),
		"base64sha256":     digestFunc(sha256Base64),
		"base64sha512":     digestFunc(sha512Base64),
		"basename":         basenameFunc(),
		"bcrypt":           bcryptFunc(),
		"ceil":             stdlib.CeilFunc,
		"chomp":            stdlib.ChompFunc,
		"chunklist":        stdlib.ChunklistFunc,
		"cidrhost":         cidrhostFunc(),
		"cidrnetmask":      cidrnetmaskFunc(),
		"cidrsubnet":       cidrsubnetFunc(),
		"cidrsubnets":      cidrsubnetsFunc(),
		"coalesce":         refined(collection.CoalesceFunc),
		"coalescelist":     stdlib.CoalesceListFunc,
		"compact":          stdlib.CompactFunc,
		"concat":           guarded(stdlib.ConcatFunc, checkTotalLength),
		"contains":         stdlib.ContainsFunc,
		"csvdecode":        guarded(stdlib.CSVDecodeFunc, checkCSV),
		"dirname":          dirnameFunc(),
		"distinct":         distinctFunc(),
		"element":          stdlib.ElementFunc,
		"endswith":         endswithFunc(),
		"file":             l.fileFunc(),
		"filebase64":       l.filebase64Func(),
		"filebase64sha256": l.contentFunc(sha256Base64),
		"filebase64sha512": l.contentFunc(sha512Base64),
		"fileexists":       l.fileexistsFunc(),
		"filemd5":          l.contentFunc(md5Hex),
		"fileset":          l.filesetFunc(),
		"filesha1":         l.contentFunc(sha1Hex),
		"filesha256":       l.contentFunc(sha256Hex),
		"filesha512":       l.contentFunc(sha512Hex),
		"flatten":          guarded(stdlib.FlattenFunc, checkFlatten),
		"floor":            stdlib.FloorFunc,
		"format":           guarded(stdlib.FormatFunc, checkFormat),
		"formatdate":       stdlib.FormatDateFunc,
		"formatlist":       guarded(stdlib.FormatListFunc, checkFormatList),
		"indent":           guarded(stdlib.IndentFunc, checkIndent),
		"index":            indexFunc(),
		"join":             guarded(stdlib.JoinFunc, checkJoin),
		"jsondecode":       guarded(stdlib.JSONDecodeFunc, checkJSON),
		"jsonencode":       guarded(stdlib.JSONEncodeFunc, checkValues),
		"keys":             stdlib.KeysFunc,
		"length":           lengthFunc(),
		"log":              stdlib.LogFunc,
		"lookup":           lookupFunc(),
		"lower":            stdlib.LowerFunc,
		"matchkeys":        matchkeysFunc(),
		"max":              stdlib.MaxFunc,
		"md5":              digestFunc(md5Hex),
		"merge":            guarded(stdlib.MergeFunc, checkTotalLength),
		"min":              stdlib.MinFunc,
		"one":              oneFunc(),
		"parseint":         guarded(stdlib.ParseIntFunc, checkDigits),
		"pathexpand":       pathexpandFunc(),
		"plantimestamp":    unpredictable(nil),
		"pow":              stdlib.PowFunc,
		"range":            stdlib.RangeFunc,
		"regex":            guarded(stdlib.RegexFunc, checkRegex),
		"regexall":         guarded(stdlib.RegexAllFunc, checkRegexAll),
		"replace":          replaceFunc(),
		"reverse":          stdlib.ReverseListFunc,
		"rsadecrypt":       rsadecryptFunc(),
		"setintersection":  stdlib.SetIntersectionFunc,
		"setproduct":       guarded(stdlib.SetProductFunc, checkProduct),
		"setsubtract":      stdlib.SetSubtractFunc,
		"setunion":         stdlib.SetUnionFunc,
		"sha1":             digestFunc(sha1Hex),
		"sha256":           digestFunc(sha256Hex),
		"sha512":           digestFunc(sha512Hex),
		"signum":           stdlib.SignumFunc,
		"slice":            stdlib.SliceFunc,
		"sort":             stdlib.SortFunc,
		"split":            guarded(stdlib.SplitFunc, checkSplit),
		"startswith":       startswithFunc(),
		"strcontains":      strcontainsFunc(),
		"strrev":           stdlib.ReverseFunc,
		"substr":           stdlib.SubstrFunc,
		"sum":              sumFunc(),
		"templatefile":     l.templatefileFunc(),
		"templatestring":   l.templatestringFunc(),
		"textdecodebase64": textdecodebase64Func(),
		"textencodebase64": textencodebase64Func(),
		"timeadd":          stdlib.TimeAddFunc,
		"timecmp":          timecmpFunc(),
		"timestamp":        unpredictable(nil),
		"title":            stdlib.TitleFunc,
		"tobool":           toFunc(cty.Bool),
		"tolist":           toFunc(cty.List(cty.DynamicPseudoType)),
		"tomap":            toFunc(cty.Map(cty.DynamicPseudoType)),
		"tonumber":         guarded(toFunc(cty.Number), checkDigits),
		"toset":            toFunc(cty.Set(cty.DynamicPseudoType)),
		"tostring":         toFunc(cty.String),
		"transpose":        transposeFunc(),
		"trim":             guarded(stdlib.TrimFunc, checkTrim),
		"trimprefix":       stdlib.TrimPrefixFunc,
		"trimspace":        stdlib.TrimSpaceFunc,
		"trimsuffix":       stdlib.TrimSuffixFunc,
		"upper":            stdlib.UpperFunc,
		"urlencode":        refined(encoding.URLEncodeFunc),
		"uuid":             unpredictable(nil),
		"uuidv5":           refined(uuid.V5Func),
		"values":           stdlib.ValuesFunc,
		"yamldecode":       guarded(yaml.YAMLDecodeFunc, checkYAML),
		"yamlencode":       guarded(yaml.YAMLEncodeFunc, checkValues),
		"zipmap":           stdlib.ZipmapFunc,
	} {
		all[name] = wrap(f)
	}
	both := make(map[string]function.Function, 2*len(all))
	for name, f := range all {
		both[name] = f
		both[coreNamespace+name] = f
	}
	return both
}

// notNull refines the result of a function that never returns null.
func notNull(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() }

// wrap returns f with what every function of this package does: all the marks
// of its arguments are on an unknown result, since cty loses those of arguments
// whose marks f handles itself; numbers and its result are bounded; and a panic,
// which cty turns into an error with a stack trace, is an ordinary error.
func wrap(f function.Function) function.Function {
	return delegate(f, func(args []cty.Value) (cty.Value, error) {
		if err := checkNumbers(args); err != nil {
			return cty.NilVal, err
		}
		v, err := f.Call(args)
		if panicked := (function.PanicError{}); errors.As(err, &panicked) {
			return cty.NilVal, errors.New("the function doesn't support these arguments")
		}
		if err != nil {
			return cty.NilVal, err
		}
		if err := checkResult(v); err != nil {
			return cty.NilVal, err
		}
		if v.IsKnown() {
			return v, nil
		}
		for _, arg := range args {
			v = v.WithMarks(deepMarks(arg))
		}
		return v, nil
	})
}

// guarded returns f with a check of its arguments before they are used. They
// may be null, unknown or marked.
func guarded(f function.Function, check func(args []cty.Value) error) function.Function {
	return delegate(f, func(args []cty.Value) (cty.Value, error) {
		if err := check(args); err != nil {
			return cty.NilVal, err
		}
		return f.Call(args)
	})
}

// refined returns f, which never returns null, so that it says so of an unknown
// result too.
func refined(f function.Function) function.Function {
	return delegate(f, func(args []cty.Value) (cty.Value, error) {
		v, err := f.Call(args)
		if err != nil || v.IsKnown() {
			return v, err
		}
		return v.RefineNotNull(), nil
	})
}

// delegate returns a function with the parameters of f. It decides nothing on
// its own, neither the type of the result nor anything about the arguments, so
// that call sees them as they are.
func delegate(f function.Function, call func(args []cty.Value) (cty.Value, error)) function.Function {
	open := func(p *function.Parameter) {
		p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
	}
	params, varParam := f.Params(), f.VarParam()
	for i := range params {
		open(&params[i])
	}
	if varParam != nil {
		open(varParam)
	}
	return function.New(&function.Spec{
		Params:   params,
		VarParam: varParam,
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl:     func(args []cty.Value, _ cty.Type) (cty.Value, error) { return call(args) },
	})
}
