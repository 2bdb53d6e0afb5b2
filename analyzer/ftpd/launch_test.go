package ftpd_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// TestLaunchers runs servers by programs that run others, and by the files of such programs.
func TestLaunchers(t *testing.T) {
	const (
		anyone  = "pyftpdlib anonymous true by pyftpdlib's default"
		perhaps = "pyftpdlib present ? "
		run     = "python3 -m pyftpdlib -p 21"
	)
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"screen", "screen -dmS ftp " + run + "\n", anyone + "\npyftpdlib present true `screen -dmS ftp " + run + "`"},
		{"screen without a name", "screen -d -m " + run + "\n", anyone},
		{"screen that lists", "screen -ls\n", "none"},
		{"tmux", "tmux new-session -d -s ftp '" + run + "'\n", anyone},
		{"tmux with words", "tmux new -d " + run + "\n", anyone},
		{"tmux that kills", "tmux kill-session -t ftp\n", "none"},
		{"start-stop-daemon", "start-stop-daemon --start --background --exec /usr/bin/python3 -- -m pyftpdlib -p 21\n", anyone},
		{"start-stop-daemon that stops", "start-stop-daemon --stop --exec /usr/sbin/vsftpd\n", "none"},
		{"pipx", "pipx run pyftpdlib -p 21\n", anyone},
		{"uvx", "uvx --from pyftpdlib python -m pyftpdlib -p 21\n", anyone},
		{"netcat", "while true; do nc -l -p 21 -e '/bin/busybox ftpd -w'; done\n", "BusyBox ftpd upload ? whether BusyBox asks for a password depends on how it was built `/bin/busybox ftpd -w`"},
		{"netcat that asks", "nc -z localhost 21\n", "none"},
		{"inetd", "apt-get install -y openbsd-inetd\necho 'ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.ftpd -l' >> /etc/inetd.conf\n", "another FTP server present true `ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.ftpd -l`"},
		{"inetd that nothing starts", "echo 'ftp stream tcp nowait root busybox ftpd -w /srv' >> /etc/inetd.conf\n", "BusyBox ftpd present ? nothing in the text starts inetd `ftp stream tcp nowait root busybox ftpd -w /srv`"},
		{"inetd without FTP", "echo '#ftp stream tcp nowait root in.ftpd in.ftpd' >> /etc/inetd.conf\necho 'ssh stream tcp nowait root /usr/sbin/sshd sshd -i' >> /etc/inetd.conf\n", "none"},
		{"inetutils' package alone", "apt-get install -y inetutils-ftpd\n", "another FTP server present ? the package doesn't start it, and nothing in the text does `inetutils-ftpd`\nanother FTP server tls none by its manual page, which has none"},
		{"inetutils by inetd", "apt-get install -y inetutils-ftpd openbsd-inetd\nupdate-inetd --enable ftp\n", "another FTP server present true `inetutils-ftpd`\nanother FTP server anonymous ? the configuration of this server is not read"},
		{"xinetd", "cat > /etc/xinetd.d/ftp <<X\nservice ftp\n{\n\tserver = /usr/sbin/in.ftpd\n\tdisable = no\n}\nX\nsystemctl restart xinetd\n", "another FTP server present true `\tserver = /usr/sbin/in.ftpd`"},
		{"xinetd that is off", "cat > /etc/xinetd.d/ftp <<X\nservice ftp\n{\n server = /usr/sbin/in.ftpd\n disable = yes\n}\nX\nsystemctl restart xinetd\n", "none"},
		{"Supervisor", "apt-get install -y supervisor\ncat > /etc/supervisor/conf.d/ftp.conf <<X\n[program:ftp]\ncommand=" + run + "\nX\n", anyone + "\npyftpdlib present true `" + run + "`"},
		{"runit", "mkdir -p /etc/service/ftp; printf '#!/bin/sh\\nexec " + run + "\\n' > /etc/service/ftp/run\n", perhaps + "it runs when the machine starts again `exec " + run + "`"},
		{"a unit of podman", "cat > /etc/containers/systemd/ftp.container <<X\n[Container]\nImage=fauria/vsftpd\nPublishPort=21:21\nX\n", "vsftpd named fauria/vsftpd\nvsftpd tls none by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd"},
		{"kubectl", "cat <<X | kubectl apply -f -\nkind: Pod\nspec:\n  containers:\n  - image: fauria/vsftpd\nX\n", "vsftpd named fauria/vsftpd"},
		{"kubectl with a file", "cat > /opt/p.yaml <<X\nkind: Pod\nspec:\n  containers:\n  - image: fauria/vsftpd\nX\nkubectl create -f /opt/p.yaml\n", "vsftpd named fauria/vsftpd"},
		{"kubectl that asks", "kubectl get pods -l app=vsftpd\n", "none"},
	})
}

// TestNamed reads what isn't known, and has the name of an FTP server.
func TestNamed(t *testing.T) {
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"npx", "npx ftp-srv ftp://0.0.0.0:21 --root /srv\n", "unread: a program runs that isn't read"},
		{"npm", "npm install -g ftp-srv\n", "unread: a package is installed that isn't known"},
		{"Java", "java -jar /opt/apache-ftpserver/bin/ftpd.jar\n", "unread: a program runs that isn't read"},
		{"socat", "socat TCP-LISTEN:21,fork EXEC:/usr/sbin/in.ftpd\n", "unread: a program runs that isn't read"},
		{"snap", "snap install sftpgo-server\n", "unread: a package is installed that isn't known"},
		{"FreeBSD", "pkg install -y vsftpd\nsysrc vsftpd_enable=YES\n", "vsftpd present true `sysrc vsftpd_enable=YES`\nvsftpd tls ? what the file holds before isn't in the text"},
		{"FreeBSD's own", "sysrc ftpd_enable=YES\n", "another FTP server present true `sysrc ftpd_enable=YES`"},
		{"OpenBSD", "pkg_add vsftpd\nrcctl enable vsftpd\n", "vsftpd present true `rcctl enable vsftpd`\nvsftpd tls ? what the file holds before isn't in the text"},
		{"a release of Debian", "apt-get install -y vsftpd/bookworm-backports\n", "vsftpd present true `vsftpd/bookworm-backports`\nvsftpd anonymous false by the file of Debian's package vsftpd"},
		{"services are not started", "printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d\napt-get install -y vsftpd\n", "vsftpd present ? /usr/sbin/policy-rc.d forbids that packages start their services `vsftpd`"},
		{"SFTP, TFTP and clients", "apt-get install -y openssh-sftp-server tftpd-hpa atftpd lftp ncftp ftp\nin.tftpd -l\nlftp -e 'get x' host\ns3fs bucket /srv/ftp\n", "none"},
	})
	for _, c := range []struct {
		kind host.PartKind
		text string
	}{
		{host.UserData, "[settings.host-containers.ftp]\nenabled = true\nsource = \"example.com/vsftpd:1\"\n"},
		{host.PowerShell, "winget install --id TimKosse.FileZilla.Server -e\n"},
		{host.PowerShell, "Invoke-WebRequest https://example.com/FileZilla_Server-1.8.exe -OutFile C:\\fz.exe\nStart-Process C:\\fz.exe -Wait\n"},
	} {
		if r := ftpd.Read(host.Evidence{}, host.Part{Kind: c.kind, Text: c.text}); len(r.Unread) != 1 {
			t.Errorf("%q: %v", c.text, describe(r))
		}
	}
}

// TestIgnition reads configurations of Ignition.
func TestIgnition(t *testing.T) {
	unit := `{"ignition":{"version":"3.3.0"},"systemd":{"units":[{"name":"ftp.service","enabled":ENABLED,"contents":"[Service]\nExecStart=/usr/bin/podman run -p 21:21 fauria/vsftpd\n"}]}}`
	readAll(t, host.Part{Kind: host.UserData}, []readCase{
		{"a unit", strings.ReplaceAll(unit, "ENABLED", "true"), "vsftpd named fauria/vsftpd\nvsftpd tls none by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd"},
		{"a unit that isn't started", strings.ReplaceAll(unit, "ENABLED", "false"), "vsftpd present ? nothing in the text starts the service `/usr/bin/podman run -p 21:21 fauria/vsftpd`"},
		{
			"a file", `{"ignition":{"version":"3.3.0"},"storage":{"files":[{"path":"/etc/vsftpd.conf","contents":{"source":"data:,anonymous_enable%3DYES%0Alisten%3DYES%0A"}}]},"systemd":{"units":[{"name":"vsftpd.service","enabled":true}]}}`,
			"vsftpd anonymous true `anonymous_enable%3DYES%0Alisten%3DYES%0A`",
		},
		{
			"a file from elsewhere", `{"ignition":{"version":"3.3.0"},"storage":{"files":[{"path":"/etc/vsftpd.conf","contents":{"source":"https://example.com/x"}}]},"systemd":{"units":[{"name":"vsftpd.service","enabled":true}]}}`,
			"vsftpd anonymous ? what the file holds isn't in the text `/etc/vsftpd.conf`",
		},
		{"another configuration", `{"ignition":{"version":"3.3.0","config":{"merge":[{"source":"https://example.com/ftp.ign"}]}}}`, "unread: the text includes others from elsewhere"},
		{"something else", `{"hello":"ftp"}`, "unread: the text is of no kind that is read"},
	})
}
