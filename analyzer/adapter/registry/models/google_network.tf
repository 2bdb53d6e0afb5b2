# What terraform-google-modules/network/google makes but for firewall rules, which are read from the arguments.
# Source: main.tf and outputs.tf of its repository, https://github.com/terraform-google-modules/terraform-google-network.

variable "project_id" { default = null }
variable "network_name" {}
variable "subnets" { default = [] }
variable "auto_create_subnetworks" { default = false }
variable "delete_default_internet_gateway_routes" { default = false }
variable "routes" { default = [] }

resource "google_compute_network" "network" {
  project                         = var.project_id
  name                            = var.network_name
  auto_create_subnetworks         = var.auto_create_subnetworks
  delete_default_routes_on_create = var.delete_default_internet_gateway_routes
}

resource "google_compute_subnetwork" "subnetwork" {
  for_each      = { for s in var.subnets : "${s.subnet_region}/${s.subnet_name}" => s }
  project       = var.project_id
  name          = each.value.subnet_name
  region        = each.value.subnet_region
  ip_cidr_range = each.value.subnet_ip
  network       = google_compute_network.network.name
}

resource "google_compute_route" "route" {
  count                  = length(var.routes)
  project                = var.project_id
  network                = google_compute_network.network.name
  name                   = lookup(var.routes[count.index], "name", null)
  tags                   = compact(split(",", lookup(var.routes[count.index], "tags", "")))
  dest_range             = lookup(var.routes[count.index], "destination_range", null)
  next_hop_gateway       = lookup(var.routes[count.index], "next_hop_internet", "false") == "true" ? "default-internet-gateway" : null
  next_hop_ip            = lookup(var.routes[count.index], "next_hop_ip", null)
  next_hop_instance      = lookup(var.routes[count.index], "next_hop_instance", null)
  next_hop_instance_zone = lookup(var.routes[count.index], "next_hop_instance_zone", null)
  next_hop_vpn_tunnel    = lookup(var.routes[count.index], "next_hop_vpn_tunnel", null)
  next_hop_ilb           = lookup(var.routes[count.index], "next_hop_ilb", null)
  priority               = lookup(var.routes[count.index], "priority", null)
}

output "network" { value = google_compute_network.network }
output "network_name" { value = google_compute_network.network.name }
output "network_id" { value = google_compute_network.network.id }
output "network_self_link" { value = google_compute_network.network.self_link }
output "project_id" { value = google_compute_network.network.project }
output "subnets" { value = google_compute_subnetwork.subnetwork }
output "subnets_names" { value = [for s in google_compute_subnetwork.subnetwork : s.name] }
output "subnets_ids" { value = [for s in google_compute_subnetwork.subnetwork : s.id] }
output "subnets_self_links" { value = [for s in google_compute_subnetwork.subnetwork : s.self_link] }
output "subnets_regions" { value = [for s in google_compute_subnetwork.subnetwork : s.region] }
output "subnets_ips" { value = [for s in google_compute_subnetwork.subnetwork : s.ip_cidr_range] }
