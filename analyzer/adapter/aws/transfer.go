package aws

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// transferServer is a Transfer Family server with a public endpoint, as it has by default: SFTP, which is all that it may
// serve then, is open to everyone on port 22, without a security group. One inside of a VPC is followed there.
// Source: https://docs.aws.amazon.com/transfer/latest/userguide/create-server-sftp.html
func transferServer() read.Publisher {
	return read.Publisher{
		Types: []string{"aws_transfer_server"}, Kind: "Transfer server",
		Public: read.PublicBy(read.Words{
			Attr: "endpoint_type", Yes: []string{"PUBLIC"}, No: []string{"VPC", "VPC_ENDPOINT"}, Absent: read.Yes,
		}),
		Protocol: func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(read.TCP()) },
		Ports:    func(graph.Object) fact.Term[netset.Ports] { return read.Constant(netset.Port(22)) },
	}
}
