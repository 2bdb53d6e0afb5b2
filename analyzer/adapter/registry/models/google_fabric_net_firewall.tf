# What terraform-google-modules/network/google//modules/fabric-net-firewall makes of its arguments: firewall rules only.
# Source: modules/fabric-net-firewall of https://github.com/terraform-google-modules/terraform-google-network.

variable "network" { default = "default" }

variable "internal_ranges_enabled" { default = false }
variable "internal_ranges" { default = [] }
variable "internal_target_tags" { default = [] }
variable "internal_allow" {
  default = [{ protocol = "icmp", ports = [] }]
  type    = list(object({ protocol = string, ports = list(string) }))
}

variable "admin_ranges_enabled" { default = false }
variable "admin_ranges" { default = [] }

variable "ssh_source_ranges" { default = ["0.0.0.0/0"] }
variable "ssh_target_tags" { default = ["ssh"] }
variable "http_source_ranges" { default = ["0.0.0.0/0"] }
variable "http_target_tags" { default = ["http-server"] }
variable "https_source_ranges" { default = ["0.0.0.0/0"] }
variable "https_target_tags" { default = ["https-server"] }

variable "custom_rules" {
  default = {}
  type = map(object({
    direction            = string
    action               = string
    ranges               = list(string)
    sources              = list(string)
    targets              = list(string)
    use_service_accounts = bool
    rules                = list(object({ protocol = string, ports = list(string) }))
    extra_attributes     = map(string)
  }))
}

resource "google_compute_firewall" "allow-internal" {
  count         = var.internal_ranges_enabled && length(var.internal_allow) > 0 ? 1 : 0
  network       = var.network
  source_ranges = var.internal_ranges
  target_tags   = var.internal_target_tags

  dynamic "allow" {
    for_each = var.internal_allow
    content {
      protocol = allow.value.protocol
      ports    = allow.value.ports
    }
  }
}

resource "google_compute_firewall" "allow-admins" {
  count         = var.admin_ranges_enabled ? 1 : 0
  network       = var.network
  source_ranges = var.admin_ranges

  allow { protocol = "icmp" }
  allow { protocol = "tcp" }
  allow { protocol = "udp" }
}

resource "google_compute_firewall" "allow-tag-ssh" {
  count         = length(var.ssh_source_ranges) > 0 ? 1 : 0
  network       = var.network
  source_ranges = var.ssh_source_ranges
  target_tags   = var.ssh_target_tags

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

resource "google_compute_firewall" "allow-tag-http" {
  count         = length(var.http_source_ranges) > 0 ? 1 : 0
  network       = var.network
  source_ranges = var.http_source_ranges
  target_tags   = var.http_target_tags

  allow {
    protocol = "tcp"
    ports    = ["80"]
  }
}

resource "google_compute_firewall" "allow-tag-https" {
  count         = length(var.https_source_ranges) > 0 ? 1 : 0
  network       = var.network
  source_ranges = var.https_source_ranges
  target_tags   = var.https_target_tags

  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}

resource "google_compute_firewall" "custom" {
  for_each  = var.custom_rules
  name      = each.key
  direction = each.value.direction
  network   = var.network
  disabled  = lookup(each.value.extra_attributes, "disabled", false)
  priority  = lookup(each.value.extra_attributes, "priority", 1000)

  source_ranges           = each.value.direction == "INGRESS" ? each.value.ranges : null
  destination_ranges      = each.value.direction == "EGRESS" ? each.value.ranges : null
  source_tags             = each.value.use_service_accounts || each.value.direction == "EGRESS" ? null : each.value.sources
  source_service_accounts = each.value.use_service_accounts && each.value.direction == "INGRESS" ? each.value.sources : null
  target_tags             = each.value.use_service_accounts ? null : each.value.targets
  target_service_accounts = each.value.use_service_accounts ? each.value.targets : null

  dynamic "allow" {
    for_each = [for r in each.value.rules : r if each.value.action == "allow"]
    content {
      protocol = allow.value.protocol
      ports    = allow.value.ports
    }
  }

  dynamic "deny" {
    for_each = [for r in each.value.rules : r if each.value.action == "deny"]
    content {
      protocol = deny.value.protocol
      ports    = deny.value.ports
    }
  }
}
