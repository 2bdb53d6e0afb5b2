package ftpd_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/host"
)

func TestParseImage(t *testing.T) {
	for ref, want := range map[string]ftpd.ImageRef{
		"nginx":                       {Registry: "docker.io", Repository: "library/nginx"},
		"fauria/vsftpd:1":             {Registry: "docker.io", Repository: "fauria/vsftpd", Tag: "1"},
		"docker.io/fauria/vsftpd":     {Registry: "docker.io", Repository: "fauria/vsftpd"},
		"localhost:5000/a/b:c":        {Registry: "localhost:5000", Repository: "a/b", Tag: "c"},
		"fauria/vsftpd:" + host.Hole:  {Registry: "docker.io", Repository: "fauria/vsftpd", Tag: host.Hole},
		"fauria/vsftpd:v" + host.Hole: {Registry: "docker.io", Repository: "fauria/vsftpd", Tag: host.Hole},
		"a/b:c@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": {
			Registry: "docker.io", Repository: "a/b", Tag: "c",
			Digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		},
	} {
		got, ok := ftpd.ParseImage(ref)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", ref, ok, diff)
		}
	}
	for _, ref := range []string{"", "A/B", "a//b", host.Hole, host.Hole + "/vsftpd:1", "localhost:5000/" + host.Hole, "a:b:c"} {
		if got, ok := ftpd.ParseImage(ref); ok {
			t.Errorf("%q: %+v, want none", ref, got)
		}
	}
}

func TestImage(t *testing.T) {
	type env = map[string]string
	for _, c := range []struct {
		name, ref string
		env       env
		args      []string
		want      string
	}{
		{"fauria", "fauria/vsftpd", nil, nil, `
			vsftpd anonymous false by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd
			vsftpd tls none by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd
			vsftpd listen [21] by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd
			vsftpd passive {21100 21110} by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd
			!vsftpd credential`},
		{
			"fauria with settings", "docker.io/fauria/vsftpd:latest",
			env{"FTP_PASS": "x", "PASV_MIN_PORT": "30000", "PASV_MAX_PORT": "30009", "LISTEN_PORT": "2121"},
			nil,
			"vsftpd credential plain \"admin\" \nvsftpd passive {30000 30009}\nvsftpd listen [2121]",
		},
		{"fauria with a password from elsewhere", "fauria/vsftpd", env{"FTP_USER": "u", "FTP_PASS": host.Hole}, nil, "!vsftpd credential"},
		{"fauria with another command", "fauria/vsftpd", nil, []string{"bash"}, "vsftpd anonymous ? the container's own command replaces the image's"},
		{"delfer", "delfer/alpine-ftp-server:latest", nil, nil, "vsftpd tls none by the image delfer/alpine-ftp-server: https://github.com/delfer/docker-alpine-ftp-server\n" +
			"vsftpd credential default \"alpineftp\" the image delfer/alpine-ftp-server: https://github.com/delfer/docker-alpine-ftp-server"},
		{
			"delfer with TLS and users", "delfer/alpine-ftp-server",
			env{"USERS": "one|1234 two|5678|/home/two", "TLS_CERT": "/c.pem", "TLS_KEY": "/k.pem"},
			nil,
			"vsftpd tls required\nvsftpd credential plain \"one\" \nvsftpd credential plain \"two\" \n!vsftpd credential default",
		},
		{"delfer with unknown users", "delfer/alpine-ftp-server", env{"USERS": host.Hole}, nil, "!vsftpd credential"},
		{"garethflowers", "garethflowers/ftp-server", nil, nil, "vsftpd credential default \"foo\" the image garethflowers/ftp-server: https://github.com/garethflowers/docker-ftp-server\nvsftpd version 3.0.5"},
		{"garethflowers with a password", "garethflowers/ftp-server", env{"FTP_PASS": "x"}, nil, "vsftpd credential plain \"foo\""},
		{"stilliard", "stilliard/pure-ftpd", env{"FTP_USER_NAME": "u", "FTP_USER_PASS": "x"}, nil, `
			Pure-FTPd anonymous false by the image stilliard/pure-ftpd: https://github.com/stilliard/docker-pure-ftpd
			Pure-FTPd tls none by the image stilliard/pure-ftpd: https://github.com/stilliard/docker-pure-ftpd; optional if a certificate is mounted
			Pure-FTPd passive {30000 30009} by the image stilliard/pure-ftpd: https://github.com/stilliard/docker-pure-ftpd
			Pure-FTPd credential plain "u"`},
		{
			"stilliard with TLS", "stilliard/pure-ftpd:hardened",
			env{"ADDED_FLAGS": "-d --tls=3", "FTP_PASSIVE_PORTS": "40000:40009"},
			nil,
			"Pure-FTPd tls required\nPure-FTPd passive {40000 40009}\nPure-FTPd anonymous false by the image stilliard/pure-ftpd: https://github.com/stilliard/docker-pure-ftpd",
		},
		{"stilliard without -E", "stilliard/pure-ftpd", nil, []string{"/run.sh", "-l", "puredb:/etc/pure-ftpd/pureftpd.pdb", "-j"}, "Pure-FTPd anonymous true by Pure-FTPd's default"},
		{"stilliard with -E", "stilliard/pure-ftpd", nil, []string{"/run.sh -l puredb:/etc/pure-ftpd/pureftpd.pdb -E -j -Y 2"}, "Pure-FTPd anonymous false\nPure-FTPd tls login"},
		{"stilliard with unknown flags", "stilliard/pure-ftpd", env{"ADDED_FLAGS": host.Hole}, nil, "Pure-FTPd tls ? the value of ADDED_FLAGS isn't known"},
		{"an image named after a server", "example.com/team/my-proftpd:1.2", nil, nil, "ProFTPD anonymous ? what this image does with its settings isn't known\nProFTPD named team/my-proftpd"},
		{"another registry's", "ghcr.io/fauria/vsftpd", nil, nil, "vsftpd anonymous ? what this image does with its settings isn't known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, ok := ftpd.Image(c.ref, c.env, c.args)
			if !ok {
				t.Fatal("the image isn't recognised")
			}
			expect(t, ftpd.Reading{Servers: []ftpd.Server{s}}, nil, c.want)
		})
	}
	for _, ref := range []string{"nginx", "atmoz/sftp", "my/sftp-server", "my/tftp-server", "ftp", "my/vsftpd-exporter", "", host.Hole} {
		if s, ok := ftpd.Image(ref, nil, nil); ok {
			t.Errorf("%q: %+v, want none", ref, s)
		}
	}
}

func TestNewer(t *testing.T) {
	for _, c := range []struct {
		software ftpd.Software
		version  string
		want     bool
	}{
		{ftpd.Vsftpd, "3.0.3-13+b2", true},
		{ftpd.Vsftpd, "1:3.0.5-0.1", false},
		{ftpd.Vsftpd, "3.0.5", false},
		{ftpd.Vsftpd, "3.0.10", false},
		{ftpd.Vsftpd, "3.0.*", false},
		{ftpd.Vsftpd, "2.*", true},
		{ftpd.Vsftpd, "", false},
		{ftpd.Vsftpd, host.Hole, false},
		{ftpd.ProFTPD, "1.3.8c+dfsg-4", true},
		{ftpd.ProFTPD, "1.3.9a", false},
		{ftpd.ProFTPD, "v1.3.09", false},
		{ftpd.PureFTPd, "1.0.50-2.1", true},
		{ftpd.FileZilla, "0.9.60", true},
		{ftpd.Other, "1", false},
	} {
		if r, got := ftpd.Newer(c.software, c.version); got != c.want {
			t.Errorf("Newer(%v, %q) = %v, %v, want %v", c.software, c.version, r, got, c.want)
		}
	}
}

func TestReleases(t *testing.T) {
	oldest := ftpd.ReleasesSeen()
	for _, r := range ftpd.Releases() {
		seen, err := time.Parse(time.DateOnly, r.Seen)
		if err != nil || seen.Before(oldest) || r.Source == "" {
			t.Errorf("%v: seen %v (%v), source %q", r.Software, seen, err, r.Source)
		}
		if _, older := ftpd.Newer(r.Software, r.Version); older {
			t.Errorf("%v: %s is older than itself", r.Software, r.Version)
		}
	}
	if age := ftpd.ReleasesAge(oldest.Add(49 * time.Hour)); age != 2 {
		t.Errorf("49 hours later the table is %d days old", age)
	}
}

func TestAgeOfImage(t *testing.T) {
	for ref, want := range map[string]ftpd.ImageAge{
		"fauria/vsftpd":               {Pin: ftpd.Floating, Changed: "2023-01", Unmaintained: true, Source: "https://github.com/fauria/docker-vsftpd"},
		"fauria/vsftpd:latest":        {Pin: ftpd.Floating, Changed: "2023-01", Unmaintained: true, Source: "https://github.com/fauria/docker-vsftpd"},
		"a/vsftpd:3.0.5":              {Pin: ftpd.Tagged},
		"a/vsftpd:" + host.Hole:       {Pin: ftpd.Unpinnable},
		"a/vsftpd:alpine3.19-latest":  {Pin: ftpd.Floating},
		"garethflowers/ftp-server:10": {Pin: ftpd.Tagged, Changed: "2026-08", Source: "https://github.com/garethflowers/docker-ftp-server"},
		"a/vsftpd@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": {Pin: ftpd.Digested},
	} {
		if got, ok := ftpd.AgeOfImage(ref); !ok || got != want {
			t.Errorf("%s: %+v, %v, want %+v", ref, got, ok, want)
		}
	}
	if got, ok := ftpd.AgeOfImage("nginx:latest"); ok {
		t.Errorf("nginx: %+v", got)
	}
}
