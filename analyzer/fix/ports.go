package fix

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// extent is how much a rule opens.
type extent uint8

const (
	// justIt is the port alone, alsoData the port and ports for FTP's data, and others anything more.
	justIt extent = iota + 1
	alsoData
	others
)

// ownPorts returns how much the rule of a finding opens.
func (t *texts) ownPorts(f *analyzer.Finding) extent {
	port := f.Rule.Port
	for _, d := range t.result.Declared {
		for _, rule := range d.Ingress {
			if rule.At != f.Declared.Range || rule.Brief != f.Opening() {
				continue
			}
			ports := rule.Ports
			switch {
			case !rule.Protocols.Equal(netset.Protocol(port.Protocol)):
				return others
			case ports.SubsetOf(port.Ports):
				return justIt
			case port.Service == "ftp" && ports.SubsetOf(port.Ports.Union(dataPorts([]*analyzer.Ingress{rule}))):
				return alsoData
			}
			return others
		}
	}
	return others
}

// narrow removes the port of a finding from the ports of its rule.
func (t *texts) narrow(f *analyzer.Finding, places []hcl.Range) ([]analyzer.Edit, error) {
	var all []*written
	for _, at := range places {
		file, err := t.file(at.Filename)
		if err != nil {
			return nil, err
		}
		w, ok := file.find(at)
		if !ok {
			return nil, errors.New("its ports are not written out")
		}
		all = append(all, w)
	}
	if len(all) == 0 {
		return nil, errors.New("it opens every port; which of them are needed is for people to say")
	}
	if len(all) == 2 && (all[0].list == nil || all[0].list != all[1].list) {
		lo, errLo := strconv.Atoi(all[0].value)
		hi, errHi := strconv.Atoi(all[1].value)
		if errLo == nil && errHi == nil && lo < hi && all[0].expr != all[1].expr {
			return t.cut(f, all[0], all[1], lo, hi)
		}
	}
	var edits []analyzer.Edit
	for _, w := range all {
		set, err := netset.ParsePorts(w.value)
		if err != nil || !set.Overlaps(f.Rule.Port.Ports) {
			continue
		}
		e, err := w.without(set.Difference(f.Rule.Port.Ports))
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	if len(edits) == 0 {
		return nil, errors.New("its ports are not written out")
	}
	return edits, nil
}

// cut removes the port from the range between two numbers. It moves an end or, if the port lies inside, writes the block twice.
func (t *texts) cut(f *analyzer.Finding, from, to *written, lo, hi int) ([]analyzer.Edit, error) {
	rest := netset.PortRange(lo, hi).Difference(f.Rule.Port.Ports)
	var parts [][2]int
	for first, last := range rest.Intervals() {
		parts = append(parts, [2]int{first, last})
	}
	ends := func(part [2]int) []analyzer.Edit {
		var out []analyzer.Edit
		if part[0] != lo {
			out = append(out, analyzer.Edit{At: from.expr.Range(), New: from.write(strconv.Itoa(part[0]))})
		}
		if part[1] != hi {
			out = append(out, analyzer.Edit{At: to.expr.Range(), New: to.write(strconv.Itoa(part[1]))})
		}
		return out
	}
	switch len(parts) {
	case 0:
		return nil, errors.New("nothing would be left of its ports")
	case 1:
		return ends(parts[0]), nil
	case 2:
		if len(from.blocks) == 0 || len(to.blocks) == 0 || from.blocks[len(from.blocks)-1] != to.blocks[len(to.blocks)-1] {
			return nil, errors.New("the port is in the middle of the range, whose ends are written in different places")
		}
		edit, err := from.twice(ends(parts[0]), ends(parts[1]))
		return []analyzer.Edit{edit}, err
	}
	return nil, errors.New("the range would fall into many parts")
}

// repeatable returns, by resource type, the blocks without a name or number of their own, which can therefore be written twice.
// Source: the resources' pages in the providers' documentation.
func repeatable() map[string]string {
	return map[string]string{
		"aws_security_group":                     "ingress",
		"aws_default_security_group":             "ingress",
		"digitalocean_firewall":                  "inbound_rule",
		"google_compute_firewall":                "allow",
		"openstack_compute_secgroup_v2":          "rule",
		"hcloud_firewall":                        "rule",
		"ibm_is_security_group":                  "rules",
		"scaleway_instance_security_group":       "inbound_rule",
		"scaleway_instance_security_group_rules": "inbound_rule",
	}
}

// twice writes the innermost block around a value twice, each time with other edits.
func (w *written) twice(first, second []analyzer.Edit) (analyzer.Edit, error) {
	n := len(w.blocks)
	if n != 2 || w.blocks[0].Type != "resource" || repeatable()[w.blocks[0].Labels[0]] != w.blocks[1].Type {
		return analyzer.Edit{}, errors.New("the port is in the middle of the range, so it takes another rule")
	}
	b, text := w.blocks[1], w.file.text
	at := b.Range()
	line := bytes.LastIndexByte(text[:at.Start.Byte], '\n') + 1
	indent := text[line:at.Start.Byte]
	if len(bytes.TrimSpace(indent)) > 0 {
		return analyzer.Edit{}, errors.New("the port is in the middle of the range, and its block does not stand on a line of its own")
	}
	part := func(edits []analyzer.Edit) string {
		var b strings.Builder
		done := at.Start.Byte
		for _, e := range sorted(edits) {
			b.Write(text[done:e.At.Start.Byte])
			b.WriteString(e.New)
			done = e.At.End.Byte
		}
		b.Write(text[done:at.End.Byte])
		return b.String()
	}
	return analyzer.Edit{At: at, New: part(first) + "\n\n" + string(indent) + part(second)}, nil
}

// without replaces the ports in a value: by elements of its list, or by one range.
func (w *written) without(rest netset.Ports) (analyzer.Edit, error) {
	var ranges []string
	for lo, hi := range rest.Intervals() {
		text := strconv.Itoa(lo)
		if hi > lo {
			text += w.separator() + strconv.Itoa(hi)
		}
		ranges = append(ranges, w.writeRange(text))
	}
	switch {
	case w.list != nil:
		return w.element(ranges)
	case len(ranges) == 0:
		return analyzer.Edit{}, errors.New("nothing would be left of its ports")
	case len(ranges) == 1:
		return analyzer.Edit{At: w.expr.Range(), New: ranges[0]}, nil
	}
	if e, ok := w.several(ranges); ok {
		return e, nil
	}
	// It isn't known which ends of a range a cloud accepts instead of a word for all.
	if len(ranges) == 2 && w.value != "" && w.value[0] >= '0' && w.value[0] <= '9' {
		part := func(text string) []analyzer.Edit { return []analyzer.Edit{{At: w.expr.Range(), New: text}} }
		return w.twice(part(ranges[0]), part(ranges[1]))
	}
	return analyzer.Edit{}, errors.New("the port is in the middle of the range, so it takes another rule")
}

// separator returns what stands between the ends of a range in the value.
func (w *written) separator() string {
	for _, s := range []string{"/", ":"} {
		if strings.Contains(w.value, s) {
			return s
		}
	}
	return "-"
}

// writeRange writes ports in the way of w. A range is always a text.
func (w *written) writeRange(text string) string {
	if _, err := strconv.Atoi(text); err == nil {
		return w.write(text)
	}
	return strconv.Quote(text)
}
