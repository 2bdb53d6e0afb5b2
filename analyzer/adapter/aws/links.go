package aws

import "github.com/tfreach/tfreach/analyzer/graph"

// links returns the relations between resources of Amazon Web Services that traffic from the internet follows.
func links() []graph.Link {
	elbs, groups := []string{"aws_elb"}, []string{"aws_autoscaling_group"}
	links := []graph.Link{
		{Type: "aws_subnet", Kind: graph.InNetwork, To: "vpc_id"},
		{Type: "aws_internet_gateway", Kind: graph.AttachedTo, To: "vpc_id"},
		{Type: "aws_internet_gateway_attachment", Kind: graph.AttachedTo, From: "internet_gateway_id", To: "vpc_id"},
		{Type: "aws_route_table", Kind: graph.InNetwork, To: "vpc_id"},
		{Type: "aws_route_table_association", Kind: graph.RoutedBy, From: "subnet_id", To: "route_table_id"},
		{Type: "aws_route_table_association", Kind: graph.RoutedBy, From: "gateway_id", To: "route_table_id"},
		{Type: "aws_main_route_table_association", Kind: graph.RoutedBy, From: "vpc_id", To: "route_table_id"},
		{Type: "aws_default_route_table", Kind: graph.RoutedBy, From: "default_route_table_id"},
		{Type: "aws_route", Kind: graph.Targets, From: "route_table_id", To: "gateway_id"},
		{Type: "aws_route", Kind: graph.Targets, From: "route_table_id", To: "nat_gateway_id"},
		{Type: "aws_network_acl", Kind: graph.FilteredBy, From: "subnet_ids[]"},
		{Type: "aws_default_network_acl", Kind: graph.FilteredBy, From: "subnet_ids[]"},
		{Type: "aws_default_network_acl", Kind: graph.FilteredBy, From: "default_network_acl_id"},
		{Type: "aws_network_acl_association", Kind: graph.FilteredBy, From: "subnet_id", To: "network_acl_id"},
		{Type: "aws_default_security_group", Kind: graph.InNetwork, To: "vpc_id"},
		{Type: "aws_vpc_block_public_access_exclusion", Kind: graph.FilteredBy, From: "vpc_id"},
		{Type: "aws_vpc_block_public_access_exclusion", Kind: graph.FilteredBy, From: "subnet_id"},
		{Type: "aws_eip", Kind: graph.Exposes, To: "instance"},
		{Type: "aws_eip", Kind: graph.Exposes, To: "network_interface"},
		{Type: "aws_eip_association", Kind: graph.Exposes, From: "allocation_id", To: "instance_id"},
		{Type: "aws_eip_association", Kind: graph.Exposes, From: "allocation_id", To: "network_interface_id"},
		{Type: "aws_network_interface", Kind: graph.InSubnet, To: "subnet_id"},
		{Type: "aws_network_interface", Kind: graph.FilteredBy, To: "security_groups[]"},
		{Type: "aws_network_interface", Kind: graph.AttachedTo, To: "attachment.instance"},
		{Type: "aws_network_interface_attachment", Kind: graph.AttachedTo, From: "network_interface_id", To: "instance_id"},
		{Type: "aws_network_interface_sg_attachment", Kind: graph.FilteredBy, From: "network_interface_id", To: "security_group_id"},
		{Type: "aws_launch_template", Kind: graph.FilteredBy, To: "vpc_security_group_ids[]"},
		{Type: "aws_launch_template", Kind: graph.FilteredBy, To: "network_interfaces.security_groups[]"},
		{Type: "aws_launch_configuration", Kind: graph.FilteredBy, To: "security_groups[]"},
		{Type: "aws_autoscaling_group", Kind: graph.InSubnet, To: "vpc_zone_identifier[]"},
		{Type: "aws_autoscaling_group", Kind: graph.AttachedTo, From: "launch_template.id"},
		{Type: "aws_autoscaling_group", Kind: graph.AttachedTo, From: "mixed_instances_policy.launch_template.launch_template_specification.launch_template_id"},
		{Type: "aws_autoscaling_group", Kind: graph.AttachedTo, From: "launch_configuration"},
		{Type: "aws_ecs_service", Kind: graph.InSubnet, To: "network_configuration.subnets[]"},
		{Type: "aws_ecs_service", Kind: graph.FilteredBy, To: "network_configuration.security_groups[]"},
		{Type: "aws_autoscaling_group", Kind: graph.Targets, From: "target_group_arns[]"},
		{Type: "aws_autoscaling_group", Kind: graph.Targets, From: "load_balancers[]", Named: elbs},
		{Type: "aws_autoscaling_group", Kind: graph.Targets, From: "traffic_source.identifier", Named: elbs},
		{Type: "aws_autoscaling_attachment", Kind: graph.Targets, From: "lb_target_group_arn", To: "autoscaling_group_name", Named: groups},
		{Type: "aws_autoscaling_attachment", Kind: graph.Targets, From: "alb_target_group_arn", To: "autoscaling_group_name", Named: groups},
		{Type: "aws_autoscaling_attachment", Kind: graph.Targets, From: "elb", To: "autoscaling_group_name", Named: append(elbs, groups...)},
		{
			Type: "aws_autoscaling_traffic_source_attachment", Kind: graph.Targets,
			From: "traffic_source.identifier", To: "autoscaling_group_name", Named: append(elbs, groups...),
		},
		{Type: "aws_ecs_service", Kind: graph.Targets, From: "load_balancer.target_group_arn"},
		{Type: "aws_ecs_service", Kind: graph.Targets, From: "load_balancer.elb_name", Named: elbs},
		{Type: "aws_elb", Kind: graph.Targets, To: "instances[]"},
		{Type: "aws_elb_attachment", Kind: graph.Targets, From: "elb", To: "instance", Named: elbs},
	}
	for _, typ := range []string{"aws_instance", "aws_spot_instance_request"} {
		links = append(links,
			graph.Link{Type: typ, Kind: graph.InSubnet, To: "subnet_id"},
			graph.Link{Type: typ, Kind: graph.FilteredBy, To: "vpc_security_group_ids[]"},
			graph.Link{Type: typ, Kind: graph.AttachedTo, From: "network_interface.network_interface_id"},
			graph.Link{Type: typ, Kind: graph.AttachedTo, From: "primary_network_interface.network_interface_id"},
			graph.Link{Type: typ, Kind: graph.AttachedTo, From: "launch_template.id"},
		)
	}
	for _, typ := range []string{"aws_lb", "aws_alb", "aws_elb"} {
		links = append(links,
			graph.Link{Type: typ, Kind: graph.InSubnet, To: "subnets[]"},
			graph.Link{Type: typ, Kind: graph.InSubnet, To: "subnet_mapping.subnet_id"},
			graph.Link{Type: typ, Kind: graph.FilteredBy, To: "security_groups[]"},
		)
	}
	for _, family := range []string{"aws_lb_", "aws_alb_"} {
		listener, rule := family+"listener", family+"listener_rule"
		links = append(links,
			graph.Link{Type: listener, Kind: graph.AttachedTo, To: "load_balancer_arn"},
			graph.Link{Type: listener, Kind: graph.Targets, To: "default_action.target_group_arn"},
			graph.Link{Type: listener, Kind: graph.Targets, To: "default_action.forward.target_group.arn"},
			graph.Link{Type: rule, Kind: graph.Targets, From: "listener_arn", To: "action.target_group_arn"},
			graph.Link{Type: rule, Kind: graph.Targets, From: "listener_arn", To: "action.forward.target_group.arn"},
			graph.Link{Type: family + "target_group_attachment", Kind: graph.Targets, From: "target_group_arn", To: "target_id"},
		)
	}
	return append(links, serviceLinks()...)
}

// addressLinks lead from target groups to the addresses that are their targets.
func addressLinks() []graph.Link {
	var out []graph.Link
	for _, typ := range []string{"aws_lb_target_group_attachment", "aws_alb_target_group_attachment"} {
		out = append(out, graph.Link{Type: typ, Kind: graph.Targets, From: "target_group_arn", To: "target_id"})
	}
	return out
}
