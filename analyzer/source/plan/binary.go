package plan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tfreach/tfreach/analyzer/source/process"
)

// ShowBinary has the terraform or tofu on PATH, the first of them that is
// there, show the binary plan at path, and returns its JSON for [Read].
//
// The tool runs in the plan's directory, where it finds the providers of the
// configuration, and sees nothing of the environment that it doesn't need. Its
// failure is the error of the last Read; Close ends it, if it still runs.
func ShowBinary(ctx context.Context, path string) (io.ReadCloser, error) {
	tool, err := findTool("terraform", "tofu")
	if err != nil {
		return nil, fmt.Errorf("a binary plan takes terraform or tofu to read it; "+
			`install one, or save the output of "terraform show -json": %w`, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	dir, base := filepath.Split(path)
	// With a directory in front, no name of a plan looks like an option.
	show := &shownPlan{tool: filepath.Base(tool), path: path, cancel: cancel}
	show.cmd = exec.CommandContext(ctx, tool, "show", "-json", "."+string(filepath.Separator)+base)
	show.cmd.Dir = dir
	show.cmd.Env = toolEnvironment()
	show.cmd.Stderr = &show.stderr
	show.cmd.WaitDelay = 5 * time.Second
	if show.stdout, err = show.cmd.StdoutPipe(); err == nil {
		err = show.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("running %s: %w", show.tool, err)
	}
	return show, nil
}

func findTool(names ...string) (string, error) {
	var errs []error
	for _, name := range names {
		tool, err := exec.LookPath(name)
		if err == nil {
			return tool, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// toolEnvironment returns what Terraform needs to find its plugins and to keep
// quiet: no credentials, no other TF_ variables.
func toolEnvironment() []string {
	return append(process.Environment("PATH", "HOME", "TF_DATA_DIR", "TMPDIR", "SYSTEMROOT", "USERPROFILE", "APPDATA", "TEMP"),
		"TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
}

// shownPlan is the standard output of a running tool.
type shownPlan struct {
	tool, path string
	cmd        *exec.Cmd
	cancel     context.CancelFunc
	stdout     io.Reader
	stderr     process.Complaints
	// ended is what Read returns once the tool has ended; nil before.
	ended error
}

// Read implements io.Reader.
func (s *shownPlan) Read(b []byte) (int, error) {
	if s.ended != nil {
		return 0, s.ended
	}
	n, err := s.stdout.Read(b)
	if err == nil {
		return n, nil
	}
	s.ended = io.EOF
	if waitErr := s.cmd.Wait(); waitErr != nil {
		s.ended = fmt.Errorf("%s show -json %s: %w", s.tool, s.path, waitErr)
		if text := s.stderr.String(); text != "" {
			s.ended = fmt.Errorf("%w: %s", s.ended, text)
		}
	}
	s.cancel()
	return n, s.ended
}

// Close implements io.Closer.
func (s *shownPlan) Close() error {
	s.cancel()
	if s.ended == nil {
		s.ended = os.ErrClosed
		// It fails because it was just killed.
		_ = s.cmd.Wait()
	}
	return nil
}
