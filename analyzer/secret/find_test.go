package secret_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/secret"
)

// In these texts each S3CR3T, with what follows it up to a blank or quote, is a secret.
func TestRedact(t *testing.T) {
	for _, text := range []string{
		"FTP_PASS=S3CR3T\n",
		"FTP_PASS=$(echo S3CR3T | openssl passwd -6 -stdin)\n",
		"FTP_PASS=${PASS:-S3CR3T}\n",
		"export FTP_USER_PASS='S3CR3T'\n",
		"docker run -e FTP_PASS=S3CR3T -e X=1 fauria/vsftpd\n",
		"docker run -e USERS='joe|S3CR3T' x\n",
		"echo 'ftpuser:S3CR3T' | chpasswd\n",
		"echo \"ftpuser:S3CR3T\" | sudo chpasswd\n",
		"printf 'ftpuser:S3CR3T' | chpasswd -e\n",
		"chpasswd <<EOF\nftpuser:S3CR3T\nother:S3CR3T\nEOF\n",
		"chpasswd <<< 'ftpuser:S3CR3T'\n",
		"echo S3CR3T | passwd --stdin ftpuser\n",
		"(echo S3CR3T; echo S3CR3T) | pure-pw useradd joe -u ftp\n",
		"useradd -m -p 'S3CR3T' ftpuser\n",
		"usermod --password S3CR3T ftpuser\n",
		"#cloud-config\nchpasswd:\n  list: |\n    ftpuser:S3CR3T\n    b:S3CR3T\n  expire: false\n",
		"#cloud-config\nchpasswd:\n  list:\n  - ftpuser:S3CR3T\n",
		"#cloud-config\npassword: S3CR3T\n",
		"users:\n- name: x\n  plain_text_passwd: S3CR3T\n  passwd: \"S3CR3T\"\n",
		`{"name": "FTP_PASS", "FTP_PASSWORD": "S3CR3T"}`,
		"{ name = \"FTP_PASS\", value = \"S3CR3T\" }\n",
		"env {\n  name  = \"USERS\"\n  value = \"S3CR3T\"\n}\n",
		`{"name":"DB_PASSWORD","value":"S3CR3T"}`,
		"db_password = \"S3CR3T\"\n",
		"curl -u joe:S3CR3T https://example.com\n",
		"curl ftp://joe:S3CR3T@example.com/x\n",
		"sshpass -p S3CR3T scp x y\n",
		"mysql -uroot -pS3CR3T\n",
		"CREATE USER x IDENTIFIED BY 'S3CR3T';\n",
		"net user ftp S3CR3T /add\n",
		"$p = ConvertTo-SecureString 'S3CR3T' -AsPlainText -Force\n",
		"openssl passwd -6 S3CR3T\n",
		"-----BEGIN RSA PRIVATE KEY-----\nS3CR3T\nS3CR3T\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nS3CR3T",
		"Authorization: Bearer S3CR3T\n",
		"api_key: S3CR3T\n",
		"AWS_SECRET_ACCESS_KEY=S3CR3T\n",
	} {
		if got := secret.Redact(text); strings.Contains(got, "S3CR3T") || !strings.Contains(got, secret.Redacted) {
			t.Errorf("%s\nredacted:\n%s", text, got)
		}
	}
	for _, token := range []string{
		"$6$rounds=4096$abc$0123456789", "$2y$10$abcdefghijklmnopqrstuv", "AKIAABCDEFGHIJKLMNOP", "ghp_0123456789abcdefghijABCDEFGHIJ0123456789",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop",
	} {
		if got := secret.Redact("x " + token + " y"); got != "x "+secret.Redacted+" y" {
			t.Errorf("%s: %s", token, got)
		}
	}
}

func TestNoSecrets(t *testing.T) {
	for _, text := range []string{
		"FTP_PASS=$FTP_PASS\n",
		"FTP_PASS=\"${PASSWORD}\"\n",
		"FTP_PASS=" + "\uFFFC" + "\n",
		"echo \"ftpuser:$PASS\" | chpasswd\n",
		"anonymous_enable=NO\nlocal_enable=YES\nlisten_port=21\n",
		"apt-get install -y vsftpd\nsystemctl enable --now vsftpd\n",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
		"curl https://example.com/x\n",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@example.com\n",
		"pasv_min_port=40000 # the passive ports\n",
		"",
	} {
		if got := secret.Redact(text); got != text {
			t.Errorf("%s\nredacted:\n%s", text, got)
		}
	}
}

func TestFind(t *testing.T) {
	text := "FTP_PASS=one\nFTP_USER=joe\nchpasswd <<EOF\njoe:two three\nEOF\n"
	var got []string
	for _, s := range secret.Find(text) {
		got = append(got, text[s.Start:s.End])
	}
	if strings.Join(got, "|") != "one|two three" {
		t.Errorf("secrets: %q", got)
	}
}
