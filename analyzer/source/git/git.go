package git

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/process"
)

// repository runs git on a repository. It uses only commands that read objects, and that run no hooks, no filters and nothing
// else that the repository's configuration names, and don't use the network.
type repository struct {
	ctx     context.Context // ends the commands, as the methods of a file system take none
	git     string
	dir     string
	shallow bool
}

// openRepository finds the repository whose work tree is at dir.
func openRepository(ctx context.Context, dir string) (*repository, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("it takes git to read a commit: %w", err)
	}
	r := &repository{ctx: ctx, git: git, dir: dir}
	out, err := r.run("rev-parse", "--is-shallow-repository")
	if err != nil {
		return nil, fmt.Errorf("%s is no Git repository that can be read: %w", dir, err)
	}
	r.shallow = strings.TrimSpace(string(out)) == "true"
	return r, nil
}

// command returns a git command that sees nothing of the environment that it doesn't need.
func (r *repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.git, slices.Concat(settings(), args)...)
	cmd.Dir = r.dir
	cmd.Env = environment(r.dir)
	return cmd
}

// settings returns git's settings for the command line.
func settings() []string {
	return []string{"--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "protocol.allow=never"}
}

// environment confines git to the repository at dir. The user's own configuration stays, as it says which repositories of other
// users are safe to read.
func environment(dir string) []string {
	return append(process.Environment("PATH", "HOME", "XDG_CONFIG_HOME", "SYSTEMROOT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"),
		// No protocol is allowed, whatever a configuration says about single ones: this overrides protocol.allow.
		"GIT_ALLOW_PROTOCOL=",
		"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_NO_REPLACE_OBJECTS=1",
		"GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
}

// maxAnswer limits what a git command other than cat-file may print, in bytes.
const maxAnswer = 64 << 10

// run returns the output of a git command.
func (r *repository) run(args ...string) ([]byte, error) {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	cmd := r.command(ctx, args...)
	var stderr process.Complaints
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("running git: %w", err)
	}
	out, readErr := io.ReadAll(io.LimitReader(stdout, maxAnswer+1))
	if len(out) > maxAnswer {
		cancel()
		readErr = fmt.Errorf("git %s prints more than %d KiB", args[0], maxAnswer>>10)
	}
	waitErr := cmd.Wait()
	switch {
	case readErr != nil:
		return nil, readErr
	case r.ctx.Err() != nil:
		return nil, r.ctx.Err()
	case waitErr != nil:
		return nil, gitError(waitErr, &stderr)
	}
	return out, nil
}

func gitError(err error, stderr *process.Complaints) error {
	if text := stderr.String(); text != "" {
		return fmt.Errorf("git: %s", strings.TrimPrefix(text, "fatal: "))
	}
	return fmt.Errorf("git: %w", err)
}

// commit returns the name of the commit that a reference means.
func (r *repository) commit(ref string) (string, error) {
	if ref == "" || strings.HasPrefix(ref, "-") {
		return "", fmt.Errorf("%q is no Git reference", ref)
	}
	out, err := r.run("rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	switch {
	case err == nil:
		return strings.TrimSpace(string(out)), nil
	case r.ctx.Err() != nil:
		return "", err
	case r.shallow:
		return "", fmt.Errorf("%s has no commit %q; it is a shallow clone, so fetch that commit or the whole history "+
			"(git fetch --unshallow)", r.dir, ref)
	}
	return "", fmt.Errorf("%s has no commit %q", r.dir, ref)
}

// tree returns the name of the commit's tree object.
func (r *repository) tree(commit string) (string, error) {
	out, err := r.run("rev-parse", "--verify", "--quiet", "--end-of-options", commit+"^{tree}")
	return strings.TrimSpace(string(out)), err
}

// parseTree reads a tree object and sorts its entries by name. An entry is MODE, a space, the name, a zero byte, and the
// object's name in width bytes. Submodules are left out. Source: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
func parseTree(data []byte, width int) ([]treeEntry, error) {
	var out []treeEntry
	for len(data) > 0 {
		mode, rest, ok := bytes.Cut(data, []byte{' '})
		name, rest, end := bytes.Cut(rest, []byte{0})
		if !ok || !end || len(rest) < width {
			return nil, errors.New("it is no tree object that can be read")
		}
		entry := treeEntry{name: string(name), mode: modeOf(string(mode)), object: hex.EncodeToString(rest[:width])}
		data = rest[width:]
		if entry.mode != fs.ModeIrregular && fs.ValidPath(entry.name) && entry.name != "." && !strings.Contains(entry.name, "/") {
			out = append(out, entry)
		}
	}
	slices.SortFunc(out, func(a, b treeEntry) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func modeOf(mode string) fs.FileMode {
	switch mode {
	case "40000":
		return fs.ModeDir
	case "100644", "100755", "100664":
		return 0o444
	case "120000":
		return fs.ModeSymlink
	default:
		return fs.ModeIrregular
	}
}

// objects reads files and folders through one git process, which runs as long as there may be more to read. It is safe for
// concurrent use.
type objects struct {
	repo *repository

	mu     sync.Mutex
	cancel context.CancelFunc // nil before git runs
	cmd    *exec.Cmd
	stdin  io.Writer
	stdout *bufio.Reader
	stderr process.Complaints
	err    error // for good, once git failed
}

// read returns the content of an object of a kind, blob or tree; at most [source.MaxFileBytes].
func (o *objects) read(object, kind string) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && o.cancel == nil {
		o.err = o.start()
	}
	if o.err != nil {
		return nil, o.err
	}
	size, err := o.ask(object, kind)
	switch {
	case err != nil:
		o.err = fmt.Errorf("reading Git object %s: %w", object, err)
		return nil, o.err
	case size < 0:
		return nil, fmt.Errorf("the clone lacks Git object %s; it is a partial one, so fetch the commit in full", object)
	case size > source.MaxFileBytes:
		_, o.err = io.CopyN(io.Discard, o.stdout, size+1)
		return nil, fmt.Errorf("it is larger than %d MiB", source.MaxFileBytes>>20)
	}
	text := make([]byte, size+1)
	if _, o.err = io.ReadFull(o.stdout, text); o.err != nil {
		return nil, o.err
	}
	return text[:size], nil
}

func (o *objects) start() error {
	ctx, cancel := context.WithCancel(o.repo.ctx)
	o.cancel = cancel
	o.cmd = o.repo.command(ctx, "cat-file", "--batch")
	o.cmd.Stderr = &o.stderr
	stdin, err := o.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := o.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	o.stdin, o.stdout = stdin, bufio.NewReader(stdout)
	if err := o.cmd.Start(); err != nil {
		return fmt.Errorf("running git: %w", err)
	}
	return nil
}

// ask makes git print an object, and reads the first line. git prints OBJECT TYPE SIZE, a line feed, the content, and a line
// feed. size is -1 if the object doesn't exist.
func (o *objects) ask(object, kind string) (size int64, err error) {
	if _, err := io.WriteString(o.stdin, object+"\n"); err != nil {
		return 0, err
	}
	head, err := o.stdout.ReadString('\n')
	if err != nil {
		return 0, gitError(err, &o.stderr)
	}
	if head == object+" missing\n" {
		return -1, nil
	}
	number, ok := strings.CutPrefix(strings.TrimSpace(head), object+" "+kind+" ")
	if size, err = strconv.ParseInt(number, 10, 64); !ok || err != nil || size < 0 {
		return 0, fmt.Errorf("git cat-file prints %q", head)
	}
	return size, nil
}

// Close ends git.
func (o *objects) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cancel != nil && !errors.Is(o.err, os.ErrClosed) {
		o.cancel()
		_ = o.cmd.Wait() // it fails because it was just killed, or has failed already
	}
	o.err = os.ErrClosed
	return nil
}
