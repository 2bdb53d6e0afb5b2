package main

import (
	"fmt"
	"io"
	"strings"
)

// bigPlan is a plan that is generated while it is read: it creates security groups with two rules each, and alarms, which
// no rule is about.
type bigPlan struct {
	// resources is how many there are, and relevant says how many of each hundred of them are groups.
	resources, relevant int
	// open says that one group in so many is open to everyone.
	open int
}

// sized returns a plan of about that many bytes.
func sized(bytes, relevant, open int) bigPlan {
	const sample = 1000
	n, _ := io.Copy(io.Discard, bigPlan{sample, relevant, open}.reader())
	return bigPlan{int(int64(bytes) * sample / n), relevant, open}
}

// bigPlanSections are what a plan has of each resource, between what is before, between and after that.
var bigPlanSections = []struct{ before, group, alarm string }{
	{
		before: `{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":[`,
		group: `{"address":"aws_security_group.this[\"NAME\"]","mode":"managed","type":"aws_security_group","name":"this","index":"NAME",` +
			`"provider_name":"registry.terraform.io/hashicorp/aws","schema_version":1,"values":` + bigPlanGroup +
			`,"sensitive_values":{"egress":[],"ingress":[{"cidr_blocks":[false],"ipv6_cidr_blocks":[],"prefix_list_ids":[],` +
			`"security_groups":[]},{"cidr_blocks":[false],"ipv6_cidr_blocks":[],"prefix_list_ids":[],"security_groups":[]}],"tags_all":{}}}`,
		alarm: `{"address":"aws_cloudwatch_metric_alarm.this[\"NAME\"]","mode":"managed","type":"aws_cloudwatch_metric_alarm",` +
			`"name":"this","index":"NAME","provider_name":"registry.terraform.io/hashicorp/aws","schema_version":1,"values":` + bigPlanAlarm +
			`,"sensitive_values":{"alarm_actions":[false],"dimensions":{},"metric_query":[],"tags_all":{}}}`,
	},
	{
		before: `]}},"resource_changes":[`,
		group: `{"address":"aws_security_group.this[\"NAME\"]","mode":"managed","type":"aws_security_group","name":"this","index":"NAME",` +
			`"provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,"after":` + bigPlanGroup +
			`,"after_unknown":{"arn":true,"egress":true,"id":true,"ingress":[{"cidr_blocks":[false],"ipv6_cidr_blocks":[],` +
			`"prefix_list_ids":[],"security_groups":[]},{"cidr_blocks":[false],"ipv6_cidr_blocks":[],"prefix_list_ids":[],` +
			`"security_groups":[]}],"name_prefix":true,"owner_id":true,"tags_all":true},"before_sensitive":false,` +
			`"after_sensitive":{"egress":[],"ingress":[{"cidr_blocks":[false],"ipv6_cidr_blocks":[],"prefix_list_ids":[],` +
			`"security_groups":[]},{"cidr_blocks":[false],"ipv6_cidr_blocks":[],"prefix_list_ids":[],"security_groups":[]}],"tags_all":{}}}}`,
		alarm: `{"address":"aws_cloudwatch_metric_alarm.this[\"NAME\"]","mode":"managed","type":"aws_cloudwatch_metric_alarm",` +
			`"name":"this","index":"NAME","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],` +
			`"before":null,"after":` + bigPlanAlarm + `,"after_unknown":{"alarm_actions":[false],"arn":true,` +
			`"dimensions":{},"evaluate_low_sample_count_percentiles":true,"id":true,"metric_query":[],"tags_all":true},"before_sensitive":false,` +
			`"after_sensitive":{"alarm_actions":[false],"dimensions":{},"metric_query":[],"tags_all":{}}}}`,
	},
	{before: `],"configuration":{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws"}},` +
		`"root_module":{"resources":[{"address":"aws_security_group.this","mode":"managed","type":"aws_security_group","name":"this",` +
		`"provider_config_key":"aws","expressions":{"ingress":{"references":["each.value"]},"name":{"references":["each.key"]},` +
		`"vpc_id":{"references":["var.vpc_id"]}},"schema_version":1,"for_each_expression":{"references":["local.groups"]}}],` +
		`"variables":{"vpc_id":{}}}},"complete":true,"errored":false}` + "\n"},
}

const (
	bigPlanGroup = `{"description":"Managed by Terraform","ingress":[{"cidr_blocks":["SOURCE"],"description":"","from_port":20,` +
		`"ipv6_cidr_blocks":[],"prefix_list_ids":[],"protocol":"tcp","security_groups":[],"self":false,"to_port":21},` +
		`{"cidr_blocks":["10.1.0.0/16"],"description":"","from_port":443,"ipv6_cidr_blocks":[],"prefix_list_ids":[],"protocol":"tcp",` +
		`"security_groups":[],"self":false,"to_port":443}],"name":"NAME","region":"eu-west-1","revoke_rules_on_delete":false,"tags":null,` +
		`"timeouts":null,"vpc_id":"vpc-0a1b2c3d4e5f60718"}`
	bigPlanAlarm = `{"actions_enabled":true,"alarm_actions":["arn:aws:sns:eu-west-1:123456789012:alarms"],"alarm_description":"The ` +
		`queue NAME has messages that nobody took for an hour.","alarm_name":"NAME","comparison_operator":"GreaterThanThreshold",` +
		`"datapoints_to_alarm":null,"dimensions":{"QueueName":"NAME"},"evaluation_periods":12,"extended_statistic":null,` +
		`"insufficient_data_actions":null,"metric_name":"ApproximateAgeOfOldestMessage","metric_query":[],"namespace":"AWS/SQS",` +
		`"ok_actions":null,"period":300,"region":"eu-west-1","statistic":"Maximum","tags":null,"threshold":3600,` +
		`"threshold_metric_id":null,"treat_missing_data":"missing","unit":null}`
)

// reader returns the text of the plan.
func (p bigPlan) reader() io.Reader { return &bigPlanReader{plan: p} }

type bigPlanReader struct {
	plan          bigPlan
	section, next int
	// text is what of block isn't read yet.
	text, block []byte
}

func (r *bigPlanReader) Read(b []byte) (int, error) {
	for len(r.text) == 0 {
		if r.section == len(bigPlanSections) {
			return 0, io.EOF
		}
		r.block = r.plan.part(r.block[:0], r.section, r.next)
		r.text = r.block
		if r.next += bigPlanBlock; r.next >= r.plan.resources || bigPlanSections[r.section].group == "" {
			r.section, r.next = r.section+1, 0
		}
	}
	n := copy(b, r.text)
	r.text = r.text[n:]
	return n, nil
}

// bigPlanBlock is how many resources are generated at a time.
const bigPlanBlock = 64

// part appends what a section says of the resources of a block to text, with what is before the first of all.
func (p bigPlan) part(text []byte, section, first int) []byte {
	s := bigPlanSections[section]
	if first == 0 {
		text = append(text, s.before...)
	}
	if s.group == "" {
		return text
	}
	for i := first; i < min(first+bigPlanBlock, p.resources); i++ {
		object, source := s.group, "10.0.0.0/8"
		if i%100 >= p.relevant {
			object = s.alarm
		}
		if i%p.open == 0 {
			source = "0.0.0.0/0"
		}
		if i > 0 {
			text = append(text, ',')
		}
		name := fmt.Sprintf("team-%07d", i)
		for i, part := range strings.Split(object, "NAME") {
			if i > 0 {
				text = append(text, name...)
			}
			before, after, ok := strings.Cut(part, "SOURCE")
			if text = append(text, before...); ok {
				text = append(append(text, source...), after...)
			}
		}
	}
	return text
}
