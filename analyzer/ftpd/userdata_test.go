package ftpd_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

func gz(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestCloudConfig(t *testing.T) {
	head := "#cloud-config\npackages:\n  - vsftpd\n"
	conf := "anonymous_enable=YES\n"
	readAll(t, host.Part{Kind: host.UserData}, []readCase{
		{"a package, on any distribution", head, "vsftpd present ? the package doesn't start the service on Red Hat up to 7 and Amazon Linux 2, and nothing in the text does `vsftpd`\nvsftpd anonymous ? it depends on the distribution\n" +
			"vsftpd tls none by the same in all distributions that are possible"},
		{"the path tells the distribution", head + "runcmd:\n  - echo write_enable=YES >> /etc/vsftpd.conf\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"so does a key", head + "apt:\n  preserve_sources_list: true\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{
			"write_files", head + "write_files:\n  - path: /etc/vsftpd.conf\n    content: |\n      # ftp\n      local_enable=NO\n      anonymous_enable=YES\n    owner: root:root\n",
			"vsftpd anonymous true `anonymous_enable=YES`\nvsftpd local false `local_enable=NO`",
		},
		{"without the line", head + "write_files:\n- path: /etc/vsftpd.conf\n  content: |\n    local_enable=YES\n", "vsftpd anonymous true by vsftpd's compiled default"},
		{
			"in quotes", head + "write_files:\n- {path: /etc/vsftpd.conf, content: \"local_enable=NO\\nanonymous_enable=YES\\n\"}\n",
			"vsftpd anonymous true `anonymous_enable=YES`",
		},
		{"folded", head + "write_files:\n- path: /etc/vsftpd.conf\n  content: >-\n    anonymous_enable=YES\n", "vsftpd anonymous true `anonymous_enable=YES`"},
		{"an alias", "#cloud-config\nx: &c |\n  anonymous_enable=YES\nwrite_files:\n- path: /etc/vsftpd.conf\n  content: *c\n", "vsftpd anonymous true `anonymous_enable=YES`"},
		{"base64", head + "write_files:\n- path: /etc/vsftpd.conf\n  encoding: b64\n  content: " + b64(conf) + "\n", "vsftpd anonymous true `" + b64(conf) + "`"},
		{"base64 in YAML's own way", head + "write_files:\n- path: /etc/vsftpd.conf\n  encoding: gz+b64\n  content: " + b64(gz(t, conf)) + "\n", "vsftpd anonymous true `" + b64(gz(t, conf)) + "`"},
		{"broken base64", head + "write_files:\n- path: /etc/vsftpd.conf\n  encoding: b64\n  content: '!'\n", "vsftpd anonymous ? what is written to the file isn't known `/etc/vsftpd.conf`"},
		{"an unknown encoding", head + "write_files:\n- path: /etc/vsftpd.conf\n  encoding: rot13\n  content: x\n", "vsftpd anonymous ? what is written to the file isn't known `/etc/vsftpd.conf`"},
		{
			"appended before the package is installed", head + "write_files:\n- path: /etc/vsftpd.conf\n  append: true\n  content: |\n    write_enable=YES\n",
			"vsftpd anonymous ? what the file holds before isn't in the text",
		},
		{
			"appended after it", head + "write_files:\n- path: /etc/vsftpd.conf\n  append: true\n  defer: true\n  content: |\n    write_enable=YES\n",
			"vsftpd anonymous false by the file of Debian's package vsftpd",
		},
		{"from elsewhere", head + "write_files:\n- path: /etc/vsftpd.conf\n  source: {uri: https://example.com}\n", "vsftpd anonymous ? what is written to the file isn't known `/etc/vsftpd.conf`"},
		{"another service's file", "#cloud-config\nwrite_files:\n- path: /etc/pam.d/vsftpd\n  content: anonymous_enable=YES\n", "none"},
		{"commented", "#cloud-config\n#packages: [vsftpd]\n# runcmd: [vsftpd]\n", "none"},
		{"versions and managers", "#cloud-config\npackages:\n- [vsftpd, 3.0.3-13]\n- apt:\n  - pure-ftpd\n", "1 vsftpd version 3.0.3-13\n2 Pure-FTPd present true `pure-ftpd`"},
		{
			"commands as lists", head + "runcmd:\n- [sed, -i, 's/anonymous_enable=NO/anonymous_enable=YES/', /etc/vsftpd.conf]\n- [systemctl, enable, --now, vsftpd]\n",
			"vsftpd anonymous true `sed`",
		},
		{"a script in a command", head + "runcmd:\n- |\n  cat > /etc/vsftpd.conf <<EOF\n  anonymous_enable=YES\n  EOF\n- systemctl restart vsftpd\n", "vsftpd anonymous true `anonymous_enable=YES`"},
		{"bootcmd comes first", "#cloud-config\nwrite_files:\n- path: /etc/vsftpd.conf\n  content: anonymous_enable=NO\nbootcmd:\n- echo anonymous_enable=YES > /etc/vsftpd.conf\n", "vsftpd anonymous false `anonymous_enable=NO`"},
		{
			"passwords", head + "password: s3cr3t\nchpasswd:\n  list: |\n    ftp1:hunter2\n    ftp2:RANDOM\n  users:\n  - {name: ftp3, password: swordfish, type: text}\nusers:\n- name: ftp4\n  passwd: $6$salt$hash\n  lock_passwd: false\n- name: ftp5\n  plain_text_passwd: letmein\n",
			"vsftpd credential plain \"\" `s3cr3t`\nvsftpd credential plain \"ftp1\" `hunter2`\nvsftpd credential plain \"ftp3\" `swordfish`\nvsftpd credential hashed \"ftp4\" `$6$salt$hash`\nvsftpd credential plain \"ftp5\" `letmein`",
		},
		{"no mapping", "#cloud-config\n- vsftpd\n", "none"},
		{"no YAML", "#cloud-config\n\tvsftpd: [\n", "unread: the document is no valid YAML"},
		{"a template", "## template: jinja\n#cloud-config\napt: {}\npackages: [vsftpd]\nwrite_files:\n- path: /etc/vsftpd.conf\n  defer: true\n  append: true\n  content: |\n    anonymous_enable={{ ds.anon }}\n", "vsftpd anonymous ? the value isn't known `anonymous_enable={{ ds.anon }}↵`"},
		{"a template that decides", "## template: jinja\n#cloud-config\n{% if x %}\npackages: [vsftpd]\n{% endif %}\n", "unread: the text is a template"},
		{"an unknown part", head + "HOLE: x\nwrite_files:\n- path: /etc/vsftpd.conf\n  content: local_enable=YES\n", "unread: a part of the document isn't known"},
		{"an unknown package", "#cloud-config\npackages: [HOLE]\n", "none"},
		{"a file before the package", head + "apt: {}\nwrite_files:\n- path: HOLE\n  content: x\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"an unknown file", head + "write_files:\n- path: HOLE\n  content: x\n  defer: true\nruncmd: [true]\n", "vsftpd anonymous ? the path of the file that is written isn't known `HOLE`"},
		{"too deep", "#cloud-config\nx: " + strings.Repeat("[", 5000), "unread: the document is too long or nests too deep to be read"},
		{"DOS line ends", "#cloud-config\r\npackages:\r\n  - vsftpd\r\napt: {}\r\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
	})
}

func TestUserData(t *testing.T) {
	script := "#!/bin/bash\napt-get install -y vsftpd\necho anonymous_enable=YES >> /etc/vsftpd.conf\n"
	yes := "vsftpd anonymous true `anonymous_enable=YES`"
	config := "#cloud-config\napt: {}\npackages: [vsftpd]\n"
	message := func(parts ...string) string {
		return "Content-Type: multipart/mixed; boundary=\"B\"\nMIME-Version: 1.0\n\n--B\n" + strings.Join(parts, "\n--B\n") + "\n--B--\n"
	}
	readAll(t, host.Part{Kind: host.UserData}, []readCase{
		{"a script", script, yes},
		{"env", strings.Replace(script, "/bin/bash", "/usr/bin/env bash", 1), yes},
		{"base64", b64(script), "vsftpd anonymous true `" + b64(script) + "`"},
		{"base64 in lines", b64(script)[:40] + "\n" + b64(script)[40:], "vsftpd present true `" + b64(script)[:40] + "↵" + b64(script)[40:] + "`"},
		{"base64 without padding", strings.TrimRight(b64(script+"\n"), "="), "vsftpd tls none by the file of Debian's package vsftpd"},
		{"gzip", gz(t, script), "vsftpd tls none by the file of Debian's package vsftpd"},
		{"gzip in base64", b64(gz(t, script)), "vsftpd anonymous true `" + b64(gz(t, script)) + "`"},
		{"gzip in gzip", gz(t, gz(t, script)), "vsftpd tls none by the file of Debian's package vsftpd"},
		{"broken gzip", gz(t, script)[:20], "unread: the compressed data is broken or too long"},
		{"a gzip bomb", gz(t, strings.Repeat("#", 8<<20)), "unread: the compressed data is broken or too long"},
		{"too long", script + strings.Repeat("#\n", host.MaxTextBytes/2), "unread: the text is too long to be read"},
		{"MIME", message("Content-Type: text/cloud-config\n\n"+config, "Content-Type: text/x-shellscript\n\n"+script), yes + "\nvsftpd present true `vsftpd`"},
		{"MIME in base64", message("Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n" + b64(script)), "vsftpd anonymous true `" + b64(script) + "`"},
		{"quoted", message("Content-Type: text/x-shellscript\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.ReplaceAll(script, "=", "=3D")), "vsftpd tls none by the file of Debian's package vsftpd"},
		{"MIME within MIME", message(message("Content-Type: text/x-shellscript\n\n" + script)), yes},
		{"a part without a type", message("\n" + script), yes},
		{"another type", message("Content-Type: text/x-include-url\n\nhttps://example.com/x\n"), "none"},
		{"no boundary", "Content-Type: multipart/mixed\n\n--B\n", "unread: the MIME message is broken"},
		{"never ending", "Content-Type: multipart/mixed; boundary=B\n\n--B\n\n" + script, "unread: the MIME message is broken or too long"},
		{
			"two cloud-configs", message("Content-Type: text/cloud-config\n\n"+config, "Content-Type: text/cloud-config\n\n#cloud-config\nruncmd: []\n"),
			"vsftpd present true `vsftpd`",
		},
		{"the later of two", message("Content-Type: text/cloud-config\n\n"+config, "Content-Type: text/cloud-config\n\n#cloud-config\npackages: [nginx]\n"), "none"},
		{
			"two that say how they merge", message("Content-Type: text/cloud-config\n\n"+config, "Content-Type: text/cloud-config\n\n#cloud-config\nmerge_how: list(append)\npackages: [nginx]\n"),
			"vsftpd present ? another part of the user data may replace it `vsftpd`",
		},
		{
			"an archive", "#cloud-config-archive\n- type: text/x-shellscript\n  content: |\n    #!/bin/sh\n    apt-get install -y vsftpd\n- |\n  #cloud-config\n  packages: [bftpd]\n",
			"1 vsftpd present true `vsftpd`\n2 another FTP server present true `bftpd`",
		},
		{"a boothook", "#cloud-boothook\n" + script, yes},
		{"an include", "#include\nhttps://example.com/user-data\n", "unread: the text includes others from elsewhere"},
		{"Python", "#!/usr/bin/python3\nprint('vsftpd')\n", "unread: the script isn't for a shell"},
		{"a batch file", "<script>\necho\n</script>\n", "none"},
		{"letters that change their length", "<powershell>\n# İstanbul\nNew-WebFtpSite -Name a\n</powershell>\n", "IIS FTP named a"},
		{"a batch file that starts PowerShell", "<script>\npowershell -Command \"New-WebFtpSite -Name a\"\n</script>\n", "IIS FTP named a"},
		{"EC2Launch", "version: 1.1\ntasks:\n- task: executeScript\n  inputs:\n  - type: powershell\n    content: |-\n      New-WebFtpSite -Name a\n", "IIS FTP named a"},
		{"white space first", "\n  #Cloud-Config # mine\napt: {}\npackages: [vsftpd]\n", "vsftpd present true `vsftpd`"},
		{"white space before a script", "\n" + script, "none"},
		{"no header", "# cloud-config\npackages: [vsftpd]\n", "none"},
		{"unknown", "HOLE", "unread: what kind of text it is isn't known"},
	})
}

func TestLimits(t *testing.T) {
	bomb := "#cloud-config\na: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 9) + "*" + string(c-1) + "]\n"
	}
	const more = "unread: the text does more than is followed"
	installed := "vsftpd named vsftpd"
	readAll(t, host.Part{Kind: host.UserData}, []readCase{
		{"aliases", bomb + "packages: [vsftpd]\nruncmd: *i\nwrite_files: *i\n", installed + "\n!unread"},
		{"entries", "#cloud-config\npackages: [vsftpd" + strings.Repeat(",x", host.MaxNodes) + "]\n", "unread: the document has more entries than are followed"},
	})
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"edits", "apt-get install -y vsftpd\n" + strings.Repeat("sed -i 's/a/aa/g' /etc/vsftpd.conf\n", 10000), more},
		{"copies", "echo x > /a\n" + strings.Repeat("cat /a /a > /b; cat /b /b > /a\n", 1000), more},
		{"variables", "A=xxxxxxxx\n" + strings.Repeat("A=\"$A$A\"\n", 1000) + "echo $A > /etc/vsftpd.conf\n", more},
		{"functions", "f() { g; g; }\ng() { f; f; }\nf\n", more},
		{"formats", "printf '" + strings.Repeat("%s", 1<<10) + "\\n' " + strings.Repeat("x ", 1<<17) + "> /etc/vsftpd.conf\n", more},
		{"decoding", "A=" + b64(strings.Repeat("x", 1<<15)) + "\n" + strings.Repeat("echo $A | base64 -d > /b\n", 1000), more},
		{"a script that runs itself", "echo 'bash /a' > /a\nbash /a\napt-get install -y vsftpd\n", installed},
		{"lines", strings.Repeat("echo x >> /a\n", 2000) + "apt-get install -y vsftpd\n", more},
	})
}

// TestHostile reads texts made so that what is careless about lines, entries or names takes minutes, or the whole stack.
func TestHostile(t *testing.T) {
	const length = host.MaxTextBytes / 4
	fill := func(head, part, tail string) string {
		return head + strings.Repeat(part, (length-len(head)-len(tail))/len(part)) + tail
	}
	numbered := func(head, part, tail string) string {
		var b strings.Builder
		for b.WriteString(head); b.Len() < length-len(part)-len(tail)-16; {
			b.WriteString(strings.ReplaceAll(part, "N", strconv.Itoa(b.Len())))
		}
		return b.String() + tail
	}
	for name, part := range map[string]host.Part{
		"entries in a line":         {Kind: host.UserData, Text: fill("#cloud-config\nruncmd: [", "x,", "]")},
		"quoted entries in a line":  {Kind: host.UserData, Text: fill("#cloud-config\nruncmd: [", `"\"",`, "]")},
		"characters in a line":      {Kind: host.UserData, Text: fill("#cloud-config\npackages: [", "é,", "]")},
		"entries in lines":          {Kind: host.UserData, Text: fill("#cloud-config\nruncmd:\n", "- !\n", "")},
		"tagged entries":            {Kind: host.UserData, Text: fill("#cloud-config\npackages: [", `!!str "x",`+"\n ", "]")},
		"keys":                      {Kind: host.UserData, Text: numbered("#cloud-config\n", "N: x\n", "")},
		"parts":                     {Kind: host.UserData, Text: fill("Content-Type: multipart/mixed; boundary=B\n\n", "--B\n\n#!/bin/sh\n", "--B--\n")},
		"commands":                  {Kind: host.Script, Text: fill("", "x\n", "")},
		"pipes":                     {Kind: host.Script, Text: fill("", "a|", "a")},
		"alternatives":              {Kind: host.Script, Text: fill("", "a||", "a")},
		"conditions":                {Kind: host.Script, Text: fill("", "if x\nthen ", "")},
		"braces":                    {Kind: host.Script, Text: fill("echo {a", ",a", "}")},
		"files":                     {Kind: host.Script, Text: numbered("", ">/N\n", "")},
		"configuration files":       {Kind: host.Script, Text: numbered("", ">/etc/vsftpd/N.conf\n", "")},
		"unknown files":             {Kind: host.Script, Text: fill(">/a\n>/b\n>/c\n", ">$x/a\n", "")},
		"unknown commands":          {Kind: host.Script, Text: fill(">/a\n>/b\n>/c\n", "$x\n", "")},
		"daemons":                   {Kind: host.Script, Text: numbered("", "vsftpd /N\n", "")},
		"containers":                {Kind: host.Script, Text: fill("", "docker run fauria/vsftpd\n", "")},
		"accounts":                  {Kind: host.Script, Text: fill("apt install vsftpd\nchpasswd <<E\n", "a:b\n", "E\n")},
		"a here-document":           {Kind: host.Script, Text: fill("cat >/etc/vsftpd.conf <<E\n", "$x\n", "E\n")},
		"PowerShell":                {Kind: host.PowerShell, Text: fill("New-WebFtpSite -Name x\n", "Set-ItemProperty $x -Name ftpServer.x -Value 1\n", "")},
		"PowerShell comments":       {Kind: host.PowerShell, Text: fill("", "<#", "")},
		"PowerShell sites":          {Kind: host.PowerShell, Text: numbered("", "New-WebFtpSite -Name N\n", "")},
		"vsftpd lines":              {Kind: host.File, Path: "/etc/vsftpd.conf", Text: fill("", "=\n", "")},
		"ProFTPD lines":             {Kind: host.File, Path: "/etc/proftpd/proftpd.conf", Text: fill("", "x\\\n", "")},
		"ProFTPD sections":          {Kind: host.File, Path: "/etc/proftpd/proftpd.conf", Text: fill("", "<a>\n", "")},
		"ProFTPD hosts":             {Kind: host.File, Path: "/etc/proftpd/proftpd.conf", Text: numbered("", "<VirtualHost N>\n</VirtualHost>\n", "")},
		"ProFTPD hosts of one name": {Kind: host.File, Path: "/etc/proftpd/proftpd.conf", Text: fill("", "<VirtualHost a>\n</VirtualHost>\n</x>\n", "")},
		"ProFTPD includes":          {Kind: host.File, Path: "/etc/proftpd.conf", Text: fill("", "Include /etc/proftpd.conf\n", "")},
		"Pure-FTPd lines":           {Kind: host.File, Path: "/etc/pure-ftpd.conf", Text: fill("", "TLS\n", "")},
		"XML":                       {Kind: host.File, Path: "/FileZilla Server.xml", Text: fill("<FileZillaServer>", "a<!---->", "</FileZillaServer>")},
		"XML elements":              {Kind: host.File, Path: "/FileZilla Server.xml", Text: fill("<FileZillaServer><Settings>", "<Item/>", "</Settings></FileZillaServer>")},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, ftpd.Read(host.Evidence{}, part), []string{part.Text}, "!place")
		})
	}
}

func TestCommandLine(t *testing.T) {
	site := "New-WebFtpSite -Name a\nSet-ItemProperty 'IIS:\\Sites\\a' -Name ftpServer.security.authentication.anonymousAuthentication.enabled -Value $true\n"
	wide := make([]byte, 0, 2*len(site))
	for i := range len(site) {
		wide = append(wide, site[i], 0)
	}
	const on = "Set-ItemProperty 'IIS:\\Sites\\a' -Name ftpServer.security.authentication.anonymousAuthentication.enabled -Value $true"
	written := `powershell -command "[System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String('` + b64(site) + `')) | Out-File -filepath install.ps1"`
	readAll(t, host.Part{Kind: host.CommandLine}, []readCase{
		{"in quotes", `powershell -ExecutionPolicy Unrestricted -Command "New-WebFtpSite -Name a; ` + on + `"`, "IIS FTP anonymous true `" + on + "`"},
		{"without quotes", `powershell.exe -NoProfile -c New-WebFtpSite -Name a; ` + on, "IIS FTP anonymous true `" + on + "`"},
		{"without the parameter", `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe Install-WindowsFeature Web-Ftp-Server`, "IIS FTP present ? the script creates no FTP site `Install-WindowsFeature Web-Ftp-Server`"},
		{"quotes in quotes", `powershell -Command "New-WebFtpSite -Name \"a\""`, "IIS FTP present true `New-WebFtpSite -Name \\\"a\\\"`"},
		{"encoded", `cmd /c powershell -EncodedCommand ` + b64(string(wide)), "IIS FTP anonymous true `" + b64(string(wide)) + "`"},
		{"a script that the line writes", written + ` && powershell -ExecutionPolicy Unrestricted -File .\install.ps1`, "IIS FTP anonymous true `" + b64(site) + "`"},
		{"that runs it not", written, "none"},
		{"a script from elsewhere", `powershell -File install-ftp.ps1`, "unread: the command runs a script that isn't in the text"},
		{"another program", `cmd /c echo New-WebFtpSite -Name a`, "none"},
		{"nothing", `powershell -Command`, "none"},
		{"unknown", `HOLE`, "unread: which command runs isn't known"},
	})
}

func TestContainers(t *testing.T) {
	readAll(t, host.Part{Kind: host.Containers}, []readCase{
		{
			"an image with its environment",
			"spec:\n  containers:\n    - name: ftp\n      image: 'garethflowers/ftp-server:0.9'\n      env:\n        - name: FTP_USER\n          value: scans\n  restartPolicy: Always\n",
			"vsftpd named garethflowers/ftp-server\nvsftpd present true `garethflowers/ftp-server:0.9`\nvsftpd credential default \"scans\" the image garethflowers/ftp-server: https://github.com/garethflowers/docker-ftp-server",
		},
		{"arguments", "spec: {containers: [{image: stilliard/pure-ftpd, args: [/run.sh, -e]}]}", "Pure-FTPd anonymous true by Pure-FTPd's default"},
		{"a secret", "spec: {containers: [{image: garethflowers/ftp-server, env: [{name: FTP_PASS, valueFrom: x}]}]}", "!vsftpd credential"},
		{"another image", "spec: {containers: [{image: nginx}]}", "none"},
		{"no containers", "spec: {containers: vsftpd}", "none"},
		{"nothing", "", "none"},
		{"no YAML", "spec: [", "unread: the document is no valid YAML"},
		{"unknown", "HOLE", "unread: what the document holds isn't known"},
	})
}

func TestScalar(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{"a: {b: x}", "x `x`"},
		{"a:\n  b: 'x'\n", "x `x`"},
		{"a: {b: 1}", "1 `1`"},
		{"a: {b: HOLE}", "? the value isn't known `HOLE`"},
		{"a: HOLE", "? a part of the document isn't known `HOLE`"},
		{"HOLE", "? a part of the document isn't known `HOLE`"},
		{"a: {HOLE: x}", "? a part of the document isn't known `{HOLE: x}`"},
		{"a: {c: x}", "invalid"},
		{"a: {b: [x]}", "invalid"},
		{"", "invalid"},
		{"a: [", "? the document is no valid YAML `a: [`"},
		{strings.Repeat("[", 5000), "? the document is too long or nests too deep to be read `" + strings.Repeat("[", 5000) + "`"},
	} {
		text := strings.ReplaceAll(c.document, "HOLE", host.Hole)
		if got, want := setting(ftpd.Scalar(text, "a", "b"), []string{text}), strings.ReplaceAll(c.want, "HOLE", host.Hole); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
