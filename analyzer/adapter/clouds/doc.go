// Package clouds knows the rules of the clouds that have no package of their own, and of Kubernetes. Each cloud is a file
// with one read.Provider, mostly a read.Dialect, and takes its place in the list of [Providers]. Ways from the internet
// aren't known here: what a rule admits is judged by the rule alone.
//
// For example, civo.go says that a civo_firewall has its rules in blocks ingress_rule, with the attributes protocol,
// port_range and cidr, and that it is open unless create_default_rules is false.
package clouds
