# The group of cloudposse/security-group/aws. Its rules are read from the arguments.
# Source: main.tf and outputs.tf of its repository, https://github.com/cloudposse/terraform-aws-security-group.

variable "enabled" { default = null }
variable "context" { default = {} }
variable "create_before_destroy" { default = true }
variable "target_security_group_id" { default = [] }
variable "vpc_id" { default = null }

locals {
  enabled = var.enabled == null ? try(var.context.enabled == null ? true : var.context.enabled, true) : var.enabled
  create  = local.enabled && length(var.target_security_group_id) == 0
}

resource "aws_security_group" "default" {
  count  = local.create && !var.create_before_destroy ? 1 : 0
  vpc_id = var.vpc_id
}

resource "aws_security_group" "cbd" {
  count  = local.create && var.create_before_destroy ? 1 : 0
  vpc_id = var.vpc_id
}

output "id" {
  value = local.create ? try(aws_security_group.cbd[0].id, aws_security_group.default[0].id, null) : try(var.target_security_group_id[0], null)
}
