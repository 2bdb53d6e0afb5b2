package ftpd

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// SFTPGo is SFTPGo, which serves FTP only where it is told to.
const SFTPGo Software = "SFTPGo"

func sftpGo() product {
	return product{
		software:   SFTPGo,
		host:       host.Package{Names: []string{"sftpgo"}, Units: []string{"sftpgo"}, Programs: []string{"sftpgo"}},
		imageWords: []string{"sftpgo"},
		read:       sftpGoOn,
		fixes:      Fixes{TLS: "Set tls_mode of the FTP binding to 1, with a certificate.", Passive: "Set passive_port_range of ftpd to a small range."},
	}
}

// sftpGoOn returns the server if something turns FTP on, whose port is 0 by default: sftpgo.json, or variables in files of
// /etc/sftpgo/env.d. Source: https://docs.sftpgo.com/latest/config-file/.
func sftpGoOn(m *host.Machine, on presence) []Server {
	if !on.there {
		return nil
	}
	const config = "/etc/sftpgo/sftpgo.json"
	if l := m.Disturbed(config, on.install); on.installed && l != nil {
		s := unreadServer(SFTPGo, l.Doubt)
		s.ListenPorts = undecided[[]int](l.Text, l.Doubt)
		on.set(&s, config)
		return []Server{s}
	}
	for _, file := range m.Files() {
		if !strings.HasPrefix(file, "/etc/sftpgo/") {
			continue
		}
		lines, _ := m.Written(file)
		if !m.SpendLines(lines) {
			return nil
		}
		for _, l := range lines {
			told := strings.ToLower(l.S)
			if l.Doubt == "" && !strings.Contains(told, "ftpd__") && !strings.Contains(told, `"ftpd"`) {
				continue
			}
			if strings.HasSuffix(strings.TrimSpace(told), "__port=0") {
				continue
			}
			s := unreadServer(SFTPGo, "this setting of SFTPGo is not read")
			s.ListenPorts = unknown[[]int](l.Span(), "the port of SFTPGo's FTP is not read")
			on.set(&s, file)
			return []Server{s}
		}
	}
	return nil
}
