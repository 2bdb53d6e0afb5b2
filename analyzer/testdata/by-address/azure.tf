# A pool of addresses is handed to a module that isn't installed.
resource "azurerm_virtual_network" "main" {
  name                = "main"
  location            = "westeurope"
  resource_group_name = "ftp"
  address_space       = ["10.0.0.0/16"]
}

resource "azurerm_subnet" "here" {
  name                 = "here"
  resource_group_name  = "ftp"
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.0.1.0/24"]
}

resource "azurerm_subnet" "apart" {
  name                 = "apart"
  resource_group_name  = "ftp"
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.0.2.0/24"]
}

resource "azurerm_network_interface" "here" {
  name                = "here"
  location            = "westeurope"
  resource_group_name = "ftp"

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.here.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "here" {
  name                  = "here"
  location              = "westeurope"
  resource_group_name   = "ftp"
  size                  = "Standard_B1s"
  admin_username        = "admin"
  network_interface_ids = [azurerm_network_interface.here.id]

  os_disk {
    caching              = "None"
    storage_account_type = "Standard_LRS"
  }
}

resource "azurerm_network_interface" "apart" {
  name                = "apart"
  location            = "westeurope"
  resource_group_name = "ftp"

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.apart.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "apart" {
  name                  = "apart"
  location              = "westeurope"
  resource_group_name   = "ftp"
  size                  = "Standard_B1s"
  admin_username        = "admin"
  network_interface_ids = [azurerm_network_interface.apart.id]

  os_disk {
    caching              = "None"
    storage_account_type = "Standard_LRS"
  }
}

resource "azurerm_lb" "ftp" {
  name                = "ftp"
  location            = "westeurope"
  resource_group_name = "ftp"
  sku                 = "Standard"
}

resource "azurerm_lb_backend_address_pool" "ftp" {
  name            = "ftp"
  loadbalancer_id = azurerm_lb.ftp.id
}

resource "azurerm_lb_backend_address_pool_address" "ftp" {
  name                    = "ftp"
  backend_address_pool_id = azurerm_lb_backend_address_pool.ftp.id
  virtual_network_id      = azurerm_virtual_network.main.id
  ip_address              = ADDRESS
}

module "elsewhere" {
  source = "example.com/elsewhere/lb/azure"
  it     = azurerm_lb_backend_address_pool.ftp.id
}

variable "address" {}
