package rules

import (
	"fmt"
	"slices"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ftpPassivePortsOpen asks whether the firewall of an FTP server opens more high ports to everyone than the server's passive
// data connections need, or too few.
func ftpPassivePortsOpen(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       "ftp-passive-ports-open",
		Title:    "FTP data ports opened wider than needed",
		Summary:  "A firewall rule opens more ports to everyone than the passive data connections of the FTP server behind it need, or too few, or its active ones can't get out.",
		Help:     page(ftpPassiveHelp, p),
		Level:    analyzer.Warning,
		Severity: 5.5,
		Tags:     []string{"security", "ftp", "network"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			endpoints, _ := pass.FTP()
			for i := range endpoints {
				if e := &endpoints[i]; e.Machine && surely(e.Present) {
					active(pass, e)
				}
			}
			if !slices.ContainsFunc(endpoints, func(e fact.FTP) bool { return e.PassivePorts.State != 0 }) {
				return
			}
			high := pass.ExposuresOf(reach.Port{
				Service: "ftp-passive", Label: "passive FTP", Protocol: netset.TCP, Ports: highPorts(),
			})
			for i := range endpoints {
				if e := &endpoints[i]; e.Machine && surely(e.Present) && surelyKnown(e.PassivePorts) {
					passive(pass, e, high)
				}
			}
		},
	}
}

// highPorts returns the ports that passive data connections may use.
func highPorts() netset.Ports { return netset.PortRange(1024, 65535) }

func surely(s fact.Setting[bool]) bool { return s.State != ftpd.Unknown && s.Value }

func surelyKnown(s fact.Setting[ftpd.PortRange]) bool {
	return s.State != 0 && s.State != ftpd.Unknown && s.Value != ftpd.PortRange{}
}

// passive compares what the scopes that guard a machine open with what the machine's server needs.
func passive(pass *analyzer.Pass, e *fact.FTP, high []reach.Exposure) {
	need := netset.PortRange(e.PassivePorts.Value.First, e.PassivePorts.Value.Last)
	anywhere := highPorts().SubsetOf(need)
	guarded, known := false, true
	var open netset.Ports
	for i := range high {
		x := &high[i]
		if x.Scope.Role != fact.Firewall || !protects(pass, x.Scope, machineOf(e)) {
			continue
		}
		guarded = true
		for _, o := range x.Openings {
			known = known && o.Rule.Ports.Set.Known()
			open = open.Union(o.Rule.Ports.Set.May.Intersect(highPorts()))
			tooWide(pass, e, x, o, need, anywhere)
		}
	}
	if guarded && known && !anywhere && open.Intersect(need).Empty() {
		c := claim{
			trait: "passive ports closed", level: analyzer.Note,
			what: fmt.Sprintf("offers passive data connections on ports %s, which its firewall opens to nobody, so that transfers fail", need),
			fix:  fmt.Sprintf("Open ports %s to those who may reach the server.", need),
		}
		against(pass, e, c, e.PassivePorts, func(ftpd.PortRange) bool { return true })
	}
}

// tooWide reports a rule that opens the passive ports to everyone, and more.
func tooWide(pass *analyzer.Pass, e *fact.FTP, x *reach.Exposure, o reach.Opening, need netset.Ports, anywhere bool) {
	ports := o.Rule.Ports.Set.Must.Intersect(highPorts())
	if !netset.Everyone(x.Sources(o).Must) || ports.Intersect(need).Empty() {
		return
	}
	const few = 1024 // ports that nobody would call a wide range
	more := ports.Difference(need)
	if !anywhere && more.Empty() || anywhere && count(ports) <= few {
		return
	}
	declared := pass.Declared(o.Rule)
	f := analyzer.Finding{
		Outcome: analyzer.Exposed, Resources: []graph.Address{o.Rule.Resource.Addr}, Scope: x.Scope.Name,
		About: analyzer.Trait{Name: "passive ports of " + e.Resource.Addr.String()}, Declared: analyzer.At(declared.At),
		Fix: fmt.Sprintf("Open ports %s only.", need),
	}
	f.Message = fmt.Sprintf("%s opens ports %s to everyone, while %s on %s needs %s of them.", subject(x, o.Rule), ports, e.Name,
		e.Resource.Addr, need)
	if anywhere {
		f.Message = fmt.Sprintf("%s opens ports %s to everyone, as %s on %s may offer passive data connections on any port.",
			subject(x, o.Rule), ports, e.Name, e.Resource.Addr)
		f.Fix = fixOr(e.Fixes.Passive, "Set a small range of passive ports in the server's configuration.") + " Open no more than that."
	}
	var value graph.Value
	if values := declared.Ports.Values; len(values) > 0 {
		value = values[len(values)-1]
	}
	steps := value.Trace()
	at := place(declared, value, steps)
	f.At = analyzer.At(at)
	f.Related = append(onTheWay(steps, at), analyzer.Related{At: analyzer.At(e.PassivePorts.At), Message: "what the server is configured for"})
	pass.Report(f)
}

// count counts ports.
func count(p netset.Ports) int {
	n := 0
	for first, last := range p.Intervals() {
		n += last - first + 1
	}
	return n
}

// protects reports whether a scope guards a machine: it is attached to it, or lies on a way to it.
func protects(pass *analyzer.Pass, scope fact.Scope, r *graph.Resource) bool {
	return pass.Guards(scope, r) || slices.ContainsFunc(pass.Attached(scope), func(a fact.Attachment) bool { return a.Resource == r })
}

// machineOf returns the machine that an endpoint is on.
func machineOf(e *fact.FTP) *graph.Resource {
	if e.On != nil {
		return e.On
	}
	return e.Resource
}

const ftpPassiveHelp = `
## What it finds

An FTP server that user data, cloud-init or a provisioner sets up on a machine, and a rule of the machine's firewall that
opens its passive data ports to everyone and more besides: ports outside of the range that the server is configured for, or
a wide range because the server isn't configured for one.

A server whose passive range is opened to nobody is a note: its clients log in, and transfers fail. So is one that the
internet reaches and from which nothing leads out to a high port there: in active mode the server connects to its clients.

## Why it matters

What listens on the other ports, now or later, is open with them. A hundred ports carry a hundred transfers at a time.

## How to fix it

Configure a small range, and open that alone.

Before:

` + "```hcl" + `
ingress {
  from_port   = 1024
  to_port     = 65535
  protocol    = "tcp"
  cidr_blocks = ["0.0.0.0/0"]
}
` + "```" + `

After:

` + "```hcl" + `
ingress { # pasv_min_port=40000, pasv_max_port=40100
  from_port   = 40000
  to_port     = 40100
  protocol    = "tcp"
  cidr_blocks = ["198.51.100.0/24"]
}
` + "```" + `

## References

- RFC 959, data connections: https://www.rfc-editor.org/rfc/rfc959
- RFC 1579, firewall-friendly FTP: https://www.rfc-editor.org/rfc/rfc1579
`
