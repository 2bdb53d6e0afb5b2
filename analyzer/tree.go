package analyzer

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/source"
)

// folder returns the tree's folder for a path of the operating system. The error has the name that the user gave.
func (s *Selection) folder(name, dir string) (folder, error) {
	tree, err := s.tree(dir)
	if err != nil {
		return folder{}, fmt.Errorf("%s: %w", name, err)
	}
	rel, ok := tree.Rel(dir)
	if !ok {
		return folder{}, fmt.Errorf("%s: it can't be found in %s", name, tree.Path())
	}
	return folder{tree, rel}, nil
}

// kind returns what a path is.
func (s *Selection) kind(name string) (source.Kind, error) {
	if s.config.Files != nil {
		return source.KindFolder, nil
	}
	return source.KindOf(name)
}

// tree returns the tree in which a folder is analysed. Folders share trees.
func (s *Selection) tree(dir string) (*source.Tree, error) {
	if s.config.Files != nil {
		if len(s.trees) == 0 {
			t := source.NewTree(s.config.Files)
			s.equip(t)
			s.Root, s.trees = t.Path(), []*source.Tree{t}
		}
		return s.trees[0], nil
	}
	root, err := source.FindRoot(dir)
	if err != nil {
		return nil, err
	}
	for _, t := range s.trees {
		if t.Path() == root {
			return t, nil
		}
	}
	prefix, err := s.prefix(root)
	if err != nil {
		return nil, err
	}
	t, err := source.OpenTree(root, prefix)
	if err != nil {
		return nil, err
	}
	s.equip(t)
	s.trees = append(s.trees, t)
	return t, nil
}

// equip gives a tree the texts in the place of its files, and what it may keep.
func (s *Selection) equip(t *source.Tree) {
	texts := map[string][]byte{}
	for name, text := range s.config.Edited {
		if in, ok := t.Named(name); ok {
			texts[in] = text
		}
	}
	for name, text := range s.config.Overlay {
		if in, ok := (folder{tree: t}).named(name); ok {
			texts[in] = text
		}
	}
	t.Overlay(texts)
	t.Keep(s.config.Parsed)
	t.LogTo(s.config.Log)
}

// prefix returns the path to a folder from the root of file names in reports. The first folder becomes the root.
func (s *Selection) prefix(dir string) (string, error) {
	if s.Root == "" {
		s.Root = dir
		return "", nil
	}
	rel, err := filepath.Rel(s.Root, dir)
	if err != nil || rel == "." {
		return "", err
	}
	return filepath.ToSlash(rel), nil
}

// place returns the name in reports of a file that the user named.
func (s *Selection) place(name string) (string, error) {
	root, err := source.FindRoot(filepath.Dir(name))
	if err != nil {
		return "", err
	}
	prefix, err := s.prefix(root)
	if err != nil {
		return "", err
	}
	rel, err := source.RelTo(root, name)
	if err != nil {
		return "", err
	}
	return path.Join(prefix, rel), nil
}

// text returns the text of a file by its name in reports; nil if it wasn't read.
func (s *Selection) text(name string) []byte { return textIn(s.trees, name) }

func textIn(trees []*source.Tree, name string) []byte {
	for _, t := range trees {
		if text := t.Text(name); text != nil {
			return text
		}
	}
	return nil
}

// wasSearched reports whether a folder, given by its name in reports, lies in one that was searched for root modules.
func (s *Selection) wasSearched(name string) bool {
	return slices.ContainsFunc(s.searched, func(f folder) bool {
		place := f.place()
		return place == "." || name == place || strings.HasPrefix(name, place+"/")
	})
}
