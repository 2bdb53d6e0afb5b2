# What terraform-aws-modules/vpc/aws makes, as far as ways lead through it, from version 2.43 on.
# Source: main.tf, variables.tf and outputs.tf of its repository, https://github.com/terraform-aws-modules/terraform-aws-vpc.

variable "create_vpc" { default = true }
variable "putin_khuylo" { default = true }
variable "cidr" { default = null }
variable "azs" { default = [] }
variable "use_ipam_pool" { default = false }
variable "enable_ipv6" { default = false }
variable "create_igw" { default = true }
variable "map_public_ip_on_launch" { default = null }
variable "create_multiple_public_route_tables" { default = false }
variable "single_nat_gateway" { default = false }
variable "one_nat_gateway_per_az" { default = false }

variable "public_subnets" { default = [] }
variable "private_subnets" { default = [] }
variable "intra_subnets" { default = [] }
variable "database_subnets" { default = [] }
variable "redshift_subnets" { default = [] }
variable "elasticache_subnets" { default = [] }

variable "public_subnet_ipv6_prefixes" { default = [] }
variable "public_subnet_assign_ipv6_address_on_creation" { default = false }
variable "create_database_subnet_route_table" { default = false }
variable "create_database_internet_gateway_route" { default = false }
variable "create_database_nat_gateway_route" { default = false }
variable "create_redshift_subnet_route_table" { default = false }
variable "create_elasticache_subnet_route_table" { default = false }
variable "enable_public_redshift" { default = false }

variable "manage_default_security_group" { default = null }
variable "default_security_group_ingress" { default = [] }


variable "public_dedicated_network_acl" { default = false }
variable "public_inbound_acl_rules" { default = null }
variable "public_outbound_acl_rules" { default = null }
variable "private_dedicated_network_acl" { default = false }
variable "private_inbound_acl_rules" { default = null }
variable "private_outbound_acl_rules" { default = null }
variable "intra_dedicated_network_acl" { default = false }
variable "intra_inbound_acl_rules" { default = null }
variable "intra_outbound_acl_rules" { default = null }
variable "database_dedicated_network_acl" { default = false }
variable "database_inbound_acl_rules" { default = null }
variable "database_outbound_acl_rules" { default = null }
variable "redshift_dedicated_network_acl" { default = false }
variable "redshift_inbound_acl_rules" { default = null }
variable "redshift_outbound_acl_rules" { default = null }
variable "elasticache_dedicated_network_acl" { default = false }
variable "elasticache_inbound_acl_rules" { default = null }
variable "elasticache_outbound_acl_rules" { default = null }

variable "manage_default_network_acl" { default = null }
variable "default_network_acl_ingress" { default = null }
variable "default_network_acl_egress" { default = null }

variable "vpc_block_public_access_options" { default = {} }

locals {
  create_vpc = var.create_vpc && var.putin_khuylo

  everything = [{
    rule_number = 100, rule_action = "allow", from_port = 0, to_port = 0, protocol = "-1", cidr_block = "0.0.0.0/0"
  }]

  all = [
    { rule_no = 100, action = "allow", from_port = 0, to_port = 0, protocol = "-1", cidr_block = "0.0.0.0/0" },
    { rule_no = 101, action = "allow", from_port = 0, to_port = 0, protocol = "-1", ipv6_cidr_block = "::/0" },
  ]

  len_public  = max(length(var.public_subnets), length(var.public_subnet_ipv6_prefixes))
  len_private = length(var.private_subnets)
  len_max     = max(local.len_private, length(var.elasticache_subnets), length(var.database_subnets), length(var.redshift_subnets))
  public      = local.create_vpc && local.len_public > 0
  tables      = local.public ? (var.create_multiple_public_route_tables ? local.len_public : 1) : 0
  gateways    = var.single_nat_gateway ? 1 : var.one_nat_gateway_per_az ? length(var.azs) : local.len_max
  databases   = local.create_vpc && length(var.database_subnets) > 0 && var.create_database_subnet_route_table
  redshift    = local.create_vpc && length(var.redshift_subnets) > 0 && var.create_redshift_subnet_route_table
  caches      = local.create_vpc && length(var.elasticache_subnets) > 0 && var.create_elasticache_subnet_route_table
}

resource "aws_vpc" "this" {
  count                            = local.create_vpc ? 1 : 0
  cidr_block                       = var.cidr
  assign_generated_ipv6_cidr_block = var.enable_ipv6
}

resource "aws_vpc_block_public_access_options" "this" {
  count                       = local.create_vpc && length(var.vpc_block_public_access_options) > 0 ? 1 : 0
  internet_gateway_block_mode = try(var.vpc_block_public_access_options["internet_gateway_block_mode"], null)
}

resource "aws_default_security_group" "this" {
  count  = local.create_vpc && (var.manage_default_security_group == null ? local.major >= 4 : var.manage_default_security_group) ? 1 : 0
  vpc_id = aws_vpc.this[0].id

  dynamic "ingress" {
    for_each = var.default_security_group_ingress
    content {
      self             = lookup(ingress.value, "self", null)
      cidr_blocks      = compact(split(",", lookup(ingress.value, "cidr_blocks", "")))
      ipv6_cidr_blocks = compact(split(",", lookup(ingress.value, "ipv6_cidr_blocks", "")))
      prefix_list_ids  = compact(split(",", lookup(ingress.value, "prefix_list_ids", "")))
      security_groups  = compact(split(",", lookup(ingress.value, "security_groups", "")))
      from_port        = lookup(ingress.value, "from_port", 0)
      to_port          = lookup(ingress.value, "to_port", 0)
      protocol         = lookup(ingress.value, "protocol", "-1")
    }
  }
}

# Without rules of the caller it lets everything pass, as the default one does anyway.
resource "aws_default_network_acl" "this" {
  count = (local.create_vpc && (var.manage_default_network_acl == null ? local.major >= 4 : var.manage_default_network_acl) &&
  (var.default_network_acl_ingress != null || var.default_network_acl_egress != null)) ? 1 : 0
  default_network_acl_id = aws_vpc.this[0].default_network_acl_id

  dynamic "ingress" {
    for_each = var.default_network_acl_ingress == null ? local.all : var.default_network_acl_ingress
    content {
      action          = ingress.value.action
      cidr_block      = lookup(ingress.value, "cidr_block", null)
      ipv6_cidr_block = lookup(ingress.value, "ipv6_cidr_block", null)
      from_port       = ingress.value.from_port
      to_port         = ingress.value.to_port
      protocol        = ingress.value.protocol
      rule_no         = ingress.value.rule_no
    }
  }

  dynamic "egress" {
    for_each = var.default_network_acl_egress == null ? local.all : var.default_network_acl_egress
    content {
      action          = egress.value.action
      cidr_block      = lookup(egress.value, "cidr_block", null)
      ipv6_cidr_block = lookup(egress.value, "ipv6_cidr_block", null)
      from_port       = egress.value.from_port
      to_port         = egress.value.to_port
      protocol        = egress.value.protocol
      rule_no         = egress.value.rule_no
    }
  }
}

resource "aws_internet_gateway" "this" {
  count  = local.public && var.create_igw ? 1 : 0
  vpc_id = aws_vpc.this[0].id
}

resource "aws_subnet" "public" {
  count                   = local.public && (!var.one_nat_gateway_per_az || local.len_public >= length(var.azs)) ? local.len_public : 0
  vpc_id                  = aws_vpc.this[0].id
  cidr_block              = try(element(var.public_subnets, count.index), null)
  map_public_ip_on_launch = var.map_public_ip_on_launch == null ? local.major < 4 : var.map_public_ip_on_launch
  ipv6_cidr_block         = var.enable_ipv6 && length(var.public_subnet_ipv6_prefixes) > 0 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, var.public_subnet_ipv6_prefixes[count.index]) : null

  assign_ipv6_address_on_creation = var.public_subnet_assign_ipv6_address_on_creation
}

resource "aws_route_table" "public" {
  count  = local.tables
  vpc_id = aws_vpc.this[0].id
}

resource "aws_route_table_association" "public" {
  count          = length(aws_subnet.public)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = element(aws_route_table.public[*].id, var.create_multiple_public_route_tables ? count.index : 0)
}

resource "aws_route" "public_internet_gateway" {
  count                  = local.public && var.create_igw ? local.tables : 0
  route_table_id         = aws_route_table.public[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route" "public_internet_gateway_ipv6" {
  count                       = local.public && var.create_igw && var.enable_ipv6 ? local.tables : 0
  route_table_id              = aws_route_table.public[count.index].id
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = aws_internet_gateway.this[0].id
}

resource "aws_subnet" "private" {
  count      = local.create_vpc ? local.len_private : 0
  vpc_id     = aws_vpc.this[0].id
  cidr_block = element(var.private_subnets, count.index)
}

resource "aws_route_table" "private" {
  count  = local.create_vpc && local.len_max > 0 ? local.gateways : 0
  vpc_id = aws_vpc.this[0].id
}

resource "aws_route_table_association" "private" {
  count          = length(aws_subnet.private)
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = element(aws_route_table.private[*].id, var.single_nat_gateway ? 0 : count.index)
}

resource "aws_subnet" "intra" {
  count      = local.create_vpc ? length(var.intra_subnets) : 0
  vpc_id     = aws_vpc.this[0].id
  cidr_block = element(var.intra_subnets, count.index)
}

resource "aws_route_table" "intra" {
  count  = length(aws_subnet.intra) > 0 ? 1 : 0
  vpc_id = aws_vpc.this[0].id
}

resource "aws_route_table_association" "intra" {
  count          = length(aws_subnet.intra)
  subnet_id      = aws_subnet.intra[count.index].id
  route_table_id = aws_route_table.intra[0].id
}

resource "aws_subnet" "database" {
  count      = local.create_vpc ? length(var.database_subnets) : 0
  vpc_id     = aws_vpc.this[0].id
  cidr_block = element(var.database_subnets, count.index)
}

resource "aws_route_table" "database" {
  count  = local.databases ? (var.single_nat_gateway || var.create_database_internet_gateway_route ? 1 : length(var.database_subnets)) : 0
  vpc_id = aws_vpc.this[0].id
}

resource "aws_route_table_association" "database" {
  count          = length(aws_subnet.database)
  subnet_id      = aws_subnet.database[count.index].id
  route_table_id = element(coalescelist(aws_route_table.database[*].id, aws_route_table.private[*].id), var.single_nat_gateway ? 0 : count.index)
}

resource "aws_route" "database_internet_gateway" {
  count = (local.databases && var.create_igw && local.public && var.create_database_internet_gateway_route &&
  !var.create_database_nat_gateway_route) ? 1 : 0
  route_table_id         = aws_route_table.database[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_subnet" "redshift" {
  count      = local.create_vpc ? length(var.redshift_subnets) : 0
  vpc_id     = aws_vpc.this[0].id
  cidr_block = element(var.redshift_subnets, count.index)
}

resource "aws_route_table" "redshift" {
  count  = local.redshift ? 1 : 0
  vpc_id = aws_vpc.this[0].id
}

resource "aws_route_table_association" "redshift" {
  count     = length(aws_subnet.redshift)
  subnet_id = aws_subnet.redshift[count.index].id
  route_table_id = element(
    coalescelist(aws_route_table.redshift[*].id, var.enable_public_redshift ? aws_route_table.public[*].id : aws_route_table.private[*].id),
    var.single_nat_gateway || var.enable_public_redshift ? 0 : count.index,
  )
}

resource "aws_subnet" "elasticache" {
  count      = local.create_vpc ? length(var.elasticache_subnets) : 0
  vpc_id     = aws_vpc.this[0].id
  cidr_block = element(var.elasticache_subnets, count.index)
}

resource "aws_route_table" "elasticache" {
  count  = local.caches ? 1 : 0
  vpc_id = aws_vpc.this[0].id
}

resource "aws_route_table_association" "elasticache" {
  count          = length(aws_subnet.elasticache)
  subnet_id      = aws_subnet.elasticache[count.index].id
  route_table_id = element(coalescelist(aws_route_table.elasticache[*].id, aws_route_table.private[*].id), var.single_nat_gateway ? 0 : count.index)
}

locals {
  public_inbound       = var.public_inbound_acl_rules == null ? local.everything : var.public_inbound_acl_rules
  public_outbound      = var.public_outbound_acl_rules == null ? local.everything : var.public_outbound_acl_rules
  private_inbound      = var.private_inbound_acl_rules == null ? local.everything : var.private_inbound_acl_rules
  private_outbound     = var.private_outbound_acl_rules == null ? local.everything : var.private_outbound_acl_rules
  intra_inbound        = var.intra_inbound_acl_rules == null ? local.everything : var.intra_inbound_acl_rules
  intra_outbound       = var.intra_outbound_acl_rules == null ? local.everything : var.intra_outbound_acl_rules
  database_inbound     = var.database_inbound_acl_rules == null ? local.everything : var.database_inbound_acl_rules
  database_outbound    = var.database_outbound_acl_rules == null ? local.everything : var.database_outbound_acl_rules
  redshift_inbound     = var.redshift_inbound_acl_rules == null ? local.everything : var.redshift_inbound_acl_rules
  redshift_outbound    = var.redshift_outbound_acl_rules == null ? local.everything : var.redshift_outbound_acl_rules
  elasticache_inbound  = var.elasticache_inbound_acl_rules == null ? local.everything : var.elasticache_inbound_acl_rules
  elasticache_outbound = var.elasticache_outbound_acl_rules == null ? local.everything : var.elasticache_outbound_acl_rules
}

resource "aws_network_acl" "public" {
  count      = length(aws_subnet.public) > 0 && var.public_dedicated_network_acl ? 1 : 0
  vpc_id     = aws_vpc.this[0].id
  subnet_ids = aws_subnet.public[*].id
}

resource "aws_network_acl_rule" "public_inbound" {
  count           = length(aws_network_acl.public) > 0 ? length(local.public_inbound) : 0
  network_acl_id  = aws_network_acl.public[0].id
  egress          = false
  rule_number     = local.public_inbound[count.index]["rule_number"]
  rule_action     = local.public_inbound[count.index]["rule_action"]
  from_port       = lookup(local.public_inbound[count.index], "from_port", null)
  to_port         = lookup(local.public_inbound[count.index], "to_port", null)
  protocol        = local.public_inbound[count.index]["protocol"]
  cidr_block      = lookup(local.public_inbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.public_inbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl_rule" "public_outbound" {
  count           = length(aws_network_acl.public) > 0 ? length(local.public_outbound) : 0
  network_acl_id  = aws_network_acl.public[0].id
  egress          = true
  rule_number     = local.public_outbound[count.index]["rule_number"]
  rule_action     = local.public_outbound[count.index]["rule_action"]
  from_port       = lookup(local.public_outbound[count.index], "from_port", null)
  to_port         = lookup(local.public_outbound[count.index], "to_port", null)
  protocol        = local.public_outbound[count.index]["protocol"]
  cidr_block      = lookup(local.public_outbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.public_outbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl" "private" {
  count      = length(aws_subnet.private) > 0 && var.private_dedicated_network_acl ? 1 : 0
  vpc_id     = aws_vpc.this[0].id
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_network_acl_rule" "private_inbound" {
  count           = length(aws_network_acl.private) > 0 ? length(local.private_inbound) : 0
  network_acl_id  = aws_network_acl.private[0].id
  egress          = false
  rule_number     = local.private_inbound[count.index]["rule_number"]
  rule_action     = local.private_inbound[count.index]["rule_action"]
  from_port       = lookup(local.private_inbound[count.index], "from_port", null)
  to_port         = lookup(local.private_inbound[count.index], "to_port", null)
  protocol        = local.private_inbound[count.index]["protocol"]
  cidr_block      = lookup(local.private_inbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.private_inbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl_rule" "private_outbound" {
  count           = length(aws_network_acl.private) > 0 ? length(local.private_outbound) : 0
  network_acl_id  = aws_network_acl.private[0].id
  egress          = true
  rule_number     = local.private_outbound[count.index]["rule_number"]
  rule_action     = local.private_outbound[count.index]["rule_action"]
  from_port       = lookup(local.private_outbound[count.index], "from_port", null)
  to_port         = lookup(local.private_outbound[count.index], "to_port", null)
  protocol        = local.private_outbound[count.index]["protocol"]
  cidr_block      = lookup(local.private_outbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.private_outbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl" "intra" {
  count      = length(aws_subnet.intra) > 0 && var.intra_dedicated_network_acl ? 1 : 0
  vpc_id     = aws_vpc.this[0].id
  subnet_ids = aws_subnet.intra[*].id
}

resource "aws_network_acl_rule" "intra_inbound" {
  count           = length(aws_network_acl.intra) > 0 ? length(local.intra_inbound) : 0
  network_acl_id  = aws_network_acl.intra[0].id
  egress          = false
  rule_number     = local.intra_inbound[count.index]["rule_number"]
  rule_action     = local.intra_inbound[count.index]["rule_action"]
  from_port       = lookup(local.intra_inbound[count.index], "from_port", null)
  to_port         = lookup(local.intra_inbound[count.index], "to_port", null)
  protocol        = local.intra_inbound[count.index]["protocol"]
  cidr_block      = lookup(local.intra_inbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.intra_inbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl_rule" "intra_outbound" {
  count           = length(aws_network_acl.intra) > 0 ? length(local.intra_outbound) : 0
  network_acl_id  = aws_network_acl.intra[0].id
  egress          = true
  rule_number     = local.intra_outbound[count.index]["rule_number"]
  rule_action     = local.intra_outbound[count.index]["rule_action"]
  from_port       = lookup(local.intra_outbound[count.index], "from_port", null)
  to_port         = lookup(local.intra_outbound[count.index], "to_port", null)
  protocol        = local.intra_outbound[count.index]["protocol"]
  cidr_block      = lookup(local.intra_outbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.intra_outbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl" "database" {
  count      = length(aws_subnet.database) > 0 && var.database_dedicated_network_acl ? 1 : 0
  vpc_id     = aws_vpc.this[0].id
  subnet_ids = aws_subnet.database[*].id
}

resource "aws_network_acl_rule" "database_inbound" {
  count           = length(aws_network_acl.database) > 0 ? length(local.database_inbound) : 0
  network_acl_id  = aws_network_acl.database[0].id
  egress          = false
  rule_number     = local.database_inbound[count.index]["rule_number"]
  rule_action     = local.database_inbound[count.index]["rule_action"]
  from_port       = lookup(local.database_inbound[count.index], "from_port", null)
  to_port         = lookup(local.database_inbound[count.index], "to_port", null)
  protocol        = local.database_inbound[count.index]["protocol"]
  cidr_block      = lookup(local.database_inbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.database_inbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl_rule" "database_outbound" {
  count           = length(aws_network_acl.database) > 0 ? length(local.database_outbound) : 0
  network_acl_id  = aws_network_acl.database[0].id
  egress          = true
  rule_number     = local.database_outbound[count.index]["rule_number"]
  rule_action     = local.database_outbound[count.index]["rule_action"]
  from_port       = lookup(local.database_outbound[count.index], "from_port", null)
  to_port         = lookup(local.database_outbound[count.index], "to_port", null)
  protocol        = local.database_outbound[count.index]["protocol"]
  cidr_block      = lookup(local.database_outbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.database_outbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl" "redshift" {
  count      = length(aws_subnet.redshift) > 0 && var.redshift_dedicated_network_acl ? 1 : 0
  vpc_id     = aws_vpc.this[0].id
  subnet_ids = aws_subnet.redshift[*].id
}

resource "aws_network_acl_rule" "redshift_inbound" {
  count           = length(aws_network_acl.redshift) > 0 ? length(local.redshift_inbound) : 0
  network_acl_id  = aws_network_acl.redshift[0].id
  egress          = false
  rule_number     = local.redshift_inbound[count.index]["rule_number"]
  rule_action     = local.redshift_inbound[count.index]["rule_action"]
  from_port       = lookup(local.redshift_inbound[count.index], "from_port", null)
  to_port         = lookup(local.redshift_inbound[count.index], "to_port", null)
  protocol        = local.redshift_inbound[count.index]["protocol"]
  cidr_block      = lookup(local.redshift_inbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.redshift_inbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl_rule" "redshift_outbound" {
  count           = length(aws_network_acl.redshift) > 0 ? length(local.redshift_outbound) : 0
  network_acl_id  = aws_network_acl.redshift[0].id
  egress          = true
  rule_number     = local.redshift_outbound[count.index]["rule_number"]
  rule_action     = local.redshift_outbound[count.index]["rule_action"]
  from_port       = lookup(local.redshift_outbound[count.index], "from_port", null)
  to_port         = lookup(local.redshift_outbound[count.index], "to_port", null)
  protocol        = local.redshift_outbound[count.index]["protocol"]
  cidr_block      = lookup(local.redshift_outbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.redshift_outbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl" "elasticache" {
  count      = length(aws_subnet.elasticache) > 0 && var.elasticache_dedicated_network_acl ? 1 : 0
  vpc_id     = aws_vpc.this[0].id
  subnet_ids = aws_subnet.elasticache[*].id
}

resource "aws_network_acl_rule" "elasticache_inbound" {
  count           = length(aws_network_acl.elasticache) > 0 ? length(local.elasticache_inbound) : 0
  network_acl_id  = aws_network_acl.elasticache[0].id
  egress          = false
  rule_number     = local.elasticache_inbound[count.index]["rule_number"]
  rule_action     = local.elasticache_inbound[count.index]["rule_action"]
  from_port       = lookup(local.elasticache_inbound[count.index], "from_port", null)
  to_port         = lookup(local.elasticache_inbound[count.index], "to_port", null)
  protocol        = local.elasticache_inbound[count.index]["protocol"]
  cidr_block      = lookup(local.elasticache_inbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.elasticache_inbound[count.index], "ipv6_cidr_block", null)
}

resource "aws_network_acl_rule" "elasticache_outbound" {
  count           = length(aws_network_acl.elasticache) > 0 ? length(local.elasticache_outbound) : 0
  network_acl_id  = aws_network_acl.elasticache[0].id
  egress          = true
  rule_number     = local.elasticache_outbound[count.index]["rule_number"]
  rule_action     = local.elasticache_outbound[count.index]["rule_action"]
  from_port       = lookup(local.elasticache_outbound[count.index], "from_port", null)
  to_port         = lookup(local.elasticache_outbound[count.index], "to_port", null)
  protocol        = local.elasticache_outbound[count.index]["protocol"]
  cidr_block      = lookup(local.elasticache_outbound[count.index], "cidr_block", null)
  ipv6_cidr_block = lookup(local.elasticache_outbound[count.index], "ipv6_cidr_block", null)
}

output "vpc_id" { value = try(aws_vpc.this[0].id, null) }
output "vpc_arn" { value = try(aws_vpc.this[0].arn, null) }
output "vpc_cidr_block" { value = try(aws_vpc.this[0].cidr_block, null) }
output "default_security_group_id" { value = try(aws_vpc.this[0].default_security_group_id, null) }
output "default_route_table_id" { value = try(aws_vpc.this[0].default_route_table_id, null) }
output "vpc_main_route_table_id" { value = try(aws_vpc.this[0].main_route_table_id, null) }
output "default_network_acl_id" { value = try(aws_vpc.this[0].default_network_acl_id, null) }
output "igw_id" { value = try(aws_internet_gateway.this[0].id, null) }
output "public_subnets" { value = aws_subnet.public[*].id }
output "public_subnet_objects" { value = aws_subnet.public }
output "public_subnets_cidr_blocks" { value = compact(aws_subnet.public[*].cidr_block) }
output "public_route_table_ids" { value = aws_route_table.public[*].id }
output "public_network_acl_id" { value = try(aws_network_acl.public[0].id, null) }
output "private_subnets" { value = aws_subnet.private[*].id }
output "private_subnet_objects" { value = aws_subnet.private }
output "private_subnets_cidr_blocks" { value = compact(aws_subnet.private[*].cidr_block) }
output "private_route_table_ids" { value = aws_route_table.private[*].id }
output "private_network_acl_id" { value = try(aws_network_acl.private[0].id, null) }
output "intra_subnets" { value = aws_subnet.intra[*].id }
output "intra_subnets_cidr_blocks" { value = compact(aws_subnet.intra[*].cidr_block) }
output "intra_route_table_ids" { value = aws_route_table.intra[*].id }
output "database_subnets" { value = aws_subnet.database[*].id }
output "database_subnets_cidr_blocks" { value = compact(aws_subnet.database[*].cidr_block) }
output "redshift_subnets" { value = aws_subnet.redshift[*].id }
output "elasticache_subnets" { value = aws_subnet.elasticache[*].id }
output "azs" { value = var.azs }
