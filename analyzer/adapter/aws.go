package adapter

import "slices"

// aws returns the adapters of Amazon Web Services.
func aws() []Adapter {
	return slices.Concat(
		[]Adapter{awsSecurityGroup(), awsSecurityGroupRule()},
		awsVPCSecurityGroupRules(),
		speak(awsNetworkACLs()...),
		speak(awsLightsail(), awsClassic(), awsEMR()),
		awsAttachments(),
		awsReplies(),
	)
}
