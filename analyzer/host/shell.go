package host

import (
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shell carries out a script as far as it is certain what that does. Commands are taken to succeed; what runs under a
// condition or in a loop may or may not happen.
type shell struct {
	m     *Machine
	t     Text
	vars  map[string]Text
	funcs map[string]function
	// dir is the working directory; empty if it isn't known.
	dir string
	// maybe, if not empty, says why the commands at hand may not run.
	maybe string
	// posix is set where echo may take backslashes for escapes, as sh does on Debian.
	posix   bool
	depth   int
	inside  int // statements that hold the one at hand
	stopped bool
}

// stream is what a command writes, or reads.
type stream struct {
	Text
	unknown bool
}

// function is a shell function, and the text that it stands in.
type function struct {
	body *syntax.Stmt
	t    Text
}

// maxDepth is how deep functions and scripts may call each other.
const maxDepth = 20

// shell returns a shell that works in a directory.
func (m *Machine) shell(dir string) *shell {
	return &shell{m: m, vars: map[string]Text{}, funcs: map[string]function{}, dir: dir}
}

// runScript carries out a shell script in a directory.
func (m *Machine) runScript(t Text, posix bool, dir string) {
	sh := m.shell(dir)
	sh.posix = posix
	if problem := sh.run(t); problem != "" {
		m.Unread = append(m.Unread, Problem{At: t.Span(), What: problem})
		m.shake(t, problem)
	}
}

// run parses and carries out a script, and returns what prevents that.
func (sh *shell) run(t Text) (problem string) {
	_, problem = sh.parse(t)
	return problem
}

// parse is run that returns what the script writes, too.
func (sh *shell) parse(t Text) (out stream, problem string) {
	if nesting(t.S) > MaxNesting || chaining(t.S) > maxChain {
		return stream{unknown: true}, "the script nests too deep to be read"
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(t.S), "")
	if err != nil {
		return stream{unknown: true}, "the script is no valid shell script"
	}
	sh.t = t
	return sh.stmts(file.Stmts, stream{unknown: true}), ""
}

// nesting returns how many brackets of s are open at most: a parser that recurses needs a bound.
func nesting(s string) int {
	depth, most := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(', '{', '[':
			depth++
			most = max(most, depth)
		case ')', '}', ']':
			depth = max(0, depth-1)
		}
	}
	return most
}

// maxChain is how many operators and compound commands a script may hold open, as far as that can be told without parsing
// it: far more than one has, and far fewer than a stack holds.
const maxChain = 1 << 13

// chaining returns how many commands of a script may stand in one another at most: pipes and lists nest, and so do the
// words that begin a compound command until those that end it.
func chaining(s string) int {
	operators := strings.Count(s, "|") + strings.Count(s, "&&")
	depth, most := 0, 0
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n;&|", r) }) {
		switch word {
		case "if", "while", "until", "for", "case", "select", "function", "time", "!", "coproc":
			depth++
		case "fi", "done", "esac":
			depth = max(0, depth-1)
		default:
			if strings.HasSuffix(word, "()") {
				depth++
			}
		}
		most = max(most, depth)
	}
	return max(operators, most)
}

// at returns the piece of the script that a node stands in.
func (sh *shell) at(n syntax.Node) Text {
	start := min(int(n.Pos().Offset()), len(sh.t.S))
	end := min(max(int(n.End().Offset()), start), len(sh.t.S))
	return sh.t.Sub(start, end)
}

// perhaps carries out f as something that may not happen.
func (sh *shell) perhaps(why string, f func()) {
	before, stopped := sh.maybe, sh.stopped
	if sh.maybe == "" {
		sh.maybe = why
	}
	f()
	sh.maybe, sh.stopped = before, stopped
}

// stmts carries out statements and returns what they write.
func (sh *shell) stmts(stmts []*syntax.Stmt, in stream) stream {
	var parts []Text
	out := stream{}
	for _, s := range stmts {
		if sh.stopped || !sh.m.Spend(1) {
			break
		}
		o := sh.stmt(s, in)
		out.unknown = out.unknown || o.unknown
		parts = append(parts, o.Text)
	}
	out.Text = Join(parts, "")
	return out
}

func (sh *shell) stmt(s *syntax.Stmt, in stream) stream {
	const maxInside = 1000
	if sh.inside++; sh.inside > maxInside {
		sh.m.shake(sh.at(s), "the commands nest too deep to be followed")
		sh.inside--
		return stream{unknown: true}
	}
	defer func() { sh.inside-- }()
	type target struct {
		word   Text
		append bool
	}
	var targets []target
	var readers []*syntax.ProcSubst
	redirect := func(r *syntax.Redirect, appending bool) {
		if r.N != nil && r.N.Value != "1" {
			return
		}
		if p := process(r.Word); p != nil {
			readers = append(readers, p)
			return
		}
		targets = append(targets, target{word: sh.word(r.Word), append: appending})
	}
	for _, r := range s.Redirs {
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			in = stream{Text: sh.heredoc(r)}
		case syntax.WordHdoc:
			in = stream{Text: sh.word(r.Word)}
			in.Text = Join([]Text{in.Text}, "\n")
		case syntax.RdrIn:
			in = stream{unknown: true}
			if p := process(r.Word); p != nil {
				in = sh.subshell(p.Stmts, stream{unknown: true})
			} else if file, ok := sh.path(sh.word(r.Word)); ok {
				in = sh.cat(file)
			}
		case syntax.RdrOut, syntax.RdrClob, syntax.RdrAll, syntax.RdrAllClob, syntax.RdrInOut:
			redirect(r, false)
		case syntax.AppOut, syntax.AppClob, syntax.AppAll, syntax.AppAllClob:
			redirect(r, true)
		case syntax.DplIn, syntax.DplOut: // another name for a descriptor
		}
	}
	out := sh.command(s.Cmd, in)
	for _, p := range readers {
		sh.subshell(p.Stmts, out)
	}
	if len(targets) == 0 {
		return out
	}
	for _, t := range targets {
		sh.save(t.word, out, t.append)
	}
	return stream{}
}

func (sh *shell) command(c syntax.Command, in stream) stream {
	switch c := c.(type) {
	case nil: // nothing but redirections
		return stream{}
	case *syntax.CallExpr:
		return sh.call(c, in)
	case *syntax.BinaryCmd:
		return sh.binary(c, in)
	case *syntax.Block:
		return sh.stmts(c.Stmts, in)
	case *syntax.Subshell:
		return sh.subshell(c.Stmts, in)
	case *syntax.IfClause:
		sh.stmts(c.Cond, in)
		for ; c != nil; c = c.Else {
			sh.perhaps("it runs under a condition", func() { sh.stmts(c.Then, in) })
			if c.Else != nil {
				sh.perhaps("it runs under a condition", func() { sh.stmts(c.Else.Cond, in) })
			}
		}
	case *syntax.WhileClause:
		sh.loop(c, c.Do, in)
	case *syntax.ForClause:
		sh.loop(c, c.Do, in)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			sh.perhaps("it runs under a condition", func() { sh.stmts(item.Stmts, in) })
		}
	case *syntax.FuncDecl:
		if c.Name != nil {
			sh.funcs[c.Name.Value] = function{body: c.Body, t: sh.t}
		}
		return stream{}
	case *syntax.DeclClause:
		sh.assign(c.Args)
		return stream{}
	case *syntax.TimeClause:
		if c.Stmt != nil {
			return sh.stmt(c.Stmt, in)
		}
	case *syntax.CoprocClause:
		sh.perhaps("it runs aside", func() { sh.stmt(c.Stmt, in) })
	default: // tests and arithmetic
		return stream{}
	}
	return stream{unknown: true}
}

// process returns the process substitution that a word is, >(…) or <(…); nil if it is none.
func process(w *syntax.Word) *syntax.ProcSubst {
	if w == nil || len(w.Parts) != 1 {
		return nil
	}
	p, _ := w.Parts[0].(*syntax.ProcSubst)
	return p
}

// subshell carries out statements whose variables and directory don't last.
func (sh *shell) subshell(stmts []*syntax.Stmt, in stream) stream {
	vars, dir, stopped := maps.Clone(sh.vars), sh.dir, sh.stopped
	out := sh.stmts(stmts, in)
	sh.vars, sh.dir, sh.stopped = vars, dir, stopped
	return out
}

// loop carries out the body of a loop, in which the variables that it sets aren't known.
func (sh *shell) loop(n syntax.Node, body []*syntax.Stmt, in stream) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil {
				delete(sh.vars, n.Name.Value)
			}
		case *syntax.WordIter:
			delete(sh.vars, n.Name.Value)
		}
		return sh.m.Spend(1)
	})
	sh.perhaps("it runs in a loop", func() { sh.stmts(body, in) })
}

func (sh *shell) binary(c *syntax.BinaryCmd, in stream) stream {
	switch c.Op {
	case syntax.AndStmt, syntax.OrStmt:
		out := sh.stmt(c.X, in)
		var second stream
		if c.Op == syntax.AndStmt && !sh.tests(c.X) {
			second = sh.stmt(c.Y, in)
		} else {
			sh.perhaps("it runs under a condition", func() { second = sh.stmt(c.Y, in) })
			second.unknown = true
		}
		return stream{Text: Join([]Text{out.Text, second.Text}, ""), unknown: out.unknown || second.unknown}
	case syntax.Pipe:
		return sh.stmt(c.Y, sh.stmt(c.X, in))
	case syntax.PipeAll:
		sh.stmt(c.X, in)
		return sh.stmt(c.Y, stream{unknown: true})
	}
	return stream{unknown: true}
}

// tests reports whether a statement is there for its exit status, so that it may well fail.
func (sh *shell) tests(s *syntax.Stmt) bool {
	if s.Negated {
		return true
	}
	switch c := s.Cmd.(type) {
	case *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause:
		return true
	case *syntax.BinaryCmd:
		return sh.tests(c.X) || sh.tests(c.Y)
	case *syntax.CallExpr:
		words := make([]string, len(c.Args))
		for i, w := range c.Args {
			words[i] = w.Lit()
		}
		return sh.m.fails(words)
	}
	return false
}

// word expands a word into one field. What isn't known is a Hole.
func (sh *shell) word(w *syntax.Word) Text {
	if w == nil {
		return Text{}
	}
	var b strings.Builder
	sh.expand(&b, w.Parts, false)
	if !sh.m.Spend(b.Len() / stepBytes) {
		return Text{S: Hole}
	}
	return sh.at(w).Decode(b.String())
}

func (sh *shell) expand(b *strings.Builder, parts []syntax.WordPart, quoted bool) {
	const maxWord = 1 << 18
	for _, part := range parts {
		if b.Len() > maxWord || !sh.m.Spend(1) {
			b.WriteString(Hole)
			return
		}
		switch part := part.(type) {
		case *syntax.Lit:
			value := part.Value
			if !quoted && b.Len() == 0 && (value == "~" || strings.HasPrefix(value, "~/")) {
				b.WriteString(homeWord)
				value = value[1:]
			} else if !quoted && b.Len() == 0 && strings.HasPrefix(value, "~") {
				b.WriteString(Hole) // somebody else's home
				value = value[1:]
			}
			b.WriteString(unescape(value, quoted))
		case *syntax.SglQuoted:
			if part.Dollar {
				s, ok := escapes(part.Value)
				if !ok {
					s = Hole
				}
				b.WriteString(s)
				continue
			}
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			sh.expand(b, part.Parts, true)
		case *syntax.ParamExp:
			b.WriteString(sh.param(part))
		case *syntax.CmdSubst:
			out := sh.subshell(part.Stmts, stream{unknown: true})
			if out.unknown {
				b.WriteString(Hole)
				continue
			}
			b.WriteString(strings.TrimRight(out.S, "\n"))
		case *syntax.ProcSubst:
			sh.subshell(part.Stmts, stream{unknown: true})
			b.WriteString(Hole)
		default:
			b.WriteString(Hole)
		}
	}
}

// param expands $name and ${name}; everything else about parameters is unknown.
func (sh *shell) param(p *syntax.ParamExp) string {
	if p.Param == nil || p.Excl || p.Length || p.Width || p.IsSet || p.Index != nil || p.Slice != nil || p.Repl != nil ||
		p.Names != 0 || p.Exp != nil || p.Flags != nil || p.NestedParam != nil || len(p.Modifiers) > 0 {
		return Hole
	}
	if v, ok := sh.vars[p.Param.Value]; ok {
		return v.S
	}
	switch p.Param.Value {
	case "HOME":
		return homeWord
	case "PWD":
		if sh.dir != "" {
			return strings.Replace(sh.dir, home, homeWord, 1)
		}
	}
	return Hole
}

// unescape removes the backslashes of a literal.
func unescape(s string, quoted bool) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (!quoted || strings.IndexByte("$`\"\\\n", s[i+1]) >= 0) {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// fields expands a word into fields: a variable outside quotes may be several.
func (sh *shell) fields(w *syntax.Word) []Text {
	whole := sh.word(w)
	if lit := w.Lit(); strings.Contains(lit, "{") {
		if words, ok := braces(lit); ok {
			fields := make([]Text, len(words))
			for i, word := range words {
				fields[i] = sh.at(w).Decode(unescape(word, false))
			}
			return fields
		}
	}
	split := false
	for _, part := range w.Parts {
		if p, ok := part.(*syntax.ParamExp); ok && p.Param != nil {
			_, known := sh.vars[p.Param.Value]
			split = split || known
		}
	}
	if !split {
		return []Text{whole}
	}
	var fields []Text
	for f := range strings.FieldsSeq(whole.S) {
		fields = append(fields, sh.at(w).Decode(f))
	}
	return fields
}

// braces expands a word with one list in braces, a{b,c}d. Of more complicated ones it makes a Hole.
func braces(word string) ([]string, bool) {
	before, rest, _ := strings.Cut(word, "{")
	list, after, ok := strings.Cut(rest, "}")
	if !ok || !strings.Contains(list, ",") && !strings.Contains(list, "..") {
		return nil, false
	}
	items := strings.Split(list, ",")
	const maxItems = 64
	if len(items) == 1 || len(items) > maxItems || strings.ContainsAny(list+after, `{}\`) || strings.HasSuffix(before, "$") {
		return []string{Hole}, true
	}
	for i := range items {
		items[i] = before + items[i] + after
	}
	return items, true
}

// globs reports whether a word is a pattern for the names of files, which an argument of echo would become.
func globs(w *syntax.Word) bool {
	for _, part := range w.Parts {
		if lit, ok := part.(*syntax.Lit); ok && strings.ContainsAny(lit.Value, "*?[") {
			return true
		}
	}
	return false
}

// heredoc returns the body of a here-document.
func (sh *shell) heredoc(r *syntax.Redirect) Text {
	if r.Hdoc == nil {
		return Text{}
	}
	quoted := len(r.Word.Parts) != 1 || r.Word.Lit() == "" || strings.Contains(r.Word.Lit(), `\`)
	var b strings.Builder
	for _, part := range r.Hdoc.Parts {
		if lit, ok := part.(*syntax.Lit); ok && quoted {
			b.WriteString(lit.Value)
			continue
		}
		if lit, ok := part.(*syntax.Lit); ok {
			// Quotes are themselves in a here-document.
			b.WriteString(unescape(strings.ReplaceAll(lit.Value, `\"`, `\\"`), true))
			continue
		}
		sh.expand(&b, []syntax.WordPart{part}, true)
	}
	body := b.String()
	if r.Op == syntax.DashHdoc {
		lines := strings.SplitAfter(body, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
		body = strings.Join(lines, "")
	}
	return sh.at(r.Hdoc).Decode(body)
}

// assign carries out assignments.
func (sh *shell) assign(assigns []*syntax.Assign) {
	for _, a := range assigns {
		if a.Name == nil || a.Naked {
			continue
		}
		if a.Append || a.Index != nil || a.Array != nil || sh.maybe != "" {
			delete(sh.vars, a.Name.Value)
			continue
		}
		sh.vars[a.Name.Value] = sh.word(a.Value)
	}
}

// home stands for the home directory of whoever runs a script, and homeWord for its path in texts.
const (
	home     = "/~"
	homeWord = Hole + "~"
)

// path returns the absolute path that a word names, if that is known.
func (sh *shell) path(word Text) (string, bool) {
	if rest, ok := strings.CutPrefix(word.S, homeWord); ok {
		return path.Join(home, rest), !strings.Contains(rest, Hole)
	}
	switch {
	case word.S == "" || strings.Contains(word.S, Hole):
		return "", false
	case path.IsAbs(word.S):
		return sh.m.homely(path.Clean(word.S)), true
	case sh.dir != "":
		return sh.m.homely(path.Join(sh.dir, word.S)), true
	}
	return "", false
}

// homely returns the path below home of a file in a user's home directory that is known there.
func (m *Machine) homely(file string) string {
	rest, ok := strings.CutPrefix(file, "/root/")
	if !ok {
		if rest, ok = strings.CutPrefix(file, "/home/"); ok {
			_, rest, ok = strings.Cut(rest, "/")
		}
	}
	if ok && m.files[file] == nil && m.files[home+"/"+rest] != nil {
		return home + "/" + rest
	}
	return file
}

// save writes a command's output to a file.
func (sh *shell) save(word Text, out stream, appending bool) {
	file, ok := sh.path(word)
	switch {
	case strings.HasPrefix(file, "/dev/"):
		return
	case !ok:
		sh.m.disturbMatching(word.S, word, "the path of the file that is written isn't known")
		return
	case sh.maybe != "":
		sh.m.doubt(file, word, sh.maybe)
		return
	}
	lines := []Line{{Text: word, Doubt: "what is written to the file isn't known"}}
	if !out.unknown {
		lines = LinesOf(out.Text)
	}
	if appending {
		sh.m.add(file, lines)
	} else {
		sh.m.write(file, lines)
	}
}

// cat returns a file's content.
func (sh *shell) cat(file string) stream {
	lines := sh.m.Content(file)
	if !sh.m.SpendLines(lines) {
		return stream{unknown: true}
	}
	for _, l := range lines {
		if l.Doubt != "" {
			return stream{unknown: true}
		}
	}
	return stream{Text: Content(lines)}
}

// words returns the fields of a call without what only changes who runs it, when, or how.
func (sh *shell) words(c *syntax.CallExpr) []Text {
	var words []Text
	for _, w := range c.Args {
		words = append(words, sh.fields(w)...)
	}
	return unwrapped(words, func(t Text) string { return t.S })
}

// unwrapped returns the words of a command without sudo, env, nohup and the like before it; nil if there is no command, or
// one that only asks.
func unwrapped[T any](words []T, s func(T) string) []T {
	option := func() bool { return len(words) > 0 && len(s(words[0])) > 1 && s(words[0])[0] == '-' }
	skip := func(takeValue string) {
		for option() {
			takes := slices.Contains(strings.Fields(takeValue), s(words[0])) && len(words) > 1
			words = words[1:]
			if takes {
				words = words[1:]
			}
		}
	}
	for len(words) > 0 {
		name := path.Base(s(words[0]))
		switch name {
		case "sudo", "doas":
			words = words[1:]
			skip("-u -g -h -p -C -r -t")
		case "env":
			words = words[1:]
			skip("-u -C")
		case "nice":
			words = words[1:]
			skip("-n")
		case "ionice":
			words = words[1:]
			skip("-c -n")
		case "systemd-run":
			words = words[1:]
			skip("-u -p -E -M -t")
		case "timeout", "flock", "taskset", "chrt":
			words = words[1:]
			skip("-k -s -w -E -c")
			if len(words) > 0 { // how long, or what on
				words = words[1:]
			}
		case "nohup", "time", "setsid", "stdbuf", "builtin", "unbuffer":
			words = words[1:]
			skip("")
		case "exec":
			words = words[1:]
			skip("-a")
		case "command":
			words = words[1:]
			if option() {
				return nil // command -v
			}
		default:
			variable, _, assigns := strings.Cut(s(words[0]), "=")
			if !assigns || strings.ContainsAny(variable, "/"+Hole) {
				return words
			}
			words = words[1:]
		}
	}
	return nil
}
