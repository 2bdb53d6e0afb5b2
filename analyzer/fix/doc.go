// Package fix says how the text of a configuration must change so that a finding goes, where that is sure to change
// nothing else. In go a run and its result, with the texts that the findings are in, out come edits; it writes nothing.
//
// # How it works
//
// [Plan] takes a result of a run with KeepRules and TraceValues. For each finding it looks at the text where the deciding
// value is written (text.go): everyone's addresses become trusted ones (sources.go), a port leaves a range or a list
// (ports.go). A value may be used elsewhere, too, so the blocks that it ends up in are found first (uses.go).
//
// An edit is found in the text and then tried: the changed configuration is analysed, the finding must be gone, nothing
// else may be found, and by the algebra of traffic (harm.go) no rule of any scope may let pass less than it did, but for
// the port in question, nor anything more. All edits are tried together first, as that mostly works.
//
// # Example
//
// A local value clients = ["0.0.0.0/0"] is the source of a rule for TCP 21, and the settings trust office = 198.51.100.0/24.
// The edit replaces the text "0.0.0.0/0" in the local value by "198.51.100.0/24". Were clients also an output, the finding
// would be left, since nobody knows what reads the output.
package fix
