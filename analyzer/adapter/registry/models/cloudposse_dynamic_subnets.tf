# What cloudposse/dynamic-subnets/aws makes, as far as ways lead through it, from version 2 on.
# Source: main.tf, public.tf, private.tf, variables.tf and outputs.tf of its repository,
# https://github.com/cloudposse/terraform-aws-dynamic-subnets.

variable "enabled" { default = null }
variable "context" { default = {} }
variable "vpc_id" { default = null }
variable "igw_id" { default = [] }
variable "availability_zones" { default = [] }
variable "availability_zone_ids" { default = [] }
variable "max_subnet_count" { default = 0 }
variable "subnets_per_az_count" { default = 1 }
variable "ipv4_enabled" { default = true }
variable "ipv6_enabled" { default = false }
variable "map_public_ip_on_launch" { default = true }
variable "public_assign_ipv6_address_on_creation" { default = true }
variable "public_subnets_enabled" { default = true }
variable "private_subnets_enabled" { default = true }
variable "public_route_table_enabled" { default = true }
variable "public_route_table_ids" { default = [] }
variable "private_route_table_enabled" { default = true }
variable "nat_gateway_enabled" { default = null }
variable "nat_instance_enabled" { default = null }
variable "public_open_network_acl_enabled" { default = true }
variable "private_open_network_acl_enabled" { default = true }

data "aws_availability_zones" "default" {}

locals {
  enabled = var.enabled == null ? try(var.context.enabled == null ? true : var.context.enabled, true) : var.enabled
  public  = local.enabled && var.public_subnets_enabled
  private = local.enabled && var.private_subnets_enabled
  given   = max(length(var.availability_zone_ids), length(var.availability_zones))
  zones   = local.given > 0 ? local.given : length(data.aws_availability_zones.default.names)
  subnets = (var.max_subnet_count > 0 ? var.max_subnet_count : local.zones) * var.subnets_per_az_count
  nat     = local.public && local.private && (var.nat_gateway_enabled == null ? true : var.nat_gateway_enabled || var.nat_instance_enabled == true)
  tables  = length(var.public_route_table_ids) > 0 ? var.public_route_table_ids : aws_route_table.public[*].id
}

resource "aws_subnet" "public" {
  count                           = local.public ? local.subnets : 0
  vpc_id                          = var.vpc_id
  map_public_ip_on_launch         = var.ipv4_enabled ? var.map_public_ip_on_launch : null
  assign_ipv6_address_on_creation = var.ipv6_enabled ? var.public_assign_ipv6_address_on_creation : null
}

resource "aws_subnet" "private" {
  count  = local.private ? local.subnets : 0
  vpc_id = var.vpc_id
}

resource "aws_route_table" "public" {
  count  = local.public && var.public_route_table_enabled && length(var.public_route_table_ids) == 0 ? 1 : 0
  vpc_id = var.vpc_id
}

resource "aws_route" "public" {
  count                  = local.public && var.public_route_table_enabled && var.ipv4_enabled && length(var.igw_id) > 0 ? 1 : 0
  route_table_id         = local.tables[0]
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = var.igw_id[0]
}

resource "aws_route" "public6" {
  count                       = local.public && var.public_route_table_enabled && var.ipv6_enabled && length(var.igw_id) > 0 ? 1 : 0
  route_table_id              = local.tables[0]
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = var.igw_id[0]
}

resource "aws_route_table_association" "public" {
  count          = local.public && var.public_route_table_enabled ? local.subnets : 0
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = element(local.tables, count.index)
}

# Its routes lead to NAT alone.
resource "aws_route_table" "private" {
  count  = local.private && local.nat && var.private_route_table_enabled ? 1 : 0
  vpc_id = var.vpc_id
}

resource "aws_route_table_association" "private" {
  count          = local.private && local.nat && var.private_route_table_enabled ? local.subnets : 0
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[0].id
}

resource "aws_network_acl" "public" {
  count      = local.public && var.public_open_network_acl_enabled ? 1 : 0
  vpc_id     = var.vpc_id
  subnet_ids = aws_subnet.public[*].id

  dynamic "ingress" {
    for_each = ["0.0.0.0/0", "::/0"]
    content {
      rule_no         = ingress.key + 100
      action          = "allow"
      cidr_block      = ingress.value == "::/0" ? null : ingress.value
      ipv6_cidr_block = ingress.value == "::/0" ? ingress.value : null
      from_port       = 0
      to_port         = 0
      protocol        = "-1"
    }
  }

  dynamic "egress" {
    for_each = ["0.0.0.0/0", "::/0"]
    content {
      rule_no         = egress.key + 100
      action          = "allow"
      cidr_block      = egress.value == "::/0" ? null : egress.value
      ipv6_cidr_block = egress.value == "::/0" ? egress.value : null
      from_port       = 0
      to_port         = 0
      protocol        = "-1"
    }
  }
}

output "public_subnet_ids" { value = aws_subnet.public[*].id }
output "private_subnet_ids" { value = aws_subnet.private[*].id }
output "public_route_table_ids" { value = aws_route_table.public[*].id }
output "private_route_table_ids" { value = aws_route_table.private[*].id }
