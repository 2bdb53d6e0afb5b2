package lang

import (
	"bytes"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
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
				key, err = pkcs1Key(block.Bytes)
			case "PRIVATE KEY":
				key, err = pkcs8Key(block.Bytes)
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

// pkcs1Key reads a key in RSA's own form. The package for certificates would read it, and bring every other kind of key: 3 % of the program.
// Source: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2
func pkcs1Key(der []byte) (*rsa.PrivateKey, error) {
	var fields struct {
		Version       int
		N             *big.Int
		E             int
		D, P, Q       *big.Int
		Dp, Dq, QInv  *big.Int       `asn1:"optional"`
		FurtherPrimes []furtherPrime `asn1:"optional,omitempty"`
	}
	rest, err := asn1.Unmarshal(der, &fields)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 || fields.Version > 1 {
		return nil, errors.New("it is no RSA key")
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: fields.N, E: fields.E}, D: fields.D, Primes: []*big.Int{fields.P, fields.Q}}
	for _, further := range fields.FurtherPrimes {
		key.Primes = append(key.Primes, further.Prime)
	}
	if key.N.BitLen() > MaxKeyBits {
		return key, nil
	}
	return key, key.Validate()
}

// A furtherPrime is a prime of a key that has more than two.
type furtherPrime struct {
	Prime, Exponent, Coefficient *big.Int
}

// pkcs8Key reads a key in the form that names its kind; nil if it isn't RSA's.
// Source: https://www.rfc-editor.org/rfc/rfc5208#section-5
func pkcs8Key(der []byte) (*rsa.PrivateKey, error) {
	var fields struct {
		Version int
		Kind    struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key []byte
	}
	if _, err := asn1.Unmarshal(der, &fields); err != nil {
		return nil, err
	}
	if !fields.Kind.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}) {
		return nil, nil
	}
	return pkcs1Key(fields.Key)
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
