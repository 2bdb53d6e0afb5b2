package ftpd_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

func TestDistributions(t *testing.T) {
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"Debian's package says no", "apt-get install -y vsftpd\n", "vsftpd present true `vsftpd`\nvsftpd anonymous false by the file of Debian's package vsftpd\n" +
			"vsftpd local true by the file of Debian's package vsftpd\nvsftpd config /etc/vsftpd.conf"},
		{"Alpine's says yes", "apk add --no-cache vsftpd\n", "vsftpd anonymous true by the file of Alpine's package vsftpd\nvsftpd config /etc/vsftpd/vsftpd.conf"},
		{"Red Hat's depends", "sudo yum -y install vsftpd\n", "vsftpd anonymous ? it depends on the distribution\n" +
			"vsftpd local true by the same in all distributions that are possible\nvsftpd tls none by vsftpd's compiled default"},
		{
			"and can be settled by an edit", "yum install -y vsftpd\nsed -i 's/anonymous_enable=YES/anonymous_enable=NO/' /etc/vsftpd/vsftpd.conf\n",
			"vsftpd anonymous false `sed -i 's/anonymous_enable=YES/anonymous_enable=NO/' /etc/vsftpd/vsftpd.conf`",
		},
		{
			"the whole file on Debian leaves the compiled default", "apt-get install -y vsftpd\ncat > /etc/vsftpd.conf <<'EOF'\nlisten=YES\nlocal_enable=YES\nEOF\n",
			"vsftpd anonymous true by vsftpd's compiled default\nvsftpd local true `local_enable=YES`",
		},
		{"also before it is installed", "echo listen=YES > /etc/vsftpd.conf\napt-get install -y vsftpd\n", "vsftpd anonymous true by vsftpd's compiled default"},
		{"an addition leaves the package's", "apt-get install -y vsftpd\necho write_enable=YES >> /etc/vsftpd.conf\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"an image's file isn't known", "echo write_enable=YES >> /etc/vsftpd.conf\n", "vsftpd anonymous ? what the file holds before isn't in the text\n" +
			"vsftpd present ? the text holds the configuration, but installs no server"},
		{"but what is added to it is", "echo anonymous_enable=YES >> /etc/vsftpd.conf\nsystemctl restart vsftpd\n", "vsftpd anonymous true `anonymous_enable=YES`\n" +
			"vsftpd present true `systemctl restart vsftpd`"},
		{"a pinned version", "apt-get install -y vsftpd=3.0.3-13\n", "vsftpd version 3.0.3-13"},
		{"removed", "apt-get install -y vsftpd\napt-get purge -y vsftpd\n", "none"},
		{"disabled", "apt-get install -y vsftpd\nsystemctl disable --now vsftpd\n", "vsftpd present ? the service is stopped or disabled `systemctl disable --now vsftpd`"},
		{"stopped and started", "apt-get install -y vsftpd\nsystemctl stop vsftpd\nsystemctl start vsftpd\n", "vsftpd present true `vsftpd`"},
		{"another server", "apt-get install -y bftpd\n", "another FTP server named bftpd\nanother FTP server anonymous ? the configuration of this server is not read"},
		{"Twisted's", "pip install twisted\ntwistd -n ftp -p 21 -r /srv\n", "another FTP server named twistd\nanother FTP server present true `twistd -n ftp -p 21 -r /srv`\nanother FTP server anonymous ? the configuration of this server is not read"},
		{"Twisted's for the web", "twistd -n web --path /srv/ftp\n", "none"},
		{"Twisted's perhaps", "if $FTP; then twistd ftp; fi\n", "another FTP server present ? it runs under a condition `twistd ftp`"},
		{"two servers", "apt-get install -y vsftpd\napt-get install -y pure-ftpd\n", "1 vsftpd present true `vsftpd`\n2 Pure-FTPd present true `pure-ftpd`"},
	})
}

func TestScript(t *testing.T) {
	install := "apt-get update && apt-get install -y vsftpd\n"
	yes := "vsftpd anonymous true `anonymous_enable=YES`"
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"sudo and tee", install + "echo 'anonymous_enable=YES' | sudo tee -a /etc/vsftpd.conf > /dev/null\n", yes},
		{"a here-document into tee", install + "cat <<EOF | sudo tee /etc/vsftpd.conf\nanonymous_enable=YES\nEOF\n", yes},
		{"tee with a here-document", install + "sudo tee /etc/vsftpd.conf >/dev/null <<-'EOF'\n\tanonymous_enable=YES\n\tEOF\n", yes},
		{"a here-string", install + "tee -a /etc/vsftpd.conf <<< anonymous_enable=YES\n", yes},
		{"a block", install + "{ echo local_enable=NO; echo anonymous_enable=YES; } >> /etc/vsftpd.conf\n", yes},
		{"a subshell", install + "(cd /etc; echo anonymous_enable=YES >> vsftpd.conf)\n", yes},
		{"a directory", install + "cd /etc\necho anonymous_enable=YES >> vsftpd.conf\n", yes},
		{"a variable", install + "CONF=/etc/vsftpd.conf; echo anonymous_enable=YES >> \"${CONF}\"\n", yes},
		{"packages in a variable", "PKGS='curl vsftpd'\napt-get install -y $PKGS\necho anonymous_enable=YES >> /etc/vsftpd.conf\n", yes},
		{"printf", install + "printf '%s\\n' local_enable=NO anonymous_enable=YES >> /etc/vsftpd.conf\n", yes},
		{"echo -e", install + "echo -e \"local_enable=NO\\nanonymous_enable=YES\" >> /etc/vsftpd.conf\n", yes},
		{"bash -c", install + "sudo bash -c 'echo anonymous_enable=YES >> /etc/vsftpd.conf'\n", yes},
		{"a function", "setup() {\n apt-get install -y vsftpd\n echo anonymous_enable=YES >> /etc/vsftpd.conf\n}\nsetup\n", yes},
		{"a function that isn't called", "setup() { apt-get install -y vsftpd; }\n", "none"},
		{"a script of its own", "cat > /root/s.sh <<'EOF'\n" + install + "echo anonymous_enable=YES >> /etc/vsftpd.conf\nEOF\nbash /root/s.sh\n", yes},
		{"a copy", install + "echo anonymous_enable=YES > /tmp/vsftpd.conf\ncp /tmp/vsftpd.conf /etc/\n", yes},
		{"moved away", install + "mv /etc/vsftpd.conf /etc/vsftpd.conf.orig\necho listen=YES >> /etc/vsftpd.conf\n", "vsftpd anonymous true by vsftpd's compiled default"},
		{"a backup", install + "cp /etc/vsftpd.conf{,.bak}\ncp /etc/vsftpd.conf /etc/vsftpd.conf.bak\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"base64", install + "echo YW5vbnltb3VzX2VuYWJsZT1ZRVMK | base64 -d > /etc/vsftpd.conf\n", "vsftpd anonymous true `YW5vbnltb3VzX2VuYWJsZT1ZRVMK`"},
		{
			"uncommented", install + "sed -i -e 's/^#write_enable/write_enable/' -e 's/anonymous_enable=NO/anonymous_enable=YES/' -e 's/#anon_upload/anon_upload/' /etc/vsftpd.conf\n",
			"vsftpd upload true `sed -i -e 's/^#write_enable/write_enable/' -e 's/anonymous_enable=NO/anonymous_enable=YES/' -e 's/#anon_upload/anon_upload/' /etc/vsftpd.conf`",
		},
		{"deleted", install + "sed -i '/^anonymous_enable/d' /etc/vsftpd.conf\n", "vsftpd anonymous true by vsftpd's compiled default"},
		{"an edit of another line", install + "sed -i 's/^listen=NO/listen=YES/' /etc/vsftpd.conf\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"an edit that isn't understood", install + "sed -i '1,5{N;P}' /etc/vsftpd.conf\n", "vsftpd anonymous ? the edit is not understood `sed -i '1,5{N;P}' /etc/vsftpd.conf`"},
		{"what comes after it", install + "sed -i '1,5{N;P}' /etc/vsftpd.conf\necho anonymous_enable=YES >> /etc/vsftpd.conf\n", yes},
		{"a condition", install + "if [ -n \"$A\" ]; then echo anonymous_enable=YES >> /etc/vsftpd.conf; fi\n", "vsftpd anonymous ? it runs under a condition `anonymous_enable=YES`"},
		{"a condition in short", install + "[ -n \"$A\" ] && echo anonymous_enable=YES >> /etc/vsftpd.conf\n", "vsftpd anonymous ? it runs under a condition `anonymous_enable=YES`"},
		{"an alternative", install + "grep -q anonymous /etc/vsftpd.conf || echo anonymous_enable=YES >> /etc/vsftpd.conf\n", "vsftpd anonymous ? it runs under a condition `anonymous_enable=YES`"},
		{"a loop", install + "for x in YES NO; do echo anonymous_enable=$x >> /etc/vsftpd.conf; done\n", "vsftpd anonymous false `echo anonymous_enable=$x`"},
		{"a loop over what isn't known", install + "for x in $ALL; do echo anonymous_enable=$x >> /etc/vsftpd.conf; done\n", "vsftpd anonymous ? it runs in a loop `/etc/vsftpd.conf`"},
		{"a loop over files", install + "for x in /etc/*.conf; do echo anonymous_enable=YES >> $x; done\n", "vsftpd anonymous ? the path of the file that is written isn't known `$x`"},
		{"a loop over packages", "for p in vsftpd openssl; do apt-get install -y $p; done\n", "vsftpd present true `$p`"},
		{"a loop that tries again", "for i in 1 2 3; do apt-get install -y vsftpd && break; sleep 5; done\necho anonymous_enable=YES >> /etc/vsftpd.conf\n", yes + "\nvsftpd present true `vsftpd`"},
		{"a loop that is left before", "for i in 1 2 3; do [ -f /x ] && continue; apt-get install -y vsftpd; done\n", "vsftpd present ? it runs in a loop `vsftpd`"},
		{"a loop without words", "for a; do apt-get install -y vsftpd; done\n", "vsftpd present ? it runs in a loop `vsftpd`"},
		{"until it works", "until apt-get update && apt-get install -y vsftpd; do sleep 5; done\necho anonymous_enable=YES >> /etc/vsftpd.conf\n", yes + "\nvsftpd present true `vsftpd`"},
		{"while it fails", "while ! apt-get install -y vsftpd; do sleep 5; done\n", "vsftpd present true `vsftpd`"},
		{"arguments", "get() { apt-get install -y \"$@\"; }\nmain() { get vsftpd openssl; echo anonymous_enable=YES >> \"$1\"; }\nmain /etc/vsftpd.conf\n", yes + "\nvsftpd present true `vsftpd`"},
		{"arguments that are shifted", "set -euo pipefail\nget() { local how=$1; shift; apt-get \"$how\" -y $*; }\nget install vsftpd\n", "vsftpd present true `vsftpd`"},
		{"arguments of a script", "cat > /x.sh <<'EOF'\napt-get install -y \"$@\"\nEOF\nsh /x.sh vsftpd\n", "vsftpd present true `vsftpd`"},
		{"arguments of nobody", "apt-get install -y \"$@\" ftp\n", "none"},
		{"beside a script", "mkdir /opt/a; echo anonymous_enable=YES > /opt/a/v.conf\ncat > /opt/a/x.sh <<'EOF'\napt-get install -y vsftpd\ncp \"$(dirname \"$0\")/v.conf\" /etc/vsftpd.conf\nEOF\nbash /opt/a/x.sh\n", yes},
		{"beside a script in long", "mkdir /opt/a; echo anonymous_enable=YES > /opt/a/v.conf\ncat > /opt/a/x.sh <<'EOF'\nHERE=\"$( cd \"$( dirname \"${BASH_SOURCE[0]}\" )\" && pwd )\"\napt-get install -y vsftpd\ncp \"$HERE/v.conf\" /etc/vsftpd.conf\nEOF\nchmod +x /opt/a/x.sh; /opt/a/x.sh\n", yes},
		{"beside nobody knows what", install + "cp \"$(dirname \"$0\")/v.conf\" /etc/vsftpd.conf\n", "vsftpd anonymous ? what is copied to the file isn't in the text `cp \"$(dirname \"$0\")/v.conf\" /etc/vsftpd.conf`"},
		{"an array", "PKGS=(openssl vsftpd)\nPKGS+=(ssl-cert)\napt-get install -y \"${PKGS[@]}\"\n", "vsftpd present true `vsftpd`"},
		{"an array in a loop", "P=(openssl vsftpd)\nfor p in \"${P[@]}\"; do apt-get install -y \"$p\"; done\n", "vsftpd present true `\"$p\"`"},
		{"an array that may be another", "P=(vsftpd)\n[ -f /x ] && P=(nginx)\napt-get install -y \"${P[@]}\"\n", "none"},
		{"a condition about another option", install + "grep -q pasv_min /etc/vsftpd.conf || echo pasv_min_port=50000 >> /etc/vsftpd.conf\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"a condition about several options", install + "if [ -f /x ]; then\n printf 'pasv_min_port=50000\\n# anonymous_enable=YES\\n' | tee -a /etc/vsftpd.conf\nfi\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"a condition that changes nothing", install + "[ -f /x ] && echo anonymous_enable=NO >> /etc/vsftpd.conf\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"a condition before it is told", install + "[ -f /x ] && echo anonymous_enable=NO >> /etc/vsftpd.conf\necho anonymous_enable=YES >> /etc/vsftpd.conf\n", yes},
		{"an edit under a condition", install + "[ -f /x ] && sed -i 's/^#write_enable/write_enable/' /etc/vsftpd.conf\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"an edit that decides under a condition", install + "[ -f /x ] && sed -i s/anonymous_enable=NO/anonymous_enable=YES/ /etc/vsftpd.conf\n", "vsftpd anonymous ? it runs under a condition `sed -i s/anonymous_enable=NO/anonymous_enable=YES/ /etc/vsftpd.conf`"},
		{"a comment that may be there and is uncommented", install + "[ -f /x ] && echo '#anonymous_enable=YES' >> /etc/vsftpd.conf\nsed -i 's/^#anonymous/anonymous/' /etc/vsftpd.conf\n", "vsftpd anonymous ? it runs under a condition `sed -i 's/^#anonymous/anonymous/' /etc/vsftpd.conf`"},
		{"an edit under a condition that leaves a line out", install + "[ -f /x ] && sed -i /anonymous/d /etc/vsftpd.conf\n", "vsftpd anonymous ? it runs under a condition `sed -i /anonymous/d /etc/vsftpd.conf`"},
		{"a condition that goes on in a line", install + "echo -n anonymous_enable= >> /etc/vsftpd.conf\n[ -f /x ] && echo YES >> /etc/vsftpd.conf\n", "vsftpd anonymous ? it runs under a condition `YES`"},
		{"a case", install + "case $A in x) rm /etc/vsftpd.conf;; esac\n", "vsftpd anonymous ? it runs under a condition `rm /etc/vsftpd.conf`"},
		{"an unknown value", install + "echo anonymous_enable=$ANON >> /etc/vsftpd.conf\n", "vsftpd anonymous ? the value isn't known `echo anonymous_enable=$ANON`"},
		{"an unknown line", install + "echo \"$EXTRA\" >> /etc/vsftpd.conf\n", "vsftpd anonymous ? a part of the file isn't known `echo \"$EXTRA\"`"},
		{"an unknown file", install + "echo anonymous_enable=YES >> $FILE\n", "vsftpd anonymous ? the path of the file that is written isn't known `$FILE`"},
		{"a file that can't be it", install + "echo x >> /var/log/$FILE\necho x >> ~/.bashrc\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"a download", install + "curl -o /etc/vsftpd.conf https://example.com/vsftpd.conf\n", "vsftpd anonymous ? what the command does to the file isn't known `curl -o /etc/vsftpd.conf https://example.com/vsftpd.conf`"},
		{"something that runs anything", install + "curl https://example.com/x | bash\n", "vsftpd anonymous ? the command runs a script that isn't in the text `bash`"},
		{"Ansible", install + "ansible-playbook site.yml\n", "vsftpd anonymous ? the command runs something that isn't read `ansible-playbook site.yml`"},
		{"before the file is written", "ansible-playbook x.yml\n" + install + "echo local_enable=YES > /etc/vsftpd.conf\n", "vsftpd anonymous true by vsftpd's compiled default"},
		{"installed under a condition", "if ! command -v vsftpd; then apt-get install -y vsftpd; fi\n", "vsftpd present ? it runs under a condition `vsftpd`"},
		{"after the end", "exit 0\n" + install, "none"},
		{"commented", "# " + install, "none"},
		{"echoed", "echo apt-get install -y vsftpd\necho 'systemctl start vsftpd'\n", "none"},
		{"no script", "if then fi", "unread: the script is no valid shell script"},
		{"too deep", strings.Repeat("(", 1000), "unread: the script nests too deep to be read"},
		{"an unknown command", install + "HOLE\n", "vsftpd anonymous ? which command runs isn't known `HOLE`"},
		{"options on the command line", "vsftpd /srv/v.conf -oanonymous_enable=NO &\n", "vsftpd anonymous false `anonymous_enable=NO`\nvsftpd config /srv/v.conf"},
		{
			"passwords", install + "echo \"ftp1:s3cr3t\" | chpasswd\nuseradd -m -p '$6$salt$hash' ftp2\necho \"ftp3:$PASS\" | chpasswd\n",
			"vsftpd credential plain \"ftp1\" `s3cr3t`\nvsftpd credential hashed \"ftp2\" `$6$salt$hash`\n!vsftpd credential plain \"ftp3\"",
		},
		{"a password that mkpasswd hashes", install + "useradd -p \"$(mkpasswd -m sha-512 -S abcdefgh s3cr3t)\" ftp1\n", "vsftpd credential plain \"\" `s3cr3t`"},
		{"a password that mkpasswd reads", install + "useradd -p \"$(echo s3cr3t | mkpasswd -s)\" ftp1\n", "vsftpd credential plain \"\" `s3cr3t`"},
		{"a password that Python hashes", install + "useradd -p \"$(python3 -c 'import crypt; print(crypt.crypt(\"s3cr3t\"))')\" ftp1\n", "vsftpd credential plain \"\" `s3cr3t`"},
		{"a password that Perl hashes", install + "useradd -p \"$(perl -e 'print crypt(\"s3cr3t\", \"salt\")')\" ftp1\n", "vsftpd credential plain \"\" `s3cr3t`"},
		{"a hash of what isn't here", install + "useradd -p \"$(perl -e 'print crypt($ARGV[0], \"salt\")' \"$PASS\")\" ftp1\nmkpasswd -s < /root/secret\n", "!vsftpd credential plain"},
		{"rc.local", "cat > /etc/rc.local <<'EOF'\n#!/bin/sh\napt-get install -y vsftpd\necho anonymous_enable=YES >> /etc/vsftpd.conf\nEOF\nchmod +x /etc/rc.local\n", "vsftpd present ? it runs when the machine starts again `vsftpd`\nvsftpd anonymous ? it runs when the machine starts again `anonymous_enable=YES`"},
		{"a line added to rc.local", "echo 'vsftpd /etc/ftp.conf' >> /etc/rc.d/rc.local\n", "vsftpd present ? it runs when the machine starts again `vsftpd /etc/ftp.conf`"},
		{"cron at the start", "echo '@reboot root /usr/sbin/vsftpd /etc/ftp.conf' > /etc/cron.d/ftp\n", "vsftpd present ? it runs when the machine starts again `/usr/sbin/vsftpd /etc/ftp.conf`"},
		{"a table of cron", "echo '@reboot /usr/sbin/vsftpd /etc/ftp.conf' | crontab -\n", "vsftpd present ? it runs when the machine starts again `/usr/sbin/vsftpd /etc/ftp.conf`"},
		{"cron at night", install + "echo '0 3 * * * root /opt/backup.sh' > /etc/cron.d/backup\necho '@reboot root logger up' >> /etc/crontab\n", "vsftpd anonymous false by the file of Debian's package vsftpd"},
		{"rc.local that starts it again", install + "echo 'systemctl restart vsftpd' >> /etc/rc.local\n", "vsftpd present true `vsftpd`"},
		{"a removed rc.local", "echo vsftpd > /etc/rc.local\nrm /etc/rc.local\n", "none"},
		{"passwords in a here-document", install + "chpasswd <<EOF\nftp1:s3cr3t\nEOF\n", "vsftpd credential plain \"ftp1\" `s3cr3t`"},
		{
			"a container", "docker run -d -p 21:21 -e FTP_USER=me -e FTP_PASS=s3cr3t fauria/vsftpd:latest\n",
			"vsftpd named fauria/vsftpd\nvsftpd present true `docker run -d -p 21:21 -e FTP_USER=me -e FTP_PASS=s3cr3t fauria/vsftpd:latest`\n" +
				"vsftpd credential plain \"me\" `docker run -d -p 21:21 -e FTP_USER=me -e FTP_PASS=s3cr3t fauria/vsftpd:latest`\n" +
				"vsftpd tls none by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd",
		},
		{"no FTP container", "docker run -d nginx\ndocker ps vsftpd\n", "none"},
	})
}

func TestParts(t *testing.T) {
	parts := []host.Part{
		{Kind: host.UserData, Text: "#cloud-config\npackages: [vsftpd]\n"},
		{Kind: host.File, Path: "/tmp/vsftpd.conf", Text: "anonymous_enable=YES\n"},
		{Kind: host.Script, Text: "mv /tmp/vsftpd.conf /etc/vsftpd.conf\nsystemctl restart vsftpd\n"},
	}
	texts := []string{parts[0].Text, parts[1].Text, parts[2].Text}
	r := ftpd.Read(host.Evidence{}, parts...)
	expect(t, r, texts, "vsftpd anonymous true `anonymous_enable=YES`\nvsftpd present true `vsftpd`")
	if len(r.Servers) == 1 && r.Servers[0].Anonymous.At.Part != 1 {
		t.Errorf("the file decides, not part %d", r.Servers[0].Anonymous.At.Part)
	}
}
