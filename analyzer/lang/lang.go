// Package lang is the built-in functions of the Terraform language, as of
// Terraform 1.15 and OpenTofu 1.12: https://developer.hashicorp.com/terraform/language/functions
// and https://opentofu.org/docs/language/functions/.
//
// In come the files that functions may read, and out go functions for an
// [hcl.EvalContext]. Unlike Terraform's they are for values that may never
// become known, so the marks of the arguments are all on a result that is
// unknown, and for input that may be hostile, so results are bounded. The
// package knows nothing of where expressions stand or what they are for.
//
// # How it works
//
// Most functions are go-cty's or Terraform's own libraries', in one table with what is checked before each call: how much
// its arguments weigh, and how much its result may. [Instrument] charges loops and templates in the same way.
//
// # Example
//
// With x unknown, concat(["10.0.0.0/8"], x) is unknown and carries the marks of x; upper(x) does, too. For
// range(1, 1000000000) the check fails before a list is made.
//
// [hcl.EvalContext]: https://pkg.go.dev/github.com/hashicorp/hcl/v2#EvalContext
package lang

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// CoreNamespace is the prefix under which each built-in function has a second
// name.
const CoreNamespace = "core::"

// library makes the functions. They share what they may read.
type library struct {
	files      Files
	workingDir string
	budget     Budget // nil if there is none

	// templateFunctions returns the functions that a template may call.
	templateFunctions func() map[string]function.Function
}

// Option changes what Functions returns.
type Option func(*library)

// WorkingDir sets the directory, an absolute path, that Terraform would run in. With it, abspath knows its result for a
// relative path.
func WorkingDir(dir string) Option {
	return func(l *library) { l.workingDir = dir }
}

// WithBudget sets the budget that the functions are charged to.
func WithBudget(b Budget) Option {
	return func(l *library) { l.budget = b }
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
			inner[CoreNamespace+name] = inner[name]
		}
		return inner
	})
	return maps.Clone(all)
}

// ProviderFunction returns a stand-in for a provider's function, whose meaning only the provider's program knows. It takes any
// arguments, and its result is unknown and of unknown type.
func ProviderFunction() function.Function {
	return (&library{}).wrap(builtin{f: function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "args", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowUnknown: true, AllowDynamicType: true,
		},
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return cty.DynamicVal, nil },
	})})
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
	// These functions evaluate their arguments themselves, or are about marks.
	every := map[string]function.Function{
		"can":             canFunc(),
		"convert":         convertFunc(),
		"ephemeralasnull": l.ephemeralasnullFunc(),
		"issensitive":     issensitiveFunc(),
		"nonsensitive":    nonsensitiveFunc(),
		"sensitive":       sensitiveFunc(),
		"try":             tryFunc(),
	}
	for name, f := range map[string]builtin{
		"abs":              {f: stdlib.AbsoluteFunc},
		"abspath":          {f: l.abspathFunc()},
		"alltrue":          {f: alltrueFunc()},
		"anytrue":          {f: anytrueFunc()},
		"base64decode":     {f: base64decodeFunc()},
		"base64encode":     {f: encoding.Base64EncodeFunc, notNull: true},
		"base64gunzip":     {f: base64gunzipFunc()},
		"base64gzip":       {f: base64gzipFunc()},
		"base64sha256":     {f: digestFunc(sha256Base64)},
		"base64sha512":     {f: digestFunc(sha512Base64)},
		"basename":         {f: basenameFunc()},
		"bcrypt":           {f: bcryptFunc(), impure: true},
		"ceil":             {f: stdlib.CeilFunc},
		"chomp":            {f: stdlib.ChompFunc},
		"chunklist":        {f: stdlib.ChunklistFunc, passes: first, fresh: true},
		"cidrcontains":     {f: cidrcontainsFunc()},
		"cidrhost":         {f: cidrhostFunc()},
		"cidrnetmask":      {f: cidrnetmaskFunc()},
		"cidrsubnet":       {f: cidrsubnetFunc()},
		"cidrsubnets":      {f: cidrsubnetsFunc(), fresh: true},
		"coalesce":         {f: coalesceFunc(), passes: all, picks: true, open: true},
		"coalescelist":     {f: coalescelistFunc(), passes: all},
		"compact":          {f: compactFunc(), passes: first},
		"concat":           {f: stdlib.ConcatFunc, check: checkTotalLength, passes: all, whole: true},
		"contains":         {f: stdlib.ContainsFunc},
		"csvdecode":        {f: stdlib.CSVDecodeFunc, check: checkCSV, fresh: true},
		"dirname":          {f: dirnameFunc()},
		"distinct":         {f: distinctFunc(), passes: first, whole: true},
		"element":          {f: stdlib.ElementFunc, passes: first, picks: true, passing: true},
		"endswith":         {f: endswithFunc()},
		"file":             {f: l.fileFunc()},
		"filebase64":       {f: l.filebase64Func()},
		"filebase64sha256": {f: l.contentFunc(sha256Base64)},
		"filebase64sha512": {f: l.contentFunc(sha512Base64)},
		"fileexists":       {f: l.fileexistsFunc()},
		"filemd5":          {f: l.contentFunc(md5Hex)},
		"fileset":          {f: l.filesetFunc()},
		"filesha1":         {f: l.contentFunc(sha1Hex)},
		"filesha256":       {f: l.contentFunc(sha256Hex)},
		"filesha512":       {f: l.contentFunc(sha512Hex)},
		"flatten":          {f: flattenFunc(), check: checkFlatten, passes: all, whole: true},
		"floor":            {f: stdlib.FloorFunc},
		"format":           {f: stdlib.FormatFunc, check: checkFormat, same: formatsOne},
		"formatdate":       {f: stdlib.FormatDateFunc},
		"formatlist":       {f: stdlib.FormatListFunc, check: checkFormatList, fresh: true},
		"indent":           {f: stdlib.IndentFunc, check: checkIndent},
		"index":            {f: indexFunc()},
		"join":             {f: stdlib.JoinFunc, check: checkJoin, same: joinsOne},
		"jsondecode":       {f: stdlib.JSONDecodeFunc, check: checkJSON, deep: true},
		"jsonencode":       {f: stdlib.JSONEncodeFunc, check: checkValues},
		"keys":             {f: stdlib.KeysFunc},
		"length":           {f: lengthFunc(), passing: true},
		"log":              {f: stdlib.LogFunc},
		"lookup":           {f: lookupFunc(), passes: found, picks: true, open: true, passing: true},
		"lower":            {f: stdlib.LowerFunc},
		"matchkeys":        {f: matchkeysFunc(), passes: first},
		"max":              {f: stdlib.MaxFunc},
		"md5":              {f: digestFunc(md5Hex)},
		"merge":            {f: mergeFunc(), check: checkTotalLength, passes: all, open: true},
		"min":              {f: stdlib.MinFunc},
		"one":              {f: oneFunc(), passes: first, picks: true, passing: true},
		"parseint":         {f: stdlib.ParseIntFunc, check: checkDigits},
		"pathexpand":       {f: pathexpandFunc()},
		"plantimestamp":    {f: unpredictable(nil), impure: true},
		"pow":              {f: stdlib.PowFunc},
		"range":            {f: stdlib.RangeFunc},
		"regex":            {f: stdlib.RegexFunc, check: checkRegex},
		"regexall":         {f: stdlib.RegexAllFunc, check: checkRegexAll, fresh: true},
		"replace":          {f: replaceFunc(), check: checkReplace},
		"reverse":          {f: stdlib.ReverseListFunc, passes: first, whole: true},
		"rsadecrypt":       {f: rsadecryptFunc()},
		"setintersection":  {f: stdlib.SetIntersectionFunc, passes: first},
		"setproduct":       {f: stdlib.SetProductFunc, check: checkProduct, passes: all, fresh: true},
		"setsubtract":      {f: stdlib.SetSubtractFunc, passes: first},
		"setunion":         {f: stdlib.SetUnionFunc, passes: all, whole: true},
		"sha1":             {f: digestFunc(sha1Hex)},
		"sha256":           {f: digestFunc(sha256Hex)},
		"sha512":           {f: digestFunc(sha512Hex)},
		"signum":           {f: stdlib.SignumFunc},
		"slice":            {f: stdlib.SliceFunc, passes: first},
		"sort":             {f: stdlib.SortFunc, passes: first, whole: true},
		"split":            {f: stdlib.SplitFunc, check: checkSplit, fresh: true},
		"startswith":       {f: startswithFunc()},
		"strcontains":      {f: strcontainsFunc()},
		"strrev":           {f: stdlib.ReverseFunc},
		"substr":           {f: stdlib.SubstrFunc},
		"sum":              {f: sumFunc()},
		"templatefile":     {f: l.templatefileFunc()},
		"templatestring":   {f: l.templatestringFunc()},
		"textdecodebase64": {f: textdecodebase64Func()},
		"textencodebase64": {f: textencodebase64Func()},
		"timeadd":          {f: stdlib.TimeAddFunc},
		"timecmp":          {f: timecmpFunc()},
		"timestamp":        {f: unpredictable(nil), impure: true},
		"title":            {f: stdlib.TitleFunc},
		"tobool":           {f: toFunc(cty.Bool), passes: first, whole: true, picks: true},
		"tolist":           {f: toFunc(cty.List(cty.DynamicPseudoType)), passes: first, whole: true, picks: true},
		"tomap":            {f: toFunc(cty.Map(cty.DynamicPseudoType)), passes: first, whole: true, picks: true},
		"tonumber":         {f: toFunc(cty.Number), check: checkDigits, passes: first, whole: true, picks: true},
		"toset":            {f: toFunc(cty.Set(cty.DynamicPseudoType)), passes: first, whole: true, picks: true},
		"tostring":         {f: toFunc(cty.String), passes: first, whole: true, picks: true},
		"transpose":        {f: transposeFunc()},
		"trim":             {f: stdlib.TrimFunc, check: checkTrim},
		"trimprefix":       {f: stdlib.TrimPrefixFunc},
		"trimspace":        {f: stdlib.TrimSpaceFunc},
		"trimsuffix":       {f: stdlib.TrimSuffixFunc},
		"upper":            {f: stdlib.UpperFunc},
		"urldecode":        {f: urldecodeFunc()},
		"urlencode":        {f: encoding.URLEncodeFunc, notNull: true},
		"uuid":             {f: unpredictable(nil), impure: true},
		"uuidv5":           {f: uuid.V5Func, notNull: true},
		"values":           {f: stdlib.ValuesFunc, passes: first, whole: true},
		"yamldecode":       {f: yaml.YAMLDecodeFunc, check: checkYAML, deep: true},
		"yamlencode":       {f: yaml.YAMLEncodeFunc, check: checkValues},
		"zipmap":           {f: stdlib.ZipmapFunc, passes: second},
	} {
		f.name = name
		every[name] = l.wrap(f)
	}
	both := make(map[string]function.Function, 2*len(every))
	for name, f := range every {
		both[name] = f
		both[CoreNamespace+name] = f
	}
	return both
}

// notNull refines the result of a function that never returns null.
func notNull(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() }

// builtin is a function before wrap completes it.
type builtin struct {
	f function.Function

	// check, if not nil, checks the arguments before they are used, and says what
	// the call will take. They may be null, unknown or marked.
	check func(c *claim, args []cty.Value) error

	// deep is true if the values inside the result need a limit as well, because nothing else limits them.
	deep bool

	// passing is true if the function works on none of the values that it gets: it only counts them, or passes one on.
	passing bool

	// fresh is true if the function also makes what is inside the elements of its result.
	fresh bool

	// notNull is true if the result is never null, although f doesn't say so.
	notNull bool

	// passes, if not nil, reports whether f passes the argument at i, or parts of it, on unchanged. Everything else that a
	// function returns is another value.
	passes func(i int) bool

	// whole is true if the result has everything that f passes on.
	whole bool

	// picks is true if a result that f marks with an identity is what that identity says.
	picks bool

	// open is true if f handles open objects.
	open bool

	// same, if not nil, returns the argument that an unknown result is equal to, if there is one.
	same func(args []cty.Value) (cty.Value, bool)

	// impure is true if equal arguments may give different results.
	impure bool

	name string
}

// formatsOne returns the text that format only passes on.
func formatsOne(args []cty.Value) (cty.Value, bool) {
	if len(args) != 2 || args[1].Type() != cty.String {
		return cty.NilVal, false
	}
	pattern, ok := knownString(args[0])
	return args[1], ok && pattern == "%s"
}

// joinsOne returns the only text of a list that is joined.
func joinsOne(args []cty.Value) (cty.Value, bool) {
	if len(args) != 2 {
		return cty.NilVal, false
	}
	list, marks := args[1].Unmark()
	if !isSequence(list.Type()) || !list.IsKnown() || list.IsNull() || list.Type().IsSetType() || list.LengthInt() != 1 {
		return cty.NilVal, false
	}
	one, err := convert.Convert(list.Index(cty.Zero).WithMarks(marks), cty.String)
	return one, err == nil
}

func all(int) bool      { return true }
func first(i int) bool  { return i == 0 }
func second(i int) bool { return i == 1 }
func found(i int) bool  { return i != 1 } // by lookup

// wrap returns a function that also does what all functions of this package do. It converts arguments for parameters of a
// collection type by Convert instead of hcl. It puts the marks of all arguments on an unknown result, since cty loses those of
// arguments whose marks f handles itself. It limits numbers and the result. It turns a panic into an ordinary error, where cty
// gives an error with a stack trace.
func (l *library) wrap(b builtin) function.Function {
	params, varParam := b.f.Params(), b.f.VarParam()
	wanted := func(i int) cty.Type {
		switch {
		case i < len(params):
			return params[i].Type
		case varParam != nil:
			return varParam.Type
		}
		return cty.DynamicPseudoType
	}
	call := func(given []cty.Value, _ cty.Type) (cty.Value, error) {
		perStep := valuesPerStep
		if b.passing {
			perStep = seenPerStep
		}
		if stop, err := charge(l.budget, given, perStep); stop || err != nil {
			return cty.DynamicVal, err
		}
		args := make([]cty.Value, len(given))
		for i, arg := range given {
			var err error
			if args[i], err = argument(i, arg, wanted(i)); err != nil {
				return cty.NilVal, err
			}
			if !b.open {
				args[i] = Whole(args[i])
			}
			if b.passes != nil && !b.passes(i) {
				args[i] = WithoutIdentities(args[i])
			}
		}
		var claimed claim
		if b.check != nil {
			if err := b.check(&claimed, args); err != nil {
				return cty.NilVal, err
			}
			if err := spendClaim(l.budget, claimed); err != nil {
				return cty.DynamicVal, err
			}
		}
		v, err := b.f.Call(args)
		if panicked := (function.PanicError{}); errors.As(err, &panicked) {
			return cty.NilVal, errors.New("the function doesn't support these arguments")
		}
		if err != nil {
			return cty.NilVal, err
		}
		if err := checkResult(v); err != nil {
			return cty.NilVal, err
		}
		if b.passes == nil {
			v = WithoutIdentities(v)
		}
		if b.deep {
			if err := CheckValue(v); err != nil {
				return cty.NilVal, err
			}
		}
		if err := chargeResult(l.budget, v, b.deep || b.fresh, int(claimed.bytes)); err != nil {
			return cty.NilVal, err
		}
		if v.IsKnown() {
			return v, nil
		}
		if b.notNull {
			v = v.RefineNotNull()
		}
		return b.unknown(v, given), nil
	}
	// The parameters accept everything, so that call sees every argument as it is.
	open := func(p function.Parameter) function.Parameter {
		if p.Type.IsCollectionType() {
			p.Type = cty.DynamicPseudoType
		}
		p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
		return p
	}
	spec := &function.Spec{Type: function.StaticReturnType(cty.DynamicPseudoType), Impl: discreet(call)}
	for _, p := range params {
		spec.Params = append(spec.Params, open(p))
	}
	if varParam != nil {
		p := open(*varParam)
		spec.VarParam = &p
	}
	return function.New(spec)
}

// discreet returns an implementation whose errors don't quote a sensitive argument: cty and other libraries write messages from
// values without their marks.
func discreet(call function.ImplFunc) function.ImplFunc {
	return func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		v, err := call(args, ty)
		if err == nil || errors.As(err, new(LimitError)) {
			return v, err
		}
		for _, arg := range args {
			if _, sensitive := deepMarks(arg)[Sensitive]; sensitive {
				return cty.NilVal, errors.New("the reason isn't shown, as an argument is sensitive")
			}
		}
		return v, err
	}
}

// unknown returns an unknown result of b with the marks of the arguments that it depends on.
func (b builtin) unknown(v cty.Value, given []cty.Value) cty.Value {
	if b.same != nil {
		if arg, ok := b.same(given); ok {
			return arg.WithMarks(OtherMarks(cty.TupleVal(given)))
		}
	}
	v, marks := v.Unmark()
	if b.picks && hasIdentity(marks) {
		return v.WithMarks(marks)
	}
	v = v.WithMarks(derived(marks))
	for _, arg := range given {
		v = v.WithMarks(derived(deepMarks(arg)))
	}
	switch {
	case b.passes != nil:
		if b.whole && !b.picks && v.Type() == cty.DynamicPseudoType {
			v = cty.UnknownVal(cty.List(v.Type())).WithSameMarks(v) // unlike one of its elements
		}
		var passed []cty.Value
		for i, arg := range given {
			if b.passes(i) {
				passed = append(passed, arg)
			}
		}
		_, marks := gather(cty.TupleVal(passed), !b.whole).Unmark()
		v = v.WithMarks(marks)
	case !b.impure && v.Type().IsPrimitiveType() && slices.ContainsFunc(given, func(arg cty.Value) bool { return hasIdentity(deepMarks(arg)) }):
		if term := apply(b.name, given); term != "" {
			v = v.Mark(Identity{Term: term})
		}
	}
	return v
}

// argument converts an argument to the type of its parameter.
func argument(i int, arg cty.Value, want cty.Type) (cty.Value, error) {
	if bare, ok := known(arg); ok && bare.Type() == cty.Number {
		return arg, checkNumber(bare)
	}
	if !want.IsCollectionType() {
		return arg, nil
	}
	v, err := Convert(arg, want)
	if limit := (LimitError{}); errors.As(err, &limit) {
		return cty.NilVal, limit
	}
	if err != nil {
		return cty.NilVal, function.NewArgError(i, err)
	}
	return v, nil
}
