// Package analyzer is tfreach as a library: it selects inputs, analyses each, and compares what it found with what was
// there before.
package analyzer
