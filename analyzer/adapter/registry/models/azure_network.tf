# What Azure/network/azurerm makes, from version 2 on: no group.
# Source: main.tf and outputs.tf of its repository, https://github.com/Azure/terraform-azurerm-network.

variable "vnet_name" { default = "acctvnet" }
variable "resource_group_name" { default = null }
variable "address_space" { default = "10.0.0.0/16" }
variable "address_spaces" { default = [] }
variable "subnet_names" { default = ["subnet1"] }
variable "subnet_prefixes" { default = ["10.0.1.0/24"] }

resource "azurerm_virtual_network" "vnet" {
  name                = var.vnet_name
  resource_group_name = var.resource_group_name
  address_space       = length(var.address_spaces) == 0 ? [var.address_space] : var.address_spaces
}

resource "azurerm_subnet" "subnet" {
  for_each             = toset(var.subnet_names)
  name                 = each.value
  resource_group_name  = var.resource_group_name
  virtual_network_name = azurerm_virtual_network.vnet.name
  address_prefixes     = [var.subnet_prefixes[index(var.subnet_names, each.value)]]
}

output "vnet_id" { value = azurerm_virtual_network.vnet.id }
output "vnet_name" { value = azurerm_virtual_network.vnet.name }
output "vnet_address_space" { value = azurerm_virtual_network.vnet.address_space }
output "vnet_subnets" { value = [for name in var.subnet_names : azurerm_subnet.subnet[name].id] }
