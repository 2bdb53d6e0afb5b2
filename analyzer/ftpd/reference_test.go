package ftpd_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/distribution/reference"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// sameImage checks that a reference is read as the library of its format reads it.
func sameImage(t *testing.T, ref string) {
	t.Helper()
	var want ftpd.ImageRef
	named, err := reference.ParseNormalizedNamed(ref)
	if err == nil {
		want.Registry, want.Repository = reference.Domain(named), reference.Path(named)
		if tagged, ok := named.(reference.Tagged); ok {
			want.Tag = tagged.Tag()
		}
		if digested, ok := named.(reference.Digested); ok {
			want.Digest = digested.Digest().String()
		}
	}
	got, ok := ftpd.ParseImage(ref)
	if ok != (err == nil) || ok && got != want {
		t.Errorf("%q is %+v, %t; the library says %+v, %v", ref, got, ok, want, err)
	}
}

// References are read as the library of their format reads them.
func TestParseImageLikeTheLibrary(t *testing.T) {
	hex := strings.Repeat("0123456789abcdef", 8)
	parts := []string{
		"a", "A", "0", "-", "--", "_", "__", ".", "..", "/", ":", "@", "é", "\n", "localhost", "docker.io", "index.docker.io", "library", "Host", "a.b", "a_b.c",
		"[::1]", "5000", "latest", "v1.0", "sha256:" + hex[:64], "sha256:" + strings.ToUpper(hex[:64]), "sha384:" + hex[:96], "sha512:" + hex,
		"md5:" + hex[:32], hex[:64], strings.Repeat("x", 128), strings.Repeat("y", 254),
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range trials.Count(20_000, 1_000_000) {
		var ref strings.Builder
		for range 1 + rnd.IntN(6) {
			ref.WriteString(parts[rnd.IntN(len(parts))])
		}
		if sameImage(t, ref.String()); t.Failed() {
			return
		}
	}
}
