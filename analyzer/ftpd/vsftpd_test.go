package ftpd_test

import (
	"fmt"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// What vsftpd accepts was tried with Debian's program, 3.0.3-13.
func TestVsftpd(t *testing.T) {
	readAll(t, host.Part{Kind: host.File, Path: "/etc/vsftpd.conf"}, []readCase{
		{"an empty file leaves the compiled defaults, also on Debian", "", `
			vsftpd config /etc/vsftpd.conf
			vsftpd present ? the text holds the configuration, but installs no server
			vsftpd anonymous true by vsftpd's compiled default
			vsftpd upload false by vsftpd's compiled default
			vsftpd local false by vsftpd's compiled default
			vsftpd tls none by vsftpd's compiled default
			vsftpd obsolete false by vsftpd's compiled default
			vsftpd listen [21] by vsftpd's compiled default
			vsftpd passive {1024 65535} by vsftpd's compiled default`},
		{"set", "anonymous_enable=NO\nlocal_enable=YES\nlisten_port=2121\n", "vsftpd anonymous false `anonymous_enable=NO`\n" +
			"vsftpd local true `local_enable=YES`\nvsftpd listen [2121] `listen_port=2121`"},
		{
			"any case, true and 1", "anonymous_enable=no\nlocal_enable=True\nwrite_enable=1\n",
			"vsftpd anonymous false `anonymous_enable=no`\nvsftpd local true `local_enable=True`",
		},
		{"the last line holds", "anonymous_enable=NO\nanonymous_enable=YES\n", "vsftpd anonymous true `anonymous_enable=YES`"},
		{"NO after YES", "anonymous_enable=YES\n#anonymous_enable=YES\nanonymous_enable=NO", "vsftpd anonymous false `anonymous_enable=NO`"},
		{"a comment", "#anonymous_enable=NO\n", "vsftpd anonymous true by vsftpd's compiled default"},
		{"white space before", "  anonymous_enable=NO\n", "vsftpd anonymous false `  anonymous_enable=NO`"},
		{"white space around the equals sign is refused", "anonymous_enable = NO\n", `
			vsftpd anonymous ? vsftpd refuses the line: white space before the equals sign ` + "`anonymous_enable = NO`" + `
			vsftpd problem: vsftpd doesn't start: white space before the equals sign ` + "`anonymous_enable = NO`"},
		{
			"so is white space after the value", "anonymous_enable=NO \n",
			"vsftpd anonymous ? vsftpd refuses the line: white space around the value `anonymous_enable=NO `",
		},
		{
			"so are line ends of DOS", "anonymous_enable=NO\r\n",
			"vsftpd anonymous ? vsftpd refuses the line: white space around the value `anonymous_enable=NO\r`",
		},
		{
			"so is a comment after the value", "anonymous_enable=NO # no\n",
			"vsftpd anonymous ? vsftpd doesn't start: the value is neither YES nor NO `anonymous_enable=NO # no`",
		},
		{"so are quotes", "anonymous_enable=\"NO\"\n", "vsftpd anonymous ? vsftpd doesn't start: the value is neither YES nor NO `anonymous_enable=\"NO\"`"},
		{"so is an indented comment", "  # no\nanonymous_enable=NO\n", "vsftpd problem: vsftpd doesn't start: white space before a comment `  # no`"},
		{"an option in capitals is another", "ANONYMOUS_ENABLE=NO\n", "vsftpd anonymous true by vsftpd's compiled default"},
		{"a later line mends what is refused", "anonymous_enable = YES\nanonymous_enable=NO\n", "vsftpd anonymous false `anonymous_enable=NO`"},
		{"an unknown value", "anonymous_enable=HOLE\n", "vsftpd anonymous ? the value isn't known `anonymous_enable=HOLE`"},
		{"an unknown value of another option", "anonymous_enable=NO\npasv_address=HOLE\n", "vsftpd anonymous false `anonymous_enable=NO`"},
		{
			"unknown lines", "anonymous_enable=NO\nHOLE\nlocal_enable=YES\n",
			"vsftpd anonymous ? a part of the file isn't known `HOLE`\nvsftpd local true `local_enable=YES`",
		},
		{"an unknown option", "anonymous_enable=NO\nHOLE=YES\n", "vsftpd anonymous ? the name of the option isn't known `HOLE=YES`"},
		{"uploads", "write_enable=YES\nanon_upload_enable=YES\n", "vsftpd upload true `anon_upload_enable=YES`"},
		{"directories", "write_enable=YES\nanon_mkdir_write_enable=YES\n", "vsftpd upload true `anon_mkdir_write_enable=YES`"},
		{"uploads without writing", "anon_upload_enable=YES\n", "vsftpd upload false by vsftpd's compiled default"},
		{"uploads without anonymous users", "anonymous_enable=NO\nwrite_enable=YES\nanon_upload_enable=YES\n", "vsftpd upload false `anonymous_enable=NO`"},
		{"TLS with its defaults is forced", "ssl_enable=YES\n", "vsftpd tls required `ssl_enable=YES`"},
		{"TLS for logins", "ssl_enable=YES\nforce_local_data_ssl=NO\n", "vsftpd tls login `ssl_enable=YES`"},
		{"TLS not forced", "ssl_enable=YES\nforce_local_data_ssl=NO\nforce_local_logins_ssl=NO\n", "vsftpd tls optional `ssl_enable=YES`"},
		{"forced without TLS", "force_local_data_ssl=YES\nforce_local_logins_ssl=YES\n", "vsftpd tls none by vsftpd's compiled default"},
		{
			"implicit TLS", "ssl_enable=YES\nimplicit_ssl=YES\nforce_local_logins_ssl=NO\nlisten_port=990\n",
			"vsftpd tls required `implicit_ssl=YES`\nvsftpd listen [990] `listen_port=990`",
		},
		{"old SSL", "ssl_enable=YES\nssl_sslv3=YES\n", "vsftpd obsolete true `ssl_sslv3=YES`"},
		{"TLS 1.0 alone", "ssl_enable=YES\nssl_tlsv1=YES\n", "vsftpd obsolete ? what ssl_tlsv1 stands for depends on the version of vsftpd `ssl_tlsv1=YES`"},
		{"no TLS 1.0", "ssl_enable=YES\nssl_tlsv1=NO\n", "vsftpd obsolete false `ssl_tlsv1=NO`"},
		{"passive ports", "pasv_min_port=40000\npasv_max_port=40100\n", "vsftpd passive {40000 40100} `pasv_max_port=40100`"},
		{"half a range", "pasv_min_port=40000\n", "vsftpd passive {40000 65535} `pasv_min_port=40000`"},
		{"no passive mode", "pasv_enable=NO\npasv_min_port=40000\n", "vsftpd passive {0 0} `pasv_enable=NO`"},
		{"a wrong port", "listen_port=ftp\n", "vsftpd listen ? the value is no port number `listen_port=ftp`"},
		{"a port too large", "listen_port=65536\n", "vsftpd listen ? the value is no port number `listen_port=65536`"},
		{"an octal port", "listen_port=025\n", "vsftpd listen [21] `listen_port=025`"},
	})
}

func TestVsftpdTLSVersions(t *testing.T) {
	conf := "cat > %s <<EOF\nssl_enable=YES\nforce_local_data_ssl=YES\n%sEOF\nsystemctl enable --now vsftpd\n"
	for _, c := range []struct{ install, file, line, want string }{
		{"dnf install -y vsftpd", "/etc/vsftpd/vsftpd.conf", "", "vsftpd obsolete false by vsftpd's default since 3.0.4"},
		{"apk add vsftpd", "/etc/vsftpd/vsftpd.conf", "", "vsftpd obsolete false by vsftpd's default since 3.0.4"},
		{"apt-get install -y vsftpd=3.0.5-0.2", "/etc/vsftpd.conf", "", "vsftpd obsolete false by vsftpd's default since 3.0.4"},
		{"apt-get install -y vsftpd=3.0.3-13", "/etc/vsftpd.conf", "", "vsftpd obsolete ? what ssl_tlsv1 stands for depends on the version of vsftpd"},
		{"dnf install -y vsftpd", "/etc/vsftpd/vsftpd.conf", "ssl_tlsv1=YES\n", "vsftpd obsolete ? what ssl_tlsv1 stands for depends on the version of vsftpd `ssl_tlsv1=YES`"},
	} {
		text := c.install + "\n" + fmt.Sprintf(conf, c.file, c.line)
		expect(t, ftpd.Read(host.Evidence{}, host.Part{Kind: host.Script, Text: text}), []string{text}, c.want)
	}
}
