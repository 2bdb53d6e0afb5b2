package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
)

// Kinds of documents.
const (
	kindDocument      = "state or plan"
	kindConfiguration = "configuration"
)

// maxFiles is how many files an archive may have.
const maxFiles = 100_000

// local is a document on this machine's disk.
type local struct {
	kind string
	// path is a file, or the folder of a configuration. name is what reports call it; empty for the document itself.
	path, name string
	// size is that of the document where it is, packed or not, in bytes.
	size int64
	// dir is to remove afterwards; empty if nothing was copied.
	dir string
	// ids are what it mentions; see [collector].
	ids *collector
}

func (l *local) remove() {
	if l.dir != "" {
		_ = os.RemoveAll(l.dir) // what is left there is the system's to remove
	}
}

// errDocument is an error of the document, not of the machine: another try makes no difference.
type errDocument struct{ error }

func (e errDocument) Unwrap() error { return e.error }

// fetch brings a document to this machine, and unpacks it. What it is is told by its content. It takes at most a number of
// bytes when it is unpacked.
func fetch(ctx context.Context, uri string, most int64) (*local, error) {
	l := &local{kind: kindDocument, path: uri, ids: newCollector()}
	if err := l.fetch(ctx, uri, most); err != nil {
		l.remove()
		return nil, err
	}
	return l, nil
}

func (l *local) fetch(ctx context.Context, uri string, most int64) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = errDocument{fmt.Errorf("a mistake in tfreach-fleet ended the reading: %v", cause)}
		}
	}()
	files, err := filesystem.New(ctx, uri)
	if err != nil {
		return err
	}
	defer files.Close()
	isHere := !strings.Contains(uri, "://")
	if l.size, err = sizeOf(ctx, files, uri, isHere); err != nil {
		return errDocument{err}
	}
	raw, err := files.OpenRead(ctx, uri)
	if err != nil {
		return errDocument{err}
	}
	defer raw.Close()
	in := bufio.NewReaderSize(raw, 64<<10)
	text, packed, err := unpacked(in)
	if err != nil {
		return errDocument{err}
	}
	text = &bounded{text, most}
	head, _ := text.Peek(512)
	switch {
	case isTar(head):
		err = l.unpack(func(root *os.Root) error { return untar(text, root, l.ids) })
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		err = l.unpack(func(root *os.Root) error { return l.unzip(text, root, most) })
	case isHere && !packed:
		_, err = io.Copy(l.ids, text)
	default:
		err = l.copy(text)
	}
	if err != nil {
		return errDocument{err}
	}
	if l.dir != "" {
		l.name = uri
	}
	return nil
}

// sizeOf returns the size of a document. One on this machine must be a file that ends.
func sizeOf(ctx context.Context, files filesystem.Interface, uri string, isHere bool) (int64, error) {
	if !isHere {
		return files.Size(ctx, uri)
	}
	info, err := os.Stat(uri)
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, errors.New("it is no file")
	}
	return info.Size(), nil
}

// reader is a reader whose next bytes can be looked at.
type reader interface {
	io.Reader
	Peek(n int) ([]byte, error)
}

// unpacked returns what is in a compressed text, or the text itself.
func unpacked(in *bufio.Reader) (reader, bool, error) {
	head, _ := in.Peek(2)
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return in, false, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, false, err
	}
	return bufio.NewReaderSize(z, 64<<10), true, nil
}

// bounded fails after left bytes.
type bounded struct {
	reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errors.New("it is larger than --scan-unpacked allows")
	}
	return n, err
}

func isTar(head []byte) bool { return len(head) >= 262 && string(head[257:262]) == "ustar" }

// copy makes a file of a document that isn't one here.
func (l *local) copy(text io.Reader) error {
	dir, err := os.MkdirTemp("", "tfreach-fleet-")
	if err != nil {
		return err
	}
	l.dir, l.path = dir, filepath.Join(dir, "document.json")
	return write(l.path, io.TeeReader(text, l.ids))
}

func write(name string, text io.Reader) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, text)
	return errors.Join(err, file.Close())
}

// unpack makes a folder of an archive. An archive that holds a single folder stands for that folder.
func (l *local) unpack(fill func(*os.Root) error) error {
	dir, err := os.MkdirTemp("", "tfreach-fleet-")
	if err != nil {
		return err
	}
	l.kind, l.dir, l.path = kindConfiguration, dir, filepath.Join(dir, "configuration")
	if err := os.Mkdir(l.path, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(l.path)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := fill(root); err != nil {
		return err
	}
	if entries, err := os.ReadDir(l.path); err == nil && len(entries) == 1 && entries[0].IsDir() {
		l.path = filepath.Join(l.path, entries[0].Name())
	}
	return nil
}

func untar(text io.Reader, root *os.Root, ids io.Writer) error {
	archive := tar.NewReader(text)
	for range maxFiles {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeReg {
			if err := extract(root, h.Name, io.TeeReader(archive, ids)); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("it has more than %d files", maxFiles)
}

// unzip needs the archive as a file first.
func (l *local) unzip(text io.Reader, root *os.Root, most int64) error {
	name := filepath.Join(l.dir, "archive.zip")
	if err := write(name, text); err != nil {
		return err
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer archive.Close()
	if len(archive.File) > maxFiles {
		return fmt.Errorf("it has more than %d files", maxFiles)
	}
	left := &bounded{left: most}
	for _, f := range archive.File {
		if !f.Mode().IsRegular() {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return err
		}
		left.reader = bufio.NewReader(in)
		err = extract(root, f.Name, io.TeeReader(left, l.ids))
		if err := errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return nil
}

// extract writes a file of an archive. Names that lead out of the archive are left out, as are links: a configuration can't use
// what is outside of it.
func extract(root *os.Root, name string, text io.Reader) error {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, text)
	return errors.Join(err, file.Close())
}
