package registry

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// The models are Terraform, which says in the words of the clouds what a module makes of its arguments.
var (
	//go:embed models/aws_vpc.tf
	awsVPC string
	//go:embed models/aws_alb.tf
	awsALB string
	//go:embed models/aws_autoscaling.tf
	awsAutoscaling string
	//go:embed models/aws_rds.tf
	awsRDS string
	//go:embed models/aws_ec2_instance.tf
	awsEC2Instance string
	//go:embed models/aws_security_group.tf
	awsSecurityGroup string
	//go:embed models/aws_security_group_service.tf
	awsSecurityGroupService string
	//go:embed models/cloudposse_label.tf
	cloudPosseLabel string
	//go:embed models/cloudposse_vpc.tf
	cloudPosseVPC string
	//go:embed models/cloudposse_dynamic_subnets.tf
	cloudPosseSubnets string
	//go:embed models/cloudposse_security_group.tf
	cloudPosseSecurityGroup string
	//go:embed models/azure_network_security_group.tf
	azureNetworkSecurityGroup string
	//go:embed models/azure_avm_network_security_group.tf
	azureAVMNetworkSecurityGroup string
	//go:embed models/azure_network.tf
	azureNetwork string
	//go:embed models/azure_vnet.tf
	azureVNet string
	//go:embed models/google_network.tf
	googleNetwork string
	//go:embed models/google_vpc.tf
	googleVPC string
	//go:embed models/google_subnets.tf
	googleSubnets string
	//go:embed models/google_fabric_net_firewall.tf
	googleFabricNetFirewall string
	//go:embed models/nothing.txt
	nothing string
)

// from returns a model for the versions from one on, which may ask for local.major.
func from(oldest, text string) func(sub, version string) []byte {
	return func(sub, version string) []byte {
		if sub != "" {
			return nil
		}
		return modelled(text, oldest, version)
	}
}

// modelled returns the text of a model for a version; nil if it isn't known which that is, or it is too old.
func modelled(text, oldest, version string) []byte {
	newest, ok := read.NewestVersion(version)
	if !ok || read.OlderThan(newest, oldest) {
		return nil
	}
	return fmt.Appendf(nil, "%s\nlocals {\n  major = %d\n}\n", text, newest.Segments()[0])
}

// networks are the modules of which only the model tells what they make.
func networks() []read.Module {
	return []read.Module{
		{Source: "terraform-aws-modules/vpc/aws", Knows: itself, Model: from("2.43", awsVPC)},
		{Source: "terraform-aws-modules/ec2-instance/aws", Knows: itself, Model: from("3", awsEC2Instance)},
		{Source: "terraform-aws-modules/alb/aws", Knows: itself, Model: from("9", awsALB)},
		{Source: "terraform-aws-modules/autoscaling/aws", Knows: itself, Model: from("7", awsAutoscaling)},
		{Source: "terraform-aws-modules/rds/aws", Knows: itself, Model: from("5", awsRDS)},
		{Source: "cloudposse/vpc/aws", Knows: itself, Model: from("0.28", cloudPosseVPC)},
		{Source: "cloudposse/dynamic-subnets/aws", Knows: itself, Model: from("2", cloudPosseSubnets)},
		{Source: "Azure/network/azurerm", Knows: itself, Model: from("2", azureNetwork)},
		{Source: "Azure/avm-res-network-networksecuritygroup/azurerm", Knows: itself, Model: from("0.2", azureAVMNetworkSecurityGroup)},
		{Source: "Azure/vnet/azurerm", Knows: itself, Model: from("3", azureVNet)},
		googleSubmodule("modules/vpc", "1", googleVPC),
		googleSubmodule("modules/subnets", "1", googleSubnets),
		googleSubmodule("modules/fabric-net-firewall", "1.4", googleFabricNetFirewall),
	}
}

// harmless are the modules that open nothing.
func harmless() []read.Module {
	var out []read.Module
	for row := range strings.Lines(nothing) {
		source, version, ok := strings.Cut(strings.TrimSpace(row), " ")
		if !ok || strings.HasPrefix(source, "#") {
			continue
		}
		m := read.Module{Source: source, Knows: func(string) bool { return true }, Opens: version}
		if source == "cloudposse/label/null" {
			m.Model = from("0.25", cloudPosseLabel)
		}
		out = append(out, m)
	}
	return out
}

// existing returns the resource of a type that the model of a module makes; nil if it is not one.
func existing(g *graph.Graph, path graph.ModulePath, typ string) *graph.Resource {
	var found *graph.Resource
	for _, r := range g.OfType(typ) {
		if r.Addr.Mode != graph.Managed || r.Addr.Module.Compare(path) != 0 {
			continue
		}
		if found != nil {
			return nil
		}
		found = r
	}
	return found
}
