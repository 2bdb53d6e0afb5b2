package host

import (
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// command is what is known of a command.
type command struct {
	names string
	// does carries the command out and returns its output. If it is nil, the command changes nothing, and its output isn't
	// known.
	does func(sh *shell, c call) stream
	// fails reports whether the command with these words is used for its exit status, so that it may well fail.
	fails func(words []string) bool
}

// call is a command with its words expanded.
type call struct {
	name string
	// path is the name as it is written, which may be a path.
	path string
	args []Text
	by   Text
	in   stream
}

// has reports whether an argument is one of some words.
func (c call) has(words ...string) bool {
	return slices.ContainsFunc(c.args, func(a Text) bool { return slices.Contains(words, a.S) })
}

// value returns the value of the last of some options: the next argument, the text after an equals sign, or the text that
// follows a letter directly.
func (c call) value(options ...string) (value Text, ok bool) {
	for i, a := range c.args {
		for _, o := range options {
			switch rest, found := strings.CutPrefix(a.S, o); {
			case !found:
			case rest == "" && i+1 < len(c.args):
				value, ok = c.args[i+1], true
			case strings.HasPrefix(rest, "="):
				value, ok = a.Sub(len(o)+1, len(a.S)), true
			case len(o) == 2 && o[1] != '-' && rest != "":
				value, ok = a.Sub(2, len(a.S)), true
			}
		}
	}
	return value, ok
}

const (
	whyOpaque    = "the command runs something that isn't read"
	whyElsewhere = "the command runs a script that isn't in the text"
	whyNamed     = "what the command does to the file isn't known"
)

// commands lists the known commands. A command that isn't listed may change the files that it names.
func commands() []command {
	always := func([]string) bool { return true }
	asks := func(options ...string) func([]string) bool {
		return func(words []string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(options, w) })
		}
	}
	silent := func(*shell, call) stream { return stream{} }
	return []command{
		// Packages and services.
		{names: "apt-get apt aptitude nala apt-fast yum dnf microdnf apk zypper pacman snap pkg pkg_add pkgin brew port flatpak", does: (*shell).manage},
		{names: "dpkg rpm", does: (*shell).packageFiles, fails: asks("-s", "-l", "-L", "-q", "-qa", "-W", "--status", "--query", "--list")},
		{names: "dpkg-query", fails: always},
		{names: "pip pip3 pipx npm gem", does: (*shell).languagePackages},
		{names: "systemctl", does: (*shell).service, fails: asks("is-active", "is-enabled", "is-failed", "status")},
		{names: "service rc-service invoke-rc.d initctl sv", does: (*shell).service, fails: asks("status")},
		{names: "rc-update chkconfig update-rc.d insserv rcctl", does: (*shell).service},
		{names: "sysrc", does: (*shell).sysrc},
		{names: "docker podman nerdctl", does: (*shell).container},
		{names: "docker-compose podman-compose", does: (*shell).compose},
		{names: "kubectl k3s microk8s oc", does: (*shell).kubectl},

		// Files.
		{names: "echo", does: (*shell).echo},
		{names: "printf", does: (*shell).printf},
		{names: "cat", does: (*shell).concatenate},
		{names: "tee", does: (*shell).tee},
		{names: "base64 gunzip zcat gzip", does: (*shell).recode},
		{names: "mktemp", does: (*shell).temporary},
		{names: "dirname basename realpath readlink", does: (*shell).namePart},
		{names: "pwd", does: (*shell).workingDirectory},
		{names: "sed", does: (*shell).sed},
		{names: "cp mv install ln", does: (*shell).copy},
		{names: "rm unlink", does: (*shell).erase},
		{names: "mkdir", does: (*shell).makeDirectory},
		{names: "truncate", does: (*shell).truncate},
		{names: "tar bsdtar", does: (*shell).untar},
		{names: "unzip 7z 7za", does: (*shell).unzip},
		{names: "cpio", does: func(sh *shell, c call) stream { return sh.fillDirectory(sh.dir, c.by) }},
		{names: "git", does: (*shell).git},
		{names: "curl", does: (*shell).curl, fails: always},
		{names: "wget", does: (*shell).wget, fails: always},
		{names: "rsync scp", does: (*shell).fetchCopy},
		{names: "aws gsutil gcloud azcopy s3cmd rclone mc", does: (*shell).cloudCopy},
		{names: "find", does: (*shell).find},
		{names: "patch", does: (*shell).patch},
		{names: "augtool", does: (*shell).augtool},

		// The machine's own firewall.
		{names: "ufw", does: (*shell).ufw},
		{names: "firewall-cmd firewall-offline-cmd", does: (*shell).firewalld},
		{names: "iptables ip6tables iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft", does: (*shell).iptables},
		{names: "nft iptables-restore ip6tables-restore shorewall csf ferm", does: (*shell).unfollowed},

		// Accounts.
		{names: "chpasswd", does: (*shell).chpasswd},
		{names: "passwd adduser", does: (*shell).passwd},
		{names: "useradd usermod", does: (*shell).useradd},
		{names: "openssl", does: (*shell).openssl},
		{names: "mkpasswd", does: (*shell).mkpasswd},
		{names: "htpasswd", does: (*shell).htpasswd},
		{names: "db_load", does: (*shell).dbLoad},

		// The shell itself.
		{names: "cd pushd popd", does: (*shell).changeDirectory},
		{names: "exit return", does: func(sh *shell, _ call) stream {
			if sh.maybe == "" {
				sh.stopped = true
			}
			return stream{}
		}},
		{names: "read", does: (*shell).forget, fails: always},
		{names: "unset mapfile readarray getopts", does: (*shell).forget},
		{names: "shift set", does: (*shell).shift},
		{names: "bash sh dash ash zsh ksh source .", does: (*shell).script},
		{names: "eval", does: (*shell).eval},
		{names: "su runuser", does: (*shell).otherUser},
		{names: "at batch", does: func(sh *shell, c call) stream {
			sh.perhaps("it runs later", func() { sh.runStream(c.in, c.by, false) })
			return stream{}
		}},
		{names: "crontab", does: (*shell).crontab},
		{names: "xargs parallel", does: (*shell).xargs},
		{names: "nc ncat netcat", does: (*shell).netcat, fails: always},
		{names: "screen tmux", does: (*shell).terminal},
		{names: "start-stop-daemon", does: (*shell).startDaemon},
		{names: "npx uvx", does: (*shell).fetchedProgram},
		{names: "run-parts", does: (*shell).runParts},

		// These run programs that aren't read.
		{names: "python python2 python3 perl ruby node nodejs php lua pwsh deno", does: (*shell).interpreter},
		{
			names: "make cmake ninja ansible-playbook ansible ansible-pull puppet chef-client chef-solo cinc-client salt-call cfn-init " +
				"chroot nsenter",
			does: func(sh *shell, c call) stream {
				if !asksVersion(c.args) {
					sh.m.opaque(c.by, whyOpaque)
				}
				return stream{unknown: true}
			},
		},
		{names: "ssh", does: func(sh *shell, c call) stream { // it runs on another machine
			sh.m.Opaque = append(sh.m.Opaque, Problem{At: c.by.Span(), What: whyOpaque})
			return stream{unknown: true}
		}},

		// These change nothing that is asked about, and write nothing.
		{names: "chmod chown chgrp chattr chcon restorecon semanage setsebool setfacl touch sleep wait true : shopt trap umask " +
			"ulimit sync groupadd addgroup update-ca-certificates hostnamectl timedatectl ldconfig " +
			"modprobe logger mount umount swapon swapoff mkswap mkfs mkfs.ext4 mkfs.xfs sysctl debconf-set-selections userdel groupdel " +
			"deluser delgroup add-apt-repository apt-key apt-mark gpg locale-gen update-locale dpkg-reconfigure amazon-linux-extras " +
			"subscription-manager setenforce cloud-init-per kill killall pkill cfn-signal needs-restarting update-grub", does: silent},
		// These print assignments of variables, or nothing that matters to whoever evaluates it.
		{names: "ssh-agent dircolors lesspipe", does: silent},

		// These write nothing but their output.
		{names: "[ test grep egrep fgrep diff cmp stat ls id getent which type hash pgrep pidof ping lsof ss netstat mountpoint false " +
			"command", fails: always},
		{names: "head tail wc md5sum sha256sum sha1sum sha512sum hostname date uname whoami df free ps sort uniq cut tr jq yq awk " +
			"seq expr du lsblk blkid nproc arch env printenv tty ip ifconfig dig nslookup host uptime dmesg journalctl " +
			"lsb_release rev tac fold column comm join paste file strings od xxd hexdump uuidgen pwgen history alias"},
	}
}

// commandTable returns the commands by their names.
func commandTable() map[string]command {
	table := map[string]command{}
	for _, c := range commands() {
		for name := range strings.FieldsSeq(c.names) {
			table[name] = c
		}
	}
	return table
}

// fails reports whether a command, some words of which may be unknown, may well fail.
func (m *Machine) fails(words []string) bool {
	if slices.Contains(words, "command") || slices.Contains(words, "timeout") {
		return true
	}
	words = unwrapped(words, func(s string) string { return s })
	if len(words) == 0 {
		return false
	}
	c, ok := m.commands[path.Base(words[0])]
	return ok && c.fails != nil && c.fails(words[1:])
}

// asksVersion reports whether a command is only asked what it is.
func asksVersion(args []Text) bool {
	return len(args) == 1 && slices.Contains([]string{"--version", "-V", "-v", "version", "--help", "-h"}, args[0].S)
}

// call carries out a simple command and returns its output.
func (sh *shell) call(c *syntax.CallExpr, in stream) stream {
	if len(c.Args) == 0 {
		sh.assign(c.Assigns)
		return stream{}
	}
	words := sh.words(c)
	if len(words) == 0 {
		return stream{unknown: true}
	}
	out := sh.execute(words, sh.at(c), in)
	if words[0].S == "echo" && slices.ContainsFunc(c.Args, globs) {
		out.unknown = true
	}
	return out
}

// execute carries out an expanded command.
func (sh *shell) execute(words []Text, by Text, in stream) stream {
	word := words[0]
	c := call{name: path.Base(word.S), path: word.S, args: words[1:], by: by, in: in}
	switch {
	case word.S == "":
		return stream{unknown: true}
	case strings.Contains(word.S, Hole):
		sh.m.opaque(by, "which command runs isn't known")
		return stream{unknown: true}
	}
	if f, ok := sh.funcs[c.name]; ok {
		return sh.function(f, c)
	}
	if file, ok := sh.program(word); ok {
		return sh.runFile(file, c)
	}
	if script, ok := sh.initScript(c); ok {
		return sh.service(script)
	}
	if known, ok := sh.m.commands[c.name]; ok {
		if known.does == nil {
			return stream{unknown: true}
		}
		return known.does(sh, c)
	}
	if sh.m.passwordProgram(c) {
		return stream{unknown: true}
	}
	if strings.Contains(word.S, "/") && !isSystem(word.S) {
		sh.m.opaque(by, whyElsewhere)
		return stream{unknown: true}
	}
	return sh.unlisted(c)
}

// unlisted carries out an unknown program: it may change the files that it names.
func (sh *shell) unlisted(c call) stream {
	if !sh.m.Spend(1 + len(c.args)) {
		return stream{unknown: true}
	}
	sh.m.Runs = append(sh.m.Runs, Run{Program: c.name, Args: c.args, By: c.by, Maybe: sh.maybe})
	if !sh.m.catalog.reads(c.name) {
		for _, a := range c.args {
			if strings.Contains(a.S, "/") || path.Ext(a.S) == ".conf" {
				sh.doubtNamed(a, c.by)
			}
		}
	}
	return stream{unknown: true}
}

// doubtNamed records that a command may change a file in one of its arguments, or in a part of one, as in if=/etc/file.
func (sh *shell) doubtNamed(arg, by Text) {
	word := arg
	if i := strings.LastIndexByte(arg.S, '='); i >= 0 {
		word = arg.Sub(i+1, len(arg.S))
	}
	switch file, ok := sh.path(word); {
	case strings.Contains(word.S, "://"):
	case ok:
		sh.m.doubt(file, by, whyNamed)
		sh.m.disturbUnder(file, by, whyNamed)
	case strings.Trim(word.S, Hole+"/.") != "":
		sh.m.disturbMatching(word.S, by, whyNamed)
	}
}

// program returns the file that a command's name is the path of, or that is found by the name, if the texts put the file there.
func (sh *shell) program(word Text) (file string, ok bool) {
	if strings.Contains(word.S, "/") {
		file, ok = sh.path(word)
		return file, ok && sh.m.files[file] != nil && !sh.m.gone[file]
	}
	for _, dir := range []string{"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"} {
		if file = dir + word.S; sh.m.files[file] != nil && !sh.m.gone[file] {
			return file, true
		}
	}
	return "", false
}

// isSystem reports whether a path is that of a program of the distribution.
func isSystem(file string) bool {
	for _, dir := range []string{"/bin/", "/sbin/", "/usr/", "/snap/", "/lib/", "/etc/init.d/"} {
		if strings.HasPrefix(file, dir) {
			return true
		}
	}
	return false
}

// runFile carries out a script by its path.
func (sh *shell) runFile(file string, c call) stream {
	s := sh.cat(file)
	first, _, _ := strings.Cut(s.S, "\n")
	switch {
	case s.unknown:
		sh.m.opaque(c.by, whyElsewhere)
		return stream{unknown: true}
	case strings.HasPrefix(first, "#!") && !isShell(first):
		return sh.code(s.Text, c)
	}
	return sh.runText(s.Text, c.by, strings.HasPrefix(first, "#!/bin/sh"), c.args, file)
}

// runText carries out a text in a shell of its own, and returns what it writes. It is that of a file, unless that is empty.
func (sh *shell) runText(t, by Text, posix bool, args []Text, file string) stream {
	if sh.depth >= maxDepth {
		sh.m.shake(by, "scripts call each other too deep")
		return stream{unknown: true}
	}
	inner := *sh
	inner.depth++
	inner.posix, inner.file = posix, file
	inner.stopped = false
	// Which variables are exported is not followed.
	inner.vars, inner.lists, inner.funcs = positional(args), map[string][]Text{"@": args}, map[string]function{}
	out, problem := inner.parse(t)
	if problem != "" {
		sh.m.opaque(by, problem)
		return stream{unknown: true}
	}
	return out
}

// positional returns the variables $1 to $9 of a script or function.
func positional(args []Text) map[string]Text {
	vars := map[string]Text{}
	for i, a := range args[:min(len(args), 9)] {
		vars[string(rune('1'+i))] = a
	}
	return vars
}

// runStream carries out a script that a command writes into a shell.
func (sh *shell) runStream(in stream, by Text, posix bool) stream {
	if in.unknown {
		sh.m.opaque(by, whyElsewhere)
		return stream{unknown: true}
	}
	return sh.runText(in.Text, by, posix, nil, "")
}

func (sh *shell) function(f function, c call) stream {
	if sh.depth >= maxDepth {
		sh.m.shake(c.by, "functions call each other too deep")
		return stream{unknown: true}
	}
	outside := sh.t
	sh.t = f.t
	sh.depth++
	old, given := map[string]Text{}, sh.lists["@"]
	args := positional(c.args)
	sh.lists["@"] = c.args
	for i := range 9 {
		name := string(rune('1' + i))
		if v, ok := sh.vars[name]; ok {
			old[name] = v
		}
		delete(sh.vars, name)
		if v, ok := args[name]; ok {
			sh.vars[name] = v
		}
	}
	out := sh.stmt(f.body, c.in)
	for i := range 9 {
		name := string(rune('1' + i))
		delete(sh.vars, name)
		if v, ok := old[name]; ok {
			sh.vars[name] = v
		}
	}
	if sh.lists["@"] = given; given == nil {
		delete(sh.lists, "@")
	}
	sh.depth--
	sh.t = outside
	sh.stopped = false // a return; an exit is taken for one, so that nothing is missed
	return out
}

func (sh *shell) changeDirectory(c call) stream {
	sh.dir = ""
	if words := operands(c.args, ""); len(words) == 0 && c.name == "cd" {
		sh.dir = home
	} else if dir, ok := sh.path(append(words, Text{})[0]); ok && sh.maybe == "" && c.name != "popd" {
		sh.dir = dir
	}
	return stream{}
}

func (sh *shell) forget(c call) stream {
	for _, a := range c.args {
		delete(sh.vars, a.S)
		delete(sh.lists, a.S)
	}
	return stream{}
}

// shift is shift, which drops the first argument, and set, which may give others.
func (sh *shell) shift(c call) stream {
	args, known := sh.lists["@"]
	if c.name == "set" {
		if args, known = setArguments(c.args); !known {
			return stream{}
		}
	} else if known = known && len(args) > 0 && len(c.args) == 0; known {
		args = args[1:]
	}
	if known = known && sh.maybe == ""; known {
		sh.lists["@"] = args
	} else {
		delete(sh.lists, "@")
	}
	for i := range 9 {
		delete(sh.vars, string(rune('1'+i)))
	}
	maps.Copy(sh.vars, positional(sh.lists["@"]))
	return stream{}
}

// setArguments returns the arguments that set gives a script; false if it sets options only.
func setArguments(words []Text) (args []Text, ok bool) {
	for i := 0; i < len(words); i++ {
		switch w := words[i].S; {
		case w == "--":
			return words[i+1:], true
		case strings.HasPrefix(w, "-") || strings.HasPrefix(w, "+"):
			if strings.HasSuffix(w, "o") {
				i++ // the name of an option
			}
		default:
			return words[i:], true
		}
	}
	return nil, false
}

// script runs another script, if the texts have it.
func (sh *shell) script(c call) stream {
	sourced := c.name == "source" || c.name == "."
	posix := c.name == "sh" || c.name == "dash" || c.name == "ash"
	words := operands(c.args, "-o -O --rcfile --init-file")
	i := slices.IndexFunc(c.args, func(a Text) bool { return isCommandOption(a.S) })
	switch {
	case !sourced && i >= 0 && i+1 < len(c.args):
		if strings.Trim(c.args[i+1].S, Hole+" \n") == "" {
			sh.m.opaque(c.by, whyElsewhere)
			return stream{unknown: true}
		}
		return sh.runText(c.args[i+1], c.by, posix, nil, "")
	case !sourced && asksVersion(c.args):
		return stream{unknown: true}
	case len(words) == 0 || !sourced && c.has("-s"):
		return sh.runStream(c.in, c.by, posix)
	}
	file, ok := sh.path(words[0])
	if !ok && strings.Contains(words[0].S, Hole) || !ok && !sourced {
		sh.m.opaque(c.by, whyElsewhere)
		return stream{unknown: true}
	}
	s := sh.cat(file)
	switch {
	case s.unknown && sourced && setsVariables(file):
		return stream{} // which aren't known without
	case s.unknown:
		sh.m.opaque(c.by, whyElsewhere)
		return stream{unknown: true}
	case !sourced:
		return sh.runText(s.Text, c.by, posix, words[1:], file)
	case sh.depth >= maxDepth:
		sh.m.shake(c.by, "scripts call each other too deep")
		return stream{unknown: true}
	}
	inner := *sh
	inner.depth++
	inner.stopped, inner.file = false, ""
	out, problem := inner.parse(s.Text)
	if problem != "" {
		sh.m.opaque(c.by, problem)
	}
	sh.dir = inner.dir
	return out
}

// setsVariables recognises files of a distribution that scripts source for their variables.
func setsVariables(file string) bool {
	switch file {
	case "/etc/os-release", "/usr/lib/os-release", "/etc/lsb-release", "/etc/profile", "/etc/environment", "/etc/bashrc", "/etc/bash.bashrc":
		return true
	}
	for _, dir := range []string{"/etc/profile.d/", "/etc/default/", "/etc/sysconfig/", home + "/.", "/root/."} {
		if strings.HasPrefix(file, dir) {
			return true
		}
	}
	return strings.HasPrefix(file, "/home/") && strings.Contains(file, "/.") || strings.HasSuffix(file, "/bin/activate")
}

// isCommandOption recognises -c, which may be combined with other letters: sh -ec.
func isCommandOption(s string) bool {
	return strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "--") && strings.HasSuffix(s, "c")
}

// eval carries out its arguments as a script.
func (sh *shell) eval(c call) stream {
	words := make([]string, len(c.args))
	for i, a := range c.args {
		words[i] = a.S
	}
	whole := strings.Join(words, " ")
	switch {
	case strings.TrimSpace(whole) == "":
		return stream{}
	case strings.Trim(whole, Hole+" \n") == "" || sh.depth >= maxDepth:
		sh.m.opaque(c.by, whyOpaque)
		return stream{unknown: true}
	}
	sh.depth++
	outside := sh.t
	out, problem := sh.parse(c.by.Decode(whole))
	sh.t = outside
	sh.depth--
	if problem != "" {
		sh.m.opaque(c.by, problem)
	}
	return out
}

// otherUser carries out the command that su or runuser gets as an argument or reads.
func (sh *shell) otherUser(c call) stream {
	if script, ok := c.value("-c", "--command"); ok {
		if strings.Trim(script.S, Hole+" \n") == "" {
			sh.m.opaque(c.by, whyOpaque)
			return stream{unknown: true}
		}
		return sh.runText(script, c.by, false, nil, "")
	}
	if i := slices.IndexFunc(c.args, func(a Text) bool { return a.S == "--" }); i >= 0 && i+1 < len(c.args) && c.name == "runuser" {
		return sh.execute(c.args[i+1:], c.by, c.in)
	}
	return sh.runStream(c.in, c.by, false)
}

// xargs carries out a command whose last arguments aren't known.
func (sh *shell) xargs(c call) stream {
	args := c.args
	for len(args) > 0 && strings.HasPrefix(args[0].S, "-") {
		if name, ok := strings.CutPrefix(args[0].S, "--arg-file="); ok {
			c.in = sh.contents(args[0].Sub(len(args[0].S)-len(name), len(args[0].S)))
		} else if args[0].S == "-a" && len(args) > 1 {
			c.in = sh.contents(args[1])
		}
		takes := slices.Contains([]string{"-n", "-P", "-I", "-L", "-d", "-a", "-s", "-j"}, args[0].S) && len(args) > 1
		args = args[1:]
		if takes {
			args = args[1:]
		}
	}
	words := slices.Clone(unwrapped(args, func(t Text) string { return t.S }))
	if len(words) == 0 {
		return stream{unknown: true}
	}
	replaced := false
	for i, w := range words {
		if strings.Contains(w.S, "{}") {
			words[i], replaced = w.Decode(strings.ReplaceAll(w.S, "{}", Hole)), true
		}
	}
	if !replaced {
		if fields := strings.Fields(c.in.S); !c.in.unknown && len(fields) > 0 {
			words = append(words, spread(c.in.Text, fields)...)
			return sh.execute(words, c.by, stream{unknown: true})
		}
		words = append(words, Text{S: Hole})
	}
	return sh.execute(words, c.by, stream{unknown: true})
}

// contents returns what is in a file that a word names.
func (sh *shell) contents(word Text) stream {
	if file, ok := sh.path(word); ok {
		return sh.cat(file)
	}
	return stream{unknown: true}
}

// spread returns the words of a text as texts.
func spread(t Text, fields []string) []Text {
	out := make([]Text, len(fields))
	at := 0
	for i, f := range fields {
		start := at + strings.Index(t.S[at:], f)
		at = start + len(f)
		out[i] = t.Sub(start, at)
	}
	return out
}

// runParts carries out the scripts in a directory.
func (sh *shell) runParts(c call) stream {
	words := operands(c.args, "--arg -a --umask -u --regex")
	if len(words) == 0 {
		return stream{}
	}
	dir, ok := sh.path(words[0])
	if !ok {
		sh.m.opaque(c.by, whyElsewhere)
		return stream{unknown: true}
	}
	for _, file := range sh.m.Under(dir) {
		sh.runFile(file, call{name: path.Base(file), by: c.by})
	}
	return stream{unknown: true}
}

// interpreter carries out a program of another language, if it is known to change nothing; otherwise it is opaque.
func (sh *shell) interpreter(c call) stream {
	for i, a := range c.args {
		rest := c.args[i+1:]
		switch {
		case asksVersion(c.args):
			return stream{unknown: true}
		case a.S == "-m" && len(rest) > 0 && strings.HasPrefix(c.name, "python"):
			return sh.module(call{name: rest[0].S, args: rest[1:], by: c.by, in: c.in})
		case (a.S == "-c" || a.S == "-e" || a.S == "-ne" || a.S == "-pe" || strings.HasPrefix(a.S, "-pi") || a.S == "-i") && len(rest) > 0:
			code := rest[0]
			for _, file := range rest[1:] {
				if strings.Contains(file.S, "/") || path.Ext(file.S) == ".conf" {
					sh.doubtNamed(file, c.by)
				}
			}
			return sh.code(code, c)
		case a.S == "-":
			return sh.inputCode(c)
		case strings.HasPrefix(a.S, "-"):
		default:
			file, ok := sh.path(a)
			if ok {
				if s := sh.cat(file); !s.unknown {
					return sh.code(s.Text, call{name: c.name, args: rest, by: c.by})
				}
			}
			sh.m.opaque(c.by, whyElsewhere)
			return stream{unknown: true}
		}
	}
	return sh.inputCode(c)
}

func (sh *shell) inputCode(c call) stream {
	if c.in.unknown {
		sh.m.opaque(c.by, whyElsewhere)
		return stream{unknown: true}
	}
	return sh.code(c.in.Text, c)
}

// module carries out a module of Python that is run by its name.
func (sh *shell) module(c call) stream {
	switch c.name {
	case "pip", "pipx", "ensurepip":
		return sh.languagePackages(c)
	case "venv", "virtualenv", "http.server", "json.tool", "compileall", "site", "timeit":
		return stream{unknown: true}
	}
	return sh.unlisted(c)
}

// code records what a program in another language may do whose text is known: it may change the files that it names.
func (sh *shell) code(t Text, c call) stream {
	text := t.S
	sh.m.hashed(t)
	sh.m.Opaque = append(sh.m.Opaque, Problem{At: c.by.Span(), What: whyOpaque})
	sh.m.disturb(c.by, whyOpaque, func(file string) bool { return strings.Contains(text, path.Base(file)) })
	return stream{unknown: true}
}

// operands returns the arguments that aren't options. It also skips the values of the given options.
func operands(args []Text, takesValue string) []Text {
	var out []Text
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a.S == "--":
			return append(out, args[i+1:]...)
		case len(a.S) > 1 && a.S[0] == '-':
			if slices.Contains(strings.Fields(takesValue), a.S) {
				i++
			}
		default:
			out = append(out, a)
		}
	}
	return out
}
