package secret_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/secret"
)

func FuzzSecrets(f *testing.F) {
	for _, s := range []string{
		"FTP_PASS=x\n", "echo 'a:b' | chpasswd\n", "chpasswd <<EOF\na:b\nEOF\n", "-----BEGIN PRIVATE KEY-----\nx", "password: $(x)\n", "a://b:c@d", "pass=" + secret.Redacted,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, s := range secret.Find(text) {
			if s.Start < end || s.End <= s.Start || s.End > len(text) {
				t.Errorf("%+v after %d", s, end)
			}
			end = s.End
		}
		// What is covered has no secret, whichever part of it is asked for.
		whole := secret.NewText([]byte(text), nil)
		covered := whole.Slice(0, len(text))
		if len(covered) != len(text) || utf8.ValidString(text) && utf8.RuneCount(covered) != utf8.RuneCountInString(text) {
			t.Errorf("%q is covered by %q", text, covered)
		}
		for _, s := range secret.Find(text) {
			if inner := text[s.Start:s.End]; strings.TrimSpace(inner) == inner && bytes.Contains(covered[s.Start:s.End], []byte(inner)) && strings.Trim(inner, "*·•\U0001F784\r\n") != "" {
				t.Errorf("%q is shown in %q", inner, covered)
			}
		}
		middle := len(text) / 2
		if halves := append(slices.Clone(whole.Slice(0, middle)), whole.Slice(middle, len(text))...); utf8.RuneStart((text + "x")[middle]) && !bytes.Equal(halves, covered) {
			t.Errorf("in two parts %q is covered by %q", covered, halves)
		}
		once := secret.Redact(text)
		if diff := cmp.Diff(once, secret.Redact(once)); diff != "" {
			t.Error(diff)
		}
	})
}
