package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// containers says where resources of some types have their containers, and how they spell them.
type containers struct {
	types []string
	// path are the nested blocks that lead to the containers; if it is empty, the resource is a container. json is set if an
	// attribute holds the containers as a JSON text.
	path []string
	json string
	// command are the attributes, in order, with what the container runs instead of the image's command.
	command []string
	// env is a nested block, or a list in JSON, of variables with a name and a value. envMaps are attributes that are maps of
	// variables, or lists of NAME=VALUE.
	env     string
	envMaps []string
	// ports is the nested block with a port of the container, and port the attributes in it: the port in the container, and the
	// one of the host that leads to it.
	ports string
	port  []string
	// outside are attributes of the resource with ports that it publishes for its containers, as paths of [read.UserData].
	outside []string
	// outsideBody are the same in a body of Azure's API. serves is true if one of them is surely FTP's.
	outsideBody []string
	// mounts is the nested block with what is mounted over the files of a container, and target the attribute with its path there.
	mounts, target string
	serves         bool
	reads          []string
}

func allContainers() []containers {
	pods := []string{"spec", "template", "spec", "container"}
	kubernetes := func(path []string, types ...string) containers {
		return containers{
			types: types, path: path, command: []string{"command", "args"}, env: "env", ports: "port",
			port: []string{"container_port", "host_port"}, mounts: "volume_mount", target: "mount_path",
		}
	}
	return []containers{
		{
			types: []string{"aws_ecs_task_definition"}, json: "container_definitions", command: []string{"entryPoint", "command"},
			env: "environment", ports: "portMappings", port: []string{"containerPort", "hostPort"},
			mounts: "mountPoints", target: "containerPath",
		},
		{
			types: []string{"azurerm_container_group"}, path: []string{"container"}, command: []string{"commands"},
			envMaps: []string{"environment_variables", "secure_environment_variables"}, ports: "ports",
			port: []string{"port"}, mounts: "volume", target: "mount_path",
		},
		{
			types: []string{"azurerm_container_app"}, path: []string{"template", "container"}, command: []string{"command", "args"}, env: "env",
			mounts: "volume_mounts", target: "path",
			outside: []string{"ingress.target_port", "ingress.exposed_port"},
		},
		kubernetes(pods,
			"kubernetes_deployment", "kubernetes_deployment_v1", "kubernetes_stateful_set", "kubernetes_stateful_set_v1",
			"kubernetes_daemonset", "kubernetes_daemon_set_v1", "kubernetes_replication_controller",
			"kubernetes_replication_controller_v1", "kubernetes_job", "kubernetes_job_v1",
		),
		kubernetes([]string{"spec", "job_template", "spec", "template", "spec", "container"}, "kubernetes_cron_job", "kubernetes_cron_job_v1"),
		kubernetes([]string{"spec", "container"}, "kubernetes_pod", "kubernetes_pod_v1"),
		{
			types: []string{"docker_container"}, command: []string{"entrypoint", "command"}, envMaps: []string{"env"},
			ports: "ports", port: []string{"internal", "external"}, mounts: "volumes", target: "container_path", reads: []string{"docker_image"},
		},
		{
			types: []string{"docker_service"}, path: []string{"task_spec", "container_spec"}, command: []string{"command", "args"},
			envMaps: []string{"env"}, mounts: "mounts", target: "target", outside: []string{"endpoint_spec.ports.target_port", "endpoint_spec.ports.published_port"},
			reads: []string{"docker_image"},
		},
		manifest("manifest", "spec", "template", "spec", "containers"),
		manifest("manifest", "spec", "containers"),
	}
}

// manifest returns where kubernetes_manifest has its containers.
func manifest(path ...string) containers {
	return containers{
		types: []string{"kubernetes_manifest"}, path: path, command: []string{"command", "args"}, env: "env", ports: "ports",
		port: []string{"containerPort", "hostPort"}, mounts: "volumeMounts", target: "mountPath",
	}
}

// Containers returns the adapters of FTP servers that run in containers.
func Containers() []read.Adapter {
	out := []read.Adapter{
		{Types: []string{"nomad_job"}, FTP: nomadJob},
		{Types: []string{"helm_release"}, FTP: helmRelease},
		{Types: []string{"docker_compose"}, FTP: dockerCompose},
	}
	for _, c := range allContainers() {
		out = append(out, read.Adapter{Types: c.types, Reads: c.reads, FTP: c.find})
	}
	return out
}

func (c containers) find(s read.Subject) ([]fact.FTP, []fact.Unread) {
	var endpoints []fact.FTP
	for _, o := range c.objects(s) {
		endpoints = append(endpoints, c.container(s, o)...)
	}
	return endpoints, nil
}

// objects returns the containers of a resource.
func (c containers) objects(s read.Subject) []object {
	objects := []object{objectOf(s)}
	if c.json != "" {
		return jsonObjects(objects[0], c.json)
	}
	for _, name := range c.path {
		var next []object
		for _, o := range objects {
			next = append(next, o.blocks(name)...)
		}
		objects = next
	}
	return objects
}

// jsonObjects returns the objects of a list in JSON. They have places if the list is written as jsonencode.
func jsonObjects(o object, attr string) []object {
	known, written := o.attr(attr)
	list, encoded := written.ArgumentOf("jsonencode")
	at := written.At
	if at.Filename == "" {
		at = o.at
	}
	values := list
	if text, ok := known.Text(); ok {
		if v, ok := valueOf(text); ok {
			values = graph.NewValue(v, at)
		}
	} else if !encoded && known.Undecided() {
		if v, ok := valueOf(known.Written(host.Hole).Text); ok {
			values = graph.NewValue(unfilled(v, known.Origins()), at)
		}
	}
	elements, _ := values.Elements()
	places, _ := list.Elements()
	var out []object
	for i, e := range elements {
		one := object{known: e.Object(), at: at}
		if encoded && len(places) == len(elements) {
			one.written, one.hasWritten = places[i].Object(), true
			if places[i].At.Filename != "" {
				one.at = places[i].At
			}
		}
		out = append(out, one)
	}
	return out
}

// valueOf returns the value of a text in JSON; false if it is none.
func valueOf(text string) (cty.Value, bool) {
	raw := []byte(text)
	ty, err := ctyjson.ImpliedType(raw)
	if err != nil {
		return cty.NilVal, false
	}
	v, err := ctyjson.Unmarshal(raw, ty)
	return v, err == nil
}

// unfilled returns a value with unknown texts in place of those with holes, which origins decide.
func unfilled(v cty.Value, origins []graph.Origin) cty.Value {
	marks := cty.ValueMarks{}
	for _, o := range origins {
		marks[o] = struct{}{}
	}
	// The function that makes the parts never fails.
	out, _ := cty.Transform(v, func(_ cty.Path, part cty.Value) (cty.Value, error) {
		switch {
		case part.Type() != cty.String || part.IsNull() || !strings.Contains(part.AsString(), host.Hole):
			return part, nil
		case strings.Trim(part.AsString(), host.Hole) == "":
			return cty.UnknownVal(cty.String).WithMarks(marks), nil
		}
		return part.WithMarks(marks), nil
	})
	return out
}

// container returns the endpoint of a container if its image is an FTP server's.
func (c containers) container(s read.Subject, o object) []fact.FTP {
	known, written := o.attr("image")
	ref := textOf(s, known, written)
	if ref.Text == host.Hole {
		if named, ok := imageOf(s, known); ok {
			ref = named
		}
	}
	env := c.variables(s, o)
	var args []string
	for _, name := range c.command {
		list, _ := o.attr(name)
		elements, whole := list.Elements()
		for _, e := range elements {
			args = append(args, e.Written(host.Hole).Text)
		}
		if !whole {
			args = append(args, host.Hole)
		}
	}
	one := container{image: ref, env: env, args: args, files: c.mountedIn(s, o), publishes: c.publishes(o, 21) || c.published(s, 21) || c.serves, at: o.at}
	var out []fact.FTP
	for _, e := range one.endpoints(s.Resource) {
		inward, perhaps := c.inward(o, e)
		if inward {
			continue
		}
		if len(perhaps) > 0 {
			why := fact.Setting[bool]{State: ftpd.Unknown, At: e.Present.At, Source: "whether its port is published for its own host only isn't known", Decides: perhaps}
			e.Present = both(e.Present, why)
			for i := range e.Outdated {
				e.Outdated[i].Holds = both(why, e.Outdated[i].Holds)
			}
		}
		out = append(out, e)
	}
	return out
}

// inward reports whether all ports of the host that lead to an endpoint are surely published for the host itself only, or else
// what decides whether they are.
// Source: https://registry.terraform.io/providers/kreuzwerker/docker/latest/docs/resources/container#nested-schema-for-ports
func (c containers) inward(o object, e fact.FTP) (surely bool, perhaps []graph.Origin) {
	if !slices.Contains(c.port, "internal") {
		return false, nil
	}
	leads, here := false, true
	for _, b := range o.blocks(c.ports) {
		inside, ok := b.known.OwnAttr(c.port[0]).Int()
		if ok && e.ListenPorts.State != 0 && e.ListenPorts.State != ftpd.Unknown && !slices.Contains(e.ListenPorts.Value, inside) {
			continue
		}
		v := b.known.OwnAttr("ip")
		address, given := v.Text()
		leads = true
		switch {
		case v.Undecided():
			perhaps = append(perhaps, v.Origins()...)
		case !given || !ftpd.IsLoopback(address):
			here = false
		}
	}
	if !here {
		return false, nil
	}
	return leads && len(perhaps) == 0, perhaps
}

// imageOf returns the name of the image of a docker_image that a value refers to.
func imageOf(s read.Subject, v graph.Value) (graph.Written, bool) {
	targets, whole := s.Graph.Refer(v)
	if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Type != "docker_image" {
		return graph.Written{}, false
	}
	return targets[0].Resource.OwnAttr("name").Written(host.Hole), true
}

// publishes reports whether the container surely has a port, or a port of its host surely leads to it.
func (c containers) publishes(o object, port int) bool {
	if c.ports == "" {
		return false
	}
	for _, b := range o.blocks(c.ports) {
		protocol, _ := b.known.OwnAttr("protocol").Text()
		if address, given := b.known.OwnAttr("ip").Text(); given && ftpd.IsLoopback(address) {
			continue
		}
		for _, name := range c.port {
			if n, ok := b.known.OwnAttr(name).Int(); ok && n == port && !strings.EqualFold(protocol, "udp") {
				return true
			}
		}
	}
	return false
}

// published reports whether the resource surely publishes a port for its containers.
func (c containers) published(s read.Subject, port int) bool {
	for _, path := range c.outside {
		for _, v := range attrsAt(objectOf(s), path) {
			if n, ok := v.known.Int(); ok && n == port {
				return true
			}
		}
	}
	return false
}

// variables returns the environment of a container. The value of an unknown variable is a hole.
func (c containers) variables(s read.Subject, o object) map[string]graph.Written {
	out := map[string]graph.Written{}
	hole := func(at hcl.Range, decides []graph.Origin) graph.Written {
		return graph.Compose(host.Hole, graph.Piece{At: at, Decides: decides})
	}
	if c.env != "" {
		for _, b := range o.blocks(c.env) {
			name, ok := b.known.OwnAttr("name").Text()
			known, written := b.attr("value")
			switch {
			case !ok:
				c.doubt(out, hole(b.at, b.known.OwnAttr("name").Origins()))
			case read.Given(known):
				out[name] = textOf(s, known, written)
			default:
				out[name] = hole(b.at, nil) // a reference to a secret, say
			}
		}
		// ECS inserts these from secrets.
		for _, b := range o.blocks("secrets") {
			if name, ok := b.known.OwnAttr("name").Text(); ok {
				out[name] = hole(b.at, nil)
			}
		}
	}
	for _, attr := range c.envMaps {
		known, written := o.attr(attr)
		if known.Undecided() {
			c.doubt(out, hole(written.At, decidersOf(known, written)))
			continue
		}
		c.entries(s, known, written, out)
	}
	return out
}

// entries adds the variables of a map, or of a list of NAME=VALUE.
func (c containers) entries(s read.Subject, known, written graph.Value, out map[string]graph.Written) {
	raw := known.Raw()
	if known.Absent() || !raw.CanIterateElements() {
		return
	}
	if ty := raw.Type(); ty.IsMapType() || ty.IsObjectType() {
		for it := raw.ElementIterator(); it.Next(); {
			key, _ := it.Element()
			name := key.AsString()
			out[name] = textOf(s, known.Object().Attr(name), written.Object().Attr(name))
			if len(out[name].Pieces) == 0 {
				out[name] = graph.Compose(host.Hole, graph.Piece{At: known.At})
			}
		}
		return
	}
	elements, _ := known.Elements()
	places, _ := written.Elements()
	for i, e := range elements {
		w := textOf(s, e, graph.Value{})
		if len(places) == len(elements) && !raw.Type().IsSetType() {
			w = textOf(s, e, places[i])
		}
		name, _, ok := strings.Cut(w.Text, "=")
		if !ok {
			c.doubt(out, w)
			continue
		}
		p := w.Place(len(name)+1, len(w.Text))
		out[name] = graph.Compose(host.Hole, graph.Piece{
			Text: w.Text[len(name)+1:], Known: !strings.Contains(w.Text, host.Hole), At: p.At, Sensitive: p.Sensitive, Decides: w.Decides(),
		})
	}
}

// doubt makes all variables unknown that images of FTP servers read.
func (c containers) doubt(out map[string]graph.Written, hole graph.Written) {
	for _, name := range ftpd.Variables() {
		out[name] = hole
	}
}

// container is a container of some resource.
type container struct {
	image graph.Written
	env   map[string]graph.Written
	args  []string
	// publishes is true if FTP's port is surely one of its ports.
	publishes bool
	// files are mounted over those of the image, with their paths.
	files []mounted
	// at is the place for everything without a place of its own.
	at hcl.Range
}

// endpoints returns the FTP servers in the container of a resource.
func (c container) endpoints(r *graph.Resource) []fact.FTP {
	values := map[string]string{}
	for name, w := range c.env {
		values[name] = w.Text
	}
	ref := c.image
	image := ref.Place(0, len(ref.Text))
	if len(ref.Pieces) > 0 && ref.Pieces[0].Known {
		image.At = ref.Place(0, 1).At
		if p := ref.Pieces[0]; len(ref.Pieces) == 1 {
			image.At = p.At
		}
	}
	if image.At.Filename == "" {
		image.At = c.at
	}
	o := whereabouts{at: image.At, sensitive: ref.Sensitive()}
	var files []host.Part
	for _, f := range c.files {
		files = append(files, host.Part{Kind: host.File, Path: f.path, Text: f.text.Text})
		o.texts = append(o.texts, f.text)
	}
	if !ref.Known() {
		o.decides = ref.Decides()
	}
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		if slices.Contains(ftpd.Variables(), name) {
			o.decides = append(o.decides, c.env[name].Decides()...)
		}
	}
	var out []fact.FTP
	servers := ftpd.InContainer(ftpd.Contained{Image: ref.Text, Env: values, Args: c.args, Publishes: c.publishes, Files: files})
	for i := range servers {
		where := o
		if servers[i].Unidentified && strings.Trim(ref.Text, host.Hole) != "" {
			where.decides = nil // whatever the rest of the image's name is, what serves in it isn't known
		}
		e := endpoint(&servers[i], where, true)
		if !r.Certain {
			e.Present = existing(r, image.At)
		}
		for j, credential := range servers[i].Credentials {
			if w, ok := c.env[credential.Variable]; ok {
				e.Weak[j].Holds.At = w.Place(0, len(w.Text)).At
				e.Weak[j].Holds.Sensitive, e.Weak[j].Secret = true, true
			}
		}
		e.Outdated = append(e.Outdated, imageAge(ref.Text, image.At, ref.Decides())...)
		out = append(out, e)
	}
	return out
}

// imageAge returns the faults of an image's version.
func imageAge(ref string, at hcl.Range, decides []graph.Origin) []fact.Remark {
	age, ok := ftpd.AgeOfImage(ref)
	if !ok {
		return nil
	}
	var out []fact.Remark
	holds := fact.Setting[bool]{State: ftpd.Known, Value: true, At: at}
	floating := fact.Remark{
		Key: "floating tag", What: "has no version, so that what runs changes without notice", Holds: holds,
		Fix: "Name the image by the tag of a version, or by its digest, and update that.",
	}
	switch age.Pin {
	case ftpd.Floating:
		out = append(out, floating)
	case ftpd.Unpinnable:
		floating.Holds = fact.Setting[bool]{State: ftpd.Unknown, At: at, Source: "the tag isn't known", Decides: decides}
		out = append(out, floating)
	case ftpd.Tagged, ftpd.Digested:
	}
	if age.Unmaintained {
		out = append(out, fact.Remark{
			Key: "unmaintained image", Holds: holds, Fix: "Use an image that is maintained.",
			What: fmt.Sprintf("is not maintained: its last change known is of %s (%s)", age.Changed, age.Source),
		})
	}
	return out
}
