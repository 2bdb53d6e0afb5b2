//go:build linux

package ftpd

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
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
	"slices"
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
	ip   string
	own  bool   // the server must find its port by itself
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

// incoming makes a directory in which anyone may store files.
func (r *realRun) incoming(dir string) {
	r.t.Helper()
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Chmod(in, 0o777); err != nil {
		r.t.Fatal(err)
	}
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
	r.incoming(filepath.Join(r.dir, "anonymous"))
	// What has to do with the place, and not with what is asked. Anonymous users need an account with a home.
	own := fmt.Sprintf("listen=YES\nlisten_address=%s\nbackground=NO\nftp_username=daemon\nsecure_chroot_dir=%s/empty\nanon_root=%s/anonymous\n",
		r.ip, r.dir, r.dir)
	if !r.own {
		own += fmt.Sprintf("listen_port=%d\n", r.port)
	}
	if strings.Contains(lines, "ssl_enable=YES") {
		own += "rsa_cert_file=" + r.pem + "\nssl_ciphers=ALL:@SECLEVEL=0\n"
	}
	return r.program("vsftpd", r.write("vsftpd.conf", own+lines))
}

func startProFTPD(r *realRun, lines string, _ []string) *exec.Cmd {
	own := fmt.Sprintf("ModulePath %s/usr/lib/proftpd\nServerType standalone\nDefaultAddress %s\nSocketBindTight on\nUseIPv6 off\nUser nobody\nGroup nogroup\nPidFile %s/pid\nScoreboardFile %s/board\n",
		r.root, r.ip, r.dir, r.dir)
	if !r.own {
		own += fmt.Sprintf("Port %d\n", r.port)
	}
	return r.program("proftpd", "-n", "-c", r.write("proftpd.conf", own+strings.NewReplacer("DIR", r.dir, "PEM", r.pem).Replace(lines)))
}

func startPureFTPd(r *realRun, _ string, args []string) *exec.Cmd {
	bind := r.ip + "," + strconv.Itoa(r.port)
	if r.own {
		bind = r.ip + ","
	}
	return r.program("pure-ftpd", append([]string{"-S", bind, "-2", r.pem, "-g", filepath.Join(r.dir, "pid")}, args...)...)
}

func startPyFTPdlib(r *realRun, _ string, args []string) *exec.Cmd {
	r.incoming(r.dir)
	own := []string{"-m", "pyftpdlib", "-i", r.ip, "-d", r.dir}
	if !r.own {
		own = append(own, "-p", strconv.Itoa(r.port))
	}
	cmd := exec.CommandContext(r.t.Context(), "python3", append(own, args...)...)
	modules := filepath.Join(r.root, "usr/lib/python3/dist-packages")
	cmd.Env = append(os.Environ(), "PYTHONPATH="+modules)
	probe := exec.CommandContext(r.t.Context(), "python3", "-c", "import pyftpdlib.servers")
	probe.Env = cmd.Env
	if err := probe.Run(); err != nil {
		r.t.Skipf("SKIPPED: Python here can't run Debian's pyftpdlib: %v", err)
	}
	return cmd
}

// answers are what a client is told.
type answers struct {
	anonymous bool
	// tls says whether AUTH TLS is taken, and login whether the name of an account is taken without.
	tls, login bool
	// oldTLS says whether a handshake of TLS 1.1 succeeds, if tls is.
	oldTLS bool
	// upload and mkdir say whether anonymous users may store a file, and make a directory, in the directory in; passive whether
	// they get a port for data, and unasked whether they are in without a password.
	upload, mkdir, passive, unasked bool
	// anonymousTLS says whether they are let in after AUTH TLS, and implicit whether the connection begins with a handshake.
	anonymousTLS, implicit bool
}

// questions are what a client asks. Who asks for a login that fails waits for some seconds.
type questions uint8

const (
	askAnonymous questions = 1 << iota
	askTLS
	askLogin
	askImplicit
	askAll = askAnonymous | askTLS | askLogin
)

// optionProbe asks for one option: with no line for it, with lines that set it to its default, and to another value.
type optionProbe struct {
	server        realServer
	option        string
	base          string // lines or arguments that let the answers depend on it
	standard      string
	other         string
	asks          func(a answers) bool
	about         questions
	defaultListen int // the port at which it must listen by itself; 0 if the option isn't about that
}

// TestRealOptions measures the defaults of single options.
func TestRealOptions(t *testing.T) {
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
	python := realServer{PyFTPdlib, startPyFTPdlib}
	const (
		local = "anonymous_enable=NO\nlocal_enable=YES\n"
		open  = "<Anonymous DIR>\nUser daemon\nGroup daemon\nUserAlias anonymous daemon\n%s</Anonymous>\n"
		tls   = "LoadModule mod_tls.c\nTLSRSACertificateFile PEM\nTLSRSACertificateKeyFile PEM\n"
	)
	anonymous := func(a answers) bool { return a.anonymous }
	offersTLS := func(a answers) bool { return a.tls }
	plainLogin := func(a answers) bool { return a.login }
	probes := []optionProbe{
		{vsftpd, "anonymous_enable", "local_enable=YES\n", "anonymous_enable=YES\n", "anonymous_enable=NO\n", anonymous, askAnonymous, 0},
		{vsftpd, "local_enable", "", "local_enable=NO\n", "local_enable=YES\n", plainLogin, askLogin, 0},
		{vsftpd, "write_enable", "anon_upload_enable=YES\n", "write_enable=NO\n", "write_enable=YES\n", func(a answers) bool { return a.upload }, askAnonymous, 0},
		{vsftpd, "anon_upload_enable", "write_enable=YES\n", "anon_upload_enable=NO\n", "anon_upload_enable=YES\n", func(a answers) bool { return a.upload }, askAnonymous, 0},
		{vsftpd, "anon_mkdir_write_enable", "write_enable=YES\n", "anon_mkdir_write_enable=NO\n", "anon_mkdir_write_enable=YES\n", func(a answers) bool { return a.mkdir }, askAnonymous, 0},
		{vsftpd, "ssl_enable", "", "ssl_enable=NO\n", "ssl_enable=YES\n", offersTLS, askTLS, 0},
		{vsftpd, "force_local_logins_ssl", local + "ssl_enable=YES\n", "force_local_logins_ssl=YES\n", "force_local_logins_ssl=NO\n", plainLogin, askLogin, 0},
		{vsftpd, "allow_anon_ssl", "ssl_enable=YES\n", "allow_anon_ssl=NO\n", "allow_anon_ssl=YES\n", func(a answers) bool { return a.anonymousTLS }, askTLS, 0},
		{vsftpd, "force_anon_logins_ssl", "ssl_enable=YES\nallow_anon_ssl=YES\n", "force_anon_logins_ssl=NO\n", "force_anon_logins_ssl=YES\n", anonymous, askAnonymous, 0},
		{vsftpd, "implicit_ssl", "ssl_enable=YES\n", "implicit_ssl=NO\n", "implicit_ssl=YES\n", func(a answers) bool { return a.implicit }, askImplicit, 0},
		{vsftpd, "no_anon_password", "", "no_anon_password=NO\n", "no_anon_password=YES\n", func(a answers) bool { return a.unasked }, askAnonymous, 0},
		{vsftpd, "pasv_enable", "", "pasv_enable=YES\n", "pasv_enable=NO\n", func(a answers) bool { return a.passive }, askAnonymous, 0},
		{server: vsftpd, option: "listen_port", defaultListen: 21},
		{proftpd, "RequireValidShell", fmt.Sprintf(open, ""), "RequireValidShell on\n", "RequireValidShell off\n", anonymous, askAnonymous, 0},
		{proftpd, "TLSEngine", tls, "TLSEngine off\n", "TLSEngine on\n", offersTLS, askTLS, 0},
		{proftpd, "TLSRequired", tls + "TLSEngine on\n", "TLSRequired off\n", "TLSRequired on\n", plainLogin, askLogin, 0},
		{server: proftpd, option: "Port", defaultListen: 21},
		{pure, "TLS", "-E", "-Y 0", "-Y 1", offersTLS, askTLS, 0},
		{server: pure, option: "Bind", base: "-E", defaultListen: 21},
		{python, "--username", "", "", "-u me -P x", anonymous, askAnonymous, 0},
		{python, "--write", "", "", "-w", func(a answers) bool { return a.upload }, askAnonymous, 0},
		{server: python, option: "--port", defaultListen: 2121},
	}
	told := map[string]bool{}
	for _, o := range Options() {
		if o.Measured {
			told[string(o.Server)+"/"+o.Name] = true
		}
	}
	for i, p := range probes {
		name := string(p.server.software) + "/" + p.option
		if !told[name] {
			t.Errorf("the table doesn't say that %s is measured", name)
		}
		delete(told, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(more string) answers {
				if p.server.software == PureFTPd || p.server.software == PyFTPdlib {
					return measureAt(t, root, p.server, "", strings.Fields(p.base+" "+more), realAddress{}, p.about)
				}
				return measureAt(t, root, p.server, p.base+more, nil, realAddress{}, p.about)
			}
			if p.defaultListen != 0 {
				// Each has an address of loopback of its own, where the port is free.
				measureAt(t, root, p.server, "", strings.Fields(p.base), realAddress{ip: fmt.Sprintf("127.0.21.%d", 10+i), port: p.defaultListen}, 0)
				return
			}
			none, standard, other := p.asks(run("")), p.asks(run(p.standard)), p.asks(run(p.other))
			if none != standard || none == other {
				t.Errorf("without it %v, by its default %v, by another value %v", none, standard, other)
			}
		})
	}
	for name := range told {
		t.Errorf("nothing measures %s", name)
	}
}

// realAddress is where a server listens: a free port that it is told, unless it must listen at a port by itself.
type realAddress struct {
	ip   string
	port int
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
	python := realServer{PyFTPdlib, startPyFTPdlib}
	for _, s := range []realServer{vsftpd, proftpd, pure, python} {
		if !measured(s.software) {
			t.Errorf("the table of defaults doesn't say that %s is measured", s.software)
		}
	}
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
		{"TLS for logins alone", vsftpd, "anonymous_enable=NO\nlocal_enable=YES\nssl_enable=YES\nforce_local_data_ssl=NO\n", nil},
		{"a name that nothing defines", proftpd, "<IfDefine X>\n" + fmt.Sprintf(anonymous, "RequireValidShell off\n") + "</IfDefine>\n", nil},
		{"a name that is defined", proftpd, "Define X\n<IfDefine X>\n" + fmt.Sprintf(anonymous, "RequireValidShell off\n") + "</IfDefine>\n", nil},
		{"a name that must not be defined", proftpd, "<IfDefine !X>\n" + fmt.Sprintf(anonymous, "RequireValidShell off\n") + "</IfDefine>\n", nil},
		{"a module of the core", proftpd, "<IfModule mod_auth_file.c>\n" + fmt.Sprintf(anonymous, "RequireValidShell off\n") + "</IfModule>\n", nil},
		{"without options", python, "", nil},
		{"with uploads", python, "", []string{"-w"}},
		{"a user", python, "", []string{"-u", "me", "-P", "secret"}},
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

// TestRealModules compares the modules that are told to be in Debian's ProFTPD with those that it says it has.
func TestRealModules(t *testing.T) {
	root, ok := os.LookupEnv("TFREACH_DEBIAN_ROOT")
	if !ok {
		t.Skip("SKIPPED: TFREACH_DEBIAN_ROOT doesn't say where Debian's servers are unpacked")
	}
	cmd := (&realRun{t: t, root: root}).program("proftpd", "-l")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var has []string
	for word := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(word, "mod_") {
			has = append(has, word)
		}
	}
	always, onDebian := compiledIn()
	told := append(always, onDebian...)
	slices.Sort(told)
	if slices.Sort(has); !slices.Equal(has, told) {
		t.Errorf("Debian's has %v, told %v", has, told)
	}
}

// toldOf returns what is told of the same configuration on Debian.
func toldOf(software Software, lines string, args []string) Server {
	file := map[Software]string{Vsftpd: "/etc/vsftpd.conf", ProFTPD: proFTPDConf}[software]
	parts := []host.Part{{Kind: host.Script, Text: map[Software]string{
		Vsftpd: "apt-get install -y vsftpd", ProFTPD: "apt-get install -y proftpd-core; usermod -s /usr/sbin/nologin daemon",
		PureFTPd:  "apt-get install -y pure-ftpd; pure-ftpd " + strings.Join(args, " "),
		PyFTPdlib: "python3 -m pyftpdlib " + strings.Join(args, " "),
	}[software]}}
	if file != "" {
		parts = append(parts, host.Part{Kind: host.File, Path: file, Text: lines})
	}
	return Read(host.Evidence{}, parts...).Servers[0]
}

// measure starts a server and asks it.
func measure(t *testing.T, root string, server realServer, lines string, args []string) answers {
	t.Helper()
	return measureAt(t, root, server, lines, args, realAddress{}, askAll)
}

// measureAt is measure of a server at an address.
func measureAt(t *testing.T, root string, server realServer, lines string, args []string, at realAddress, about questions) answers {
	t.Helper()
	if server.software == PureFTPd {
		if err := exec.CommandContext(t.Context(), "getent", "passwd", "ftp").Run(); err == nil {
			t.Skip("SKIPPED: there is an account ftp, so that what comes without can't be measured")
		}
	}
	run := &realRun{t: t, root: root, dir: t.TempDir(), ip: at.ip, port: at.port, own: at.port != 0}
	if !run.own {
		// Each test has an address of loopback of its own, so that none meets the server of another.
		sum := sha256.Sum256([]byte(t.Name()))
		run.ip = fmt.Sprintf("127.%d.%d.%d", 100+sum[0]%100, sum[1], 1+sum[2]%254)
		listener, err := net.Listen("tcp", net.JoinHostPort(run.ip, "0"))
		if err != nil {
			t.Fatal(err)
		}
		run.port = listener.Addr().(*net.TCPAddr).Port
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
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
	return ask(t, net.JoinHostPort(run.ip, strconv.Itoa(run.port)), about)
}

// ask asks a server.
func ask(t *testing.T, address string, about questions) (a answers) {
	t.Helper()
	insecure := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
	if about&askImplicit != 0 {
		a.implicit = tls.Client(connect(t, address).conn, insecure).HandshakeContext(t.Context()) == nil
		return a
	}
	c := dial(t, address)
	if about&askAnonymous != 0 {
		a.unasked, a.anonymous = c.anonymous()
	}
	if a.anonymous {
		host, _, _ := net.SplitHostPort(address)
		a.mkdir = c.says("MKD in/made") == 257
		port, code := c.passive()
		if a.passive = code == 227; a.passive {
			if data, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
				code := c.says("STOR in/stored")
				a.upload = code == 150 || code == 125
				_ = data.Close()
			}
		}
	}
	if about&askTLS != 0 {
		c = dial(t, address)
		a.tls = c.says("AUTH TLS") == 234
	}
	if a.tls {
		old := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		a.oldTLS = old.HandshakeContext(t.Context()) == nil
		c = dial(t, address)
		c.says("AUTH TLS")
		if inner := tls.Client(c.conn, insecure); about&askLogin == 0 && inner.HandshakeContext(t.Context()) == nil {
			_, a.anonymousTLS = (&control{t, inner, bufio.NewReader(inner)}).anonymous()
		}
	}
	if about&askLogin != 0 {
		c = dial(t, address)
		// Without TLS a server that insists on it refuses the name of an account, or the password as too early.
		if c.says("USER nobody") == 331 {
			code := c.says("PASS x")
			a.login = code != 421 && code != 550
		}
	}
	return a
}

// anonymous logs in as an anonymous user: without a password, or with any.
func (c *control) anonymous() (unasked, in bool) {
	c.t.Helper()
	code := c.says("USER anonymous")
	return code == 230, code == 230 || code == 331 && c.says("PASS a@example.com") == 230
}

// control is a control connection.
type control struct {
	t    *testing.T
	conn net.Conn
	read *bufio.Reader
}

// dial connects as soon as the server listens, and waits for its welcome.
func dial(t *testing.T, address string) *control {
	t.Helper()
	for range 10 { // a server that has just begun to listen may drop who comes first
		c := connect(t, address)
		switch code := c.reply(); code {
		case 220:
			return c
		case 0:
			time.Sleep(100 * time.Millisecond)
		default:
			t.Fatalf("the server welcomes its client with %d", code)
		}
	}
	t.Fatal("the server doesn't welcome its client")
	return nil
}

// connect connects as soon as the server listens.
func connect(t *testing.T, address string) *control {
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
			return &control{t, conn, bufio.NewReader(conn)}
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// passive asks for a port for data.
func (c *control) passive() (port, code int) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, "PASV\r\n"); err != nil {
		return 0, 0
	}
	line, _ := c.read.ReadString('\n')
	if _, err := fmt.Sscanf(line, "%d", &code); err != nil {
		return 0, 0
	}
	numbers := strings.Split(strings.Trim(line[strings.IndexByte(line, '(')+1:], ").\r\n"), ",")
	if len(numbers) != 6 {
		return 0, code
	}
	high, _ := strconv.Atoi(numbers[4])
	low, _ := strconv.Atoi(numbers[5])
	return high<<8 + low, code
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
