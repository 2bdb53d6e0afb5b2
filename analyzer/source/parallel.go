package source

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls do for each number below n, on as many goroutines as there are processors. More goroutines would each spend
// time on growing a stack for the parser.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}
