package plan

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tfreach/tfreach/analyzer/source/named"
	"github.com/tfreach/tfreach/analyzer/source/process"
)

// refusal is the error for a binary plan when no program may be run to read it. It holds the command to run instead.
type refusal struct{ path string }

// Error returns a sentence.
func (r refusal) Error() string {
	return fmt.Sprintf("it is a binary plan, and to read one, Terraform runs the providers that it finds. Where they can be trusted: "+
		"terraform show -json %s | tfreach scan - (or --terraform PATH)", quoted(r.path))
}

// quoted returns a path quoted for a shell, written so that it can't be a flag.
func quoted(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "." + string(filepath.Separator) + path
	}
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./\\:") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// ShowBinary has a program, terraform or tofu, show the binary plan at path, and returns its JSON for [Read].
//
// The program runs in an empty folder of its own, with an empty data folder and empty settings, and sees nothing of the
// environment that it doesn't need, credentials and HOME among it. The user's TF_DATA_DIR and TF_CLI_CONFIG_FILE say
// where it finds providers if they are absolute and the repository doesn't own what they name. The program's failure is
// the error of the last Read; Close ends it, if it still runs.
func ShowBinary(ctx context.Context, program, path string) (io.ReadCloser, error) {
	tool, err := exec.LookPath(program)
	if err == nil {
		tool, err = filepath.Abs(tool)
	}
	if err != nil {
		return nil, fmt.Errorf("--terraform: %w", err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dir, env, err := workplace(abs)
	if err != nil {
		return nil, fmt.Errorf("making a folder to run %s in: %w", filepath.Base(tool), err)
	}
	ctx, cancel := context.WithCancel(ctx)
	show := &shownPlan{tool: filepath.Base(tool), path: path, dir: dir, cancel: cancel}
	show.cmd = exec.CommandContext(ctx, tool, "show", "-json", "-no-color", abs)
	show.cmd.Dir = filepath.Join(dir, "run")
	show.cmd.Env = env
	show.cmd.Stderr = &show.stderr
	show.cmd.WaitDelay = 5 * time.Second
	if show.stdout, err = show.cmd.StdoutPipe(); err == nil {
		err = show.cmd.Start()
	}
	if err != nil {
		show.release()
		return nil, fmt.Errorf("running %s: %w", show.tool, err)
	}
	return show, nil
}

// workplace makes a folder with what a program needs to show a plan. It returns the folder and the program's environment.
func workplace(plan string) (dir string, env []string, err error) {
	if dir, err = os.MkdirTemp("", "tfreach-"); err != nil {
		return "", nil, err
	}
	data, settings := filepath.Join(dir, "data"), filepath.Join(dir, "settings")
	err = errors.Join(os.Mkdir(filepath.Join(dir, "run"), 0o700), os.Mkdir(data, 0o700), os.WriteFile(settings, nil, 0o600))
	if theirs, ok := trusted(plan, "TF_CLI_CONFIG_FILE"); ok {
		settings = theirs
	}
	if theirs, ok := trusted(plan, "TF_DATA_DIR"); ok {
		data = theirs
		// The lock file says which of the providers there the plan was made with.
		if lock := lockOf(plan); lock != nil {
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, "run", ".terraform.lock.hcl"), lock, 0o600))
		}
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, err
	}
	return dir, append(process.Environment("PATH", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP"),
		"TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1", "TF_DATA_DIR="+data, "TF_CLI_CONFIG_FILE="+settings), nil
}

// trusted returns the path in an environment variable, unless it lies where changes to the plan's repository can reach it.
func trusted(plan, variable string) (string, bool) {
	path := os.Getenv(variable)
	return path, filepath.IsAbs(path) && !named.Owns(plan, path)
}

// lockOf returns the dependency lock file in a plan, or nil.
func lockOf(plan string) []byte {
	const name, most = ".terraform.lock.hcl", 1 << 20
	archive, err := zip.OpenReader(plan)
	if err != nil {
		return nil
	}
	defer func() { _ = archive.Close() }() // The archive was only read from.
	f, err := archive.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil || len(text) > most {
		return nil
	}
	return text
}

// shownPlan is the standard output of a running tool.
type shownPlan struct {
	tool, path string
	dir        string // of its own
	cmd        *exec.Cmd
	cancel     context.CancelFunc
	stdout     io.Reader
	stderr     process.Complaints
	// ended is what Read returns once the tool has ended; nil until then.
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
	s.release()
	return n, s.ended
}

// Close implements io.Closer.
func (s *shownPlan) Close() error {
	s.cancel()
	if s.ended == nil {
		s.ended = os.ErrClosed
		// It fails because it was just killed.
		_ = s.cmd.Wait()
		s.release()
	}
	return nil
}

// release removes the program's folder.
func (s *shownPlan) release() {
	s.cancel()
	_ = os.RemoveAll(s.dir) // the system removes what is left in it
}
