// Command tfreach says what the internet can reach in a Terraform configuration, plan or state.
//
// It parses arguments, calls package analyzer, and writes the report; it knows nothing of Terraform or clouds. It is the
// only package that prints and exits.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// After the first signal the next one kills, as if nobody listened.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], standard()))
}
