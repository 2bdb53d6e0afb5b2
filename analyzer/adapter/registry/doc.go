// Package registry reads the calls of public modules whose code isn't there, as before terraform init, by their
// arguments.
//
// # How it works
//
// Each module that is known has a table or a function that makes of the arguments the ingress rules that the module would
// make, at the addresses that they would have. What an argument leaves open is open in the rule, too.
//
// # Example
//
// For example, a call of terraform-aws-modules/security-group/aws with ingress_cidr_blocks = ["0.0.0.0/0"] and
// ingress_rules = ["ssh-tcp"] makes a rule of module.NAME.aws_security_group_rule.ingress_rules[0] that allows TCP port 22
// from everyone.
package registry
