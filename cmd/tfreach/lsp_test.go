package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"
)

// editorProgram is an editor that runs tfreach lsp in a process of its own, and speaks to it through its pipes.
type editorProgram struct {
	t         testing.TB
	dir       string
	conn      *jsonrpc2.Conn
	cmd       *exec.Cmd
	stdin     io.Closer
	published chan published
	// shown has what was published last of each file.
	shown map[string]published
}

// pipes are the streams of a process as the library wants them.
type pipes struct {
	io.Reader
	io.WriteCloser
}

type published struct {
	URI         string
	Version     *int
	Diagnostics []struct {
		Range           span
		Severity        int
		Code, Message   string
		CodeDescription struct{ Href string }
		Related         []struct {
			Location struct {
				URI   string
				Range span
			}
			Message string
		} `json:"relatedInformation"`
	}
}

type span struct{ Start, End struct{ Line, Character int } }

func (s span) String() string {
	return fmt.Sprintf("%d:%d-%d:%d", s.Start.Line, s.Start.Character, s.End.Line, s.End.Character)
}

// edit opens an editor on a folder.
func edit(t testing.TB, dir string) *editorProgram {
	t.Helper()
	e := &editorProgram{t: t, dir: dir, published: make(chan published, 1000), shown: map[string]published{}}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	e.cmd = exec.CommandContext(ctx, "tfreach", "lsp")
	e.cmd.Dir, e.cmd.Stderr = dir, t.Output()
	in, err := e.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.stdin = in
	handler := jsonrpc2.HandlerWithError(func(_ context.Context, _ *jsonrpc2.Conn, r *jsonrpc2.Request) (any, error) {
		var p published
		if r.Method == "textDocument/publishDiagnostics" && json.Unmarshal(*r.Params, &p) == nil {
			e.published <- p
		} else {
			t.Logf("%s %s", r.Method, *r.Params)
		}
		return nil, nil
	})
	e.conn = jsonrpc2.NewConn(ctx, jsonrpc2.NewBufferedStream(pipes{out, in}, jsonrpc2.VSCodeObjectCodec{}), handler)
	t.Cleanup(func() { // what is over already fails, and that is fine
		_ = e.conn.Close()
		cancel()
		_ = e.cmd.Wait()
	})
	return e
}

const everything = `{"capabilities":{"textDocument":{"publishDiagnostics":{"relatedInformation":true,"codeDescriptionSupport":true}},` +
	`"workspace":{"workspaceEdit":{"documentChanges":true}}}}`

func (e *editorProgram) begin() {
	e.t.Helper()
	e.ask("initialize", json.RawMessage(everything), nil)
	e.tell("initialized", struct{}{})
}

func (e *editorProgram) uri(name string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(e.dir, name))}
	if !strings.HasPrefix(u.Path, "/") {
		u.Path = "/" + u.Path
	}
	return u.String()
}

func (e *editorProgram) tell(method string, params any) {
	e.t.Helper()
	if err := e.conn.Notify(e.t.Context(), method, params); err != nil {
		e.t.Fatal(method, err)
	}
}

func (e *editorProgram) ask(method string, params, result any) {
	e.t.Helper()
	if err := e.conn.Call(e.t.Context(), method, params, result); err != nil {
		e.t.Fatal(method, err)
	}
}

type object = map[string]any

func (e *editorProgram) open(name, text string) {
	e.t.Helper()
	e.tell("textDocument/didOpen", object{"textDocument": object{"uri": e.uri(name), "languageId": "terraform", "version": 1, "text": text}})
}

func (e *editorProgram) change(name string, version int, text string) {
	e.t.Helper()
	e.tell("textDocument/didChange", object{
		"textDocument": object{"uri": e.uri(name), "version": version}, "contentChanges": []object{{"text": text}},
	})
}

// until waits until what is shown of a file are diagnostics at places, each LINE:COLUMN-LINE:COLUMN CODE.
func (e *editorProgram) until(name string, want ...string) {
	e.t.Helper()
	var got []string
	for late := time.After(time.Minute); ; {
		got = nil
		for _, d := range e.shown[e.uri(name)].Diagnostics {
			got = append(got, fmt.Sprint(d.Range, " ", d.Code))
		}
		if _, told := e.shown[e.uri(name)]; told && slices.Equal(got, want) {
			return
		}
		select {
		case p := <-e.published:
			e.shown[p.URI] = p
		case <-late:
			e.t.Fatalf("%s: shown are %q, want %q", name, got, want)
		}
	}
}

func (e *editorProgram) at(name string, line, character int) object {
	return object{"textDocument": object{"uri": e.uri(name)}, "position": object{"line": line, "character": character}}
}

// end ends the server as the protocol says.
func (e *editorProgram) end() {
	e.t.Helper()
	e.ask("shutdown", nil, nil)
	e.tell("exit", nil)
	if err := e.cmd.Wait(); err != nil {
		e.t.Error("after exit:", err)
	}
}

// closedGroup is what open is without an opening.
var closedGroup = strings.ReplaceAll(open, "0.0.0.0/0", "192.0.2.0/24")

func TestEditor(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), closedGroup)
	e := edit(t, dir)
	e.begin()

	// The text in the editor counts, and not that on the disk.
	e.open("main.tf", open)
	const literal = "5:19-5:30 ftp-ingress-open"
	e.until("main.tf", literal)
	shown := e.shown[e.uri("main.tf")].Diagnostics[0]
	if shown.Severity != 1 || !strings.Contains(shown.Message, "aws_security_group.ftp lets everyone reach FTP") ||
		!strings.HasSuffix(shown.CodeDescription.Href, "/rules/README.md#ftp-ingress-open") {
		t.Errorf("the diagnostic is %+v", shown)
	}
	e.change("main.tf", 2, closedGroup)
	e.until("main.tf")
	e.change("main.tf", 3, "# é𝄞\n"+open)
	e.until("main.tf", "6:19-6:30 ftp-ingress-open")
	if v := e.shown[e.uri("main.tf")].Version; v == nil || *v != 3 {
		t.Error("the diagnostics are of no version, or of another")
	}

	// A file that isn't written yet belongs to its folder.
	e.open("new.tf", strings.ReplaceAll(open, `"ftp"`, `"other"`))
	e.until("new.tf", literal)
	e.tell("textDocument/didClose", object{"textDocument": object{"uri": e.uri("new.tf")}})
	e.until("new.tf")

	var hover struct {
		Contents struct{ Kind, Value string }
		Range    span
	}
	e.ask("textDocument/hover", e.at("main.tf", 6, 22), &hover)
	for _, want := range []string{"lets everyone reach FTP", "**Fix:**", "[ftp-ingress-open](https://", "#### What it finds"} {
		if !strings.Contains(hover.Contents.Value, want) {
			t.Errorf("the hover text lacks %q:\n%s", want, hover.Contents.Value)
		}
	}
	e.end()
}

func TestEditorFollowsValues(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.tf":          "module \"edge\" {\n  source  = \"./edge\"\n  clients = var.clients\n}\n\nvariable \"clients\" {\n  type = list(string)\n}\n",
		"terraform.tfvars": "clients = [\"0.0.0.0/0\"]\n",
		"edge/main.tf":     "variable \"clients\" {\n  type = list(string)\n}\n\n" + strings.ReplaceAll(open, `["0.0.0.0/0"]`, "var.clients"),
		".tfreach.hcl":     "trusted \"office\" {\n  prefixes = [\"198.51.100.0/24\"]\n}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), text)
	}
	e := edit(t, dir)
	e.begin()
	text, err := os.ReadFile(filepath.Join(dir, "edge/main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	e.open("edge/main.tf", string(text))
	e.until("terraform.tfvars", "0:11-0:22 ftp-ingress-open")

	// The argument of the rule leads to the value that decides.
	var places []struct {
		URI   string
		Range span
	}
	e.ask("textDocument/definition", e.at("edge/main.tf", 9, 22), &places)
	if len(places) != 1 || places[0].URI != e.uri("terraform.tfvars") || places[0].Range.String() != "0:11-0:22" {
		t.Errorf("the definition is %+v", places)
	}

	// So does a code action, which changes the file that isn't open.
	e.open("terraform.tfvars", "clients = [\"0.0.0.0/0\"]\n")
	var actions []struct {
		Title, Kind string
		Edit        struct {
			DocumentChanges []struct {
				TextDocument struct {
					URI     string
					Version *int
				}
				Edits []struct {
					Range   span
					NewText string
				}
			}
		}
	}
	ask := object{
		"textDocument": object{"uri": e.uri("terraform.tfvars")}, "context": object{"diagnostics": []object{}},
		"range": object{"start": object{"line": 0, "character": 12}, "end": object{"line": 0, "character": 12}},
	}
	e.ask("textDocument/codeAction", ask, &actions)
	if len(actions) != 1 || len(actions[0].Edit.DocumentChanges) != 1 {
		t.Fatalf("the actions are %+v", actions)
	}
	change := actions[0].Edit.DocumentChanges[0]
	got := fmt.Sprintf("%s %d %s %q", change.TextDocument.URI, *change.TextDocument.Version, change.Edits[0].Range, change.Edits[0].NewText)
	if want := fmt.Sprintf("%s 1 0:0-1:0 %q", e.uri("terraform.tfvars"), "clients = [\"198.51.100.0/24\"]\n"); got != want {
		t.Errorf("the edit is\n%s\nwant\n%s", got, want)
	}
	e.change("terraform.tfvars", 2, change.Edits[0].NewText)
	e.until("terraform.tfvars")

	// What others write counts after a save.
	e.tell("textDocument/didClose", object{"textDocument": object{"uri": e.uri("terraform.tfvars")}})
	e.until("terraform.tfvars", "0:11-0:22 ftp-ingress-open")
	writeFile(t, filepath.Join(dir, "terraform.tfvars"), "clients = []\n")
	e.tell("textDocument/didSave", object{"textDocument": object{"uri": e.uri("edge/main.tf")}})
	e.until("terraform.tfvars")
	e.end()
}

// What a client says, or what the workspace holds, ends the server neither in a crash nor in silence.
func TestEditorIsBounded(t *testing.T) {
	dir := t.TempDir()
	run := func(input string) (int, string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "tfreach", "lsp")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
			return failed.ExitCode(), out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		return 0, out.String()
	}
	message := func(text string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text) }
	begin := message(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`)
	for name, tt := range map[string]struct {
		input, says string
		code        int
	}{
		"the end":             {"", "", exitClean},
		"an end after that":   {begin, `"hoverProvider":true`, exitClean},
		"an exit at once":     {message(`{"jsonrpc":"2.0","method":"exit"}`), "", exitFindings},
		"no header":           {"{}\n\n", "malformed", exitError},
		"a long header":       {strings.Repeat("a", 1<<20), "malformed", exitError},
		"many headers":        {strings.Repeat("a: b\r\n", 1000), "malformed", exitError},
		"a negative length":   {"Content-Length: -1\r\n\r\n", "malformed", exitError},
		"a large message":     {"Content-Length: 99999999999\r\n\r\n{}", "larger than", exitError},
		"a short message":     {"Content-Length: 99\r\n\r\n{}", "unexpected EOF", exitError},
		"no JSON":             {message("{"), "the editor's stream", exitError},
		"before initialize":   {message(`{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{}}`) + begin, "must be initialize", exitClean},
		"an unknown method":   {begin + message(`{"jsonrpc":"2.0","id":2,"method":"nothing"}`) + strings.Repeat(" ", 0), "", exitClean},
		"wrong notifications": {begin + message(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":7}`) + message(`{"jsonrpc":"2.0","method":"x"}`), "", exitClean},
		"other schemes": {begin + message(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:1","text":""}}}`) +
			message(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file://host/main.tf","text":""}}}`), "", exitClean},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := run(tt.input)
			if code != tt.code || !strings.Contains(out, tt.says) || strings.Contains(out, "goroutine ") {
				t.Errorf("exit code %d, want %d, with %q in\n%.2000s", code, tt.code, tt.says, out)
			}
		})
	}
}

// A text that names what is outside, or would take forever, is a diagnostic like any other.
func TestEditorDistrustsTheWorkspace(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.txt")
	writeFile(t, outside, "hunter2-from-outside")
	e := edit(t, dir)
	e.begin()
	e.open("main.tf", strings.ReplaceAll(open, `["0.0.0.0/0"]`, fmt.Sprintf("[file(%q)]", outside)))
	e.until("main.tf", e.unknown("main.tf")...)
	for _, p := range e.shown {
		if text := fmt.Sprintf("%+v", p); strings.Contains(text, "hunter2") {
			t.Errorf("a file outside was read: %s", text)
		}
	}
	e.change("main.tf", 2, "resource \"a\" \"![x](https://example.com/x.png)\" {")
	e.change("main.tf", 3, "# ![x](https://example.com/a.png)\n"+open)
	e.until("main.tf", "6:19-6:30 ftp-ingress-open")
	e.end()
}

// unknown returns what is shown of a file as soon as something is.
func (e *editorProgram) unknown(name string) []string {
	e.t.Helper()
	for late := time.After(time.Minute); len(e.shown[e.uri(name)].Diagnostics) == 0; {
		select {
		case p := <-e.published:
			e.shown[p.URI] = p
		case <-late:
			e.t.Fatalf("nothing is shown of %s", name)
		}
	}
	var out []string
	for _, d := range e.shown[e.uri(name)].Diagnostics {
		out = append(out, fmt.Sprint(d.Range, " ", d.Code))
	}
	return out
}

// The server answers with what the last text has, however many come while it works.
func TestEditorTypesFast(t *testing.T) {
	dir := t.TempDir()
	e := edit(t, dir)
	e.begin()
	e.open("main.tf", "")
	version := 1
	for i := range 30 {
		version++
		e.change("main.tf", version, strings.Repeat("#\n", i)+open)
	}
	var hover struct{ Range span }
	e.ask("textDocument/hover", e.at("main.tf", 34, 22), &hover)
	if diff := cmp.Diff("34:19-34:30", hover.Range.String()); diff != "" {
		t.Errorf("the hover is about another text: %s", diff)
	}
	e.end()
}

// BenchmarkEditor measures the time from a change in a root module of 100 files until it is shown.
func BenchmarkEditor(b *testing.B) {
	dir := b.TempDir()
	for i := range 100 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%02d.tf", i)), []byte(machine(i)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	e := edit(b, dir)
	e.begin()
	e.open("f00.tf", machine(0))
	e.until("f00.tf", "28:19-28:30 ftp-host-reachable", "32:0-32:29 ftp-cleartext")
	version := 1
	for b.Loop() {
		version++
		e.change("f00.tf", version, strings.ReplaceAll(machine(0), "0.0.0.0/0", "192.0.2.0/24"))
		e.until("f00.tf")
		version++
		e.change("f00.tf", version, machine(0))
		e.until("f00.tf", "28:19-28:30 ftp-host-reachable", "32:0-32:29 ftp-cleartext")
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/2, "ms/change")
}

// machine is a file with a machine in a network of its own.
func machine(i int) string {
	return strings.ReplaceAll(`resource "aws_vpc" "N" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "N" {
  vpc_id = aws_vpc.N.id
}

resource "aws_subnet" "N" {
  vpc_id                  = aws_vpc.N.id
  cidr_block              = cidrsubnet(aws_vpc.N.cidr_block, 8, 1)
  map_public_ip_on_launch = true
}

resource "aws_default_route_table" "N" {
  default_route_table_id = aws_vpc.N.default_route_table_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.N.id
  }
}

resource "aws_security_group" "N" {
  vpc_id = aws_vpc.N.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "N" {
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.N.id
  vpc_security_group_ids = [aws_security_group.N.id]
}
`, "N", fmt.Sprintf("m%02d", i))
}
