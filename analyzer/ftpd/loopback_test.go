package ftpd_test

import (
	"testing"

	"github.com/tfreach/tfreach/analyzer/host"
)

// TestLoopback reads servers that listen for their own machine only, which are left out, and their near misses.
func TestLoopback(t *testing.T) {
	const (
		vsftpd = "apt-get install -y vsftpd\n"
		anyone = "vsftpd present true `vsftpd`\nvsftpd anonymous true `anonymous_enable=YES`"
	)
	conf := func(lines string) string {
		return vsftpd + "cat > /etc/vsftpd.conf <<X\nanonymous_enable=YES\n" + lines + "\nX\n"
	}
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"vsftpd", conf("listen=YES\nlisten_address=127.0.0.1"), "none"},
		{"vsftpd on another address", conf("listen=YES\nlisten_address=192.0.2.7"), anyone},
		{"vsftpd's other socket counts", conf("listen_ipv6=YES\nlisten_address=127.0.0.1"), anyone},
		{"vsftpd by IPv6", conf("listen_ipv6=YES\nlisten_address6=::1"), "none"},
		{"Debian's vsftpd listens by IPv6", vsftpd + "echo listen_address=127.0.0.1 >> /etc/vsftpd.conf\n", "vsftpd present true `vsftpd`"},
		{"vsftpd by option", vsftpd + "systemctl disable vsftpd\nvsftpd -olisten_ipv6=NO -olisten_address=localhost /etc/vsftpd.conf\n", "none"},
		{
			"vsftpd with an unknown address", vsftpd + "printf 'listen=YES\\nlisten_address=%s\\n' $ADDRESS > /etc/vsftpd.conf\n",
			"vsftpd present ? the address at which it listens isn't known `printf 'listen=YES\\nlisten_address=%s\\n' $ADDRESS`",
		},
		{
			"behind another program", conf("listen=YES\nlisten_address=127.0.0.1") + "apt-get install -y haproxy\n",
			"vsftpd present ? it listens for its own machine only, and whether this program hands connections on to it isn't read `haproxy`",
		},
		{"ProFTPD", "apt-get install -y proftpd-core\necho DefaultAddress localhost >> /etc/proftpd/proftpd.conf\n", "none"},
		{
			"ProFTPD answers others, too", "apt-get install -y proftpd-core\nprintf 'DefaultAddress ::1\\nDefaultServer on\\n' >> /etc/proftpd/proftpd.conf\n",
			"ProFTPD present true `proftpd-core`",
		},
		{
			"a virtual host of ProFTPD", "apt-get install -y proftpd-core\nprintf '<VirtualHost 127.0.0.1>\\nPort 2121\\n</VirtualHost>\\n' >> /etc/proftpd/proftpd.conf\n",
			"ProFTPD present true `proftpd-core`\nProFTPD listen [21] by the file of Debian's package proftpd-core",
		},
		{"Pure-FTPd", "apt-get install -y pure-ftpd\necho 127.0.0.1,21 > /etc/pure-ftpd/conf/Bind\n", "none"},
		{"Pure-FTPd with a port only", "apt-get install -y pure-ftpd\necho ,2121 > /etc/pure-ftpd/conf/Bind\n", "Pure-FTPd listen [2121] `,2121`"},
		{"pyftpdlib", "pip install pyftpdlib\npython3 -m pyftpdlib -i 127.0.0.1 -p 21\n", "none"},
		{"pyftpdlib everywhere", "python3 -m pyftpdlib -i 0.0.0.0 -p 21\n", "pyftpdlib anonymous true by pyftpdlib's default"},
		{"rclone's default", "rclone serve ftp /srv\n", "none"},
		{"rclone everywhere", "rclone serve ftp /srv --addr :21\n", "rclone serve ftp anonymous true by rclone's default"},
		{"BusyBox", "busybox tcpsvd -vE 127.0.0.1 21 busybox ftpd /srv\n", "none"},
		{"Twisted", "twistd ftp --port tcp:21:interface=127.0.0.1\n", "none"},
		{"a container", "docker run -d -p 127.0.0.1:21:21 fauria/vsftpd\n", "none"},
		{"a container of an unknown image", "docker run -d -p [::1]:21:21 example.com/files\n", "none"},
		{"a container with a second way", "docker run -d -p 127.0.0.1:21:21 -p 192.0.2.7:21:21 fauria/vsftpd\n", "vsftpd present true `docker run -d -p 127.0.0.1:21:21 -p 192.0.2.7:21:21 fauria/vsftpd`"},
		{"a service of compose", "cat <<X | docker compose -f - up -d\nservices:\n  ftp:\n    image: fauria/vsftpd\n    ports: [{target: 21, published: 21, host_ip: 127.0.0.1}]\nX\n", "none"},
		{"another port of compose", "cat <<X | docker compose -f - up -d\nservices:\n  ftp:\n    image: fauria/vsftpd\n    ports: [{target: 21, published: 2121}]\nX\n", "vsftpd named fauria/vsftpd"},
	})
	readAll(t, host.Part{Kind: host.PowerShell}, []readCase{
		{"IIS", "Install-WindowsFeature Web-Ftp-Server\nNew-WebFtpSite -Name f -Port 21 -IPAddress 127.0.0.1\n", "none"},
		{"IIS by a binding", "New-Item IIS:\\Sites\\f -bindings @{protocol='ftp';bindingInformation='127.0.0.1:21:'}\n", "none"},
		{"IIS everywhere", "New-Item IIS:\\Sites\\f -bindings @{protocol='ftp';bindingInformation=':21:'}\n", "IIS FTP named f"},
	})
}
