# What terraform-aws-modules/autoscaling/aws makes, from version 7 on.
# Source: README.md, main.tf and outputs.tf of its repository, https://github.com/terraform-aws-modules/terraform-aws-autoscaling.

variable "create" { default = true }
variable "putin_khuylo" { default = true }
variable "ignore_desired_capacity_changes" { default = false }
variable "create_launch_template" { default = true }
variable "launch_template_id" { default = null }
variable "image_id" { default = "" }
variable "user_data" { default = null }
variable "security_groups" { default = [] }
variable "network_interfaces" { default = [] }
variable "vpc_zone_identifier" { default = null }
variable "availability_zones" { default = null }
variable "min_size" { default = null }
variable "max_size" { default = null }
variable "desired_capacity" { default = null }
variable "use_mixed_instances_policy" { default = false }
variable "mixed_instances_policy" { default = null }
variable "load_balancers" { default = [] }
variable "target_group_arns" { default = [] }
variable "create_traffic_source_attachment" { default = false }
variable "traffic_source_identifier" { default = "" }
variable "traffic_source_type" { default = "elbv2" }
variable "traffic_source_attachments" { default = {} }

locals {
  create   = var.create && var.putin_khuylo
  template = var.create_launch_template ? try(aws_launch_template.this[0].id, null) : var.launch_template_id
  groups   = try([for g in var.security_groups : g], [])
  cards    = try([for e in var.network_interfaces : e], [])
  sources = merge(
    var.traffic_source_attachments,
    var.create_traffic_source_attachment ? { "" = { traffic_source_identifier = var.traffic_source_identifier, traffic_source_type = var.traffic_source_type } } : {},
  )
}

resource "aws_launch_template" "this" {
  count                  = local.create && var.create_launch_template ? 1 : 0
  image_id               = var.image_id
  user_data              = var.user_data
  vpc_security_group_ids = length(local.cards) > 0 ? [] : local.groups

  dynamic "network_interfaces" {
    for_each = local.cards
    content {
      associate_public_ip_address = try(network_interfaces.value.associate_public_ip_address, null)
      device_index                = try(network_interfaces.value.device_index, null)
      ipv6_address_count          = try(network_interfaces.value.ipv6_address_count, null)
      ipv6_addresses              = try(network_interfaces.value.ipv6_addresses, [])
      network_interface_id        = try(network_interfaces.value.network_interface_id, null)
      security_groups             = compact(concat(try(network_interfaces.value.security_groups, []), local.groups))
      subnet_id                   = try(network_interfaces.value.subnet_id, null)
    }
  }
}

resource "aws_autoscaling_group" "this" {
  count               = local.create && !var.ignore_desired_capacity_changes ? 1 : 0
  vpc_zone_identifier = var.vpc_zone_identifier
  availability_zones  = var.availability_zones
  min_size            = var.min_size
  max_size            = var.max_size
  desired_capacity    = var.desired_capacity
  load_balancers      = var.load_balancers
  target_group_arns   = var.target_group_arns

  dynamic "launch_template" {
    for_each = var.use_mixed_instances_policy ? [] : [1]
    content {
      id = local.template
    }
  }

  dynamic "mixed_instances_policy" {
    for_each = var.use_mixed_instances_policy ? [1] : []
    content {
      launch_template {
        launch_template_specification {
          launch_template_id = local.template
        }
      }
    }
  }
}

resource "aws_autoscaling_group" "idc" {
  count               = local.create && var.ignore_desired_capacity_changes ? 1 : 0
  vpc_zone_identifier = var.vpc_zone_identifier
  availability_zones  = var.availability_zones
  min_size            = var.min_size
  max_size            = var.max_size
  desired_capacity    = var.desired_capacity
  load_balancers      = var.load_balancers
  target_group_arns   = var.target_group_arns

  dynamic "launch_template" {
    for_each = var.use_mixed_instances_policy ? [] : [1]
    content {
      id = local.template
    }
  }

  dynamic "mixed_instances_policy" {
    for_each = var.use_mixed_instances_policy ? [1] : []
    content {
      launch_template {
        launch_template_specification {
          launch_template_id = local.template
        }
      }
    }
  }
}

resource "aws_autoscaling_traffic_source_attachment" "this" {
  for_each               = { for k, v in local.sources : k => v if local.create }
  autoscaling_group_name = try(aws_autoscaling_group.this[0].id, aws_autoscaling_group.idc[0].id)

  traffic_source {
    identifier = each.value.traffic_source_identifier
    type       = try(each.value.traffic_source_type, "elbv2")
  }
}

output "launch_template_id" { value = try(aws_launch_template.this[0].id, null) }
output "autoscaling_group_id" { value = try(aws_autoscaling_group.this[0].id, aws_autoscaling_group.idc[0].id, null) }
output "autoscaling_group_name" { value = try(aws_autoscaling_group.this[0].name, aws_autoscaling_group.idc[0].name, null) }
output "autoscaling_group_arn" { value = try(aws_autoscaling_group.this[0].arn, aws_autoscaling_group.idc[0].arn, null) }
