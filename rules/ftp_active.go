package rules

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// active reports a server that the internet reaches and that can't connect back to its clients, as active data connections need:
// nothing leads from the machine to a high port on the internet. Inside of networks it may.
func active(pass *analyzer.Pass, e *fact.FTP) {
	machine := machineOf(e)
	if !slices.ContainsFunc(pass.Reached, func(r reach.Reached) bool {
		return r.Endpoint.Resource == machine && !r.Admits.Must.Empty()
	}) {
		return
	}
	n := pass.Networks()
	for _, host := range n.Hosts() {
		if host.Resource == machine && n.Outward(host).TCP.May.Intersect(highPorts()).Empty() {
			c := claim{
				trait: "active mode", level: analyzer.Note,
				what: "can't connect back to clients on the internet, so that transfers in active mode fail",
				fix:  "Let clients use passive mode, or let the machine connect to high ports of those who may reach it.",
			}
			against(pass, e, c, e.Present, func(bool) bool { return true })
		}
	}
}
