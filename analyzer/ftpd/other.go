package ftpd

import "github.com/tfreach/tfreach/analyzer/host"

// others are the servers that are only recognised.
func others() product {
	names := []string{
		"wu-ftpd", "ftp-server", "bftpd", "uftpd", "ftpd", "ftpd-ssl", "inetutils-ftpd", "twoftpd",
		"oftpd", "glftpd", "muddleftpd", "lukemftpd", "tnftpd",
	}
	return product{
		software:   Other,
		host:       host.Package{Names: names, Programs: names},
		imageWords: []string{"ftp-server", "ftpd-server", "alpine-ftp", "ftpserver", "ftpd", "ftps", "vsftp"},
		read: func(_ *host.Machine, on presence) []Server {
			if !on.there {
				return nil
			}
			s := unreadServer(Other, "the configuration of this server is not read")
			on.set(&s, "")
			return []Server{s}
		},
	}
}
