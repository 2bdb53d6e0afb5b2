package rules

import (
	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftpWeakAuth asks whether an FTP endpoint accepts weak or shared authentication.
func ftpWeakAuth(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       "ftp-weak-auth",
		Title:    "FTP with weak authentication",
		Summary:  "An FTP endpoint accepts shared or default credentials, passwords that the configuration gives away, or passwords alone.",
		Help:     page(ftpWeakAuthHelp, p),
		Level:    analyzer.Warning,
		Severity: 6.0,
		Tags:     []string{"security", "ftp", "authentication"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			endpoints, _ := pass.FTP()
			for i := range endpoints {
				remarks(pass, &endpoints[i], endpoints[i].Weak)
			}
		},
	}
}

const ftpWeakAuthHelp = `
## What it finds

- Azure web apps, function apps and logic apps that offer FTP and accept the basic publishing credentials, one name and
  password for all who deploy;
- ` + "`aws_transfer_server`" + ` that keeps the users of an FTP endpoint itself, or lets SFTP users in by a password alone;
- ` + "`azurerm_storage_account_local_user`" + ` with ` + "`ssh_password_enabled`" + `;
- passwords, or hashes of passwords, of FTP users that user data, provisioners or the settings of a container give away. No
  output shows them;
- container images that come with a password which everyone knows, and are left with it.

## Why it matters

A password that many share, or that is in a repository, a plan or the metadata of a machine, is known to more people than
it should, and is hardly ever changed. Default ones are the first that are tried.

## How to fix it

Turn basic publishing credentials off and deploy with an identity. Let users log in with keys, or by a directory. Keep
passwords in a secrets manager that the machine reads when it starts, and change those that were written down.

Before:

` + "```hcl" + `
resource "azurerm_linux_web_app" "shop" {
  site_config {
    ftps_state = "FtpsOnly"
  }
}
` + "```" + `

After:

` + "```hcl" + `
resource "azurerm_linux_web_app" "shop" {
  ftp_publish_basic_authentication_enabled = false
  site_config {
    ftps_state = "FtpsOnly"
  }
}
` + "```" + `

## References

- CWE-798, hard-coded credentials: https://cwe.mitre.org/data/definitions/798.html
- CWE-1392, default credentials: https://cwe.mitre.org/data/definitions/1392.html
- Azure, disable basic authentication: https://learn.microsoft.com/azure/app-service/configure-basic-auth-disable
- AWS Transfer Family, identity providers: https://docs.aws.amazon.com/transfer/latest/userguide/custom-identity-provider-users.html
`
