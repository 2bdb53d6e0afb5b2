package analyzer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// piece is a resource of a network, whose attributes are texts, truths, lists of these, or the ID of another part.
type piece struct {
	address string
	attrs   map[string]any
}

// idOf is the ID of a part, and nested a block.
type (
	idOf   string
	nested map[string]any
)

// azureNetwork and googleNetwork are as networkOf, of other clouds.
func azureNetwork(closedBy string) []piece {
	from := "*"
	pieces := []piece{
		{"azurerm_virtual_network.main", map[string]any{"name": "main", "resource_group_name": "ftp", "location": "westeurope", "address_space": []any{"10.0.0.0/16"}}},
		{"azurerm_subnet.ftp", map[string]any{"name": "ftp", "resource_group_name": "ftp", "virtual_network_name": "main", "address_prefixes": []any{"10.0.1.0/24"}}},
		{"azurerm_public_ip.ftp", map[string]any{"name": "ftp", "resource_group_name": "ftp", "location": "westeurope", "allocation_method": "Static", "sku": "Standard"}},
	}
	public := map[string]any{"public_ip_address_id": idOf("azurerm_public_ip.ftp")}
	switch closedBy {
	case "the rule":
		from = "10.0.0.0/8"
	case "no address":
		public = nil
	}
	inside := nested{"name": "ftp", "subnet_id": idOf("azurerm_subnet.ftp"), "private_ip_address_allocation": "Dynamic"}
	maps.Copy(inside, public)
	return append(pieces, []piece{
		{"azurerm_network_security_group.ftp", map[string]any{"name": "ftp", "resource_group_name": "ftp", "location": "westeurope", "security_rule": nested{
			"name": "ftp", "priority": 100.0, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "source_port_range": "*",
			"destination_port_range": "21", "source_address_prefix": from, "destination_address_prefix": "*",
		}}},
		{"azurerm_subnet_network_security_group_association.ftp", map[string]any{"subnet_id": idOf("azurerm_subnet.ftp"), "network_security_group_id": idOf("azurerm_network_security_group.ftp")}},
		{"azurerm_network_interface.ftp", map[string]any{"name": "ftp", "resource_group_name": "ftp", "location": "westeurope", "ip_configuration": inside}},
		{"azurerm_linux_virtual_machine.ftp", map[string]any{
			"name": "ftp", "resource_group_name": "ftp", "location": "westeurope", "network_interface_ids": []any{idOf("azurerm_network_interface.ftp")},
		}},
	}...)
}

func googleNetwork(closedBy string) []piece {
	from := "0.0.0.0/0"
	card := nested{"subnetwork": idOf("google_compute_subnetwork.ftp"), "access_config": nested{"network_tier": "PREMIUM"}}
	switch closedBy {
	case "the rule":
		from = "10.0.0.0/8"
	case "no address":
		delete(card, "access_config")
	}
	return []piece{
		{"google_compute_network.main", map[string]any{"name": "main", "auto_create_subnetworks": false}},
		{"google_compute_subnetwork.ftp", map[string]any{"name": "ftp", "ip_cidr_range": "10.0.1.0/24", "region": "europe-west1", "network": idOf("google_compute_network.main")}},
		{"google_compute_firewall.ftp", map[string]any{
			"name": "ftp", "network": idOf("google_compute_network.main"), "direction": "INGRESS", "source_ranges": []any{from},
			"allow": nested{"protocol": "tcp", "ports": []any{"21"}},
		}},
		{"google_compute_instance.ftp", map[string]any{"name": "ftp", "zone": "europe-west1-b", "machine_type": "e2-small", "network_interface": card}},
	}
}

// networkOf returns a network with a machine in it that FTP gets to, unless something closes it.
func networkOf(closedBy string) []piece {
	action, target, from := "allow", "0.0.0.0/0", "0.0.0.0/0"
	switch closedBy {
	case "the ACL":
		action = "deny"
	case "the route":
		target = "192.0.2.0/24"
	case "the rule":
		from = "10.0.0.0/8"
	}
	return []piece{
		{"aws_vpc.main", map[string]any{"cidr_block": "10.0.0.0/16"}},
		{"aws_internet_gateway.main", map[string]any{"vpc_id": idOf("aws_vpc.main")}},
		{"aws_subnet.ftp", map[string]any{"vpc_id": idOf("aws_vpc.main"), "cidr_block": "10.0.1.0/24", "map_public_ip_on_launch": true}},
		{"aws_route_table.ftp", map[string]any{"vpc_id": idOf("aws_vpc.main")}},
		{"aws_route.ftp", map[string]any{
			"route_table_id": idOf("aws_route_table.ftp"), "destination_cidr_block": target, "gateway_id": idOf("aws_internet_gateway.main"),
		}},
		{"aws_route_table_association.ftp", map[string]any{"subnet_id": idOf("aws_subnet.ftp"), "route_table_id": idOf("aws_route_table.ftp")}},
		{"aws_network_acl.ftp", map[string]any{"vpc_id": idOf("aws_vpc.main"), "subnet_ids": []any{idOf("aws_subnet.ftp")}}},
		{"aws_network_acl_rule.in", map[string]any{
			"network_acl_id": idOf("aws_network_acl.ftp"), "egress": false, "rule_number": 100.0, "rule_action": action, "protocol": "-1",
			"cidr_block": "0.0.0.0/0",
		}},
		{"aws_network_acl_rule.out", map[string]any{
			"network_acl_id": idOf("aws_network_acl.ftp"), "egress": true, "rule_number": 100.0, "rule_action": "allow", "protocol": "-1",
			"cidr_block": "0.0.0.0/0",
		}},
		{"aws_security_group.ftp", map[string]any{"vpc_id": idOf("aws_vpc.main")}},
		{"aws_vpc_security_group_ingress_rule.ftp", map[string]any{
			"security_group_id": idOf("aws_security_group.ftp"), "ip_protocol": "tcp", "from_port": 21.0, "to_port": 21.0, "cidr_ipv4": from,
		}},
		{"aws_instance.ftp", map[string]any{"subnet_id": idOf("aws_subnet.ftp"), "vpc_security_group_ids": []any{idOf("aws_security_group.ftp")}}},
	}
}

// needs returns the parts that a part refers to.
func (p piece) needs() []string {
	var out []string
	var in func(any)
	in = func(v any) {
		switch v := v.(type) {
		case idOf:
			out = append(out, string(v))
		case []any:
			in(v[0])
		case nested:
			for _, inner := range v {
				in(inner)
			}
		}
	}
	in(nested(p.attrs))
	return out
}

// written returns the part as a block, in which ref says how the ID of another part is written.
func (p piece) written(ref func(string) string) string {
	var value func(any) string
	value = func(v any) string {
		switch v := v.(type) {
		case idOf:
			return ref(string(v))
		case []any:
			return "[" + value(v[0]) + "]"
		case string:
			return fmt.Sprintf("%q", v)
		}
		return fmt.Sprint(v)
	}
	typ, name, _ := strings.Cut(p.address, ".")
	var body func(attrs nested) string
	body = func(attrs nested) string {
		out := "{\n"
		for _, attr := range slices.Sorted(maps.Keys(attrs)) {
			if inner, ok := attrs[attr].(nested); ok {
				out += "  " + attr + " " + body(inner)
			} else {
				out += "  " + attr + " = " + value(attrs[attr]) + "\n"
			}
		}
		return out + "}\n"
	}
	return fmt.Sprintf("resource %q %q ", typ, name) + body(p.attrs)
}

// linkText is the link of a part in Google's cloud.
func linkText(address string) string {
	return "https://www.googleapis.com/compute/v1/projects/acme/" + idText(address)
}

func idText(address string) string {
	return "id-of-" + strings.NewReplacer(".", "-", "_", "-").Replace(address)
}

// state returns the state of parts, as Terraform shows it, with the ID of each as an output.
func state(t *testing.T, parts []piece) string {
	t.Helper()
	var value func(any) any
	value = func(v any) any {
		switch v := v.(type) {
		case idOf:
			return idText(string(v))
		case []any:
			return []any{value(v[0])}
		case nested:
			out := map[string]any{}
			for attr, inner := range v {
				out[attr] = value(inner)
			}
			return []any{out}
		}
		return v
	}
	var resources []any
	outputs := map[string]any{}
	for _, p := range parts {
		typ, name, _ := strings.Cut(p.address, ".")
		values := map[string]any{"id": idText(p.address), "tags": map[string]any{"part": p.address}}
		if strings.HasPrefix(typ, "google_") {
			values["self_link"] = linkText(p.address)
		}
		for attr, v := range p.attrs {
			values[attr] = value(v)
		}
		resources = append(resources, map[string]any{
			"address": p.address, "mode": "managed", "type": typ, "name": name, "provider_name": "registry.terraform.io/hashicorp/" + strings.SplitN(typ, "_", 2)[0],
			"schema_version": 0, "values": values,
		})
		outputs[output(p.address)] = map[string]any{"sensitive": false, "type": "string", "value": idText(p.address)}
	}
	text, err := json.Marshal(map[string]any{
		"format_version": "1.0", "terraform_version": "1.11.4",
		"values": map[string]any{"outputs": outputs, "root_module": map[string]any{"resources": resources}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func output(address string) string { return strings.ReplaceAll(address, ".", "_") }

const remoteState = `data "terraform_remote_state" "rest" {
  backend = "s3"
  config  = { bucket = "states", key = "rest" }
}
`

const backend = `terraform {
  backend "s3" {
    bucket = "states"
    key    = "rest"
  }
}
`

// TestSplit splits networks with a machine over two root modules in every way in which one refers to the other and not back. With
// the other's state given, or the other root module in the same scan, the verdict is that of the whole.
func TestSplit(t *testing.T) {
	t.Parallel()
	type network struct {
		cloud, closedBy string
		of              func(string) []piece
	}
	networks := []network{
		{"Azure", "nothing", azureNetwork},
		{"Google", "nothing", googleNetwork},
	}
	for _, closedBy := range []string{"the rule", "no address"} {
		networks = append(networks, network{"Azure", closedBy, azureNetwork}, network{"Google", closedBy, googleNetwork})
	}
	for _, closedBy := range []string{"nothing", "the ACL", "the route", "the rule"} {
		networks = append(networks, network{"AWS", closedBy, networkOf})
	}
	for _, network := range networks {
		closedBy := network.closedBy
		t.Run(network.cloud+"/"+closedBy, func(t *testing.T) {
			t.Parallel()
			parts := network.of(closedBy)
			whole := ""
			for _, p := range parts {
				whole += p.written(func(a string) string { return a + ".id" })
			}
			want := machine(t, map[string]string{"app/main.tf": whole})
			if want.Must.Empty() != (closedBy != "nothing") || !want.Known() {
				t.Fatalf("the whole: %v", want)
			}
			for set := range 1 << (len(parts) - 1) {
				there := map[string]bool{}
				for i, p := range parts {
					there[p.address] = set&(1<<i) != 0
				}
				if set == 0 || slices.ContainsFunc(parts, func(p piece) bool {
					return there[p.address] && slices.ContainsFunc(p.needs(), func(n string) bool { return !there[n] })
				}) {
					continue
				}
				all := splits(t, parts, there)
				kinds := slices.Sorted(maps.Keys(all))
				for i, kind := range kinds {
					if !trials.Long() && network.cloud == "AWS" && i != set%len(kinds) {
						continue
					}
					if got := machine(t, all[kind]); !got.Must.Equal(want.Must) || !got.May.Equal(want.May) {
						t.Errorf("%s, with %v apart: %v", kind, there, got)
					}
				}
			}
		})
	}
}

// splits returns the files of a network whose parts are in two root modules, by how one knows of the other.
func splits(t *testing.T, parts []piece, there map[string]bool) map[string]map[string]string {
	t.Helper()
	var rest []piece
	other, outputs := backend, ""
	for _, p := range parts {
		if there[p.address] {
			rest = append(rest, p)
			other += p.written(func(a string) string { return a + ".id" })
			outputs += fmt.Sprintf("output %q {\n  value = %s.id\n}\n", output(p.address), p.address)
		}
	}
	app := func(ref func(string) string) string {
		out := ""
		for _, p := range parts {
			if !there[p.address] {
				out += p.written(func(a string) string {
					if there[a] {
						return ref(a)
					}
					return a + ".id"
				})
			}
		}
		return out
	}
	data := func(arguments func(string) string) string {
		asked := map[string]bool{}
		out := app(func(a string) string { asked[a] = true; return "data." + a + ".id" })
		for _, p := range rest {
			if typ, name, _ := strings.Cut(p.address, "."); asked[p.address] {
				out += fmt.Sprintf("data %q %q {\n%s\n}\n", typ, name, arguments(p.address))
			}
		}
		return out
	}
	outputOf := func(a string) string { return "data.terraform_remote_state.rest.outputs." + output(a) }
	given := state(t, rest)
	variables, inputs := "", ""
	parameters := app(func(a string) string {
		if declared := fmt.Sprintf("variable %q {}\n", output(a)); !strings.Contains(variables, declared) {
			variables += declared
			inputs += fmt.Sprintf("  %[1]s = dependency.rest.outputs.%[1]s\n", output(a))
		}
		return "var." + output(a)
	})
	const runs = "terraform {\n  source = \"../../%s\"\n}\n"
	bare := strings.TrimPrefix(other, backend)
	keep := "remote_state {\n  backend = \"s3\"\n  config = { bucket = \"states\", key = get_path_from_repo_root() }\n}\n"
	out := map[string]map[string]string{
		"a unit's dependency": {
			"app/main.tf": variables + parameters, "rest/main.tf": bare + outputs,
			"live/app/terragrunt.hcl":  fmt.Sprintf(runs, "app") + "dependency \"rest\" {\n  config_path = \"../rest\"\n}\ninputs = {\n" + inputs + "}\n",
			"live/rest/terragrunt.hcl": fmt.Sprintf(runs, "rest"),
		},
		"the state of a unit": {
			"app/main.tf": strings.Replace(remoteState, `key = "rest"`, `key = "live/rest"`, 1) + app(outputOf), "rest/main.tf": bare + outputs,
			"live/rest/terragrunt.hcl": fmt.Sprintf(runs, "rest") + keep,
		},
		"a workspace's outputs": {
			"app/main.tf":  "data \"tfe_outputs\" \"rest\" {\n  organization = \"acme\"\n  workspace = \"rest\"\n}\n" + app(func(a string) string { return "data.tfe_outputs.rest.values." + output(a) }),
			"rest/main.tf": "terraform {\n  cloud {\n    organization = \"acme\"\n    workspaces {\n      name = \"rest\"\n    }\n  }\n}\n" + bare + outputs,
		},
		"a local state": {
			"app/main.tf": "data \"terraform_remote_state\" \"rest\" {\n  backend = \"local\"\n  config  = { path = \"${path.module}/../rest/terraform.tfstate\" }\n}\n" + app(outputOf), "rest/main.tf": bare + outputs,
		},
		"both root modules": {"app/main.tf": remoteState + app(outputOf), "rest/main.tf": other + outputs},
		"literal IDs":       {"app/main.tf": app(func(a string) string { return fmt.Sprintf("%q", idText(a)) }), "given.json": given},
		"remote state":      {"app/main.tf": strings.Replace(remoteState, `"rest" }`, "var.key }\nvariable \"key\" {}", 1) + app(outputOf), "given.json": given},
		"a state with IDs":  {"app.json": state(t, slices.DeleteFunc(slices.Clone(parts), func(p piece) bool { return there[p.address] })), "given.json": given},
	}
	for kind, arguments := range lookups(parts) {
		out["data by "+kind] = map[string]string{"app/main.tf": data(arguments), "given.json": given}
	}
	return out
}

// lookups returns what the arguments of a part's data source may be in its cloud. Source: the documentation of the providers.
func lookups(parts []piece) map[string]func(address string) string {
	named := func(arguments ...string) func(string) string {
		return func(address string) string {
			out := ""
			for _, p := range parts {
				for _, name := range arguments {
					if text, ok := p.attrs[name].(string); ok && p.address == address {
						out += fmt.Sprintf("%s = %q\n", name, text)
					}
				}
			}
			return out
		}
	}
	switch cloud, _, _ := strings.Cut(parts[0].address, "_"); cloud {
	case "azurerm":
		return map[string]func(string) string{"name": named("name", "resource_group_name", "virtual_network_name")}
	case "google":
		return map[string]func(string) string{
			"name": named("name", "region", "zone"),
			"link": func(a string) string { return fmt.Sprintf("self_link = %q", linkText(a)) },
			"path": func(a string) string {
				return fmt.Sprintf("self_link = %q", strings.TrimPrefix(linkText(a), "https://www.googleapis.com/compute/v1/"))
			},
		}
	}
	return map[string]func(string) string{
		"ID":     func(a string) string { return fmt.Sprintf("id = %q", idText(a)) },
		"tags":   func(a string) string { return fmt.Sprintf("tags = { part = %q }", a) },
		"filter": func(a string) string { return fmt.Sprintf("filter {\nname = \"tag:part\"\nvalues = [%q]\n}", a) },
	}
}

// machine returns who reaches the machine of the root module app among files; a state is given.json.
func machine(t *testing.T, files map[string]string) netset.Bounds[netset.Prefixes] {
	t.Helper()
	port, err := rules.Parse("ftp")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	config := analyzer.Config{Paths: []string{dir}, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge()}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		switch name {
		case "given.json":
			config.With = []string{path}
		case "app.json":
			config.Paths = []string{path}
		}
	}
	var out netset.Bounds[netset.Prefixes]
	found := 0
	_, seen, err := analyzer.RunWith(t.Context(), config, func(_ *analyzer.Selection, a *analyzer.Analysis) []reach.Reached { return a.Reached })
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range seen {
		for i := range list {
			found++
			out = list[i].Admits
		}
	}
	if found != 1 {
		t.Fatalf("%d machines in %v", found, files)
	}
	return out
}

// TestLookedUp checks which resource of other states a data source is, by the forms of its arguments; none where that isn't sure.
// Source: the documentation of the data sources.
func TestLookedUp(t *testing.T) {
	t.Parallel()
	at := func(project, rest string) map[string]any {
		return map[string]any{"id": "projects/" + project + "/" + rest, "self_link": "https://www.googleapis.com/compute/v1/projects/" + project + "/" + rest, "project": project}
	}
	with := func(base, more map[string]any) map[string]any {
		out := maps.Clone(base)
		maps.Copy(out, more)
		return out
	}
	azure := func(group, name, typ string) map[string]any {
		return map[string]any{"id": "/subscriptions/sub-1/resourceGroups/" + group + "/providers/Microsoft.Network/" + typ + "/" + name, "name": name, "resource_group_name": group}
	}
	given := state(t, []piece{
		{"google_compute_network.shop", with(at("shop", "global/networks/main"), map[string]any{"name": "main"})},
		{"google_compute_network.lab", with(at("lab", "global/networks/main"), map[string]any{"name": "main"})},
		{"google_compute_subnetwork.west", with(at("shop", "regions/europe-west1/subnetworks/ftp"), map[string]any{"name": "ftp", "region": "europe-west1"})},
		{"google_compute_subnetwork.north", with(at("shop", "regions/europe-north1/subnetworks/ftp"), map[string]any{"name": "ftp", "region": "europe-north1"})},
		{"google_compute_address.ftp", with(at("shop", "regions/europe-west1/addresses/ftp"), map[string]any{"name": "ftp", "region": "europe-west1"})},
		{"google_compute_instance.a", with(at("shop", "zones/europe-west1-a/instances/ftp"), map[string]any{"name": "ftp", "zone": "europe-west1-a"})},
		{"google_compute_instance.b", with(at("shop", "zones/europe-west1-b/instances/ftp"), map[string]any{"name": "ftp", "zone": "europe-west1-b"})},
		{"azurerm_virtual_network.main", azure("net", "main", "virtualNetworks")},
		{"azurerm_subnet.ftp", with(azure("net", "ftp", "virtualNetworks/main/subnets"), map[string]any{"virtual_network_name": "main"})},
		{"azurerm_subnet.other", with(azure("net", "ftp", "virtualNetworks/other/subnets"), map[string]any{"virtual_network_name": "other"})},
		{"azurerm_network_security_group.ftp", azure("net", "ftp", "networkSecurityGroups")},
		{"azurerm_public_ip.ftp", azure("net", "ftp", "publicIPAddresses")},
		{"azurerm_public_ip.web", azure("web", "ftp", "publicIPAddresses")},
		{"aws_vpc.ireland", map[string]any{"id": "vpc-1", "arn": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", "tags": map[string]any{"Name": "main"}}},
		{"aws_vpc.virginia", map[string]any{"id": "vpc-2", "arn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-2", "tags": map[string]any{"Name": "main"}}},
		{"aws_security_group.ftp", map[string]any{"id": "sg-1", "name": "ftp", "vpc_id": "vpc-1"}},
		{"aws_security_group.far", map[string]any{"id": "sg-2", "name": "ftp", "vpc_id": "vpc-2"}},
		{"aws_instance.ftp", map[string]any{"id": "i-1", "tags": map[string]any{"Name": "ftp"}}},
	})
	for _, test := range []struct{ typ, arguments, provider, want string }{
		{"google_compute_network", `name = "main"`, "", ""},
		{"google_compute_network", "name = \"main\"\nproject = \"lab\"", "", "projects/lab/global/networks/main"},
		{"google_compute_network", `name = "main"`, `provider "google" { project = "lab" }`, "projects/lab/global/networks/main"},
		{"google_compute_network", `name = "main"`, `provider "google" { project = "other" }`, ""},
		{"google_compute_network", `name = "main"`, `provider "google" { project = "123456" }`, ""},
		{"google_compute_network", "name = \"main\"\nprovider = google.lab", "provider \"google\" {\nalias = \"lab\"\nproject = \"lab\"\n}", "projects/lab/global/networks/main"},
		{"google_compute_network", "name = \"main\"\nproject = var.project\n}\nvariable \"project\" {", "", ""},
		{"google_compute_subnetwork", `name = "ftp"`, "", ""},
		{"google_compute_subnetwork", "name = \"ftp\"\nregion = \"europe-north1\"", "", "projects/shop/regions/europe-north1/subnetworks/ftp"},
		{"google_compute_subnetwork", `name = "ftp"`, `provider "google" { region = "europe-west1" }`, "projects/shop/regions/europe-west1/subnetworks/ftp"},
		{"google_compute_subnetwork", "name = \"ftp\"\nregion = \"projects/shop/regions/europe-north1\"", "", "projects/shop/regions/europe-north1/subnetworks/ftp"},
		{"google_compute_subnetwork", `self_link = "projects/shop/regions/europe-north1/subnetworks/ftp"`, "", "projects/shop/regions/europe-north1/subnetworks/ftp"},
		{"google_compute_subnetwork", `self_link = "https://compute.googleapis.com/compute/v1/projects/shop/regions/europe-west1/subnetworks/ftp"`, "", "projects/shop/regions/europe-west1/subnetworks/ftp"},
		{"google_compute_subnetwork", `self_link = "projects/lab/regions/europe-west1/subnetworks/ftp"`, "", ""},
		{"google_compute_address", `name = "ftp"`, "", "projects/shop/regions/europe-west1/addresses/ftp"},
		{"google_compute_instance", "name = \"ftp\"\nzone = \"europe-west1-b\"", "", "projects/shop/zones/europe-west1-b/instances/ftp"},
		{"google_compute_instance", `name = "ftp"`, `provider "google" { zone = "europe-west1-a" }`, "projects/shop/zones/europe-west1-a/instances/ftp"},
		{"google_compute_instance", `self_link = "projects/shop/zones/europe-west1-a/instances/ftp"`, "", "projects/shop/zones/europe-west1-a/instances/ftp"},
		{"azurerm_virtual_network", "name = \"main\"\nresource_group_name = \"NET\"", "", "/subscriptions/sub-1/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/main"},
		{"azurerm_virtual_network", "name = \"main\"\nresource_group_name = \"net\"", `provider "azurerm" { subscription_id = "sub-2" }`, ""},
		{"azurerm_virtual_network", "name = \"main\"\nresource_group_name = \"web\"", "", ""},
		{"azurerm_subnet", "name = \"ftp\"\nresource_group_name = \"net\"\nvirtual_network_name = \"other\"", "", "/subscriptions/sub-1/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/other/subnets/ftp"},
		{"azurerm_network_security_group", "name = \"ftp\"\nresource_group_name = \"net\"", `provider "azurerm" { subscription_id = "SUB-1" }`, "/subscriptions/sub-1/resourceGroups/net/providers/Microsoft.Network/networkSecurityGroups/ftp"},
		{"azurerm_public_ip", "name = \"ftp\"\nresource_group_name = \"web\"", "", "/subscriptions/sub-1/resourceGroups/web/providers/Microsoft.Network/publicIPAddresses/ftp"},
		{"azurerm_public_ip", "name = \"ftp\"\nresource_group_name = var.group\n}\nvariable \"group\" {", "", ""},
		{"aws_vpc", `tags = { Name = "main" }`, "", ""},
		{"aws_vpc", `tags = { Name = "main" }`, `provider "aws" { region = "us-east-1" }`, "vpc-2"},
		{"aws_vpc", "tags = { Name = \"main\" }\nregion = \"eu-west-1\"", `provider "aws" { region = "us-east-1" }`, "vpc-1"},
		{"aws_vpc", `tags = { Name = "main" }`, `provider "aws" { region = "eu-north-1" }`, ""},
		{"aws_security_group", "name = \"ftp\"\nvpc_id = \"vpc-2\"", "", "sg-2"},
		{"aws_security_group", `name = "ftp"`, "", ""},
		{"aws_security_group", "filter {\nname = \"group-name\"\nvalues = [\"ftp\"]\n}\nvpc_id = \"vpc-1\"", "", "sg-1"},
		{"aws_instance", `instance_tags = { Name = "ftp" }`, "", "i-1"},
		{"aws_instance", `instance_id = "i-1"`, "", "i-1"},
	} {
		t.Run(test.typ+"/"+test.arguments+test.provider, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config := analyzer.Config{Paths: []string{dir}, With: []string{filepath.Join(t.TempDir(), "given.json")}, Knowledge: all.Knowledge()}
			text := fmt.Sprintf("%s\ndata %q \"it\" {\n%s\n}\nresource \"aws_security_group\" \"is\" { description = data.%[2]s.it.id }\n", test.provider, test.typ, test.arguments)
			for name, text := range map[string]string{filepath.Join(dir, "main.tf"): text, config.With[0]: given} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, seen, err := analyzer.RunWith(t.Context(), config, func(_ *analyzer.Selection, a *analyzer.Analysis) string {
				for _, r := range a.Topology().OfType("aws_security_group") {
					if r.Addr.Name == "is" {
						text, _ := r.Attr("description").Text()
						return text
					}
				}
				return "there is no resource"
			})
			if err != nil || len(seen) != 1 || seen[0] != test.want {
				t.Errorf("it is %q, want %q; %v", seen, test.want, err)
			}
		})
	}
}
