package ftpd_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// TestPreludes runs what scripts do before they install a server: none of it can have changed files that aren't there yet.
func TestPreludes(t *testing.T) {
	const script = `apt-get install -y vsftpd
sed -i 's/^anonymous_enable=.*/anonymous_enable=YES/' /etc/vsftpd.conf
systemctl restart vsftpd
`
	want := "vsftpd present true `vsftpd`\nvsftpd anonymous true `sed -i 's/^anonymous_enable=.*/anonymous_enable=YES/' /etc/vsftpd.conf`\n" +
		"vsftpd tls none by the file of Debian's package vsftpd"
	for _, prelude := range []string{
		"exec > >(tee /var/log/user-data.log|logger -t user-data -s 2>/dev/console) 2>&1",
		"exec > /var/log/setup.log 2>&1",
		"exec 3>&1 &>/var/log/setup.log",
		"exec > >(tee -a /var/log/setup.log) 2> >(logger -t setup)",
		"set -euxo pipefail; export DEBIAN_FRONTEND=noninteractive",
		"trap 'echo failed' ERR; umask 022; ulimit -n 4096",
		"python3 -m pip install boto3",
		"python3 -m venv /opt/venv && /opt/venv/bin/pip install ansible",
		"python3 - <<'PY'\nimport os\nos.makedirs('/opt/x', exist_ok=True)\nPY",
		"perl -e 'print 1'",
		"ruby -e 'puts 1'; node --version; php -v",
		"cd /opt/src && make && make install",
		"cd /opt/src && ./configure --prefix=/usr && make -j4",
		"curl -fsSL https://example.com/get.sh | sh",
		"curl -fsSL https://example.com/get.sh -o /tmp/get.sh && bash /tmp/get.sh",
		"wget -qO- https://example.com/key | gpg --dearmor > /etc/apt/keyrings/x.gpg",
		"bash <(curl -s https://example.com/x.sh)",
		"source <(curl -s https://example.com/env)",
		"eval \"$(ssh-agent -s)\"",
		"eval \"$(curl -s https://example.com/env)\"",
		"su - ubuntu -c \"mkdir -p /home/ubuntu/x\"",
		"su - ubuntu <<'X'\nmkdir x\nX",
		"sudo -u ubuntu -i bash -c 'git clone https://example.com/x.git'",
		"runuser -l ubuntu -c 'touch x'",
		"LOG=$(mktemp)\necho start > $LOG",
		"D=$(mktemp -d); cd $D; curl -O https://example.com/x.tgz; tar xzf x.tgz; cd -",
		"source /etc/profile; . /etc/os-release; . ~/.bashrc",
		"source /opt/app/env.sh",
		"/opt/bootstrap.sh --role ftp",
		"./install.sh",
		"ansible-pull -U https://example.com/x.git base.yml",
		"puppet agent -t; chef-client; salt-call state.apply",
		"/opt/aws/bin/cfn-init -v --stack s --resource r",
		"find /tmp -name '*.tmp' | xargs rm -f",
		"ls *.deb | xargs -n1 dpkg -i",
		"tar -xzf /opt/conf.tgz -C /etc",
		"unzip -o /opt/conf.zip -d /etc; rsync -a /opt/etc/ /etc/",
		"aws s3 sync s3://b/etc /etc/; gsutil -m rsync -r gs://b/etc /etc",
		"git clone https://example.com/etc.git /etc/x && git -C /etc pull",
		"$CMD --all; \"${TOOL}\" run",
		"until ping -c1 example.com; do sleep 1; done",
		"while fuser /var/lib/dpkg/lock >/dev/null 2>&1; do sleep 1; done",
		"(cd /tmp && sh setup.sh) || true",
		"crontab -l | cat; echo 'reboot' | at now + 1 hour",
		"docker run --rm -v /etc:/etc alpine sh -c 'touch /etc/x'",
		"ssh admin@10.0.0.1 'systemctl restart app'",
		"cat > /etc/motd <<< hello; echo x >> ~/notes; echo y >> $HOME/notes",
		"echo \"$EXTRA\" >> /etc/environment; echo a > \"$DIR/$FILE\"",
		"rm -rf /etc/vsftpd.conf.d /tmp/*",
		"augtool set /files/etc/hosts/01/ipaddr 10.0.0.1",
	} {
		t.Run(prelude, func(t *testing.T) {
			text := prelude + "\n" + script
			expect(t, ftpd.Read(host.Evidence{}, host.Part{Kind: host.Script, Text: text}), []string{text}, want)
		})
	}
}

// TestChanges changes the configuration of a server that is installed in many ways: each is followed, or leaves open what
// the server does; none of them leaves it as the package has it.
func TestChanges(t *testing.T) {
	const yes, open = "vsftpd anonymous true", "vsftpd anonymous ?"
	for change, want := range map[string]string{
		"echo anonymous_enable=YES >> /etc/vsftpd.conf":                                                                                   yes,
		"echo anonymous_enable=YES | sudo tee -a /etc/vsftpd.conf":                                                                        yes,
		"printf 'anonymous_enable=%s\\n' YES >> /etc/vsftpd.conf":                                                                         yes,
		"sed -i s/anonymous_enable=NO/anonymous_enable=YES/ /etc/vsftpd.conf":                                                             yes,
		"sed -i -E 's/^#?(anonymous_enable)=.*/\\1=YES/' /etc/vsftpd.conf":                                                                yes,
		"cat > /etc/vsftpd.conf <<EOF\nanonymous_enable=YES\nEOF":                                                                         yes,
		"cd /etc && echo anonymous_enable=YES >> vsftpd.conf":                                                                             yes,
		"(cd /etc; echo anonymous_enable=YES >> ./vsftpd.conf)":                                                                           yes,
		"F=/etc/vsftpd.conf; echo anonymous_enable=YES >> $F":                                                                             yes,
		"set_it() { echo \"anonymous_enable=$1\" >> /etc/vsftpd.conf; }; set_it YES":                                                      yes,
		"bash -c 'echo anonymous_enable=YES >> /etc/vsftpd.conf'":                                                                         yes,
		"su root -c 'echo anonymous_enable=YES >> /etc/vsftpd.conf'":                                                                      yes,
		"eval 'echo anonymous_enable=YES >> /etc/vsftpd.conf'":                                                                            yes,
		"echo anonymous_enable=YES > /tmp/v; cp /tmp/v /etc/vsftpd.conf":                                                                  yes,
		"echo anonymous_enable=YES > /tmp/vsftpd.conf; mv /tmp/vsftpd.conf /etc/":                                                         yes,
		"echo anonymous_enable=YES > /opt/v; install -m 600 /opt/v /etc/vsftpd.conf":                                                      yes,
		"echo anonymous_enable=YES > /opt/v; ln -sf /opt/v /etc/vsftpd.conf":                                                              yes,
		"mkdir /opt/c; echo anonymous_enable=YES > /opt/c/vsftpd.conf; cp -r /opt/c/. /etc/":                                              yes,
		"echo YW5vbnltb3VzX2VuYWJsZT1ZRVMK | base64 -d > /etc/vsftpd.conf":                                                                yes,
		"echo 'echo anonymous_enable=YES >> /etc/vsftpd.conf' > /x.sh; sh /x.sh":                                                          yes,
		"echo 'echo anonymous_enable=YES >> /etc/vsftpd.conf' > /x.sh; chmod +x /x.sh; /x.sh":                                             yes,
		"echo 'echo anonymous_enable=YES >> /etc/vsftpd.conf' | bash":                                                                     yes,
		"systemctl edit --stdin vsftpd <<X\n[Service]\nExecStart=\nExecStart=/usr/sbin/vsftpd -oanonymous_enable=YES /etc/vsftpd.conf\nX": yes,
		"printf '/etc/vsftpd.conf\n' > /l; while read -r f; do echo anonymous_enable=YES >> $f; done < /l":                                yes,
		"echo /etc/vsftpd.conf > /l; for f in $(< /l); do echo anonymous_enable=YES >> $f; done":                                          yes,
		"mkdir /d; echo 'echo anonymous_enable=YES >> /etc/vsftpd.conf' > /d/1.sh; for f in /d/*.sh; do sh $f; done":                      yes,
		"rm -f /etc/vsftpd.conf; echo listen=YES > /etc/vsftpd.conf":                                                                      yes,
		"sed -i /anonymous_enable/d /etc/vsftpd.conf":                                                                                     yes,
		"vsftpd -oanonymous_enable=YES /etc/vsftpd.conf":                                                                                  yes,
		"mkdir -p /etc/systemd/system/vsftpd.service.d; printf '[Service]\\nExecStart=\\nExecStart=/usr/sbin/vsftpd -oanonymous_enable=YES /etc/vsftpd.conf\\n' > /etc/systemd/system/vsftpd.service.d/o.conf": yes,

		"wget -O /etc/vsftpd.conf https://example.com/vsftpd.conf":                  open,
		"wget -P /etc https://example.com/vsftpd.conf":                              open,
		"cd /etc && wget https://example.com/vsftpd.conf":                           open,
		"curl -o /etc/vsftpd.conf https://example.com/v":                            open,
		"curl -fsSLo /etc/vsftpd.conf https://example.com/v":                        open,
		"curl https://example.com/v > /etc/vsftpd.conf":                             open,
		"curl https://example.com/v | tee /etc/vsftpd.conf":                         open,
		"cd /etc && curl -O https://example.com/vsftpd.conf":                        open,
		"curl --output-dir /etc -O https://example.com/vsftpd.conf":                 open,
		"rm -f /etc/vsftpd.conf":                                                    open,
		"tar -xzf /opt/c.tgz -C /etc":                                               open,
		"tar xzf /opt/c.tgz -C /":                                                   open,
		"cd / && tar xf /opt/c.tar":                                                 open,
		"unzip -o /opt/c.zip -d /etc":                                               open,
		"rsync -a /opt/c/etc/ /etc/":                                                open,
		"rsync -a host:/c/ /etc":                                                    open,
		"scp host:vsftpd.conf /etc/vsftpd.conf":                                     open,
		"cp -r /opt/c/. /etc/":                                                      open,
		"cp /opt/c/vsftpd.conf /etc/":                                               open,
		"cp -t /etc /opt/c/vsftpd.conf":                                             open,
		"aws s3 sync s3://b/etc /etc/":                                              open,
		"aws s3 cp s3://b/vsftpd.conf /etc/":                                        open,
		"aws s3 cp --recursive s3://b/etc /etc":                                     open,
		"gsutil -m rsync -r gs://b/etc /etc":                                        open,
		"gcloud storage cp gs://b/vsftpd.conf /etc/vsftpd.conf":                     open,
		"git -C /etc pull":                                                          open,
		"git clone https://example.com/c.git /etc":                                  open,
		"augtool set /files/etc/vsftpd.conf/anonymous_enable YES":                   open,
		"augtool <<EOF\nset /files/etc/vsftpd.conf/anonymous_enable YES\nEOF":       open,
		"crudini --set /etc/vsftpd.conf '' anonymous_enable YES":                    open,
		"perl -pi -e s/NO/YES/ /etc/vsftpd.conf":                                    open,
		"python3 -c \"open('/etc/vsftpd.conf','a').write('anonymous_enable=YES')\"": open,
		"python3 <<EOF\nopen('/etc/vsftpd.conf','a').write('x')\nEOF":               open,
		"python3 /opt/configure.py":                                                 open,
		"patch /etc/vsftpd.conf < /opt/p":                                           open,
		"patch -d /etc -p1 < /opt/p":                                                open,
		"dd if=/opt/v of=/etc/vsftpd.conf":                                          open,
		"EDITOR=tee systemctl edit vsftpd <<X\n[Service]\nX":                        open,
		"curl -o /etc/systemd/system/vsftpd.service.d/o.conf https://example.com/o": open,
		"find /etc -name '*.conf' | xargs sed -i s/NO/YES/":                         open,
		"F=$(find /etc -name vsftpd.conf); sed -i s/NO/YES/ $F":                     open,
		"find / -name 'vsftpd*' -delete":                                            open,
		"mkdir /d; tar xf /x -C /d; for f in /d/*.sh; do sh $f; done":               open,
		"find /etc -name vsftpd.conf -exec sed -i s/NO/YES/ {} +":                   open,
		"ls /etc/*.conf | xargs sed -i s/NO/YES/":                                   open,
		"ansible-playbook site.yml":                                                 open,
		"curl https://example.com/x | bash":                                         open,
		"bash <(curl https://example.com/x)":                                        open,
		"/opt/configure.sh":                                                         open,
		"make -C /opt/conf install":                                                 open,
		"$CONFIGURE":                                                                open,
		"eval \"$(curl https://example.com/x)\"":                                    open,
		"echo x >> $FILE":                                                           open,
		"sed -i '1,3{N;P}' /etc/vsftpd.conf":                                        open,
		"sed -i -f /opt/edits /etc/vsftpd.conf":                                     open,
		"test -f /x && echo anonymous_enable=YES >> /etc/vsftpd.conf":               open,
	} {
		t.Run(change, func(t *testing.T) {
			text := "apt-get install -y vsftpd\n" + change + "\nsystemctl restart vsftpd\n"
			said := describe(ftpd.Read(host.Evidence{}, host.Part{Kind: host.Script, Text: text}), text)
			found := false
			for _, line := range said {
				found = found || strings.HasPrefix(line, want)
			}
			if !found {
				t.Errorf("want %s, got:\n%s", want, strings.Join(said, "\n"))
			}
		})
	}
}

// TestHarmless runs what changes no configuration after a server is installed, so that what the package has stays certain.
func TestHarmless(t *testing.T) {
	for _, line := range []string{
		"python3 -m pip install boto3", "pip3 install ansible", "npm install -g pm2", "node --version", "ansible --version", "eval \"$(ssh-agent -s)\"",
		"exec > >(tee /var/log/x.log) 2>&1", "LOG=$(mktemp); echo x > $LOG", "source /etc/os-release", "tar -czf /backup/etc.tgz /etc",
		"tar -xzf /opt/app.tgz -C /srv/app", "unzip /opt/app.zip -d /opt/app", "aws s3 cp /etc/vsftpd.conf s3://b/", "aws ec2 describe-instances",
		"rsync -a /etc/ backup:/etc/", "git clone https://example.com/app.git /opt/app", "curl -o /tmp/x https://example.com/x", "cd /tmp && wget https://example.com/x",
		"cp /etc/vsftpd.conf /root/", "grep -q x /etc/vsftpd.conf", "su - ubuntu -c 'mkdir x'", "find /var/log -name '*.gz' -delete", "ssh host reboot",
		"find /etc -name '*.bak' | xargs rm -f", "find /etc -name '*.service' -exec sed -i s/NO/YES/ {} +", "ls | while read -r f; do echo $f; done",
		"mkdir -p /etc/systemd/system/vsftpd.service.d; echo LimitNOFILE=9 > /etc/systemd/system/vsftpd.service.d/l.conf", "docker run -d nginx", "rm -rf /tmp/x", "augtool set /files/etc/hosts/01/ipaddr 10.0.0.1", "python3 -c 'print(1)'", "echo x >> /var/log/$NAME",
	} {
		t.Run(line, func(t *testing.T) {
			text := "apt-get install -y vsftpd\n" + line + "\n"
			expect(t, ftpd.Read(host.Evidence{}, host.Part{Kind: host.Script, Text: text}), []string{text},
				"vsftpd present true `vsftpd`\nvsftpd anonymous false by the file of Debian's package vsftpd")
		})
	}
}

// TestNothingFromNothing runs commands with unknown words, and others that name no FTP server: they make none.
func TestNothingFromNothing(t *testing.T) {
	for _, line := range []string{
		"aws s3 cp dist/$F s3://bucket/", "aws s3 cp s3://b/$F $DIR/$F", "helm upgrade $A $B -f $C", "kubectl apply -f $DIR/$FILE", "git clone $URL $DIR",
		"java -jar $APP/$JAR", "aws ssm send-command --parameters $A", "echo debug=1 >> \"$CONF_DIR/$CONF_FILE\"", "docker pull $A/$B", "cp $A $B",
		"tar xf $A -C $B", "sed -i s/a/b/ $FILE", "rm -f /etc/vsftpd.conf", "[ -f /etc/vsftpd.conf ] && rm /etc/vsftpd.conf", "sftp user@host", "curl ftp://ftp.example.com/x | tar x",
		"apt-get install -y ftp lftp ncftp curlftpfs openssh-sftp-server tftpd-hpa", "docker run -d -p 22:22 atmoz/sftp user::1001", "systemctl restart sshd",
	} {
		t.Run(line, func(t *testing.T) {
			text := strings.ReplaceAll(line, "HOLE", host.Hole) + "\n"
			expect(t, ftpd.Read(host.Evidence{}, host.Part{Kind: host.Script, Text: text}), []string{text}, "none")
		})
	}
}
