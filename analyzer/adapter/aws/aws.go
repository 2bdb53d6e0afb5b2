package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
)

// Provider is what is known of Amazon Web Services.
func Provider() read.Provider {
	return read.Provider{
		Rules: slices.Concat(
			[]read.Adapter{inlineRules(), SecurityGroupRule()},
			vpcSecurityGroupRules(),
			read.Speak(networkACLs()...),
			read.Speak(lightsail(), classic(), emr()),
			[]read.Adapter{lightsailDefault()},
			attachments(),
			replies(),
		),
		Publishers: []read.Publisher{transferServer()},
		Ways:       cloud(),
		UserData: []read.UserData{
			{Types: []string{"aws_instance", "aws_spot_instance_request", "aws_launch_configuration"}, Attrs: []string{"user_data", "user_data_base64"}},
			{Types: []string{"aws_launch_template"}, Attrs: []string{"user_data"}},
			{Types: []string{"aws_spot_fleet_request"}, Attrs: []string{"launch_specification.user_data"}},
			{Types: []string{"aws_lightsail_instance"}, Scripts: []string{"user_data"}},
			{Types: []string{"aws_ssm_document"}, Documents: []string{"content"}},
			{Types: []string{"aws_imagebuilder_component"}, Documents: []string{"data"}},
			{Types: []string{"aws_imagebuilder_image_recipe"}, Attrs: []string{"user_data_base64"}},
			{Types: []string{"aws_cloudformation_stack"}, Documents: []string{"template_body"}},
		},
	}
}
