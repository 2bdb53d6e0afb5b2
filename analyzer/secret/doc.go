// Package secret finds what looks like a secret in a text, and covers it.
//
// Texts come in: configurations, scripts, messages. Places come out, or the text with each secret covered. The package
// knows no Terraform, no file and no cloud.
//
// # How it works
//
// A rule is a regular expression with words of which one must be in the text (see rules); the expression is compiled when
// such a word is first there. Rules would rather find too much than too little, since a covered word costs a reader a look
// into the file, and a shown password costs more. The corpus in testdata says what they find and what they miss.
//
// # Example
//
// For example, Redact turns
//
//	curl -u joe:hunter2 ftp://example.com
//
// into
//
//	curl -u joe:[redacted] ftp://example.com
package secret
