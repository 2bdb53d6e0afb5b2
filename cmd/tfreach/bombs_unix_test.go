//go:build unix

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer/trials"
)

// maxMemory is what the README promises of a configuration, in bytes.
const maxMemory = 1536 << 20

// sourceOf is a group whose source is an expression.
func sourceOf(expr string) string {
	return fmt.Sprintf("resource \"aws_security_group\" \"bomb\" {\n  ingress {\n    from_port = 21\n    to_port = 21\n"+
		"    protocol = \"tcp\"\n    cidr_blocks = [%s]\n  }\n}\n", expr)
}

// Each is short to write and without end, or nearly, to evaluate. It costs what it says, and nothing else.
func TestBombs(t *testing.T) {
	t.Parallel()
	if !trials.Long() {
		t.Skip("SKIPPED: it takes minutes")
	}
	grow := func(first string, next func(last string) string) string {
		text := "locals {\n  l0 = " + first + "\n"
		for i := range 40 {
			text += fmt.Sprintf("  l%d = %s\n", i+1, next(fmt.Sprintf("local.l%d", i)))
		}
		return text + "}\n"
	}
	for _, tt := range []struct {
		name, file, text, want string
	}{
		{"billion laughs", "bomb.tf", grow(`"lol"`, func(last string) string { return `"` + strings.Repeat("${"+last+"}", 10) + `"` }) + sourceOf("local.l40"), "steps to evaluate"},
		{"a billion lists", "bomb.tf", grow(`["1.2.3.4/32"]`, func(last string) string { return "[" + strings.Repeat(last+", ", 10) + "]" }) + sourceOf("local.l40[0]"), "MaxElements"},
		{"nested loops", "bomb.tf", "locals {\n  n = range(1000)\n  x = [for a in local.n : [for b in local.n : [for c in local.n : a]]]\n}\n" + sourceOf("local.x[0][0][0]"), "maxSteps"},
		{"a nested template", "bomb.tf", "locals {\n  n = range(1000)\n  x = \"" + strings.Repeat("%{ for a in local.n }", 3) + "a" + strings.Repeat("%{ endfor }", 3) + "\"\n}\n" + sourceOf("local.x"), "maxSteps"},
		{"a long range", "bomb.tf", sourceOf(`"${length(range(1e9))}.0.0.0/0"`), "range"},
		{"a product", "bomb.tf", "locals {\n  n = range(1000)\n}\n" + sourceOf(`"${length(setproduct(local.n, local.n, local.n))}.0.0.0/0"`), "MaxElements"},
		{"many instances", "bomb.tf", "resource \"aws_security_group\" \"many\" {\n  count = 1e9\n}\n", "instances"},
		{"brackets", "bomb.tf", "locals {\n  x = " + strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5) + "\n}\n", "deep"},
		{"JSON brackets", "bomb.tf.json", `{"locals": {"x": ` + strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5) + "}}", "deep"},
		{"large values", "bomb.tf", largeValues(100), "maxMade"},
		{"a huge number", "bomb.tf", "locals {\n  x = 1e999999999\n}\n" + sourceOf(`"${local.x}"`), "digits"},
		{"a huge number in JSON", "bomb.tf.json", `{"locals": {"x": 1e999999999}}`, "digits"},
		{"a regular expression", "bomb.tf", "locals {\n  s = join(\"\", [for i in range(1024) : \"" + strings.Repeat("a", 1000) + "\"])\n}\n" +
			sourceOf(`regexall("((((a{0,100}){0,10})*)*)*b", local.s)[0][0]`), "MaxWork"},
		{"YAML aliases", "bomb.tf", "locals {\n  y = <<-EOT\n    a: &a [x,x,x,x,x,x,x,x,x,x]\n    b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" +
			"    c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n    d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n    e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n" +
			"    f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n    g: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n  EOT\n}\n" + sourceOf(`yamldecode(local.y).g[0]`), "MaxElements"},
		{"what fails late", "bomb.tf", "resource \"aws_security_group\" \"many\" {\n  count = 1000\n  description = format(\"%04000000d\", count.index)\n" +
			"  ingress {\n    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n    cidr_blocks = [format(\"%03999999d\", count.index)]\n  }\n}\n", "maxMade"},
		{"sources in blocks of instances", "bomb.tf", "resource \"aws_security_group\" \"many\" {\n  count = 400\n  dynamic \"ingress\" {\n    for_each = range(60)\n    content {\n" +
			"      from_port = 21\n      to_port = 21\n      protocol = \"tcp\"\n      cidr_blocks = [for i in range(100) : \"${(i * 7) % 223 + 1}.${count.index % 256}.${i}.0/32\"]\n    }\n  }\n}\n", "maxSteps"},
		{"regular expressions in instances", "bomb.tf", "locals {\n  s = join(\"\", [for i in range(1000) : \"aaaaaaaaaaaa\"])\n}\n" +
			"resource \"aws_security_group\" \"many\" {\n  count = 1000\n  ingress {\n    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n" +
			"    cidr_blocks = [for m in regexall(\"a*z${count.index}\", local.s) : m]\n  }\n}\n", "maxSteps"},
		{"a template that is long to read", "bomb.tf", "locals {\n  t = join(\"\", [for i in range(1000) : \"" + strings.Repeat("x", 900) + "\"])\n" +
			"  x = [for i in range(1000) : templatestring(local.t, { i = i })]\n}\n" + sourceOf("local.x[0]"), "maxSteps"},
		{"replacements in instances", "bomb.tf", "locals {\n  s = join(\"\", [for i in range(1000) : \"" + strings.Repeat("a", 400) + "\"])\n}\n" +
			"resource \"aws_security_group\" \"many\" {\n  count = 1000\n  ingress {\n    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n" +
			"    cidr_blocks = [replace(local.s, \"a\", \"bcdefghi${count.index % 10}\")]\n  }\n}\n", "maxSteps"},
		{"documents in instances", "bomb.tf", "locals {\n  s = jsonencode([for i in range(1000) : { n = i, t = [for j in range(9) : \"t${j}\"] }])\n}\n" +
			"resource \"aws_security_group\" \"many\" {\n  count = 1000\n  ingress {\n    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n" +
			"    cidr_blocks = [jsondecode(local.s)[count.index].t[0]]\n  }\n}\n", "maxSteps"},
		{"subnets in loops, many times", "bomb.tf", "locals {\n  c = [for a in range(1000) : cidrsubnets(\"10.0.0.0/8\", [for b in range(1000) : 20]...)]\n}\n" +
			"resource \"aws_security_group\" \"many\" {\n  count = 300\n  ingress {\n    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n" +
			"    cidr_blocks = flatten(local.c)\n  }\n}\n", "maxMade"},
		{"blocks in blocks", "bomb.tf", "resource \"aws_security_group\" \"x\" {\n" + strings.Repeat("  dynamic \"ingress\" {\n    for_each = range(1000)\n    content {\n", 20) +
			strings.Repeat("    }\n  }\n", 20) + "}\n", "required argument is missing"},
		{"modules", "bomb.tf", "module \"m\" {\n  source = \"./m\"\n  count  = 100000\n}\n", "instances"},
		{"calls of modules", "bomb.tf", manyCalls(100_000), "instances"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "main.tf"), opening)
			writeModule(t, filepath.Join(dir, "m"), opening)
			writeFile(t, filepath.Join(dir, tt.file), tt.text)
			survives(t, dir, exitPartial, tt.want)
		})
	}
	t.Run("modules that call two", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "main.tf"), opening+"module \"m\" {\n  source = \"./m0\"\n}\n")
		for i := range 40 {
			text := ""
			for _, name := range []string{"a", "b"} {
				text += fmt.Sprintf("module %q {\n  source = \"../m%d\"\n}\n", name, i+1)
			}
			writeModule(t, filepath.Join(dir, fmt.Sprintf("m%d", i)), text)
		}
		writeModule(t, filepath.Join(dir, "m40"), opening)
		survives(t, dir, exitPartial, "instances")
	})
	t.Run("machines times groups", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "main.tf"), opening+"resource \"aws_security_group\" \"g\" {\n  count = 1000\n  ingress {\n    from_port = 21\n    to_port = 21\n"+
			"    protocol = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/${count.index % 8 + 1}\"]\n  }\n}\n"+
			"resource \"aws_instance\" \"m\" {\n  count = 1000\n  vpc_security_group_ids = aws_security_group.g[*].id\n}\n")
		survives(t, dir, exitFindings, "875 resources")
	})
	t.Run("rules handed to modules", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "main.tf"), opening+"module \"m\" {\n  count = 1000\n  source = \"git::https://git.example.com/firewall.git\"\n"+
			"  rules = [for i in range(250) : { ranges = [\"0.0.0.0/0\"], ports = [\"21\"] }]\n}\n")
		survives(t, dir, exitFindings, "it may open 1000 resources")
	})
	t.Run("rules of a known module", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "main.tf"), opening+"module \"m\" {\n  count = 1000\n  source = \"terraform-aws-modules/security-group/aws\"\n  version = \"5.1.0\"\n"+
			"  ingress_with_cidr_blocks = [for i in range(250) : { from_port = 21, to_port = 21, protocol = \"tcp\", cidr_blocks = \"0.0.0.0/0\" }]\n}\n")
		survives(t, dir, exitPartial, "maxMade")
	})
	packed := gigabyte(t)
	t.Run("user data", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "main.tf"), opening+"resource \"aws_instance\" \"i\" {\n  ami = \"ami-1\"\n  instance_type = \"t3.nano\"\n"+
			"  vpc_security_group_ids = [aws_security_group.ftp.id]\n  user_data_base64 = \""+base64.StdEncoding.EncodeToString(packed)+"\"\n}\n")
		survives(t, dir, exitFindings, "too long to be read")
	})
	t.Run("a plan", func(t *testing.T) {
		plan := filepath.Join(t.TempDir(), "plan.json.gz")
		writeFile(t, plan, string(packed))
		if code, report := scanBounded(t, plan); code != exitError {
			t.Errorf("exit code %d:\n%.2000s", code, report)
		}
	})
}

// survives scans a folder with an opening and a bomb.
func survives(t *testing.T, dir string, wantCode int, want string) {
	t.Helper()
	code, report := scanBounded(t, dir)
	if code != wantCode || !strings.Contains(report, want) || !strings.Contains(report, "aws_security_group.ftp lets everyone") {
		t.Errorf("exit code %d, want %d, %q and the opening:\n%.4000s", code, wantCode, want, report)
	}
}

// scanBounded returns the exit code and the report of a scan that must keep to its memory.
func scanBounded(t *testing.T, path string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tfreach", "scan", path)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "linux" {
		peak <<= 10 // it counts kilobytes
	}
	t.Logf("%v, %d MiB", time.Since(start).Round(10*time.Millisecond), peak>>20)
	if peak > maxMemory {
		t.Errorf("it took %d MiB", peak>>20)
	}
	return cmd.ProcessState.ExitCode(), strings.Join(strings.Fields(string(out)), " ")
}

func manyCalls(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "module \"m%d\" {\n  source = \"./m\"\n}\n", i)
	}
	return b.String()
}

func largeValues(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  r = range(250)\n")
	sum := "0"
	for i := range n {
		fmt.Fprintf(&b, "  l%d = setproduct(local.r, local.r)\n", i)
		sum += fmt.Sprintf(" + length(local.l%d)", i)
	}
	return b.String() + "}\n" + sourceOf(`"${`+sum+`}.0.0.0/8"`)
}

// gigabyte returns what unpacks to one.
func gigabyte(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range 1 << 10 {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func writeModule(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "main.tf"), text)
}

// Who waits for a pipe that nobody writes to waits no longer than was said, or until the interrupt, and reports that.
func TestEndsInTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		end  os.Signal
		code int
		want string
		then string // how the report begins
	}{
		{"the timeout", []string{"--timeout", "50ms"}, nil, exitPartial, "The time is over", "error: The time is over"},
		{"an interrupt", nil, os.Interrupt, exitPartial, "Interrupted", "error: Interrupted"},
		{"the end of a job", nil, syscall.SIGTERM, exitPartial, "Interrupted", "error: Interrupted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			pipe, report := filepath.Join(dir, "plan.json"), filepath.Join(dir, "report")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			writeFile(t, report, "the old one")
			var stderr bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "tfreach", append([]string{"scan", pipe, "--output", report}, tt.args...)...)
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if tt.end != nil {
				w := openWriter(ctx, t, pipe)
				defer func() { _ = w.Close() }()
				if err := cmd.Process.Signal(tt.end); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait() // the exit code says it
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("exit code %d, want %d, and %q:\n%s", code, tt.code, tt.want, &stderr)
			}
			if got, err := os.ReadFile(report); err != nil || !strings.HasPrefix(string(got), tt.then) {
				t.Errorf("the report is %q, %v", got, err)
			}
			if got := names(t, dir); len(got) != 2 {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

// A report for a pipe that nobody reads isn't waited for without end.
func TestUnreadPipe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "main.tf"), opening)
	for _, args := range [][]string{{"scan", dir}, {"baseline", dir}} {
		var stderr bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "tfreach", append(args, "--timeout", "3s", "--output", pipe)...)
		cmd.Stderr = &stderr
		_ = cmd.Run() // the exit code says it
		if want := "can't write " + pipe + ": nobody reads it"; cmd.ProcessState.ExitCode() != exitError || !strings.Contains(stderr.String(), want) {
			t.Errorf("%v: exit code %d, %q; want %d, %q", args, cmd.ProcessState.ExitCode(), &stderr, exitError, want)
		}
	}
}

// openWriter opens a named pipe for writing as soon as someone reads from it.
func openWriter(ctx context.Context, t *testing.T, pipe string) *os.File {
	t.Helper()
	for {
		w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			return w
		}
		if !errors.Is(err, syscall.ENXIO) || ctx.Err() != nil {
			t.Fatalf("nobody reads from the pipe: %v", err)
		}
		time.Sleep(time.Millisecond)
	}
}

// A folder where nothing can be written is said.
func TestReadOnlyFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: there is no folder here that not even root can write to")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), opening)
	out, err := exec.CommandContext(t.Context(), "tfreach", "scan", dir, "--output", "/proc/tfreach.sarif").CombinedOutput()
	if failed := (*exec.ExitError)(nil); !errors.As(err, &failed) || failed.ExitCode() != exitError || !bytes.Contains(out, []byte("can't write /proc/tfreach.sarif: ")) {
		t.Errorf("%v:\n%s", err, out)
	}
}
