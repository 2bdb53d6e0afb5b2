package rules

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
)

// equivalent is a check of another scanner that asks what a rule of tfreach asks.
type equivalent struct {
	// question is the rule's ID without the service.
	question string
	// service is what the check is about; empty for all.
	service string
	ids     []string
}

// equivalents are the checks of Trivy, tfsec (whose IDs Trivy took over), Checkov and KICS. Their IDs are in the pages of
// https://avd.aquasec.com/misconfig, https://aquasecurity.github.io/tfsec,
// https://www.checkov.io/5.Policy%20Index/terraform.html and https://docs.kics.io/latest/queries/terraform-queries.
var equivalents = []equivalent{
	{"ingress-open", "", []string{
		"aws-ec2-no-public-ingress-sgr", "aws-vpc-no-public-ingress-sgr",
		"AVD-AZU-0047", "azure-network-no-public-ingress",
		"AVD-GCP-0027", "google-compute-no-public-ingress",
		"AVD-DIG-0001", "digitalocean-compute-no-public-ingress",
		"AVD-NIF-0001", "nifcloud-computing-no-public-ingress-sgr",
		"AVD-OPNSTK-0003", "openstack-networking-no-public-ingress",
		"4728cd65-a20c-49da-8b31-9c08b423e4db", // Unrestricted Security Group Ingress
	}},
	{"nacl-ingress-open", "", []string{"AVD-AWS-0105", "aws-ec2-no-public-ingress-acl", "aws-vpc-no-public-ingress-acl"}},
	{"listener-public", "", []string{"AVD-AWS-0053", "aws-elb-alb-not-public"}},
	{"ingress-open", "ftp", []string{"CKV_GCP_75"}},
	{"ingress-open", "ftp-data", []string{"CKV_GCP_77"}},
	// Trivy's AVD-AWS-0107, once any port, is about these two now.
	{"ingress-open", "ssh", []string{"AVD-AWS-0107", "CKV_AWS_24", "CKV_AZURE_10", "CKV_GCP_2"}},
	{"ingress-open", "rdp", []string{"AVD-AWS-0107", "CKV_AWS_25", "CKV_AZURE_9", "CKV_GCP_3"}},
	{"ingress-open", "http", []string{"CKV_AWS_260", "CKV_AZURE_160", "CKV_GCP_106"}},
	{"ingress-open", "mysql", []string{"CKV_GCP_88"}},
	{"nacl-ingress-open", "ftp", []string{"CKV_AWS_229"}},
	{"nacl-ingress-open", "ftp-data", []string{"CKV_AWS_230"}},
	{"nacl-ingress-open", "rdp", []string{"CKV_AWS_231"}},
	{"nacl-ingress-open", "ssh", []string{"CKV_AWS_232"}},
	{"cleartext", "ftp", []string{"CKV_AZURE_78"}},
}

// equate gives a rule the IDs of its equivalents, and names them on the rule's page.
func equate(r *analyzer.Rule) {
	question := strings.TrimPrefix(r.ID, r.Port.Service+"-")
	for _, e := range equivalents {
		if e.question == question && (e.service == "" || e.service == r.Port.Service) {
			r.Equivalents = append(r.Equivalents, e.ids...)
		}
	}
	if len(r.Equivalents) == 0 {
		return
	}
	quoted := slices.Clone(r.Equivalents)
	for i, id := range quoted {
		quoted[i] = "`" + id + "`"
	}
	r.Help += "\n## Checks of others\n\nComments that suppress one of these suppress this rule, too: " + strings.Join(quoted, ", ") + ".\n"
}
