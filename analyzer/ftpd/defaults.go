package ftpd

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Behaviour is what a server does that is only installed or run, without anything that configures it.
type Behaviour struct {
	Server string
	// Where is the distribution whose package it is, or the command that runs it.
	Where string
	// Starts is true if the package starts it.
	Starts bool
	// Anonymous and TLS are settings that are known by their Source, or unknown with the reason.
	Anonymous Setting[bool]
	TLS       Setting[TLS]
	// Measured is true if tests ask the server itself; otherwise it is as its documentation says.
	Measured bool
}

// Defaults returns the defaults of the servers, as a text is read that does nothing but install or run one.
func Defaults() []Behaviour {
	var out []Behaviour
	add := func(software Software, where, script string, families ...host.Family) {
		for _, s := range Read(host.Evidence{Families: families}, host.Part{Kind: host.Script, Text: script}).Servers {
			if s.Software == software {
				out = append(out, Behaviour{
					Server: software.String(), Where: where, Starts: s.Present.known(), Anonymous: s.Anonymous, TLS: s.TLS,
					Measured: measured(software) && (len(families) == 0 || slices.Contains(families, host.Debian)),
				})
			}
		}
	}
	for _, family := range host.Families() {
		install := map[host.Family]string{
			host.Debian: "apt-get install -y ", host.RedHat7: "yum install -y ", host.RedHat: "dnf install -y ", host.Alpine: "apk add ",
			host.SUSE: "zypper install -y ", host.Arch: "pacman -S ",
		}[family]
		for _, p := range []struct {
			software Software
			debian   string
			other    string
		}{{Vsftpd, "vsftpd", "vsftpd"}, {ProFTPD, "proftpd-core", "proftpd"}, {PureFTPd, "pure-ftpd", "pure-ftpd"}} {
			name := p.other
			if family == host.Debian {
				name = p.debian
			}
			add(p.software, family.String(), install+name+"\n", family)
		}
	}
	add(PyFTPdlib, "`python3 -m pyftpdlib`", "python3 -m pyftpdlib -p 21\n")
	add(BusyBox, "`tcpsvd 0 21 ftpd`", "tcpsvd 0.0.0.0 21 ftpd /srv\n")
	add(Rclone, "`rclone serve ftp`", "rclone serve ftp /srv --addr :21\n")
	return out
}

// measured reports whether tests ask Debian's packages of a server for what they do.
// Its builds of BusyBox and rclone have no FTP server.
func measured(s Software) bool {
	return s == Vsftpd || s == ProFTPD || s == PureFTPd || s == PyFTPdlib
}

// Option is what one setting of a server is if nothing sets it.
type Option struct {
	Server      Software
	Name, Value string
	// Source is where the server documents it.
	Source string
	// Measured is true if tests ask Debian's package of the server what it does without the setting, with the default written out,
	// and with another value.
	Measured bool
}

// Options returns the defaults of single settings that the readers take.
func Options() []Option {
	var out []Option
	add := func(server Software, source string, measured bool, pairs ...string) {
		for _, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			out = append(out, Option{Server: server, Name: name, Value: value, Source: source, Measured: measured})
		}
	}
	const (
		vsftpdPage = "https://security.appspot.com/vsftpd/vsftpd_conf.html"
		proPage    = "http://www.proftpd.org/docs/modules/"
		purePage   = "https://github.com/jedisct1/pure-ftpd#readme"
		pyPage     = "https://pyftpdlib.readthedocs.io/en/latest/tutorial.html#command-line-usage"
	)
	add(Vsftpd, vsftpdPage, true,
		"anonymous_enable=YES", "local_enable=NO", "write_enable=NO", "anon_upload_enable=NO", "anon_mkdir_write_enable=NO", "ssl_enable=NO",
		"force_local_logins_ssl=YES", "allow_anon_ssl=NO", "force_anon_logins_ssl=NO", "implicit_ssl=NO", "no_anon_password=NO", "pasv_enable=YES",
		"listen_port=21")
	add(Vsftpd, vsftpdPage, false,
		"anon_other_write_enable=NO", "force_local_data_ssl=YES", "force_anon_data_ssl=NO", "guest_enable=NO", "ssl_sslv2=NO", "ssl_sslv3=NO",
		"ssl_tlsv1=YES", "ssl_tlsv1_1=NO", "ssl_tlsv1_2=NO", "pasv_min_port=0", "pasv_max_port=0")
	add(ProFTPD, proPage+"mod_auth.html", true, "RequireValidShell=on")
	add(ProFTPD, proPage+"mod_auth.html", false, "AnonRequirePassword=off") // on asks for the account's password, which the tests haven't
	add(ProFTPD, proPage+"mod_core.html", true, "Port=21")
	add(ProFTPD, proPage+"mod_core.html", false, "PassivePorts=any")
	add(ProFTPD, "http://www.proftpd.org/docs/contrib/mod_tls.html", true, "TLSEngine=off", "TLSRequired=off")
	add(PureFTPd, purePage, true, "TLS=0", "Bind=21")
	add(PureFTPd, purePage, false, "NoAnonymous=no", "AnonymousOnly=no", "AnonymousCantUpload=no", "PassivePortRange=any")
	add(PyFTPdlib, pyPage, true, "--username=anonymous", "--write=no", "--port=2121")
	return out
}
