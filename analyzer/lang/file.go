package lang

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Files is what the functions of the language may read. Names and directories are as the configuration writes them: absolute,
// or relative to the root module's directory, in which Terraform would run. An implementation confines them, and returns an
// error that wraps ErrOutside for everything that it doesn't look at.
type Files interface {
	// ReadFile returns the content of a regular file. The error wraps
	// fs.ErrNotExist if there is none.
	ReadFile(name string) ([]byte, error)

	// Glob returns the regular files in and below dir that match a pattern, as fileset does: slash-separated paths relative to
	// dir, where ** stands for any number of directories and {a,b} for alternatives. Their order doesn't matter. A dir that
	// doesn't exist has no files.
	Glob(dir, pattern string) ([]string, error)

	// Exists reports whether name is a regular file. It is an error if name is something else.
	Exists(name string) (bool, error)
}

// ErrOutside means that a path leads out of what may be read. A function that gets it returns an unknown value: Terraform would
// read the file, but an analysis must not.
var ErrOutside = errors.New("outside of the directory that is analysed")

func homePath(name string) bool { return strings.HasPrefix(name, "~") }

// read returns the content of a file; nil if the content can't be known.
func (l *library) read(name string) ([]byte, error) {
	if homePath(name) {
		return nil, nil
	}
	content, err := l.files.ReadFile(name)
	switch {
	case errors.Is(err, ErrOutside):
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, function.NewArgErrorf(0, "no file exists at %q", name)
	case err != nil:
		return nil, function.NewArgError(0, err)
	case content == nil:
		content = []byte{}
	}
	return content, nil
}

// readText is read for a file that must be text; ok is false if the content can't be known.
func (l *library) readText(name string) (text string, ok bool, err error) {
	content, err := l.read(name)
	switch {
	case err != nil || content == nil:
		return "", false, err
	case !utf8.Valid(content):
		return "", false, function.NewArgErrorf(0, "contents of %q are not valid UTF-8", name)
	}
	return string(content), true, checkStringBytes(float64(len(content)))
}

// contentFunc returns a function of the content of the file that its argument names.
func (l *library) contentFunc(impl func(content []byte) string) function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("path")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			content, err := l.read(args[0].AsString())
			if err != nil || content == nil {
				return cty.UnknownVal(cty.String), err
			}
			return cty.StringVal(impl(content)), nil
		},
	})
}

func (l *library) fileFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("path")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, ok, err := l.readText(args[0].AsString())
			if err != nil || !ok {
				return cty.UnknownVal(cty.String), err
			}
			return cty.StringVal(text), nil
		},
	})
}

func (l *library) filebase64Func() function.Function {
	return l.contentFunc(base64.StdEncoding.EncodeToString)
}

func (l *library) fileexistsFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("path")},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if homePath(args[0].AsString()) {
				return cty.UnknownVal(cty.Bool), nil
			}
			exists, err := l.files.Exists(args[0].AsString())
			switch {
			case errors.Is(err, ErrOutside):
				return cty.UnknownVal(cty.Bool), nil
			case err != nil:
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.BoolVal(exists), nil
		},
	})
}

func (l *library) filesetFunc() function.Function {
	ty := cty.Set(cty.String)
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("path"), stringParam("pattern")},
		Type:         function.StaticReturnType(ty),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			names, err := l.files.Glob(args[0].AsString(), args[1].AsString())
			switch {
			case errors.Is(err, ErrOutside):
				return cty.UnknownVal(ty), nil
			case err != nil:
				return cty.NilVal, fmt.Errorf("failed to find files: %w", err)
			}
			if err := checkElements(float64(len(names))); err != nil {
				return cty.NilVal, err
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			values := make([]cty.Value, len(names))
			for i, name := range names {
				values[i] = cty.StringVal(filepath.ToSlash(name))
			}
			return cty.SetVal(values), nil
		},
	})
}

func basenameFunc() function.Function {
	return stringFunc("path", func(s string) (string, error) { return filepath.Base(s), nil })
}

func dirnameFunc() function.Function {
	return stringFunc("path", func(s string) (string, error) { return filepath.Dir(s), nil })
}

// abspathFunc knows the result for a relative path only if Terraform's working directory is given.
func (l *library) abspathFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("path")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			if !filepath.IsAbs(name) {
				if l.workingDir == "" {
					return cty.UnknownVal(cty.String), nil
				}
				name = filepath.Join(l.workingDir, name)
			}
			return cty.StringVal(filepath.ToSlash(filepath.Clean(name))), nil
		},
	})
}

// pathexpandFunc returns an unknown text for a home directory, since it isn't known who will apply the configuration.
func pathexpandFunc() function.Function {
	return function.New(&function.Spec{
		Params:       []function.Parameter{stringParam("path")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			switch name := args[0].AsString(); {
			case !homePath(name):
				return args[0], nil
			case len(name) > 1 && name[1] != '/' && name[1] != '\\':
				return cty.NilVal, function.NewArgErrorf(0, "cannot expand the home directory of a named user")
			}
			return cty.UnknownVal(cty.String), nil
		},
	})
}
