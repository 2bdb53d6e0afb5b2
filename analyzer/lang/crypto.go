package lang

import (
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/crypto/ssh"
)

// A digest returns a checksum as text.
type digest func(data []byte) string

func md5Hex(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

func sha1Hex(data []byte) string {
	sum := sha1.Sum(data)
	return hex.EncodeToString(sum[:])
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func sha512Hex(data []byte) string {
	sum := sha512.Sum512(data)
	return hex.EncodeToString(sum[:])
}

func sha256Base64(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func sha512Base64(data []byte) string {
	sum := sha512.Sum512(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func digestFunc(sum digest) function.Function {
	return stringFunc("str", func(s string) (string, error) { return sum([]byte(s)), nil })
}

// rsadecryptFunc reads every key format that Terraform reads; go-cty-funcs'
// reads PKCS #1 only.
func rsadecryptFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("ciphertext"), stringParam("privatekey")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := base64.StdEncoding.DecodeString(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "cipher text must be base64-encoded: %w", err)
			}
			raw, err := ssh.ParseRawPrivateKey([]byte(args[1].AsString()))
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(1, "failed to parse the key: %w", err)
			}
			key, ok := raw.(*rsa.PrivateKey)
			if !ok {
				return cty.NilVal, function.NewArgErrorf(1, "not an RSA private key")
			}
			if err := exceeds("MaxKeyBits", MaxKeyBits, float64(key.N.BitLen()), "bits in an RSA key"); err != nil {
				return cty.NilVal, err
			}
			plain, err := rsa.DecryptPKCS1v15(nil, key, text) //nolint:staticcheck // deprecated, but what the language has
			if err != nil {
				return cty.NilVal, fmt.Errorf("failed to decrypt: %w", err)
			}
			return cty.StringVal(string(plain)), nil
		},
	})
}
