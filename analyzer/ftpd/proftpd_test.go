package ftpd_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

func TestProFTPD(t *testing.T) {
	anonymous := "<Anonymous ~ftp>\n  User ftp\n  RequireValidShell off\n</Anonymous>\n"
	readAll(t, host.Part{Kind: host.File, Path: "/etc/proftpd/proftpd.conf"}, []readCase{
		{"defaults", "ServerName x\n", `
			ProFTPD anonymous false by ProFTPD's default: there is no <Anonymous>
			ProFTPD upload false by ProFTPD's default: there is no <Anonymous>
			ProFTPD local true by ProFTPD's default
			ProFTPD tls none by ProFTPD's default
			ProFTPD listen [21] by ProFTPD's default
			ProFTPD passive {1024 65535} by ProFTPD's default`},
		{"anonymous", anonymous, "ProFTPD anonymous true `<Anonymous ~ftp>`\n" +
			"ProFTPD upload true `<Anonymous ~ftp>`"},
		{"a shell that may not be valid", "<Anonymous ~ftp>\nUser ftp\n</Anonymous>\n", "ProFTPD anonymous ? ProFTPD's RequireValidShell is on by default, and whether the account has a valid shell isn't known `<Anonymous ~ftp>`"},
		{"any case", strings.ToUpper(anonymous), "ProFTPD anonymous true `<ANONYMOUS ~FTP>`"},
		{"commented", "# <Anonymous ~ftp>\n#   User ftp\n  # </Anonymous>\n", "ProFTPD anonymous false by ProFTPD's default: there is no <Anonymous>"},
		{"no uploads", "RequireValidShell off\n<Anonymous ~ftp>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>\n", "ProFTPD anonymous true `<Anonymous ~ftp>`\nProFTPD upload false `<Limit WRITE>`"},
		{
			"an incoming directory", "RequireValidShell off\n<Anonymous ~ftp>\n<Limit WRITE>\nDenyAll\n</Limit>\n<Directory incoming>\n<Limit STOR>\nAllowAll\n</Limit>\n</Directory>\n</Anonymous>\n",
			"ProFTPD upload true `<Limit STOR>`",
		},
		{"nobody may log in", "<Anonymous ~ftp>\n<Limit LOGIN>\nDenyAll\n</Limit>\n</Anonymous>\n", "ProFTPD anonymous false `<Limit LOGIN>`"},
		{
			"some may log in", "<Anonymous ~ftp>\n<Limit LOGIN>\nOrder allow,deny\nAllow from 10.\nDeny from all\n</Limit>\n</Anonymous>\n",
			"ProFTPD anonymous ? a <Limit LOGIN> decides by more than all or none `<Limit LOGIN>`",
		},
		{"a password", "<Anonymous /srv/x>\nUser web\nAnonRequirePassword on\n</Anonymous>\n", "ProFTPD anonymous false `AnonRequirePassword on`"},
		{"in Global", "<Global>\n" + anonymous + "</Global>\n", "ProFTPD anonymous true `<Anonymous ~ftp>`"},
		{"under a condition", "<IfDefine ANONYMOUS_FTP>\n" + anonymous + "</IfDefine>\n", "ProFTPD anonymous ? the section around it may not apply `<Anonymous ~ftp>`"},
		{"TLS", "TLSEngine on\nTLSRequired on\nTLSProtocol TLSv1.2 TLSv1.3\n", "ProFTPD tls required `TLSRequired on`\nProFTPD obsolete false `TLSProtocol TLSv1.2 TLSv1.3`"},
		{"TLS offered", "TLSEngine on\n", "ProFTPD tls optional `TLSEngine on`"},
		{"TLS for logins", "TLSEngine on\ntlsrequired auth\nTLSProtocol SSLv23\n", "ProFTPD tls login `tlsrequired auth`\nProFTPD obsolete true `TLSProtocol SSLv23`"},
		{"TLS for logins and data", "TLSEngine on\nTLSRequired auth+data\n", "ProFTPD tls required `TLSRequired auth+data`"},
		{"TLS for data only", "TLSEngine on\nTLSRequired data\n", "ProFTPD tls optional `TLSRequired data`"},
		{"required, but off", "TLSRequired on\nTLSEngine off\n", "ProFTPD tls none `TLSEngine off`"},
		{"commented out", "#TLSEngine on\n  # TLSRequired on\n", "ProFTPD tls none by ProFTPD's default"},
		{"a module that may not be there", "<IfModule mod_tls.c>\nTLSEngine on\nTLSRequired on\n</IfModule>\n", "ProFTPD tls ? the section around it may not apply `TLSEngine on`"},
		{"a module that is there", "LoadModule mod_tls.c\n<IfModule mod_tls.c>\nTLSEngine on\nTLSRequired on\n</IfModule>\n", "ProFTPD tls required `TLSRequired on`"},
		{"a module that is missing", "LoadModule mod_tls.c\n<IfModule !mod_tls.c>\nTLSEngine off\n</IfModule>\nTLSEngine on\n", "ProFTPD tls optional `TLSEngine on`"},
		{"a module of the core", "<IfModule mod_delay.c>\nDelayEngine on\nPort 2121\n</IfModule>\n", "ProFTPD listen [2121] `Port 2121`"},
		{"contradictions", "PassivePorts 3000 4000\nPassivePorts 5000 6000\n", "ProFTPD passive ? the directive is given twice, with different values `PassivePorts 5000 6000`"},
		{"repetitions", "PassivePorts 3000 4000\nPassivePorts 3000 4000\n", "ProFTPD passive {3000 4000} `PassivePorts 3000 4000`"},
		{"the last port", "Port 21\nPort 2121\n", "ProFTPD listen [2121] `Port 2121`"},
		{"continued", "PassivePorts 49152 \\\n  65534\n", "ProFTPD passive {49152 65534} `PassivePorts 49152 \\↵  65534`"},
		{"quotes", "Port \"2121\"\n", "ProFTPD listen [2121] `Port \"2121\"`"},
		{"privileged passive ports", "PassivePorts 1000 2000\n", "ProFTPD passive ? ProFTPD refuses the range of ports `PassivePorts 1000 2000`"},
		{"Global", "<Global>\nTLSEngine on\nTLSRequired on\n</Global>\nTLSRequired off\n", "ProFTPD tls optional `TLSRequired off`"},
		{"virtual hosts", "Port 0\n<VirtualHost a.example>\nPort 2121\n" + anonymous + "</VirtualHost>\n<VirtualHost b.example>\nPort 2122\n</VirtualHost>\n", `
			1 ProFTPD named a.example
			1 ProFTPD anonymous true ` + "`<Anonymous ~ftp>`" + `
			1 ProFTPD listen [2121] ` + "`Port 2121`" + `
			2 ProFTPD named b.example
			2 ProFTPD anonymous false by ProFTPD's default: there is no <Anonymous>
			!3`},
		{"SFTP only", "SFTPEngine on\nPort 2222\n", "none"},
		{"SFTP beside FTP", "<VirtualHost 0.0.0.0>\nSFTPEngine on\nPort 2222\n</VirtualHost>\n", "ProFTPD listen [21] by ProFTPD's default"},
		{"perhaps SFTP", "<IfModule mod_sftp.c>\nSFTPEngine on\n</IfModule>\n", "ProFTPD present ? it may speak SFTP instead `SFTPEngine on`"},
		{
			"an include", "TLSEngine on\nTLSRequired on\nInclude /etc/proftpd/tls.conf\n",
			"ProFTPD tls required `TLSRequired on`\nProFTPD anonymous ? an included file isn't known `Include /etc/proftpd/tls.conf`",
		},
		{"an unknown value", "TLSEngine on\nTLSRequired HOLE\n", "ProFTPD tls ? the value isn't known `TLSRequired HOLE`"},
		{"unknown lines", "TLSEngine off\nHOLE\n", "ProFTPD tls ? a part of the file isn't known `HOLE`\nProFTPD anonymous ? a part of the file isn't known `HOLE`"},
		{"a section too many", "</Anonymous>\n", "ProFTPD problem: ProFTPD doesn't start: a section ends that isn't open `</Anonymous>`"},
		{"a section not closed", anonymous[:17] + "User ftp\n", "ProFTPD problem: ProFTPD doesn't start: the section isn't closed `<Anonymous ~ftp>`"},
		{"accounts of its own", "AuthOrder mod_sql.c\n", "ProFTPD local ? the configuration limits who may log in `AuthOrder mod_sql.c`"},
	})
}

func TestProFTPDIncludes(t *testing.T) {
	parts := []host.Part{
		{Kind: host.Script, Text: "apt-get install -y proftpd-core\n" +
			"sed -i 's|^#Include /etc/proftpd/tls.conf|Include /etc/proftpd/tls.conf|' /etc/proftpd/proftpd.conf\n" +
			"sed -i 's/^#LoadModule mod_tls.c/LoadModule mod_tls.c/' /etc/proftpd/modules.conf\n"},
		{Kind: host.File, Path: "/etc/proftpd/tls.conf", Text: "<IfModule mod_tls.c>\nTLSEngine on\nTLSRequired on\n</IfModule>\n"},
		{Kind: host.File, Path: "/etc/proftpd/conf.d/passive.conf", Text: "PassivePorts 50000 50100\n"},
	}
	expect(t, ftpd.Read(host.Evidence{}, parts...), []string{parts[0].Text, parts[1].Text, parts[2].Text}, `
		ProFTPD present true `+"`proftpd-core`"+`
		ProFTPD anonymous false by ProFTPD's default: there is no <Anonymous>
		ProFTPD tls required `+"`TLSRequired on`"+`
		ProFTPD passive {50000 50100} `+"`PassivePorts 50000 50100`"+`
		!unread`)
}
