package read

import (
	"slices"
	"strings"
)

// Effect is what a resource of an unread type may do to the resources that it refers to.
type Effect uint8

// The effects.
const (
	// NoEffect is for types that carry no traffic, filter none and are guarded by nothing: a metric's alarm, a DNS record.
	NoEffect Effect = iota + 1
	// Guarded is for types that are put behind a firewall or into a subnet, like a database, and change nothing for others
	// there.
	Guarded
	// AnyEffect is for all other types: they may route, filter, publish or hold rules.
	AnyEffect
)

// EffectOf returns what a resource of an unread type may do to a resource of type target that it refers to. Types of another
// cloud's provider have no effect.
func EffectOf(typ, target string) Effect {
	if CloudOf(typ) != CloudOf(target) {
		return NoEffect
	}
	starts := func(prefix string) bool { return strings.HasPrefix(typ, prefix) }
	switch {
	case slices.ContainsFunc(bystanders(), starts), strings.Contains(typ, "_iam_"), stores(typ), slices.Contains(networks(), typ),
		behind(typ) && balances(target) && !behind(target):
		return NoEffect
	case slices.ContainsFunc(guardedTypes(), starts):
		return Guarded
	}
	return AnyEffect
}

// Closed returns types of settings that close all networks but those that another resource opens again by naming them.
// Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
func Closed() []string { return []string{"aws_vpc_block_public_access_options"} }

// CloudOf returns the cloud of a resource type: its provider's name, or the name of the main provider if the cloud has several.
func CloudOf(typ string) string {
	provider, _, _ := strings.Cut(typ, "_")
	switch provider {
	case "awscc":
		return "aws"
	case "azapi", "azurestack":
		return "azurerm"
	}
	return provider
}

// bystanders returns prefixes of types with NoEffect. Source: the providers' pages of these types, none of which has an
// argument for traffic.
func bystanders() []string {
	return []string{
		"aws_acm_", "aws_acmpca_", "aws_ami", "aws_api_gateway_", "aws_apigatewayv2_", "aws_appautoscaling_", "aws_athena_", "aws_autoscaling_lifecycle_hook",
		"aws_autoscaling_notification", "aws_autoscaling_policy", "aws_autoscaling_schedule", "aws_backup_", "aws_budgets_",
		"aws_cloudfront_", "aws_cloudtrail", "aws_cloudwatch_", "aws_config_", "aws_dlm_", "aws_dynamodb_", "aws_ebs_", "aws_ec2_availability_zone_group",
		"aws_ec2_capacity_reservation", "aws_ec2_instance_state", "aws_ec2_tag", "aws_ecr_", "aws_ecs_cluster", "aws_flow_log",
		"aws_guardduty_", "aws_inspector", "aws_key_pair", "aws_kms_", "aws_lb_listener_certificate", "aws_placement_group",
		"aws_resourcegroups_", "aws_route53_record", "aws_route53_zone", "aws_route53_health_check", "aws_s3_", "aws_secretsmanager_", "aws_securityhub_",
		"aws_service_discovery_", "aws_shield_", "aws_sns_", "aws_sqs_", "aws_ssm_", "aws_volume_attachment", "aws_vpc_dhcp_options",
		"aws_waf", "aws_xray_",
		"azurerm_automation_", "azurerm_availability_set", "azurerm_backup_", "azurerm_dev_test_global_vm_shutdown_schedule",
		"azurerm_dns_", "azurerm_image", "azurerm_key_vault", "azurerm_log_analytics_", "azurerm_maintenance_", "azurerm_managed_disk",
		"azurerm_management_lock", "azurerm_monitor_", "azurerm_network_watcher", "azurerm_policy_", "azurerm_private_dns_",
		"azurerm_proximity_placement_group", "azurerm_recovery_services_", "azurerm_resource_group", "azurerm_resource_policy_",
		"azurerm_role_", "azurerm_security_center_", "azurerm_shared_image", "azurerm_ssh_public_key", "azurerm_storage_",
		"azurerm_user_assigned_identity", "azurerm_virtual_machine_data_disk_attachment",
		"google_bigquery_", "google_compute_attached_disk", "google_compute_autoscaler", "google_compute_disk", "google_compute_health_check",
		"google_compute_image", "google_compute_managed_ssl_certificate", "google_compute_project_metadata", "google_compute_region_autoscaler",
		"google_compute_region_disk", "google_compute_region_health_check", "google_compute_resource_policy", "google_compute_snapshot",
		"google_compute_ssl_", "google_dns_", "google_kms_", "google_logging_", "google_monitoring_", "google_org_policy_", "google_os_",
		"alicloud_eip_address", "digitalocean_project", "hcloud_floating_ip", "hcloud_network", "hcloud_placement_group", "hcloud_server_network", "oci_core_nat_gateway", "oci_identity_",
		"scaleway_instance_private_nic",
		"google_project_service", "google_pubsub_", "google_secret_manager_", "google_service_account", "google_storage_", "google_tags_",
	}
}

// networks returns types of networks that say nothing of what is let in, and whose names begin those of types that do.
func networks() []string { return []string{"ibm_is_vpc", "ncloud_vpc"} }

// balances reports whether a type's name says that it is a load balancer or a listener of one.
func balances(typ string) bool {
	words := strings.Split(typ, "_")
	return strings.Contains(typ, "load_balancer") || slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"lb", "lbaas", "clb", "slb", "nlb", "alb", "elb", "nodebalancer", "loadbalancer"}, word)
	})
}

// IsInterface reports whether a type's name says that its resources are network interfaces, attach such, or set up those of a
// machine.
func IsInterface(typ string) bool {
	return !balances(typ) && slices.ContainsFunc(strings.Split(typ, "_"), func(word string) bool {
		return slices.Contains([]string{"interface", "nic", "vnic", "port", "config"}, word)
	})
}

// behind reports whether a type's name says that it is behind a load balancer, and so changes nothing of who comes in there. What it
// hands connections on to is another matter.
func behind(typ string) bool {
	return balances(typ) && slices.ContainsFunc(strings.Split(typ, "_"), func(word string) bool {
		return slices.Contains([]string{
			"pool", "member", "members", "monitor", "backend", "backendset", "target", "targets", "node", "vms", "certificate", "log", "logs",
		}, word)
	})
}

// stores reports whether a type's name says that it is a disk, a key, a copy, or a name in DNS. The larger clouds use these words
// for other things, too.
func stores(typ string) bool {
	if slices.Contains([]string{"aws", "azurerm", "google"}, CloudOf(typ)) {
		return false
	}
	return slices.ContainsFunc(strings.Split(typ, "_"), func(word string) bool {
		return slices.Contains([]string{
			"volume", "disk", "storage", "snapshot", "backup", "key", "keypair", "record", "dns", "rdns", "dhcp",
		}, word)
	})
}

// guardedTypes returns prefixes of types with the effect Guarded. Source: the providers' pages of these types, which refer to
// subnets and firewalls for an interface of their own.
func guardedTypes() []string {
	return []string{
		"aws_batch_", "aws_codebuild_", "aws_dax_", "aws_db_", "aws_directory_service_", "aws_dms_", "aws_docdb_", "aws_efs_", "aws_eks_",
		"aws_elasticache_", "aws_elasticsearch_", "aws_emr_", "aws_fsx_", "aws_glue_", "aws_lambda_", "aws_memorydb_", "aws_mq_",
		"aws_msk_", "aws_neptune_", "aws_opensearch_", "aws_rds_", "aws_redshift", "aws_route53_resolver_", "aws_sagemaker_",
		"aws_vpc_endpoint", "aws_workspaces_",
		"azurerm_app_service", "azurerm_bastion_host", "azurerm_cosmosdb_", "azurerm_databricks_", "azurerm_function_app", "azurerm_kubernetes_",
		"azurerm_linux_function_app", "azurerm_linux_web_app", "azurerm_mssql_", "azurerm_mysql_", "azurerm_postgresql_",
		"azurerm_private_endpoint", "azurerm_redis_", "azurerm_windows_function_app", "azurerm_windows_web_app",
		"google_cloud_run_", "google_cloudfunctions", "google_compute_router", "google_container_", "google_filestore_",
		"google_redis_", "google_service_networking_connection", "google_sql_", "google_vpc_access_connector",
	}
}
