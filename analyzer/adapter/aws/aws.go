package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Provider returns what is known of Amazon Web Services.
func Provider() read.Provider {
	return read.Provider{
		Rules: slices.Concat(
			[]read.Adapter{inlineRules(), SecurityGroupRule()},
			vpcSecurityGroupRules(),
			read.Speak(networkACLs()...),
			read.Speak(lightsail(), classic(), emr()),
			[]read.Adapter{lightsailDefault()},
			attachments(),
			replies(),
		),
		Publishers: append(managed(), transferServer()),
		Ways:       cloud(),
		UserData: []read.UserData{
			{Types: []string{"aws_instance", "aws_spot_instance_request", "aws_launch_configuration"}, Attrs: []string{"user_data", "user_data_base64"}},
			{Types: []string{"aws_launch_template"}, Attrs: []string{"user_data"}},
			{Types: []string{"aws_spot_fleet_request"}, Attrs: []string{"launch_specification.user_data"}},
			{Types: []string{"aws_lightsail_instance"}, Scripts: []string{"user_data"}},
			{Types: []string{"aws_ssm_document"}, Documents: []string{"content"}},
			{Types: []string{"aws_imagebuilder_component"}, Documents: []string{"data"}, Elsewhere: []string{"uri"}},
			{Types: []string{"aws_imagebuilder_image_recipe"}, Attrs: []string{"user_data_base64"}},
			{Types: []string{"aws_cloudformation_stack", "aws_cloudformation_stack_set"}, Documents: []string{"template_body"}},
		},
		Instead: instead(),
		// Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc, attributes.
		Parts: []graph.Parts{{
			Type:  "aws_vpc",
			Attrs: []string{"default_network_acl_id", "default_route_table_id", "default_security_group_id", "main_route_table_id"},
		}},
	}
}

// instead says what stands in place of blocks.
// Source: the provider's pages of these types, on arguments that conflict and on what isn't to be used together.
func instead() []graph.Instead {
	own := []string{"subnet_id", "vpc_security_group_ids", "security_groups", "associate_public_ip_address", "private_ip", "secondary_private_ips"}
	interfaces := []string{"network_interface", "primary_network_interface"}
	byRules := func(direction string) []string {
		return []string{"aws_security_group_rule.security_group_id", "aws_vpc_security_group_" + direction + "_rule.security_group_id"}
	}
	var attaching []string
	out := []graph.Instead{
		{Type: "aws_network_acl", Blocks: []string{"ingress", "egress"}, By: []string{"aws_network_acl_rule.network_acl_id"}},
		{Type: "aws_route_table", Blocks: []string{"route"}, By: []string{"aws_route.route_table_id"}},
		{Type: "aws_ec2_managed_prefix_list", Blocks: []string{"entry"}, By: []string{"aws_ec2_managed_prefix_list_entry.prefix_list_id"}},
		{Type: "aws_autoscaling_group", Blocks: []string{"mixed_instances_policy"}, Attrs: []string{"launch_template", "launch_configuration"}},
		{
			Type: "aws_autoscaling_group", Blocks: []string{"traffic_source"}, Attrs: []string{"load_balancers", "target_group_arns"},
			By: []string{"aws_autoscaling_attachment.autoscaling_group_name", "aws_autoscaling_traffic_source_attachment.autoscaling_group_name"},
		},
	}
	for _, typ := range []string{"aws_security_group", "aws_default_security_group"} {
		out = append(out,
			graph.Instead{Type: typ, Blocks: []string{"ingress"}, By: byRules("ingress")},
			graph.Instead{Type: typ, Blocks: []string{"egress"}, By: byRules("egress")})
	}
	for _, typ := range []string{"aws_instance", "aws_spot_instance_request"} {
		out = append(out, graph.Instead{Type: typ, Blocks: interfaces, Attrs: slices.Concat(own, interfaces)})
		for _, block := range interfaces {
			attaching = append(attaching, typ+"."+block+".network_interface_id")
		}
	}
	attaching = append(attaching, "aws_network_interface_attachment.network_interface_id")
	out = append(out, graph.Instead{Type: "aws_network_interface", Blocks: []string{"attachment"}, By: attaching})
	for _, typ := range []string{"aws_lb", "aws_alb"} {
		out = append(out, graph.Instead{Type: typ, Blocks: []string{"subnet_mapping"}, Attrs: []string{"subnets"}})
	}
	return out
}
