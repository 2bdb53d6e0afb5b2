package reach

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// judgedNode and judgedBundle are the keys of what is computed once.
type (
	judgedNode struct {
		node *fact.Node
		of   question
	}
	judgedBundle struct {
		like any
		of   question
	}
)

// bundled is the clients that come by the ways of a bundle, and the widest of these ways, surely and perhaps.
type bundled struct {
	admits netset.Bounds[netset.Prefixes]
	widest [2]widest
}

// chosen identifies a way: one of the endpoint's own if bundle is 0, else one in the bundle with the index bundle-1.
type chosen struct{ bundle, way int }

// widest is the widest way among those considered so far.
type widest struct {
	any bool
	chosen
	share float64
}

func (w *widest) consider(share float64, way chosen) {
	if !w.any || share > w.share {
		*w = widest{true, way, share}
	}
}

// consider compares a way with the widest. If as many clients may come by both, the one that more surely come by is the better
// proof.
func (r *Reached) consider(admits netset.Bounds[netset.Prefixes], way chosen) {
	must, may := share(admits.Must), share(admits.May)
	r.widest[0].consider(must, way)
	r.widest[1].consider(may+must/4, way)
}

// share returns the part of the public internet that a set holds, summed over both families. Private addresses count for a
// little.
func share(set netset.Prefixes) float64 {
	v4, v6 := set.PublicShare()
	if v4+v6 == 0 && !set.Empty() {
		return 1e-9
	}
	return v4 + v6
}

// Walk returns the clients that reach a port of an endpoint, which are those that pass all hops of one of its ways. Unknown
// hops make bounds. The traffic that comes to a node is computed once as a set, however many courses lead there.
func (w *Walker) Walk(e *fact.Endpoint, port Port) Reached {
	out := Reached{Endpoint: e, Port: port, walker: w}
	var cases cases[netset.Prefixes]
	for i := range e.Ways {
		admits := w.comes(&e.Ways[i], port)
		cases.add(&e.Ways[i], admits)
		out.consider(admits, chosen{way: i})
	}
	out.Admits = cases.all()
	for n, b := range e.Bundles {
		by := w.bundle(b, port)
		out.Admits = netset.UnionBounds(out.Admits, by.admits)
		for i, best := range by.widest {
			if best.any {
				out.widest[i].consider(best.share, chosen{n + 1, best.way})
			}
		}
	}
	return out
}

// bundle returns the clients that come by the ways of a bundle.
func (w *Walker) bundle(b fact.Bundle, port Port) bundled {
	key := judgedBundle{b.Like, about(port)}
	if out, ok := w.bundles[key]; ok && b.Like != nil {
		return out
	}
	var all Reached
	i := 0
	for made := range b.Ways {
		way := made()
		admits := w.comes(&way, port)
		all.Admits = netset.UnionBounds(all.Admits, admits)
		all.consider(admits, chosen{way: i})
		i++
	}
	out := bundled{all.Admits, all.widest}
	if b.Like != nil {
		w.bundles[key] = out
	}
	return out
}

// comes returns the clients on the internet that come by a way.
func (w *Walker) comes(way *fact.Way, port Port) netset.Bounds[netset.Prefixes] {
	end := w.flow(way, w.starts(way, port), port.Protocol)
	port.Ports = netset.AllPorts()
	return together(way, sources(end, port))
}

// begins returns the addresses that a way starts at, of its family: those of the internet if it names none.
func begins(way *fact.Way) netset.Prefixes {
	if way.Clients.Empty() {
		return netset.PublicSpace().Intersect(way.Family)
	}
	return way.Clients.Intersect(way.Family)
}

// together returns the clients of a way that come to its end. If connections come from one of its clients, and it isn't known
// from which, they surely come if all clients do; the whole family then stands for that one.
func together(way *fact.Way, comes netset.Bounds[netset.Prefixes]) netset.Bounds[netset.Prefixes] {
	if !way.One {
		return comes
	}
	var out netset.Bounds[netset.Prefixes]
	if !comes.May.Empty() {
		if out.May = way.Family; begins(way).SubsetOf(comes.Must) {
			out.Must = way.Family
		}
	}
	return out
}

// starts returns the traffic that a way begins with: that of its node, or everything from the internet.
func (w *Walker) starts(way *fact.Way, port Port) netset.Bounds[netset.Traffic] {
	family := begins(way)
	if way.From == nil {
		return onto(netset.Exactly(family), port)
	}
	all := port
	all.Ports = netset.AllPorts()
	return netset.IntersectBounds(w.arrives(way.From, port), onto(netset.Exactly(family), all))
}

// flow returns the part of a way's traffic that comes to its end. If several ports are judged, traffic to one of them passes
// only where that port does.
func (w *Walker) flow(way *fact.Way, left netset.Bounds[netset.Traffic], protocol uint8) netset.Bounds[netset.Traffic] {
	for _, hop := range way.Hops {
		if left.May.Empty() {
			break
		}
		port := Port{Protocol: protocol, Ports: left.May.Ports(protocol)}
		left = netset.IntersectBounds(left, hop.Takes)
		if hop.Guard != nil {
			left = netset.IntersectBounds(left, w.guard(hop.Guard, port).admits)
		}
		left, _ = translated(hop, left, port)
	}
	return left
}

// translated returns the traffic, and the port, behind a hop, by what the hop lets pass.
func translated(hop *fact.Hop, left netset.Bounds[netset.Traffic], port Port) (netset.Bounds[netset.Traffic], Port) {
	switch before := port; {
	case hop.To > 0:
		port.Ports = netset.Port(hop.To)
		return onto(sources(left, before), port), port
	case hop.To == fact.AnyPort:
		port.Ports = netset.AllPorts()
		return onto(netset.Bounds[netset.Prefixes]{May: sources(left, before).May}, port), port
	}
	return left, port
}

// arrives returns the traffic to a port that comes to a node. It is the least set that agrees with all ways: each way adds what
// passes it of what comes to the node that it starts at. Nodes in a circle add nothing by themselves. The time is polynomial in
// the number of ways, since the traffic at a node only grows.
func (w *Walker) arrives(node *fact.Node, port Port) netset.Bounds[netset.Traffic] {
	of := about(port)
	if out, ok := w.nodes[judgedNode{node, of}]; ok {
		return out
	}
	order, leads := upstream(node, func(n *fact.Node) bool { _, ok := w.nodes[judgedNode{n, of}]; return ok })
	for _, n := range order {
		w.nodes[judgedNode{n, of}] = netset.Bounds[netset.Traffic]{}
	}
	stale := map[*fact.Node]bool{}
	for _, n := range order {
		stale[n] = true
	}
	for len(stale) > 0 {
		for _, n := range order {
			if !stale[n] {
				continue
			}
			delete(stale, n)
			key := judgedNode{n, of}
			now := w.nodes[key]
			for i := range n.Ways {
				comes := w.flow(&n.Ways[i], w.starts(&n.Ways[i], port), port.Protocol)
				if n.Ways[i].One {
					comes = fromAll(&n.Ways[i], comes, port.Protocol)
				}
				now = netset.UnionBounds(now, comes)
			}
			if was := w.nodes[key]; now.Must.Equal(was.Must) && now.May.Equal(was.May) {
				continue
			}
			w.nodes[key] = now
			for _, behind := range leads[n] {
				stale[behind] = true
			}
		}
	}
	return w.nodes[judgedNode{node, of}]
}

// upstream returns a node and the nodes that lead to it, earlier ones first as far as there are no circles, and which nodes
// each of them leads to. It leaves out those that are done.
func upstream(node *fact.Node, done func(*fact.Node) bool) (order []*fact.Node, leads map[*fact.Node][]*fact.Node) {
	leads = map[*fact.Node][]*fact.Node{}
	seen := map[*fact.Node]bool{node: true}
	type visit struct {
		node *fact.Node
		next int
	}
	stack := []visit{{node: node}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == len(top.node.Ways) {
			order = append(order, top.node)
			stack = stack[:len(stack)-1]
			continue
		}
		from := top.node.Ways[top.next].From
		top.next++
		if from == nil {
			continue
		}
		if to := leads[from]; len(to) == 0 || to[len(to)-1] != top.node {
			leads[from] = append(to, top.node)
		}
		if !seen[from] && !done(from) {
			seen[from] = true
			stack = append(stack, visit{node: from})
		}
	}
	return order, leads
}

// course is one way that traffic may take through several ways, one after the other.
type course struct {
	steps []Step
	left  netset.Bounds[netset.Traffic]
	port  Port
}

// path returns the path of a way. Before it comes the widest course to the node that the way starts at; if nobody passes both,
// it is a course that somebody passes.
func (w *Walker) path(way *fact.Way, port Port) *Path {
	var before *course
	if way.From != nil {
		if before = w.course(way.From, port); before == nil { // nothing leads there
			before = &course{port: port}
		}
	}
	c := w.along(before, way, port)
	if way.From != nil {
		came, comes := sources(c.left, c.port), w.comes(way, port)
		switch {
		case came.Must.Empty() && !comes.Must.Empty():
			c = cmp.Or(w.witness(way, port, someone(comes.Must), true), c)
		case came.May.Empty() && !comes.May.Empty():
			c = cmp.Or(w.witness(way, port, someone(comes.May), false), c)
		}
	}
	return &Path{Way: way, Steps: c.steps, Admits: together(way, sources(c.left, c.port))}
}

// someone returns one address of a non-empty set.
func someone(set netset.Prefixes) netset.Prefixes {
	for p := range set.Prefixes() {
		return netset.Prefix(netip.PrefixFrom(p.Addr(), p.Addr().BitLen()))
	}
	return netset.Prefixes{}
}

// witness returns a course by which a client comes to the end of a way, surely or perhaps; nil if there is none.
func (w *Walker) witness(way *fact.Way, port Port, client netset.Prefixes, surely bool) *course {
	comes := func(c *course) bool {
		by := sources(c.left, c.port)
		return client.SubsetOf(by.May) && (!surely || client.SubsetOf(by.Must))
	}
	type place struct {
		node  *fact.Node
		ports netset.Key[netset.Ports]
	}
	type arrival struct {
		node *fact.Node
		by   *course
	}
	nodes, leads := upstream(way.From, func(*fact.Node) bool { return false })
	seen := map[place]bool{}
	var queue []arrival
	add := func(n *fact.Node, c *course) {
		if at := (place{n, c.port.Ports.Key()}); comes(c) && !seen[at] {
			seen[at] = true
			queue = append(queue, arrival{n, c})
		}
	}
	for _, n := range nodes {
		for i := range n.Ways {
			if n.Ways[i].From == nil {
				add(n, w.along(nil, &n.Ways[i], port))
			}
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at.node == way.From {
			if c := w.along(at.by, way, port); comes(c) {
				return c
			}
		}
		for _, behind := range leads[at.node] {
			for i := range behind.Ways {
				if behind.Ways[i].From == at.node {
					add(behind, w.along(at.by, &behind.Ways[i], port))
				}
			}
		}
	}
	return nil
}

// along extends a course, or the empty course from the internet, by a way.
func (w *Walker) along(before *course, way *fact.Way, port Port) *course {
	clients := begins(way)
	c := &course{left: onto(netset.Exactly(clients), port), port: port}
	if before != nil {
		c.steps, c.port = slices.Clip(before.steps), before.port
		c.left = netset.IntersectBounds(before.left, onto(netset.Exactly(clients), c.port))
	}
	for _, hop := range way.Hops {
		s := Step{Hop: hop, Port: c.port}
		passes := netset.IntersectBounds(hop.Takes, netset.Exactly(everything(c.port)))
		s.Takes = sources(passes, c.port)
		if hop.Guard != nil {
			by := w.guard(hop.Guard, c.port)
			passes = netset.IntersectBounds(passes, by.admits)
			s.Openings, s.Denials = ofFamily(way.Family, by.openings, c.port), ofFamily(way.Family, by.denials, c.port)
			if way.One {
				s.Openings = w.admitting(hop.Guard, c.port)
			}
		}
		c.left = netset.IntersectBounds(c.left, passes)
		s.Passes, s.Left = sources(passes, c.port), sources(c.left, c.port)
		c.steps = append(c.steps, s)
		c.left, c.port = translated(hop, c.left, c.port)
	}
	return c
}

// course returns the widest course to a node; nil if none leads there. It finds the courses to all nodes on the way at once:
// each extends the widest one found so far, so no course contains a circle.
func (w *Walker) course(node *fact.Node, port Port) *course {
	of := about(port)
	if out, ok := w.courses[judgedNode{node, of}]; ok {
		return out
	}
	order, leads := upstream(node, func(n *fact.Node) bool { _, ok := w.courses[judgedNode{n, of}]; return ok })
	best := map[*fact.Node]*course{}
	consider := func(n *fact.Node, c *course) {
		if old := best[n]; old == nil || wider(c, old) {
			best[n] = c
		}
	}
	open := map[*fact.Node]bool{}
	for _, n := range order {
		open[n] = true
		for i := range n.Ways {
			way := &n.Ways[i]
			if way.From == nil {
				consider(n, w.along(nil, way, port))
			} else if c := w.courses[judgedNode{way.From, of}]; c != nil {
				consider(n, w.along(c, way, port))
			}
		}
	}
	for {
		var next *fact.Node
		for _, n := range order {
			if open[n] && best[n] != nil && (next == nil || wider(best[n], best[next])) {
				next = n
			}
		}
		if next == nil {
			break
		}
		delete(open, next)
		w.courses[judgedNode{next, of}] = best[next]
		for _, behind := range leads[next] {
			for i := range behind.Ways {
				if open[behind] && behind.Ways[i].From == next {
					consider(behind, w.along(best[next], &behind.Ways[i], port))
				}
			}
		}
	}
	for _, n := range order {
		if open[n] {
			w.courses[judgedNode{n, of}] = nil
		}
	}
	return w.courses[judgedNode{node, of}]
}

// wider reports whether more clients come by a course than by another: surely, or else perhaps.
func wider(a, b *course) bool {
	x, y := sources(a.left, a.port), sources(b.left, b.port)
	if m, n := share(x.Must), share(y.Must); m != n {
		return m > n
	}
	return share(x.May) > share(y.May)
}

// guardsOf has guards by the scopes that they ask.
type guardsOf map[fact.ScopeID][]*fact.Guard

func (o guardsOf) add(g *fact.Guard) {
	for _, s := range g.Scopes() {
		if !slices.Contains(o[s.ScopeID], g) {
			o[s.ScopeID] = append(o[s.ScopeID], g)
		}
	}
}

// guards yields the guards on a way itself.
func guards(way *fact.Way) iter.Seq[*fact.Guard] {
	return func(yield func(*fact.Guard) bool) {
		for _, hop := range way.Hops {
			if hop.Guard != nil && !yield(hop.Guard) {
				return
			}
		}
	}
}

// before returns the guards on the ways to a node. It finds them once.
func (w *Walker) before(node *fact.Node) guardsOf {
	out, ok := w.toNodes[node]
	if ok {
		return out
	}
	out = guardsOf{}
	nodes, _ := upstream(node, func(*fact.Node) bool { return false })
	for _, n := range nodes {
		for i := range n.Ways {
			for g := range guards(&n.Ways[i]) {
				out.add(g)
			}
		}
	}
	w.toNodes[node] = out
	return out
}

// inBundle returns the guards on the ways of a bundle. It finds them once for all bundles that are alike.
func (w *Walker) inBundle(b fact.Bundle) guardsOf {
	if out, ok := w.inBundles[b.Like]; ok && b.Like != nil {
		return out
	}
	out := guardsOf{}
	nodes := map[*fact.Node]bool{}
	for made := range b.Ways {
		way := made()
		for g := range guards(&way) {
			out.add(g)
		}
		if way.From == nil || nodes[way.From] {
			continue
		}
		nodes[way.From] = true
		for _, found := range w.before(way.From) {
			for _, g := range found {
				out.add(g)
			}
		}
	}
	if b.Like != nil {
		w.inBundles[b.Like] = out
	}
	return out
}
