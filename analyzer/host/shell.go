package host

import (
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shell carries out a script as far as its effect is certain. It assumes that commands succeed. Whatever runs under a condition
// or in a loop may or may not happen.
type shell struct {
	m    *Machine
	t    Text
	vars map[string]Text
	// lists are arrays, and at "@" the arguments of the script or function; one that isn't there isn't known.
	lists map[string][]Text
	funcs map[string]function
	// dir is the working directory; empty if it isn't known.
	dir string
	// file is the one that holds the script; empty if it isn't known.
	file string
	// maybe, if not empty, is the reason why the current commands may not run.
	maybe string
	// posix is true if echo may read backslashes as escapes, as Debian's sh does.
	posix   bool
	depth   int
	inside  int // statements that hold the one at hand
	stopped bool
}

// stream is the output or the input of a command.
type stream struct {
	Text
	unknown bool
}

// function is a shell function, and the text that it stands in.
type function struct {
	body *syntax.Stmt
	t    Text
}

// maxDepth limits how deep functions and scripts call each other.
const maxDepth = 20

// shell returns a shell that works in a directory.
func (m *Machine) shell(dir string) *shell {
	return &shell{m: m, vars: map[string]Text{}, lists: map[string][]Text{}, funcs: map[string]function{}, dir: dir}
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

// run parses and carries out a script. problem is what prevents that.
func (sh *shell) run(t Text) (problem string) {
	_, problem = sh.parse(t)
	return problem
}

// parse is run, and also returns the script's output.
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

// nesting returns the greatest number of open brackets in s. A recursive parser needs the limit.
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

// maxChain limits the operators and compound commands that a script holds open, as far as that can be told without parsing. It
// is far more than any script has, and far fewer than a stack holds.
const maxChain = 1 << 13

// chaining returns an upper bound for how deep commands of a script nest: pipes and lists nest, and so do the words that begin
// a compound command until those that end it.
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

// stmts carries out statements and returns their output.
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
		asked := sh.asksFor(c.Cond)
		for ; c != nil; c = c.Else {
			sh.perhaps("it runs under a condition", func() { sh.stmts(c.Then, in) })
			sh.settled(asked)
			if c.Else != nil {
				sh.perhaps("it runs under a condition", func() { sh.stmts(c.Else.Cond, in) })
			}
		}
	case *syntax.WhileClause:
		sh.forgetAssigned(c)
		if lines, variables := sh.readsLines(c, in); lines != nil {
			sh.eachLine(c, lines, variables)
			return stream{unknown: true}
		}
		sh.stmts(c.Cond, in)
		sh.perhaps("it runs in a loop", func() { sh.stmts(c.Do, in) })
	case *syntax.ForClause:
		sh.loop(c, in)
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

// process returns the process substitution, >(…) or <(…), that a word is; nil if it isn't one.
func process(w *syntax.Word) *syntax.ProcSubst {
	if w == nil || len(w.Parts) != 1 {
		return nil
	}
	p, _ := w.Parts[0].(*syntax.ProcSubst)
	return p
}

// subshell carries out statements whose variables and directory don't last.
func (sh *shell) subshell(stmts []*syntax.Stmt, in stream) stream {
	vars, lists, dir, stopped := maps.Clone(sh.vars), maps.Clone(sh.lists), sh.dir, sh.stopped
	out := sh.stmts(stmts, in)
	sh.vars, sh.lists, sh.dir, sh.stopped = vars, lists, dir, stopped
	return out
}

// asksFor returns the account that a condition asks for, or denies that there is: id NAME, getent passwd NAME.
func (sh *shell) asksFor(condition []*syntax.Stmt) string {
	if len(condition) != 1 {
		return ""
	}
	c, ok := condition[0].Cmd.(*syntax.CallExpr)
	if !ok {
		return ""
	}
	switch words := sh.words(c); {
	case len(words) > 1 && words[0].S == "id", len(words) == 3 && words[0].S == "getent" && words[1].S == "passwd":
		return words[len(words)-1].S
	}
	return ""
}

// settled notes that an account is there, which is made where it isn't.
func (sh *shell) settled(name string) {
	if account, ok := sh.m.Accounts[name]; ok && account.Maybe != "" && sh.maybe == "" {
		sh.m.Accounts[name] = Account{}
	}
}

// forgetAssigned forgets the variables that a node sets.
func (sh *shell) forgetAssigned(n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		name := ""
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil {
				name = n.Name.Value
			}
		case *syntax.WordIter:
			name = n.Name.Value
		}
		delete(sh.vars, name)
		delete(sh.lists, name)
		return sh.m.Spend(1)
	})
}

// loop carries out a loop: for each of its words, if they are known and nothing ends it before.
func (sh *shell) loop(c *syntax.ForClause, in stream) {
	sh.forgetAssigned(c)
	words, known := sh.iterates(c)
	end := leaves(c.Do)
	if !known || len(words) > maxTurns || sh.maybe != "" {
		sh.perhaps("it runs in a loop", func() { sh.stmts(c.Do, in) })
		return
	}
	for i, word := range words {
		sh.vars[c.Loop.(*syntax.WordIter).Name.Value] = word
		if end < 0 {
			sh.stmts(c.Do, in)
		} else if i == 0 {
			// What comes first is done at least once.
			sh.stmts(c.Do[:end+1], in)
		}
		if sh.stopped || sh.m.Exhausted() {
			break
		}
	}
	sh.forgetAssigned(c)
	if end >= 0 {
		sh.perhaps("it runs in a loop", func() { sh.stmts(c.Do, in) })
	}
}

// maxTurns is how often a loop is followed.
const maxTurns = 64

// readsLines returns the lines that a loop on read takes in turn, and the variables that it reads; nil if they aren't known.
func (sh *shell) readsLines(c *syntax.WhileClause, in stream) (lines []Text, variables []string) {
	if in.unknown || c.Until || len(c.Cond) != 1 || len(c.Cond[0].Redirs) > 0 || sh.maybe != "" || leaves(c.Do) >= 0 {
		return nil, nil
	}
	call, ok := c.Cond[0].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) < 2 || call.Args[0].Lit() != "read" {
		return nil, nil
	}
	for _, w := range call.Args[1:] {
		name := w.Lit()
		switch {
		case name == "-r":
		case name == "" || name[0] == '-':
			return nil, nil
		default:
			variables = append(variables, name)
		}
	}
	for _, l := range LinesOf(in.Text) {
		lines = append(lines, l.Text)
	}
	if len(lines) > maxTurns || len(variables) == 0 || !sh.m.SpendLines(LinesOf(in.Text)) || strings.Contains(in.S, Hole) {
		return nil, nil
	}
	return lines, variables
}

// eachLine carries out a loop for lines, whose words are given to variables; the last one takes the rest.
func (sh *shell) eachLine(c *syntax.WhileClause, lines []Text, variables []string) {
	for _, l := range lines {
		rest := l.Trim()
		for i, name := range variables {
			word := rest
			if i+1 < len(variables) {
				end := strings.IndexAny(rest.S, " \t")
				if end < 0 {
					end = len(rest.S)
				}
				word, rest = rest.Sub(0, end), rest.Sub(end, len(rest.S)).Trim()
			}
			sh.vars[name] = word
		}
		sh.stmts(c.Do, stream{unknown: true})
		if sh.stopped || sh.m.Exhausted() {
			break
		}
	}
	sh.forgetAssigned(c)
	for _, name := range variables {
		delete(sh.vars, name)
	}
}

// iterates returns the words that a loop takes in turn.
func (sh *shell) iterates(c *syntax.ForClause) (words []Text, known bool) {
	w, ok := c.Loop.(*syntax.WordIter)
	if !ok || !w.InPos.IsValid() {
		return nil, false
	}
	for _, item := range w.Items {
		if globs(item) {
			files, all := sh.matching(sh.word(item))
			if !all || len(files) == 0 {
				return nil, false
			}
			words = append(words, files...)
			continue
		}
		words = append(words, sh.fields(item)...)
	}
	return words, !slices.ContainsFunc(words, func(w Text) bool { return strings.Contains(w.S, Hole) })
}

// matching returns the files that a pattern for files of one directory stands for, and whether there are surely no others: the
// texts make the directory, and nothing that isn't known fills it.
func (sh *shell) matching(pattern Text) (files []Text, all bool) {
	name, ok := sh.path(pattern)
	dir := path.Dir(name)
	if !ok || strings.ContainsAny(dir, "*?[") || !sh.m.dirs[dir] && !sh.m.complete[dir] || sh.m.Disturbed(path.Join(dir, "any"), Install{}) != nil {
		return nil, false
	}
	for _, file := range sh.m.Under(dir) {
		if fits, err := path.Match(name, file); err != nil {
			return nil, false
		} else if fits {
			files = append(files, pattern.Decode(file))
		}
	}
	return files, true
}

// leaves returns the first statement of a loop that may end it, or this turn; -1 if none.
func leaves(body []*syntax.Stmt) int {
	return slices.IndexFunc(body, func(s *syntax.Stmt) bool {
		found := false
		syntax.Walk(s, func(n syntax.Node) bool {
			if c, ok := n.(*syntax.CallExpr); ok && len(c.Args) > 0 {
				switch c.Args[0].Lit() {
				case "break", "continue", "exit", "return":
					found = true
				}
			}
			return true
		})
		return found
	})
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
			sh.settled(sh.asksFor([]*syntax.Stmt{c.X}))
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

// tests reports whether a statement is used for its exit status, so that it may well fail.
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

// word expands a word into one field, with a Hole for an unknown part.
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
			if file := onlyReads(part.Stmts); file != nil {
				out = sh.contents(sh.word(file))
			}
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

// param expands $name and ${name}. All other expansions are unknown.
func (sh *shell) param(p *syntax.ParamExp) string {
	if p.Param != nil && sh.file != "" && p.Exp == nil && p.Repl == nil && p.Slice == nil && !p.Length && !p.Excl &&
		(p.Param.Value == "0" && p.Index == nil || p.Param.Value == "BASH_SOURCE") {
		return sh.file
	}
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

// fields expands a word into fields. A variable outside of quotes may become several.
func (sh *shell) fields(w *syntax.Word) []Text {
	if list, ok := sh.list(w); ok {
		return list
	}
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
		if _, ok := part.(*syntax.CmdSubst); ok {
			split = split || len(strings.Fields(whole.S)) > 1
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

// onlyReads returns the file whose content a substitution $(<file) stands for; nil if it is another.
func onlyReads(stmts []*syntax.Stmt) *syntax.Word {
	if len(stmts) != 1 || stmts[0].Cmd != nil || len(stmts[0].Redirs) != 1 || stmts[0].Redirs[0].Op != syntax.RdrIn {
		return nil
	}
	return stmts[0].Redirs[0].Word
}

// list returns the elements of the array, or the arguments, that are the whole of a word: "$@", ${NAMES[*]}.
func (sh *shell) list(w *syntax.Word) ([]Text, bool) {
	parts := w.Parts
	if len(parts) == 1 {
		if q, ok := parts[0].(*syntax.DblQuoted); ok {
			parts = q.Parts
		}
	}
	if len(parts) != 1 {
		return nil, false
	}
	p, ok := parts[0].(*syntax.ParamExp)
	if !ok || p.Param == nil || p.Excl || p.Length || p.Slice != nil || p.Repl != nil || p.Exp != nil || len(p.Modifiers) > 0 {
		return nil, false
	}
	name := p.Param.Value
	if name == "*" {
		name = "@"
	}
	if name != "@" {
		index, ok := p.Index.(*syntax.Word)
		if !ok || index.Lit() != "@" && index.Lit() != "*" {
			return nil, false
		}
	}
	list, ok := sh.lists[name]
	return list, ok
}

// braces expands a word with one list in braces, a{b,c}d. Anything more complicated becomes a Hole.
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

// globs reports whether a word is a pattern for file names, which the shell would expand in an argument of echo.
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
			// In a here-document, quotes are literal.
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
		name := a.Name.Value
		list, listed := sh.lists[name]
		delete(sh.lists, name)
		if a.Array != nil && a.Index == nil && sh.maybe == "" && (!a.Append || listed) {
			if !a.Append {
				list = []Text{}
			}
			sh.lists[name] = sh.array(slices.Clip(list), a.Array)
		}
		if a.Append || a.Index != nil || a.Array != nil || sh.maybe != "" {
			delete(sh.vars, name)
			continue
		}
		sh.vars[name] = sh.word(a.Value)
	}
}

// array adds the elements of an array; those with an index make it one that isn't known.
func (sh *shell) array(list []Text, a *syntax.ArrayExpr) []Text {
	for _, e := range a.Elems {
		if e.Index != nil || e.Value == nil {
			return append(list, Text{S: Hole})
		}
		list = append(list, sh.fields(e.Value)...)
	}
	return list
}

// home stands for the home directory of whoever runs a script. homeWord is its path in texts.
const (
	home     = "/~"
	homeWord = Hole + "~"
)

// path returns the absolute path that a word names; the second result is false if it isn't known.
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

// homely returns the path below home of a file in a user's home directory, if the file is known there.
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
	case sh.maybe != "" && appending && !out.unknown && !strings.Contains(out.S, Hole):
		sh.m.add(file, perhaps(LinesOf(out.Text), sh.maybe))
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
	if file == "/dev/null" {
		return stream{}
	}
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

// words returns the fields of a call without prefixes that only change who runs it, when, or how.
func (sh *shell) words(c *syntax.CallExpr) []Text {
	var words []Text
	for _, w := range c.Args {
		words = append(words, sh.fields(w)...)
	}
	return unwrapped(words, func(t Text) string { return t.S })
}

// unwrapped returns the words of a command without sudo, env, nohup and the like before it; nil if no command follows, or one
// that only asks.
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
		case "nohup", "time", "setsid", "stdbuf", "builtin", "unbuffer", "eatmydata", "retry":
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
