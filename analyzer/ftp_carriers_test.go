package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
)

// carriers are the resource types with user data, each with where that may stand: NAME, BLOCK.NAME or, in a map, NAME KEY.
// Without any, it is what provisioners do.
const carriers = `
aws_instance: user_data, user_data_base64
aws_spot_instance_request: user_data, user_data_base64
aws_launch_configuration: user_data, user_data_base64
aws_launch_template: user_data
aws_lightsail_instance: user_data
azurerm_linux_virtual_machine: custom_data, user_data
azurerm_windows_virtual_machine: custom_data, user_data
azurerm_linux_virtual_machine_scale_set: custom_data, user_data
azurerm_windows_virtual_machine_scale_set: custom_data, user_data
azurerm_orchestrated_virtual_machine_scale_set: os_profile.custom_data, user_data_base64
azurerm_virtual_machine: os_profile.custom_data
azurerm_virtual_machine_scale_set: os_profile.custom_data
google_compute_instance: metadata_startup_script, metadata user-data, metadata startup-script
google_compute_instance_template: metadata_startup_script, metadata user-data, metadata startup-script
google_compute_region_instance_template: metadata_startup_script, metadata user-data, metadata startup-script
google_compute_instance_from_template: metadata_startup_script, metadata user-data, metadata startup-script
digitalocean_droplet: user_data
hcloud_server: user_data
vultr_instance: user_data
openstack_compute_instance_v2: user_data
exoscale_compute_instance: user_data
alicloud_instance: user_data
upcloud_server: user_data
ibm_is_instance: user_data
stackit_server: user_data
outscale_vm: user_data
nifcloud_instance: user_data
huaweicloud_compute_instance: user_data
tencentcloud_instance: user_data, user_data_raw
linode_instance: metadata.user_data
scaleway_instance_server: user_data cloud-init
oci_core_instance: metadata user_data
yandex_compute_instance: metadata user-data
civo_instance: script
null_resource:
terraform_data:
`

// TestCarriers sets an FTP server up in each place that holds user data, and a web server as what must be silent.
func TestCarriers(t *testing.T) {
	var listed []string
	for line := range strings.Lines(strings.TrimSpace(carriers)) {
		kind, places, _ := strings.Cut(strings.TrimSpace(line), ":")
		listed = append(listed, kind)
		for place := range strings.SplitSeq(places, ",") {
			if place = strings.TrimSpace(place); place == "" {
				place = "provisioner"
			}
			t.Run(kind+"/"+place, func(t *testing.T) {
				for software, want := range map[string]bool{"vsftpd": true, "nginx": false} {
					dir := folderOf(t, map[string]string{"main.tf": carrier(kind, place, software)})
					findings := runOn(t, configOf(t, dir)).Findings
					if found := slices.ContainsFunc(findings, func(f analyzer.Finding) bool {
						return f.Rule.ID == "ftp-cleartext" && f.Outcome == analyzer.Exposed
					}); found != want {
						t.Errorf("%s: ftp-cleartext is %v, want %v: %v", software, found, want, findings)
					}
				}
			})
		}
	}
	var read []string
	for _, a := range all.Knowledge().Adapters {
		if slices.Contains(a.Reads, "cloudinit_config") {
			read = append(read, a.Types...)
		}
	}
	slices.Sort(read)
	slices.Sort(listed)
	if !slices.Equal(read, listed) {
		t.Errorf("the types with user data are %q, not %q", read, listed)
	}
}

// carrier returns the configuration of a resource that installs a package at a place for user data.
func carrier(kind, place, software string) string {
	script := fmt.Sprintf("%q", "#!/bin/sh\napt-get install -y "+software+"\n")
	body := place + " = " + script
	if block, name, ok := strings.Cut(place, "."); ok {
		body = fmt.Sprintf("%s {\n%s = %s\n}", block, name, script)
	} else if name, key, ok := strings.Cut(place, " "); ok {
		body = fmt.Sprintf("%s = {\n%q = %s\n}", name, key, script)
	} else if place == "provisioner" {
		body = fmt.Sprintf("provisioner \"remote-exec\" {\ninline = [%s]\n}", script)
	}
	return fmt.Sprintf("resource %q \"x\" {\n%s\n}\n", kind, body)
}
