package git_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/git"
)

// run runs git in a folder, without the configuration of whoever runs the test.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", slices.Concat([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// repository makes a repository with a commit of files, by name; a name that ends in @ is a symbolic link.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: ", err)
	}
	dir := t.TempDir()
	run(t, dir, "init", "-q")
	for name, text := range files {
		link := strings.HasSuffix(name, "@")
		file := filepath.Join(dir, filepath.FromSlash(strings.TrimSuffix(name, "@")))
		err := os.MkdirAll(filepath.Dir(file), 0o777)
		if link {
			err = errors.Join(err, os.Symlink(text, file))
		} else {
			err = errors.Join(err, os.WriteFile(file, []byte(text), 0o666))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "add", ".")
	run(t, dir, "commit", "-q", "-m", "one")
	return dir
}

// openCommit opens HEAD of the repository in a folder.
func openCommit(t *testing.T, ctx context.Context, dir string) *source.Tree {
	t.Helper()
	work, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := git.Open(ctx, work, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(tree.Close(), tree.Close(), work.Close()); err != nil {
			t.Error(err)
		}
	})
	return tree
}

func TestOpenFS(t *testing.T) {
	dir := repository(t, map[string]string{
		"main.tf": "# main\n", "empty.tf": "", "a/b/c.tf": "# c\n", "a b/\u00e9.tf": "# spaced\n", "a-b.tf": "# sorts between\n",
		"bytes.bin": "\x00\xff\r\n\n",
	})
	// What isn't committed isn't there.
	if err := os.WriteFile(filepath.Join(dir, "later.tf"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "main.tf")); err != nil {
		t.Fatal(err)
	}
	tree := openCommit(t, t.Context(), dir)
	if err := fstest.TestFS(tree.FS(), "main.tf", "empty.tf", "a/b/c.tf", "a b/\u00e9.tf", "a-b.tf"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"main.tf": "# main\n", "empty.tf": "", "bytes.bin": "\x00\xff\r\n\n"} {
		got, err := tree.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := tree.ReadFile("later.tf"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("later.tf: got error %v", err)
	}
	if diff := cmp.Diff([]string{"a-b.tf", "empty.tf", "main.tf"}, tree.Module(".").Files); diff != "" {
		t.Error(diff)
	}
	found, err := tree.Roots(t.Context(), ".")
	if diff := cmp.Diff([]string{".", "a b", "a/b"}, found.Roots); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestOpenLinks(t *testing.T) {
	dir := repository(t, map[string]string{
		"shared/a.tf": "# a\n", "infra/a.tf@": "../shared/a.tf", "folder@": "shared", "deep@": "folder/a.tf",
		"infra/up@": "..", "ring@": "ring", "ring1@": "ring2", "ring2@": "ring1", "outside@": "../secret", "absolute@": "/etc/passwd",
		"dangling@": "nowhere", "x/y@": "../x/../outside",
	})
	tree := openCommit(t, t.Context(), dir)
	for _, name := range []string{"infra/a.tf", "folder/a.tf", "deep", "infra/up/infra/up/folder/a.tf"} {
		got, err := tree.ReadFile(name)
		if err != nil || string(got) != "# a\n" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"ring": "too many symbolic links", "ring1": "too many symbolic links", "outside": source.ErrOutside.Error(),
		"absolute": source.ErrOutside.Error(), "x/y": source.ErrOutside.Error(), "dangling": fs.ErrNotExist.Error(),
		"folder": "it is no regular file", "../x": source.ErrOutside.Error(), "shared/a.tf/b": fs.ErrNotExist.Error(),
	} {
		if _, err := tree.ReadFile(name); err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", name, err, want)
		}
	}
	if diff := cmp.Diff([]string{"shared/a.tf"}, tree.Module("shared").Files); diff != "" {
		t.Error(diff)
	}
	if m := tree.Module("infra"); len(m.Diags) > 0 || len(m.Files) != 1 {
		t.Errorf("infra: %v, %v", m.Files, m.Diags)
	}
}

// Modules that terraform init installed are in no commit, so they are those of the work tree.
func TestOpenInstalled(t *testing.T) {
	dir := repository(t, map[string]string{"main.tf": "# old\n"})
	for name, text := range map[string]string{"main.tf": "# new\n", ".terraform/modules/m/main.tf": "# module\n"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	tree := openCommit(t, t.Context(), dir)
	for name, want := range map[string]string{"main.tf": "# old\n", ".terraform/modules/m/main.tf": "# module\n"} {
		got, err := tree.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	if files := tree.Module(".terraform/modules/m").Files; len(files) != 1 {
		t.Errorf("the module has files %v", files)
	}
}

// A submodule is another repository, so it isn't there.
func TestOpenSubmodule(t *testing.T) {
	dir := repository(t, map[string]string{"main.tf": "# main\n"})
	head := run(t, dir, "rev-parse", "HEAD")
	run(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+head+",sub")
	run(t, dir, "commit", "-q", "-m", "two")
	tree := openCommit(t, t.Context(), dir)
	if _, err := fs.Stat(tree.FS(), "sub"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v", err)
	}
}

// An object that the clone lacks is an error for its file, and for no other.
func TestOpenLackingObject(t *testing.T) {
	dir := repository(t, map[string]string{"main.tf": "# main\n", "other.tf": "# other\n"})
	object := run(t, dir, "rev-parse", "HEAD:main.tf")
	if err := os.Remove(filepath.Join(dir, ".git", "objects", object[:2], object[2:])); err != nil {
		t.Fatal(err)
	}
	tree := openCommit(t, t.Context(), dir)
	if _, err := tree.ReadFile("main.tf"); err == nil || !strings.Contains(err.Error(), "the clone lacks Git object "+object) {
		t.Errorf("got error %v", err)
	}
	if got, err := tree.ReadFile("other.tf"); err != nil || string(got) != "# other\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestOpenCancelled(t *testing.T) {
	dir := repository(t, map[string]string{"main.tf": "# main\n"})
	ctx, cancel := context.WithCancel(t.Context())
	tree := openCommit(t, ctx, dir)
	cancel()
	if _, err := tree.ReadFile("main.tf"); err == nil {
		t.Error("a file was read after the end")
	}
	work, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer work.Close()
	if _, err := git.Open(ctx, work, "HEAD"); err == nil {
		t.Error("a commit was opened after the end")
	}
}

func TestOpenRefused(t *testing.T) {
	dir := repository(t, map[string]string{"main.tf": "# main\n"})
	plain := filepath.Join(dir, "folder")
	if err := os.Mkdir(plain, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, ref, want string }{
		{dir, "nope", `has no commit "nope"`},
		{dir, "HEAD:main.tf", `has no commit "HEAD:main.tf"`},
		{dir, "", `"" is no Git reference`},
		{dir, "--all", `"--all" is no Git reference`},
		// Only the repository of the folder itself counts, not one around it.
		{plain, "HEAD", "is no Git repository that can be read"},
	} {
		work, err := source.OpenTree(c.dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer work.Close()
		if _, err := git.Open(t.Context(), work, c.ref); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got error %v, want %s", c.ref, err, c.want)
		}
	}
}

// The configuration of a repository has git run and fetch nothing, though it allows the protocols by name.
func TestOpenRunsNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: the program that must not run is a shell script")
	}
	dir := repository(t, map[string]string{"main.tf": "# main\n"})
	object := run(t, dir, "rev-parse", "HEAD:main.tf")
	if err := os.Remove(filepath.Join(dir, ".git", "objects", object[:2], object[2:])); err != nil {
		t.Fatal(err)
	}
	ran, script := filepath.Join(t.TempDir(), "ran"), filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho x >>'"+ran+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"extensions.partialClone": "origin", "core.repositoryFormatVersion": "1", "remote.origin.promisor": "true", "remote.origin.uploadpack": script,
		"protocol.allow": "always", "protocol.ext.allow": "always", "protocol.file.allow": "always", "protocol.ssh.allow": "always", "core.sshCommand": script,
		"core.fsmonitor": script, "core.pager": script, "core.gitProxy": script, "credential.helper": script, "core.hooksPath": filepath.Dir(script),
		"core.alternateRefsCommand": script, "uploadpack.packObjectsHook": script, "alias.cat-file": "!" + script,
	} {
		run(t, dir, "config", name, value)
	}
	for _, url := range []string{"ext::" + script, "file://" + dir, "ssh://localhost/x", dir} {
		run(t, dir, "config", "remote.origin.url", url)
		tree := openCommit(t, t.Context(), dir)
		if text, err := tree.ReadFile("main.tf"); err == nil {
			t.Errorf("%s: read %q", url, text)
		}
		if _, err := os.Stat(ran); err == nil {
			t.Fatalf("%s: the repository's program ran", url)
		}
	}
	// One that doesn't know GIT_NO_LAZY_FETCH is kept from it by the protocols alone.
	args, env := git.Command(dir)
	env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, "GIT_NO_LAZY_FETCH=") })
	for _, url := range []string{"ext::" + script, "file://" + dir, "ssh://localhost/x", dir} {
		run(t, dir, "config", "remote.origin.url", url)
		cmd := exec.CommandContext(t.Context(), "git", slices.Concat(args, []string{"cat-file", "blob", object})...)
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("%s: %s", url, out)
		}
		if _, err := os.Stat(ran); err == nil {
			t.Fatalf("%s: the repository's program ran for a git that fetches", url)
		}
	}
	// It would with git as it is.
	run(t, dir, "config", "remote.origin.url", "ext::"+script)
	cmd := exec.CommandContext(t.Context(), "git", "cat-file", "blob", object)
	cmd.Dir = dir
	_ = cmd.Run() // there is nothing to fetch
	if _, err := os.Stat(ran); err != nil {
		t.Log("SKIPPED: this git runs nothing, so the test says little")
	}
}

// A commit may have any number of files: those that aren't asked for cost nothing.
func TestOpenManyFiles(t *testing.T) {
	dir := repository(t, map[string]string{"main.tf": "# main\n"})
	tree := func(entries string) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "git", "mktree")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(entries)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	var leaf, branch, top strings.Builder
	blob := run(t, dir, "rev-parse", "HEAD:main.tf")
	for i := range 1000 {
		fmt.Fprintf(&leaf, "100644 blob %s\tf%d.txt\n", blob, i)
	}
	leafTree := tree(leaf.String())
	for i := range 1000 {
		fmt.Fprintf(&branch, "040000 tree %s\td%d\n", leafTree, i)
	}
	fmt.Fprintf(&top, "040000 tree %s\tmany\n100644 blob %s\tmain.tf\n", tree(branch.String()), blob)
	run(t, dir, "update-ref", "HEAD", run(t, dir, "commit-tree", "-m", "a million files", tree(top.String())))
	commit := openCommit(t, t.Context(), dir)
	found, err := commit.Roots(t.Context(), ".")
	if diff := cmp.Diff([]string{"."}, found.Roots); err != nil || diff != "" || len(found.Diags) > 0 {
		t.Error(err, diff, found.Diags)
	}
	if text, err := commit.ReadFile("many/d999/f999.txt"); err != nil || string(text) != "# main\n" {
		t.Errorf("%q, %v", text, err)
	}
	// Ten times as many are too many to look through.
	var more strings.Builder
	for i := range 10 {
		fmt.Fprintf(&more, "040000 tree %s\tm%d\n", tree(branch.String()), i)
	}
	run(t, dir, "update-ref", "HEAD", run(t, dir, "commit-tree", "-m", "ten million files", tree(more.String())))
	if found, err = openCommit(t, t.Context(), dir).Roots(t.Context(), "."); err != nil || !found.Diags.HasErrors() {
		t.Errorf("%+v, %v", found, err)
	}
}
