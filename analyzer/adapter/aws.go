package adapter

// aws returns the adapters of Amazon Web Services.
func aws() []Adapter {
	return []Adapter{
		awsSecurityGroup(),
		awsSecurityGroupRule(),
		awsVPCSecurityGroupIngressRule(),
	}
}
