// Package read is the vocabulary in which the packages of clouds say what their resources mean. An [Adapter] turns a
// resource of a graph into ingress rules, attachments and FTP endpoints in the words of package fact; a [Cloud] finds what
// the internet may reach and by what ways; a [Provider] is all that is known of one cloud.
//
// # How it works
//
// Most clouds differ in words only, so a [Dialect] says as data how an ingress rule is spelled: which attribute holds the
// protocol, the ports and the sources, and what the provider does where one is absent. The readers of fields, such as
// [PortsIn] and [From], return a term: the set that an attribute names, with bounds where it isn't fully known, and the
// values that decide it. Nothing here knows which ports are of interest, which rule decides, or what is a finding.
//
// # Example
//
// For example, the dialect
//
//	Dialect{
//		Types: []string{"acme_firewall"}, Scope: Group("firewall"), Blocks: []string{"inbound"},
//		Protocol: ProtocolIn("protocol", TCP()), Ports: PortsIn("port", AllPorts),
//		Sources: From{Addresses: []string{"cidrs"}, None: Nobody}.Read,
//	}
//
// makes of a resource acme_firewall with the block inbound { port = "20-21", cidrs = [var.office] } one rule that allows
// TCP ports 20 to 21. Its sources are at least nobody and at most everyone, and var.office would decide.
package read
