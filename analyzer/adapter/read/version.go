package read

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/go-version"
)

// maxMajor is above the versions of modules that there are.
const maxMajor = 99

// maxConstraint bounds the length of a version constraint that is read.
const maxConstraint = 200

// NewestVersion returns the newest version that a constraint leaves, which terraform init takes if nothing else is locked, and
// false if the constraint can't be read. Without a constraint it is above all versions that there are.
func NewestVersion(constraint string) (*version.Version, bool) {
	found := newest(constraint, func(*version.Version) bool { return true })
	return found, found != nil
}

// admits reports whether a constraint leaves a version that isn't of a newer major one than another.
func admits(constraint, than string) bool {
	bound, err := version.NewVersion(than)
	if err != nil {
		return false
	}
	return newest(constraint, func(v *version.Version) bool { return v.Segments()[0] <= bound.Segments()[0] }) != nil
}

func newest(constraint string, among func(*version.Version) bool) *version.Version {
	if len(constraint) > maxConstraint {
		return nil
	}
	var all version.Constraints
	var candidates []*version.Version
	for major := range maxMajor + 1 {
		v, err := version.NewVersion(fmt.Sprintf("%d.9999.9999", major))
		if err == nil {
			candidates = append(candidates, v)
		}
	}
	for part := range strings.SplitSeq(constraint, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		c, err := version.NewConstraint(part)
		if err != nil {
			return nil
		}
		all = append(all, c...)
		number := strings.TrimSpace(strings.TrimLeft(part, "<>=!~ \t"))
		for _, text := range []string{number, number + ".9999"} { // 1.2 and its patches
			if v, err := version.NewVersion(text); err == nil {
				candidates = append(candidates, v)
			}
		}
	}
	var found *version.Version
	for _, v := range candidates {
		if all.Check(v) && among(v) && (found == nil || v.GreaterThan(found)) {
			found = v
		}
	}
	return found
}

// OlderThan reports whether a version comes before another one.
func OlderThan(v *version.Version, than string) bool {
	bound, err := version.NewVersion(than)
	return err != nil || v.LessThan(bound)
}

// versionIn returns the version that a source asks for by itself, or the constraint beside it; false if the source asks for
// what is no version, such as a commit.
func versionIn(source, constraint string) (string, bool) {
	_, query, _ := strings.Cut(source, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", false
	}
	ref := cmp.Or(values.Get("ref"), values.Get("version")) // of Git, and of a registry in Terragrunt
	if ref == "" {
		return constraint, true
	}
	v, err := version.NewVersion(strings.TrimPrefix(ref, "tags/"))
	if err != nil || strings.Count(ref, ".") == 0 {
		return "", false
	}
	return v.Core().String(), true
}
