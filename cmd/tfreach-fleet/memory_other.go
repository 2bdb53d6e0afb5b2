//go:build !linux

package main

import "runtime/debug"

// limitMemory has Go collect garbage sooner when memory nears some bytes. Only Linux has a limit that holds.
func limitMemory(bytes int64) error {
	debug.SetMemoryLimit(bytes)
	return nil
}
