package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
)

// carriers are the resource types with user data, each with where that may stand: NAME, BLOCK.NAME or, in a map, NAME KEY;
// the KEY document is for documents that have scripts in them.
// Without any, it is what provisioners do.
const carriers = `
aws_instance: user_data, user_data_base64
aws_spot_instance_request: user_data, user_data_base64
aws_launch_configuration: user_data, user_data_base64
aws_launch_template: user_data
aws_lightsail_instance: user_data
aws_spot_fleet_request: launch_specification.user_data
aws_imagebuilder_image_recipe: user_data_base64
aws_ssm_document: content document
aws_imagebuilder_component: data document
aws_cloudformation_stack: template_body document
aws_cloudformation_stack_set: template_body document
kubectl_manifest:
azurerm_linux_virtual_machine: custom_data, user_data
azurerm_windows_virtual_machine:
azurerm_linux_virtual_machine_scale_set: custom_data, user_data
azurerm_windows_virtual_machine_scale_set:
azurerm_orchestrated_virtual_machine_scale_set: os_profile.custom_data, user_data_base64
azurerm_virtual_machine: os_profile.custom_data
azurerm_virtual_machine_scale_set: os_profile.custom_data
google_compute_instance: metadata_startup_script, metadata user-data, metadata startup-script
google_compute_instance_template: metadata_startup_script, metadata user-data, metadata startup-script
google_compute_region_instance_template: metadata_startup_script, metadata user-data, metadata startup-script
google_compute_instance_from_template: metadata_startup_script, metadata user-data, metadata startup-script
google_compute_project_metadata: metadata user-data, metadata startup-script
digitalocean_droplet: user_data
hcloud_server: user_data
vultr_instance: user_data
vultr_startup_script: script
openstack_compute_instance_v2: user_data
exoscale_compute_instance: user_data
exoscale_instance_pool: user_data
alicloud_instance: user_data
alicloud_ecs_instance_set: user_data
alicloud_ess_scaling_configuration: user_data
alicloud_launch_template: user_data
alicloud_ecs_launch_template: user_data
alicloud_ecs_command: command_content
upcloud_server: user_data
ibm_is_instance: user_data
stackit_server: user_data
outscale_vm: user_data
nifcloud_instance: user_data
huaweicloud_compute_instance: user_data
tencentcloud_instance: user_data, user_data_raw
tencentcloud_instance_set: user_data, user_data_raw
tencentcloud_tat_command: content
linode_instance: metadata.user_data
linode_stackscript: script
scaleway_instance_server: user_data cloud-init, cloud_init
oci_core_instance: metadata user_data
oci_core_instance_configuration: instance_details.launch_details.metadata user_data
yandex_compute_instance: metadata user-data
yandex_compute_instance_group: instance_template.metadata user-data
libvirt_cloudinit_disk: user_data
proxmox_virtual_environment_file: source_raw.data
proxmox_file: source_raw.data
vsphere_virtual_machine: extra_config guestinfo.userdata, vapp.properties user-data
lxd_instance: config cloud-init.user-data
lxd_container: config user.user-data
lxd_profile: config cloud-init.user-data
incus_instance: config cloud-init.user-data
incus_profile: config cloud-init.user-data
cloudstack_instance: user_data
brightbox_server: user_data
equinix_metal_device: user_data
metal_device: user_data
packet_device: user_data
ovh_cloud_project_instance: user_data
vkcs_compute_instance: user_data
opentelekomcloud_compute_instance_v2: user_data
flexibleengine_compute_instance_v2: user_data
harvester_cloudinit_secret: user_data
ionoscloud_server: volume.user_data
latitudesh_user_data: content
xenorchestra_vm: cloud_config
nutanix_virtual_machine: guest_customization_cloud_init_user_data
ncloud_init_script: content
civo_instance: script
azurerm_template_deployment: template_body document
azurerm_resource_group_template_deployment: template_content document
azurerm_subscription_template_deployment: template_content document
azurerm_management_group_template_deployment: template_content document
proxmox_cloud_init_disk: user_data
proxmox_vm_qemu:
proxmox_lxc:
proxmox_virtual_environment_vm:
proxmox_virtual_environment_container:
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
	blocks := strings.Split(place, ".")
	last := blocks[len(blocks)-1]
	if name, key, ok := strings.Cut(place, " "); ok {
		blocks = strings.Split(name, ".") // the key may have dots
		last = blocks[len(blocks)-1] + " " + key
	}
	body := last + " = " + script
	switch name, key, ok := strings.Cut(last, " "); {
	case ok && key == "document":
		body = fmt.Sprintf("%s = jsonencode({ Resources = { x = { Properties = { UserData = %s } } }, steps = [{ action = \"ExecuteBash\", inputs = { commands = [%s] } }] })",
			name, script, script)
	case ok:
		body = fmt.Sprintf("%s = {\n%q = %s\n}", name, key, script)
	case place == "provisioner":
		body = fmt.Sprintf("provisioner \"remote-exec\" {\ninline = [%s]\n}", script)
	}
	for _, block := range slices.Backward(blocks[:len(blocks)-1]) {
		body = fmt.Sprintf("%s {\n%s\n}", block, body)
	}
	return fmt.Sprintf("resource %q \"x\" {\n%s\n}\n", kind, body)
}
