package rules

import (
	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftpAnonymous asks whether an FTP server lets anyone log in without a password.
func ftpAnonymous(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       "ftp-anonymous",
		Title:    "FTP without a password",
		Summary:  "An FTP server is configured to let anonymous users in.",
		Help:     page(ftpAnonymousHelp, p),
		Level:    analyzer.Error,
		Severity: 8.0,
		Tags:     []string{"security", "ftp", "authentication"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			endpoints, _ := pass.FTP()
			for i := range endpoints {
				e := &endpoints[i]
				c := claim{
					trait: "anonymous login", what: "lets anonymous users in",
					fix: fixOr(e.Fixes.Anonymous, "Turn anonymous logins off in the server's configuration."),
				}
				if uploads(e) {
					c.trait, c.what = "anonymous login and upload", "lets anonymous users in and store files"
				}
				against(pass, e, c, e.Anonymous, isTrue)
			}
		},
	}
}

// uploads reports whether anonymous users surely may store files, as far as the server's configuration goes.
func uploads(e *fact.FTP) bool {
	return e.Anonymous.State != ftpd.Unknown && e.AnonymousUpload.State != ftpd.Unknown && e.AnonymousUpload.Value
}

const ftpAnonymousHelp = `
## What it finds

An FTP server that user data, cloud-init, a provisioner or a container's settings set up so that it lets anonymous users
in: ` + "`anonymous_enable=YES`" + ` of vsftpd, also where a file that replaces the package's doesn't set it, as YES is what
vsftpd was compiled with; an ` + "`<Anonymous>`" + ` section of ProFTPD; Pure-FTPd without ` + "`NoAnonymous`" + `; anonymous
authentication of IIS and FileZilla Server. Where they may also store files, the finding says so.

A line that is commented out or set again later doesn't count, nor does a file that no FTP server reads.

## Why it matters

Whoever reaches the server reads what is there, and programs that look for such servers try all addresses all day. One
that takes files from strangers soon holds and spreads what others put there.

## How to fix it

Turn anonymous logins off, and give those who need files an account. Files that are for everyone belong on a web server.

Before:

` + "```hcl" + `
user_data = <<-EOT
  #!/bin/sh
  apt-get install -y vsftpd
  sed -i 's/^anonymous_enable=.*/anonymous_enable=YES/' /etc/vsftpd.conf
EOT
` + "```" + `

After:

` + "```hcl" + `
user_data = <<-EOT
  #!/bin/sh
  apt-get install -y vsftpd
  sed -i 's/^anonymous_enable=.*/anonymous_enable=NO/' /etc/vsftpd.conf
EOT
` + "```" + `

## References

- CWE-306, missing authentication for a critical function: https://cwe.mitre.org/data/definitions/306.html
- vsftpd.conf(5): https://security.appspot.com/vsftpd/vsftpd_conf.html
- ProFTPD, anonymous logins: http://www.proftpd.org/docs/howto/ConfigFile.html
`
