// Package rules holds the questions that tfreach asks of a configuration, each with its documentation.
package rules

import (
	"bytes"
	"strings"
	"text/template"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// For returns the rules that judge the ports, port by port.
func For(ports []reach.Port) []*analyzer.Rule {
	var out []*analyzer.Rule
	for _, p := range ports {
		out = append(out, ingressOpen(p), ingressBroad(p))
	}
	return out
}

// page fills the name of the service and of its port into a text: {{.Label}} is FTP, {{.Port}} is TCP 21.
func page(text string, p reach.Port) string {
	// The texts are constants of this package, and the test of the rules renders every one.
	t := template.Must(template.New("page").Parse(strings.TrimSpace(text)))
	var b bytes.Buffer
	if err := t.Execute(&b, map[string]string{"Label": p.Label, "Port": p.String(), "Service": p.Service}); err != nil {
		return text
	}
	return b.String() + "\n"
}
