# What Azure/avm-res-network-networksecuritygroup/azurerm makes of its arguments: a group, and a rule for each element.
# Source: main.tf, variables.tf and outputs.tf of its repository at v0.5.1,
# https://github.com/Azure/terraform-azurerm-avm-res-network-networksecuritygroup.

variable "name" { default = null }
variable "resource_group_name" { default = null }
variable "location" { default = null }

variable "security_rules" {
  default  = {}
  nullable = false
  type = map(object({
    name      = string
    priority  = number
    direction = string
    access    = string
    protocol  = string

    source_address_prefix                 = optional(string)
    source_address_prefixes               = optional(set(string))
    source_application_security_group_ids = optional(set(string))
    source_port_range                     = optional(string)
    source_port_ranges                    = optional(set(string))

    destination_address_prefix                 = optional(string)
    destination_address_prefixes               = optional(set(string))
    destination_application_security_group_ids = optional(set(string))
    destination_port_range                     = optional(string)
    destination_port_ranges                    = optional(set(string))
  }))
}

resource "azurerm_network_security_group" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
}

resource "azurerm_network_security_rule" "this" {
  for_each = var.security_rules

  resource_group_name         = var.resource_group_name
  network_security_group_name = azurerm_network_security_group.this.name

  name      = each.value.name
  priority  = each.value.priority
  direction = each.value.direction
  access    = each.value.access
  protocol  = each.value.protocol

  source_address_prefix                 = each.value.source_address_prefix
  source_address_prefixes               = each.value.source_address_prefixes
  source_application_security_group_ids = each.value.source_application_security_group_ids
  source_port_range                     = each.value.source_port_range
  source_port_ranges                    = each.value.source_port_ranges

  destination_address_prefix                 = each.value.destination_address_prefix
  destination_address_prefixes               = each.value.destination_address_prefixes
  destination_application_security_group_ids = each.value.destination_application_security_group_ids
  destination_port_range                     = each.value.destination_port_range
  destination_port_ranges                    = each.value.destination_port_ranges
}

output "name" { value = azurerm_network_security_group.this.name }
output "resource_id" { value = azurerm_network_security_group.this.id }
