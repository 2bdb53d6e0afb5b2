package ftpd

import (
	"regexp"
	"strings"
	"sync"

	"github.com/tfreach/tfreach/analyzer/host"
)

// ImageRef is a parsed reference to a container image.
type ImageRef struct {
	// Registry and Repository are spelled in full: docker.io and library/alpine for alpine.
	Registry, Repository string
	// Tag is empty if the reference has none, and a Hole if it isn't known.
	Tag string
	// Digest is empty if the reference has none.
	Digest string
}

// The parts of a reference. A library has them, too, but compiles a dozen at each start of the program.
// Source: https://github.com/distribution/reference/blob/main/reference.go
var (
	registryPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$`)
	})
	repositoryPattern = sync.OnceValue(func() *regexp.Regexp {
		const part = `[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`
		return regexp.MustCompile(`^` + part + `(?:/` + part + `)*$`)
	})
	tagPattern    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\w[\w.-]{0,127}$`) })
	digestPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$`)
	})
	idPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-f0-9]{64}$`) })
)

// The registry of names that have none, its other name, and the namespace of its names without one.
const (
	dockerHub, dockerIndex = "docker.io", "index.docker.io"
	official               = "library/"
)

// maxRepository is the length of the longest name of a repository.
const maxRepository = 255

// ParseImage parses a reference to a container image. A Hole may stand for its tag.
func ParseImage(ref string) (ImageRef, bool) {
	var r ImageRef
	name, _, holed := strings.Cut(ref, host.Hole)
	if holed {
		var ok bool
		if name, r.Tag, ok = cutTag(name); !ok {
			return ImageRef{}, false
		}
		r.Tag = host.Hole
	} else {
		var digested, tagged bool
		if name, r.Digest, digested = strings.Cut(name, "@"); digested && !digestPattern().MatchString(r.Digest) {
			return ImageRef{}, false
		}
		if name, r.Tag, tagged = cutTag(name); tagged && !tagPattern().MatchString(r.Tag) || !tagged && idPattern().MatchString(ref) {
			return ImageRef{}, false
		}
	}
	r.Registry, r.Repository = inFull(name)
	if !registryPattern().MatchString(r.Registry) {
		r.Registry, r.Repository = "", r.Registry+"/"+r.Repository
	}
	return r, len(r.Repository) <= maxRepository && repositoryPattern().MatchString(r.Repository)
}

// cutTag cuts off the tag of a reference without a digest.
func cutTag(ref string) (name, tag string, ok bool) {
	colon := strings.LastIndexByte(ref, ':')
	if colon < 0 || colon < strings.LastIndexByte(ref, '/') {
		return ref, "", false
	}
	return ref[:colon], ref[colon+1:], true
}

// inFull returns the registry and the repository that a name stands for. What looks like a host before a slash is a registry.
func inFull(name string) (registry, repository string) {
	first, rest, ok := strings.Cut(name, "/")
	switch {
	case !ok:
		return dockerHub, official + name
	case first == "localhost":
	case first == dockerIndex, first == dockerHub:
		if first = dockerHub; !strings.Contains(rest, "/") {
			rest = official + rest
		}
	case !strings.ContainsAny(first, ".:") && strings.ToLower(first) == first:
		return dockerHub, name
	}
	return first, rest
}
