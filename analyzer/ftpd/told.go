package ftpd

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Words are in lower case. A text without any of them tells of no FTP server.
func Words() []string { return []string{"ftp", "filezilla"} }

// Told returns the name of an FTP server that a text of whatever kind installs, starts, runs or is the image of, or that it
// names in one of several lines; empty if it does neither.
func Told(text string) string {
	lower := strings.ToLower(text)
	if !slices.ContainsFunc(Words(), func(word string) bool { return strings.Contains(lower, word) }) {
		if plain, err := base64.StdEncoding.DecodeString(text); err == nil && len(plain) >= 16 && len(plain) <= host.MaxTextBytes && utf8.Valid(plain) {
			return told(string(plain))
		}
		return ""
	}
	return told(text)
}

// told is Told of a text that isn't encoded.
func told(text string) string {
	lower := strings.ToLower(text)
	if !strings.ContainsAny(strings.TrimSpace(text), " \t\n") {
		for _, p := range products() {
			names := slices.Concat(p.host.Names, p.host.Units, p.host.Programs)
			if slices.Contains(names, lower) {
				return lower
			}
			// The name of a file that sets it up, such as s3://bucket/vsftpd.yml.
			file, ext := path.Base(lower), path.Ext(lower)
			if stem := strings.TrimSuffix(file, ext); slices.Contains([]string{".yml", ".yaml", ".sh", ".ps1", ".conf"}, ext) && slices.Contains(names, stem) {
				return stem
			}
		}
		if path.Ext(path.Base(lower)) != "" && !strings.ContainsAny(path.Base(lower), ":@") {
			return "" // a file
		}
		if s, ok := Image(text, nil, nil); ok && s.Software != OpenSSH {
			return s.Software.String()
		}
		return ""
	}
	for _, kind := range []host.PartKind{host.UserData, host.Script, host.PowerShell, host.CommandLine, host.Document, host.Containers} {
		for _, s := range Read(host.Evidence{}, host.Part{Kind: kind, Text: text}).Servers {
			if s.Software != OpenSSH {
				return s.Name
			}
		}
	}
	// What is read, or is one line, would have said so.
	if !strings.Contains(strings.TrimSpace(text), "\n") || strings.HasPrefix(text, "#!") || strings.HasPrefix(text, "#cloud-config") {
		return ""
	}
	for line := range strings.Lines(lower) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'`,;:=()[]{}/<>", r) }) {
			for _, p := range products() {
				if slices.Contains(p.host.Names, word) {
					return word
				}
			}
		}
	}
	return ""
}
