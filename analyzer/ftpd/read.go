package ftpd

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Read carries out texts on a machine, in order, as far as their effect is certain, and returns the FTP servers that are then
// on it. If a result depends on the distribution, and neither the evidence nor the texts tell it, a setting is known only if it
// is the same on all possible ones; see [host.Carry].
//
// Where the result depends on the distribution, and neither the evidence nor the texts tell it, a setting is known only if
// it is the same in all that are possible; see [host.Carry].
func Read(evidence host.Evidence, parts ...host.Part) Reading {
	r, _ := read(evidence, parts)
	return r
}

// read is Read that also returns how many steps it took.
func read(evidence host.Evidence, parts []host.Part) (r Reading, took int) {
	if evidence.Steps == 0 {
		evidence.Steps = host.MaxSteps
	}
	var readings []Reading
	for _, m := range host.Carry(catalog(), evidence, parts...) {
		servers := servers(m)
		took += evidence.Steps - m.Left()
		if m.Exhausted() {
			var at Span
			if len(parts) > 0 {
				at = host.NewText(0, parts[0].Text).Span()
			}
			// Later commands may change whatever was found.
			return Reading{Unread: []Problem{{At: at, What: "the text does more than is followed"}}}, took
		}
		reading := Reading{Servers: servers, Unread: m.Unread}
		if f, ok := m.Firewall(); ok {
			reading.Firewall = &f
		}
		if len(servers) == 0 {
			reading.Opaque = telling(m.Opaque, parts)
			if len(m.Unread) == 0 {
				reading.Unread = named(m)
			}
			if len(reading.Opaque) > 0 && len(reading.Unread) == 0 && slices.ContainsFunc(parts, func(p host.Part) bool { return namesFTP(p.Text) }) {
				reading.Unread = reading.Opaque[:1:1]
			}
		}
		readings = append(readings, reading)
	}
	return mergeReadings(readings), took
}

// named returns the first program that runs, or package that is installed, which isn't known and has the name of an FTP server.
func named(m *host.Machine) []Problem {
	for _, r := range m.Runs {
		if slices.ContainsFunc(products(), func(p product) bool { return slices.Contains(p.host.Programs, r.Program) }) {
			continue
		}
		if namesServer(r.Program) || slices.ContainsFunc(r.Args, func(a host.Text) bool { return namesServer(a.S) }) {
			return []Problem{{At: r.By.Span(), What: "a program runs that isn't read"}}
		}
	}
	for _, in := range m.Installs() {
		known := slices.ContainsFunc(products(), func(p product) bool { return slices.Contains(p.host.Names, in.Name) })
		if !known && namesServer(in.Name) {
			return []Problem{{At: in.By.Span(), What: "a package is installed that isn't known"}}
		}
	}
	return nil
}

// namesServer reports whether a word is, or contains, the name of a program that serves FTP: not of a client, nor of SFTP or
// TFTP.
func namesServer(word string) bool {
	plain := strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(word))
	for _, name := range []string{"ftpd", "ftpsrv", "ftpserver", "filezillaserver", "crushftp", "sftpgo"} {
		before, _, found := strings.Cut(plain, name)
		switch {
		case !found:
		case name[0] == 'f' && strings.HasSuffix(before, "t"): // TFTP
		case name[0] == 'f' && strings.HasSuffix(before, "s") && !strings.HasSuffix(before, "vs"): // SFTP
		default:
			return true
		}
	}
	return false
}

// telling returns the problems, first those whose own text names FTP.
func telling(problems []Problem, parts []host.Part) []Problem {
	out := slices.Clone(problems)
	names := func(p Problem) int {
		if p.At.Part < len(parts) && p.At.End <= len(parts[p.At.Part].Text) && namesFTP(parts[p.At.Part].Text[p.At.Start:p.At.End]) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return names(a) - names(b) })
	return out
}

// namesFTP reports whether a text mentions an FTP server: whether a word outside of comments contains FTP and isn't a client,
// SFTP, TFTP, or an address to fetch something from.
func namesFTP(text string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.HasPrefix(line, "#!") {
			continue
		}
		if strings.Contains(strings.ToLower(line), "filezilla") && namesServer(line) {
			return true
		}
		for _, word := range ftpWord().FindAllString(strings.ToLower(line), -1) {
			switch {
			case strings.Contains(word, "tftp"), strings.Contains(strings.ReplaceAll(strings.ReplaceAll(word, "vsftp", ""), "sftpgo", ""), "sftp"):
			case strings.HasPrefix(word, "ftp:"), strings.HasPrefix(word, "ftp."), word == "lftp", word == "ncftp", strings.HasPrefix(word, "curlftpfs"):
			default:
				return true
			}
		}
	}
	return false
}

var ftpWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\w-]*ftp[\w-]*(?::/|\.(?:\w+\.)+\w+)?`) })

// servers returns the servers of a machine, of each product and in containers.
func servers(m *host.Machine) []Server {
	var accounts []Credential
	for _, p := range m.Passwords {
		c := Credential{Kind: PlainPassword, User: p.User, At: p.At}
		if p.Hashed {
			c.Kind = HashedPassword
		}
		accounts = append(accounts, c)
	}
	var all []Server
	for _, p := range products() {
		servers := p.read(m, p.on(m))
		for i := range servers {
			if p.accounts {
				servers[i].Credentials = slices.Clip(accounts)
			}
			if servers[i].Name == "" {
				servers[i].Name = p.software.String()
			}
		}
		all = append(all, heard(m, servers)...)
	}
	for _, c := range m.Containers {
		cost := serverSteps
		if len(c.Args) > 0 {
			cost = commandSteps
		}
		if !m.Spend(cost) {
			break
		}
		contained := Contained{
			Image: c.Image.S, Env: c.Env, Args: c.Args, Publishes: slices.ContainsFunc(c.Ports, isFTPPort), Files: m.Mounted(c),
		}
		for _, s := range InContainer(contained) {
			present := s.Present
			for _, f := range s.fields() {
				f.move(c.By.Span())
			}
			s = placed(s, c.By.Span())
			s.Present = decided(true, c.By)
			if c.Maybe != "" {
				s.Present = undecided[bool](c.By, c.Maybe)
			} else if !present.known() {
				s.Present = undecided[bool](c.By, present.Source)
			}
			s.Image, s.ListenPorts, s.Loopback = c.Image.S, published(s.ListenPorts, c.Ports), inward(s, c)
			all = append(all, heard(m, []Server{s})...)
		}
	}
	return all
}

// isFTPPort reports whether a published port, [address:][host:]container[/protocol], is FTP's control port on either side.
func isFTPPort(published string) bool {
	if options, found := strings.CutPrefix(published, "published="); found { // docker service create
		published = strings.NewReplacer(",target=", ":", ",mode=host", "", ",mode=ingress", "").Replace(options)
	}
	published, protocol, _ := strings.Cut(published, "/")
	ports := strings.Split(published, ":")
	return protocol != "udp" && !isInward(published) && slices.Contains(ports[max(0, len(ports)-2):], "21")
}

// isInward reports whether a published port is one of an address for the machine itself: 127.0.0.1:21:21.
func isInward(published string) bool {
	text, _, _ := strings.Cut(published, "/")
	sides := strings.Split(text, ":")
	return len(sides) > 2 && IsLoopback(strings.Join(sides[:len(sides)-2], ":"))
}

// inward returns whether a container's server is for its machine only: by its own address, or because all ports that lead to it
// are published for the machine itself.
func inward(s Server, c host.Container) Setting[bool] {
	leads := slices.DeleteFunc(slices.Clone(c.Ports), func(p string) bool {
		text, protocol, _ := strings.Cut(p, "/")
		inside, err := strconv.Atoi(text[strings.LastIndex(text, ":")+1:])
		return protocol == "udp" || err == nil && s.ListenPorts.known() && !slices.Contains(s.ListenPorts.Value, inside)
	})
	if len(leads) > 0 && !slices.ContainsFunc(leads, func(p string) bool { return !isInward(p) }) {
		return decided(true, c.By)
	}
	return s.Loopback
}

// published returns the ports of a machine at which a container's server listens, by how its ports are published.
func published(listens Setting[[]int], ports []string) Setting[[]int] {
	if len(ports) == 0 || !listens.known() {
		return listens
	}
	var on []int
	for _, text := range ports {
		text, protocol, _ := strings.Cut(text, "/")
		sides := strings.Split(text, ":")
		inside, err := strconv.Atoi(sides[len(sides)-1])
		outside, other := strconv.Atoi(sides[max(0, len(sides)-2)])
		switch {
		case protocol == "udp", isInward(text):
		case err != nil || other != nil:
			return unknown[[]int](Span{}, "the published ports aren't read")
		case slices.Contains(listens.Value, inside):
			on = append(on, outside)
		}
	}
	if on == nil {
		return listens
	}
	slices.Sort(on)
	listens.Value = on
	return listens
}

// serverSteps is the cost of each server, or of a file that configures one, in steps of a machine's budget.
const serverSteps = 64

// mergeReadings merges the readings for the possible distributions. What differs among them is unknown.
func mergeReadings(readings []Reading) Reading {
	merged := readings[0]
	for _, r := range readings[1:] {
		merged.Servers = mergeServers(merged.Servers, r.Servers)
		merged.Unread = mergeProblems(merged.Unread, r.Unread)
		merged.Opaque = mergeProblems(merged.Opaque, r.Opaque)
		merged.Firewall = mergeFirewalls(merged.Firewall, r.Firewall)
	}
	return merged
}

// mergeFirewalls returns a firewall that surely passes only what both do.
func mergeFirewalls(a, b *host.Firewall) *host.Firewall {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	out := *a
	out.Passes = a.Passes.Intersect(b.Passes)
	return &out
}

// mergeProblems returns the problems of a, and those of b that a lacks.
func mergeProblems(a, b []Problem) []Problem {
	seen := map[Problem]bool{}
	for _, p := range a {
		seen[p] = true
	}
	merged := slices.Clip(a)
	for _, p := range b {
		if !seen[p] {
			seen[p] = true
			merged = append(merged, p)
		}
	}
	return merged
}

func mergeServers(a, b []Server) []Server {
	const why = "it depends on the distribution"
	type key struct {
		software Software
		name     string
	}
	rest := map[key][]int{} // those of b that no server of a was found for
	for j, s := range b {
		rest[key{s.Software, s.Name}] = append(rest[key{s.Software, s.Name}], j)
	}
	used := make([]bool, len(b))
	merged := slices.Clone(a)
	for i := range merged {
		s := &merged[i]
		k := key{s.Software, s.Name}
		if len(rest[k]) == 0 {
			s.Present = unknown[bool](s.Present.At, why)
			continue
		}
		o := b[rest[k][0]]
		used[rest[k][0]] = true
		rest[k] = rest[k][1:]
		s.Present.merge(&o.Present, why)
		others := o.fields()
		for j, f := range s.fields() {
			f.merge(others[j], why)
		}
		s.Installed = s.Installed && o.Installed
		if s.Config != o.Config {
			s.Config = ""
		}
		s.Problems = mergeProblems(s.Problems, o.Problems)
	}
	for j := range b {
		if !used[j] {
			s := b[j]
			s.Present = unknown[bool](s.Present.At, why)
			merged = append(merged, s)
		}
	}
	return merged
}
