// Package rules holds the questions that tfreach asks of a configuration, each with its documentation.
//
// # How it works
//
// A rule is one file: its ID, its page, and a function that reads exposures, endpoints or FTP servers from a Pass and reports
// findings. What surely holds is exposed, what may hold is unknown with the values that decide; a shared function draws that
// line, so that no rule can draw it otherwise. The rules about a port are made for each port that is asked.
//
// # Example
//
// For([]reach.Port{SSH}) has ssh-ingress-open, ssh-host-reachable and their like, and none of the rules about FTP servers.
package rules

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftp is the name of the service that has its own rules.
const ftp = "ftp"

// For returns the rules that judge the ports, port by port.
func For(ports []reach.Port) []*analyzer.Rule {
	var out []*analyzer.Rule
	for _, p := range ports {
		out = append(out, ingressOpen(p), naclIngressOpen(p), ingressBroad(p), hostReachable(p), listenerPublic(p))
		if p.Service == ftp {
			out = append(out, ftpAnonymous(p), ftpCleartext(p), ftpWeakAuth(p), ftpPassivePortsOpen(p), ftpOutdatedServer(p))
		}
	}
	for _, r := range out {
		equate(r)
	}
	return out
}

// Check returns an error for the ID of a rule unless For returns a rule with that ID for some port.
func Check(id string) error {
	if strings.HasPrefix(id, config.ExpectPrefix) { // whose rules the settings make
		return nil
	}
	var ports []reach.Port
	for _, s := range Services() {
		ports = append(ports, s.Port())
	}
	if rest, ok := strings.CutPrefix(id, "port-"); ok {
		// A port's numbers contain at most one dash: port-8000-8080-ingress-open.
		number := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789-"))]
		if p, err := Parse(strings.TrimRight(number, "-")); err == nil {
			ports = []reach.Port{p}
		}
	}
	best, least := "", len(id)/3
	for _, r := range For(ports) {
		d := levenshtein.Distance(id, r.ID, nil)
		if d == 0 {
			return nil
		}
		if d <= least {
			best, least = r.ID, d-1
		}
	}
	if best != "" {
		return fmt.Errorf("unknown rule %q; did you mean %s?", id, best)
	}
	return fmt.Errorf("unknown rule %q; tfreach rules lists them", id)
}

// page inserts the names of the service and of its port into a text: {{.Label}} is FTP, {{.Port}} is TCP 21, and {{.Service}}
// is ftp.
func page(text string, p reach.Port) string {
	fill := strings.NewReplacer("{{.Label}}", p.Label, "{{.Port}}", p.String(), "{{.Service}}", p.Service)
	return fill.Replace(strings.TrimSpace(text)) + "\n"
}
