package all_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/adapter/all"
)

// published returns the types that publish ports or that ways lead to: those by rules of their own, and those that are endpoints.
func published() (listeners, endpoints []string) {
	known := all.Knowledge()
	for _, a := range known.Adapters {
		if a.Publishes {
			listeners = append(listeners, a.Types...)
		}
	}
	for _, c := range known.Clouds {
		endpoints = append(endpoints, c.Types...)
	}
	return listeners, endpoints
}

// Each cloud has a listener and a machine, except for those that have no resource for one.
func TestClouds(t *testing.T) {
	listeners, endpoints := published()
	for cloud, without := range map[string]string{
		"alicloud": "", "aws": "listener", "azurerm": "", "civo": "listener", "digitalocean": "", "exoscale": "", "google": "listener", "hcloud": "",
		"huaweicloud": "", "ibm": "", "linode": "", "ncloud": "", "nifcloud": "", "oci": "", "openstack": "", "outscale": "", "ovh": "",
		"scaleway": "", "stackit": "", "tencentcloud": "", "upcloud": "", "vultr": "", "yandex": "",
	} {
		of := func(typ string) bool { return strings.HasPrefix(typ, cloud+"_") }
		// The listeners of AWS and Google are endpoints, too; balancers of Civo come from Kubernetes.
		if !slices.ContainsFunc(listeners, of) && without != "listener" {
			t.Errorf("%s: nothing publishes a port", cloud)
		}
		if !slices.ContainsFunc(endpoints, of) {
			t.Errorf("%s: there are ways to nothing", cloud)
		}
	}
}

// The managed services that may be on the internet are read, each by its type. A replication instance of DMS isn't among them: its
// address is for connections that it makes.
func TestManagedEndpoints(t *testing.T) {
	listeners, endpoints := published()
	read := slices.Concat(listeners, endpoints)
	for typ := range strings.FieldsSeq(`
		aws_db_instance aws_rds_cluster_instance aws_redshift_cluster aws_redshiftserverless_workgroup aws_msk_cluster aws_mq_broker
		aws_opensearch_domain aws_elasticache_cluster aws_emr_cluster aws_eks_cluster aws_eks_node_group
		aws_transfer_server aws_lightsail_instance aws_elastic_beanstalk_environment
		azurerm_mssql_server azurerm_postgresql_server azurerm_postgresql_flexible_server azurerm_mysql_server
		azurerm_mysql_flexible_server azurerm_redis_cache azurerm_storage_account azurerm_kubernetes_cluster azurerm_batch_pool
		azurerm_container_app azurerm_api_management azurerm_application_gateway
		google_sql_database_instance google_alloydb_instance google_container_cluster
	`) {
		if !slices.Contains(read, typ) {
			t.Errorf("%s: no way to it is read, and nothing says that it publishes a port", typ)
		}
	}
}
