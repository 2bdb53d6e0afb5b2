package server

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// imagePaths returns the attributes that name a machine's image in each cloud, as paths of [read.UserData]. The attributes of
// one list are joined.
func imagePaths() [][]string {
	return [][]string{
		{"source_image_reference.publisher", "source_image_reference.offer", "source_image_reference.sku"},
		{"storage_image_reference.publisher", "storage_image_reference.offer", "storage_image_reference.sku"},
		{"ami"},
		{"image"},
		{"image_id"},
		{"image_name"},
		{"source_image"},
		{"launch_specification.ami"},
		{"boot_disk.initialize_params.image"},
		{"disk.source_image"},
		{"source_image_id"},
		{"template"},
		{"template_id"},
		{"os"},
		{"blueprint_id"},
		{"server_image_product_code"},
		{"source_details.source_id"},
		{"initialize_params.image"},
		{"operating_system"},
	}
}

// families returns the families of distributions that a machine's image may belong to; nil if nothing is known about it.
func families(s read.Subject) []host.Family {
	o := objectOf(s)
	for _, paths := range imagePaths() {
		var names []string
		for _, path := range paths {
			known, written := attrAt(o, path)
			if read.Given(known) {
				names = append(names, imageNames(s.Graph, known)...)
				if s.Source != nil {
					names = append(names, imageNames(s.Source, written)...)
				}
			}
		}
		if found := host.FamiliesOfImage(strings.Join(names, "/")); found != nil {
			return found
		}
	}
	return nil
}

// imageNames returns the names by which a value names an image: its own text, or what the data source looks for that it comes
// from.
func imageNames(g *graph.Graph, v graph.Value) []string {
	if text, ok := v.Text(); ok && !strings.HasPrefix(text, "ami-") {
		return []string{text}
	}
	targets, whole := g.Refer(v)
	if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Mode != graph.Data {
		return nil
	}
	data := targets[0].Resource
	var out []string
	add := func(v graph.Value) {
		if text, ok := v.Text(); ok {
			out = append(out, text)
		}
	}
	for _, attr := range []string{
		"name", "name_regex", "family", "project", "slug", "publisher", "offer", "sku", "with_selector", "label", "operating_system", "filter_regex",
	} {
		add(data.Attr(attr))
	}
	for _, b := range data.Blocks("filter") {
		elements, _ := b.Attr("values").Elements()
		for _, e := range elements {
			add(e)
		}
		add(b.Attr("value"))
	}
	owners, _ := data.Attr("owners").Elements()
	for _, e := range owners {
		if owner, ok := e.Text(); ok {
			out = append(out, imageOwner(owner))
		}
	}
	return out
}

// imageOwner returns the publisher of the images of an account, or the account. Sources: the publishers' own pages on their
// images for AWS.
func imageOwner(account string) string {
	switch account {
	case "099720109477":
		return "canonical"
	case "136693071363", "379101102735":
		return "debian"
	case "309956199498":
		return "redhat"
	case "792107900819":
		return "rocky"
	case "764336703387":
		return "almalinux"
	case "125523088429":
		return "centos"
	case "013907871322":
		return "suse"
	case "538276064493":
		return "alpine"
	}
	return account
}
