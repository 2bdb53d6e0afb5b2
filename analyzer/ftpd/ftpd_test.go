package ftpd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// describe writes a reading down, a line for each fact: what is known with the text that decides, defaults with their
// source, and what is unknown with the reason.
func describe(r ftpd.Reading, texts ...string) []string {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for i, s := range r.Servers {
		name := s.Software.String()
		if len(r.Servers) > 1 {
			name = fmt.Sprintf("%d %s", i+1, name)
		}
		say("%s named %s", name, s.Name)
		say("%s version %s", name, s.Version)
		say("%s config %s", name, s.Config)
		say("%s present %s", name, setting(s.Present, texts))
		say("%s anonymous %s", name, setting(s.Anonymous, texts))
		say("%s upload %s", name, setting(s.AnonymousUpload, texts))
		say("%s local %s", name, setting(s.LocalLogin, texts))
		say("%s tls %s", name, setting(s.TLS, texts))
		say("%s obsolete %s", name, setting(s.ObsoleteTLS, texts))
		say("%s listen %s", name, setting(s.ListenPorts, texts))
		say("%s passive %s", name, setting(s.PassivePorts, texts))
		for _, c := range s.Credentials {
			say("%s credential %s %q %s%s", name, c.Kind, c.User, quote(c.At, texts), c.Source)
		}
		for _, p := range s.Problems {
			say("%s problem: %s %s", name, p.What, quote(p.At, texts))
		}
	}
	for _, u := range r.Unread {
		say("unread: %s", u.What)
	}
	return lines
}

func setting[T any](s ftpd.Setting[T], texts []string) string {
	switch s.State {
	case ftpd.Known:
		return fmt.Sprintf("%v %s", s.Value, quote(s.At, texts))
	case ftpd.Default:
		return fmt.Sprintf("%v by %s", s.Value, s.Source)
	case ftpd.Unknown:
		return fmt.Sprintf("? %s %s", s.Source, quote(s.At, texts))
	}
	return "invalid"
}

// quote returns the text at a place, which it checks: the line has to be that of the offset.
func quote(at ftpd.Span, texts []string) string {
	if at.IsZero() || len(texts) == 0 {
		return ""
	}
	if at.Part >= len(texts) || at.Start < 0 || at.End < at.Start || at.End > len(texts[at.Part]) {
		return fmt.Sprintf("place %+v is outside the text", at)
	}
	t := texts[at.Part]
	if line := 1 + strings.Count(t[:at.Start], "\n"); line != at.Line {
		return fmt.Sprintf("place %+v is on line %d", at, line)
	}
	return "`" + strings.ReplaceAll(t[at.Start:at.End], "\n", "↵") + "`"
}

// expect checks that a reading says what each line wants; a line that starts with ! must not be said, and "none" wants
// nothing to be said.
func expect(t *testing.T, r ftpd.Reading, texts []string, want string) {
	t.Helper()
	said := describe(r, texts...)
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		line = strings.TrimSpace(line)
		unwanted, negated := strings.CutPrefix(line, "!")
		switch {
		case line == "none" && len(said) > 0:
			t.Errorf("want nothing, got:\n%s", strings.Join(said, "\n"))
		case line == "none":
		case negated && slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, unwanted) }):
			t.Errorf("unwanted: %s", unwanted)
		case !negated && !slices.ContainsFunc(said, func(s string) bool { return strings.TrimSpace(s) == line }):
			t.Errorf("missing: %s", line)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%s", strings.Join(said, "\n"))
	}
}

type readCase struct{ name, text, want string }

// readAll reads each case as a part of the given kind and path.
func readAll(t *testing.T, part host.Part, cases []readCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			part.Text = strings.ReplaceAll(c.text, "HOLE", host.Hole)
			expect(t, ftpd.Read(host.Evidence{}, part), []string{part.Text}, strings.ReplaceAll(c.want, "HOLE", host.Hole))
		})
	}
}

func TestNothing(t *testing.T) {
	for _, part := range []host.Part{
		{Kind: host.UserData},
		{Kind: host.UserData, Text: "#!/bin/sh\napt-get install -y nginx\n"},
		{Kind: host.UserData, Text: "#cloud-config\npackages: [openssh-sftp-server, tftpd-hpa, ftp, lftp]\n"},
		{Kind: host.UserData, Text: "just some words"},
		{Kind: host.Script, Text: "echo anonymous_enable=YES > /etc/nginx/nginx.conf\nsystemctl start sshd\ndocker run -d atmoz/sftp user::1001\n"},
		{Kind: host.File, Path: "/etc/ssh/sshd_config", Text: "Subsystem sftp internal-sftp\n"},
		{Kind: host.File, Path: "/etc/vsftpd.conf.bak", Text: "anonymous_enable=YES\n"},
		{Kind: host.PowerShell, Text: "Install-WindowsFeature Web-Server\n"},
	} {
		expect(t, ftpd.Read(host.Evidence{}, part), []string{part.Text}, "none")
	}
	expect(t, ftpd.Read(host.Evidence{}), nil, "none")
}
