package ftpd

import (
	"slices"
	"strings"
)

// distribution is a family of Linux distributions, as far as it matters here: how its packages are installed, and what
// the FTP servers' packages bring along.
type distribution struct {
	name     string
	managers []string
	// vsftpd and proftpd are the paths of these servers' configuration files.
	vsftpd, proftpd string
	// files are the configuration files that packages install. Of each only the lines are told that a setting here
	// depends on, or that scripts are known to edit.
	files []shippedFile
}

// shippedFile is a configuration file that comes with a package.
type shippedFile struct {
	software Software
	path     string
	source   string
	lines    string
}

// distributions lists the families. What is the same in all of those that a text can be about is certain; otherwise it is
// unknown.
func distributions() []distribution {
	const proftpdCore = "the file of Debian's package proftpd-core"
	vsftpdBrings := func(path, source string, lines ...string) []shippedFile {
		return []shippedFile{{Vsftpd, path, source, strings.Join(lines, "\n")}}
	}
	return []distribution{
		{
			name: "Debian and Ubuntu", managers: []string{"apt-get", "apt", "aptitude"},
			vsftpd: "/etc/vsftpd.conf", proftpd: "/etc/proftpd/proftpd.conf",
			files: slices.Concat(
				// Package vsftpd 3.0.3-13, /etc/vsftpd.conf.
				vsftpdBrings("/etc/vsftpd.conf", "the file of Debian's package vsftpd",
					"listen=NO", "listen_ipv6=YES", "anonymous_enable=NO", "local_enable=YES", "#write_enable=YES",
					"#anon_upload_enable=YES", "#anon_mkdir_write_enable=YES", "connect_from_port_20=YES",
					"pam_service_name=vsftpd", "ssl_enable=NO"),
				[]shippedFile{
					// Package proftpd-core 1.3.8, /usr/share/proftpd/templates, which its installation copies. Older releases
					// load mod_tls, if their package proftpd-basic is installed, so whether it is stays open.
					{ProFTPD, "/etc/proftpd/proftpd.conf", proftpdCore, strings.Join([]string{
						"Include /etc/proftpd/modules.conf", "# DefaultRoot ~", "Port 21", "# PassivePorts 49152 65534",
						"#Include /etc/proftpd/tls.conf", "#Include /etc/proftpd/sftp.conf",
						"#Include /etc/proftpd/virtuals.conf",
						"# <Anonymous ~ftp>", "#   User ftp", "# </Anonymous>", "Include /etc/proftpd/conf.d/",
					}, "\n")},
					{ProFTPD, "/etc/proftpd/modules.conf", proftpdCore, "#LoadModule mod_tls.c"},
					{ProFTPD, "/etc/proftpd/tls.conf", proftpdCore, strings.Join([]string{
						"<IfModule mod_tls.c>", "#TLSEngine                               on",
						"#TLSProtocol                             SSLv23", "#TLSRequired                             on",
						"</IfModule>",
					}, "\n")},
					// Package pure-ftpd-common 1.0.50, /etc/pure-ftpd/conf.
					{PureFTPd, "/etc/pure-ftpd/conf/NoAnonymous", "the file of Debian's package pure-ftpd-common", "yes"},
				},
			),
		},
		{
			// https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/6/html/deployment_guide/s2-ftp-servers-vsftpd
			name: "Red Hat up to 7, Amazon Linux 2", managers: []string{"yum"},
			vsftpd: "/etc/vsftpd/vsftpd.conf", proftpd: "/etc/proftpd.conf",
			files: vsftpdBrings("/etc/vsftpd/vsftpd.conf", "the file of Red Hat's package vsftpd, up to version 7",
				"anonymous_enable=YES", "local_enable=YES", "write_enable=YES", "#anon_upload_enable=YES",
				"#anon_mkdir_write_enable=YES", "connect_from_port_20=YES", "listen=NO", "listen_ipv6=YES",
				"pam_service_name=vsftpd", "userlist_enable=YES"),
		},
		{
			// https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/8
			name: "Red Hat from 8, Fedora", managers: []string{"yum", "dnf", "microdnf"},
			vsftpd: "/etc/vsftpd/vsftpd.conf", proftpd: "/etc/proftpd.conf",
			files: vsftpdBrings("/etc/vsftpd/vsftpd.conf", "the file of Red Hat's package vsftpd, from version 8",
				"anonymous_enable=NO", "local_enable=YES", "write_enable=YES", "#anon_upload_enable=YES",
				"#anon_mkdir_write_enable=YES", "connect_from_port_20=YES", "listen=NO", "listen_ipv6=YES",
				"pam_service_name=vsftpd", "userlist_enable=YES"),
		},
		{
			// main/vsftpd/APKBUILD of https://github.com/alpinelinux/aports installs the file of the source unchanged.
			name: "Alpine", managers: []string{"apk"},
			vsftpd: "/etc/vsftpd/vsftpd.conf", proftpd: "/etc/proftpd/proftpd.conf",
			files: vsftpdBrings("/etc/vsftpd/vsftpd.conf", "the file of Alpine's package vsftpd",
				"anonymous_enable=YES", "#local_enable=YES", "#write_enable=YES", "#anon_upload_enable=YES",
				"#anon_mkdir_write_enable=YES", "connect_from_port_20=YES", "listen=YES"),
		},
		// What these ship is not known here.
		{name: "SUSE", managers: []string{"zypper"}, vsftpd: "/etc/vsftpd.conf", proftpd: "/etc/proftpd/proftpd.conf"},
		{name: "Arch", managers: []string{"pacman"}, vsftpd: "/etc/vsftpd.conf", proftpd: "/etc/proftpd.conf"},
	}
}

// packageSoftware names the FTP server that a package brings.
func packageSoftware(name string) (Software, bool) {
	switch name {
	case "vsftpd", "vsftpd-openrc":
		return Vsftpd, true
	case "proftpd", "proftpd-core", "proftpd-basic":
		return ProFTPD, true
	case "pure-ftpd", "pure-ftpd-ldap", "pure-ftpd-mysql", "pure-ftpd-postgresql":
		return PureFTPd, true
	case "wu-ftpd", "ftp-server", "python3-pyftpdlib", "pyftpdlib", "bftpd", "uftpd", "ftpd", "ftpd-ssl", "inetutils-ftpd",
		"twoftpd", "oftpd", "glftpd", "muddleftpd", "lukemftpd", "tnftpd":
		return Other, true
	}
	return 0, false
}

// serviceSoftware names the FTP server that a service, or a program, runs.
func serviceSoftware(name string) (Software, bool) {
	name = strings.TrimSuffix(name, ".service")
	name, _, _ = strings.Cut(name, "@")
	switch name {
	case "vsftpd":
		return Vsftpd, true
	case "proftpd":
		return ProFTPD, true
	case "pure-ftpd", "pure-ftpd-wrapper", "pure-ftpd-mysql", "pure-ftpd-ldap":
		return PureFTPd, true
	}
	return 0, false
}
