package lang_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// FuzzKey decrypts with random keys, in each form in which keys are written: never a panic, and the same result twice.
func FuzzKey(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		f.Fatal(err)
	}
	text, err := rsa.EncryptPKCS1v15(rand.Reader, &key.PublicKey, []byte("a secret")) //nolint:staticcheck // deprecated, but what the language has
	if err != nil {
		f.Fatal(err)
	}
	wrapped, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	forms := []string{"RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"}
	decrypt := lang.Functions(dir("testdata"))["rsadecrypt"]
	decrypted := func(form string, body []byte) (cty.Value, error) {
		block := pem.EncodeToMemory(&pem.Block{Type: form, Bytes: body})
		return decrypt.Call([]cty.Value{cty.StringVal(base64.StdEncoding.EncodeToString(text)), cty.StringVal(string(block))})
	}
	for i, body := range [][]byte{x509.MarshalPKCS1PrivateKey(key), wrapped, openSSH(key)} {
		if v, err := decrypted(forms[i], body); err != nil || v.AsString() != "a secret" {
			f.Fatalf("%s: %#v, %v", forms[i], v, err)
		}
		f.Add(uint8(i), body)
		for n := 1; n < len(body); n += 31 {
			f.Add(uint8(i), body[:n])
			cut := append([]byte{}, body...)
			cut[n] ^= 0xff
			f.Add(uint8(i), cut)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		form := forms[int(which)%len(forms)]
		v, err := decrypted(form, body)
		again, againErr := decrypted(form, body)
		var panicked function.PanicError
		switch {
		case errors.As(err, &panicked):
			t.Fatalf("%s %x: %v", form, body, err)
		case (err == nil) != (againErr == nil), err == nil && !v.RawEquals(again):
			t.Fatalf("%s %x: %#v (%v), then %#v (%v)", form, body, v, err, again, againErr)
		}
	})
}

// openSSH returns a key in OpenSSH's own form, without a password.
func openSSH(key *rsa.PrivateKey) []byte {
	field := func(parts ...[]byte) []byte {
		var all []byte
		for _, p := range parts {
			all = append(all, p...)
		}
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(all))), all...)
	}
	kind, e := field([]byte("ssh-rsa")), field(binary.BigEndian.AppendUint32(nil, uint32(key.E)))
	number := func(b []byte) []byte { return field(append([]byte{0}, b...)) } // which isn't negative
	n, check := number(key.N.Bytes()), make([]byte, 8)
	out := append([]byte("openssh-key-v1\x00"), field([]byte("none"))...)
	out = append(append(append(out, field([]byte("none"))...), field()...), 0, 0, 0, 1)
	out = append(out, field(kind, e, n)...)
	return append(out, field(check, kind, n, e, number(key.D.Bytes()), number(key.Precomputed.Qinv.Bytes()),
		number(key.Primes[0].Bytes()), number(key.Primes[1].Bytes()), field(nil), []byte{1, 2, 3})...)
}
