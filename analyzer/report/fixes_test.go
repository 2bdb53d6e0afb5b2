package report

import (
	"fmt"
	"testing"
)

// TestDifference checks that replacing the lines makes one text of the other, and that no line more is replaced.
func TestDifference(t *testing.T) {
	for _, test := range []struct{ old, text, at, inserted string }{
		{"a\nb\nc\n", "a\nx\nc\n", "f:2:1-2:2", "x"},
		{"a\nb\nc\n", "a\nx\ny\nc\n", "f:2:1-2:2", "x\ny"},
		{"a\nb\nc\n", "a\nc\n", "f:2:1-3:1", ""},
		{"a\nc\n", "a\nb\nc\n", "f:2:1-2:1", "b\n"},
		{"a\nb", "a\nc", "f:2:1-2:2", "c"},
		{"a\n𝒳b\n", "a\n𝒳c\n", "f:2:1-2:4", "𝒳c"},
		{"a\r\nb\r\nc\r\n", "a\r\nx\r\nc\r\n", "f:2:1-2:3", "x\r"},
		{"\ufeffa\n", "\ufeffb\n", "f:1:1-1:2", "b"},
		{"a\na\na\n", "a\na\n", "f:3:1-4:1", ""},
	} {
		s := newSources(texts(func(string) []byte { return []byte(test.old) }), nil)
		r, ok := s.difference("f", []byte(test.old), []byte(test.text))
		if !ok {
			t.Errorf("%q → %q: no difference", test.old, test.text)
			continue
		}
		if got := fmt.Sprintf("%v-%d:%d", &r.at, r.at.endLine, r.at.endColumn); got != test.at || r.text != test.inserted {
			t.Errorf("%q → %q: %q at %s, want %q at %s", test.old, test.text, r.text, got, test.inserted, test.at)
		}
		if got := test.old[:r.at.start] + r.text + test.old[r.at.end:]; got != test.text {
			t.Errorf("%q → %q: it makes %q", test.old, test.text, got)
		}
	}
	const hidden = "a\npassword=hunter2\n"
	s := newSources(texts(func(string) []byte { return []byte(hidden) }), nil)
	if _, ok := s.difference("f", []byte(hidden), []byte("a\npassword=hunter3\n")); ok {
		t.Error("it shows what is covered")
	}
}
