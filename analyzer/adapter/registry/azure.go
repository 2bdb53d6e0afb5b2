package registry

import (
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/azure"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// azureModule reads calls of Azure/network-security-group/azurerm: rules with the fields of azurerm_network_security_rule,
// and rules by the name of a service for the sources of the whole call. A submodule has the rules of the service that it is
// named after.
// Source: https://github.com/Azure/terraform-azurerm-network-security-group
func azureModule() read.Module {
	return read.Module{
		Source: "Azure/network-security-group/azurerm",
		Knows:  func(sub string) bool { return sub == "" || len(azureServiceRules(sub)) > 0 },
		Model: func(sub, version string) []byte {
			if sub != "" && len(azureServiceRules(sub)) == 0 {
				return nil
			}
			return modelled(azureNetworkSecurityGroup, "1", version)
		},
		Ingress: func(g *graph.Graph, m *graph.MissingModule, sub string) []*fact.Ingress {
			var rules []*fact.Ingress
			for _, e := range elements(m.Attr("custom_rules")) {
				rules = append(rules, azureModuleRule(g, m, "custom_rules", e, azureCustomDefaults(e))...)
			}
			predefined := elements(m.Attr("predefined_rules"))
			if sub != "" {
				predefined = azureService(m, azureServiceRules(sub))
			}
			for i, e := range predefined {
				defaults := azurePredefinedDefaults(m, e)
				defaults["priority"] = text(strconv.Itoa(4096-len(predefined)+i), e.Value)
				rules = append(rules, azureModuleRule(g, m, "predefined_rules", e, defaults)...)
			}
			return rules
		},
	}
}

// azureServiceRules returns the names of the rules of a submodule: the service's own, and those that begin with it.
func azureServiceRules(sub string) []string {
	service, ok := strings.CutPrefix(sub, "modules/")
	var out []string
	for row := range strings.Lines(azureNamedRules) {
		name, _, _ := strings.Cut(row, " ")
		if ok && (name == service || strings.HasPrefix(name, service+"-")) {
			out = append(out, name)
		}
	}
	return out
}

// azureService returns the rules of a submodule as elements of predefined_rules. The submodules give them priorities from 501 on.
func azureService(m *graph.MissingModule, names []string) []element {
	source := m.Attr("source")
	out := make([]element, len(names))
	for i, name := range names {
		rule := cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(name), "priority": cty.NumberIntVal(int64(501 + i))})
		out[i] = element{graph.NewValue(rule, source.At), graph.Number(i), true}
	}
	return out
}

// azureModuleRule returns the rule of an element of an argument.
func azureModuleRule(g *graph.Graph, m *graph.MissingModule, name string, e element, defaults map[string]graph.Value) []*fact.Ingress {
	key := e.key
	if each, known := m.Attr("use_for_each").Bool(); known && each && e.sure {
		if of, known := e.Object().Attr("name").Text(); known {
			name, key = name+"_for", graph.Name(of)
		}
	}
	group := existing(g, m.Path, "azurerm_network_security_group")
	if group == nil {
		group = made(m, nil, "azurerm_network_security_group", "nsg", graph.Key{})
	}
	scope := read.Own(group, azure.NetworkSecurityGroup())
	block := graph.Block{Object: e.Object().WithDefaults(defaults), Certain: e.sure, Exists: e.Value, At: e.At}
	return azure.AzurermRule().Split().Read(g, made(m, nil, "azurerm_network_security_rule", name, key), scope, block)
}

// azureCustomDefaults are the defaults of the fields of a rule.
func azureCustomDefaults(e element) map[string]graph.Value {
	defaults := map[string]graph.Value{}
	for attr, value := range map[string]string{"direction": "Inbound", "access": "Allow", "protocol": "*", "destination_port_range": "*"} {
		defaults[attr] = text(value, e.Value)
	}
	if o := e.Object(); !read.Given(o.Attr("source_address_prefixes")) && !read.Given(o.Attr("source_application_security_group_ids")) {
		defaults["source_address_prefix"] = text("*", e.Value)
	}
	return defaults
}

// azurePredefinedDefaults returns the fields of the rule that an element names. The fields of an unknown name are unknown.
func azurePredefinedDefaults(m *graph.MissingModule, e element) map[string]graph.Value {
	defaults := map[string]graph.Value{"direction": text("Inbound", e.Value), "access": text("Allow", e.Value)}
	name := e.Object().Attr("name")
	if of, known := name.Text(); known {
		proto, ports, ok := strings.Cut(line(azureNamedRules, of), " ")
		defaults["protocol"], defaults["destination_port_range"] = text(proto, name), text(ports, name)
		if !ok {
			unknown := read.Opaque("rule "+of+" of "+m.Path.String(), name.At)
			defaults["protocol"], defaults["destination_port_range"] = unknown, unknown
		}
	} else {
		defaults["protocol"], defaults["destination_port_range"] = name, name
	}
	prefix, prefixes := m.Attr("source_address_prefix"), m.Attr("source_address_prefixes")
	switch {
	case read.Given(e.Object().Attr("source_application_security_group_ids")):
	case !prefixes.Absent():
		defaults["source_address_prefixes"] = prefixes
	case !prefix.Absent():
		defaults["source_address_prefix"] = prefix
	default:
		defaults["source_address_prefix"] = text("*", e.Value)
	}
	return defaults
}

// azureNamedRules are the rules that the module knows by name, each with its protocol and port. All are inbound and allow.
// Source: rules.tf of the module's repository at commit 00985b3.
const azureNamedRules = `
ActiveDirectory-AllowADReplication * 389
ActiveDirectory-AllowADReplicationSSL * 636
ActiveDirectory-AllowADGCReplication TCP 3268
ActiveDirectory-AllowADGCReplicationSSL TCP 3269
ActiveDirectory-AllowDNS * 53
ActiveDirectory-AllowKerberosAuthentication * 88
ActiveDirectory-AllowADReplicationTrust * 445
ActiveDirectory-AllowSMTPReplication TCP 25
ActiveDirectory-AllowRPCReplication TCP 135
ActiveDirectory-AllowFileReplication TCP 5722
ActiveDirectory-AllowWindowsTime UDP 123
ActiveDirectory-AllowPasswordChangeKerberes * 464
ActiveDirectory-AllowDFSGroupPolicy UDP 138
ActiveDirectory-AllowADDSWebServices TCP 9389
ActiveDirectory-AllowNETBIOSAuthentication UDP 137
ActiveDirectory-AllowNETBIOSReplication TCP 139
Cassandra TCP 9042
Cassandra-JMX TCP 7199
Cassandra-Thrift TCP 9160
CouchDB TCP 5984
CouchDB-HTTPS TCP 6984
DNS-TCP TCP 53
DNS-UDP UDP 53
DynamicPorts TCP 49152-65535
ElasticSearch TCP 9200-9300
FTP TCP 21
HTTP TCP 80
HTTPS TCP 443
IMAP TCP 143
IMAPS TCP 993
Kestrel TCP 22133
LDAP TCP 389
MongoDB TCP 27017
Memcached TCP 11211
MSSQL TCP 1433
MySQL TCP 3306
Neo4J TCP 7474
POP3 TCP 110
POP3S TCP 995
PostgreSQL TCP 5432
RabbitMQ TCP 5672
RDP TCP 3389
Redis TCP 6379
Riak TCP 8093
Riak-JMX TCP 8985
SMTP TCP 25
SMTPS TCP 465
SSH TCP 22
WinRM TCP 5986
`
