package lang

import (
	"fmt"
	"math"
	"regexp/syntax"

	"github.com/zclconf/go-cty/cty"
)

// Limits against hostile input. They are far above what a configuration that
// describes infrastructure needs, and what exceeds one is a [LimitError],
// never a truncated value. The range function has a limit of its own in
// Terraform, 1,024 elements, which is an ordinary error of that function.
const (
	// MaxStringBytes is the longest string that a function may return.
	MaxStringBytes = 4 << 20

	// MaxElements is the greatest number of elements of a collection, tuple or
	// object that a function may return, and the greatest number of values,
	// nested ones counted, in a value that CheckValue accepts.
	MaxElements = 1 << 18

	// MaxExponent is the greatest magnitude of the binary exponent of a number:
	// 1e99999999 is short to write, but has a billion digits as a string.
	MaxExponent = 1 << 14

	// MaxDigits is the longest string, in bytes, that parseint and tonumber
	// read: their time grows with the square of the length.
	MaxDigits = 1 << 14

	// MaxPatternBytes is the longest regular expression.
	MaxPatternBytes = 1 << 16

	// MaxWork bounds a call whose time is not linear, in steps of some
	// nanoseconds: for a regular expression, the size of the compiled pattern
	// times the length of the string, or its square where all matches are asked
	// for.
	MaxWork = 1 << 33

	// MaxSteps bounds the evaluation of one expression or template that has no
	// other budget, in the steps of a [Budget].
	MaxSteps = 1 << 20

	// MaxMade is how many bytes such an evaluation may make.
	MaxMade = 1 << 27

	// MaxDocumentBytes is the longest JSON, YAML or CSV document or template
	// source that a function parses.
	MaxDocumentBytes = 1 << 20

	// MaxNesting is how deep the brackets, indentation or quotes of such a
	// document may nest.
	MaxNesting = 1000

	// MaxKeyBits is the largest RSA key that rsadecrypt uses.
	MaxKeyBits = 1 << 14
)

// bitsPerDigit is how many bits a decimal digit has at least.
const bitsPerDigit = 3

// LimitError says that an expression asked for more than one of this package's
// limits. Functions return it unwrapped, so that errors.As finds it in the
// error that an [hclsyntax.FunctionCallDiagExtra] holds; [LimitIn] looks
// through diagnostics.
//
// [hclsyntax.FunctionCallDiagExtra]: https://pkg.go.dev/github.com/hashicorp/hcl/v2/hclsyntax#FunctionCallDiagExtra
type LimitError struct {
	Limit string  // name of the constant in this package, such as "MaxStringBytes"
	Max   int64   // its value
	Asked float64 // how much was asked for; approximate, and at least Max
	What  string  // what there is too much of, with its unit, such as "bytes in the result"
}

// Error says what was asked for, and which limit it exceeds.
func (e LimitError) Error() string {
	return fmt.Sprintf("%.0f %s, more than the limit %s of %d", e.Asked, e.What, e.Limit, e.Max)
}

// exceeds returns a LimitError if n is more than limit. Callers compute n in
// floating point so that a hostile product can't overflow.
func exceeds(limit string, limitValue int64, n float64, what string) error {
	if n <= float64(limitValue) {
		return nil
	}
	return LimitError{Limit: limit, Max: limitValue, Asked: n, What: what}
}

func checkStringBytes(n float64) error {
	return exceeds("MaxStringBytes", MaxStringBytes, n, "bytes in the result")
}

func checkElements(n float64) error {
	return exceeds("MaxElements", MaxElements, n, "elements in the result")
}

func checkWork(n float64) error {
	return exceeds("MaxWork", MaxWork, n, "steps of one function call")
}

// CheckValue returns a LimitError if v, or a value nested in it, is larger than
// a function may return, or if there are more than MaxElements values in it. An
// evaluator that checks each value that it keeps, such as a local value or a
// module output, stops the growth that operators and literals alone can bring
// about: functions check only their own results, and not what nests in them. It stops counting at the
// limit, so its cost is bounded too.
func CheckValue(v cty.Value) error {
	_, err := Weigh(v)
	return err
}

// Weigh does what CheckValue does, and says how much there is in v: how many values, nested ones counted, each 64 bytes
// of text as another.
func Weigh(v cty.Value) (int, error) {
	const bytesPerValue = 64
	w := weigher{left: MaxElements, bytes: MaxStringBytes}
	err := w.walk(v)
	return MaxElements - w.left + (MaxStringBytes-w.bytes)/bytesPerValue, err
}

// weigher walks a value until it has used up its budgets.
type weigher struct {
	left  int
	bytes int
}

func (w *weigher) walk(v cty.Value) error {
	w.left--
	if w.left < 0 {
		return LimitError{Limit: "MaxElements", Max: MaxElements, Asked: MaxElements + 1, What: "or more nested values"}
	}
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return w.write(len(v.AsString()))
	case ty == cty.Number:
		if err := checkNumber(v); err != nil {
			return err
		}
		return w.write(int(math.Abs(exponent(v))) / bitsPerDigit)
	case ty.IsMapType() || ty.IsObjectType():
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			if err := w.write(len(k.AsString())); err != nil {
				return err
			}
			if err := w.walk(e); err != nil {
				return err
			}
		}
	case isSequence(ty):
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			if err := w.walk(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// write accounts for text.
func (w *weigher) write(n int) error {
	w.bytes -= n
	if w.bytes < 0 {
		return LimitError{
			Limit: "MaxStringBytes", Max: MaxStringBytes,
			Asked: float64(MaxStringBytes - w.bytes), What: "or more bytes when written out",
		}
	}
	return nil
}

// weight returns how many bytes v may take when it is written out, roughly, or
// an error if that is beyond what CheckValue accepts.
func weight(v cty.Value) (float64, error) {
	w := weigher{left: MaxElements, bytes: MaxStringBytes}
	if err := w.walk(v); err != nil {
		return 0, err
	}
	const perValue = 8 // separators, literals, short numbers
	return float64(MaxElements-w.left)*perValue + float64(MaxStringBytes-w.bytes), nil
}

// checkNumber returns a LimitError if v, an unmarked number, is known and of a
// magnitude that is too costly to write out or to turn into an integer.
func checkNumber(v cty.Value) error {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	return exceeds("MaxExponent", MaxExponent, math.Abs(exponent(v)), "bits in the exponent of a number")
}

// exponent returns the binary exponent of a known number, zero for infinities.
func exponent(v cty.Value) float64 {
	return float64(v.AsBigFloat().MantExp(nil))
}

// checkResult checks what every function returns, in constant time.
func checkResult(v cty.Value) error {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	ty := v.Type()
	switch {
	case ty == cty.Number:
		return checkNumber(v)
	case ty == cty.String:
		return checkStringBytes(float64(len(v.AsString())))
	case ty.IsCollectionType() || ty.IsTupleType():
		return checkElements(float64(v.LengthInt()))
	case ty.IsObjectType():
		return checkElements(float64(len(ty.AttributeTypes())))
	}
	return nil
}

// checkPattern bounds matching pattern against a string of n bytes, all of
// whose matches are asked for if all is set. An invalid pattern is left to
// whoever compiles it.
func checkPattern(pattern string, n int, all bool) error {
	if err := exceeds("MaxPatternBytes", MaxPatternBytes, float64(len(pattern)), "bytes in a regular expression"); err != nil {
		return err
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	steps := float64(len(prog.Inst)) * float64(n)
	if all {
		steps *= float64(n)
	}
	return checkWork(steps)
}

// checkDocument bounds the size of a document, and its nesting by the brackets
// that are open at once and by the indentation of its lines. It knows neither
// comments nor, unless quotes is set, strings, so it may see more nesting than
// there is, never less.
func checkDocument(src string, quotes bool) error {
	if err := exceeds("MaxDocumentBytes", MaxDocumentBytes, float64(len(src)), "bytes to parse"); err != nil {
		return err
	}
	depth, deepest := 0, 0
	inString, lineStart, indent := false, true, 0
	for i := 0; i < len(src); i++ {
		c := src[i]
		if inString {
			switch c {
			case '\\':
				i++
			case '"':
				inString = false
			}
			continue
		}
		// What can open nested YAML block collections on one line: every level
		// takes a column of its own.
		switch c {
		case '\n':
			lineStart, indent = true, 0
			continue
		case ' ', '-', '?', ':', '\t':
			if lineStart {
				indent++
			}
		default:
			lineStart = false
		}
		switch c {
		case '"':
			inString = quotes
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		deepest = max(deepest, depth+indent)
	}
	return exceeds("MaxNesting", MaxNesting, float64(deepest), "levels of nesting")
}
