// Package trials says how much the tests of all packages try, and tries random things side by side.
//
// Most tests of a property try it on things made from a seed, or on each fixture. A plain go test tries a few of them, so that
// one waits for it; with TFREACH_LONG=1 in the environment it tries thousands, and what takes minutes each is tried at all. With
// -short it tries a handful, and what only tries many things one after another is skipped: that is for the race detector.
//
// # How it works
//
// A seed makes the same thing each time, and a longer run tries the seeds of a shorter one and others. So what a long run finds
// is found again by
//
//	TFREACH_LONG=1 go test ./analyzer -run TestPathsMatchWalker
//
// # Example
//
// A test says how many of each: trials.Each(t, trials.Count(80, 3000), trial) tries 80 seeds, 3,000 in a long run, and 10 in a
// short one.
package trials

import (
	"fmt"
	"hash/fnv"
	"os"
	"testing"
)

// Long reports whether long runs are asked for.
func Long() bool { return os.Getenv("TFREACH_LONG") != "" }

// Count returns few; in a long run it returns many, and in a short one an eighth of few.
func Count(few, many int) int {
	switch {
	case Long():
		return many
	case testing.Short():
		return max(few/8, 1)
	}
	return few
}

// Chosen reports whether to try the thing of a name: one of few, always the same ones, or in a long run each.
func Chosen(name string, few int) bool {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // it never fails
	return Long() || sum.Sum32()%uint32(few) == 0
}

// SkipShort skips a test in a short run, since it tries many things one after another.
func SkipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: it tries many things one after another")
	}
}

// shards is more than the cores of most machines, so that none is idle while the last shards run.
const shards = 16

// Each calls trial with each seed below n, some of them side by side, and returns when all are done. A trial's test is its
// shard's: FailNow skips the later seeds of that shard.
func Each(t *testing.T, n int, trial func(t *testing.T, seed uint64)) {
	t.Helper()
	t.Run("seeds", func(t *testing.T) {
		for shard := range min(shards, n) {
			t.Run(fmt.Sprintf("%d of %d", shard, shards), func(t *testing.T) {
				t.Parallel()
				for seed := shard; seed < n; seed += shards {
					trial(t, uint64(seed))
				}
			})
		}
	})
}
