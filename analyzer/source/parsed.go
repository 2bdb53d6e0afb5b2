package source

import (
	"bytes"
	"cmp"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"
)

// maxParsed limits the bytes of text whose syntax trees are kept from one tree to the next.
const maxParsed = 4 << 20

// Parsed keeps parsed files for other trees, so that a file whose text stays is parsed once. It is safe for concurrent use,
// since nothing changes a file once it is parsed.
type Parsed struct {
	mu    sync.Mutex
	files map[string]*parsedFile
	// size is that of all texts, and clock counts what was asked for.
	size, clock int
}

// parsedFile is a file as it was parsed from a text.
type parsedFile struct {
	name  string
	text  []byte
	file  *hcl.File
	diags hcl.Diagnostics
	used  int // the clock, when it was asked for last
}

// parse is parseText, from memory if the file had the same text the last time. A nil Parsed keeps nothing.
func (p *Parsed) parse(name string, text []byte) (*hcl.File, hcl.Diagnostics) {
	if p == nil {
		return parseText(name, text)
	}
	if f := p.find(name, text); f != nil {
		return f.file, copied(f.diags)
	}
	file, diags := parseText(name, text)
	p.put(&parsedFile{name: name, text: text, file: file, diags: copied(diags)})
	return file, diags
}

// find returns a file that was parsed from a text; nil if there is none.
func (p *Parsed) find(name string, text []byte) *parsedFile {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.files[name]
	if f == nil || !bytes.Equal(f.text, text) {
		return nil
	}
	p.clock++
	f.used = p.clock
	return f
}

// put keeps a file in the place of an older one. It drops those that weren't asked for the longest if all are too large.
func (p *Parsed) put(f *parsedFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.files == nil {
		p.files = map[string]*parsedFile{}
	}
	p.drop(f.name)
	p.clock++
	f.used = p.clock
	p.files[f.name] = f
	if p.size += len(f.text); p.size <= maxParsed {
		return
	}
	old := make([]*parsedFile, 0, len(p.files))
	for _, f := range p.files {
		old = append(old, f)
	}
	slices.SortFunc(old, func(a, b *parsedFile) int { return cmp.Compare(a.used, b.used) })
	for _, f := range old {
		if p.size <= maxParsed/2 {
			break
		}
		p.drop(f.name)
	}
}

// drop forgets a file. The caller holds the lock.
func (p *Parsed) drop(name string) {
	if f := p.files[name]; f != nil {
		p.size -= len(f.text)
		delete(p.files, name)
	}
}

// copied returns diagnostics that may be changed.
func copied(diags hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	for _, d := range diags {
		one := *d
		out = append(out, &one)
	}
	return out
}
