# A group of endpoints is handed to a module that isn't installed.
resource "google_compute_network" "main" {
  name                    = "main"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "here" {
  name          = "here"
  network       = google_compute_network.main.id
  ip_cidr_range = "10.0.1.0/24"
}

resource "google_compute_subnetwork" "apart" {
  name          = "apart"
  network       = google_compute_network.main.id
  ip_cidr_range = "10.0.2.0/24"
}

resource "google_compute_firewall" "ftp" {
  name          = "ftp"
  network       = google_compute_network.main.id
  source_ranges = ["0.0.0.0/0"]

  allow {
    protocol = "tcp"
    ports    = ["21"]
  }
}

resource "google_compute_instance" "here" {
  name         = "here"
  machine_type = "e2-small"
  boot_disk {}

  network_interface {
    subnetwork = google_compute_subnetwork.here.id
  }
}

resource "google_compute_instance" "apart" {
  name         = "apart"
  machine_type = "e2-small"
  boot_disk {}

  network_interface {
    subnetwork = google_compute_subnetwork.apart.id
  }
}

resource "google_compute_network_endpoint_group" "ftp" {
  name                  = "ftp"
  network               = google_compute_network.main.id
  network_endpoint_type = "NON_GCP_PRIVATE_IP_PORT"
}

resource "google_compute_network_endpoint" "ftp" {
  network_endpoint_group = google_compute_network_endpoint_group.ftp.name
  ip_address             = ADDRESS
  port                   = 21
}

module "elsewhere" {
  source = "example.com/elsewhere/lb/google"
  group  = google_compute_network_endpoint_group.ftp.id
}

variable "address" {}
