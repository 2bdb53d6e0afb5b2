package server

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// whereabouts says where the texts of an endpoint are written.
type whereabouts struct {
	texts []graph.Written
	// at is the place of everything without a place in the texts.
	at hcl.Range
	// decides is what would decide unknown settings without a place in the texts.
	decides   []graph.Origin
	sensitive bool
}

// place returns where a span of the texts is written.
func (o whereabouts) place(s ftpd.Span) (p graph.Piece, ok bool) {
	if s.IsZero() || s.Part >= len(o.texts) {
		return graph.Piece{At: o.at, Sensitive: o.sensitive}, false
	}
	p = o.texts[s.Part].Place(s.Start, s.End)
	p.Sensitive = p.Sensitive || o.sensitive
	return p, true
}

// placed returns a setting with its place.
func placed[T any](o whereabouts, s ftpd.Setting[T]) fact.Setting[T] {
	p, ok := o.place(s.At)
	out := fact.Setting[T]{State: s.State, Value: s.Value, Source: s.Source, Sensitive: p.Sensitive, At: p.At}
	if s.State == ftpd.Unknown {
		if out.Decides = p.Decides; len(out.Decides) == 0 {
			out.Decides = o.decides
		}
		if ok && len(out.Decides) == 0 {
			out.Decides = deciders(o.texts[s.At.Part], s.At)
		}
	}
	return out
}

// deciders returns what would decide the unknown pieces in a span of a text.
func deciders(w graph.Written, s ftpd.Span) []graph.Origin {
	var out []graph.Origin
	offset := 0
	for _, p := range w.Pieces {
		n := len(p.Text)
		if !p.Known {
			n = len(host.Hole)
			if offset < s.End && offset+n > s.Start {
				out = append(out, p.Decides...)
			}
		}
		offset += n
	}
	return out
}

// endpoint returns a server that ftpd read as an endpoint on a machine or in a container.
func endpoint(server *ftpd.Server, o whereabouts, machine bool) fact.FTP {
	e := fact.FTP{
		Name: nameOf(server, o), Machine: machine, Unidentified: server.Unidentified,
		Present: placed(o, server.Present), Anonymous: placed(o, server.Anonymous), AnonymousUpload: placed(o, server.AnonymousUpload),
		TLS: placed(o, server.TLS), ObsoleteTLS: placed(o, server.ObsoleteTLS),
		ListenPorts: placed(o, server.ListenPorts), PassivePorts: placed(o, server.PassivePorts),
		Fixes: ftpd.FixesOf(server.Software),
	}
	e.At = e.Present.At
	for _, s := range []*hcl.Range{&e.Anonymous.At, &e.TLS.At, &e.ObsoleteTLS.At, &e.PassivePorts.At} {
		if *s == o.at {
			*s = e.At
		}
	}
	for _, c := range server.Credentials {
		remark := credential(c, o, e.At)
		remark.Anyway = server.Installed
		e.Weak = append(e.Weak, remark)
	}
	if release, newer := ftpd.Newer(server.Software, server.Version); newer && !o.sensitive {
		e.Outdated = append(e.Outdated, fact.Remark{
			Key: "version " + server.Version, What: fmt.Sprintf("is pinned to version %s, while %s is known since %s at the latest", server.Version, release.Version, release.Seen),
			Fix:    "Install the newest version, and update it with the system.",
			Anyway: server.Installed,
			Holds:  fact.Setting[bool]{State: ftpd.Known, Value: true, At: e.At},
		})
	}
	return e
}

// nameOf returns a server's name. It uses the name in the texts only if that isn't sensitive.
func nameOf(server *ftpd.Server, o whereabouts) string {
	name := server.Software.String()
	if server.Unidentified {
		name = "a container"
	}
	own := strings.ToLower(strings.ReplaceAll(server.Name, "-", ""))
	if o.sensitive || strings.Contains(server.Name, host.Hole) || own == "" {
		return name
	}
	if strings.Contains(server.Name, "/") {
		return "the image " + server.Name
	}
	if strings.HasPrefix(own, strings.ToLower(strings.ReplaceAll(name, "-", ""))) {
		return name
	}
	if server.Software == ftpd.Other {
		return server.Name
	}
	return name + " (" + server.Name + ")"
}

func credential(c ftpd.Credential, o whereabouts, standard hcl.Range) fact.Remark {
	p, ok := o.place(c.At)
	if !ok {
		p.At = standard
	}
	whose := "a user's"
	if c.User != "" && !o.sensitive && !p.Sensitive && !strings.Contains(c.User, host.Hole) {
		whose = "user " + c.User + "'s"
	}
	r := fact.Remark{
		Holds:  fact.Setting[bool]{State: ftpd.Known, Value: true, At: p.At, Sensitive: c.Kind != ftpd.DefaultPassword || p.Sensitive},
		Secret: c.Kind != ftpd.DefaultPassword && ok, Fix: "Keep the password in a secrets manager that is read when the machine starts, and change it.",
	}
	switch c.Kind {
	case ftpd.PlainPassword:
		r.Key, r.What = whose+" password", "has "+whose+" password in the configuration"
	case ftpd.HashedPassword:
		r.Key, r.What = whose+" hash", "has the hash of "+whose+" password in the configuration"
	case ftpd.DefaultPassword:
		r.Key, r.What = whose+" default", "keeps "+whose+" password that everyone knows, of "+c.Source
		r.Fix = "Set a password of your own, from a secrets manager."
	}
	return r
}

// unreads returns what ftpd did not understand. What runs from outside of the texts matters only behind a firewall that opens
// FTP's port, unless it names FTP.
func unreads(r ftpd.Reading, o whereabouts) []fact.Unread {
	problems := r.Unread
	if len(problems) == 0 && len(r.Opaque) > 0 {
		problems = r.Opaque[:1]
	}
	var out []fact.Unread
	for _, u := range problems {
		p, ok := o.place(u.At)
		decides := p.Decides
		if ok && len(decides) == 0 {
			decides = deciders(o.texts[u.At.Part], u.At)
		}
		out = append(out, fact.Unread{What: u.What, At: p.At, Decides: decides, Sensitive: p.Sensitive, Behind: len(r.Unread) == 0})
	}
	return out
}
