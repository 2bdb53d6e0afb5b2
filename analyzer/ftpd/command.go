package ftpd

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// call carries out a simple command and returns what it writes.
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
	if words[0].s == "echo" && slices.ContainsFunc(c.Args, globs) {
		out.unknown = true
	}
	return out
}

// execute carries out a command that has been expanded.
func (sh *shell) execute(words []text, by text, in stream) stream {
	name := path.Base(words[0].s)
	args := words[1:]
	if words[0].s == "" {
		return stream{unknown: true}
	}
	if strings.Contains(words[0].s, Hole) {
		sh.m.shake(by, "which command runs isn't known")
		return stream{unknown: true}
	}
	if f, ok := sh.funcs[name]; ok {
		return sh.function(f, by, in)
	}
	if out, ok := sh.filter(name, args, by, in); ok {
		return out
	}
	switch name {
	case "apt-get", "apt", "aptitude", "yum", "dnf", "microdnf", "apk", "zypper", "pacman":
		sh.manage(name, args)
	case "systemctl", "service", "rc-service", "rc-update", "chkconfig", "update-rc.d":
		sh.service(name, args, by)
	case "vsftpd", "proftpd", "pure-ftpd":
		software, _ := serviceSoftware(name)
		if !sh.m.spend(serverSteps) {
			return stream{unknown: true}
		}
		sh.m.daemons = append(sh.m.daemons, daemon{software: software, by: by, args: args, maybe: sh.maybe})
	case "docker", "podman", "nerdctl":
		sh.container(args, by)
	case "sed":
		sh.sed(args, by)
	case "cp", "mv", "install":
		sh.copy(name, args, by)
	case "rm":
		for _, a := range operands(args, "") {
			sh.replace(a, nil, by)
		}
	case "chpasswd", "passwd", "usermod", "useradd", "adduser", "pure-pw":
		sh.account(name, args, in)
	case "cd", "pushd", "popd":
		sh.dir = ""
		if dir, ok := sh.path(append(operands(args, ""), text{})[0]); ok && sh.maybe == "" && name != "popd" {
			sh.dir = dir
		}
		return stream{}
	case "exit", "return":
		if sh.maybe == "" {
			sh.stopped = true
		}
		return stream{}
	case "read", "unset", "mapfile", "readarray", "getopts":
		for _, a := range args {
			delete(sh.vars, a.s)
		}
		return stream{}
	case "bash", "sh", "dash", "ash", "zsh", "ksh", "source", ".":
		sh.script(name, args, by, in)
	case "eval", "ansible-playbook", "ansible", "ansible-pull", "puppet", "chef-client", "chef-solo", "cinc-client",
		"salt-call", "python", "python3", "ruby", "node", "make", "xargs", "parallel", "ssh", "chroot", "nsenter", "su",
		"runuser", "at", "pwsh":
		sh.m.shake(by, "the command runs something that isn't read")
	case "mkdir", "chmod", "chown", "chgrp", "chattr", "chcon", "restorecon", "semanage", "setsebool", "setfacl", "touch",
		"sleep", "wait", "true", ":", "set", "shopt", "trap", "umask", "ulimit", "sync", "groupadd", "addgroup",
		"update-ca-certificates", "ufw", "firewall-cmd", "iptables", "ip6tables", "nft", "hostnamectl", "timedatectl",
		"ldconfig", "modprobe", "logger", "mount":
		return stream{}
	case "ls", "grep", "egrep", "fgrep", "diff", "cmp", "head", "tail", "wc", "stat", "test", "[", "md5sum", "sha256sum",
		"id", "getent", "which", "type", "hash", "hostname", "date", "uname", "whoami", "df", "free", "ps", "ss", "netstat",
		"sort", "uniq", "cut", "tr":
		// They write nothing but their output.
	default:
		// A command that isn't known may change the files that it names.
		for _, a := range args {
			if strings.Contains(a.s, "/") || path.Ext(a.s) == ".conf" {
				sh.m.doubtNamed(a, by, "what the command does to the file isn't known", sh)
			}
		}
	}
	return stream{unknown: true}
}

// doubtNamed notes that a command may change a file that is one of its arguments, or a part of one, as in if=/etc/file.
func (m *machine) doubtNamed(arg, by text, why string, sh *shell) {
	word := arg
	if i := strings.LastIndexByte(arg.s, '='); i >= 0 {
		word = arg.sub(i+1, len(arg.s))
	}
	if file, ok := sh.path(word); ok {
		if isConfig(file) || m.files[file] != nil {
			m.doubt(file, by, why)
		}
		return
	}
	if strings.Trim(word.s, Hole) != "" {
		m.doubtMatching(word.s, by, why)
	}
}

// isConfig tells the files that configure the servers that are read.
func isConfig(file string) bool {
	return isVsftpdConf(file) || strings.HasPrefix(file, "/etc/proftpd") || strings.HasPrefix(file, "/etc/pure-ftpd") ||
		path.Base(file) == "pure-ftpd.conf" || isFileZilla(file)
}

func (sh *shell) function(f function, by text, in stream) stream {
	if sh.depth >= maxDepth {
		sh.m.shake(by, "functions call each other too deep")
		return stream{unknown: true}
	}
	outside := sh.t
	sh.t = f.t
	sh.depth++
	out := sh.stmt(f.body, in)
	sh.depth--
	sh.t = outside
	sh.stopped = false // a return; an exit is taken for one, so that nothing is missed
	return out
}

// filter carries out the commands whose output is certain.
func (sh *shell) filter(name string, args []text, by text, in stream) (stream, bool) {
	switch name {
	case "echo":
		return sh.echo(args, by), true
	case "printf":
		return sh.printf(args, by), true
	case "cat":
		files := operands(args, "")
		if len(files) == 0 {
			return in, true
		}
		var parts []text
		for _, f := range files {
			s := in
			if f.s != "-" {
				file, ok := sh.path(f)
				if !ok {
					return stream{unknown: true}, true
				}
				s = sh.cat(file)
			}
			if s.unknown {
				return s, true
			}
			parts = append(parts, s.text)
		}
		return stream{text: join(parts, "")}, true
	case "tee":
		appending := slices.ContainsFunc(args, func(a text) bool { return a.s == "-a" || a.s == "--append" })
		for _, f := range operands(args, "") {
			sh.save(f, in, appending)
		}
		return in, true
	case "base64", "gunzip", "zcat", "gzip":
		decodes := slices.ContainsFunc(args, func(a text) bool {
			return slices.Contains([]string{"-d", "-D", "--decode", "--decompress", "-dc", "-cd"}, a.s)
		})
		if in.unknown || len(operands(args, "")) > 0 || !decodes && (name == "base64" || name == "gzip") {
			return stream{}, false
		}
		decode := gunzip
		if name == "base64" {
			decode = decodeBase64
		}
		out, ok := decode(in.text, sh.m.budget)
		return stream{text: out, unknown: !ok}, true
	}
	return stream{}, false
}

// echo joins its arguments. Whether it takes backslashes for escapes depends on the shell.
func (sh *shell) echo(args []text, by text) stream {
	escape, newline := false, "\n"
	for len(args) > 0 && len(args[0].s) > 1 && strings.Trim(args[0].s[1:], "neE") == "" && args[0].s[0] == '-' {
		escape = escape || strings.Contains(args[0].s, "e")
		if strings.Contains(args[0].s, "n") {
			newline = ""
		}
		args = args[1:]
	}
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a.s
	}
	s := strings.Join(words, " ")
	if strings.Contains(s, `\`) && (escape || sh.posix) {
		unescaped, ok := escapes(s)
		if !ok {
			return stream{unknown: true}
		}
		s = unescaped
	}
	return stream{text: by.decode(s + newline)}
}

// printf knows %s and %%, and the format's escapes.
func (sh *shell) printf(args []text, by text) stream {
	args = operands(args, "")
	if len(args) == 0 {
		return stream{}
	}
	format, ok := escapes(strings.ReplaceAll(args[0].s, "%%", "\x00"))
	args = args[1:]
	var b strings.Builder
	for {
		rest := format
		used := false
		for {
			before, after, found := strings.Cut(rest, "%")
			b.WriteString(before)
			if !found {
				break
			}
			if !strings.HasPrefix(after, "s") || !sh.m.spend(1) {
				return stream{unknown: true}
			}
			if len(args) > 0 {
				b.WriteString(args[0].s)
				args, used = args[1:], true
			}
			rest = after[1:]
		}
		// The format is used again for the arguments that are left.
		if len(args) == 0 || !used {
			break
		}
	}
	return stream{text: by.decode(strings.ReplaceAll(b.String(), "\x00", "%")), unknown: !ok}
}

// escapes replaces backslash escapes; false if there is one that it doesn't know.
func escapes(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '\\', '"', '\'':
			b.WriteByte(s[i])
		default:
			return "", false
		}
	}
	return b.String(), true
}

// operands returns the arguments that aren't options; those of the given options are skipped with them.
func operands(args []text, takesValue string) []text {
	var out []text
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a.s == "--":
			return append(out, args[i+1:]...)
		case len(a.s) > 1 && a.s[0] == '-':
			if slices.Contains(strings.Fields(takesValue), a.s) {
				i++
			}
		default:
			out = append(out, a)
		}
	}
	return out
}

// manage carries out a package manager's command.
func (sh *shell) manage(name string, args []text) {
	if sh.maybe == "" {
		sh.m.managers[name] = true
	}
	words := operands(args, "-o -t -c --option --repo --repository -X --target-release")
	verb := ""
	switch {
	case name == "pacman" && len(args) > 0:
		verb = args[0].s
	case len(words) > 0:
		verb, words = words[0].s, words[1:]
	}
	switch {
	case slices.Contains([]string{"install", "add", "in", "localinstall", "reinstall"}, verb), strings.HasPrefix(verb, "-S"):
		for _, w := range words {
			if strings.HasSuffix(w.s, "-") && name != "apk" { // apt: remove it
				sh.m.remove(w.sub(0, len(w.s)-1), sh.maybe)
				continue
			}
			sh.m.install(w, sh.maybe)
		}
	case slices.Contains([]string{"remove", "purge", "erase", "del", "rm", "autoremove"}, verb), strings.HasPrefix(verb, "-R"):
		for _, w := range words {
			sh.m.remove(w, sh.maybe)
		}
	}
}

// service notes which servers are started and stopped.
func (sh *shell) service(name string, args []text, by text) {
	words := operands(args, "")
	if len(words) < 2 {
		return
	}
	verbs := []string{words[0].s}
	units := words[1:]
	if name != "systemctl" && name != "rc-update" {
		verbs, units = []string{words[1].s}, words[:1]
	}
	now := slices.ContainsFunc(args, func(a text) bool { return a.s == "--now" })
	for _, u := range units {
		software, ok := serviceSoftware(u.s)
		if !ok {
			continue
		}
		for _, verb := range verbs {
			s := service{by: by, maybe: sh.maybe}
			switch verb {
			case "start", "restart", "enable", "reload", "add", "on", "defaults", "try-restart", "reload-or-restart",
				"force-reload", "reenable":
			case "disable", "mask", "off", "del", "delete", "remove", "stop":
				s.off = true
			default:
				continue
			}
			if old, again := sh.m.services[software]; again && s.maybe != "" && old.maybe == "" && !s.off {
				continue
			}
			if verb == "stop" && !now {
				// It starts again with the machine.
				continue
			}
			sh.m.services[software] = s
		}
	}
}

// sed carries out sed -i.
func (sh *shell) sed(args []text, by text) {
	inPlace, extended, understood := false, false, true
	var scripts []string
	var files []text
	for i := 0; i < len(args); i++ {
		a := args[i].s
		switch {
		case a == "-e" || a == "--expression":
			if i+1 < len(args) {
				i++
				scripts = append(scripts, args[i].s)
			}
		case strings.HasPrefix(a, "--expression="):
			scripts = append(scripts, a[len("--expression="):])
		case strings.HasPrefix(a, "-i"), a == "--in-place", strings.HasPrefix(a, "--in-place="):
			inPlace = true
		case a == "-E", a == "-r", a == "--regexp-extended":
			extended = true
		case strings.HasPrefix(a, "-") && strings.Trim(a[1:], "Er") == "i", a == "-ri", a == "-Ei":
			inPlace, extended = true, true
		case strings.HasPrefix(a, "-"):
			understood = false
			inPlace = inPlace || strings.Contains(a, "i")
		default:
			files = append(files, args[i])
		}
	}
	if len(scripts) == 0 && len(files) > 0 {
		scripts, files = []string{files[0].s}, files[1:]
	}
	if !inPlace {
		return
	}
	script := strings.Join(scripts, "\n")
	edits, ok := parseSed(script, extended)
	if !ok || strings.Contains(script, Hole) && !heldInReplacement(edits) {
		understood = false
	}
	for _, f := range files {
		file, ok := sh.path(f)
		switch {
		case !ok:
			sh.m.doubtMatching(f.s, by, "the path of the file that is edited isn't known")
		case strings.ContainsAny(file, "*?["):
			sh.m.doubtGlob(file, by)
		case sh.maybe != "":
			sh.m.doubt(file, by, sh.maybe)
		case !understood:
			sh.m.doubt(file, by, "the edit is not understood")
		default:
			if lines := sh.m.content(file); sh.m.spend(len(lines)*len(edits)) && sh.m.spendLines(lines) {
				sh.m.write(file, editLines(lines, edits, by))
			}
		}
	}
}

// heldInReplacement reports whether holes are only in what edits put in, not in what they look for.
func heldInReplacement(edits []sedEdit) bool {
	for _, e := range edits {
		if e.address != nil && strings.Contains(e.address.String(), Hole) || e.pattern != nil && strings.Contains(e.pattern.String(), Hole) {
			return false
		}
	}
	return true
}

func (m *machine) doubtGlob(pattern string, by text) {
	for _, file := range m.known() {
		if ok, err := path.Match(pattern, file); ok || err != nil {
			m.doubt(file, by, "which files are edited isn't known")
		}
	}
}

// copy carries out cp, mv and install.
func (sh *shell) copy(name string, args []text, by text) {
	if slices.ContainsFunc(args, func(a text) bool { return a.s == "-t" || strings.HasPrefix(a.s, "--target") }) {
		sh.m.shake(by, "where the command copies to is not read")
		return
	}
	words := operands(args, "-m -o -g -S --mode --owner --group")
	if len(words) < 2 {
		return
	}
	sources, target := words[:len(words)-1], words[len(words)-1]
	for _, source := range sources {
		to := target
		base := path.Base(source.s)
		switch toPath, ok := sh.path(target); {
		case ok && (strings.HasSuffix(target.s, "/") || len(sources) > 1 || isDirectory(toPath)):
			to = target.decode(path.Join(toPath, base))
		case !ok:
			sh.m.doubtMatching(target.s, by, "where the command copies to isn't known")
			continue
		}
		from, ok := sh.path(source)
		content := []line{{text: by, doubt: "what is copied to the file isn't in the text"}}
		if ok {
			if lines := sh.m.content(from); len(lines) != 1 || lines[0].doubt == "" || sh.m.files[from] != nil {
				content = lines
			}
		}
		sh.replace(to, content, by)
		if name == "mv" && ok {
			sh.replace(source, nil, by)
		}
	}
}

// isDirectory tells the directories of the servers' configuration.
func isDirectory(file string) bool {
	switch file {
	case "/etc", "/etc/vsftpd", "/etc/proftpd", "/etc/proftpd/conf.d", "/etc/pure-ftpd", "/etc/pure-ftpd/conf":
		return true
	}
	return false
}

// replace gives a file other lines.
func (sh *shell) replace(word text, lines []line, by text) {
	file, ok := sh.path(word)
	switch {
	case !ok:
		sh.m.doubtMatching(word.s, by, "the path of the file isn't known")
	case sh.maybe != "":
		if isConfig(file) || sh.m.files[file] != nil {
			sh.m.doubt(file, by, sh.maybe)
		}
	case strings.ContainsAny(file, "*?["):
		sh.m.doubtGlob(file, by)
	case len(lines) == 0:
		if isConfig(file) || sh.m.files[file] != nil {
			sh.m.files[file] = []line{}
			sh.m.untouch(file)
		}
	default:
		sh.m.write(file, lines)
	}
}

// account notes passwords that are given to accounts.
func (sh *shell) account(name string, args []text, in stream) {
	note := func(user string, password text, hashed bool) {
		if password.s == "" || strings.Contains(password.s, Hole) || strings.Trim(password.s, "!*x") == "" {
			return
		}
		kind := PlainPassword
		if hashed || strings.HasPrefix(password.s, "$") {
			kind = HashedPassword
		}
		c := Credential{Kind: kind, User: strings.ReplaceAll(user, Hole, ""), At: password.span()}
		sh.m.accounts = append(sh.m.accounts, c)
	}
	const takesValue = "-p --password -d -g -G -s -u -c -k -e -f --gecos --home --shell --ingroup --uid --gid -t -T -n -N -q -Q -y"
	words := operands(args, takesValue)
	switch name {
	case "chpasswd":
		if in.unknown {
			return
		}
		hashed := slices.ContainsFunc(args, func(a text) bool { return a.s == "-e" || a.s == "--encrypted" })
		for _, l := range in.lines() {
			if user, _, ok := strings.Cut(l.s, ":"); ok && sh.m.spend(1) {
				note(user, l.sub(len(user)+1, len(l.s)).trim(), hashed)
			}
		}
	case "passwd", "adduser", "pure-pw":
		if in.unknown || len(words) == 0 || name == "pure-pw" && words[0].s != "useradd" && words[0].s != "passwd" {
			return
		}
		if lines := in.lines(); len(lines) > 0 {
			note(words[len(words)-1].s, lines[0].trim(), false)
		}
	default:
		for i, a := range args {
			if (a.s == "-p" || a.s == "--password") && i+1 < len(args) {
				user := ""
				if len(words) > 0 {
					user = words[len(words)-1].s
				}
				note(user, args[i+1], true)
			}
		}
	}
}

// script runs another script, if the text has it.
func (sh *shell) script(name string, args []text, by text, in stream) {
	if sh.depth >= maxDepth {
		sh.m.shake(by, "scripts call each other too deep")
		return
	}
	var t text
	known := false
	sourced := name == "source" || name == "."
	switch words := operands(args, "-o"); {
	case !sourced && len(args) > 1 && isCommandOption(args[0].s):
		t, known = args[1], !strings.Contains(args[1].s, Hole)
	case len(words) == 0:
		t, known = in.text, !in.unknown
	default:
		if file, ok := sh.path(words[0]); ok {
			s := sh.cat(file)
			t, known = s.text, !s.unknown
			if sourced && !known && (file == "/etc/os-release" || file == "/etc/lsb-release") {
				return // they set variables, which are not known without
			}
		}
	}
	if !known {
		sh.m.shake(by, "the command runs a script that isn't in the text")
		return
	}
	inner := *sh
	inner.depth++
	inner.posix = name == "sh" || name == "dash" || name == "ash"
	inner.stopped = false
	if !sourced { // a shell of its own: which variables are exported is not followed
		inner.vars, inner.funcs = map[string]text{}, map[string]function{}
	}
	if problem := inner.run(t); problem != "" {
		sh.m.shake(by, problem)
	}
	if sourced {
		sh.dir = inner.dir
	}
}

// isCommandOption tells -c, which may come with others: sh -ec.
func isCommandOption(s string) bool {
	return strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "--") && strings.HasSuffix(s, "c")
}

// container reads docker run.
func (sh *shell) container(args []text, by text) {
	if len(args) == 0 || args[0].s != "run" && args[0].s != "create" {
		return
	}
	args = args[1:]
	env := map[string]string{}
	for i := 0; i < len(args); i++ {
		a := args[i].s
		option, value, inline := strings.Cut(a, "=")
		switch {
		case !strings.HasPrefix(a, "-"):
			var rest []string
			for _, r := range args[i+1:] {
				rest = append(rest, r.s)
			}
			if s, ok := Image(a, env, rest); ok && sh.m.spend(serverSteps) {
				s.Present = decided(true, by)
				if sh.maybe != "" {
					s.Present = undecided[bool](by, sh.maybe)
				}
				s = placed(s, by)
				s.Config, s.Image = containerConfig, a
				sh.m.servers = append(sh.m.servers, s)
			}
			return
		case option == "-e" || option == "--env":
			if !inline || option == "-e" {
				i++
				if i == len(args) {
					return
				}
				value = args[i].s
			}
			name, v, ok := strings.Cut(value, "=")
			if !ok {
				v = Hole
			}
			env[name] = v
		case inline || containerSwitch(a):
		default:
			i++
		}
	}
}

// containerSwitch tells the options of docker run that take no value.
func containerSwitch(option string) bool {
	if strings.HasPrefix(option, "--") {
		switch option {
		case "--detach", "--interactive", "--tty", "--rm", "--privileged", "--init", "--publish-all", "--read-only",
			"--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--quiet":
			return true
		}
		return false
	}
	return strings.Trim(option[1:], "ditPq") == "" || len(option) > 2 // -p21:21
}

// placed gives the settings of an image that its environment and arguments decide the place of the command.
func placed(s Server, by text) Server {
	at := by.span()
	place(&s.Anonymous, at)
	place(&s.AnonymousUpload, at)
	place(&s.LocalLogin, at)
	place(&s.ObsoleteTLS, at)
	place(&s.TLS, at)
	place(&s.ListenPorts, at)
	place(&s.PassivePorts, at)
	for i := range s.Credentials {
		if s.Credentials[i].Kind != DefaultPassword {
			s.Credentials[i].At = at
		}
	}
	return s
}

func place[T any](s *Setting[T], at Span) {
	if s.State == Known {
		s.At = at
	}
}

// decodeBase64 decodes standard base64, with or without line breaks and padding.
func decodeBase64(t text, b *budget) (text, bool) {
	clean := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, t.s)
	clean = strings.TrimRight(clean, "=")
	b.decoded -= len(clean)
	if b.decoded < 0 {
		return text{}, false
	}
	decoded, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return text{}, false
	}
	return t.blur(string(decoded)), true
}
