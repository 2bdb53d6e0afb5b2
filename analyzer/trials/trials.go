// Package trials says how much the tests of all packages try, and tries random things side by side.
//
// Most tests of a property try it on things made from a seed. A plain go test tries a few of them, so that one waits for it;
// with TFREACH_LONG=1 in the environment it tries thousands, and what takes minutes each is tried at all. A seed makes the
// same thing each time, so what a long run finds is found again by
//
//	TFREACH_LONG=1 go test ./analyzer -run TestPathsMatchWalker
package trials

import (
	"fmt"
	"os"
	"testing"
)

// Long says whether the long runs are asked for.
func Long() bool { return os.Getenv("TFREACH_LONG") != "" }

// Count returns few, or many in a long run.
func Count(few, many int) int {
	if Long() {
		return many
	}
	return few
}

// shards are more than most machines have cores, so that none is idle while the last of them run.
const shards = 16

// Each calls trial with each seed below n, some of them side by side, and returns when all are done. The test that trial
// gets is of its shard: its FailNow leaves out the seeds after that one in the shard.
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
