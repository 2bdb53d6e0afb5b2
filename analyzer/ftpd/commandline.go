package ftpd

import (
	"encoding/binary"
	"regexp"
	"strings"
	"sync"
	"unicode/utf16"
)

// runCommandLine carries out a command line of Windows' command processor as far as it starts PowerShell: with the commands
// to run, with those in base64, or with a script that the line itself has put there.
// Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_powershell_exe
func (m *machine) runCommandLine(t text) {
	scripts := map[string]text{}
	for _, command := range commandsOf(t) {
		words := commandWords(command)
		for len(words) > 2 && isProgram(words[0].s, "cmd") && strings.EqualFold(words[1].s, "/c") {
			words = words[2:]
		}
		if len(words) > 0 && strings.Contains(words[0].s, Hole) {
			m.skip(command, "which command runs isn't known")
		}
		if len(words) == 0 || !isProgram(words[0].s, "powershell") && !isProgram(words[0].s, "pwsh") {
			continue
		}
		m.runPowerShellProgram(command, words[1:], scripts)
	}
}

// runPowerShellProgram carries out what the program is given; scripts are the files that the line has written so far.
func (m *machine) runPowerShellProgram(command text, words []text, scripts map[string]text) {
	for i := 0; i < len(words); i++ {
		name, isParameter := strings.CutPrefix(strings.ToLower(words[i].s), "-")
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
				m.runPowerShell(script)
			} else {
				m.shake(command, "the encoded command can't be read")
			}
			return
		case short(name, "command", "c"):
			script := rest[0]
			if len(rest) > 1 {
				// What is not in quotes goes on to the end of the line.
				start := strings.Index(command.s, rest[0].s)
				script = command.sub(max(start, 0), len(command.s))
			}
			if name, content, ok := m.writtenScript(script); ok {
				scripts[strings.ToLower(name)] = content
				return
			}
			m.runPowerShell(script)
			return
		case short(name, "file", "f"):
			if script, ok := scripts[strings.ToLower(strings.TrimPrefix(rest[0].s, `.\`))]; ok {
				m.runPowerShell(script)
			} else {
				m.shake(command, "the command runs a script that isn't in the text")
			}
			return
		case short(name, "executionpolicy", "ex"), name == "ep", short(name, "windowstyle", "w"), short(name, "version", "v"),
			short(name, "inputformat", "in"), short(name, "outputformat", "o"), short(name, "configurationname", "config"):
			i++ // its value
		}
	}
}

// short says whether a name is that of a parameter, or the beginning of it from the least that tells it apart.
func short(name, parameter, least string) bool {
	return strings.HasPrefix(parameter, name) && strings.HasPrefix(name, least)
}

func isProgram(word, name string) bool {
	base := strings.ToLower(word[strings.LastIndexAny(word, `\/`)+1:])
	return base == name || base == name+".exe"
}

// commandsOf splits a command line at && and &, which aren't in quotes.
func commandsOf(t text) []text {
	var out []text
	start, quoted := 0, false
	for i := range len(t.s) {
		switch c := t.s[i]; {
		case c == '"' && (i == 0 || t.s[i-1] != '\\'):
			quoted = !quoted
		case !quoted && (c == '&' || c == '\n'):
			out, start = append(out, t.sub(start, i).trim()), i+1
		}
	}
	return append(out, t.sub(start, len(t.s)).trim())
}

// commandWords splits a command into words. Quotes around a word, and backslashes before quotes in it, aren't part of it.
func commandWords(t text) []text {
	var words []text
	for i := 0; i < len(t.s); {
		if strings.IndexByte(" \t\r", t.s[i]) >= 0 {
			i++
			continue
		}
		start, quoted := i, false
		for ; i < len(t.s) && (quoted || strings.IndexByte(" \t\r", t.s[i]) < 0); i++ {
			if t.s[i] == '"' && (i == 0 || t.s[i-1] != '\\') {
				quoted = !quoted
			}
		}
		word := t.sub(start, i)
		if n := len(word.s); n > 1 && word.s[0] == '"' && word.s[n-1] == '"' && word.s[n-2] != '\\' {
			word = word.sub(1, n-1)
		}
		if strings.Contains(word.s, `\"`) {
			word = word.decode(strings.ReplaceAll(word.s, `\"`, `"`))
		}
		words = append(words, word)
	}
	return words
}

// decodeUTF16 decodes what -EncodedCommand takes: base64 of UTF-16, the low byte first.
func (m *machine) decodeUTF16(t text) (text, bool) {
	raw, ok := decodeBase64(t, m.budget)
	if !ok || len(raw.s)%2 != 0 {
		return text{}, false
	}
	units := make([]uint16, len(raw.s)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16([]byte(raw.s[2*i : 2*i+2]))
	}
	return t.blur(string(utf16.Decode(units))), true
}

// fromBase64 finds PowerShell that decodes a text and writes it to a file: how a script gets into a command line whole.
var fromBase64 = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^.*FromBase64String\(\s*['"]([A-Za-z0-9+/=]+)['"]\s*\).*\|\s*(?:Out-File|Set-Content)\s+(?:-(?:FilePath|Path|LiteralPath)\s+)?['"]?([^\s'"]+).*$`)
})

// writtenScript returns the file that a command writes and what to.
func (m *machine) writtenScript(t text) (name string, content text, ok bool) {
	at := fromBase64().FindStringSubmatchIndex(t.s)
	if at == nil {
		return "", text{}, false
	}
	content, ok = decodeBase64(t.sub(at[2], at[3]), m.budget)
	return strings.TrimPrefix(t.s[at[4]:at[5]], `.\`), content, ok
}
