# The group of terraform-aws-modules/security-group/aws. Its rules are read from the arguments.
# Source: main.tf and outputs.tf of its repository, https://github.com/terraform-aws-modules/terraform-aws-security-group.

variable "create" { default = true }
variable "putin_khuylo" { default = true }
variable "create_sg" { default = true }
variable "use_name_prefix" { default = true }
variable "security_group_id" { default = "" }
variable "name" { default = null }
variable "vpc_id" { default = null }

resource "aws_security_group" "this" {
  count  = var.create && var.putin_khuylo && var.create_sg && (!var.use_name_prefix || local.major >= 6) ? 1 : 0
  name   = var.name
  vpc_id = var.vpc_id
}

resource "aws_security_group" "this_name_prefix" {
  count  = var.create && var.putin_khuylo && var.create_sg && var.use_name_prefix && local.major < 6 ? 1 : 0
  vpc_id = var.vpc_id
}

locals {
  group = var.create_sg ? try(aws_security_group.this[0].id, aws_security_group.this_name_prefix[0].id, "") : var.security_group_id
}

output "security_group_id" { value = local.group }
output "this_security_group_id" { value = local.group }
output "id" { value = local.group }
