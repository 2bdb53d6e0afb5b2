package host

import (
	"encoding/binary"
	"regexp"
	"strings"
	"sync"
	"unicode/utf16"
)

// runCommandLine carries out a command line of Windows' command processor if it starts PowerShell: with commands, with commands
// in base64, or with a script that the line itself has written. Source:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_powershell_exe
func (m *Machine) runCommandLine(t Text, depth int) {
	for _, command := range commandsOf(t) {
		words := commandWords(command)
		for len(words) > 2 && isProgram(words[0].S, "cmd") && strings.EqualFold(words[1].S, "/c") {
			words = words[2:]
		}
		if len(words) == 0 || !m.Spend(1) {
			continue
		}
		if strings.Contains(words[0].S, Hole) {
			m.skip(command, "which command runs isn't known")
		}
		m.cmdlet(Cmdlet{Words: words, By: command}, depth)
	}
}

// runPowerShellProgram carries out what powershell.exe gets as arguments.
func (m *Machine) runPowerShellProgram(command Text, words []Text, depth int) {
	if depth > maxDepth {
		m.opaque(command, "scripts call each other too deep")
		return
	}
	for i := 0; i < len(words); i++ {
		name, isParameter := strings.CutPrefix(strings.ToLower(words[i].S), "-")
		rest := words[i+1:]
		switch {
		case !isParameter:
			rest, name = words[i:], "command"
		case len(rest) == 0:
			return
		}
		switch {
		case short(name, "encodedcommand", "e"), name == "ec":
			if script, ok := m.decodeUTF16(rest[0]); ok {
				m.runPowerShell(script, depth+1)
			} else {
				m.opaque(command, "the encoded command can't be read")
			}
			return
		case short(name, "command", "c"):
			script := rest[0]
			if len(rest) > 1 {
				// What isn't quoted extends to the end of the line.
				start := strings.Index(command.S, rest[0].S)
				script = command.Sub(max(start, 0), len(command.S))
			}
			if name, content, ok := m.writtenScript(script); ok {
				m.write(windowsPath(name), LinesOf(content))
				return
			}
			m.runPowerShell(script, depth+1)
			return
		case short(name, "file", "f"):
			m.runWindowsFile(rest[0], command, depth)
			return
		case short(name, "executionpolicy", "ex"), name == "ep", short(name, "windowstyle", "w"), short(name, "version", "v"),
			short(name, "inputformat", "in"), short(name, "outputformat", "o"), short(name, "configurationname", "config"):
			i++ // its value
		}
	}
}

// short reports whether a name is a parameter's, or an abbreviation that is no shorter than least.
func short(name, parameter, least string) bool {
	return strings.HasPrefix(parameter, name) && strings.HasPrefix(name, least)
}

func isProgram(word, name string) bool { return programName(word) == name }

// commandsOf splits a command line at && and & outside of quotes.
func commandsOf(t Text) []Text {
	var out []Text
	start, quoted := 0, false
	for i := range len(t.S) {
		switch c := t.S[i]; {
		case c == '"' && (i == 0 || t.S[i-1] != '\\'):
			quoted = !quoted
		case !quoted && (c == '&' || c == '\n'):
			out, start = append(out, t.Sub(start, i).Trim()), i+1
		}
	}
	return append(out, t.Sub(start, len(t.S)).Trim())
}

// commandWords splits a command into words, without the quotes around a word and the backslashes before quotes in it.
func commandWords(t Text) []Text {
	var words []Text
	for i := 0; i < len(t.S); {
		if strings.IndexByte(" \t\r", t.S[i]) >= 0 {
			i++
			continue
		}
		start, quoted := i, false
		for ; i < len(t.S) && (quoted || strings.IndexByte(" \t\r", t.S[i]) < 0); i++ {
			if t.S[i] == '"' && (i == 0 || t.S[i-1] != '\\') {
				quoted = !quoted
			}
		}
		word := t.Sub(start, i)
		if n := len(word.S); n > 1 && word.S[0] == '"' && word.S[n-1] == '"' && word.S[n-2] != '\\' {
			word = word.Sub(1, n-1)
		}
		if strings.Contains(word.S, `\"`) {
			word = word.Decode(strings.ReplaceAll(word.S, `\"`, `"`))
		}
		words = append(words, word)
	}
	return words
}

// decodeUTF16 decodes the argument of -EncodedCommand: base64 of UTF-16 with the low byte first.
func (m *Machine) decodeUTF16(t Text) (Text, bool) {
	raw, ok := decodeBase64(t, m.budget)
	if !ok || len(raw.S)%2 != 0 {
		return Text{}, false
	}
	units := make([]uint16, len(raw.S)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16([]byte(raw.S[2*i : 2*i+2]))
	}
	return t.Blur(string(utf16.Decode(units))), true
}

// fromBase64 matches PowerShell that decodes a text and writes it to a file, which is how a whole script gets into a command
// line.
var fromBase64 = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^.*FromBase64String\(\s*['"]([A-Za-z0-9+/=]+)['"]\s*\).*\|\s*(?:Out-File|Set-Content)\s+(?:-(?:FilePath|Path|LiteralPath)\s+)?['"]?([^\s'"]+).*$`)
})

// writtenScript returns the file that a command writes, and its content.
func (m *Machine) writtenScript(t Text) (name string, content Text, ok bool) {
	at := fromBase64().FindStringSubmatchIndex(t.S)
	if at == nil {
		return "", Text{}, false
	}
	content, ok = decodeBase64(t.Sub(at[2], at[3]), m.budget)
	return strings.TrimPrefix(t.S[at[4]:at[5]], `.\`), content, ok
}
