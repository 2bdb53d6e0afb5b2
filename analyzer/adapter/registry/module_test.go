package registry_test

import (
	"testing"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/adapter/registry"
)

func TestCalled(t *testing.T) {
	const module = "terraform-aws-modules/security-group/aws"
	for _, test := range []struct{ source, module, sub string }{
		{module, module, ""},
		{module + "//modules/ssh", module, "modules/ssh"},
		{"registry.terraform.io/" + module, module, ""},
		{"registry.opentofu.org/" + module + "//modules/http-80", module, "modules/http-80"},
		{"tfr:///" + module + "?version=5.3.0", module, ""},
		{"github.com/terraform-aws-modules/terraform-aws-security-group", module, ""},
		{"git::https://github.com/terraform-aws-modules/terraform-aws-security-group.git//modules/ssh?ref=v5.3.0", module, "modules/ssh"},
		{"git@github.com:terraform-aws-modules/terraform-aws-security-group.git", module, ""},
		{"git::ssh://git@github.com/terraform-aws-modules/terraform-aws-security-group.git?ref=v5", module, ""},
		{"Azure/network-security-group/azurerm", "Azure/network-security-group/azurerm", ""},
		{"Azure/network-security-group/azurerm//modules/FTP", "Azure/network-security-group/azurerm", "modules/FTP"},
		{"Azure/network-security-group/azurerm//modules/DNS", "Azure/network-security-group/azurerm", "modules/DNS"},
		{"Azure/network-security-group/azurerm//modules/ftp", "", ""},
		{"Azure/network-security-group/azurerm//FTP", "", ""},
		{"github.com/cloudposse/terraform-aws-security-group", "cloudposse/security-group/aws", ""},
		{"terraform-google-modules/network/google//modules/firewall-rules", "terraform-google-modules/network/google", "modules/firewall-rules"},
		{"terraform-google-modules/network/google//modules/subnets", "terraform-google-modules/network/google", "modules/subnets"},
		{"terraform-google-modules/network/google//modules/fabric-net-firewall", "terraform-google-modules/network/google", "modules/fabric-net-firewall"},
		{"terraform-google-modules/network/google//modules/hierarchical-firewall-policy", "", ""},
		{module + "//modules/gopher", "", ""},
		{"terraform-aws-modules/vpc/aws//modules/vpc-endpoints", "", ""},
		{"./modules/security-group/aws", "", ""},
		{"../terraform-aws-modules/security-group/aws", "", ""},
		{"github.com/someone/terraform-aws-security-group", "", ""},
		{"github.com/terraform-aws-modules/security-group", "", ""},
		{"", "", ""},
	} {
		m, sub, ok := read.Called(registry.Modules(), test.source)
		if m.Source != test.module || sub != test.sub || ok != (test.module != "") {
			t.Errorf("%s: got %q, %q, %t; want %q, %q", test.source, m.Source, sub, ok, test.module, test.sub)
		}
	}
}
