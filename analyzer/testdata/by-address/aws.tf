# A group of addresses is handed to a module that isn't installed.
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "here" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_subnet" "apart" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.2.0/24"
}

resource "aws_security_group" "ftp" {
  vpc_id = aws_vpc.main.id

  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "here" {
  ami                    = "ami-1"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.here.id
  vpc_security_group_ids = [aws_security_group.ftp.id]
}

resource "aws_instance" "apart" {
  ami                    = "ami-1"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.apart.id
  vpc_security_group_ids = [aws_security_group.ftp.id]
}

resource "aws_lb_target_group" "ftp" {
  port        = 21
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_target_group_attachment" "ftp" {
  target_group_arn = aws_lb_target_group.ftp.arn
  target_id        = ADDRESS
}

module "elsewhere" {
  source = "example.com/elsewhere/lb/aws"
  group  = aws_lb_target_group.ftp.arn
}

variable "address" {}
