package adapter

import "slices"

// aws is what is known of Amazon Web Services.
func aws() Provider {
	return Provider{
		Rules: slices.Concat(
			[]Adapter{awsInlineRules(), awsSecurityGroupRule()},
			awsVPCSecurityGroupRules(),
			speak(awsNetworkACLs()...),
			speak(awsLightsail(), awsClassic(), awsEMR()),
			awsAttachments(),
			awsReplies(),
		),
		Ways: awsCloud(),
		UserData: []userData{
			{types: []string{"aws_instance", "aws_spot_instance_request", "aws_launch_configuration"}, attrs: []string{"user_data", "user_data_base64"}},
			{types: []string{"aws_launch_template"}, attrs: []string{"user_data"}},
			{types: []string{"aws_lightsail_instance"}, scripts: []string{"user_data"}},
		},
	}
}
