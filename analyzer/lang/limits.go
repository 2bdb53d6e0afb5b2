package lang

import (
	"fmt"
	"math"
	"regexp/syntax"

	"github.com/zclconf/go-cty/cty"
)

// Limits against hostile input. They lie far above what a configuration for infrastructure needs. Exceeding one is a
// [LimitError], never a truncated value. Terraform itself limits the range function to 1,024 elements; that is an ordinary
// error of the function.
const (
	// MaxStringBytes is the longest string that a function may return.
	MaxStringBytes = 4 << 20

	// MaxElements is the greatest number of elements of a collection, tuple or
	// object that a function may return, and the greatest number of values,
	// nested ones counted, in a value that CheckValue accepts.
	MaxElements = 1 << 18

	// MaxExponent is the greatest magnitude of a number's binary exponent. 1e99999999 is short to write, but has a billion
	// digits as a string.
	MaxExponent = 1 << 14

	// MaxDigits is the longest string, in bytes, that parseint and tonumber read. Their time grows with the square of the
	// length.
	MaxDigits = 1 << 14

	// MaxPatternBytes is the longest regular expression.
	MaxPatternBytes = 1 << 16

	// MaxWork limits a call whose time isn't linear, in steps of some nanoseconds. A regular expression costs the size of the
	// compiled pattern times the length of the string, or its square where all matches are asked for.
	MaxWork = 1 << 30

	// MaxSteps limits the evaluation of one expression or template without another budget, in the steps of a [Budget].
	MaxSteps = 1 << 20

	// MaxMade limits the bytes that such an evaluation may make.
	MaxMade = 1 << 27

	// MaxDocumentBytes is the longest JSON, YAML or CSV document or template
	// source that a function parses.
	MaxDocumentBytes = 1 << 20

	// MaxNesting limits how deep brackets, indentation or quotes may nest in such a document.
	MaxNesting = 1000

	// MaxKeyBits is the largest RSA key that rsadecrypt uses.
	MaxKeyBits = 1 << 14
)

// bitsPerDigit is the least number of bits of a decimal digit.
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

// Error returns what was asked for, and the limit that it exceeds.
func (e LimitError) Error() string {
	return fmt.Sprintf("%.0f %s, more than the limit %s of %d", e.Asked, e.What, e.Limit, e.Max)
}

// exceeds returns a LimitError if n is more than the limit. Callers compute n in floating point, so a hostile product can't
// overflow.
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

// CheckValue returns a LimitError if v, or a value inside it, is larger than a function may return, or if v holds more than
// MaxElements values. Functions check only their own results and not what is inside; an evaluator that checks each value that
// it keeps also stops the growth by operators and literals. CheckValue stops counting at the limit, so its own cost is limited.
func CheckValue(v cty.Value) error {
	_, err := Weigh(v)
	return err
}

// Weigh is CheckValue, and also returns how much v holds: the number of values, nested ones counted, plus one for every 64
// bytes of text.
func Weigh(v cty.Value) (int, error) {
	const bytesPerValue = 64
	w := weigher{left: MaxElements, bytes: MaxStringBytes}
	err := w.walk(v)
	return MaxElements - w.left + (MaxStringBytes-w.bytes)/bytesPerValue, err
}

// weigher walks a value until its budgets are used up.
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

// write counts text.
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

// weight returns the approximate number of bytes of v when it is written out. It is an error if CheckValue refuses v.
func weight(v cty.Value) (float64, error) {
	w := weigher{left: MaxElements, bytes: MaxStringBytes}
	if err := w.walk(v); err != nil {
		return 0, err
	}
	const perValue = 8 // separators, literals, short numbers
	return float64(MaxElements-w.left)*perValue + float64(MaxStringBytes-w.bytes), nil
}

// checkNumber returns a LimitError if v, an unmarked number, is known and too large or too small to be written out or turned
// into an integer cheaply.
func checkNumber(v cty.Value) error {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	return exceeds("MaxExponent", MaxExponent, math.Abs(exponent(v)), "bits in the exponent of a number")
}

// exponent returns the binary exponent of a known number; zero for infinities.
func exponent(v cty.Value) float64 {
	return float64(v.AsBigFloat().MantExp(nil))
}

// checkResult checks the result of every function, in constant time.
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

// patternWork returns what matching a pattern against a string of n bytes takes,
// all of whose matches are asked for if all is set. An invalid pattern is left to
// whoever compiles it.
func patternWork(pattern string, n int, all bool) (float64, error) {
	if err := exceeds("MaxPatternBytes", MaxPatternBytes, float64(len(pattern)), "bytes in a regular expression"); err != nil {
		return 0, err
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0, nil
	}
	steps := float64(len(prog.Inst)) * float64(n)
	if all {
		steps *= float64(n)
	}
	return steps, nil
}

// checkDocument limits the size of a document and its nesting, by open brackets and by indentation. It doesn't know comments
// and, unless quotes is set, strings. So it may see more nesting than there is, but never less.
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
		// Characters that can open nested YAML block collections on one line: every level takes a column of its own.
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
