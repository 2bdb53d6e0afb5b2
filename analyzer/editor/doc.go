// Package editor answers editors in the language server protocol: findings as diagnostics, the way from the internet as a
// hover text, fixes as code actions, and the deciding value as the definition. In go a stream and a function that says how
// files are analysed, out come answers; it reads no files.
//
// # How it works
//
// A server (server.go) keeps the texts of open files, which replace those on disk. Each change makes it analyse the root
// modules that open files belong to, one group of files at a time (work.go), and publish what is found, in files that aren't
// open, too. A request waits until the texts that it is about are analysed, and is then answered from the result (show.go).
// Fixes are only looked for where somebody asks.
//
// The stream (stream.go) bounds messages, and the server bounds what is open; the workspace is as little trusted as any
// configuration. Nothing in it can choose a program or a file to run, and texts for people are never markup.
//
// # Example
//
// The editor opens infra/sg.tf with a rule for everyone. The server analyses the root module infra and publishes an error at
// the literal 0.0.0.0/0, in infra/terraform.tfvars. A hover there shows the rule's page; the definition of the rule's
// argument cidr_blocks is the literal.
package editor
