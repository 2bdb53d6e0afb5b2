package analyzer

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// spelled finds what is named by a text in place of a reference: by a name, by the path of an ID that ends in it, by a tag or by
// a private address.
type spelled struct {
	// named and tagged have the resources with a name or a tag, and terms those whose name is unknown but identified.
	named, tagged, terms map[string][]*graph.Resource
}

// spelledIn returns a finder of the resources that are read.
func (k *Analyst) spelledIn(g *graph.Graph) *spelled {
	out := &spelled{named: map[string][]*graph.Resource{}, tagged: map[string][]*graph.Resource{}, terms: map[string][]*graph.Resource{}}
	for _, r := range g.Resources {
		if r.Addr.Mode != graph.Managed || !k.wanted[r.Addr.Type] {
			continue
		}
		v := r.OwnAttr("name")
		if name, known := v.Text(); known && name != "" {
			out.named[strings.ToLower(name)] = append(out.named[strings.ToLower(name)], r)
		} else if term := v.Term(); term != "" {
			out.terms[term] = append(out.terms[term], r)
		}
		r.Texts(func(argument, text string) {
			if isTag(argument) {
				out.tagged[text] = append(out.tagged[text], r)
			}
		})
	}
	return out
}

// isTag reports whether an argument holds tags.
func isTag(argument string) bool { return strings.Contains(argument, "tags") }

// privateAddress returns the single private address that a text is.
func privateAddress(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return addr, err == nil && addr.IsPrivate()
}

// by returns the resources that an argument of a resource of another type names by a text. A bare name counts where the
// argument is about resources of the type: instances = ["web"] names an instance.
func (s *spelled) by(argument, text string, filters bool) []*graph.Resource {
	if isTag(argument) {
		if filters {
			return s.tagged[text]
		}
		return nil
	}
	name := strings.ToLower(text[strings.LastIndexByte(text, '/')+1:])
	found := s.named[name]
	if len(name) < len(text) {
		return found
	}
	return about(argument, found)
}

// byTerm is by for a text that is unknown but identified.
func (s *spelled) byTerm(argument, term string) []*graph.Resource {
	return about(argument, s.terms[term])
}

// about returns the resources whose types an argument's name is about.
func about(argument string, found []*graph.Resource) []*graph.Resource {
	var out []*graph.Resource
	for _, r := range found {
		_, typ, _ := strings.Cut(r.Addr.Type, "_")
		of := strings.Split(typ, "_")
		if slices.ContainsFunc(strings.Split(argument, "_"), func(word string) bool {
			return slices.Contains(of, word) || slices.Contains(of, strings.TrimSuffix(word, "s"))
		}) {
			out = append(out, r)
		}
	}
	return out
}

// sameCloud reports whether a stranger may be about a resource: it is a module, or of the same cloud.
func (s *Stranger) sameCloud(r *graph.Resource) bool {
	return s.resource == nil || read.CloudOf(s.resource.Addr.Type) == read.CloudOf(r.Addr.Type)
}
