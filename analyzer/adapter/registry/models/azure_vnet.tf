# What Azure/vnet/azurerm makes, from version 3 on.
# Source: main.tf and outputs.tf of its repository, https://github.com/Azure/terraform-azurerm-vnet.

variable "vnet_name" { default = "acctvnet" }
variable "resource_group_name" { default = null }
variable "address_space" { default = ["10.0.0.0/16"] }
variable "subnet_names" { default = ["subnet1", "subnet2", "subnet3"] }
variable "subnet_prefixes" { default = ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"] }
variable "nsg_ids" { default = {} }
variable "route_tables_ids" { default = {} }

resource "azurerm_virtual_network" "vnet" {
  name                = var.vnet_name
  resource_group_name = var.resource_group_name
  address_space       = var.address_space
}

resource "azurerm_subnet" "subnet" {
  for_each             = toset(var.subnet_names)
  name                 = each.value
  resource_group_name  = var.resource_group_name
  virtual_network_name = azurerm_virtual_network.vnet.name
  address_prefixes     = [var.subnet_prefixes[index(var.subnet_names, each.value)]]
}

resource "azurerm_subnet_network_security_group_association" "vnet" {
  for_each                  = var.nsg_ids
  subnet_id                 = azurerm_subnet.subnet[each.key].id
  network_security_group_id = each.value
}

resource "azurerm_subnet_route_table_association" "vnet" {
  for_each       = var.route_tables_ids
  subnet_id      = azurerm_subnet.subnet[each.key].id
  route_table_id = each.value
}

output "vnet_id" { value = azurerm_virtual_network.vnet.id }
output "vnet_name" { value = azurerm_virtual_network.vnet.name }
output "vnet_address_space" { value = azurerm_virtual_network.vnet.address_space }
output "vnet_subnets" { value = [for name in var.subnet_names : azurerm_subnet.subnet[name].id] }
output "vnet_subnets_name_id" { value = { for name in var.subnet_names : name => azurerm_subnet.subnet[name].id } }
