# What terraform-aws-modules/ec2-instance/aws makes, from version 3 on.
# Source: main.tf, variables.tf and outputs.tf of its repository, https://github.com/terraform-aws-modules/terraform-aws-ec2-instance.

variable "create" { default = true }
variable "putin_khuylo" { default = true }
variable "ami" { default = null }
variable "ignore_ami_changes" { default = false }
variable "create_spot_instance" { default = false }
variable "subnet_id" { default = null }
variable "vpc_security_group_ids" { default = [] }
variable "associate_public_ip_address" { default = null }
variable "ipv6_address_count" { default = null }
variable "ipv6_addresses" { default = null }
variable "private_ip" { default = null }
variable "user_data" { default = null }
variable "user_data_base64" { default = null }
variable "network_interface" { default = null }
variable "launch_template" { default = null }
variable "create_eip" { default = false }
variable "create_security_group" { default = true }
variable "security_group_ingress_rules" { default = {} }
variable "security_group_egress_rules" {
  default = {
    ipv4 = { cidr_ipv4 = "0.0.0.0/0", ip_protocol = "-1" }
    ipv6 = { cidr_ipv6 = "::/0", ip_protocol = "-1" }
  }
}

locals {
  create = var.create && var.putin_khuylo
  own    = local.major >= 6 && local.create && var.create_security_group && try(length(var.network_interface), 0) == 0
  groups = local.own ? concat(var.vpc_security_group_ids, aws_security_group.this[*].id) : var.vpc_security_group_ids
}

resource "aws_instance" "this" {
  count                       = local.create && !var.ignore_ami_changes && !var.create_spot_instance ? 1 : 0
  ami                         = var.ami
  subnet_id                   = var.subnet_id
  vpc_security_group_ids      = local.groups
  associate_public_ip_address = var.associate_public_ip_address
  ipv6_address_count          = var.ipv6_address_count
  ipv6_addresses              = var.ipv6_addresses
  private_ip                  = var.private_ip
  user_data                   = var.user_data
  user_data_base64            = var.user_data_base64

  dynamic "network_interface" {
    for_each = try([for e in var.network_interface : e], [])
    content {
      device_index         = try(network_interface.value.device_index, 0)
      network_interface_id = try(network_interface.value.network_interface_id, null)
    }
  }

  dynamic "launch_template" {
    for_each = try(length(var.launch_template), 0) > 0 ? [var.launch_template] : []
    content {
      id      = lookup(launch_template.value, "id", null)
      name    = lookup(launch_template.value, "name", null)
      version = lookup(launch_template.value, "version", null)
    }
  }
}

resource "aws_instance" "ignore_ami" {
  count                       = local.create && var.ignore_ami_changes && !var.create_spot_instance ? 1 : 0
  ami                         = var.ami
  subnet_id                   = var.subnet_id
  vpc_security_group_ids      = local.groups
  associate_public_ip_address = var.associate_public_ip_address
  ipv6_address_count          = var.ipv6_address_count
  ipv6_addresses              = var.ipv6_addresses
  private_ip                  = var.private_ip
  user_data                   = var.user_data
  user_data_base64            = var.user_data_base64

  dynamic "network_interface" {
    for_each = try([for e in var.network_interface : e], [])
    content {
      device_index         = try(network_interface.value.device_index, 0)
      network_interface_id = try(network_interface.value.network_interface_id, null)
    }
  }

  dynamic "launch_template" {
    for_each = try(length(var.launch_template), 0) > 0 ? [var.launch_template] : []
    content {
      id      = lookup(launch_template.value, "id", null)
      name    = lookup(launch_template.value, "name", null)
      version = lookup(launch_template.value, "version", null)
    }
  }
}

resource "aws_spot_instance_request" "this" {
  count                       = local.create && var.create_spot_instance ? 1 : 0
  ami                         = var.ami
  subnet_id                   = var.subnet_id
  vpc_security_group_ids      = local.groups
  associate_public_ip_address = var.associate_public_ip_address
  ipv6_address_count          = var.ipv6_address_count
  ipv6_addresses              = var.ipv6_addresses
  private_ip                  = var.private_ip
  user_data                   = var.user_data
  user_data_base64            = var.user_data_base64

  dynamic "network_interface" {
    for_each = try([for e in var.network_interface : e], [])
    content {
      device_index         = try(network_interface.value.device_index, 0)
      network_interface_id = try(network_interface.value.network_interface_id, null)
    }
  }

  dynamic "launch_template" {
    for_each = try(length(var.launch_template), 0) > 0 ? [var.launch_template] : []
    content {
      id      = lookup(launch_template.value, "id", null)
      name    = lookup(launch_template.value, "name", null)
      version = lookup(launch_template.value, "version", null)
    }
  }
}

resource "aws_eip" "this" {
  count    = local.create && var.create_eip && !var.create_spot_instance ? 1 : 0
  instance = try(aws_instance.this[0].id, aws_instance.ignore_ami[0].id)
  domain   = "vpc"
}

data "aws_subnet" "this" {
  count = local.own ? 1 : 0
  id    = var.subnet_id
}

resource "aws_security_group" "this" {
  count  = local.own ? 1 : 0
  vpc_id = data.aws_subnet.this[0].vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = { for k, v in merge({}, var.security_group_ingress_rules) : k => v if local.own }
  security_group_id            = aws_security_group.this[0].id
  ip_protocol                  = try(each.value.ip_protocol, "tcp")
  from_port                    = try(each.value.from_port, each.value.to_port, null)
  to_port                      = try(each.value.to_port, each.value.from_port, null)
  cidr_ipv4                    = try(each.value.cidr_ipv4, null)
  cidr_ipv6                    = try(each.value.cidr_ipv6, null)
  prefix_list_id               = try(each.value.prefix_list_id, null)
  referenced_security_group_id = try(each.value.referenced_security_group_id, null)
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each                     = { for k, v in merge({}, var.security_group_egress_rules) : k => v if local.own }
  security_group_id            = aws_security_group.this[0].id
  ip_protocol                  = try(each.value.ip_protocol, "tcp")
  from_port                    = try(each.value.from_port, each.value.to_port, null)
  to_port                      = try(each.value.to_port, each.value.from_port, null)
  cidr_ipv4                    = try(each.value.cidr_ipv4, null)
  cidr_ipv6                    = try(each.value.cidr_ipv6, null)
  prefix_list_id               = try(each.value.prefix_list_id, null)
  referenced_security_group_id = try(each.value.referenced_security_group_id, null)
}

output "id" { value = try(aws_instance.this[0].id, aws_instance.ignore_ami[0].id, aws_spot_instance_request.this[0].id, null) }
output "public_ip" { value = try(aws_eip.this[0].public_ip, aws_instance.this[0].public_ip, aws_instance.ignore_ami[0].public_ip, null) }
output "private_ip" { value = try(aws_instance.this[0].private_ip, aws_instance.ignore_ami[0].private_ip, null) }
output "primary_network_interface_id" {
  value = try(aws_instance.this[0].primary_network_interface_id, aws_instance.ignore_ami[0].primary_network_interface_id, null)
}
output "security_group_id" { value = try(aws_security_group.this[0].id, null) }
