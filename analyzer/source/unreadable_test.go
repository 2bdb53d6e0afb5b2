package source_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/source"
)

// locked is a file system with folders that can't be read.
type locked struct{ fstest.MapFS }

func (l locked) ReadDir(name string) ([]fs.DirEntry, error) {
	if strings.HasSuffix(name, "locked") {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.ReadDir(name)
}

// A folder that can't be read costs itself only, and is named.
func TestUnreadableFolder(t *testing.T) {
	tree := source.NewTree(locked{fstest.MapFS{
		"a/main.tf": {}, "b/locked/main.tf": {}, "b/main.tf": {}, "c/main.tf": {},
	}})
	found, err := tree.Roots(t.Context(), ".")
	if diff := cmp.Diff([]string{"a", "b", "c"}, found.Roots); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if len(found.Diags) != 1 || !found.Diags.HasErrors() || found.Diags[0].Subject.Filename != "b/locked" || found.Diags[0].Detail != "permission denied" {
		t.Errorf("got %v", found.Diags)
	}
	if _, err := tree.Roots(t.Context(), "b/locked"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the folder itself: got error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tree.Roots(ctx, "."); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got error %v", err)
	}
}
