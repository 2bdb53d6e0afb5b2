package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
)

// doneFile is the last file that is written to a folder elsewhere. Without it, the folder isn't whole. Hadoop and Spark do
// the same with files of that name.
const doneFile = "_SUCCESS"

// result is the folder that a run makes.
type result struct {
	out string
	// staging is where files are written first: on this machine another folder, which gets its name in the end.
	staging string
	here    bool
}

// begin demands that the folder of the result is new.
func begin(ctx context.Context, out string) (*result, error) {
	r := &result{out: strings.TrimRight(out, "/"), here: !strings.Contains(out, "://")}
	r.staging = r.out
	if r.here {
		r.staging += ".partial"
		if _, err := os.Lstat(r.out); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--out: %s is there already", r.out)
		}
		if _, err := os.Lstat(r.staging); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--out: %s is of another run; remove it if that isn't running", r.staging)
		}
		return r, nil
	}
	files, err := filesystem.New(ctx, r.out)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	names, err := files.List(ctx, r.out+"/*")
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("--out: %s is not empty", r.out)
	}
	return r, err
}

// discard removes what a failed run leaves on this machine.
func (r *result) discard(context.Context) error {
	if !r.here {
		return nil
	}
	return os.RemoveAll(r.staging)
}

// finish adds the summary and makes the folder whole.
func (r *result) finish(ctx context.Context) (*summary, error) {
	s, err := summarize(ctx, r.staging, "")
	if err != nil {
		return nil, err
	}
	asJSON, err := s.json()
	if err != nil {
		return nil, err
	}
	asHTML, err := s.html()
	if err != nil {
		return nil, err
	}
	err = errors.Join(put(ctx, r.staging+"/summary.json", asJSON), put(ctx, r.staging+"/summary.html", asHTML))
	if err == nil && r.here {
		err = os.Rename(r.staging, r.out)
	} else if err == nil {
		err = put(ctx, r.out+"/"+doneFile, nil)
	}
	return s, err
}
