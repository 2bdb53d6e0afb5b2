package secret_test

import (
	"testing"

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
		once := secret.Redact(text)
		if diff := cmp.Diff(once, secret.Redact(once)); diff != "" {
			t.Error(diff)
		}
	})
}
