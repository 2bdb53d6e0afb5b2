// Package process is what the readers of files that need another program share: what of the environment the program
// sees, and how much of what it complains of is kept. In goes nothing of a configuration. It must not know what the
// program is.
//
// # How it works
//
// Variables are passed on by a list of their names, so that one that nobody thought of stays here. Of what the program prints
// as its complaint the beginning is kept, and the rest is dropped while it is read.
//
// # Example
//
// For example, Environment("PATH") of a user who has PATH and a token in the environment is PATH alone.
package process

import (
	"bytes"
	"os"
	"strings"
)

// Environment returns the variables with these names in tfreach's own environment, as NAME=VALUE.
func Environment(names ...string) []string {
	var out []string
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			out = append(out, name+"="+value)
		}
	}
	return out
}

// Complaints keeps the first 64 KiB of what a program writes to its standard error.
type Complaints struct{ kept bytes.Buffer }

// Write implements io.Writer. It never fails.
func (c *Complaints) Write(p []byte) (int, error) {
	const limit = 64 << 10
	c.kept.Write(p[:min(len(p), limit-c.kept.Len())])
	return len(p), nil
}

// String returns what was kept, without the space around it.
func (c *Complaints) String() string { return strings.TrimSpace(c.kept.String()) }
