package lang

import (
	"errors"
	"math"
	"strings"

	"github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"
)

// The checks in this file limit what a function is about to do. Arguments may be null, unknown, marked or of the wrong type;
// the checks ignore those, since the function itself handles them.

// claim is what a call is about to make and to do, which it is charged for before.
type claim struct{ bytes, steps float64 }

// text claims a text of n bytes.
func (c *claim) text(n float64) error {
	c.bytes += max(n, 0)
	return checkStringBytes(n)
}

// elements claims a collection of n.
func (c *claim) elements(n float64) error {
	c.bytes += n * bytesPerValue
	return checkElements(n)
}

// work claims time in the unit of MaxWork.
func (c *claim) work(n float64) error {
	c.steps += n / workPerStep
	return checkWork(n)
}

// match claims a match of a regular expression against a string of n bytes; see patternWork.
func (c *claim) match(pattern string, n int, all bool) error {
	work, err := patternWork(pattern, n, all)
	if err != nil {
		return err
	}
	return c.work(work)
}

// document claims parsing a document.
func (c *claim) document(src string, quotes bool) error {
	const bytesPerStep = 32
	c.steps += float64(len(src)) / bytesPerStep
	return checkDocument(src, quotes)
}

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

// knownLength returns the number of elements or attributes that v surely has.
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

func checkValues(c *claim, args []cty.Value) error {
	for _, arg := range args {
		n, err := weight(arg)
		if err != nil {
			return err
		}
		c.bytes += n
	}
	return nil
}

func checkTotalLength(c *claim, args []cty.Value) error {
	total := 0.0
	for _, arg := range args {
		total += knownLength(arg)
	}
	return c.elements(total)
}

func checkProduct(c *claim, args []cty.Value) error {
	total := 1.0
	for _, arg := range args {
		if _, ok := known(arg); ok {
			total *= knownLength(arg)
		}
	}
	return c.elements(total)
}

func checkFlatten(c *claim, args []cty.Value) error {
	w := weigher{left: MaxElements, bytes: math.MaxInt}
	err := w.walk(args[0])
	c.bytes += float64(MaxElements-w.left) * bytesPerValue
	return err
}

func checkDigits(c *claim, args []cty.Value) error {
	s, ok := knownString(args[0])
	if !ok {
		return nil
	}
	return exceeds("MaxDigits", MaxDigits, float64(len(s)), "digits to parse")
}

func checkIndent(c *claim, args []cty.Value) error {
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
	// Only the indentation is counted: it is built before it is used.
	return c.text(float64(n) + float64(n)*lines)
}

func checkJoin(c *claim, args []cty.Value) error {
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
	return c.text(total - float64(len(separator)))
}

func checkRegex(c *claim, args []cty.Value) error { return checkMatch(c, args, false) }

func checkRegexAll(c *claim, args []cty.Value) error { return checkMatch(c, args, true) }

func checkMatch(c *claim, args []cty.Value, all bool) error {
	pattern, ok := knownString(args[0])
	if !ok {
		return nil
	}
	s, _ := knownString(args[1])
	return c.match(pattern, len(s), all)
}

func checkReplace(c *claim, args []cty.Value) error {
	str, ok := knownString(args[0])
	old, isString := knownString(args[1])
	if !ok || !isString {
		return nil
	}
	if pattern, ok := patternIn(old); ok {
		return c.match(pattern, len(str), true)
	}
	with, _ := knownString(args[2])
	return c.text(float64(len(str)) + float64(strings.Count(str, old))*float64(len(with)-len(old)))
}

func checkJSON(c *claim, args []cty.Value) error {
	src, ok := knownString(args[0])
	if !ok {
		return nil
	}
	return c.document(src, true)
}

func checkCSV(c *claim, args []cty.Value) error {
	src, ok := knownString(args[0])
	if !ok {
		return nil
	}
	if err := c.document(src, true); err != nil {
		return err
	}
	return c.elements(float64(strings.Count(src, "\n")))
}

func checkSplit(c *claim, args []cty.Value) error {
	separator, ok := knownString(args[0])
	s, isString := knownString(args[1])
	if !ok || !isString {
		return nil
	}
	return c.elements(float64(strings.Count(s, separator) + 1))
}

func checkTrim(c *claim, args []cty.Value) error {
	s, _ := knownString(args[0])
	cutset, _ := knownString(args[1])
	return c.work(float64(len(s)) * float64(len(cutset)))
}

// checkYAML also limits what aliases make of a short document. The type has every element; making it is cheap, except for merge
// keys, each of which copies a mapping.
func checkYAML(c *claim, args []cty.Value) error {
	src, ok := knownString(args[0])
	if !ok {
		return nil
	}
	if err := c.document(src, false); err != nil {
		return err
	}
	if strings.Contains(src, "<<") || strings.Contains(src, "merge") {
		const stepsPerKey = 16
		if err := c.work(stepsPerKey * float64(strings.Count(src, "*")) * float64(len(src))); err != nil {
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
		return c.elements(MaxElements + 1)
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

func checkFormat(c *claim, args []cty.Value) error {
	n, err := formattedBytes(args[0], func(i int, numeric bool) (float64, error) {
		if i >= len(args)-1 {
			return 0, nil // which the function reports
		}
		return formatWeight(args[i+1], numeric)
	})
	if err != nil {
		return err
	}
	return c.text(n)
}

// checkFormatList limits the sum of the results' lengths.
func checkFormatList(c *claim, args []cty.Value) error {
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
	return c.text(n * rows)
}

// formatWeight is weight, except that numeric says that a string is formatted as a number.
func formatWeight(v cty.Value, numeric bool) (float64, error) {
	if s, ok := knownString(v); ok && numeric {
		if err := checkDigits(nil, []cty.Value{v}); err != nil {
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

// formattedBytes returns the approximate length of a formatted text. argBytes returns the length of an argument when it is
// written out by a verb for numbers or by another verb.
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

// leadingNumber returns the decimal number that s begins with, or zero, and the rest of s.
func leadingNumber(s string) (float64, string) {
	rest := strings.TrimLeft(s, "0123456789")
	n := 0.0
	for _, digit := range s[:len(s)-len(rest)] {
		n = n*10 + float64(digit-'0')
	}
	return n, rest
}
