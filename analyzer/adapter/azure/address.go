package azure

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// unspecified is an address that no machine has.
const unspecified = "0.0.0.0"

// address reads an address, a CIDR, a range of addresses, or one of the words whose meaning for traffic from the
// internet is known. Internet is what lies outside of the virtual network, so for such traffic it is everyone;
// VirtualNetwork and AzureLoadBalancer, the source of health probes, hold nobody on the internet.
// Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview
func address(text string) (netset.Prefixes, bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "*", "any", "internet":
		return netset.AllAddresses(), true
	case "virtualnetwork", "azureloadbalancer":
		return netset.Prefixes{}, true
	case unspecified:
		// Some configurations write it for everyone; no page says what it does.
		return netset.Prefixes{}, false
	}
	if p, err := netset.ParseSource(text); err == nil {
		return p, true
	}
	from, to, _ := strings.Cut(text, "-")
	first, errFirst := netip.ParseAddr(strings.TrimSpace(from))
	last, errLast := netip.ParseAddr(strings.TrimSpace(to))
	if errFirst != nil || errLast != nil {
		return netset.Prefixes{}, false
	}
	r := netset.AddressRange(first, last)
	return r, !r.Empty()
}

// sources reads an attribute that holds addresses or service tags, one or several, as a term for each. A tag that isn't one
// of the words above stands for addresses of some of Microsoft's services, never for everyone. A deny of them stops too few
// to count. A text that is neither, such as 10.0.0.0/33 or two addresses with a comma, Azure refuses with the error
// SecurityRuleInvalidAddressPrefix.
func sources(v graph.Value, attr string, action fact.Action) []fact.Term[netset.Prefixes] {
	var out []fact.Term[netset.Prefixes]
	for _, e := range read.Parts(v) {
		text, known := e.Text()
		set, ok := address(text)
		term := fact.Term[netset.Prefixes]{Set: netset.Exactly(set), Attrs: []string{attr}, Values: []graph.Value{e}}
		switch {
		case known && ok:
		case known && text == unspecified:
			if action == fact.Deny {
				continue
			}
			term = read.Someone(e.Called("what "+text+" stands for"), attr)
		case known && !isTag(text):
			term.Refused = "Azure"
		case known && action == fact.Deny:
			continue
		case known && !isService(text):
			term = read.Someone(e.Called("what "+text+" stands for"), attr)
		case known:
			term.Set, term.Values = tagged(text), []graph.Value{e.Called("service tag " + text)}
		default:
			term = read.Someone(e, attr)
		}
		out = append(out, term)
	}
	return out
}

// isTag reports whether a text has the form of a service tag: SERVICE or SERVICE.REGION.
func isTag(text string) bool {
	return text != "" && unicode.IsLetter(rune(text[0])) && !strings.ContainsAny(text, ",/ ")
}

// isService reports whether a service tag is one of those that Azure has, or is named as they are. Source:
// https://learn.microsoft.com/azure/virtual-network/service-tags-overview
func isService(tag string) bool {
	name, _, _ := strings.Cut(strings.ToLower(tag), ".")
	for _, family := range []string{"azure", "dynamics365", "m365", "microsoft", "office", "power", "virtualdesktop", "windows"} {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	switch name {
	case "actiongroup", "apimanagement", "appconfiguration", "applicationinsightsavailability", "appservice", "appservicemanagement",
		"autonomousdevelopmentplatform", "batchnodemanagement", "chaosstudio", "cognitiveservicesfrontend",
		"cognitiveservicesmanagement", "containerappsmanagement", "datafactory", "datafactorymanagement", "eopexternalpublishedips",
		"eventhub", "frontdoor", "gatewaymanager", "genevaactions", "guestandhybridmanagement", "hdinsight", "internet", "kustoanalytics",
		"logicapps", "logicappsmanagement", "marketplace", "onedscollector", "paymenthsm", "scuba", "securitycopilot",
		"serialconsole", "servicebus", "servicefabric", "sql", "sqlmanagement", "storage", "storagemover", "storagesyncservice",
		"trafficmanager", "videoindexer", "virtualnetwork", "visualstudio":
		return true
	}
	return false
}

// tagged returns the bounds of a service tag's addresses. AzureCloud holds the machines of all customers; its largest blocks
// are enough to know that it is broad. Other tags hold services: their addresses aren't known, but they are few, and one block
// of Microsoft's stands for them. Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview
func tagged(tag string) netset.Bounds[netset.Prefixes] {
	if service, _, _ := strings.Cut(tag, "."); !strings.EqualFold(service, "AzureCloud") {
		return netset.Bounds[netset.Prefixes]{May: netset.PrefixSet(netip.MustParsePrefix("20.36.0.0/16"))}
	}
	return netset.Exactly(netset.PrefixSet(
		netip.MustParsePrefix("13.64.0.0/11"), netip.MustParsePrefix("20.36.0.0/14"), netip.MustParsePrefix("20.40.0.0/13"),
		netip.MustParsePrefix("40.64.0.0/13"), netip.MustParsePrefix("52.224.0.0/11"), netip.MustParsePrefix("104.40.0.0/13"),
	))
}

// narrowTo limits a rule to the destinations in attributes and in more. Rules see private addresses as destinations, so whether
// a rule that names only public ones matches anything depends on whether the virtual network has those. Source:
// https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
func narrowTo(rule *fact.Ingress, more netset.Bounds[netset.Prefixes], values ...graph.Value) {
	to := more
	var outside graph.Value
	for _, v := range values {
		for _, e := range read.Parts(v) {
			text, known := e.Text()
			set, ok := destination(text)
			switch {
			case !known && ofPublicIP(e):
				to, outside = netset.UnionBounds(to, netset.Exactly(netset.PublicSpace())), e
			case !known:
				to.May = netset.AllAddresses()
			case !ok:
				to.May = netset.AllAddresses()
				outside = e.Called("the addresses of " + text)
			default:
				to = netset.UnionBounds(to, netset.Exactly(set))
				if set.SubsetOf(netset.PublicSpace()) {
					outside = e.Called("whether the virtual network has " + text)
				}
			}
		}
	}
	if !outside.Absent() && to.Must.SubsetOf(netset.PublicSpace()) {
		read.Doubt(rule, outside)
	}
	read.Narrow(rule, to, slices.DeleteFunc(slices.Clone(values), graph.Value.Known)...)
}

// ofPublicIP reports whether an unknown value is the address of a public IP.
func ofPublicIP(v graph.Value) bool {
	origins := v.Origins()
	return len(origins) > 0 && !slices.ContainsFunc(origins, func(o graph.Origin) bool {
		return o.Kind != graph.FromResource || !strings.Contains(o.Name, "azurerm_public_ip.") || !strings.HasSuffix(o.Name, ".ip_address")
	})
}

// destination reads a destination as address does. VirtualNetwork is the only service tag that stands for what inbound rules
// protect.
func destination(text string) (netset.Prefixes, bool) {
	switch strings.ToLower(text) {
	case "virtualnetwork":
		return netset.AllAddresses(), true
	case "internet", "azureloadbalancer":
		return netset.Prefixes{}, false
	}
	return address(text)
}
