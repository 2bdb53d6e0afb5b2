# The group of Azure/network-security-group/azurerm. Its rules are read from the arguments.
# Source: main.tf and outputs.tf of its repository, https://github.com/Azure/terraform-azurerm-network-security-group.

variable "security_group_name" { default = "nsg" }
variable "resource_group_name" { default = null }
variable "location" { default = "" }

resource "azurerm_network_security_group" "nsg" {
  name                = var.security_group_name
  resource_group_name = var.resource_group_name
  location            = var.location
}

output "network_security_group_id" { value = azurerm_network_security_group.nsg.id }
output "network_security_group_name" { value = azurerm_network_security_group.nsg.name }
