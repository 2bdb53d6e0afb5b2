package analyzer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

// fleet is a configuration of instances over subnets with security groups, half of which admit everyone.
func fleet(instances, subnets, groups int) string {
	return fmt.Sprintf(`
resource "aws_vpc" "main" {}
resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}
resource "aws_subnet" "s" {
  count                   = %d
  vpc_id                  = aws_vpc.main.id
  map_public_ip_on_launch = count.index %% 3 > 0
}
resource "aws_route_table_association" "s" {
  count          = %[1]d
  subnet_id      = aws_subnet.s[count.index].id
  route_table_id = aws_route_table.public.id
}
resource "aws_security_group" "g" {
  count  = %d
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = [count.index %% 2 == 0 ? "0.0.0.0/0" : "10.${count.index %% 256}.0.0/16"]
  }
}
resource "aws_instance" "i" {
  count                  = %d
  subnet_id              = aws_subnet.s[count.index %% %[1]d].id
  vpc_security_group_ids = [aws_security_group.g[count.index %% %[2]d].id]
}
`, subnets, groups, instances)
}

// googleFleet is a fleet in one network with a firewall rule for each tag.
func googleFleet(instances, subnets, rules int) string {
	return fmt.Sprintf(`
resource "google_compute_network" "main" {
  name                    = "main"
  auto_create_subnetworks = false
}
resource "google_compute_subnetwork" "s" {
  count         = %d
  name          = "s${count.index}"
  network       = google_compute_network.main.id
  region        = "europe-west1"
  ip_cidr_range = "10.${count.index}.0.0/16"
}
resource "google_compute_firewall" "f" {
  count         = %d
  name          = "f${count.index}"
  network       = google_compute_network.main.name
  source_ranges = [count.index %% 2 == 0 ? "0.0.0.0/0" : "10.${count.index %% 256}.0.0/16"]
  target_tags   = ["t${count.index}"]
  allow {
    protocol = "tcp"
    ports    = ["21"]
  }
}
resource "google_compute_instance" "i" {
  count = %d
  name  = "i${count.index}"
  zone  = "europe-west1-b"
  tags  = ["t${count.index %% %[2]d}"]
  network_interface {
    subnetwork = google_compute_subnetwork.s[count.index %% %[1]d].id
    access_config {}
  }
}
`, subnets, rules, instances)
}

// azureFleet is a fleet in one network with a group for each of several interfaces.
func azureFleet(instances, subnets, groups int) string {
	return fmt.Sprintf(`
resource "azurerm_virtual_network" "main" {
  name                = "main"
  resource_group_name = "rg"
  location            = "westeurope"
  address_space       = ["10.0.0.0/8"]
}
resource "azurerm_subnet" "s" {
  count                = %d
  name                 = "s${count.index}"
  resource_group_name  = "rg"
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.${count.index}.0.0/16"]
}
resource "azurerm_network_security_group" "g" {
  count               = %d
  name                = "g${count.index}"
  resource_group_name = "rg"
  location            = "westeurope"
  security_rule {
    name                       = "ftp"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "21"
    source_address_prefix      = count.index %% 2 == 0 ? "*" : "10.${count.index %% 256}.0.0/16"
    destination_address_prefix = "*"
  }
}
resource "azurerm_public_ip" "p" {
  count               = %d
  name                = "p${count.index}"
  resource_group_name = "rg"
  location            = "westeurope"
  allocation_method   = "Static"
  sku                 = "Standard"
}
resource "azurerm_network_interface" "n" {
  count               = %[3]d
  name                = "n${count.index}"
  resource_group_name = "rg"
  location            = "westeurope"
  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.s[count.index %% %[1]d].id
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = azurerm_public_ip.p[count.index].id
  }
}
resource "azurerm_network_interface_security_group_association" "n" {
  count                     = %[3]d
  network_interface_id      = azurerm_network_interface.n[count.index].id
  network_security_group_id = azurerm_network_security_group.g[count.index %% %[2]d].id
}
resource "azurerm_linux_virtual_machine" "m" {
  count                 = %[3]d
  name                  = "m${count.index}"
  network_interface_ids = [azurerm_network_interface.n[count.index].id]
}
`, subnets, groups, instances)
}

// hetznerFleet is a fleet behind load balancers, each server a target of one of them.
func hetznerFleet(servers, balancers, _ int) string {
	return fmt.Sprintf(`
resource "hcloud_server" "s" {
  count        = %d
  name         = "s${count.index}"
  server_type  = "cx22"
  firewall_ids = [hcloud_firewall.f.id]
}
resource "hcloud_firewall" "f" {
  name = "f"
}
resource "hcloud_load_balancer" "l" {
  count              = %d
  name               = "l${count.index}"
  load_balancer_type = "lb11"
}
resource "hcloud_load_balancer_service" "s" {
  count            = %[2]d
  load_balancer_id = hcloud_load_balancer.l[count.index].id
  protocol         = "tcp"
  listen_port      = 21
  destination_port = 21
}
resource "hcloud_load_balancer_target" "t" {
  count            = %[1]d
  type             = "server"
  load_balancer_id = hcloud_load_balancer.l[count.index %% %[2]d].id
  server_id        = hcloud_server.s[count.index].id
}
`, servers, balancers)
}

// BenchmarkPaths measures a fleet of each cloud and a tenth of it, from reading the configuration to the findings.
func BenchmarkPaths(b *testing.B) {
	port, err := rules.Parse("ftp")
	if err != nil {
		b.Fatal(err)
	}
	for _, cloud := range []struct {
		name  string
		fleet func(instances, subnets, groups int) string
	}{{"aws", fleet}, {"azure", azureFleet}, {"google", googleFleet}, {"hetzner", hetznerFleet}} {
		for _, n := range []int{500, 5000} {
			b.Run(fmt.Sprint(cloud.name, "/", n), func(b *testing.B) {
				dir := b.TempDir()
				if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(cloud.fleet(n, n/25, n/10)), 0o600); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					r, err := analyzer.Run(b.Context(), analyzer.Config{
						Paths: []string{dir}, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge(),
					})
					if err != nil || len(r.Findings) == 0 {
						b.Fatal(err, len(r.Findings))
					}
				}
			})
		}
	}
}
