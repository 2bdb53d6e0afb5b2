package ftpd

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// others are the servers that are recognised and not read.
func others() product {
	names := []string{
		"wu-ftpd", "ftp-server", "bftpd", "uftpd", "ftpd", "ftpd-ssl", inetutils, "twoftpd",
		"oftpd", "glftpd", "muddleftpd", "lukemftpd", "tnftpd",
	}
	return product{
		software:   Other,
		host:       host.Package{Names: names, Units: names, Programs: append([]string{"in.ftpd"}, names...)},
		imageWords: []string{"ftp-server", "ftpd-server", "alpine-ftp", "ftpserver", "ftpd", "ftps", "vsftp"},
		read: func(m *host.Machine, on presence) []Server {
			if !on.there {
				return nil
			}
			s := unreadServer(Other, "the configuration of this server is not read")
			on.set(&s, "")
			if on.name == inetutils && len(on.runs) == 0 && s.Present.known() && !listed(m) {
				s.Present = undecided[bool](on.install.By, "the package doesn't start it, and nothing in the text does")
				s.Anonymous, s.AnonymousUpload, s.ObsoleteTLS = Setting[bool]{}, Setting[bool]{}, Setting[bool]{}
				s.TLS = defaultOf(TLSNone, "its manual page, which has none")
			}
			return []Server{s}
		},
	}
}

// listed reports whether the texts perhaps have inetd start a server whose line is there, and off.
func listed(m *host.Machine) bool {
	return slices.Contains(m.Files(), "/etc/inetd.conf") ||
		slices.ContainsFunc(m.Runs, func(r host.Run) bool { return r.Program == "update-inetd" })
}

// inetutils is Debian's package of GNU inetutils' ftpd. Up to Debian 12 it neither starts the server nor has an inetd do so; from
// Debian 13 on it adds a line to inetd's table that is off. Source: its postinst.
const inetutils = "inetutils-ftpd"

// twisted is the FTP server of Twisted, a plugin that twistd --help lists.
func twisted() product {
	return product{
		software: Other,
		host:     host.Package{Programs: []string{"twistd", "twistd3"}},
		read:     twistedOn,
	}
}

// twistedOn returns a server for each twistd whose plugin is ftp. The plugin is the first word that is no option.
func twistedOn(_ *host.Machine, on presence) []Server {
	var servers []Server
	for _, r := range on.runs {
		i := slices.IndexFunc(r.Args, func(a host.Text) bool { return !strings.HasPrefix(a.S, "-") })
		if i < 0 || r.Args[i].S != "ftp" {
			continue
		}
		s := unreadServer(Other, "the configuration of this server is not read")
		s.Name, s.Present = r.Program, decided(true, r.By)
		for _, a := range r.Args[i:] { // an endpoint, as tcp:21:interface=127.0.0.1
			if _, address, ok := strings.Cut(a.S, "interface="); ok {
				s.Loopback = loopback(a.Sub(len(a.S)-len(address), len(a.S)))
			}
		}
		if r.Maybe != "" {
			s.Present = undecided[bool](r.By, r.Maybe)
		}
		servers = append(servers, s)
	}
	return servers
}
