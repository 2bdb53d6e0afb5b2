package graph

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// lookUp returns the resource in the given states and plans that a data source surely reads: the only one of its type that
// has what the arguments ask for, if each of these can be told exactly. It is nil if there is none.
func (i *instance) lookUp() *Resource {
	ev := i.scope.m.ev
	if i.addr.Mode != Data || len(ev.inputs.Others) == 0 {
		return nil
	}
	if r, known := ev.found[i]; known {
		return r
	}
	ev.found[i] = nil // ends a circle
	if rs, known := i.lookUpAll(i.addr.Type); known && len(rs) == 1 {
		ev.found[i] = rs[0]
	}
	return ev.found[i]
}

// lookUpAll returns the resources of a type in the given states and plans that have what the arguments of a data source ask for,
// and whether that can be told of each exactly.
func (i *instance) lookUpAll(typ string) (found []*Resource, known bool) {
	for _, o := range i.scope.m.ev.inputs.Others {
		for _, r := range o.graph.OfType(typ) {
			if r.Addr.Mode != Managed || !r.Certain {
				continue
			}
			is, known := i.reads(r)
			if !known {
				return nil, false
			}
			if is {
				found = append(found, r)
			}
		}
	}
	return found, true
}

// lists returns the type of the resources whose IDs the data sources of a type list; empty if it isn't known. Every VPC has a
// group and a route table that no state needs to have, so those of a whole VPC are never known.
func lists(dataSource string) string {
	switch dataSource {
	case "aws_vpcs":
		return "aws_vpc"
	case "aws_subnets", "aws_subnet_ids":
		return "aws_subnet"
	case "aws_instances":
		return "aws_instance"
	}
	return ""
}

// makers are the types whose resources make others of a type that are in no state.
func makers(typ string) []string {
	if typ == "aws_instance" {
		return []string{"aws_autoscaling_group", "aws_ec2_fleet", "aws_eks_node_group", "aws_spot_fleet_request", "aws_spot_instance_request"}
	}
	return []string{strings.Replace(typ, "aws_", "aws_default_", 1)}
}

// listed returns the IDs that a data source lists if these are known by the given states and plans. Their order is the cloud's,
// so each of several may be any of them.
func (i *instance) listed() (cty.Value, bool) {
	typ, ev := lists(i.addr.Type), i.scope.m.ev
	if typ == "" || i.addr.Mode != Data || len(ev.inputs.Others) == 0 || i.attrs["ids"] != nil { // which ends a circle
		return cty.NilVal, false
	}
	if i.attrs == nil {
		i.attrs = map[string]*cell{}
	}
	i.attrs["ids"] = &cell{}
	defer delete(i.attrs, "ids")
	if slices.ContainsFunc(i.scope.m.source.Resources, func(b *source.Block) bool { return b.Keyword == "resource" && b.Labels[0] == typ }) {
		return cty.NilVal, false // whose own may be among them
	}
	for _, o := range ev.inputs.Others {
		for _, maker := range makers(typ) {
			if len(o.graph.OfType(maker)) > 0 {
				return cty.NilVal, false
			}
		}
	}
	found, known := i.lookUpAll(typ)
	if !known || len(found) == 0 || len(found) > maxListed {
		return cty.NilVal, false
	}
	var ids []cty.Value
	marks := cty.NewValueMarks(Origin{Kind: FromData, Name: i.name + ".ids", Resource: i.name, Attr: "ids", At: i.block.At})
	for _, r := range found {
		text, told := r.Attr("id").Text()
		if !told {
			return cty.NilVal, false
		}
		ids = append(ids, cty.StringVal(text))
		marks[lang.Identity{Term: text, Literal: true, Filled: true}] = struct{}{}
	}
	if len(ids) == 1 {
		return cty.ListVal(ids), true
	}
	for n := range ids {
		ids[n] = cty.UnknownVal(cty.String).RefineNotNull()
	}
	return cty.ListVal(ids).WithMarks(marks), true
}

// maxListed limits the IDs that a data source lists, so that each of them can be any.
const maxListed = 64

// reads reports whether the arguments of a data source are those of a resource, and whether that is known. One that surely isn't
// its own tells enough.
func (i *instance) reads(r *Resource) (is, known bool) {
	known = true
	asked, other := false, i.apart(r)
	check := func(match, told bool) {
		asked = true
		known = known && told
		other = other || told && !match
	}
	body := configBody{i.block.Body, i.scope}
	for _, name := range i.block.Body.Names() {
		switch {
		case isMeta(name) || name == "timeouts":
		case name == "filter":
			for _, filter := range body.blocks(name) {
				check(filtered(r, filter))
			}
		case name == "tags" || name == "instance_tags":
			check(tagged(r, body.attr(name)))
		case i.block.Body.Attr(name) == nil:
			check(false, false)
		default:
			v := body.attr(name)
			if v.Absent() {
				continue
			}
			text, told := v.Text()
			match, has := sameText(r, own(r.Addr.Type, name), text)
			check(match, told && has)
		}
	}
	if other {
		return false, true
	}
	return asked, asked && known
}

// apart reports whether the provider of a data source surely looks where a resource isn't: in another project, subscription,
// region or zone. Source: the documentation of the providers, where a data source without these has the provider's.
func (i *instance) apart(r *Resource) bool {
	provider := i.scope.m.providerOf(i.block)
	for _, p := range placesOf(r) {
		if i.block.Body.Attr(p.name) != nil { // which counts as the others do
			continue
		}
		text, told := provider.Attr(p.name).Text()
		switch here, there := lastPart(text), lastPart(p.is); {
		case !told || here == "" || there == "":
		case p.name == "project" && (digits(here) || digits(there)): // projects have a number, too
		case !strings.EqualFold(here, there):
			return true
		}
	}
	return false
}

// place is where a resource is, with what its own argument for that and the provider's are called.
type place struct{ name, is string }

// placesOf returns the places of a resource that a document tells.
func placesOf(r *Resource) []place {
	text := func(attr string) string {
		t, _ := r.Attr(attr).Text()
		return t
	}
	switch cloud, _, _ := strings.Cut(r.Addr.Type, "_"); cloud {
	case "aws":
		return []place{{"region", regionOf(r)}}
	case "google":
		return []place{{"project", text("project")}, {"region", text("region")}, {"zone", text("zone")}}
	case "azurerm":
		if parts := strings.Split(text("id"), "/"); len(parts) > 2 && strings.EqualFold(parts[1], "subscriptions") {
			return []place{{"subscription_id", parts[2]}}
		}
	}
	return nil
}

// regionOf returns the region of a resource of AWS: its own, which version 6 of the provider tells, or that of its ARN.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func regionOf(r *Resource) string {
	if text, known := r.Attr("region").Text(); known {
		return text
	}
	arn, _ := r.Attr("arn").Text()
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[3]
	}
	return ""
}

// digits reports whether a text is a number, as those of Google's projects.
func digits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// lastPart returns the name at the end of a link.
func lastPart(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// own returns the attribute of a resource that an argument of the data source of its type is about: route_table_id is the ID
// of aws_route_table.
func own(typ, argument string) string {
	_, name, _ := strings.Cut(typ, "_")
	if argument == name+"_id" {
		return "id"
	}
	return argument
}

// sameText reports whether an attribute of a resource is a text, and whether that is known.
func sameText(r *Resource, attr, text string) (is, known bool) {
	has, known := r.Attr(attr).Text()
	if attr == "region" && strings.HasPrefix(r.Addr.Type, "aws_") {
		has = regionOf(r)
		known = has != ""
	}
	switch {
	case !known:
		return false, false
	case strings.HasPrefix(r.Addr.Type, "azurerm_"): // whose names and IDs have no case
		return strings.EqualFold(has, text), true
	case strings.HasPrefix(r.Addr.Type, "google_"):
		return sameLink(has, text), true
	}
	return has == text, true
}

// sameLink reports whether two texts name one thing of Google: by its name, by a path that starts with its project, or by a whole
// link. Source: https://cloud.google.com/apis/design/resource_names
func sameLink(a, b string) bool {
	if !strings.Contains(a, "/") || !strings.Contains(b, "/") {
		return lastPart(a) == lastPart(b)
	}
	path := func(link string) string {
		if i := strings.Index(link, "projects/"); i >= 0 {
			return link[i:]
		}
		return link
	}
	return path(a) == path(b)
}

// tagged reports whether a resource has all of some tags, and whether that is known.
func tagged(r *Resource, want Value) (is, known bool) {
	raw := want.Raw()
	if want.Absent() || !want.Known() || !raw.CanIterateElements() {
		return false, false
	}
	is = true
	for it := raw.ElementIterator(); it.Next(); {
		key, v := it.Element()
		if key.Type() != cty.String {
			return false, false
		}
		text, told := (Value{v: v}).Text()
		match, has := hasTag(r, key.AsString(), []string{text})
		if !told || !has {
			return false, false
		}
		is = is && match
	}
	return is, true
}

// hasTag reports whether a resource has a tag with one of some values, and whether that is known. Those that a provider adds to
// all are in tags_all.
func hasTag(r *Resource, key string, values []string) (is, known bool) {
	for _, attr := range []string{"tags_all", "tags"} {
		tags := r.Attr(attr)
		if tags.Absent() {
			continue
		}
		if !tags.Known() {
			return false, false
		}
		text, has := tags.Object().Attr(key).Text()
		return has && slices.Contains(values, text), true
	}
	return false, true // a state has what there is
}

// filtered reports whether a resource passes a filter, and whether that is known. Source: the pages of the Describe operations
// of the Amazon EC2 API, such as https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html.
func filtered(r *Resource, filter Block) (is, known bool) {
	name, told := filter.Attr("name").Text()
	elements, whole := filter.Attr("values").Elements()
	if !told || !whole || !filter.Certain {
		return false, false
	}
	var values []string
	for _, e := range elements {
		text, told := e.Text()
		if !told || strings.ContainsAny(text, `*?\`) { // which stand for others
			return false, false
		}
		values = append(values, text)
	}
	if tag, ok := strings.CutPrefix(name, "tag:"); ok {
		return hasTag(r, tag, values)
	}
	attr := ""
	switch name {
	case "vpc-id":
		attr = own(r.Addr.Type, "vpc_id")
	case "subnet-id", "group-id", "route-table-id", "internet-gateway-id", "network-acl-id":
		if attr = own(r.Addr.Type, strings.ReplaceAll(name, "-", "_")); name == "group-id" {
			attr = "id"
		}
	case "group-name":
		attr = "name"
	case "cidr", "cidr-block", "availability-zone":
		attr = map[string]string{"cidr": "cidr_block", "cidr-block": "cidr_block", "availability-zone": "availability_zone"}[name]
	default:
		return false, false
	}
	for _, text := range values {
		match, told := sameText(r, attr, text)
		if !told {
			return false, false
		}
		is = is || match
	}
	return is, true
}
