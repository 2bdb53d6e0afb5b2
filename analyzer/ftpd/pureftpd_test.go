package ftpd_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// What Pure-FTPd accepts was tried with Debian's program, 1.0.50.
func TestPureFTPdConf(t *testing.T) {
	readAll(t, host.Part{Kind: host.File, Path: "/etc/pure-ftpd/pure-ftpd.conf"}, []readCase{
		{"defaults", "", `
			Pure-FTPd anonymous true by Pure-FTPd's default
			Pure-FTPd upload true by Pure-FTPd's default
			Pure-FTPd tls none by Pure-FTPd's default
			Pure-FTPd listen [21] by Pure-FTPd's default
			Pure-FTPd passive {1024 65535} by Pure-FTPd's default`},
		{"set", "NoAnonymous                  yes\nTLS 2\nPassivePortRange          30000 50000\nBind 192.0.2.7,2121\n", "Pure-FTPd anonymous false `NoAnonymous                  yes`\n" +
			"Pure-FTPd tls login `TLS 2`\nPure-FTPd passive {30000 50000} `PassivePortRange          30000 50000`\nPure-FTPd listen [2121] `Bind 192.0.2.7,2121`"},
		{"any case and equals signs", "noanonymous=YES\n", "Pure-FTPd anonymous false `noanonymous=YES`"},
		{"a comment", "# NoAnonymous yes\n  #TLS 2\n", "Pure-FTPd anonymous true by Pure-FTPd's default\nPure-FTPd tls none by Pure-FTPd's default"},
		{"off", "NoAnonymous no\n", "Pure-FTPd anonymous true `NoAnonymous no`"},
		{"once on, always on", "NoAnonymous yes\nNoAnonymous no\n", "Pure-FTPd anonymous false `NoAnonymous yes`"},
		{"no uploads", "AnonymousCantUpload yes\n", "Pure-FTPd upload false `AnonymousCantUpload yes`"},
		{"anonymous only", "AnonymousOnly yes\n", "Pure-FTPd local false `AnonymousOnly yes`"},
		{"a comment after the value is refused", "NoAnonymous yes # no\n", "Pure-FTPd problem: Pure-FTPd doesn't start: the directive has no such value `NoAnonymous yes # no`"},
		{"TLS levels", "TLS 3\n", "Pure-FTPd tls required `TLS 3`"},
		{"a TLS level that isn't", "TLS 4\n", "Pure-FTPd tls ? the TLS level is none of 0 to 3 `TLS 4`"},
		{"off after unknown lines", "HOLE\nNoAnonymous no\nTLS 2\n", "Pure-FTPd anonymous ? a part of the file isn't known `HOLE`\nPure-FTPd tls login `TLS 2`"},
		{"an unknown value", "TLS HOLE\n", "Pure-FTPd tls ? the value isn't known `TLS HOLE`"},
		{"unknown lines", "NoAnonymous yes\nHOLE\n", "Pure-FTPd anonymous ? a part of the file isn't known `HOLE`"},
	})
}

func TestPureFTPdDirectory(t *testing.T) {
	install := "adduser --system ftp; apt-get install -y pure-ftpd\n"
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"Debian's package", install, `
			Pure-FTPd present true ` + "`pure-ftpd`" + `
			Pure-FTPd anonymous false by the file of Debian's package pure-ftpd-common
			Pure-FTPd tls none by Pure-FTPd's default`},
		{
			"changed", install + "echo no > /etc/pure-ftpd/conf/NoAnonymous\necho 1 > /etc/pure-ftpd/conf/TLS\necho 30000 30100 > /etc/pure-ftpd/conf/PassivePortRange\n",
			"Pure-FTPd anonymous true `no`\nPure-FTPd tls optional `1`\nPure-FTPd passive {30000 30100} `30000 30100`",
		},
		{"an account that is made where it isn't there", "id ftp >/dev/null 2>&1 || useradd ftp\napt-get install -y pure-ftpd\nrm /etc/pure-ftpd/conf/NoAnonymous\n", "Pure-FTPd anonymous true by Pure-FTPd's default"},
		{"the same in long", "if ! getent passwd ftp; then useradd -r ftp; fi\napt-get install -y pure-ftpd\nrm /etc/pure-ftpd/conf/NoAnonymous\n", "Pure-FTPd anonymous true by Pure-FTPd's default"},
		{"an account that may be made", "[ -d /srv ] || useradd ftp\napt-get install -y pure-ftpd\nrm /etc/pure-ftpd/conf/NoAnonymous\n", "Pure-FTPd anonymous ? whether there is an account ftp isn't known"},
		{"another account", "id www || useradd ftp\napt-get install -y pure-ftpd\nrm /etc/pure-ftpd/conf/NoAnonymous\n", "Pure-FTPd anonymous ? whether there is an account ftp isn't known"},
		{"removed", install + "rm /etc/pure-ftpd/conf/NoAnonymous\n", "Pure-FTPd anonymous true by Pure-FTPd's default"},
		{
			"a comment and the next line", install + "printf '# x\\n\\n no\\nYes\\n' > /etc/pure-ftpd/conf/NoAnonymous\n",
			"Pure-FTPd anonymous false `Yes`",
		},
		{
			"refused", install + "echo maybe > /etc/pure-ftpd/conf/NoAnonymous\n",
			"Pure-FTPd anonymous ? Pure-FTPd refuses the line: the value is neither yes nor no `maybe`",
		},
		{
			"changed by something unknown", install + "echo yes > /etc/pure-ftpd/conf/NoAnonymous\nansible-playbook x\n",
			"Pure-FTPd anonymous ? the command runs something that isn't read `ansible-playbook x`",
		},
		{"not installed", "echo 2 > /etc/pure-ftpd/conf/TLS\n", "Pure-FTPd tls login `2`\n" +
			"Pure-FTPd anonymous ? the options that the files of the text leave out aren't in the text"},
	})
}

func TestPureFTPdArguments(t *testing.T) {
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"none", "pure-ftpd &\n", "Pure-FTPd anonymous true by Pure-FTPd's default\nPure-FTPd present true `pure-ftpd`"},
		{"letters", "/usr/sbin/pure-ftpd -B -Ej -Y2 -p 30000:30009 -S ,2121\n", "Pure-FTPd anonymous false `-Ej`\nPure-FTPd tls login `2`\n" +
			"Pure-FTPd passive {30000 30009} `30000:30009`\nPure-FTPd listen [2121] `,2121`"},
		{"a value is no letter", "pure-ftpd -l puredb:/E.pdb -uE\n", "Pure-FTPd anonymous true by Pure-FTPd's default"},
		{"long", "pure-ftpd --noanonymous --tls=3 --passiveportrange 30000:30009\n", "Pure-FTPd anonymous false `--noanonymous`\n" +
			"Pure-FTPd tls required `--tls=3`\nPure-FTPd passive {30000 30009} `30000:30009`"},
		{"unknown", "pure-ftpd $(cat flags)\n", "Pure-FTPd anonymous ? an argument isn't known `$(cat flags)`"},
		{"a file", "echo 'NoAnonymous yes' > /srv/pure.conf\npure-ftpd /srv/pure.conf\n", "Pure-FTPd anonymous false `NoAnonymous yes`"},
	})
}

func TestFileZilla(t *testing.T) {
	settings := func(items string) string {
		return "<FileZillaServer>\n<Settings>\n" + items + "</Settings>\n</FileZillaServer>\n"
	}
	user := `<FileZillaServer><Settings/><Users><User Name="anonymous"><Option Name="Pass">PASS</Option><Option Name="Enabled">ON</Option></User></Users></FileZillaServer>`
	with := func(pass, on string) string { return strings.NewReplacer("PASS", pass, "ON", on).Replace(user) }
	readAll(t, host.Part{Kind: host.File, Path: "/opt/FileZilla Server/FileZilla Server.xml"}, []readCase{
		{"defaults", settings(""), `
			FileZilla Server anonymous false by FileZilla Server has no user named anonymous
			FileZilla Server tls none by FileZilla Server's default
			FileZilla Server listen [21] by FileZilla Server's default
			FileZilla Server passive {1024 65535} by FileZilla Server's default`},
		{
			"set", settings("<Item name=\"Serverports\" type=\"string\">21 2121</Item>\n<Item name=\"Enable SSL\">1</Item>\n<Item name=\"Use custom PASV ports\">1</Item>\n" +
				"<Item name=\"Custom PASV min port\">50000</Item><Item name=\"Custom PASV max port\">50100</Item>\n"),
			"FileZilla Server listen [21 2121] `21 2121`\nFileZilla Server tls optional `1`\nFileZilla Server passive {50000 50100} `50100`",
		},
		{"forced", settings("<Item name=\"Enable SSL\">1</Item><Item name=\"Force explicit SSL\">1</Item><Item name=\"Force PROT P\">1</Item>"), "FileZilla Server tls required `1`"},
		{"forced for logins", settings("<Item name=\"Enable SSL\">1</Item><Item name=\"Force explicit SSL\">1</Item>"), "FileZilla Server tls login `1`"},
		{"commented", settings("<!-- <Item name=\"Enable SSL\">1</Item> -->"), "FileZilla Server tls none by FileZilla Server's default"},
		{"anonymous", with("", "1"), "FileZilla Server anonymous true `<User Name=\"anonymous\">`"},
		{"anonymous off", with("", "0"), "FileZilla Server anonymous false by FileZilla Server has no user named anonymous"},
		{"with a password", with("0123456789abcdef", "1"), "FileZilla Server anonymous false by FileZilla Server has no user named anonymous\n" +
			"FileZilla Server credential hashed \"anonymous\" `0123456789abcdef`"},
		{"an unknown part", "<FileZillaServer>\nHOLE\n</FileZillaServer>\n", "FileZilla Server anonymous ? a part of the file isn't known"},
		{"another document", "<x/>", "none"},
		{"broken", "<FileZillaServer><Settings>", "none"},
	})
	part := host.Part{Kind: host.File, Path: "/opt/filezilla-server/etc/settings.xml", Text: `<filezilla><ftp_server><listener><port>2121</port><tls_mode>1</tls_mode></listener>` +
		`<session><pasv><port_range><min>49152</min><max>65534</max></port_range></pasv></session></ftp_server></filezilla>`}
	expect(t, ftpd.Read(host.Evidence{}, part), []string{part.Text}, "FileZilla Server listen [2121] `2121`\nFileZilla Server passive {49152 65534} `49152`\n"+
		"FileZilla Server anonymous ? the users of FileZilla Server 1 are in another file\nFileZilla Server tls ? this setting of FileZilla Server 1 is not read")
}

func TestPowerShell(t *testing.T) {
	site := "Install-WindowsFeature Web-Ftp-Server -IncludeAllSubFeature\nNew-WebFtpSite -Name 'Files' -Port 2121 -PhysicalPath 'C:\\ftp' -Force\n"
	readAll(t, host.Part{Kind: host.PowerShell}, []readCase{
		{"a site", site, "IIS FTP named Files\nIIS FTP listen [2121] `2121`\nIIS FTP anonymous false by IIS's default\nIIS FTP tls required by IIS's default\nIIS FTP passive {1024 65535} by IIS's default"},
		{
			"anonymous", site + "Set-ItemProperty 'IIS:\\Sites\\Files' -Name ftpServer.security.authentication.anonymousAuthentication.enabled -Value $true\n",
			"IIS FTP anonymous true `Set-ItemProperty 'IIS:\\Sites\\Files' -Name ftpServer.security.authentication.anonymousAuthentication.enabled -Value $true`",
		},
		{
			"of another site", site + "New-WebFtpSite -Name B\nSet-ItemProperty IIS:\\Sites\\B -Name ftpServer.security.authentication.anonymousAuthentication.enabled -Value $true\n",
			"1 IIS FTP anonymous false by IIS's default\n2 IIS FTP anonymous true `Set-ItemProperty IIS:\\Sites\\B -Name ftpServer.security.authentication.anonymousAuthentication.enabled -Value $true`",
		},
		{
			"by a variable", site + "$s = 'IIS:\\Sites\\Files'\nSet-ItemProperty -Path \"IIS:\\Sites\\$name\" -Name 'ftpServer.security.ssl.controlChannelPolicy' -Value 0\n",
			"IIS FTP tls optional `Set-ItemProperty -Path \"IIS:\\Sites\\$name\" -Name 'ftpServer.security.ssl.controlChannelPolicy' -Value 0`",
		},
		{
			"of all sites", site + "Set-WebConfigurationProperty -PSPath IIS:\\ -Filter system.ftpServer/firewallSupport `\n  -Name lowDataChannelPort -Value 50000\n" +
				"Set-WebConfigurationProperty -PSPath IIS:\\ -Filter system.ftpServer/firewallSupport -Name highDataChannelPort -Value 50100\n",
			"IIS FTP passive {50000 50100} `Set-WebConfigurationProperty -PSPath IIS:\\ -Filter system.ftpServer/firewallSupport -Name highDataChannelPort -Value 50100`",
		},
		{
			"in a block", site + "if ($x) {\n Set-ItemProperty IIS:\\Sites\\Files -Name ftpServer.security.ssl.controlChannelPolicy -Value SslAllow\n}\n",
			"IIS FTP tls ? the command is in a block `Set-ItemProperty IIS:\\Sites\\Files -Name ftpServer.security.ssl.controlChannelPolicy -Value SslAllow`",
		},
		{
			"commented", site + "# Set-ItemProperty IIS:\\Sites\\Files -Name ftpServer.security.ssl.controlChannelPolicy -Value 0\n<# New-WebFtpSite -Name B #>\n",
			"IIS FTP tls required by IIS's default\n!2",
		},
		{"the feature alone", "Add-WindowsFeature Web-Ftp-Service\n", "IIS FTP present ? the script creates no FTP site `Add-WindowsFeature Web-Ftp-Service`"},
		{
			"appcmd", site + "& $env:windir\\system32\\inetsrv\\appcmd.exe set config -section:system.applicationHost/sites /[name='Files'].ftpServer.security.ssl.controlChannelPolicy:SslAllow\n",
			"IIS FTP tls ? the command is not understood `& $env:windir\\system32\\inetsrv\\appcmd.exe set config -section:system.applicationHost/sites /[name='Files'].ftpServer.security.ssl.controlChannelPolicy:SslAllow`",
		},
	})
	text := "<powershell>\n" + site + "</powershell>\n"
	expect(t, ftpd.Read(host.Evidence{}, host.Part{Kind: host.UserData, Text: text}), []string{text}, "IIS FTP listen [2121] `2121`")
}

// The version says which TLS the server takes.
func TestPureFTPdTLSVersion(t *testing.T) {
	const rest = "\necho 3 > /etc/pure-ftpd/conf/TLS\n"
	const unknown = "Pure-FTPd obsolete ? which TLS versions Pure-FTPd accepts depends on its version"
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"new", "apt-get install -y pure-ftpd=1.0.49-4.1" + rest, "Pure-FTPd obsolete false by Pure-FTPd's default since 1.0.49"},
		{"old", "apt-get install -y pure-ftpd=1.0.47-3" + rest, unknown},
		{"a pattern", "apt-get install -y 'pure-ftpd=1.0.*'" + rest, unknown},
		{"no version", "apt-get install -y pure-ftpd" + rest, unknown},
		{"no TLS", "apt-get install -y pure-ftpd=1.0.49-4.1", "Pure-FTPd obsolete false by Pure-FTPd's default"},
	})
}
