# What cloudposse/vpc/aws makes, from version 0.28 on.
# Source: main.tf and outputs.tf of its repository, https://github.com/cloudposse/terraform-aws-vpc.

variable "enabled" { default = null }
variable "context" { default = {} }
variable "ipv4_primary_cidr_block" { default = null }
variable "internet_gateway_enabled" { default = true }
variable "default_security_group_deny_all" { default = true }
variable "default_route_table_no_routes" { default = false }
variable "default_network_acl_deny_all" { default = false }

locals {
  enabled = var.enabled == null ? try(var.context.enabled == null ? true : var.context.enabled, true) : var.enabled
}

resource "aws_vpc" "default" {
  count      = local.enabled ? 1 : 0
  cidr_block = var.ipv4_primary_cidr_block
}

resource "aws_default_security_group" "default" {
  count  = local.enabled && var.default_security_group_deny_all ? 1 : 0
  vpc_id = aws_vpc.default[0].id
}

resource "aws_default_route_table" "default" {
  count                  = local.enabled && var.default_route_table_no_routes ? 1 : 0
  default_route_table_id = aws_vpc.default[0].default_route_table_id
}

resource "aws_default_network_acl" "default" {
  count                  = local.enabled && var.default_network_acl_deny_all ? 1 : 0
  default_network_acl_id = aws_vpc.default[0].default_network_acl_id
}

resource "aws_internet_gateway" "default" {
  count  = local.enabled && var.internet_gateway_enabled ? 1 : 0
  vpc_id = aws_vpc.default[0].id
}

output "vpc_id" { value = try(aws_vpc.default[0].id, null) }
output "igw_id" { value = try(aws_internet_gateway.default[0].id, null) }
output "vpc_cidr_block" { value = try(aws_vpc.default[0].cidr_block, null) }
output "vpc_default_security_group_id" { value = try(aws_vpc.default[0].default_security_group_id, null) }
output "vpc_main_route_table_id" { value = try(aws_vpc.default[0].main_route_table_id, null) }
output "vpc_default_route_table_id" { value = try(aws_vpc.default[0].default_route_table_id, null) }
output "vpc_default_network_acl_id" { value = try(aws_vpc.default[0].default_network_acl_id, null) }
