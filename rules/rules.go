// Package rules holds the questions that tfreach asks of a configuration, each with its documentation.
package rules

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftp is the name of the service that has rules of its own.
const ftp = "ftp"

// For returns the rules that judge the ports, port by port.
func For(ports []reach.Port) []*analyzer.Rule {
	var out []*analyzer.Rule
	for _, p := range ports {
		out = append(out, ingressOpen(p), naclIngressOpen(p), ingressBroad(p), hostReachable(p), listenerPublic(p))
		if p.Service == ftp {
			out = append(out, ftpCleartext(p), ftpWeakAuth(p))
		}
	}
	return out
}

// page fills the names of the service and of its port into a text: {{.Label}} is FTP, {{.Port}} is TCP 21, and
// {{.Service}} is ftp.
func page(text string, p reach.Port) string {
	fill := strings.NewReplacer("{{.Label}}", p.Label, "{{.Port}}", p.String(), "{{.Service}}", p.Service)
	return fill.Replace(strings.TrimSpace(text)) + "\n"
}
