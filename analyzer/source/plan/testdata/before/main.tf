terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

variable "offices" {
  type    = map(string)
  default = { "north \"hq\"" = "203.0.113.0/24", south = "198.51.100.0/24" }
}

variable "banner" {
  type      = string
  default   = "welcome 🦊"
  sensitive = true
}

data "aws_ami" "ftp" {
  most_recent = true
  owners      = ["self"]
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "a" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}

module "fw" {
  source   = "./fw"
  for_each = var.offices
  vpc      = aws_vpc.main.id
  office   = each.value
}

resource "aws_security_group" "inline" {
  name   = "inline"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  ingress {
    from_port       = 990
    to_port         = 990
    protocol        = "tcp"
    security_groups = [module.fw["south"].id]
  }
}

resource "aws_security_group" "dropped" {
  name   = "dropped"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "forgotten" {
  name   = "forgotten"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "old_name" {
  name   = "moved"
  vpc_id = aws_vpc.main.id
}

resource "aws_instance" "ftp" {
  ami                    = data.aws_ami.ftp.id
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.a[0].id
  user_data              = var.banner
  vpc_security_group_ids = [aws_security_group.inline.id]
}
