// Package google knows Google Cloud: VPC firewall rules, firewall policies of networks, folders and organizations, and the
// ways from the internet to instances, groups of them and forwarding rules.
//
// # How it works
//
// All policies and rules of a network are one guard that decides in order; which of its rules are for a machine depends on
// the machine's tags and service accounts.
//
// # Example
//
// For example, a google_compute_instance with the tag web and an access_config gets a way through its external address,
// the routes of its network and the network's guard. The guard considers a rule of the google_compute_firewall in that
// network if its target_tags hold web or if it has none.
package google
