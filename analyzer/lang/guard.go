package lang

import (
	"errors"
	"math"
	"strings"

	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"
)

// The checks in this file bound what a function is about to do, given arguments
// that may be null, unknown, marked or of the wrong type: they say nothing about
// those, which is the function's own business.

// known returns v without its own marks, if it is known and not null.
func known(v cty.Value) (cty.Value, bool) {
	v, _ = v.Unmark()
	return v, v.IsKnown() && !v.IsNull()
}

// knownString returns v as a string if it is a known one.
func knownString(v cty.Value) (string, bool) {
	v, ok := known(v)
	if !ok || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// elements returns the elements of v if it is a known sequence.
func elements(v cty.Value) ([]cty.Value, bool) {
	v, ok := known(v)
	if !ok || !isSequence(v.Type()) {
		return nil, false
	}
	return v.AsValueSlice(), true
}

// knownLength returns how many elements or attributes v has for certain.
func knownLength(v cty.Value) float64 {
	v, ok := known(v)
	if !ok {
		return 0
	}
	switch ty := v.Type(); {
	case ty.IsObjectType():
		return float64(len(ty.AttributeTypes()))
	case ty.IsCollectionType() || ty.IsTupleType():
		return float64(v.LengthInt())
	}
	return 0
}

func checkValues(args []cty.Value) error {
	for _, arg := range args {
		if err := CheckValue(arg); err != nil {
			return err
		}
	}
	return nil
}

func checkTotalLength(args []cty.Value) error {
	total := 0.0
	for _, arg := range args {
		total += knownLength(arg)
	}
	return checkElements(total)
}

func checkProduct(args []cty.Value) error {
	total := 1.0
	for _, arg := range args {
		if _, ok := known(arg); ok {
			total *= knownLength(arg)
		}
	}
	return checkElements(total)
}

func checkFlatten(args []cty.Value) error {
	w := weigher{left: MaxElements, bytes: math.MaxInt}
	return w.walk(args[0])
}

func checkDigits(args []cty.Value) error {
	s, ok := knownString(args[0])
	if !ok {
		return nil
	}
	return exceeds("MaxDigits", MaxDigits, float64(len(s)), "digits to parse")
}

func checkIndent(args []cty.Value) error {
	spaces, ok := known(args[0])
	s, isString := knownString(args[1])
	if !ok || !isString {
		return nil
	}
	var n int
	if err := gocty.FromCtyValue(spaces, &n); err != nil {
		return nil // not a whole number, which the function reports
	}
	if n < 0 {
		return errors.New("the number of spaces must not be negative")
	}
	lines := float64(strings.Count(s, "\n"))
	// The indentation alone, because it is made before it is used.
	return checkStringBytes(float64(n) + float64(n)*lines)
}

func checkJoin(args []cty.Value) error {
	separator, ok := knownString(args[0])
	if !ok {
		return nil
	}
	total := 0.0
	for _, arg := range args[1:] {
		list, _ := elements(arg)
		for _, v := range list {
			s, _ := knownString(v)
			total += float64(len(separator) + len(s))
		}
	}
	return checkStringBytes(total - float64(len(separator)))
}

func checkRegex(args []cty.Value) error { return checkMatch(args, false) }

func checkRegexAll(args []cty.Value) error { return checkMatch(args, true) }

func checkMatch(args []cty.Value, all bool) error {
	pattern, ok := knownString(args[0])
	if !ok {
		return nil
	}
	s, _ := knownString(args[1])
	return checkPattern(pattern, len(s), all)
}

func checkJSON(args []cty.Value) error {
	src, ok := knownString(args[0])
	if !ok {
		return nil
	}
	return checkDocument(src, true)
}

func checkCSV(args []cty.Value) error {
	src, ok := knownString(args[0])
	if !ok {
		return nil
	}
	if err := exceeds("MaxDocumentBytes", MaxDocumentBytes, float64(len(src)), "bytes to parse"); err != nil {
		return err
	}
	return checkElements(float64(strings.Count(src, "\n")))
}

func checkSplit(args []cty.Value) error {
	separator, ok := knownString(args[0])
	s, isString := knownString(args[1])
	if !ok || !isString {
		return nil
	}
	return checkElements(float64(strings.Count(s, separator) + 1))
}

func checkTrim(args []cty.Value) error {
	s, _ := knownString(args[0])
	cutset, _ := knownString(args[1])
	return checkWork(float64(len(s)) * float64(len(cutset)))
}

// checkYAML also bounds what aliases make of a short document: its type has
// every element, and is cheap to make except for merge keys, each of which
// copies a mapping.
func checkYAML(args []cty.Value) error {
	src, ok := knownString(args[0])
	if !ok {
		return nil
	}
	if err := checkDocument(src, false); err != nil {
		return err
	}
	if strings.Contains(src, "<<") || strings.Contains(src, "merge") {
		const stepsPerKey = 16
		if err := checkWork(stepsPerKey * float64(strings.Count(src, "*")) * float64(len(src))); err != nil {
			return err
		}
	}
	ty, err := yaml.Standard.ImpliedType([]byte(src))
	if err != nil {
		return nil // which the function reports
	}
	left := MaxElements
	countTypes(ty, &left)
	if left < 0 {
		return checkElements(MaxElements + 1)
	}
	return nil
}

// countTypes subtracts the number of types in ty from left, until it is
// negative.
func countTypes(ty cty.Type, left *int) {
	*left--
	if *left < 0 {
		return
	}
	switch {
	case ty.IsTupleType():
		for _, ety := range ty.TupleElementTypes() {
			countTypes(ety, left)
		}
	case ty.IsObjectType():
		for _, aty := range ty.AttributeTypes() {
			countTypes(aty, left)
		}
	}
}

func checkFormat(args []cty.Value) error {
	n, err := formattedBytes(args[0], func(i int, numeric bool) (float64, error) {
		if i >= len(args)-1 {
			return 0, nil // which the function reports
		}
		return formatWeight(args[i+1], numeric)
	})
	if err != nil {
		return err
	}
	return checkStringBytes(n)
}

// checkFormatList bounds the sum of the strings.
func checkFormatList(args []cty.Value) error {
	rows := 1.0
	for _, arg := range args[1:] {
		if isSequence(arg.Type()) {
			rows = max(rows, knownLength(arg))
		}
	}
	n, err := formattedBytes(args[0], func(i int, numeric bool) (float64, error) {
		if i >= len(args)-1 {
			return 0, nil
		}
		list, ok := elements(args[i+1])
		if !ok {
			return formatWeight(args[i+1], numeric)
		}
		total := 0.0
		for _, v := range list {
			n, err := formatWeight(v, numeric)
			if err != nil {
				return 0, err
			}
			total += n
		}
		return total / max(float64(len(list)), 1), nil // it is the sum that counts
	})
	if err != nil {
		return err
	}
	return checkStringBytes(n * rows)
}

// formatWeight is weight, but a string may be the numeral that numeric says it
// is to be formatted as.
func formatWeight(v cty.Value, numeric bool) (float64, error) {
	if s, ok := knownString(v); ok && numeric {
		if err := checkDigits([]cty.Value{v}); err != nil {
			return 0, err
		}
		n, err := cty.ParseNumberVal(s)
		if err != nil {
			return 0, nil // which the function reports
		}
		v = n
	}
	return weight(v)
}

// formattedBytes returns roughly how long the result of formatting is, given
// how long the argument with an index is when written out, by a verb for
// numbers or another.
func formattedBytes(format cty.Value, argBytes func(i int, numeric bool) (float64, error)) (float64, error) {
	s, ok := knownString(format)
	if !ok {
		return 0, nil
	}
	total := float64(len(s))
	next := 0
	for {
		_, rest, found := strings.Cut(s, "%")
		if !found {
			return total, nil
		}
		rest = strings.TrimLeft(rest, " +-0#")
		width, rest := leadingNumber(rest)
		precision := 0.0
		if after, ok := strings.CutPrefix(rest, "."); ok {
			precision, rest = leadingNumber(after)
		}
		if after, ok := strings.CutPrefix(rest, "["); ok {
			var index float64
			index, rest = leadingNumber(after)
			rest = strings.TrimPrefix(rest, "]")
			next = int(min(index, math.MaxInt32)) - 1
		}
		if rest == "" {
			return total, nil // no verb, which the function reports
		}
		verb := rest[0]
		s = rest[1:]
		if verb == '%' {
			continue
		}
		n, err := argBytes(max(next, 0), strings.IndexByte("bdoxXeEfgG", verb) >= 0)
		if err != nil {
			return 0, err
		}
		next++
		total += max(width, n) + precision
	}
}

// leadingNumber returns the decimal number that s begins with, zero if there is
// none, and what follows it.
func leadingNumber(s string) (float64, string) {
	rest := strings.TrimLeft(s, "0123456789")
	n := 0.0
	for _, digit := range s[:len(s)-len(rest)] {
		n = n*10 + float64(digit-'0')
	}
	return n, rest
}
