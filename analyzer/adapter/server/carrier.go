package server

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// carriers says where resources of no cloud, and of clouds without a firewall here, have texts for machines.
func carriers() []read.UserData {
	return []read.UserData{
		// They are there for their provisioners.
		{Types: []string{
			"null_resource", "terraform_data", "proxmox_vm_qemu", "proxmox_virtual_environment_vm", "proxmox_virtual_environment_container", "proxmox_lxc",
		}},
		// https://registry.terraform.io/providers/Telmate/proxmox/latest/docs/resources/cloud_init_disk
		{Types: []string{"proxmox_cloud_init_disk"}, Attrs: []string{"user_data"}},
		// https://registry.terraform.io/providers/dmacvicar/libvirt/latest/docs/resources/cloudinit
		{Types: []string{"libvirt_cloudinit_disk"}, Attrs: []string{"user_data"}},
		// https://registry.terraform.io/providers/vmware/vsphere/latest/docs/resources/virtual_machine; what cloud-init reads:
		// https://docs.cloud-init.io/en/latest/reference/datasources/vmware.html
		{Types: []string{"vsphere_virtual_machine"}, Attrs: []string{
			`extra_config["guestinfo.vendordata"]`, `extra_config["guestinfo.userdata"]`, `vapp.properties["user-data"]`,
		}},
		// https://documentation.ubuntu.com/lxd/latest/cloud-init/
		{Types: []string{"lxd_instance", "lxd_container", "lxd_profile", "incus_instance", "incus_profile"}, Attrs: []string{
			`config["cloud-init.vendor-data"]`, `config["user.vendor-data"]`, `config["cloud-init.user-data"]`, `config["user.user-data"]`,
		}},
		{Types: []string{
			"cloudstack_instance", "brightbox_server", "equinix_metal_device", "metal_device", "packet_device", "ovh_cloud_project_instance",
			"vkcs_compute_instance", "opentelekomcloud_compute_instance_v2", "flexibleengine_compute_instance_v2", "harvester_cloudinit_secret",
		}, Attrs: []string{"user_data"}},
		{Types: []string{"ionoscloud_server"}, Attrs: []string{"volume.user_data"}},
		{Types: []string{"latitudesh_user_data"}, Attrs: []string{"content"}},
		{Types: []string{"xenorchestra_vm"}, Attrs: []string{"cloud_config"}},
		{Types: []string{"nutanix_virtual_machine"}, Attrs: []string{"guest_customization_cloud_init_user_data"}},
		{Types: []string{"ncloud_init_script"}, Attrs: []string{"content"}},
		{Types: []string{"alicloud_ecs_command"}, Attrs: []string{"command_content"}},
		{Types: []string{"tencentcloud_tat_command"}, Attrs: []string{"content"}},
		// https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
		{Types: []string{
			"azurerm_resource_group_template_deployment", "azurerm_subscription_template_deployment", "azurerm_management_group_template_deployment",
		}, Documents: []string{"template_content"}},
		{Types: []string{"azurerm_template_deployment"}, Documents: []string{"template_body"}},
		{Types: []string{"kubectl_manifest"}, Documents: []string{"yaml_body"}},
	}
}

// Carriers returns the adapters of resources that carry a script in some way of their own.
func Carriers() []read.Adapter {
	return []read.Adapter{
		{Types: []string{"aws_ssm_association"}, FTP: ssmAssociation},
		{Types: []string{"proxmox_virtual_environment_file", "proxmox_file"}, Reads: reads(), FTP: proxmoxFile},
		{Types: []string{"google_compute_project_metadata_item"}, FTP: projectMetadataItem},
		{Types: []string{"google_os_config_os_policy_assignment"}, FTP: osPolicyAssignment},
	}
}

// ssmAssociation reads the commands that an association gives to one of AWS's own documents.
// Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/documents.html
func ssmAssociation(s read.Subject) ([]fact.FTP, []fact.Unread) {
	m := setup{subject: s}
	name, _ := s.Resource.Attr("name").Text()
	kind := host.Script
	switch name {
	case "AWS-RunPowerShellScript":
		kind = host.PowerShell
	case "AWS-RunShellScript":
	default:
		return nil, nil
	}
	m.add(kind, `parameters["commands"]`)
	return m.read()
}

// proxmoxFile reads a snippet of Proxmox, which machines name as their user data.
// Source: https://registry.terraform.io/providers/bpg/proxmox/latest/docs/resources/virtual_environment_file
func proxmoxFile(s read.Subject) ([]fact.FTP, []fact.Unread) {
	m := setup{subject: s}
	m.add(host.UserData, "source_raw.data")
	for _, b := range objectOf(s).blocks("source_file") {
		known, written := b.attr("path")
		name, _ := known.Text()
		switch text, ok := written.FileText(host.Hole); {
		case ok && !strings.HasSuffix(name, ".iso") && !strings.HasSuffix(name, ".img"):
			m.addText(host.UserData, "", text)
		case strings.Contains(name, "snippet") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml"):
			m.addText(host.Elsewhere, "", textOf(s, known, written))
		}
	}
	return m.read()
}

// projectMetadataItem reads one key of project metadata; google_compute_project_metadata has several.
func projectMetadataItem(s read.Subject) ([]fact.FTP, []fact.Unread) {
	m := setup{subject: s}
	key, _ := s.Resource.Attr("key").Text()
	switch key {
	case "startup-script":
		m.add(host.Script, "value")
	case "user-data":
		m.add(host.UserData, "value")
	case "windows-startup-script-ps1", "sysprep-specialize-script-ps1":
		m.add(host.PowerShell, "value")
	case "startup-script-url", "windows-startup-script-url":
		m.add(host.Elsewhere, "value")
	}
	return m.read()
}

// osPolicyAssignment reads the packages that a policy of Google's OS Config installs, and the scripts that it runs.
// Source: https://cloud.google.com/compute/docs/os-configuration-management/working-with-os-policies
func osPolicyAssignment(s read.Subject) ([]fact.FTP, []fact.Unread) {
	m := setup{subject: s}
	each := []object{objectOf(s)}
	for _, name := range []string{"os_policies", "resource_groups", "resources"} {
		var next []object
		for _, o := range each {
			next = append(next, o.blocks(name)...)
		}
		each = next
	}
	for _, o := range each {
		for _, p := range o.blocks("pkg") {
			if state, _ := p.known.OwnAttr("desired_state").Text(); state == "REMOVED" {
				continue
			}
			for _, block := range []string{"apt", "yum", "zypper"} {
				manager := strings.Replace(block, "apt", "apt-get", 1)
				for _, b := range p.blocks(block) {
					known, written := b.attr("name")
					name := textOf(s, known, written)
					pieces := append([]graph.Piece{{Text: manager + " ", Known: true, At: b.at}}, name.Pieces...)
					m.addText(host.Packages, "", graph.Compose(host.Hole, pieces...))
				}
			}
		}
		for _, e := range o.blocks("exec") {
			for _, b := range append(e.blocks("validate"), e.blocks("enforce")...) {
				interpreter, _ := b.known.OwnAttr("interpreter").Text()
				kind := host.Script
				if strings.Contains(interpreter, "POWERSHELL") {
					kind = host.PowerShell
				}
				if known, written := b.attr("script"); read.Given(known) {
					m.addText(kind, "", textOf(s, known, written))
				}
				for _, file := range b.blocks("file") {
					for _, source := range append(file.blocks("remote"), file.blocks("gcs")...) {
						known, written := source.attr("uri")
						if !read.Given(known) {
							known, written = source.attr("object")
						}
						if read.Given(known) {
							m.addText(host.Elsewhere, "", textOf(s, known, written))
						}
					}
				}
			}
		}
	}
	return m.read()
}
