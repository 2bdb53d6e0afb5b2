// Command tfreach says what the internet can reach in a Terraform configuration, plan or state.
//
// It parses arguments, calls package analyzer, and writes the report; it knows nothing of Terraform or clouds. It is the
// only package that prints and exits.
//
// # How it works
//
// Each command is a file. It makes an analyzer.Config of its flags, has the package make a result of that, renders the reports in
// memory, and writes them once all are made. What a command returns is the exit code, the same for every format.
//
// # Example
//
//	tfreach scan infra --format sarif --output tfreach.sarif
//
// writes what everyone reaches at TCP port 21 to the file, and exits with 1 if there is anything.
package main

import (
	"context"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// eagerMemory is how many bytes of memory make the collection of garbage eager, unless GOMEMLIMIT says otherwise. How much garbage
// there is depends on how busy the machine is; together with what is in use it stays below 1.5 GiB.
const eagerMemory = 1200 << 20

func main() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(eagerMemory)
	}
	// The second signal kills the process, as if nobody listened.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], standard()))
}
