// Package clouds knows the rules of the clouds that have no package of their own, and of Kubernetes.
//
// # How it works
//
// Each cloud is a file with one read.Provider, mostly a read.Dialect, and takes its place in the list of [Providers]. A
// cloud whose machines are between the internet and one firewall only has a read.Machine, too, which says so as data; of
// the others what a rule admits is judged by the rule alone.
//
// # Example
//
// For example, civo.go says that a civo_firewall has its rules in blocks ingress_rule, with the attributes protocol,
// port_range and cidr, and that it is open unless create_default_rules is false.
package clouds
