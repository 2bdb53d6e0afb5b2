package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// refuseNamesAsFlags refuses an argument that would be a flag and that also names a file. What calls the program with the
// names of files, as pre-commit does, may put them behind its flags without a -- between, and a repository may have files
// called like flags: --config=evil.tf would choose the settings, and --output=FILE would overwrite a file. Behind -- all
// are files, so nothing is refused where there is one.
func refuseNamesAsFlags(args []string) error {
	if slices.Contains(args, "--") {
		return nil
	}
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		if _, err := os.Lstat(arg); err == nil {
			return usagef("%q is a flag and the name of a file, too; write -- before the files, or ./ before the name", arg)
		}
	}
	return nil
}

// arguments says in words how many arguments there are.
func arguments(n int) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "one argument"
	}
	return fmt.Sprintf("%d arguments", n)
}
