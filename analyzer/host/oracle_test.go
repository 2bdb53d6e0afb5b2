package host

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program returns the path of a program, or skips the test loudly.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		t.Skipf("SKIPPED: there is no %s to compare with", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// GNU's sed is the oracle of what is understood of its language.
func TestSedOracle(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	sed := program(t, "sed")
	if out, _ := exec.Command(sed, "--version").Output(); !strings.Contains(string(out), "GNU") {
		t.Skip("SKIPPED: this sed isn't GNU's")
	}
	input := "# a (comment) [x]\nanonymous_enable=NO\n#write_enable=YES\n  listen=NO\n#TLSEngine                on\n\nDefaultRoot ~ $HOME & /srv/ftp\na.b+c?d*e|f\\g^h\n"
	for _, c := range []struct {
		script   string
		extended bool
	}{
		{"s/NO/YES/", false},
		{"s/e/E/g", false},
		{"s/E/_/gi", false},
		{"s/no/maybe/I", false},
		{"s/anonymous_enable=NO/anonymous_enable=YES/", false},
		{`s/^#\?write_enable=.*/write_enable=YES/`, false},
		{"s/^#?write_enable=.*/write_enable=YES/", true},
		{`s/^#\(write_enable\)=\(.*\)/\1=\2 &/`, false},
		{"s/^#(write_enable)=(.*)/\\1=\\2 &/", true},
		{"s|/srv/ftp|/data|", false},
		{"s#/srv#\\##", false},
		{`s/\/srv\/ftp/\/x/`, false},
		{`s/a.b+c?d/plus/`, false},
		{`s/a\.b\+c/plus/`, true},
		{"s/a.b\\+c/plus/", false},
		{"s/(comment)/c/", false},
		{`s/\(comment\)/c/`, true},
		{"s/[[:space:]]*listen[ =]*NO/listen=YES/", false},
		{`s/\s\+on/ off/`, false},
		{"s/[^a-z=_#]/-/g", false},
		{`s/[]x[]/-/g`, false},
		{`s/[\]/-/g`, false},
		{"s/$/;/", false},
		{"s/^/> /", false},
		{"s/$HOME/home/", false},
		{"s/a$b/x/", false},
		{"s/*/star/", false},
		{"s/x*/-/", false},
		{"s/a|f/x/", false},
		{`s/YES\|NO/x/g`, false},
		{"s/YES|NO/x/g", true},
		{`s/e\{2\}/x/`, false},
		{"s/m{2}/x/", true},
		{"s/.*/x/", false},
		{"s/on/a\\nb/", false},
		{"s/~/$1 ${x}/", false},
		{`s/&/\&\&/`, false},
		{`s/\\/\\\\/`, false},
		{"s/h^h/x/;s/g^h/y/", false},
		{"/^anonymous_enable/d", false},
		{"/^#/d", false},
		{"/^$/d", false},
		{"/NO/s/enable/ENABLE/", false},
		{"/listen/Id", false},
		{"/anonymous/a local_enable=YES", false},
		{"/anonymous/i\\local_enable=YES", false},
		{"/anonymous/c anonymous_enable=YES", false},
		{"$ a end=YES", false},
		{"$a end=YES", false},
		{"$d", false},
		{"s/a/b/;s/b/c/; /c/d", false},
		{"s/a/b/\ns/b/c/", false},
		{"d", false},
		{"1d", false},
		{"s/a/b/2", false},
		{"y/abc/xyz/", false},
		{"/a/,/b/d", false},
		{"n;d", false},
		{"s/a/b/w x", false},
		{"s/a/b", false},
		{"/a/!d", false},
		{"s/a/\\U&/", false},
		{"$!d", false},
		{"a x\\ty", false},
		{"", false},
		{"/a/", false},
		{"s/a+/b/", false},
		{"s/a+/b/", true},
		{`s/\(a\)\1/x/`, false},
	} {
		args := []string{c.script}
		if c.extended {
			args = []string{"-E", c.script}
		}
		edits, ok := parseSed(c.script, c.extended)
		if !ok {
			continue // not understood is always right
		}
		cmd := exec.CommandContext(ctx, sed, args...)
		cmd.Stdin = strings.NewReader(input)
		want, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: sed refuses it: %v", c.script, err)
			continue
		}
		t0 := NewText(0, input)
		var got strings.Builder
		for _, l := range editLines(LinesOf(t0), edits, t0) {
			got.WriteString(l.S + "\n")
		}
		if got.String() != string(want) {
			t.Errorf("%s\ngot:\n%swant:\n%s", c.script, got.String(), want)
		}
	}
}

// TestSedUnderstood makes sure that the oracle has something to judge.
func TestSedUnderstood(t *testing.T) {
	for script, want := range map[string]bool{
		"s/NO/YES/": true, "s/^#*x=.*/x=1/;/y/d": true, "/x/a y": true, "$a y": true,
		"1d": false, "s/a/b/2": false, "y/a/b/": false, "/a/,/b/d": false, "/x/a y\ns/y/z/": false, "s/a": false, "": false,
		`s/a/\x41/`: false, "s/(/x/": true,
	} {
		if _, ok := parseSed(script, false); ok != want {
			t.Errorf("%s: understood %v, want %v", script, ok, want)
		}
	}
}

// Bash is the oracle of what scripts write.
func TestScriptOracle(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	bash := program(t, "bash")
	for _, script := range []string{
		"echo a b  c > f", "echo 'a  b' \"c  d\" > f", "echo -n x > f; echo y >> f", "echo -e 'a\\nb\\tc' > f", "echo 'a\\nb' > f", "echo \"a\\\"b\\\\c\\$d\" > f",
		"printf 'a\\nb\\n' > f", "printf '%s=%s\\n' a 1 b 2 c > f", "printf '100%%\\n' > f", "printf '%s' > f", "printf x > f",
		"cat > f <<EOF\na $((1)) b\n\\$x `echo`\nEOF", "cat > f <<'EOF'\na $x \\$y \\\\ `z`\nEOF", "cat > f <<\"EOF\"\n$x\nEOF", "cat > f <<\\EOF\n$x\nEOF", "cat > f <<-EOF\n\ta\n\t\tb\n\tEOF",
		"cat > f <<EOF\n\"q\" 'q' \\\"q\\\" \\\\ \\n\nEOF",
		"cat <<EOF | tee f > /dev/null\nx\nEOF", "tee f >/dev/null <<< 'a b'", "X=1; echo $X ${X} \"$X\" '$X' > f", "X='a b'; echo $X > f", "X=a; Y=$X-b; echo \"$Y\" > f",
		"{ echo a; echo b; } > f", "(echo a; echo b) > f", "echo a > f; echo b > f", "echo a >| f", "echo a > f && echo b >> f", "true && echo a > f", "f() { echo $X > f; }; X=1; f",
		"echo YQ== | base64 -d > f", "echo x > g; cat g g > f", "echo x > g; cp g f", "echo x > g; mv g f", "echo a > f; sed -i s/a/b/ f", "echo a > f; echo b | tee -a f > /dev/null",
		"echo a#b #c\necho d > f # e", "echo a \\\n b > f", "bash -c 'echo a > f'", "sh -c \"echo a > f\"", "echo 'echo x > f' > s; bash s", "export X=1; echo $X > f", "X=1; unset X; echo $X > f",
		"if true; then echo a > f; fi", "echo a > f; for i in 1 2; do echo $i >> f; done", "echo a > f; exit; echo b > f", "echo $'a\\nb' > f", "echo a{1,2} > f", "echo ~ > f", "echo * > f",
		"echo a 2>/dev/null > f", "echo a > f 2>&1", "echo a &> f", "cat < /dev/null > f", "echo \"${X:-y}\" > f", "X=1; X+=2; echo $X > f", "A=(1 2); echo ${A[1]} > f", "echo \"a\nb\" > f",
		"time echo a > f", "! echo a > f", "echo a; echo b > f", "echo a | cat > f", "echo -x > f", "echo -- a > f", "echo -ne 'a\\n' > f", "printf -- '-a\\n' > f",
	} {
		dir := t.TempDir()
		cmd := exec.CommandContext(ctx, bash, "-c", script)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil && !strings.HasPrefix(script, "!") {
			t.Errorf("%s: %v: %s", script, err, out)
			continue
		}
		want, err := os.ReadFile(filepath.Join(dir, "f"))
		if err != nil {
			t.Errorf("%s: %v", script, err)
			continue
		}
		m := newMachine(Debian, nil, commandTable())
		sh := m.shell("/d")
		if problem := sh.run(NewText(0, script)); problem != "" {
			t.Errorf("%s: %s", script, problem)
			continue
		}
		lines, ok := m.files["/d/f"]
		if !ok {
			t.Errorf("%s: no file", script)
			continue
		}
		wanted := strings.Split(strings.TrimSuffix(string(want), "\n"), "\n")
		for _, l := range lines {
			if l.Doubt != "" || strings.Contains(l.S, Hole) {
				wanted = nil // unknown is always right
			}
		}
		var got []string
		for _, l := range lines {
			got = append(got, l.S)
		}
		if wanted != nil && strings.Join(got, "\n") != strings.Join(wanted, "\n") {
			t.Errorf("%s\ngot:\n%q\nwant:\n%q", script, got, wanted)
		}
	}
}
