package ftpd

import (
	"strings"
	"time"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Release is the newest known release of an FTP server.
type Release struct {
	Software Software
	Version  string
	// Seen is the day on which the source was last checked, as 2006-01-02.
	Seen string
	// Source is where to look for a newer one.
	Source string
}

// Releases returns the newest known releases, in the order of [products].
func Releases() []Release {
	var out []Release
	for _, p := range products() {
		if p.release.Version != "" {
			out = append(out, p.release)
		}
	}
	return out
}

// ReleasesSeen returns the day on which the oldest row in the table of releases was last checked.
func ReleasesSeen() time.Time {
	var oldest time.Time
	for _, r := range Releases() {
		if seen, err := time.Parse(time.DateOnly, r.Seen); err == nil && (oldest.IsZero() || seen.Before(oldest)) {
			oldest = seen
		}
	}
	return oldest
}

// ReleasesAge returns how many whole days old the table of releases is.
func ReleasesAge(now time.Time) int {
	return int(now.Sub(ReleasesSeen()) / (24 * time.Hour))
}

// Newer returns the newest known release of a server if it is newer than a version. A distribution's version, 1:3.0.3-13+b2,
// counts as the release that it is made of, although the distribution may have fixed it. A pattern, 3.0.*, counts as the newest
// version that matches.
func Newer(software Software, version string) (Release, bool) {
	for _, r := range Releases() {
		if r.Software == software && version != "" && !strings.Contains(version, host.Hole) {
			return r, compareVersions(upstream(version), r.Version) < 0
		}
	}
	return Release{}, false
}

// upstream returns the release that a distribution's version is made of.
func upstream(version string) string {
	if _, rest, ok := strings.Cut(version, ":"); ok {
		version = rest
	}
	version = strings.TrimPrefix(version, "v")
	if i := strings.IndexAny(version, "-+~"); i >= 0 {
		version = version[:i]
	}
	return version
}

// compareVersions compares two versions number by number, and by letters after the numbers: 1.3.8 < 1.3.8a < 1.3.9. A star
// equals everything.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		if strings.HasPrefix(a, "*") || strings.HasPrefix(b, "*") {
			return 0
		}
		x, y := chunk(a), chunk(b)
		a, b = strings.TrimPrefix(a[len(x):], "."), strings.TrimPrefix(b[len(y):], ".")
		p, q := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		switch {
		case len(p) != len(q):
			return len(p) - len(q)
		case p != q:
			return strings.Compare(p, q)
		}
	}
	return 0
}

// chunk returns the digits, or the other characters, that s begins with.
func chunk(s string) string {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	for i := range len(s) {
		if i > 0 && (s[i] == '.' || s[i] == '*' || digit(s[i]) != digit(s[0])) {
			return s[:i]
		}
	}
	return s
}

// Pin says how firmly a reference to an image ties it to a version.
type Pin uint8

// The pins, loosest first.
const (
	// Floating: no tag, or one that moves along with newer builds, such as latest.
	Floating Pin = iota + 1
	// Tagged: a tag that names a version.
	Tagged
	// Digested: the digest of one build.
	Digested
	// Unpinnable: the tag isn't known.
	Unpinnable
)

// String returns floating, tagged, digested or unknown.
func (p Pin) String() string {
	switch p {
	case Floating:
		return "floating"
	case Tagged:
		return "tagged"
	case Digested:
		return "digested"
	case Unpinnable:
		return "unknown"
	}
	return "invalid pin"
}

// ImageAge is what the table of images says about the age of an image.
type ImageAge struct {
	Pin Pin
	// Changed is the last known change to the image, as 2006-01; empty if the image isn't in the table.
	Changed string
	// Unmaintained is true if the image gets no more fixes.
	Unmaintained bool
	// Source is where the image is made; empty if it isn't in the table.
	Source string
}

// AgeOfImage returns what is known about the age of an image that [Image] recognises; the second result is false for others.
func AgeOfImage(ref string) (ImageAge, bool) {
	r, ok := ParseImage(ref)
	if !ok {
		return ImageAge{}, false
	}
	row, _, known := findImage(r)
	if _, named := imageSoftware(r.Repository); !known && !named {
		return ImageAge{}, false
	}
	age := ImageAge{Pin: pin(r), Changed: row.changed, Source: row.source, Unmaintained: known && !row.maintained}
	return age, true
}

func pin(r ImageRef) Pin {
	switch {
	case r.Digest != "":
		return Digested
	case r.Tag == host.Hole:
		return Unpinnable
	case strings.ContainsAny(r.Tag, "0123456789") && !strings.HasSuffix(r.Tag, "latest"):
		return Tagged
	}
	return Floating
}
