# cloudposse/label/null makes nothing; whether other modules make anything is in its outputs.
# Source: main.tf and outputs.tf of its repository, https://github.com/cloudposse/terraform-null-label.

variable "context" { default = {} }
variable "enabled" { default = null }
variable "namespace" { default = null }
variable "tenant" { default = null }
variable "environment" { default = null }
variable "stage" { default = null }
variable "name" { default = null }
variable "delimiter" { default = null }
variable "regex_replace_chars" { default = null }
variable "label_order" { default = null }
variable "id_length_limit" { default = null }
variable "label_key_case" { default = null }
variable "label_value_case" { default = null }
variable "labels_as_tags" { default = null }
variable "descriptor_formats" { default = null }
variable "attributes" { default = [] }
variable "tags" { default = {} }
variable "additional_tag_map" { default = {} }

locals {
  enabled    = var.enabled == null ? try(var.context.enabled == null ? true : var.context.enabled, true) : var.enabled
  attributes = compact(distinct(concat(try(coalesce(var.context.attributes, []), []), coalesce(var.attributes, []))))
}

output "enabled" { value = local.enabled }
output "attributes" { value = local.attributes }
output "context" {
  value = {
    enabled             = local.enabled
    namespace           = var.namespace == null ? try(var.context.namespace, null) : var.namespace
    tenant              = var.tenant == null ? try(var.context.tenant, null) : var.tenant
    environment         = var.environment == null ? try(var.context.environment, null) : var.environment
    stage               = var.stage == null ? try(var.context.stage, null) : var.stage
    name                = var.name == null ? try(var.context.name, null) : var.name
    delimiter           = var.delimiter == null ? try(var.context.delimiter, null) : var.delimiter
    regex_replace_chars = var.regex_replace_chars == null ? try(var.context.regex_replace_chars, null) : var.regex_replace_chars
    label_order         = var.label_order == null ? try(var.context.label_order, null) : var.label_order
    id_length_limit     = var.id_length_limit == null ? try(var.context.id_length_limit, null) : var.id_length_limit
    label_key_case      = var.label_key_case == null ? try(var.context.label_key_case, null) : var.label_key_case
    label_value_case    = var.label_value_case == null ? try(var.context.label_value_case, null) : var.label_value_case
    labels_as_tags      = var.labels_as_tags == null ? try(var.context.labels_as_tags, null) : var.labels_as_tags
    descriptor_formats  = var.descriptor_formats == null ? try(var.context.descriptor_formats, null) : var.descriptor_formats
    attributes          = local.attributes
    tags                = merge(try(var.context.tags, {}), var.tags)
    additional_tag_map  = merge(try(var.context.additional_tag_map, {}), var.additional_tag_map)
  }
}
