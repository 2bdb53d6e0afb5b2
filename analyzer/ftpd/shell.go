package ftpd

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
	m     *machine
	t     text
	vars  map[string]text
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
	text
	unknown bool
}

// function is a shell function, and the text that it stands in.
type function struct {
	body *syntax.Stmt
	t    text
}

// maxDepth is how deep functions and scripts may call each other.
const maxDepth = 20

// runScript carries out a shell script.
func (m *machine) runScript(t text, posix bool) {
	sh := &shell{m: m, t: t, vars: map[string]text{}, funcs: map[string]function{}, posix: posix}
	if problem := sh.run(t); problem != "" {
		m.unread = append(m.unread, Problem{At: t.span(), What: problem})
		m.shake(t, problem)
	}
}

// run parses and carries out a script, and returns what prevents that.
func (sh *shell) run(t text) (problem string) {
	if nesting(t.s) > MaxNesting || chaining(t.s) > maxChain {
		return "the script nests too deep to be read"
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(t.s), "")
	if err != nil {
		return "the script is no valid shell script"
	}
	sh.t = t
	sh.stmts(file.Stmts, stream{unknown: true})
	return ""
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
func (sh *shell) at(n syntax.Node) text {
	start := min(int(n.Pos().Offset()), len(sh.t.s))
	end := min(max(int(n.End().Offset()), start), len(sh.t.s))
	return sh.t.sub(start, end)
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
	var parts []text
	out := stream{}
	for _, s := range stmts {
		if sh.stopped || !sh.m.spend(1) {
			break
		}
		o := sh.stmt(s, in)
		out.unknown = out.unknown || o.unknown
		parts = append(parts, o.text)
	}
	out.text = join(parts, "")
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
		word   text
		append bool
	}
	var targets []target
	for _, r := range s.Redirs {
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			in = stream{text: sh.heredoc(r)}
		case syntax.WordHdoc:
			in = stream{text: sh.word(r.Word)}
			in.text = join([]text{in.text}, "\n")
		case syntax.RdrIn:
			in = stream{unknown: true}
			if file, ok := sh.path(sh.word(r.Word)); ok {
				in = sh.cat(file)
			}
		case syntax.RdrOut, syntax.RdrClob, syntax.RdrAll, syntax.RdrAllClob, syntax.RdrInOut:
			if r.N == nil || r.N.Value == "1" {
				targets = append(targets, target{word: sh.word(r.Word)})
			}
		case syntax.AppOut, syntax.AppClob, syntax.AppAll, syntax.AppAllClob:
			if r.N == nil || r.N.Value == "1" {
				targets = append(targets, target{word: sh.word(r.Word), append: true})
			}
		case syntax.DplIn, syntax.DplOut: // another name for a descriptor
		}
	}
	out := sh.command(s.Cmd, in)
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
		vars, dir, stopped := maps.Clone(sh.vars), sh.dir, sh.stopped
		out := sh.stmts(c.Stmts, in)
		sh.vars, sh.dir, sh.stopped = vars, dir, stopped
		return out
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
		return sh.m.spend(1)
	})
	sh.perhaps("it runs in a loop", func() { sh.stmts(body, in) })
}

func (sh *shell) binary(c *syntax.BinaryCmd, in stream) stream {
	switch c.Op {
	case syntax.AndStmt, syntax.OrStmt:
		out := sh.stmt(c.X, in)
		var second stream
		if c.Op == syntax.AndStmt && !tests(c.X) {
			second = sh.stmt(c.Y, in)
		} else {
			sh.perhaps("it runs under a condition", func() { second = sh.stmt(c.Y, in) })
			second.unknown = true
		}
		return stream{text: join([]text{out.text, second.text}, ""), unknown: out.unknown || second.unknown}
	case syntax.Pipe:
		return sh.stmt(c.Y, sh.stmt(c.X, in))
	case syntax.PipeAll:
		sh.stmt(c.X, in)
		return sh.stmt(c.Y, stream{unknown: true})
	}
	return stream{unknown: true}
}

// tests reports whether a statement is there for its exit status, so that it may well fail.
func tests(s *syntax.Stmt) bool {
	if s.Negated {
		return true
	}
	switch c := s.Cmd.(type) {
	case *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause:
		return true
	case *syntax.BinaryCmd:
		return tests(c.X) || tests(c.Y)
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			return false
		}
		switch name := c.Args[0].Lit(); name {
		case "[", "test", "grep", "egrep", "fgrep", "command", "which", "type", "hash", "id", "getent", "pgrep", "pidof",
			"dpkg", "dpkg-query", "rpm", "diff", "cmp", "ping", "nc", "curl", "wget", "timeout", "false", "read",
			"mountpoint", "stat", "ls", "lsof", "ss", "netstat":
			return true
		case "systemctl", "service":
			return len(c.Args) > 1 && strings.HasPrefix(c.Args[1].Lit(), "is-") || len(c.Args) > 2 && c.Args[2].Lit() == "status"
		}
	}
	return false
}

// word expands a word into one field. What isn't known is a Hole.
func (sh *shell) word(w *syntax.Word) text {
	if w == nil {
		return text{}
	}
	var b strings.Builder
	sh.expand(&b, w.Parts, false)
	if !sh.m.spend(b.Len() / stepBytes) {
		return text{s: Hole}
	}
	return sh.at(w).decode(b.String())
}

func (sh *shell) expand(b *strings.Builder, parts []syntax.WordPart, quoted bool) {
	const maxWord = 1 << 18
	for _, part := range parts {
		if b.Len() > maxWord || !sh.m.spend(1) {
			b.WriteString(Hole)
			return
		}
		switch part := part.(type) {
		case *syntax.Lit:
			value := part.Value
			if !quoted && b.Len() == 0 && strings.HasPrefix(value, "~") {
				b.WriteString(Hole) // somebody's home
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
		return v.s
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
func (sh *shell) fields(w *syntax.Word) []text {
	whole := sh.word(w)
	if lit := w.Lit(); strings.Contains(lit, "{") {
		if words, ok := braces(lit); ok {
			fields := make([]text, len(words))
			for i, word := range words {
				fields[i] = sh.at(w).decode(unescape(word, false))
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
		return []text{whole}
	}
	var fields []text
	for f := range strings.FieldsSeq(whole.s) {
		fields = append(fields, sh.at(w).decode(f))
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
func (sh *shell) heredoc(r *syntax.Redirect) text {
	if r.Hdoc == nil {
		return text{}
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
	return sh.at(r.Hdoc).decode(body)
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

// path returns the absolute path that a word names, if that is known.
func (sh *shell) path(word text) (string, bool) {
	switch {
	case word.s == "" || strings.Contains(word.s, Hole):
		return "", false
	case path.IsAbs(word.s):
		return path.Clean(word.s), true
	case sh.dir != "":
		return path.Join(sh.dir, word.s), true
	}
	return "", false
}

// save writes a command's output to a file.
func (sh *shell) save(word text, out stream, appending bool) {
	file, ok := sh.path(word)
	switch {
	case strings.HasPrefix(file, "/dev/"):
		return
	case !ok:
		sh.m.doubtMatching(word.s, word, "the path of the file that is written isn't known")
		return
	case sh.maybe != "":
		sh.m.doubt(file, word, sh.maybe)
		return
	}
	lines := []line{{text: word, doubt: "what is written to the file isn't known"}}
	if !out.unknown {
		lines = linesOf(out.text)
	}
	if appending {
		sh.m.add(file, lines)
	} else {
		sh.m.write(file, lines)
	}
}

// cat returns a file's content.
func (sh *shell) cat(file string) stream {
	lines := sh.m.content(file)
	if !sh.m.spendLines(lines) {
		return stream{unknown: true}
	}
	for _, l := range lines {
		if l.doubt != "" {
			return stream{unknown: true}
		}
	}
	return stream{text: contentOf(lines)}
}

// words returns the fields of a call without what only changes who runs it: sudo, env, nohup and the like.
func (sh *shell) words(c *syntax.CallExpr) []text {
	var words []text
	for _, w := range c.Args {
		words = append(words, sh.fields(w)...)
	}
	for len(words) > 0 {
		switch path.Base(words[0].s) {
		case "sudo", "doas":
			words = words[1:]
			for len(words) > 0 && strings.HasPrefix(words[0].s, "-") {
				takes := slices.Contains([]string{"-u", "-g", "-h", "-p", "-C", "-r", "-t"}, words[0].s) && len(words) > 1
				words = words[1:]
				if takes {
					words = words[1:]
				}
			}
		case "env":
			words = words[1:]
			for len(words) > 0 && (words[0].s == "-i" || words[0].s == "-") {
				words = words[1:]
			}
		case "nohup", "command", "exec", "time", "nice", "ionice", "setsid", "stdbuf", "builtin":
			words = words[1:]
			if len(words) > 0 && strings.HasPrefix(words[0].s, "-") {
				return nil // options, or "command -v", which asks
			}
		default:
			name, _, assigns := strings.Cut(words[0].s, "=")
			if !assigns || strings.ContainsAny(name, "/"+Hole) {
				return words
			}
			words = words[1:]
		}
	}
	return nil
}
