package rules_test

import (
	"strings"
	"testing"
)

// What a finding says to do instead names what the provider keeps addresses in, where its rules take that.
func TestFixNamesLists(t *testing.T) {
	const list = "\n  prefix_list_ids = [aws_ec2_managed_prefix_list.partners.id]"
	group := func(more string) string {
		return `
resource "aws_ec2_managed_prefix_list" "partners" {
  name           = "partners"
  address_family = "IPv4"
  max_entries    = 1
  entry {
    cidr = "198.51.100.0/24"
  }
}
resource "aws_security_group_rule" "ftp" {
  security_group_id = "sg-1"
  type              = "ingress"
  from_port         = 21
  to_port           = 21
  protocol          = "tcp"
  cidr_blocks       = ["73.0.0.0/8"]` + more + `
}`
	}
	for _, c := range []struct{ name, config, want string }{
		{"AWS", group(""), "An aws_ec2_managed_prefix_list, named in prefix_list_ids, can hold them for several rules."},
		{"AWS, with a list", group(list), ""},
		{"a network ACL", `
resource "aws_network_acl_rule" "ftp" {
  network_acl_id = "acl-1"
  rule_number    = 1
  rule_action    = "allow"
  protocol       = "tcp"
  from_port      = 21
  to_port        = 21
  cidr_block     = "0.0.0.0/0"
}`, ""},
		{"Azure", `
resource "azurerm_network_security_rule" "ftp" {
  network_security_group_name = "ftp"
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  destination_port_range      = "21"
  source_address_prefix       = "*"
  destination_address_prefix  = "*"
}`, "An azurerm_application_security_group of the machines, if they are here, named in source_application_security_group_ids, can hold them for several rules."},
		{"Google Cloud, a policy", `
resource "google_compute_network_firewall_policy_rule" "ftp" {
  firewall_policy = "ftp"
  priority        = 100
  direction       = "INGRESS"
  action          = "allow"
  match {
    src_ip_ranges = ["0.0.0.0/0"]
    layer4_configs {
      ip_protocol = "tcp"
      ports       = ["21"]
    }
  }
}`, "A google_network_security_address_group, named in src_address_groups, can hold them for several rules."},
		{"Google Cloud, a firewall", `
resource "google_compute_firewall" "ftp" {
  name          = "ftp"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["21"]
  }
}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := scan(t, c.config)
			if len(r.Findings) == 0 {
				t.Fatal("nothing was found")
			}
			for _, f := range r.Findings {
				if !strings.HasSuffix(f.Fix, c.want) || c.want == "" && strings.Contains(f.Fix, "several rules") {
					t.Errorf("%s: %q", f.Rule.ID, f.Fix)
				}
			}
		})
	}
}
