package ftpd_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// checkReading reads parts twice, and checks that the readings are the same, that every setting has a state with what
// belongs to it, and that every place is inside its text.
func checkReading(t *testing.T, parts ...host.Part) {
	t.Helper()
	r := ftpd.Read(host.Evidence{}, parts...)
	if diff := cmp.Diff(r, ftpd.Read(host.Evidence{}, parts...)); diff != "" {
		t.Errorf("reading again differs:\n%s", diff)
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	for _, line := range describe(r, texts...) {
		if strings.Contains(line, "place {Part:") || strings.Contains(line, "invalid") && strings.HasSuffix(line, " invalid") {
			t.Error(line)
		}
	}
	for _, s := range r.Servers {
		checkSetting(t, "present", s.Present)
		checkSetting(t, "anonymous", s.Anonymous)
		checkSetting(t, "upload", s.AnonymousUpload)
		checkSetting(t, "local", s.LocalLogin)
		checkSetting(t, "tls", s.TLS)
		checkSetting(t, "obsolete", s.ObsoleteTLS)
		checkSetting(t, "listen", s.ListenPorts)
		checkSetting(t, "passive", s.PassivePorts)
		if s.TLS.State != ftpd.Unknown && s.TLS.Value.String() == "invalid TLS level" {
			t.Errorf("TLS: %+v", s.TLS)
		}
		if p := s.PassivePorts.Value; p.First > p.Last || p.First < 0 || p.Last > 65535 {
			t.Errorf("passive ports: %+v", p)
		}
	}
}

func checkSetting[T any](t *testing.T, name string, s ftpd.Setting[T]) {
	t.Helper()
	switch s.State {
	case ftpd.Known:
		if s.At.IsZero() || s.Source != "" {
			t.Errorf("%s is known: %+v", name, s)
		}
	case ftpd.Default:
		if !s.At.IsZero() || s.Source == "" {
			t.Errorf("%s is a default: %+v", name, s)
		}
	case ftpd.Unknown:
		var zero T
		if s.Source == "" || !cmp.Equal(s.Value, zero) {
			t.Errorf("%s is unknown: %+v", name, s)
		}
	default:
		t.Errorf("%s has no state: %+v", name, s)
	}
}

func fuzzPart(f *testing.F, part host.Part, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		part.Text = text
		checkReading(t, part)
	})
}

func FuzzUserData(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.UserData},
		"#cloud-config\napt: {}\npackages: [vsftpd]\nwrite_files:\n- path: /etc/vsftpd.conf\n  content: |\n    anonymous_enable=YES\n  append: true\nruncmd:\n- [sed, -i, s/a/b/, /etc/vsftpd.conf]\n- echo a > /b\n",
		"#cloud-config\na: &a\n- vsftpd\npackages: *a\nchpasswd: {list: \"a:b\\nc:d\", users: [{name: x, password: y}]}\n",
		"Content-Type: multipart/mixed; boundary=\"B\"\n\n--B\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\nIyEvYmluL3NoCg==\n--B\n\n#!/bin/sh\nvsftpd\n--B--\n",
		"#cloud-config-archive\n- type: text/x-shellscript\n  content: |\n    #!/bin/sh\n    vsftpd &\n",
		"IyEvYmluL3NoCmFwdCBpbnN0YWxsIHZzZnRwZAo=", "<powershell>\nNew-WebFtpSite -Name x\n</powershell>", "#include\nx",
		`{"ignition":{"version":"3.3.0"},"storage":{"files":[{"path":"/etc/vsftpd.conf","contents":{"source":"data:;base64,YQ==","compression":"gzip"}}]},"systemd":{"units":[{"name":"a.service","enabled":true,"contents":"ExecStart=vsftpd","dropins":[{"name":"b.conf","contents":"x"}]}]}}`,
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")
}

func FuzzScript(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.Script},
		"apt-get install -y vsftpd=3.0.3\ncat > /etc/vsftpd.conf <<EOF\nanonymous_enable=$X\nEOF\nsed -i -e 's/\\(a\\)/\\1b/g;/x/d' /etc/vsftpd.conf\n",
		"X=1; f() { echo $X >> /etc/vsftpd.conf; }; if f; then cd /etc; echo a | tee -a vsftpd.conf; fi\nfor i in a b; do f; done\nsystemctl enable --now vsftpd",
		"echo a:b | chpasswd; docker run -e A=b -p 21:21 fauria/vsftpd x; pure-ftpd -E -Y2 --tls=1 -p 1:2; vsftpd /a -ob=c; proftpd -c /x\n",
		"printf '%s\\n' a b > /etc/proftpd/proftpd.conf; cp /etc/{proftpd/proftpd.conf,x}; mv /x /etc/pure-ftpd/conf/TLS; rm -f /etc/*; bash -c 'echo a'\n",
		"screen -dmS a vsftpd; tmux new -d 'vsftpd'; npx ftp-srv; nc -l -e 'ftpd'; start-stop-daemon -S -x vsftpd -- a; sysrc a_enable=YES; echo OPTIONS=-Dx > /etc/default/proftpd\n"+
			"echo 'ftp stream tcp nowait root tcpd in.ftpd -l' > /etc/inetd.conf; echo 'server = a' > /etc/xinetd.d/a; echo Image=fauria/vsftpd > /etc/containers/systemd/a.container; echo command=vsftpd > /etc/supervisor/a; kubectl apply -f - < /x\n")
}

func FuzzPowerShell(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.PowerShell},
		"Install-WindowsFeature Web-Ftp-Server\nNew-WebFtpSite -Name 'a' -Port 21\nif ($x) { Set-ItemProperty \"IIS:\\Sites\\a\" -Name ftpServer.security.ssl.controlChannelPolicy -Value 0 }\n",
		"Set-WebConfigurationProperty -Filter system.ftpServer/firewallSupport `\n -Name lowDataChannelPort -Value 1 <# x #> # y\n$a = @'\nx\n'@\n")
}

func FuzzCommandLine(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.CommandLine},
		`powershell -ExecutionPolicy Bypass -Command "Install-WindowsFeature Web-Ftp-Server; New-WebFtpSite -Name \"a\""`,
		"cmd /c powershell.exe -enc SQBuAA== & pwsh -File a.ps1",
		`powershell -command "[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('TmV3LVdlYkZ0cFNpdGUgLU5hbWUgYQ==')) | Out-File -filepath a.ps1" && powershell -File a.ps1`)
}

func FuzzContainers(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.Containers},
		"spec:\n  containers:\n  - name: ftp\n    image: stilliard/pure-ftpd:latest\n    args: [-e]\n    env:\n    - {name: FTP_USER_PASS, value: x}\n",
		"spec: &s {containers: [{image: 'garethflowers/ftp-server', command: *s}]}", host.Hole)
}

func FuzzVsftpd(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.File, Path: "/etc/vsftpd.conf"},
		"anonymous_enable=YES\n#x\n  local_enable = no\nlisten_port=021\npasv_min_port=40000\npasv_max_port=1\nssl_enable=YES\n"+host.Hole+"\nx="+host.Hole)
}

func FuzzProFTPD(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.File, Path: "/etc/proftpd/proftpd.conf"},
		"<Global>\nTLSEngine on\n</Global>\n<Anonymous ~ftp>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>\n<VirtualHost \"a b\">\nPort 2121 \\\n # x\n</VirtualHost>\nInclude /x\nPassivePorts 1 2\n",
		"<IfModule mod_tls.c>\nTLSRequired on\n</IfModule>\nLoadModule mod_tls.c\n<IfModule !mod_x>\n"+host.Hole)
}

func FuzzPureFTPd(f *testing.F) {
	for _, s := range []string{"NoAnonymous yes\nTLS = 2\nBind 1,2\nPassivePortRange 1 2\n# x", "-EeiM -Y 2 --tls=3 -p 1:2 --bind x,21 -l pam"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkReading(t, host.Part{Kind: host.File, Path: "/etc/pure-ftpd/pure-ftpd.conf", Text: text})
		checkReading(t, host.Part{Kind: host.File, Path: "/etc/pure-ftpd/conf/TLS", Text: text}, host.Part{Kind: host.File, Path: "/etc/pure-ftpd/conf/NoAnonymous", Text: text})
		ftpd.Image("stilliard/pure-ftpd", map[string]string{"ADDED_FLAGS": text}, nil)
	})
}

func FuzzFileZilla(f *testing.F) {
	fuzzPart(f, host.Part{Kind: host.File, Path: "/FileZilla Server.xml"},
		`<FileZillaServer><Settings><Item name="Serverports">21 22</Item><Item name="Enable SSL">1</Item></Settings><Users><User Name="anonymous"><Option Name="Pass"/></User></Users></FileZillaServer>`,
		`<?xml version="1.0"?><filezilla><ftp_server><listener><port>21</port></listener><session><pasv><port_range><min>1</min><max>2</max></port_range></pasv></session></ftp_server></filezilla>`)
}

func FuzzImage(f *testing.F) {
	f.Add("fauria/vsftpd:1@sha256:x", "FTP_PASS", "x", "/run.sh -E")
	f.Add("delfer/alpine-ftp-server", "USERS", "a|b c|d", "")
	f.Add("stilliard/pure-ftpd", "FTP_PASSIVE_PORTS", "1:2", "/run.sh")
	f.Fuzz(func(t *testing.T, ref, name, value, arg string) {
		if !strings.Contains(ref, host.Hole) {
			sameImage(t, ref)
		}
		var args []string
		if arg != "" {
			args = []string{arg}
		}
		s, ok := ftpd.Image(ref, map[string]string{name: value}, args)
		if _, aged := ftpd.AgeOfImage(ref); aged != ok {
			t.Errorf("Image says %v, AgeOfImage %v", ok, aged)
		}
		if ok && s.TLS.State == 0 || ok && s.Anonymous.State == 0 {
			t.Errorf("%+v", s)
		}
		ftpd.Newer(ftpd.Vsftpd, value)
	})
}

func FuzzScalar(f *testing.F) {
	f.Add("image: {repository: fauria/vsftpd}")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		s := ftpd.Scalar(text, "image", "repository")
		if s.State != 0 {
			checkSetting(t, "scalar", s)
		}
		if s.At.Start < 0 || s.At.End < s.At.Start || s.At.End > len(text) {
			t.Errorf("%+v", s.At)
		}
	})
}
