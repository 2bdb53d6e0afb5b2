// Package git reads the files of a commit.
//
// In go a tree of the work tree and a reference; out comes a tree with the files that the commit has. The package
// changes nothing, runs nothing but git, and has git run nothing that the repository names.
//
// # How it works
//
// [Open] has git name the commit and list its files once. The list is a file system whose files are read when they are
// asked for, through one "git cat-file --batch" that ends with the tree. Symbolic links are followed within the commit.
// Modules that terraform init installed are in no commit, so folders named .terraform are those of the work tree.
//
// # Example
//
// With a file main.tf that was committed, then changed: work.ReadFile("main.tf") is the new text, and after
// old, err := git.Open(ctx, work, "HEAD"), old.ReadFile("main.tf") is the committed one, placed at main.tf as well.
package git
