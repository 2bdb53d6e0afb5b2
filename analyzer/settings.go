package analyzer

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/config"
)

// configured returns the rules that the settings leave on, with the levels that they set.
func configured(rules []*Rule, s *config.Settings) []*Rule {
	var out []*Rule
	for _, rule := range rules {
		off := false
		for _, set := range s.Rules {
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

// inSettings returns a place in the file of the settings as results name it.
func (r *runner) inSettings(at hcl.Range) hcl.Range {
	at.Filename = r.settingsFile
	return at
}

// fromSettings returns the path of a place from the folder that the settings are about, and whether it lies there.
func (r *runner) fromSettings(place string) (string, bool) {
	if r.settingsDir == "." || r.settingsDir == "" {
		return place, place != "" && !strings.HasPrefix(place, "../")
	}
	return strings.CutPrefix(place, r.settingsDir+"/")
}

// excluded returns the pattern of the settings that leaves out a place, unless the user named a path that it leaves out.
func (r *runner) excluded(place string) *config.Pattern {
	name, ok := r.fromSettings(place)
	if !ok {
		return nil
	}
	for i := range r.settings.Exclude {
		p := &r.settings.Exclude[i]
		named := slices.ContainsFunc(r.named, func(dir string) bool {
			dir, ok := r.fromSettings(dir)
			return ok && p.Match(dir)
		})
		if !named && p.Match(name) {
			return p
		}
	}
	return nil
}

// withoutExcluded returns the inputs without the root modules that the settings exclude, and says how many those are.
func (r *runner) withoutExcluded(found []input) []input {
	var out []input
	var by *config.Pattern
	for _, in := range found {
		// A pattern for what is in a folder is one for the folder, too.
		var p *config.Pattern
		if in.open == nil {
			p = r.excluded(path.Join(in.place(), "main.tf"))
		}
		if p == nil {
			out = append(out, in)
		} else {
			by = p
		}
	}
	if n := len(found) - len(out); n > 0 {
		r.result.Notices = append(r.result.Notices, Notice{
			Level: Note, Summary: "Excluded paths are not analysed", At: r.inSettings(by.At),
			Detail: fmt.Sprintf("Root modules that the settings exclude: %d. Scan them by name to analyse them.", n),
		})
	}
	return out
}

// noticeSettings says which rules are off.
func (r *runner) noticeSettings() {
	for _, set := range r.settings.Rules {
		asked := slices.ContainsFunc(r.config.Rules, func(rule *Rule) bool { return rule.ID == set.ID })
		on := slices.ContainsFunc(r.result.Rules, func(rule *Rule) bool { return rule.ID == set.ID })
		if set.Off && asked && !on {
			r.result.Notices = append(r.result.Notices, Notice{
				Level: Note, Summary: "A rule is off", Detail: strings.TrimSpace(set.ID + " is not asked. " + set.Reason), At: r.inSettings(set.At),
			})
		}
	}
}

// adjust applies the settings of paths to findings.
func (r *runner) adjust(findings []Finding) {
	for i := range findings {
		f := &findings[i]
		name, ok := r.fromSettings(f.At.Filename)
		if !ok {
			continue
		}
		if p := r.excluded(f.At.Filename); p != nil {
			r.leaveOut(f, p.At, "the path is excluded", "")
		}
		var off *config.Rule
		for _, p := range r.settings.Paths {
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
			r.leaveOut(f, off.At, "the rule is off at this path", off.Reason)
		}
	}
}

// leaveOut suppresses a finding by the settings. One suppression stands for all that an entry leaves out.
func (r *runner) leaveOut(f *Finding, at hcl.Range, by, reason string) {
	if f.Suppression != nil {
		return
	}
	s := r.leftOut[at]
	if s == nil {
		s = &Suppression{At: r.inSettings(at), By: by, Reason: reason}
		r.leftOut[at] = s
	}
	f.Suppression = s
}

// placeSettings finds out where the paths of the settings start: in the folder of their file or, if that lies outside of
// the analysed root, in the root. It comes after the inputs, the first of which says what the root is.
func (r *runner) placeSettings() error {
	if r.config.SettingsFile == "" {
		return nil
	}
	place, err := r.place(r.config.SettingsFile)
	if err != nil {
		return fmt.Errorf("%s: %w", r.config.SettingsFile, err)
	}
	r.settingsFile = place
	if r.settingsDir = path.Dir(place); strings.HasPrefix(place, "../") {
		r.settingsDir = "."
	}
	return nil
}
