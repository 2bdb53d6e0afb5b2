// Package source reads configurations. It and the packages in it, for plans and for commits, are the only readers of
// files. What they read is not trusted, so they keep within limits and within the root that they were given.
//
// In go folders; out come parsed modules, values of variables and diagnostics with positions. The package evaluates
// nothing but what must be constant, such as the source of a module.
//
// # How it works
//
// A [Tree] is a folder that may be read, and nothing around it. [Tree.Roots] finds the root modules in it, and
// [Tree.Module] parses the files of one folder, once: blocks in JSON syntax become such as native syntax has, the
// expressions are instrumented so that their evaluation can be bounded ([lang.Instrument]), and blocks of override files
// join those that they override. From then on a module is only read, so any number of evaluations can share it. A file
// that can't be read or parsed costs itself: its diagnostic is in the module, beside what the other files have.
//
// # Example
//
// A folder infra has the files
//
//	main.tf      resource "aws_security_group" "ftp" { name = "ftp" }
//	             module "edge" { source = "./edge" }
//	edge/a.tf    variable "cidr" {}
//
// Then OpenTree("infra", "") is the tree; its Roots are just ".", as edge is called by a path; Module(".") has one
// resource and one call, and Module("edge") has the variable, placed at edge/a.tf:1.
//
// [lang.Instrument]: https://pkg.go.dev/github.com/tfreach/tfreach/analyzer/lang#Instrument
package source
