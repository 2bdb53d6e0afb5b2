package ftpd_test

import (
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// TestStarts starts a service that its package doesn't start, in the ways of each init system, or does something else with it.
func TestStarts(t *testing.T) {
	const starts, doesNot = "vsftpd present true `", "vsftpd present ? the package doesn't start the service on Alpine"
	for line, want := range map[string]string{
		"systemctl start vsftpd":                                 starts,
		"systemctl enable --now vsftpd.service":                  starts,
		"systemctl --now enable vsftpd":                          starts,
		"sudo /usr/bin/systemctl restart vsftpd":                 starts,
		"for s in nginx vsftpd; do service $s start; done":       starts,
		"rc-service vsftpd start":                                starts,
		"rc-service --ifexists vsftpd restart":                   starts,
		"/sbin/rc-service vsftpd start":                          starts,
		"rc-update add vsftpd":                                   starts,
		"rc-update add vsftpd default boot":                      starts,
		"rc-update -q add vsftpd":                                starts,
		"service vsftpd start":                                   starts,
		"/sbin/service vsftpd restart":                           starts,
		"/etc/init.d/vsftpd start":                               starts,
		"sh -c '/etc/init.d/vsftpd restart'":                     starts,
		"/etc/rc.d/init.d/vsftpd start":                          starts,
		"/usr/local/etc/rc.d/vsftpd onestart":                    starts,
		"invoke-rc.d vsftpd start":                               starts,
		"update-rc.d vsftpd defaults":                            starts,
		"update-rc.d vsftpd enable":                              starts,
		"insserv vsftpd":                                         starts,
		"rcvsftpd start":                                         starts,
		"chkconfig vsftpd on":                                    starts,
		"chkconfig --level 345 vsftpd on":                        starts,
		"initctl start vsftpd":                                   starts,
		"sv up vsftpd":                                           starts,
		"ln -s /etc/sv/vsftpd /etc/service/":                     starts,
		"ln -s /etc/init.d/vsftpd /etc/runlevels/default/vsftpd": starts,
		"ln -sf /usr/lib/systemd/system/vsftpd.service /etc/systemd/system/multi-user.target.wants/vsftpd.service": starts,
		"rc-update add vsftpd\nrc-service vsftpd status":                                                           starts,

		"rc-service vsftpd status":              doesNot,
		"rc-service vsftpd stop":                doesNot,
		"/etc/init.d/vsftpd status":             doesNot,
		"/etc/init.d/vsftpd stop":               doesNot,
		"/etc/rc.d/init.d/vsftpd status":        doesNot,
		"service vsftpd status":                 doesNot,
		"rcvsftpd status":                       doesNot,
		"chkconfig --list vsftpd":               doesNot,
		"rc-update add nginx vsftpd":            doesNot, // a runlevel
		"rc-update -u":                          doesNot,
		"systemctl is-active vsftpd":            doesNot,
		"/etc/init.d/nginx start":               doesNot,
		"ln -s /etc/init.d/vsftpd /root/vsftpd": doesNot,

		"rc-update del vsftpd":                                "vsftpd present ? the service is stopped or disabled",
		"rc-service vsftpd start\nrc-update del vsftpd":       "vsftpd present ? the service is stopped or disabled",
		"chkconfig --del vsftpd":                              "vsftpd present ? the service is stopped or disabled",
		"update-rc.d -f vsftpd remove":                        "vsftpd present ? the service is stopped or disabled",
		"insserv -r vsftpd":                                   "vsftpd present ? the service is stopped or disabled",
		"ln -sf /dev/null /etc/systemd/system/vsftpd.service": "vsftpd present ? the service is stopped or disabled",
		"test -f /x && rc-service vsftpd start":               "vsftpd present ? ",
	} {
		t.Run(line, func(t *testing.T) {
			text := "apk add vsftpd\n" + line + "\n"
			said := describe(ftpd.Read(host.Evidence{}, host.Part{Kind: host.Script, Text: text}), text)
			present := ""
			for _, s := range said {
				if strings.HasPrefix(s, "vsftpd present") {
					present += s + "\n"
				}
			}
			if !strings.HasPrefix(present, want) || strings.Count(present, "\n") != 1 {
				t.Errorf("want %s, got:\n%s", want, strings.Join(said, "\n"))
			}
		})
	}
}
