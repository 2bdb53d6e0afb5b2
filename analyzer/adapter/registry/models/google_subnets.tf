# What the submodule subnets of terraform-google-modules/network/google makes.
# Source: modules/subnets of its repository, https://github.com/terraform-google-modules/terraform-google-network.

variable "project_id" { default = null }
variable "network_name" {}
variable "subnets" { default = [] }

resource "google_compute_subnetwork" "subnetwork" {
  for_each      = { for s in var.subnets : "${s.subnet_region}/${s.subnet_name}" => s }
  project       = var.project_id
  name          = each.value.subnet_name
  region        = each.value.subnet_region
  ip_cidr_range = each.value.subnet_ip
  network       = var.network_name
}

output "subnets" { value = google_compute_subnetwork.subnetwork }
