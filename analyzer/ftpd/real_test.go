//go:build linux

package ftpd

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer/host"
)

// realServer is one of Debian's servers that runs on loopback with a configuration of its own, as it is there: without
// being installed.
type realServer struct {
	software Software
	// config returns the command and the configuration file for what a case sets, on a port, with files below a folder.
	start func(r *realRun, lines string, args []string) *exec.Cmd
}

// realRun is a place for one run of a server.
type realRun struct {
	t    *testing.T
	root string // where Debian's packages are unpacked
	dir  string
	port int
	pem  string // a certificate with its key
}

func (r *realRun) write(name, text string) string {
	r.t.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return file
}

func (r *realRun) program(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.t.Context(), filepath.Join(r.root, "usr/sbin", name), args...)
	libraries, err := filepath.Glob(filepath.Join(r.root, "*lib/*-linux-gnu"))
	if err != nil {
		r.t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(r.root, "usr/lib/*-linux-gnu"))
	if err != nil {
		r.t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(append(libraries, more...), ":"))
	return cmd
}

func startVsftpd(r *realRun, lines string, _ []string) *exec.Cmd {
	for _, dir := range []string{"empty", "anonymous"} {
		if err := os.Mkdir(filepath.Join(r.dir, dir), 0o555); err != nil {
			r.t.Fatal(err)
		}
	}
	// What has to do with the place, and not with what is asked. Anonymous users need an account with a home.
	own := fmt.Sprintf("listen=YES\nlisten_address=127.0.0.1\nlisten_port=%d\nbackground=NO\nftp_username=daemon\nsecure_chroot_dir=%s/empty\nanon_root=%s/anonymous\n",
		r.port, r.dir, r.dir)
	if strings.Contains(lines, "ssl_enable=YES") {
		own += "rsa_cert_file=" + r.pem + "\nssl_ciphers=ALL:@SECLEVEL=0\n"
	}
	return r.program("vsftpd", r.write("vsftpd.conf", own+lines))
}

func startProFTPD(r *realRun, lines string, _ []string) *exec.Cmd {
	own := fmt.Sprintf("ServerType standalone\nDefaultAddress 127.0.0.1\nUseIPv6 off\nPort %d\nUser nobody\nGroup nogroup\nPidFile %s/pid\nScoreboardFile %s/board\n",
		r.port, r.dir, r.dir)
	return r.program("proftpd", "-n", "-c", r.write("proftpd.conf", own+strings.ReplaceAll(lines, "DIR", r.dir)))
}

func startPureFTPd(r *realRun, _ string, args []string) *exec.Cmd {
	return r.program("pure-ftpd", append([]string{"-S", "127.0.0.1," + strconv.Itoa(r.port), "-2", r.pem, "-g", filepath.Join(r.dir, "pid")}, args...)...)
}

// answers are what a client is told.
type answers struct {
	anonymous bool
	// tls says whether AUTH TLS is taken, and login whether the name of an account is taken without.
	tls, login bool
	// oldTLS says whether a handshake of TLS 1.1 succeeds, if tls is.
	oldTLS bool
}

// TestRealServers measures the defaults and rules that the readers tell against the servers of Debian. Those of other
// distributions are as they document them.
func TestRealServers(t *testing.T) {
	root, ok := os.LookupEnv("TFREACH_DEBIAN_ROOT")
	if !ok {
		t.Skip("SKIPPED: TFREACH_DEBIAN_ROOT doesn't say where Debian's servers are unpacked")
	}
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: the servers start as root only")
	}
	vsftpd := realServer{Vsftpd, startVsftpd}
	proftpd := realServer{ProFTPD, startProFTPD}
	pure := realServer{PureFTPd, startPureFTPd}
	anonymous := "<Anonymous DIR>\nUser daemon\nGroup daemon\nUserAlias anonymous daemon\n%s</Anonymous>\n"
	for _, c := range []struct {
		name   string
		server realServer
		lines  string
		args   []string
	}{
		{"an empty file", vsftpd, "", nil},
		{"anonymous users kept out", vsftpd, "anonymous_enable=NO\nlocal_enable=YES\n", nil},
		{"TLS with its defaults", vsftpd, "anonymous_enable=NO\nlocal_enable=YES\nssl_enable=YES\n", nil},
		{"TLS that is not forced", vsftpd, "local_enable=YES\nssl_enable=YES\nforce_local_logins_ssl=NO\nforce_local_data_ssl=NO\n", nil},
		{"no section", proftpd, "", nil},
		{"a section for an account without a shell", proftpd, fmt.Sprintf(anonymous, ""), nil},
		{"a section that needs no shell", proftpd, fmt.Sprintf(anonymous, "RequireValidShell off\n"), nil},
		{"a section that asks for a password", proftpd, fmt.Sprintf(anonymous, "RequireValidShell off\nAnonRequirePassword on\n"), nil},
		{"nobody logs in", proftpd, fmt.Sprintf(anonymous, "RequireValidShell off\n<Limit LOGIN>\nDenyAll\n</Limit>\n"), nil},
		{"without options, and without an account ftp", pure, "", nil},
		{"no anonymous users", pure, "", []string{"-E"}},
		{"TLS 1", pure, "", []string{"-E", "-Y", "1"}},
		{"TLS 2", pure, "", []string{"-E", "-Y", "2"}},
		{"TLS 3", pure, "", []string{"-E", "--tls=3"}},
	} {
		t.Run(string(c.server.software)+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			got := measure(t, root, c.server, c.lines, c.args)
			told := toldOf(c.server.software, c.lines, c.args)
			if told.Anonymous.known() && told.Anonymous.Value != got.anonymous {
				t.Errorf("anonymous users are let in: %v, told %+v", got.anonymous, told.Anonymous)
			}
			if !told.TLS.known() {
				t.Fatalf("TLS isn't told: %+v", told.TLS)
			}
			if offers := told.TLS.Value != TLSNone; offers != got.tls {
				t.Errorf("TLS is offered: %v, told %+v", got.tls, told.TLS)
			}
			if plain := told.TLS.Value == TLSNone || told.TLS.Value == TLSOptional; plain != got.login && (!told.LocalLogin.known() || told.LocalLogin.Value) {
				t.Errorf("logins are taken without TLS: %v, told %+v", got.login, told.TLS)
			}
			if got.tls && told.ObsoleteTLS.known() && told.ObsoleteTLS.Value != got.oldTLS {
				t.Errorf("TLS 1.1 is taken: %v, told %+v", got.oldTLS, told.ObsoleteTLS)
			}
			t.Logf("measured %+v", got)
		})
	}
}

// toldOf returns what is told of the same configuration on Debian.
func toldOf(software Software, lines string, args []string) Server {
	file := map[Software]string{Vsftpd: "/etc/vsftpd.conf", ProFTPD: proFTPDConf}[software]
	parts := []host.Part{{Kind: host.Script, Text: map[Software]string{
		Vsftpd: "apt-get install -y vsftpd", ProFTPD: "apt-get install -y proftpd-core; usermod -s /usr/sbin/nologin daemon",
		PureFTPd: "apt-get install -y pure-ftpd; pure-ftpd " + strings.Join(args, " "),
	}[software]}}
	if file != "" {
		parts = append(parts, host.Part{Kind: host.File, Path: file, Text: lines})
	}
	return Read(host.Evidence{}, parts...).Servers[0]
}

// measure starts a server and asks it.
func measure(t *testing.T, root string, server realServer, lines string, args []string) answers {
	t.Helper()
	if server.software == PureFTPd {
		if err := exec.CommandContext(t.Context(), "getent", "passwd", "ftp").Run(); err == nil {
			t.Skip("SKIPPED: there is an account ftp, so that what comes without can't be measured")
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	run := &realRun{t: t, root: root, dir: t.TempDir(), port: listener.Addr().(*net.TCPAddr).Port}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{run.dir, filepath.Dir(run.dir)} { // for who isn't root
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run.pem = run.write("certificate.pem", certificate(t))
	cmd := server.start(run, lines, args)
	said, err := os.Create(filepath.Join(run.dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its children end with it
	if err := cmd.Start(); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIPPED: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if log, err := os.ReadFile(said.Name()); err == nil && t.Failed() {
			t.Logf("%s", log)
		}
		_ = said.Close()
	}()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(run.port))
	var a answers
	c := dial(t, address)
	a.anonymous = c.says("USER anonymous") == 331 && c.says("PASS a@example.com") == 230
	c = dial(t, address)
	a.tls = c.says("AUTH TLS") == 234
	if a.tls {
		old := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		a.oldTLS = old.HandshakeContext(t.Context()) == nil
	}
	c = dial(t, address)
	// Without TLS a server that insists on it refuses the name of an account, or the password as too early.
	a.login = c.says("USER nobody") == 331 && c.says("PASS x") != 421
	return a
}

// control is a control connection.
type control struct {
	t    *testing.T
	conn net.Conn
	read *bufio.Reader
}

// dial connects as soon as the server listens.
func dial(t *testing.T, address string) *control {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			c := &control{t, conn, bufio.NewReader(conn)}
			if code := c.reply(); code == 220 {
				return c
			}
			t.Fatal("the server doesn't welcome its client")
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (c *control) says(command string) int {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, command+"\r\n"); err != nil {
		return 0
	}
	return c.reply()
}

// reply returns the code of a reply; 0 if the connection ends.
func (c *control) reply() int {
	for {
		line, err := c.read.ReadString('\n')
		if err != nil {
			return 0
		}
		if len(line) > 3 && line[3] == ' ' {
			code, _ := strconv.Atoi(line[:3])
			return code
		}
	}
}

// certificate returns a certificate for loopback with its key.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
