package reach_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// maze is nodes with ways between them, maybe in circles, and a way out of it.
type maze struct {
	nodes []*fact.Node
	exit  []fact.Way
}

// clients and doors are what the hops of a maze tell apart.
var mazeClients = []netip.Prefix{netip.MustParsePrefix("8.0.0.0/8"), netip.MustParsePrefix("9.0.0.0/8"), netip.MustParsePrefix("2600::/16")}

const mazePorts = 4

func randomMaze(r *rand.Rand) maze {
	m := maze{nodes: make([]*fact.Node, 1+r.IntN(5))}
	for i := range m.nodes {
		m.nodes[i] = &fact.Node{}
	}
	way := func() fact.Way {
		w := fact.Way{Family: netset.AllAddresses()}
		switch r.IntN(4) {
		case 0:
		default:
			w.From = m.nodes[r.IntN(len(m.nodes))]
		}
		if r.IntN(4) == 0 {
			w.Family = netset.AllAddresses().IPv4()
		}
		for i := range r.IntN(3) {
			hop := &fact.Hop{Kind: fmt.Sprint("hop ", i)}
			for _, c := range mazeClients {
				for port := range mazePorts {
					one := netset.Product(netset.Prefix(c), netset.Protocol(netset.TCP), netset.Port(port+1))
					switch r.IntN(6) {
					case 0:
					case 1:
						hop.Takes.May = hop.Takes.May.Union(one)
					default:
						hop.Takes = netset.UnionBounds(hop.Takes, netset.Exactly(one))
					}
				}
			}
			switch r.IntN(6) {
			case 0, 1:
				hop.To = 1 + r.IntN(mazePorts)
			case 2:
				hop.To, hop.Takes.Must = fact.AnyPort, netset.Traffic{}
			}
			w.Hops = append(w.Hops, hop)
		}
		return w
	}
	for _, n := range m.nodes {
		for range r.IntN(4) {
			n.Ways = append(n.Ways, way())
		}
	}
	for range 1 + r.IntN(3) {
		m.exit = append(m.exit, way())
	}
	return m
}

// packet is what a client sends to a port, as it is at a node; nil is the exit.
type packetAt struct {
	node *fact.Node
	port int
}

// escapes walks a packet of a client through the maze, by what hops surely take or by what they may take.
func (m maze) escapes(client netip.Prefix, port int, surely bool) bool {
	at := map[packetAt]bool{}
	out := false
	pass := func(w *fact.Way, ports []int) []int {
		for _, hop := range w.Hops {
			takes := hop.Takes.May
			if surely {
				takes = hop.Takes.Must
			}
			var next []int
			for _, p := range ports {
				if !takes.Sources(netset.TCP, netset.Port(p)).Contains(client.Addr()) {
					continue
				}
				switch {
				case hop.To > 0:
					next = append(next, hop.To)
				case hop.To == fact.AnyPort:
					for p := range mazePorts {
						next = append(next, p+1)
					}
				default:
					next = append(next, p)
				}
			}
			ports = next
		}
		return ports
	}
	for again := true; again; {
		again = false
		try := func(to *fact.Node, ways []fact.Way) {
			for i := range ways {
				w := &ways[i]
				if !w.Family.Contains(client.Addr()) {
					continue
				}
				var start []int
				if w.From == nil {
					start = []int{port}
				} else {
					for p := range mazePorts {
						if at[packetAt{w.From, p + 1}] {
							start = append(start, p+1)
						}
					}
				}
				for _, p := range pass(w, start) {
					if key := (packetAt{to, p}); !at[key] {
						at[key], again = true, true
					}
					out = out || to == nil
				}
			}
		}
		for _, n := range m.nodes {
			try(n, n.Ways)
		}
		try(nil, m.exit)
	}
	return out
}

// Who reaches the end of a maze is whose packets get there, circles or not; a bundle of the ways says the same; and the
// path that is told is one that as many come by as it says.
func TestMazes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2027))
	escaped, undecided := 0, 0
	mazes := trials.Count(500, 20_000)
	for n := range mazes {
		m := randomMaze(r)
		plain := &fact.Endpoint{Ways: m.exit}
		bundled := &fact.Endpoint{Bundles: []fact.Bundle{{Like: n, Ways: func(yield func(func() fact.Way) bool) {
			for _, w := range m.exit {
				if !yield(func() fact.Way { return w }) {
					return
				}
			}
		}}}}
		walker := reach.NewWalker(nil, func() []*fact.Ingress { return nil })
		for port := range mazePorts {
			judged := reach.Port{Protocol: netset.TCP, Ports: netset.Port(port + 1)}
			got := walker.Walk(plain, judged)
			if same := walker.Walk(bundled, judged); !same.Admits.Must.Equal(got.Admits.Must) || !same.Admits.May.Equal(got.Admits.May) {
				t.Fatalf("maze %d: %v in a bundle, %v else", n, same.Admits, got.Admits)
			}
			for _, c := range mazeClients {
				surely, perhaps := m.escapes(c, port+1, true), m.escapes(c, port+1, false)
				if got.Admits.Must.Contains(c.Addr()) != surely || got.Admits.May.Contains(c.Addr()) != perhaps {
					t.Fatalf("maze %d, %v to %d: got %v, but surely %t, perhaps %t", n, c, port+1, got.Admits, surely, perhaps)
				}
				if surely {
					escaped++
				} else if perhaps {
					undecided++
				}
			}
			for _, surely := range []bool{true, false} {
				p := got.Widest(surely)
				if !p.Admits.Must.SubsetOf(got.Admits.Must) || !p.Admits.May.SubsetOf(got.Admits.May) {
					t.Fatalf("maze %d: the widest path admits %v of %v", n, p.Admits, got.Admits)
				}
			}
			if p := got.Widest(true); got.Admits.Must.Empty() != p.Admits.Must.Empty() {
				t.Fatalf("maze %d: who surely comes is %v, and by the widest path %v", n, got.Admits, p.Admits)
			}
			if p := got.Widest(false); got.Admits.May.Empty() != p.Admits.May.Empty() {
				t.Fatalf("maze %d: who perhaps comes is %v, and by the widest path %v", n, got.Admits, p.Admits)
			}
		}
	}
	if escaped < mazes/5 || undecided < mazes/5 {
		t.Errorf("the mazes say little: %d clients escape, of %d it isn't known", escaped, undecided)
	}
}
