package ftpd_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// TestProFTPDOptions gives the server options by the file of its service, and asks for the names that they define.
func TestProFTPDOptions(t *testing.T) {
	const install = "apt-get install -y proftpd-core\n"
	conf := "cat >> /etc/proftpd/proftpd.conf <<'X'\n<IfDefine TLS>\nTLSEngine on\nTLSRequired on\n</IfDefine>\nX\n"
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"a name that nothing defines", install + conf, "ProFTPD tls none by ProFTPD's default"},
		{"a name that an option defines", install + conf + "sed -i 's/^OPTIONS=.*/OPTIONS=\"-D TLS\"/' /etc/default/proftpd\n", "ProFTPD tls required `TLSRequired on`"},
		{"a name that a directive defines", install + "echo Define TLS >> /etc/proftpd/proftpd.conf\n" + conf, "ProFTPD tls required `TLSRequired on`"},
		{"a name that isn't defined", install + strings.ReplaceAll(conf, "IfDefine TLS", "IfDefine !TLS"), "ProFTPD tls required `TLSRequired on`"},
		{"an image's service", "systemctl restart proftpd\n" + conf, "ProFTPD tls ? what the file holds before isn't in the text"},
		{"another file", install + "echo 'OPTIONS=\"-c /srv/ftp.conf\"' > /etc/default/proftpd\nprintf 'TLSEngine on\\nTLSRequired on\\n' > /srv/ftp.conf\n", "ProFTPD tls required `TLSRequired on`\nProFTPD config /srv/ftp.conf"},
		{"another file by its name", install + "echo CONFIG_FILE=/srv/ftp.conf >> /etc/default/proftpd\n", "ProFTPD tls ? what the file holds before isn't in the text\nProFTPD config /srv/ftp.conf"},
		{"options that aren't known", install + "echo \"OPTIONS=$X\" >> /etc/default/proftpd\n", "ProFTPD tls ? the options of the server aren't known `echo \"OPTIONS=$X\"`"},
		{"a file from elsewhere", install + "curl -o /etc/default/proftpd https://example.com/x\n", "ProFTPD tls ? the options of the server aren't known `curl -o /etc/default/proftpd https://example.com/x`"},
		{"something else in the file", install + "echo UMASK=022 >> /etc/default/proftpd\n", "ProFTPD tls none by ProFTPD's default"},
		{"Red Hat's file", "dnf install -y proftpd\necho 'PROFTPD_OPTIONS=\"-c /srv/ftp.conf\"' > /etc/sysconfig/proftpd\necho TLSEngine on > /srv/ftp.conf\nsystemctl enable --now proftpd\n", "ProFTPD tls optional `TLSEngine on`"},
	})
}

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
		{"under a condition", "<IfDefine ANONYMOUS_FTP>\n" + anonymous + "</IfDefine>\n", "ProFTPD anonymous ? whether ANONYMOUS_FTP is defined isn't known `<Anonymous ~ftp>`"},
		{"TLS", "TLSEngine on\nTLSRequired on\nTLSProtocol TLSv1.2 TLSv1.3\n", "ProFTPD tls required `TLSRequired on`\nProFTPD obsolete false `TLSProtocol TLSv1.2 TLSv1.3`"},
		{"TLS offered", "TLSEngine on\n", "ProFTPD tls optional `TLSEngine on`"},
		{"TLS for logins", "TLSEngine on\ntlsrequired auth\nTLSProtocol SSLv23\n", "ProFTPD tls login `tlsrequired auth`\nProFTPD obsolete true `TLSProtocol SSLv23`"},
		{"TLS for logins and data", "TLSEngine on\nTLSRequired auth+data\n", "ProFTPD tls required `TLSRequired auth+data`"},
		{"TLS for data only", "TLSEngine on\nTLSRequired data\n", "ProFTPD tls optional `TLSRequired data`"},
		{"required, but off", "TLSRequired on\nTLSEngine off\n", "ProFTPD tls none `TLSEngine off`"},
		{"commented out", "#TLSEngine on\n  # TLSRequired on\n", "ProFTPD tls none by ProFTPD's default"},
		{"a module that may not be there", "<IfModule mod_tls.c>\nTLSEngine on\nTLSRequired on\n</IfModule>\n", "ProFTPD tls ? whether the module mod_tls.c is loaded isn't known `TLSEngine on`"},
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

// TestProFTPDConditions decides sections by modules and names where it is known what is there.
func TestProFTPDConditions(t *testing.T) {
	const install = "apt-get install -y proftpd-core\n"
	lines := func(s string) string { return "cat > /etc/proftpd/conf.d/own.conf <<'X'\n" + s + "\nX\n" }
	inside := func(section string) string {
		return "<Anonymous ~ftp>\nUser ftp\n<" + section + ">\nRequireValidShell off\n</" + strings.Fields(section)[0] + ">\n</Anonymous>"
	}
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"compiled in everywhere", install + lines("<IfModule mod_facts.c>\nPort 2121\n</IfModule>"), "ProFTPD listen [2121] `Port 2121`"},
		{"compiled in everywhere, with another build", "make -C /opt/proftpd install\nproftpd -c /opt/p.conf\nprintf '<IfModule !mod_auth.c>\\nTLSEngine on\\n</IfModule>\\n' > /opt/p.conf\n", "ProFTPD tls none by ProFTPD's default"},
		{"compiled in by Debian", install + lines("<IfModule mod_cap.c>\nPort 2121\n</IfModule>"), "ProFTPD listen [2121] `Port 2121`"},
		{"not there because it is compiled in", install + lines("<IfModule !mod_lang.c>\nPort 2121\n</IfModule>"), "ProFTPD listen [21] by the file of Debian's package proftpd-core"},
		{"perhaps compiled in by others", "dnf install -y proftpd\nsystemctl start proftpd\nprintf '<IfModule mod_cap.c>\\nPort 2121\\n</IfModule>\\n' > /etc/proftpd.conf\n", "ProFTPD listen ? whether the module mod_cap.c is loaded isn't known `Port 2121`"},
		{"loaded by Debian's file", install + lines("<IfModule mod_copy.c>\nPort 2121\n</IfModule>"), "ProFTPD listen [2121] `Port 2121`"},
		{"loaded by Debian's file, which is replaced", install + "echo > /etc/proftpd/modules.conf\n" + lines("<IfModule mod_copy.c>\nPort 2121\n</IfModule>"), "ProFTPD listen ? whether the module mod_copy.c is loaded isn't known `Port 2121`"},
		{"loaded below", install + lines("<IfModule mod_tls.c>\nTLSEngine on\n</IfModule>\nLoadModule mod_tls.c"), "ProFTPD tls ? whether the module mod_tls.c is loaded isn't known `TLSEngine on`"},
		{"loaded under a condition", install + lines("<IfDefine TLS>\nLoadModule mod_tls.c\n</IfDefine>\n<IfModule mod_tls.c>\nTLSEngine on\n</IfModule>"), "ProFTPD tls ? whether the module mod_tls.c is loaded isn't known `TLSEngine on`"},
		{"a module that may be loaded", install + lines("<IfModule mod_tls.c>\nTLSEngine on\nTLSRequired on\n</IfModule>"), "ProFTPD tls ? whether the module mod_tls.c is loaded isn't known `TLSEngine on`"},
		{"a module and a name", install + lines("LoadModule mod_tls.c\n<IfModule mod_tls.c>\n<IfDefine TLS>\nTLSEngine on\n</IfDefine>\n</IfModule>"), "ProFTPD tls none by ProFTPD's default"},
		{"a version", install + lines("<IfVersion >= 1.3.6>\nTLSEngine on\n</IfVersion>"), "ProFTPD tls ? the section around it may not apply `TLSEngine on`"},
		{"a name that isn't known", install + lines("<IfModule $M>\nTLSEngine on\n</IfModule>"), "ProFTPD tls ? the section around it may not apply `TLSEngine on`"},
		{"in a section for anonymous users", install + lines(inside("IfModule mod_auth.c")), "ProFTPD anonymous true `<Anonymous ~ftp>`"},
		{"in one, and surely not", install + lines(inside("IfDefine OPEN")), "ProFTPD anonymous false by ProFTPD's RequireValidShell is on by default, and the account of anonymous users has no valid shell"},
		{"in one, and perhaps", install + lines(inside("IfModule mod_tls.c")), "ProFTPD anonymous ? whether the module mod_tls.c is loaded isn't known `RequireValidShell off`"},
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
