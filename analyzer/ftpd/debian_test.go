package ftpd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/host"
)

// debianFile returns a file of Debian's packages vsftpd, proftpd-core and pure-ftpd-common, or skips the test loudly if
// nobody says where they are. The
// packages conflict with each other, so that they can't be installed together: TFREACH_DEBIAN_ROOT names a directory
// that they were unpacked in by dpkg --extract.
func debianFile(t *testing.T, name string) string {
	t.Helper()
	root, unpacked := os.LookupEnv("TFREACH_DEBIAN_ROOT")
	if !unpacked {
		root = "/"
	}
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) && !unpacked {
		t.Skipf("SKIPPED: no %s below %s: Debian's package isn't there to be read", name, root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantDefaults checks what Debian's packages do according to their documentation: nobody anonymous, nothing encrypted.
func wantDefaults(t *testing.T, parts ...host.Part) Server {
	t.Helper()
	r := Read(host.Evidence{}, parts...)
	if len(r.Servers) != 1 || len(r.Unread) != 0 {
		t.Fatalf("servers: %+v, unread: %+v", r.Servers, r.Unread)
	}
	s := r.Servers[0]
	if !s.Anonymous.known() || s.Anonymous.Value || !s.AnonymousUpload.known() || s.AnonymousUpload.Value {
		t.Errorf("anonymous: %+v, upload: %+v", s.Anonymous, s.AnonymousUpload)
	}
	if !s.TLS.known() || s.TLS.Value != TLSNone {
		t.Errorf("TLS: %+v", s.TLS)
	}
	if ports := s.ListenPorts; !ports.known() || len(ports.Value) != 1 || ports.Value[0] != 21 {
		t.Errorf("ports: %+v", ports)
	}
	if !s.PassivePorts.known() || s.PassivePorts.Value != anyPassive() {
		t.Errorf("passive ports: %+v", s.PassivePorts)
	}
	if len(s.Problems) != 0 {
		t.Errorf("problems: %+v", s.Problems)
	}
	return s
}

func TestDebianVsftpd(t *testing.T) {
	conf := debianFile(t, "/etc/vsftpd.conf")
	s := wantDefaults(t, host.Part{Kind: host.File, Path: "/etc/vsftpd.conf", Text: conf})
	if s.Anonymous.State != Known || conf[s.Anonymous.At.Start:s.Anonymous.At.End] != "anonymous_enable=NO" {
		t.Errorf("anonymous: %+v", s.Anonymous)
	}
	if s.LocalLogin.State != Known || !s.LocalLogin.Value {
		t.Errorf("local: %+v", s.LocalLogin)
	}
	edited := Read(host.Evidence{}, host.Part{Kind: host.File, Path: "/etc/vsftpd.conf", Text: conf},
		host.Part{Kind: host.Script, Text: "sed -i 's/^anonymous_enable=NO/anonymous_enable=YES/; s/^#write_enable/write_enable/; s/^#anon_upload/anon_upload/' /etc/vsftpd.conf"})
	if s := edited.Servers[0]; !s.Anonymous.Value || !s.AnonymousUpload.Value || s.Anonymous.At.Part != 1 {
		t.Errorf("edited: %+v, %+v", s.Anonymous, s.AnonymousUpload)
	}
}

func TestDebianProFTPD(t *testing.T) {
	const templates = "/usr/share/proftpd/templates/"
	parts := []host.Part{{Kind: host.Script, Text: "apt-get install -y proftpd-core\n"}}
	for _, name := range []string{"proftpd.conf", "modules.conf", "tls.conf", "sftp.conf", "virtuals.conf"} {
		parts = append(parts, host.Part{Kind: host.File, Path: "/etc/proftpd/" + name, Text: debianFile(t, templates+name)})
	}
	wantDefaults(t, parts...)

	// The sample in the file, without the marks that make it a comment.
	edited := Read(host.Evidence{}, append(parts, host.Part{Kind: host.Script, Text: `sed -i -E '/<Anonymous ~ftp>/s/^# //; s/^# ( |<\/Anonymous>)/\1/' /etc/proftpd/proftpd.conf`})...)
	s := edited.Servers[0]
	if s.Anonymous.State != Known || !s.Anonymous.Value || s.AnonymousUpload.State != Known || s.AnonymousUpload.Value {
		t.Errorf("anonymous: %+v, upload: %+v", s.Anonymous, s.AnonymousUpload)
	}

	tls := Read(host.Evidence{}, append(parts, host.Part{Kind: host.Script, Text: "sed -i 's/^#LoadModule mod_tls.c/LoadModule mod_tls.c/' /etc/proftpd/modules.conf\n" +
		"sed -i 's|^#Include /etc/proftpd/tls.conf|Include /etc/proftpd/tls.conf|' /etc/proftpd/proftpd.conf\n" +
		"sed -i 's/^#TLSEngine/TLSEngine/; s/^#TLSRequired/TLSRequired/' /etc/proftpd/tls.conf\n"})...)
	if s := tls.Servers[0]; s.TLS.State != Known || s.TLS.Value != TLSRequired {
		t.Errorf("TLS: %+v", s.TLS)
	}

	// Its sample of a configuration with anonymous users.
	sample := Read(host.Evidence{}, host.Part{Kind: host.Script, Text: "usermod -s /bin/bash ftp\n"}, host.Part{Kind: host.File, Path: "/etc/proftpd/proftpd.conf", Text: debianFile(t, "/usr/share/doc/proftpd-core/sample-configurations/anonymous.conf")})
	if s := sample.Servers[0]; s.Anonymous.State != Known || !s.Anonymous.Value {
		t.Errorf("the sample's anonymous: %+v", s.Anonymous)
	}
}

func TestDebianPureFTPd(t *testing.T) {
	parts := []host.Part{{Kind: host.Script, Text: "apt-get install -y pure-ftpd\n"}}
	for _, name := range []string{"NoAnonymous", "MinUID", "PAMAuthentication", "TLSCipherSuite", "UnixAuthentication"} {
		path := "/etc/pure-ftpd/conf/" + name
		parts = append(parts, host.Part{Kind: host.File, Path: path, Text: debianFile(t, path)})
	}
	if s := wantDefaults(t, parts...); s.Anonymous.State != Known || s.Anonymous.At.Part != 1 {
		t.Errorf("anonymous: %+v", s.Anonymous)
	}
	// The example beside them, which only works without the wrapper, lets anonymous users in.
	conf := Read(host.Evidence{}, host.Part{Kind: host.File, Path: "/etc/pure-ftpd/pure-ftpd.conf", Text: debianFile(t, "/etc/pure-ftpd/pure-ftpd.conf")})
	if s := conf.Servers[0]; s.Anonymous.State != Known || !s.Anonymous.Value || len(s.Problems) != 0 {
		t.Errorf("the example's anonymous: %+v, problems: %+v", s.Anonymous, s.Problems)
	}
}

// TestDebianShipped checks the lines of Debian's files that are told here against the files: each is in them, in this
// order, and they say the same.
func TestDebianShipped(t *testing.T) {
	for _, p := range products() {
		for _, f := range p.host.Files {
			if f.Family == host.Debian {
				checkShipped(t, p.software, f)
			}
		}
	}
	// What is told here and the file itself come to the same.
	told := Read(host.Evidence{}, host.Part{Kind: host.Script, Text: "apt-get install -y vsftpd"}).Servers[0]
	file := Read(host.Evidence{}, host.Part{Kind: host.File, Path: "/etc/vsftpd.conf", Text: debianFile(t, "/etc/vsftpd.conf")}).Servers[0]
	if told.Anonymous.Value != file.Anonymous.Value || told.AnonymousUpload.Value != file.AnonymousUpload.Value || told.LocalLogin.Value != file.LocalLogin.Value ||
		told.TLS.Value != file.TLS.Value || told.PassivePorts.Value != file.PassivePorts.Value || told.ListenPorts.Value[0] != file.ListenPorts.Value[0] {
		t.Errorf("told %+v\nfile %+v", told, file)
	}
}

func checkShipped(t *testing.T, software Software, f host.ShippedFile) {
	t.Helper()
	name := f.Path
	if software == ProFTPD && strings.HasPrefix(name, "/etc/proftpd/") {
		name = "/usr/share/proftpd/templates/" + filepath.Base(f.Path)
	}
	lines := strings.Split(debianFile(t, name), "\n")
	for wanted := range strings.SplitSeq(f.Lines, "\n") {

		found := false
		for i, l := range lines {
			if strings.TrimRight(l, " ") == wanted {
				lines, found = lines[i+1:], true
				break
			}
		}
		if !found {
			t.Errorf("%s has no line %q, or earlier", name, wanted)
		}
	}
}
