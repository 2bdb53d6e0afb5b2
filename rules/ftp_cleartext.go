package rules

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftpCleartext asks whether an FTP endpoint accepts sessions without TLS, or with a TLS that no longer protects.
func ftpCleartext(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       "ftp-cleartext",
		Title:    "FTP without encryption",
		Summary:  "An FTP endpoint accepts sessions without TLS, or with an obsolete version of it.",
		Help:     page(ftpCleartextHelp, p),
		Level:    analyzer.Error,
		Severity: 7.5,
		Tags:     []string{"security", "ftp", "encryption"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			endpoints, unread := pass.FTP()
			for i := range endpoints {
				e := &endpoints[i]
				if e.Unidentified {
					reportUnidentified(pass, e)
				} else {
					cleartext(pass, e)
				}
				remarks(pass, e, e.Cleartext)
			}
			open, served := opened(pass, unread), told(pass, endpoints, unread)
			for i := range unread {
				u := &unread[i]
				machine, behind := open[u.Resource]
				if !u.Behind || behind && (!u.Textless || machine && !served[u.Resource]) {
					reportUnread(pass, u)
				}
			}
		},
	}
}

func cleartext(pass *analyzer.Pass, e *fact.FTP) {
	fix := fixOr(e.Fixes.TLS, "Make the server refuse logins and data without TLS.")
	c := claim{trait: "cleartext", what: "accepts sessions without TLS", fix: fix}
	if e.TLS.State != ftpd.Unknown && e.TLS.Value == ftpd.TLSLogin {
		c.trait, c.what, c.level = "cleartext data", "accepts data connections without TLS", analyzer.Warning
	}
	against(pass, e, c, e.TLS, func(t ftpd.TLS) bool { return t != ftpd.TLSRequired })
	if e.TLS.State == ftpd.Unknown || e.TLS.Value != ftpd.TLSRequired {
		return
	}
	obsolete := claim{
		trait: "obsolete TLS", what: "accepts versions of TLS before 1.2", level: analyzer.Warning,
		fix: fixOr(e.Fixes.ObsoleteTLS, "Accept TLS 1.2 and 1.3 only."),
	}
	against(pass, e, obsolete, e.ObsoleteTLS, isTrue)
}

// opened returns the resources that a firewall surely guards which surely opens the port to everyone, without those that
// nobody reaches all the same. The value is true for a machine itself, and for what the machines of a group are made of, and false for
// a part of a machine.
func opened(pass *analyzer.Pass, unread []fact.Unread) map[*graph.Resource]bool {
	asked := map[*graph.Resource]bool{}
	for i := range unread {
		asked[unread[i].Resource] = true
	}
	out := map[*graph.Resource]bool{}
	for i := range pass.Exposures {
		x := &pass.Exposures[i]
		add := func(r *graph.Resource, machine bool) { out[r] = out[r] || machine }
		if x.Scope.Role != fact.Firewall ||
			!slices.ContainsFunc(x.Openings, func(o reach.Opening) bool { return netset.Everyone(x.Sources(o).Must) }) {
			continue
		}
		for _, r := range pass.Behind(x.Scope) {
			machine := r.Endpoint.Resource
			add(machine, true)
			for _, part := range r.Endpoint.Parts {
				add(part, !asked[machine])
			}
		}
		followed := pass.WaysKnown(x.Scope)
		for _, a := range pass.Attached(x.Scope) {
			add(a.Resource, !followed)
		}
	}
	apart := map[*graph.Resource]bool{}
	for i := range pass.Reached {
		r := &pass.Reached[i]
		shut := !netset.Everyone(r.Admits.May)
		for _, part := range append([]*graph.Resource{r.Endpoint.Resource}, r.Endpoint.Parts...) {
			if before, known := apart[part]; !known || before {
				apart[part] = shut
			}
		}
	}
	maps.DeleteFunc(out, func(r *graph.Resource, _ bool) bool { return apart[r] })
	return out
}

// told returns the machines of which a text tells something: their own, that of a part of them such as a launch template, or one
// elsewhere that sets up a server on them.
func told(pass *analyzer.Pass, endpoints []fact.FTP, unread []fact.Unread) map[*graph.Resource]bool {
	out := map[*graph.Resource]bool{}
	for i := range endpoints {
		out[endpoints[i].Resource], out[machineOf(&endpoints[i])] = true, true
	}
	for i := range unread {
		if !unread[i].Textless {
			out[unread[i].Resource] = true
		}
	}
	for i := range pass.Reached {
		e := pass.Reached[i].Endpoint
		if slices.ContainsFunc(e.Parts, func(part *graph.Resource) bool { return out[part] }) {
			out[e.Resource] = true
		}
	}
	return out
}

// reportUnread reports a text that may set up an FTP server, or a machine where nobody knows what listens behind a firewall. The
// machines without a text have one cause.
func reportUnread(pass *analyzer.Pass, u *fact.Unread) {
	f := analyzer.Finding{
		Outcome: analyzer.Unknown, Level: analyzer.Note, Resources: []graph.Address{u.Resource.Addr}, Scope: u.Resource.Addr.String(),
		About: analyzer.Trait{Name: "unread"}, Sensitive: u.Sensitive,
		Message: u.Resource.Addr.String() + " perhaps sets up an FTP server: " + u.What + ".",
		Fix:     "Scan the plan, or look at what isn't known.",
		Decides: decidedBy(u.Decides, u.What, u.At),
	}
	if u.Behind {
		f.About = analyzer.Trait{Name: "nobody knows what listens"}
		f.Message = u.Resource.Addr.String() + ": its firewall opens " + pass.Rule.Port.String() + ", and nobody knows what listens there: " + u.What + "."
		f.Fix = "Close the port, or set the server up in a text that can be read."
	}
	if u.Textless {
		f.Decides = decidedBy(nil, "what listens on machines that nothing here sets up", hcl.Range{})
	}
	placeFTP(&f, u.Declared, graph.Value{}, u.At)
	pass.Report(f)
}

// reportUnidentified reports a container that publishes the port, and of which nobody knows what serves it. That is one verdict, in
// place of those about TLS. Whether anonymous users are let in is another question, that ftp-anonymous leaves open: who closes the
// port or says what serves it settles both, and a container is no machine, whose port its firewall opens for whatever is on it.
func reportUnidentified(pass *analyzer.Pass, e *fact.FTP) {
	s := e.TLS
	if e.Present.State == ftpd.Unknown {
		s.At, s.Source, s.Decides = e.Present.At, e.Present.Source, e.Present.Decides
	}
	f := analyzer.Finding{
		Outcome: analyzer.Unknown, Level: analyzer.Note, Resources: []graph.Address{e.Resource.Addr}, Scope: e.Resource.Addr.String(),
		About: analyzer.Trait{Name: "nobody knows what listens: " + e.Name}, Sensitive: s.Sensitive,
		Message: e.Resource.Addr.String() + ": " + e.Name + " publishes " + pass.Rule.Port.String() + ", and nobody knows what listens there: " + s.Source + ".",
		Fix:     "Don't publish the port, or run an image that is known.",
		Decides: decidedBy(s.Decides, s.Source, s.At),
	}
	at := s.At
	if at.Filename == "" {
		at = e.At
	}
	placeFTP(&f, e.Declared, s.By, at)
	pass.Report(f)
}

const ftpCleartextHelp = `
## What it finds

An FTP endpoint that accepts sessions without TLS:

- ` + "`aws_transfer_server`" + ` with ` + "`FTP`" + ` among its protocols;
- web apps, function apps and logic apps of Azure whose ` + "`ftps_state`" + ` is ` + "`AllAllowed`" + `, which older resources leave
  it at by default;
- servers that user data, cloud-init, provisioners or containers set up: vsftpd without ` + "`ssl_enable=YES`" + ` or without
  forcing logins and data to it, ProFTPD without ` + "`TLSRequired on`" + `, Pure-FTPd with ` + "`TLS`" + ` below 2, images that offer no TLS.

Where only data goes without TLS, or versions before TLS 1.2 are accepted, the finding is a warning; an obsolete security
policy of AWS Transfer Family is a note. Where a script or a template can't be understood, the verdict is unknown and the
finding names what wasn't read. So it is where a firewall opens FTP's port to a machine that everyone reaches or may reach, or a
container publishes it, and what serves it can't be told from the configuration: one for each machine, with texts or without, and
for each container. Whether such a container lets anonymous users in stays open as well, under ftp-anonymous.
Where a resource of a type that isn't read has a text that installs,
starts, runs or names an FTP server, a notice names the resource.

## Why it matters

FTP sends user names, passwords and files as they are. Whoever is on the way reads them and uses them again.

## How to fix it

Require TLS for logins and for data, or use SFTP.

Before:

` + "```hcl" + `
resource "azurerm_linux_web_app" "shop" {
  site_config {
    ftps_state = "AllAllowed"
  }
}
` + "```" + `

After:

` + "```hcl" + `
resource "azurerm_linux_web_app" "shop" {
  site_config {
    ftps_state = "Disabled" # or FtpsOnly
  }
}
` + "```" + `

## References

- CWE-319, cleartext transmission of sensitive information: https://cwe.mitre.org/data/definitions/319.html
- RFC 4217, securing FTP with TLS: https://www.rfc-editor.org/rfc/rfc4217
- RFC 8996, TLS 1.0 and 1.1 are deprecated: https://www.rfc-editor.org/rfc/rfc8996
- Azure, deploy over FTP: https://learn.microsoft.com/azure/app-service/deploy-ftp
- AWS Transfer Family: https://docs.aws.amazon.com/transfer/latest/userguide/create-server-ftp.html
`
