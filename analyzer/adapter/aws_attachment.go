package adapter

// awsAttachments returns the adapters of what security groups and network ACLs guard. A machine that starts from a launch
// template has the groups of the template unless it names its own.
func awsAttachments() []Adapter {
	const groups = "vpc_security_group_ids"
	interfaces := []string{"aws_network_interface", "aws_instance"}
	subnets := []string{"aws_subnet", "aws_default_subnet"}
	return attach(
		link{typ: "aws_instance", scope: groups},
		link{typ: "aws_spot_instance_request", scope: groups},
		link{typ: "aws_launch_template", scope: groups},
		link{typ: "aws_launch_template", block: "network_interfaces", scope: "security_groups"},
		link{typ: "aws_launch_configuration", scope: "security_groups"},
		link{typ: "aws_network_interface", scope: "security_groups"},
		link{typ: "aws_network_interface_sg_attachment", scope: "security_group_id", member: "network_interface_id", members: interfaces},
		link{typ: "aws_ecs_service", block: "network_configuration", scope: "security_groups"},
		link{typ: "aws_lb", scope: "security_groups"},
		link{typ: "aws_alb", scope: "security_groups"},
		link{typ: "aws_elb", scope: "security_groups"},
		link{typ: "aws_db_instance", scope: groups},
		link{typ: "aws_rds_cluster", scope: groups},
		link{typ: "aws_redshift_cluster", scope: groups},
		link{typ: "aws_transfer_server", block: "endpoint_details", scope: "security_group_ids"},
		link{typ: "aws_network_acl", member: "subnet_ids", members: subnets},
		link{typ: "aws_default_network_acl", member: "subnet_ids", members: subnets},
		link{typ: "aws_network_acl_association", scope: "network_acl_id", member: "subnet_id", members: subnets},
	)
}
