package rules

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftpCleartext asks whether an FTP endpoint takes sessions without TLS, or with a TLS that no longer protects.
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
				cleartext(pass, e)
				remarks(pass, e, e.Cleartext)
			}
			for i := range unread {
				if u := &unread[i]; !u.Behind || opensTo(pass, u.Resource) {
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

// opensTo says whether a firewall surely opens the port to everyone for a machine that it surely guards.
func opensTo(pass *analyzer.Pass, r *graph.Resource) bool {
	for i := range pass.Exposures {
		x := &pass.Exposures[i]
		if x.Scope.Role != fact.Firewall || !protects(pass, x.Scope, r) {
			continue
		}
		if slices.ContainsFunc(x.Openings, func(o reach.Opening) bool { return netset.Everyone(x.Sources(o).Must) }) {
			return true
		}
	}
	return false
}

// reportUnread reports a text that may set up an FTP server, or a machine of which nobody knows what listens.
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
	placeFTP(&f, u.Declared, graph.Value{}, u.At)
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
finding names what wasn't read. So it is where a firewall opens FTP's port to a machine, or a container publishes it, and
what serves it can't be told from the configuration.

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
