# What terraform-aws-modules/alb/aws makes, from version 9 on.
# Source: README.md, main.tf and outputs.tf of its repository, https://github.com/terraform-aws-modules/terraform-aws-alb.

variable "create" { default = true }
variable "putin_khuylo" { default = true }
variable "internal" { default = null }
variable "load_balancer_type" { default = "application" }
variable "ip_address_type" { default = null }
variable "subnets" { default = null }
variable "subnet_mapping" { default = [] }
variable "vpc_id" { default = null }
variable "create_security_group" { default = true }
variable "security_groups" { default = [] }
variable "security_group_ingress_rules" { default = {} }
variable "security_group_egress_rules" { default = {} }
variable "default_port" { default = 80 }
variable "default_protocol" { default = "HTTP" }
variable "listeners" { default = {} }
variable "target_groups" { default = {} }
variable "additional_target_group_attachments" { default = {} }

locals {
  create    = var.create && var.putin_khuylo
  own       = local.create && var.create_security_group
  listeners = { for k, v in merge({}, var.listeners) : k => v if local.create }
  groups    = { for k, v in merge({}, var.target_groups) : k => v if local.create }
  given     = try([for g in var.security_groups : g], [])
  more      = { for k, v in merge({}, var.additional_target_group_attachments) : k => v if local.create }

  rules = merge([
    for listener, l in local.listeners : { for name, rule in try(l.rules, {}) : "${listener}/${name}" => merge({ listener = listener }, rule) }
  ]...)
}

resource "aws_lb" "this" {
  count              = local.create ? 1 : 0
  internal           = var.internal
  load_balancer_type = var.load_balancer_type
  ip_address_type    = var.ip_address_type
  subnets            = var.subnets
  security_groups    = local.own ? concat([aws_security_group.this[0].id], local.given) : local.given

  dynamic "subnet_mapping" {
    for_each = try([for e in var.subnet_mapping : e], [])
    content {
      subnet_id            = subnet_mapping.value.subnet_id
      allocation_id        = try(subnet_mapping.value.allocation_id, null)
      private_ipv4_address = try(subnet_mapping.value.private_ipv4_address, null)
      ipv6_address         = try(subnet_mapping.value.ipv6_address, null)
    }
  }
}

resource "aws_lb_listener" "this" {
  for_each          = local.listeners
  load_balancer_arn = aws_lb.this[0].arn
  port              = try(each.value.port, var.default_port)
  protocol          = try(each.value.protocol, var.default_protocol)

  dynamic "default_action" {
    for_each = [for type in ["fixed_response", "redirect"] : type if try(each.value[type], null) != null]
    content {
      type = replace(default_action.value, "_", "-")
    }
  }

  dynamic "default_action" {
    for_each = [for to in try([each.value.forward], []) : to if to != null]
    content {
      type = "forward"
      target_group_arn = try(
        default_action.value.target_group_arn, default_action.value.arn, aws_lb_target_group.this[default_action.value.target_group_key].arn, null,
      )

      dynamic "forward" {
        for_each = length(try(default_action.value.target_groups, [])) > 0 ? [default_action.value.target_groups] : []
        content {
          dynamic "target_group" {
            for_each = forward.value
            content {
              arn = try(target_group.value.arn, aws_lb_target_group.this[target_group.value.target_group_key].arn, null)
            }
          }
        }
      }
    }
  }

  dynamic "default_action" {
    for_each = [for to in try([each.value.weighted_forward], []) : to if to != null]
    content {
      type = "forward"

      forward {
        dynamic "target_group" {
          for_each = try(default_action.value.target_groups, [])
          content {
            arn = try(target_group.value.arn, aws_lb_target_group.this[target_group.value.target_group_key].arn, null)
          }
        }
      }
    }
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each     = local.rules
  listener_arn = try(each.value.listener_arn, aws_lb_listener.this[each.value.listener].arn)

  dynamic "action" {
    for_each = [for a in try(each.value.actions, []) : try(a.forward, a) if try(a.type, "") == "forward" || try(a.forward, null) != null]
    content {
      type             = "forward"
      target_group_arn = try(action.value.target_group_arn, action.value.arn, aws_lb_target_group.this[action.value.target_group_key].arn, null)

      dynamic "forward" {
        for_each = length(try(action.value.target_groups, [])) > 0 ? [action.value.target_groups] : []
        content {
          dynamic "target_group" {
            for_each = forward.value
            content {
              arn = try(target_group.value.arn, aws_lb_target_group.this[target_group.value.target_group_key].arn, null)
            }
          }
        }
      }
    }
  }

  dynamic "action" {
    for_each = [for a in try(each.value.actions, []) : try(a.weighted_forward, a) if try(a.type, "") == "weighted-forward" || try(a.weighted_forward, null) != null]
    content {
      type = "forward"

      forward {
        dynamic "target_group" {
          for_each = try(action.value.target_groups, [])
          content {
            arn = try(target_group.value.arn, aws_lb_target_group.this[target_group.value.target_group_key].arn, null)
          }
        }
      }
    }
  }
}

resource "aws_lb_target_group" "this" {
  for_each           = local.groups
  vpc_id             = try(each.value.vpc_id, var.vpc_id)
  port               = try(each.value.target_type, null) == "lambda" ? null : try(each.value.port, var.default_port)
  protocol           = try(each.value.target_type, null) == "lambda" ? null : try(each.value.protocol, var.default_protocol)
  target_type        = try(each.value.target_type, null)
  preserve_client_ip = try(each.value.preserve_client_ip, null)
}

resource "aws_lb_target_group_attachment" "this" {
  for_each         = { for k, v in local.groups : k => v if try(v.create_attachment, true) }
  target_group_arn = aws_lb_target_group.this[each.key].arn
  target_id        = each.value.target_id
  port             = try(each.value.target_type, null) == "lambda" ? null : try(each.value.port, var.default_port)
}

resource "aws_lb_target_group_attachment" "additional" {
  for_each         = local.more
  target_group_arn = aws_lb_target_group.this[each.value.target_group_key].arn
  target_id        = each.value.target_id
  port             = try(each.value.target_type, null) == "lambda" ? null : try(each.value.port, var.default_port)
}

resource "aws_security_group" "this" {
  count  = local.own ? 1 : 0
  vpc_id = var.vpc_id
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

output "id" { value = try(aws_lb.this[0].id, null) }
output "arn" { value = try(aws_lb.this[0].arn, null) }
output "dns_name" { value = try(aws_lb.this[0].dns_name, null) }
output "zone_id" { value = try(aws_lb.this[0].zone_id, null) }
output "security_group_id" { value = try(aws_security_group.this[0].id, null) }
output "security_group_arn" { value = try(aws_security_group.this[0].arn, null) }
output "target_groups" { value = aws_lb_target_group.this }
output "listeners" { value = aws_lb_listener.this }
