package lang

import (
	"bytes"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
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

// rsadecryptFunc reads every key format that Terraform reads; the function of go-cty-funcs reads only PKCS #1.
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
			block, _ := pem.Decode([]byte(args[1].AsString()))
			if block == nil {
				return cty.NilVal, function.NewArgErrorf(1, "failed to parse the key: it has no PEM block")
			}
			var key *rsa.PrivateKey
			switch block.Type {
			case "RSA PRIVATE KEY":
				key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
			case "PRIVATE KEY":
				var raw any
				raw, err = x509.ParsePKCS8PrivateKey(block.Bytes)
				key, _ = raw.(*rsa.PrivateKey)
			case "OPENSSH PRIVATE KEY":
				key, err = openSSHKey(block.Bytes)
			}
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(1, "failed to parse the key: %w", err)
			}
			if key == nil {
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

// openSSHKey reads a key in OpenSSH's own form; nil if it isn't RSA's. The package for SSH would make the program 2 % larger.
// Source: https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.key
func openSSHKey(data []byte) (*rsa.PrivateKey, error) {
	rest, ok := bytes.CutPrefix(data, []byte("openssh-key-v1\x00"))
	// skip leaves out a number of bytes, and next a field with its length before it.
	skip := func(n int) []byte {
		if n > len(rest) {
			n = len(rest)
		}
		var out []byte
		out, rest = rest[:n], rest[n:]
		return out
	}
	next := func() []byte {
		size := skip(4)
		if len(size) < 4 {
			return nil
		}
		return skip(int(min(binary.BigEndian.Uint32(size), math.MaxInt32)))
	}
	cipher := string(next())
	if !ok || cipher != "none" {
		return nil, errors.New("it is encrypted, or no key")
	}
	next() // how its password is hashed
	next()
	skip(4) // how many keys
	next()  // the public key
	rest = next()
	skip(8)
	if string(next()) != "ssh-rsa" {
		return nil, nil
	}
	number := func() *big.Int { return new(big.Int).SetBytes(next()) }
	key := &rsa.PrivateKey{}
	key.N = number()
	e := number()
	key.D = number()
	number()
	key.Primes = []*big.Int{number(), number()}
	if key.N.BitLen() > MaxKeyBits || e.BitLen() > 31 {
		return key, nil
	}
	key.E = int(e.Int64())
	return key, key.Validate()
}
