package ftpd

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Read carries out texts on a machine, in their order, as far as it is certain what they do, and returns the FTP servers
// that are on it afterwards.
//
// Where the result depends on the distribution, and neither the evidence nor the texts tell it, a setting is known only if
// it is the same in all that are possible; see [host.Carry].
func Read(evidence host.Evidence, parts ...host.Part) Reading {
	var readings []Reading
	for _, m := range host.Carry(catalog(), evidence, parts...) {
		servers := servers(m)
		if m.Exhausted() {
			var at Span
			if len(parts) > 0 {
				at = host.NewText(0, parts[0].Text).Span()
			}
			// Whatever was found may not be what holds in the end.
			return Reading{Unread: []Problem{{At: at, What: "the text does more than is followed"}}}
		}
		reading := Reading{Servers: servers, Unread: m.Unread}
		if len(servers) == 0 {
			reading.Opaque = telling(m.Opaque, parts)
			if len(reading.Opaque) > 0 && len(m.Unread) == 0 && slices.ContainsFunc(parts, func(p host.Part) bool { return namesFTP(p.Text) }) {
				reading.Unread = reading.Opaque[:1:1]
			}
		}
		readings = append(readings, reading)
	}
	return mergeReadings(readings)
}

// telling returns the problems with those first whose own text names FTP.
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

// namesFTP reports whether a text speaks of an FTP server: a word outside of comments has FTP in it, and is neither a
// client, nor SFTP or TFTP, nor an address to fetch something from.
func namesFTP(text string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.HasPrefix(line, "#!") {
			continue
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

// servers returns the servers of a machine: those of each product, and those in containers.
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
		all = append(all, servers...)
	}
	for _, c := range m.Containers {
		cost := serverSteps
		if len(c.Args) > 0 {
			cost = commandSteps
		}
		if !m.Spend(cost) {
			break
		}
		for _, s := range InContainer(c.Image.S, c.Env, c.Args, slices.ContainsFunc(c.Ports, isFTPPort)) {
			present := s.Present
			s = placed(s, c.By.Span())
			s.Present = decided(true, c.By)
			if c.Maybe != "" {
				s.Present = undecided[bool](c.By, c.Maybe)
			} else if !present.known() {
				s.Present = undecided[bool](c.By, present.Source)
			}
			s.Image = c.Image.S
			all = append(all, s)
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
	return protocol != "udp" && slices.Contains(ports[max(0, len(ports)-2):], "21")
}

// serverSteps is what each server, or file that configures one, costs of a machine's budget.
const serverSteps = 64

// mergeReadings makes one reading of those for each distribution that is possible: what is not the same in all is
// unknown.
func mergeReadings(readings []Reading) Reading {
	merged := readings[0]
	for _, r := range readings[1:] {
		merged.Servers = mergeServers(merged.Servers, r.Servers)
		merged.Unread = mergeProblems(merged.Unread, r.Unread)
		merged.Opaque = mergeProblems(merged.Opaque, r.Opaque)
	}
	return merged
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
