// Package analyzer is tfreach as a library: it selects inputs, analyses each, and compares what it found with what was
// there before.
//
// In go paths, settings, what is known of clouds, and rules to ask, in a [Config]; out comes a [Result] of findings,
// ordered and merged, for package report to write. The package reads no file by itself and prints nothing.
//
// # How it works
//
// Three functions with values between them make a run, and [Run] calls them. Whoever needs more than a Result, such as
// every hop to a machine, uses [RunWith], so that all commands get the same verdicts.
//
// [Select] finds out which root modules, plans and states the paths are, and gives each [Input] its values. What the
// settings exclude is left out here and nowhere else.
//
// [Analyse] takes one Input and what an [Analyst] knows, and returns an [Analysis]: it evaluates the configuration or reads
// the plan (graph.go in package graph), takes the facts (evidence.go), asks who reaches what (package reach), and lets each
// [Rule] look through its [Pass]. What goes wrong with one input is a notice of its Analysis, not an error. [Each] does so
// for several inputs side by side, and makes [Rows] of each Analysis, which then is dropped with its graph.
//
// [Compare] joins the rows, says which findings are new by what was [Before], and applies the suppressions of comments and
// settings. A commit to compare with is a selection of its own, analysed by the same functions.
//
// When the context ends, what is finished is in the Result, and notices say what is missing.
//
// # Example
//
// The folder infra has the root modules prod and test, and the settings exclude test. Run with infra in Paths and a Git
// reference in BaselineRef selects prod, makes its rows, selects prod in the tree of the commit with the same values, makes
// its rows, too, and returns the findings on prod, each new or unchanged, and those that are absent now. Of test nothing is
// said but that it was left out.
package analyzer
