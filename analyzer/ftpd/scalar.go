package ftpd

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Scalar returns the scalar under a path of keys in a YAML document, such as the values of a chart. The State is zero if there
// is none. It is Unknown if the document isn't understood, or if a key in it isn't known.
func Scalar(document string, keys ...string) Setting[string] {
	switch value, ok, problem := host.Scalar(document, keys...); {
	case problem != "":
		return unknown[string](value.Span(), problem)
	case !ok:
		return Setting[string]{}
	case strings.Contains(value.S, host.Hole):
		return undecided[string](value, "the value isn't known")
	default:
		return decided(value.S, value)
	}
}
