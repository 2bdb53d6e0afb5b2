package ftpd_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

// A reader says of each list of texts what Read says, in whatever order it is asked, until it is tired: then it says only
// what it knows already.
func TestReader(t *testing.T) {
	user := host.Part{Kind: host.UserData, Text: "#!/bin/sh\napt-get install -y vsftpd\necho anonymous_enable=YES >>/etc/vsftpd.conf\n"}
	script := host.Part{Kind: host.Script, Text: user.Text}
	file := host.Part{Kind: host.File, Path: "/etc/vsftpd.conf", Text: "anonymous_enable=NO\n"}
	elsewhere := file
	elsewhere.Path = "/etc/vsftpd/vsftpd.conf"
	var asked []func(read func(host.Evidence, ...host.Part) ftpd.Reading) ftpd.Reading
	for _, families := range [][]host.Family{nil, {host.Debian}, {host.RedHat}, {host.Debian, host.RedHat}} {
		for _, parts := range [][]host.Part{nil, {user}, {script}, {file}, {user, file}, {file, user}, {user, elsewhere}, {file, script}} {
			asked = append(asked, func(read func(host.Evidence, ...host.Part) ftpd.Reading) ftpd.Reading {
				return read(host.Evidence{Families: families}, parts...)
			})
		}
	}
	var r ftpd.Reader
	for range 2 {
		for i, ask := range asked {
			if diff := cmp.Diff(ask(ftpd.Read), ask(r.Read)); diff != "" {
				t.Errorf("%d: %s", i, diff)
			}
		}
		r.Tire(0)
	}
	another := host.Part{Kind: host.UserData, Text: user.Text + "echo listen_port=2121 >>/etc/vsftpd.conf\n"}
	if got := r.Read(host.Evidence{}, another); len(got.Unread) == 0 {
		t.Error("a tired reader goes on reading")
	}
}
