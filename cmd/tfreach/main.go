// Command tfreach says what the internet can reach in a Terraform configuration, plan or state.
//
// It parses arguments, calls package analyzer, and writes the report; it knows nothing of Terraform or clouds. It is the
// only package that prints and exits.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], standard()))
}
