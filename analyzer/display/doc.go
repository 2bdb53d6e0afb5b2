// Package display turns texts that a stranger may have written into what may be printed: a terminal shows them and obeys
// nothing in them, and neither does a CI runner that reads the log.
//
// Texts come in, printable ones go out.
//
// # How it works
//
// Control and format characters, which could move the cursor, colour, or reorder text, become escapes of Go, and what CI
// runners take for commands is broken up. Clean is for a part of a line, Words and Wrap for prose, Cells for what must lie
// under each other, and Writer for a whole stream, so that nothing on it can be forgotten. The package reads and writes no
// files and knows no reports.
//
// # Example
//
// For example, the name of a file
//
//	a<ESC>[2J##vso[task.complete]
//
// is shown as
//
//	a\x1b[2J##vso\x5btask.complete]
package display
