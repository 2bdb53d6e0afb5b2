package google

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// network finds the hops of ways.
type network struct {
	t      *graph.Topology
	guards fact.Guards
	// filtered and routed hold what is known of networks for all machines; see filters and routesOf.
	filtered map[networkKey]*filters
	routed   map[networkKey]*routes
	fronts   map[string][]front // see frontsOf; nil before they are found
	// arrivals are the hops behind load balancers, classes number what these let pass, and lists the forwarding rules in front
	// of machines; see arrives and like. accepted is what accepts found.
	arrivals map[arrivalKey]arrival
	classes  map[fact.HopsKey]int
	lists    map[listKey]list
	accepted map[*graph.Resource]map[read.Family]*fact.Hop
	// holding is what holders found; nil before.
	holding []holder
	// aimed is true if some rule has destinations, so that machines differ by their addresses.
	aimed bool
}

func newNetwork(t *graph.Topology) *network {
	n := &network{t: t, filtered: map[networkKey]*filters{}, routed: map[networkKey]*routes{}, arrivals: map[arrivalKey]arrival{}, classes: map[fact.HopsKey]int{}, lists: map[listKey]list{}, accepted: map[*graph.Resource]map[read.Family]*fact.Hop{}}
	n.aimed = slices.ContainsFunc(t.OfType("google_compute_firewall"), func(r *graph.Resource) bool {
		return read.Given(r.OwnAttr("destination_ranges"))
	})
	for _, p := range policies() {
		n.aimed = n.aimed || len(t.OfType(p.typ)) > 0
	}
	return n
}

// made reports whether the configuration makes a network, so that nothing is there that it doesn't add.
func made(network graph.End) bool {
	return network.Resource != nil && network.Resource.Addr.Mode == graph.Managed
}

// named finds the network that v, an attribute of r, names. A network outside the configuration has the name of the scope of
// its rules.
func (n *network) named(r *graph.Resource, v graph.Value) graph.End {
	end := graph.End{Value: v, Certain: true}
	if end.Resource, end.Name = networks().Find(n.t.Graph, r, v); end.Resource != nil {
		end.Name = end.Resource.Addr.String()
	} else if by := networks().Doubted(n.t.Graph, r, v); !end.Known() && !by.Absent() {
		end.Value = by
	} else if ends := n.t.End(v, true); !end.Known() && len(ends) == 1 {
		end.Name = ends[0].Name
	}
	return end
}

// member is what hops know of a machine.
type member struct {
	fact.Member
	network graph.End
	// project is the network's project, and region the machine's region; absent if the provider's default decides.
	project, region graph.Value
	// unknown names what decides about the member's unknown names.
	unknown []graph.Origin
}

// networkKey identifies a network by the resource that makes it, or by the name of one outside the configuration.
type networkKey struct {
	made *graph.Resource
	name string
}

func keyOf(network graph.End) networkKey {
	if made(network) {
		return networkKey{made: network.Resource}
	}
	return networkKey{name: network.Name}
}

// guard returns the hop of the ingress rules in Google's order: the policies of the organization and its folders, the rules of
// the network, and the network's policies, which may also come before the rules. Source:
// https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
func (n *network) guard(m member, f read.Family) *fact.Hop {
	member := m.Member
	hop := &fact.Hop{
		Kind: "firewall", Resource: m.network.Resource, At: m.network.Value.At, Takes: read.Of(netset.Exactly(f.All())),
		Decides: slices.Clone(m.unknown),
	}
	if made(m.network) {
		hop.At = m.network.Resource.Decl
	}
	filters := n.filters(m)
	policies, decides := filters.policies(m)
	hop.Decides = append(append(hop.Decides, filters.decides...), decides...)
	rules := fact.ScopeRef{ScopeID: fact.ScopeID{Kind: rules().Kind, Name: m.network.Name}, Certain: true}
	if !made(m.network) {
		rules.Others = true
		hop.Decides = append(hop.Decides, read.Unmade("the firewall rules", m.network)...)
	}
	scopes := slices.Clip(filters.above)
	first, by := n.before(m.network)
	switch {
	case len(policies) == 0:
		scopes = append(scopes, rules)
	case first == read.Yes:
		scopes = append(append(scopes, policies...), rules)
	case first == read.No:
		scopes = append(append(scopes, rules), policies...)
	default:
		rules.Certain = false
		scopes = append(append(append(scopes, rules), policies...), rules)
		hop.Decides = append(hop.Decides, read.OriginsOf(by)...)
	}
	var names []string
	for _, s := range scopes {
		if !slices.Contains(names, s.Name) && s.Known() {
			names = append(names, s.Name)
		}
	}
	hop.Why = "the first rule for it that matches decides, of those of " + strings.Join(names, ", then of ")
	hop.Change = "A rule for the machine that allows the port opens it; without one, or with one before it that denies, it is closed."
	hop.Guard = n.guards.Share(fact.Guard{By: fact.InOrder{Scopes: scopes, Member: &member}, Direction: fact.In})
	return hop
}

// before returns whether a network's policies come before its rules, and the value that decides. By default they come after.
// Source: the provider's page google_compute_network.
func (n *network) before(network graph.End) (read.Answer, graph.Value) {
	if !made(network) {
		return read.Unclear, graph.Value{}
	}
	order := read.Words{
		Attr: "network_firewall_policy_enforcement_order", Yes: []string{"before_classic_firewall"},
		No: []string{"after_classic_firewall"}, Absent: read.No,
	}
	return order.Of(network.Resource.Object)
}

// filters are the policies that filter a network.
type filters struct {
	// above are the policies of the organization and its folders; decides is what decides which policies these are.
	above   []fact.ScopeRef
	decides []graph.Origin
	// associations are the associations that may be with the network, global ones first.
	associations []association
}

// association puts a policy on a network.
type association struct {
	by     *graph.Resource
	policy fact.ScopeRef
	// surely is true if the association is with the network; decides is what decides that. outside names the rules of a policy
	// outside the configuration.
	surely           bool
	decides, outside []graph.Origin
}

// filters returns the policies that may filter a machine's network. It finds them once for each network.
func (n *network) filters(m member) *filters {
	key := keyOf(m.network)
	if out := n.filtered[key]; out != nil {
		return out
	}
	out := &filters{}
	n.filtered[key] = out
	out.above, out.decides = n.hierarchy(m)
	for _, typ := range []string{
		"google_compute_network_firewall_policy_association", "google_compute_region_network_firewall_policy_association",
	} {
		for _, r := range n.t.OfType(typ) {
			v := r.Attr("attachment_target")
			target := n.named(r, v)
			same := target.Known() && target.Name == m.network.Name
			if r.Addr.Mode != graph.Managed || !same && (target.Known() && m.network.Known() || !read.MayBeMade(v)) {
				continue
			}
			a := association{by: r, decides: append(read.OriginsOf(r.Exists), v.Origins()...)}
			a.surely = same && r.Certain && (target.Resource == nil || target.Resource.Certain)
			a.policy, a.outside = n.policy(r)
			out.associations = append(out.associations, a)
		}
	}
	return out
}

// policies returns the policies of a network for a machine, the global one first.
func (f *filters) policies(m member) ([]fact.ScopeRef, []graph.Origin) {
	var out []fact.ScopeRef
	var decides []graph.Origin
	for _, a := range f.associations {
		surely, may, by := a.holds(m)
		if !may {
			continue
		}
		ref := a.policy
		if ref.Certain = surely && ref.Certain; !ref.Certain {
			decides = append(decides, by...)
		}
		out, decides = append(out, ref), append(decides, a.outside...)
	}
	if !made(m.network) {
		name := m.network.Name
		if name == "" {
			name = "the network"
		}
		out = append(out, fact.ScopeRef{
			ScopeID: fact.ScopeID{Kind: policyScope().Kind, Name: "the firewall policies of " + name}, Others: true,
		})
	}
	return out, decides
}

// holds reports whether an association surely, and whether it perhaps, applies to a machine in its region.
func (a *association) holds(m member) (surely, may bool, by []graph.Origin) {
	if a.by.Addr.Type == "google_compute_network_firewall_policy_association" {
		return a.surely, true, a.decides
	}
	region := a.by.OwnAttr("region")
	want, known := region.Text()
	is, ok := m.region.Text()
	switch {
	case known && ok && read.Given(region) && !strings.EqualFold(want, is):
		return false, false, nil
	case !read.Given(region) && !read.Given(m.region), known && ok && read.Given(region):
		return a.surely, true, a.decides
	}
	return false, true, slices.Concat(a.decides, read.OriginsOf(region), read.OriginsOf(m.region))
}

// policy returns the policy that an association names.
func (n *network) policy(association *graph.Resource) (fact.ScopeRef, []graph.Origin) {
	typ := strings.TrimSuffix(association.Addr.Type, "_association")
	v := association.Attr("firewall_policy")
	ref := fact.ScopeRef{ScopeID: fact.ScopeID{Kind: policyScope().Kind}, Certain: true}
	found, name := naming(typ, typ+"_with_rules").Find(n.t.Graph, association, v)
	switch {
	case found != nil && found.Addr.Mode == graph.Managed:
		ref.Name, ref.Certain = found.Addr.String(), found.Certain
		return ref, nil
	case found != nil:
		name = found.Addr.String()
	case name == "" && len(v.Origins()) > 0:
		name = v.Origins()[0].Name
	}
	ref.Name, ref.Others = name, true
	return ref, []graph.Origin{read.Outside("the rules of "+name, v)}
}

// hierarchy returns the policies of the organization and the folders above a project, from the top. The configuration seldom
// says where a project is; then each policy in it may apply to the project. Source:
// https://cloud.google.com/firewall/docs/firewall-policies
func (n *network) hierarchy(m member) ([]fact.ScopeRef, []graph.Origin) {
	var out []fact.ScopeRef
	var decides []graph.Origin
	for _, r := range n.t.OfType("google_compute_firewall_policy") {
		if by := n.associates(r); by != nil {
			out = append(out, fact.ScopeRef{ScopeID: fact.ScopeID{Kind: policyScope().Kind, Name: r.Addr.String()}})
			decides = append(decides, *by)
		}
	}
	associations := n.t.OfType("google_compute_firewall_policy_association")
	if len(associations) == 0 {
		return out, decides
	}
	line, whole := n.ancestors(m)
	add := func(r *graph.Resource, certain bool) {
		ref, outside := n.policy(r)
		if ref.Certain = ref.Certain && certain && r.Certain; !ref.Certain {
			decides = append(decides, read.OriginsOf(r.Exists)...)
		}
		out, decides = append(out, ref), append(decides, outside...)
	}
	for _, r := range associations {
		if v := r.Attr("attachment_target"); r.Addr.Mode == graph.Managed && !whole && !slices.Contains(line, nodeOf(n.t, v)) {
			add(r, false)
			decides = append(decides, read.Outside("whether the project is in "+nodeOf(n.t, v), v))
		}
	}
	for _, node := range slices.Backward(line) {
		for _, r := range associations {
			if r.Addr.Mode == graph.Managed && nodeOf(n.t, r.Attr("attachment_target")) == node {
				add(r, true)
			}
		}
	}
	return out, decides
}

// associates returns what refers to a policy and isn't read, so that it may put the policy above a project; nil if there is
// nothing.
func (n *network) associates(policy *graph.Resource) *graph.Origin {
	users, _ := n.t.Users(policy)
	for _, u := range users {
		switch {
		case strings.HasPrefix(u.Name, "output."), strings.HasPrefix(u.Type, "google_compute_firewall_policy_"):
		case u.Type == "", read.EffectOf(u.Type, policy.Addr.Type) == read.AnyEffect:
			by := read.Outside(u.Name, graph.Value{At: u.At})
			return &by
		}
	}
	return nil
}

// nodeOf returns the name of a folder or an organization.
func nodeOf(t *graph.Topology, v graph.Value) string {
	ends := t.End(v, true)
	if len(ends) != 1 || !ends[0].Known() {
		return "an unknown folder"
	}
	return ends[0].Name
}

// ancestors returns the folders and the organization above a network's project, from below, as far as the configuration says.
// whole is true if it says everything.
func (n *network) ancestors(m member) (line []string, whole bool) {
	ends := n.t.End(m.project, true)
	if text, known := m.project.Text(); known {
		if found := n.t.Named("google_project", "project_id", text); len(found) == 1 {
			ends = []graph.End{{Resource: found[0]}}
		}
	}
	if len(ends) != 1 || ends[0].Resource == nil {
		return nil, false
	}
	at := ends[0].Resource
	for len(line) < 16 { // folders nest at most ten deep
		parent := at.OwnAttr("parent")
		prefix := ""
		if at.Addr.Type == "google_project" {
			if parent, prefix = at.OwnAttr("folder_id"), "folders/"; !read.Given(parent) {
				parent, prefix = at.OwnAttr("org_id"), "organizations/"
			}
		}
		up := n.t.End(parent, true)
		if len(up) != 1 || !up[0].Known() {
			return line, false
		}
		if up[0].Resource == nil {
			name := prefix + strings.TrimPrefix(up[0].Name, prefix)
			_, known := parent.Text()
			return append(line, name), known && strings.HasPrefix(name, "organizations/")
		}
		at = up[0].Resource
		line = append(line, up[0].Name)
	}
	return line, false
}

// within returns where an interface's address lies in its network: the address itself or, if it isn't known, the range of its
// subnet.
func (n *network) within(nic graph.Object, network, subnet graph.End, f read.Family) netset.Prefixes {
	if f == read.IPv6 || !n.aimed {
		return f.All()
	}
	vs := []graph.Value{nic.OwnAttr("network_ip")}
	switch {
	case subnet.Resource != nil && subnet.Resource.Addr.Mode == graph.Managed:
		vs = append(vs, subnet.Resource.OwnAttr("ip_cidr_range"))
	case subnet.Resource == nil && subnet.Known():
	case made(network):
		// Networks that make their subnets take them from one range.
		// Source: https://cloud.google.com/vpc/docs/subnets#ip-ranges
		if auto := network.Resource.OwnAttr("auto_create_subnetworks"); !read.Given(auto) {
			p, _ := netset.ParseSource("10.128.0.0/9")
			return p
		}
	}
	for _, v := range vs {
		if text, ok := v.Text(); ok {
			if p, err := netset.ParseSource(text); err == nil {
				return p
			}
		}
	}
	return f.All()
}
