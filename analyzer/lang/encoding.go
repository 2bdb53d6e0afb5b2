package lang

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// stringFunc returns a function from string to string.
func stringFunc(param string, impl func(s string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{{Name: param, Type: cty.String}},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := impl(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(s), nil
		},
	})
}

// base64decodeFunc replaces the one of go-cty-funcs, which logs what it can't decode.
func base64decodeFunc() function.Function {
	return stringFunc("str", func(s string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "", fmt.Errorf("failed to decode base64 data: %w", err)
		}
		if !utf8.Valid(b) {
			return "", fmt.Errorf("the result of decoding the provided string is not valid UTF-8")
		}
		return string(b), nil
	})
}

func base64gzipFunc() function.Function {
	return stringFunc("str", func(s string) (string, error) {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(s)); err != nil {
			return "", err
		}
		// Terraform flushes before it closes, which shows in the result.
		if err := w.Flush(); err != nil {
			return "", err
		}
		if err := w.Close(); err != nil {
			return "", err
		}
		return base64.StdEncoding.EncodeToString(b.Bytes()), nil
	})
}

// base64gunzipFunc is an OpenTofu function. Source: https://opentofu.org/docs/language/functions/base64gunzip/
func base64gunzipFunc() function.Function {
	return stringFunc("str", func(s string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "", errors.New("failed to decode base64 data")
		}
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return "", errors.New("failed to read the compressed data")
		}
		text, err := io.ReadAll(io.LimitReader(r, MaxStringBytes+1))
		if err != nil || !utf8.Valid(text) {
			return "", errors.New("the compressed data is no valid text")
		}
		return string(text), checkStringBytes(float64(len(text)))
	})
}

// urldecodeFunc is an OpenTofu function. Source: https://opentofu.org/docs/language/functions/urldecode/
func urldecodeFunc() function.Function {
	return stringFunc("str", func(s string) (string, error) {
		text, err := url.QueryUnescape(s)
		if err != nil {
			return "", errors.New("the text is not encoded for a URL")
		}
		return text, nil
	})
}

func textdecodebase64Func() function.Function {
	return textFunc("source", func(s string, enc encoding.Encoding) (string, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "", function.NewArgErrorf(0, "the given value is not valid base64: %w", err)
		}
		text, err := enc.NewDecoder().Bytes(b)
		if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			return "", function.NewArgErrorf(0, "the given string is not valid in the given encoding")
		}
		return string(text), nil
	})
}

func textencodebase64Func() function.Function {
	return textFunc("string", func(s string, enc encoding.Encoding) (string, error) {
		b, err := enc.NewEncoder().Bytes([]byte(s))
		if err != nil {
			return "", function.NewArgErrorf(0, "the given string contains characters that the encoding cannot represent")
		}
		return base64.StdEncoding.EncodeToString(b), nil
	})
}

func textFunc(param string, impl func(s string, enc encoding.Encoding) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam(param), stringParam("encoding")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[1].AsString()
			enc, err := ianaindex.IANA.Encoding(name)
			if err != nil || enc == nil {
				return cty.NilVal, function.NewArgErrorf(1, "%q is not a supported IANA encoding name or alias", name)
			}
			s, err := impl(args[0].AsString(), enc)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(s), nil
		},
	})
}
