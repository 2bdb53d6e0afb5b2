package secret_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/secret"
)

// TestCorpus holds what is found of each line of the corpus, and how many secrets are missed and false alarms raised.
func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		kind, marked, ok := strings.Cut(line, " ")
		if kind == "#" || kind == "" || strings.HasPrefix(line, "#\t") || line == "#" {
			continue
		}
		if !ok || !strings.Contains("+-!?", kind) || (kind == "-") == strings.Contains(marked, "«") {
			t.Errorf("no case: %s", line)
			continue
		}
		count[kind]++
		marked = strings.ReplaceAll(marked, `\n`, "\n")
		text := strings.NewReplacer("«", "", "»", "").Replace(marked)
		if kind == "-" || kind == "!" {
			marked = text
		}
		if got := mark(text); got != marked {
			t.Errorf("%s\nfound:\n%s", line, strings.ReplaceAll(got, "\n", `\n`))
		}
	}
	secrets, near := count["+"]+count["!"], count["-"]+count["?"]
	t.Logf("%d of %d secrets are missed, %d of %d others are false alarms", count["!"], secrets, count["?"], near)
	if secrets+near < 300 || count["!"] != 7 || count["?"] != 5 {
		t.Errorf("%d secrets, of which %d are missed; %d others, of which %d are found", secrets, count["!"], near, count["?"])
	}
}

// mark returns a text with each secret that is found between « and ».
func mark(text string) string {
	var b strings.Builder
	end := 0
	for _, s := range secret.Find(text) {
		b.WriteString(text[end:s.Start] + "«" + text[s.Start:s.End] + "»")
		end = s.End
	}
	return b.String() + text[end:]
}
