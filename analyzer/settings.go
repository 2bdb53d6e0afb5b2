package analyzer

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/config"
)

// policy is the settings with the folder that their paths start at.
type policy struct {
	settings *config.Settings
	// file is the settings' file, and dir the folder that their paths start at. named are the folders that the user named. All
	// are names in reports.
	file, dir string
	named     []string
}

// placeSettings finds the folder that the settings' paths start at: the folder of their file or, if that lies outside of the
// analysed root, the root. The first input sets the root, so the inputs come first.
func (s *Selection) placeSettings() error {
	if s.config.SettingsFile == "" {
		return nil
	}
	place, err := s.place(s.config.SettingsFile)
	if err != nil {
		return fmt.Errorf("%s: %w", s.config.SettingsFile, err)
	}
	s.policy.file = place
	if s.policy.dir = path.Dir(place); strings.HasPrefix(place, "../") {
		s.policy.dir = "."
	} else if len(s.policy.settings.Roots) > 0 {
		s.placed(s.config.SettingsFile)
	}
	return nil
}

// inside reports whether the file of the settings lies in the analysed root.
func (p *policy) inside() bool { return p.file != "" && !strings.HasPrefix(p.file, "../") }

// root returns the path of a root module from the folder that the settings are about; empty if it doesn't lie there.
func (p *policy) root(place string) string {
	if place == p.dir {
		return "."
	}
	name, ok := p.from(place)
	if !ok {
		return ""
	}
	return name
}

// configured returns the rules that the settings leave on, with the levels that they set.
func (p *policy) configured(rules []*Rule) []*Rule {
	var out []*Rule
	for _, rule := range rules {
		off := false
		for _, set := range p.settings.Rules {
			if set.ID != rule.ID {
				continue
			}
			off = set.Off
			if level := levelNamed(set.Level); level != 0 {
				changed := *rule
				changed.Level = level
				rule = &changed
			}
		}
		if !off {
			out = append(out, rule)
		}
	}
	return out
}

// levelNamed returns the level of a name, or 0 if it names none.
func levelNamed(name string) Level {
	for _, l := range []Level{Note, Warning, Error} {
		if l.String() == name {
			return l
		}
	}
	return 0
}

// at returns a range in the settings' file under its name in reports.
func (p *policy) at(at hcl.Range) hcl.Range {
	at.Filename = p.file
	return at
}

// from returns a file's path from the folder of the settings; the second result is false if it lies elsewhere.
func (p *policy) from(place string) (string, bool) {
	if p.dir == "." || p.dir == "" {
		return place, place != "" && !strings.HasPrefix(place, "../")
	}
	return strings.CutPrefix(place, p.dir+"/")
}

// excludes returns the pattern of the settings that leaves out a file, or nil. A path that the user named is never left out.
func (p *policy) excludes(place string) *config.Pattern {
	name, ok := p.from(place)
	if !ok {
		return nil
	}
	for i := range p.settings.Exclude {
		pattern := &p.settings.Exclude[i]
		named := slices.ContainsFunc(p.named, func(dir string) bool {
			dir, ok := p.from(dir)
			return ok && pattern.Match(dir)
		})
		if !named && pattern.Match(name) {
			return pattern
		}
	}
	return nil
}

// excludesRoot returns the pattern that leaves out a root module. A pattern for everything in a folder leaves out the folder,
// too.
func (p *policy) excludesRoot(root string) *config.Pattern {
	return p.excludes(path.Join(root, "main.tf"))
}

// withoutExcluded returns the inputs without the root modules that the settings exclude, and reports their number.
func (s *Selection) withoutExcluded(found []*Input) []*Input {
	var out []*Input
	var by *config.Pattern
	for _, in := range found {
		var p *config.Pattern
		if in.document == nil {
			p = s.policy.excludesRoot(in.place())
		}
		if p == nil {
			out = append(out, in)
		} else {
			by = p
		}
	}
	if n := len(found) - len(out); n > 0 {
		s.notices = append(s.notices, Notice{
			Level: Note, Summary: "Excluded paths are not analysed", At: s.policy.at(by.At),
			Detail: fmt.Sprintf("Root modules that the settings exclude: %d. Scan them by name to analyse them.", n),
		})
	}
	return out
}

// notices reports which of the rules that were asked for are off.
func (p *policy) notices(asked, on []*Rule) []Notice {
	var out []Notice
	has := func(rules []*Rule, id string) bool {
		return slices.ContainsFunc(rules, func(rule *Rule) bool { return rule.ID == id })
	}
	for _, set := range p.settings.Rules {
		if set.Off && has(asked, set.ID) && !has(on, set.ID) {
			out = append(out, Notice{
				Level: Note, Summary: "A rule is off", Detail: strings.TrimSpace(set.ID + " is not asked. " + set.Reason), At: p.at(set.At),
			})
		}
	}
	return out
}

// suppressor applies the path settings to findings.
type suppressor struct {
	*policy
	// leftOut has one suppression for each entry of the settings, whatever the number of findings that it leaves out.
	leftOut map[hcl.Range]*Suppression
}

func (p *policy) suppressor() suppressor { return suppressor{p, map[hcl.Range]*Suppression{}} }

// adjust applies the path settings to findings. It drops findings of before that are left out now, since they aren't gone.
func (s suppressor) adjust(findings []Finding) []Finding {
	for i := range findings {
		f := &findings[i]
		name, ok := s.from(f.At.Filename)
		if !ok {
			continue
		}
		if p := s.excludes(f.At.Filename); p != nil {
			s.leaveOut(f, p.At, "the path is excluded", "")
		}
		var off *config.Rule
		for _, p := range s.settings.Paths {
			if !p.Match(name) {
				continue
			}
			for k := range p.Rules {
				set := &p.Rules[k]
				if set.ID != f.Rule.ID {
					continue
				}
				if off = nil; set.Off {
					off = set
				}
				if level := levelNamed(set.Level); level != 0 {
					f.Level = level
				}
			}
		}
		if off != nil {
			s.leaveOut(f, off.At, "the rule is off at this path", off.Reason)
		}
	}
	return slices.DeleteFunc(findings, func(f Finding) bool { return f.Change == Absent && f.Suppression != nil })
}

// leaveOut suppresses a finding by an entry of the settings.
func (s suppressor) leaveOut(f *Finding, at hcl.Range, by, reason string) {
	if f.Suppression != nil {
		return
	}
	if s.leftOut[at] == nil {
		s.leftOut[at] = &Suppression{At: s.at(at), By: by, Reason: reason}
	}
	f.Suppression = s.leftOut[at]
}
