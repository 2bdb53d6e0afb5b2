variable "vpc" {
  type = string
}

variable "office" {
  type = string
}

resource "aws_security_group" "this" {
  name   = "office"
  vpc_id = var.vpc
}

resource "aws_vpc_security_group_ingress_rule" "ftp" {
  security_group_id = aws_security_group.this.id
  ip_protocol       = "tcp"
  from_port         = 20
  to_port           = 21
  cidr_ipv4         = var.office
}

output "id" {
  value = aws_security_group.this.id
}
