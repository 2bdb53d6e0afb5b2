# What the submodule vpc of terraform-google-modules/network/google makes.
# Source: modules/vpc of its repository, https://github.com/terraform-google-modules/terraform-google-network.

variable "project_id" { default = null }
variable "network_name" {}
variable "auto_create_subnetworks" { default = false }
variable "delete_default_internet_gateway_routes" { default = false }

resource "google_compute_network" "network" {
  project                         = var.project_id
  name                            = var.network_name
  auto_create_subnetworks         = var.auto_create_subnetworks
  delete_default_routes_on_create = var.delete_default_internet_gateway_routes
}

output "network" { value = google_compute_network.network }
output "network_name" { value = google_compute_network.network.name }
output "network_id" { value = google_compute_network.network.id }
output "network_self_link" { value = google_compute_network.network.self_link }
output "project_id" { value = google_compute_network.network.project }
