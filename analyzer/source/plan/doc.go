// Package plan reads plans and states, the two documents that "terraform show -json" prints.
//
// In go files and streams; out comes a [Plan]: changes of resources, the configuration as far as a plan tells it, and
// positions in the document. The package knows nothing of what resources mean and evaluates nothing.
//
// # How it works
//
// [Open] and [OpenStream] make JSON of what a path leads to, whether it is compressed or not. [Read] takes the JSON as
// tokens in one pass and keeps only resources of the types that it is asked for, so memory follows what is relevant and
// not the size of the document. The values of a resource stay JSON text until [Values.Attr] asks for one; what is known
// only after the apply is an unknown value there. Each thing that is kept is charged to a budget first.
//
// # Example
//
// Of the document
//
//	{"format_version": "1.2", "resource_changes": [{
//	   "address": "aws_security_group.ftp", "mode": "managed", "type": "aws_security_group", "name": "ftp",
//	   "change": {"actions": ["create"], "before": null, "after": {"name": "ftp"}, "after_unknown": {"id": true}}}]}
//
// Read returns one [Resource] if its keep function wants managed resources of type aws_security_group: Before is nil,
// After.Attr("name") is "ftp", After.Attr("id") is unknown, and At says that its object is in lines 1 to 3.
package plan
