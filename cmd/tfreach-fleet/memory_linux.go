package main

import "golang.org/x/sys/unix"

// limitMemory ends this process when its memory, without what is only reserved, gets beyond some bytes.
func limitMemory(bytes int64) error {
	limit := unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}
	return unix.Setrlimit(unix.RLIMIT_DATA, &limit)
}
