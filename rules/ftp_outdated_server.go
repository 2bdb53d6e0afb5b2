package rules

import (
	"fmt"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftpOutdatedServer asks whether the software of an FTP server is pinned to an outdated version, or to none.
func ftpOutdatedServer(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       "ftp-outdated-server",
		Title:    "FTP server software out of date",
		Summary:  "The software of an FTP server is pinned to an outdated version or to a tag that moves, or its image is not maintained.",
		Help:     page(ftpOutdatedHelp, p) + releases(),
		Level:    analyzer.Warning,
		Severity: 5.0,
		Tags:     []string{"security", "ftp", "supply-chain"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			endpoints, _ := pass.FTP()
			for i := range endpoints {
				remarks(pass, &endpoints[i], endpoints[i].Outdated)
			}
		},
	}
}

// releases returns the table of the newest known releases.
func releases() string {
	var b strings.Builder
	b.WriteString("\n## The newest releases known\n\n| server | version | seen | source |\n| --- | --- | --- | --- |\n")
	for _, r := range ftpd.Releases() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Software, r.Version, r.Seen, r.Source)
	}
	b.WriteString("\nHow old the table is, `tfreach version` says.\n")
	return b.String()
}

const ftpOutdatedHelp = `
## What it finds

- packages of FTP servers that a script pins to a version older than the newest one known, in the table below;
- images of FTP servers with a tag that moves, such as ` + "`latest`" + `, or without one;
- images of FTP servers that are known not to be maintained, whatever their tag;
- charts of FTP servers without a version.

The versions are compared with a table in the program; nothing is looked up. A distribution may have mended the flaws of an
older version.

## Why it matters

FTP servers have had flaws that let strangers in, and a version that stays behind keeps them. A tag that moves brings new
versions, but also others' changes, without anybody's decision.

## How to fix it

Let the system's own updates keep the package new, and name images by a version or a digest that a bot updates.

Before:

` + "```hcl" + `
image = "garethflowers/ftp-server"
` + "```" + `

After:

` + "```hcl" + `
image = "garethflowers/ftp-server:0.9.2"
` + "```" + `

## References

- CWE-1104, use of unmaintained third party components: https://cwe.mitre.org/data/definitions/1104.html
`
