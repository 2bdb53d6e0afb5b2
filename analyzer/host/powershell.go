package host

import "strings"

// Cmdlet is a command of a PowerShell script, or of Windows' command processor.
type Cmdlet struct {
	Words []Text // without quotes; an expression is a Hole, and a hash table is its text from @{ to }
	By    Text
	// Inside is true if the command is in a block, which may run never or often.
	Inside bool
}

// Name returns the name of the command in lower case, without its directory and .exe.
func (c Cmdlet) Name() string { return programName(c.Words[0].S) }

// Parameter returns the value of a parameter, whose name may be abbreviated, or the positional argument in its place.
func (c Cmdlet) Parameter(name string) (Text, bool) {
	for i, w := range c.Words {
		p, ok := strings.CutPrefix(lower(w.S), "-")
		p, inline, hasInline := strings.Cut(p, ":")
		if !ok || p == "" || !strings.HasPrefix(name, p) || len(p) < 2 && len(name) > 1 {
			continue
		}
		if hasInline && inline != "" {
			return w.Sub(len(w.S)-len(inline), len(w.S)), true
		}
		if i+1 < len(c.Words) {
			return c.Words[i+1], true
		}
	}
	return Text{}, false
}

// parsePowerShell splits a script into its commands. It knows comments, strings, here-strings, line continuations and blocks;
// everything else becomes holes.
func parsePowerShell(t Text) []Cmdlet {
	var commands []Cmdlet
	var words []Text
	depth, start := 0, 0
	flush := func(end int) {
		if len(words) > 0 {
			commands = append(commands, Cmdlet{Words: words, By: t.Sub(start, end).Trim(), Inside: depth > 0})
		}
		words, start = nil, end+1
	}
	s := t.S
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '#' && (len(words) == 0 || strings.IndexByte(" \t", s[i-1]) >= 0):
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				end = len(s) - i
			}
			i += end
		case strings.HasPrefix(s[i:], "<#"):
			end := strings.Index(s[i:], "#>")
			if end < 0 {
				end = len(s) - i - 2
			}
			i += end + 2
		case c == '`' && i+1 < len(s) && (s[i+1] == '\n' || s[i+1] == '\r'):
			i++
			for i < len(s) && (s[i] == '\n' || s[i] == '\r') {
				i++
			}
		case c == '\n' || c == ';' || c == '|':
			flush(i)
			i++
		case c == '{':
			flush(i)
			depth++
			i++
		case c == '}':
			flush(i)
			depth = max(0, depth-1)
			i++
		case c == ' ' || c == '\t' || c == '\r' || c == ',':
			i++
		default:
			end, value := psWord(s, i)
			word := t.Sub(i, end)
			if value != word.S {
				word = word.Decode(value)
			}
			words = append(words, word)
			i = end
		}
	}
	flush(len(s))
	return commands
}

// psWord returns the end of the word that starts at i, and the word's value. It consumes at least one byte.
func psWord(s string, i int) (end int, value string) {
	for _, here := range []string{"@'", `@"`} {
		if strings.HasPrefix(s[i:], here) {
			close := strings.Index(s[i:], "\n"+here[1:]+"@")
			if close < 0 {
				return len(s), Hole
			}
			return i + close + 3, Hole
		}
	}
	if strings.HasPrefix(s[i:], "@{") {
		if close := hashTable(s[i:]); close > 0 {
			return i + close, s[i : i+close]
		}
	}
	var b strings.Builder
	for end = i; end < len(s); {
		switch c := s[end]; {
		case c == '\'' || c == '"':
			close := end + 1
			for close < len(s) && s[close] != c {
				if s[close] == '`' && c == '"' {
					close++
				}
				close++
			}
			close = min(close, len(s))
			body := s[end+1 : close]
			if c == '"' && strings.ContainsAny(body, "$`") {
				body = Hole
			}
			b.WriteString(body)
			end = min(close+1, len(s))
		case c == '(' || c == ')' || c == '@':
			b.WriteString(Hole)
			end++
		case strings.IndexByte(" \t\r\n;|{},", c) >= 0:
			return max(end, i+1), b.String()
		case c == '$':
			name := end + 1
			for name < len(s) && strings.IndexByte(" \t\r\n;|{},()'\"", s[name]) < 0 {
				name++
			}
			switch variable := strings.ToLower(s[end:name]); variable {
			case "$true", "$false":
				b.WriteString(variable[1:])
			default:
				b.WriteString(Hole)
			}
			end = max(name, end+1)
		default:
			b.WriteByte(c)
			end++
		}
	}
	return max(end, i+1), b.String()
}

// hashTable returns the length of the hash table that s begins with; 0 if it doesn't end.
func hashTable(s string) int {
	depth, quote := 0, byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// HashTable returns the entries of a hash table, @{name=value; …}: names in lower case, values without quotes, a Hole for an
// expression. It is nil if the word isn't a hash table.
func HashTable(word Text) map[string]Text {
	body, ok := strings.CutPrefix(word.S, "@{")
	if !ok {
		return nil
	}
	entries := map[string]Text{}
	inner := word.Sub(2, 2+len(strings.TrimSuffix(body, "}")))
	for _, c := range parsePowerShell(inner) {
		name, value := c.Words[0].S, Text{S: Hole}
		switch before, after, found := strings.Cut(name, "="); {
		case found && after != "":
			name, value = before, c.Words[0].Sub(len(c.Words[0].S)-len(after), len(c.Words[0].S))
		case found && len(c.Words) > 1:
			name, value = before, c.Words[1]
		case len(c.Words) > 2 && c.Words[1].S == "=":
			value = c.Words[2]
		case len(c.Words) > 1 && strings.HasPrefix(c.Words[1].S, "="):
			value = c.Words[1].Sub(1, len(c.Words[1].S))
		}
		entries[strings.ToLower(strings.Trim(name, "'\""))] = value
	}
	return entries
}

// programName returns the name of a program of Windows in lower case, without its directory and .exe.
func programName(word string) string {
	base := strings.ToLower(word[strings.LastIndexAny(word, `\/`)+1:])
	return strings.TrimSuffix(base, ".exe")
}

// windowsPath returns the one spelling of a Windows path.
func windowsPath(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, `\`, "/"))
	return strings.ReplaceAll(strings.TrimPrefix(s, "./"), "%systemdrive%", "c:")
}

// runPowerShell carries out the commands of a script that install packages, set passwords, copy files and run others. It keeps
// all commands for callers that know more of them. A command in a block is uncertain.
func (m *Machine) runPowerShell(t Text, depth int) {
	commands := parsePowerShell(t)
	if !m.Spend(len(commands)) {
		return
	}
	for i := range commands {
		m.cmdlet(commands[i], depth)
	}
}

func (m *Machine) cmdlet(c Cmdlet, depth int) {
	if name := c.Name(); name == "powershell" || name == "pwsh" {
		m.runPowerShellProgram(c.By, c.Words[1:], depth)
		return
	}
	m.Cmdlets = append(m.Cmdlets, c)
	word := func(i int) string {
		if i < len(c.Words) {
			return c.Words[i].S
		}
		return ""
	}
	maybe := ""
	if c.Inside {
		maybe = "the command is in a block"
	}
	if name, ok := c.Parameter("name"); ok || strings.Contains(strings.ToLower(c.By.S), "convertto-securestring") {
		m.securePassword(c, name.S)
	}
	switch name := c.Name(); name {
	case "choco", "winget", "chocolatey", "install-package":
		for _, w := range c.Words[1:] {
			if !strings.HasPrefix(w.S, "-") && w.S != "install" {
				m.install(w.Decode(strings.ToLower(w.S)), maybe)
			}
		}
	case "net":
		if strings.EqualFold(word(1), "user") && len(c.Words) > 3 && !strings.HasPrefix(word(3), "/") && word(3) != "*" {
			m.password(word(2), c.Words[3], false)
		}
	case "copy-item", "cp", "copy", "move-item", "mv", "ren", "rename-item":
		operands := operands(c.Words[1:], "-path -literalpath -destination -Path -LiteralPath -Destination")
		from, hasFrom := c.Parameter("path")
		to, hasTo := c.Parameter("destination")
		if !hasFrom && len(operands) > 0 {
			from, operands = operands[0], operands[1:]
		}
		if !hasTo && len(operands) > 0 {
			to = operands[0]
		}
		if lines, ok := m.Written(windowsPath(from.S)); ok && to.S != "" {
			m.write(windowsPath(to.S), lines)
		}
	case "iex", "invoke-expression":
		m.opaque(c.By, whyElsewhere)
	case "&", ".", "start-process", "saps":
		if len(c.Words) > 1 {
			m.runWindowsFile(c.Words[1], c.By, depth)
		}
	default:
		switch {
		case strings.HasSuffix(name, ".ps1"), strings.HasSuffix(name, ".bat"), strings.HasSuffix(name, ".cmd"):
			m.runWindowsFile(c.Words[0], c.By, depth)
		case strings.Contains(name, Hole+"iex"), name == "|":
			m.opaque(c.By, whyElsewhere)
		}
	}
}

// securePassword records the password that a command has in clear text for ConvertTo-SecureString.
func (m *Machine) securePassword(c Cmdlet, user string) {
	for i, w := range c.Words {
		if !strings.HasSuffix(strings.ToLower(w.S), "convertto-securestring") {
			continue
		}
		for j := i + 1; j < len(c.Words); j++ {
			if !strings.HasPrefix(c.Words[j].S, "-") {
				if password := c.Words[j]; !strings.Contains(password.S, Hole) {
					m.password(user, password, false)
				}
				return
			}
		}
	}
}

// runWindowsFile runs a script by its path.
func (m *Machine) runWindowsFile(word, by Text, depth int) {
	lines, ok := m.Written(windowsPath(word.S))
	unknown := !ok || depth > maxDepth
	for _, l := range lines {
		unknown = unknown || l.Doubt != ""
	}
	switch {
	case unknown:
		m.opaque(by, whyElsewhere)
	case strings.HasSuffix(strings.ToLower(word.S), ".ps1"), strings.HasSuffix(strings.ToLower(word.S), ".bin"):
		m.runPowerShell(Content(lines), depth+1)
	default:
		m.runCommandLine(Content(lines), depth+1)
	}
}
