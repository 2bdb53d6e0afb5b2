# What terraform-aws-modules/rds/aws makes, from version 5 on.
# Source: main.tf and outputs.tf of its repository, https://github.com/terraform-aws-modules/terraform-aws-rds.

variable "putin_khuylo" { default = true }
variable "create_db_instance" { default = true }
variable "create_db_subnet_group" { default = false }
variable "cross_region_replica" { default = false }
variable "replicate_source_db" { default = null }
variable "db_subnet_group_name" { default = null }
variable "subnet_ids" { default = [] }
variable "vpc_security_group_ids" { default = [] }
variable "publicly_accessible" { default = false }
variable "engine" { default = null }
variable "port" { default = null }
variable "network_type" { default = null }

locals {
  create  = var.create_db_instance && var.putin_khuylo
  replica = !var.cross_region_replica && var.replicate_source_db != null
  own     = var.create_db_subnet_group && var.putin_khuylo
}

resource "aws_db_subnet_group" "this" {
  count      = local.own ? 1 : 0
  subnet_ids = var.subnet_ids
}

resource "aws_db_instance" "this" {
  count                  = local.create ? 1 : 0
  engine                 = var.engine
  port                   = var.port
  network_type           = var.network_type
  replicate_source_db    = var.replicate_source_db
  publicly_accessible    = var.publicly_accessible
  vpc_security_group_ids = var.vpc_security_group_ids
  db_subnet_group_name   = local.replica ? null : local.own ? aws_db_subnet_group.this[0].id : var.db_subnet_group_name
}

output "db_instance_identifier" { value = try(aws_db_instance.this[0].identifier, null) }
output "db_instance_arn" { value = try(aws_db_instance.this[0].arn, null) }
output "db_instance_address" { value = try(aws_db_instance.this[0].address, null) }
output "db_instance_endpoint" { value = try(aws_db_instance.this[0].endpoint, null) }
output "db_instance_port" { value = try(aws_db_instance.this[0].port, null) }
output "db_subnet_group_id" { value = try(aws_db_subnet_group.this[0].id, null) }
