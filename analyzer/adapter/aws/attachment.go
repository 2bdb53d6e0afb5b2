package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
)

// attachments returns the adapters of what security groups and network ACLs guard. A machine from a launch template has the
// template's groups unless it names its own.
func attachments() []read.Adapter {
	const groups = "vpc_security_group_ids"
	interfaces := []string{"aws_network_interface", "aws_instance"}
	subnets := []string{"aws_subnet", "aws_default_subnet"}
	return slices.Concat(read.Attach(SecurityGroup().Kind, serviceAttachments()...), read.Attach(SecurityGroup().Kind,
		read.Link{Type: "aws_instance", Scope: groups},
		read.Link{Type: "aws_spot_instance_request", Scope: groups},
		read.Link{Type: "aws_launch_template", Scope: groups},
		read.Link{Type: "aws_launch_template", Block: "network_interfaces", Scope: "security_groups"},
		read.Link{Type: "aws_launch_configuration", Scope: "security_groups"},
		read.Link{Type: "aws_network_interface", Scope: "security_groups"},
		read.Link{Type: "aws_network_interface_sg_attachment", Scope: "security_group_id", Member: "network_interface_id", Members: interfaces},
		read.Link{Type: "aws_ecs_service", Block: "network_configuration", Scope: "security_groups"},
		read.Link{Type: "aws_lb", Scope: "security_groups"},
		read.Link{Type: "aws_alb", Scope: "security_groups"},
		read.Link{Type: "aws_elb", Scope: "security_groups"},
		read.Link{Type: "aws_eks_cluster", Block: "vpc_config", Scope: "security_group_ids"},
		read.Link{Type: "aws_opensearch_domain", Block: "vpc_options", Scope: "security_group_ids"},
		read.Link{Type: "aws_elasticsearch_domain", Block: "vpc_options", Scope: "security_group_ids"},
		read.Link{Type: "aws_emr_cluster", Block: "ec2_attributes", Scope: "emr_managed_master_security_group"},
		read.Link{Type: "aws_emr_cluster", Block: "ec2_attributes", Scope: "emr_managed_slave_security_group"},
		read.Link{Type: "aws_transfer_server", Block: "endpoint_details", Scope: "security_group_ids"},
	), read.Attach(read.NetworkACL().Kind,
		read.Link{Type: "aws_network_acl", Member: "subnet_ids", Members: subnets},
		read.Link{Type: "aws_default_network_acl", Member: "subnet_ids", Members: subnets},
		read.Link{Type: "aws_network_acl_association", Scope: "network_acl_id", Member: "subnet_id", Members: subnets},
	))
}
