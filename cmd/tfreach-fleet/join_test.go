package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
)

// world is a network of AWS with machines, as resources of a state.
type world []resource

type resource struct {
	typ, name string
	values    map[string]any
}

// state writes a state of some of the resources: of all if none are given.
func (w world) state(some []int) []byte {
	list := []any{}
	for i, r := range w {
		if some == nil || slices.Contains(some, i) {
			list = append(list, map[string]any{
				"address": r.typ + "." + r.name, "mode": "managed", "type": r.typ, "name": r.name, "provider_name": "registry.terraform.io/hashicorp/aws",
				"schema_version": 1, "values": r.values, "sensitive_values": map[string]any{},
			})
		}
	}
	text, err := json.Marshal(map[string]any{
		"format_version": "1.0", "terraform_version": "1.9.0", "values": map[string]any{"root_module": map[string]any{"resources": list}},
	})
	if err != nil {
		panic(err)
	}
	return text
}

// network is a VPC with a machine that the internet reaches and one that it doesn't. All IDs end in id, eight hexadecimal
// digits.
func network(id string) world {
	vpc, group, gateway := "vpc-"+id, "sg-"+id, "igw-"+id
	w := world{
		{"aws_vpc", "main", map[string]any{"id": vpc, "cidr_block": "10.0.0.0/16", "main_route_table_id": "rtb-0" + id[1:], "default_network_acl_id": "acl-" + id}},
		{"aws_internet_gateway", "main", map[string]any{"id": gateway, "vpc_id": vpc}},
		{"aws_security_group", "ftp", map[string]any{
			"id": group, "name": "ftp", "vpc_id": vpc, "egress": []any{}, "ingress": []any{map[string]any{
				"from_port": 21, "to_port": 21, "protocol": "tcp", "cidr_blocks": []any{"0.0.0.0/0"}, "ipv6_cidr_blocks": []any{},
				"prefix_list_ids": []any{}, "security_groups": []any{}, "self": false, "description": "",
			}},
		}},
		{"aws_network_acl", "main", map[string]any{"id": "acl-" + id, "vpc_id": vpc, "subnet_ids": []any{"subnet-1" + id[1:], "subnet-2" + id[1:]}, "ingress": []any{
			map[string]any{"action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 0, "to_port": 0, "protocol": "-1", "rule_no": 100, "icmp_code": 0, "icmp_type": 0, "ipv6_cidr_block": ""},
		}, "egress": []any{
			map[string]any{"action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 0, "to_port": 0, "protocol": "-1", "rule_no": 100, "icmp_code": 0, "icmp_type": 0, "ipv6_cidr_block": ""},
		}}},
	}
	for i, routes := range [][]any{
		{map[string]any{"cidr_block": "0.0.0.0/0", "gateway_id": gateway}},
		{},
	} {
		n := fmt.Sprint(i + 1)
		subnet, table := "subnet-"+n+id[1:], "rtb-"+n+id[1:]
		w = append(w,
			resource{"aws_subnet", "s" + n, map[string]any{"id": subnet, "vpc_id": vpc, "cidr_block": "10.0." + n + ".0/24", "map_public_ip_on_launch": true}},
			resource{"aws_route_table", "t" + n, map[string]any{"id": table, "vpc_id": vpc, "route": routes}},
			resource{"aws_route_table_association", "a" + n, map[string]any{"id": "rtbassoc-" + n + id[1:], "subnet_id": subnet, "route_table_id": table}},
			resource{"aws_instance", "m" + n, map[string]any{
				"id": "i-" + n + id[1:], "subnet_id": subnet, "vpc_security_group_ids": []any{group}, "associate_public_ip_address": true,
				"public_ip": "203.0.113." + n, "private_ip": "10.0." + n + ".5", "ami": "ami-" + id,
			}},
		)
	}
	return w
}

// verdicts returns the verdicts on the machines, without the documents.
func verdicts(rows []endpointRow) map[string]string {
	out := map[string]string{}
	for _, r := range rows {
		out[r.Address] = r.Verdict
	}
	return out
}

// TestJoin spreads whole networks over documents at random. The verdicts are those on the whole.
func TestJoin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(7, 23))
	const networks = 30
	for n := range networks {
		id := fmt.Sprintf("%08x", 0xa0000000+n*17)
		w := network(id)
		file(t, filepath.Join(dir, "whole", id+".json"), w.state(nil))
		parts := make([][]int, 1+random.IntN(4))
		for i := range w {
			at := random.IntN(len(parts))
			parts[at] = append(parts[at], i)
		}
		for i, part := range parts {
			if len(part) > 0 {
				file(t, filepath.Join(dir, "parts", fmt.Sprintf("%s-%d.json", id, i)), w.state(part))
			}
		}
	}
	must(t, dir, "--out", "w", "whole/*.json")
	must(t, dir, "--out", "p", "parts/*.json")
	must(t, dir, "--out", "alone", "--alone", "parts/*.json")
	known := func(of map[string][]endpointRow) (n int) {
		for _, rows := range of {
			for _, r := range rows {
				if r.Verdict != "unknown" {
					n++
				}
			}
		}
		return n
	}
	whole, parts, alone := endpoints(t, filepath.Join(dir, "w")), endpoints(t, filepath.Join(dir, "p")), endpoints(t, filepath.Join(dir, "alone"))
	if known(alone) >= known(parts) {
		t.Errorf("alone, %d verdicts are known, and together %d", known(alone), known(parts))
	}
	byNetwork := map[string]map[string]string{}
	for name, rows := range parts {
		id := filepath.Base(name)[:8]
		if byNetwork[id] == nil {
			byNetwork[id] = map[string]string{}
		}
		maps.Copy(byNetwork[id], verdicts(rows))
	}
	if len(whole) != networks {
		t.Fatalf("%d networks have machines, want %d", len(whole), networks)
	}
	for name, rows := range whole {
		id := filepath.Base(name)[:8]
		want := verdicts(rows)
		if want["aws_instance.m1"] != "reached" || want["aws_instance.m2"] != "not reached" {
			t.Errorf("%s: the whole gives %v", name, want)
		}
		if !maps.Equal(byNetwork[id], want) {
			t.Errorf("%s: the parts give %v, the whole %v", id, byNetwork[id], want)
		}
	}
}

// TestSince compares with an earlier result.
func TestSince(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := network("0000000a")
	file(t, filepath.Join(dir, "a.json"), w.state([]int{0, 1, 3}))
	must(t, dir, "--out", "first", "a.json")
	file(t, filepath.Join(dir, "a.json"), w.state(nil))
	must(t, dir, "--out", "second", "a.json")
	s, err := summarize(t.Context(), filepath.Join(dir, "second"), filepath.Join(dir, "first"))
	if err != nil {
		t.Fatal(err)
	}
	if s.New != 2 || s.Exposed != 3 || s.Gone != 0 || len(s.Machines) != 1 || len(s.Fresh) == 0 {
		t.Errorf("the summary is %+v", s)
	}
	s, err = summarize(t.Context(), filepath.Join(dir, "first"), filepath.Join(dir, "second"))
	if err != nil {
		t.Fatal(err)
	}
	if s.New != 0 || s.Gone != 2 {
		t.Errorf("the other way round, it is %+v", s)
	}
}
