package ftpd

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// ProFTPD is the ProFTPD Project's server.
const ProFTPD Software = "ProFTPD"

func proFTPD() product {
	const core = "the file of Debian's package proftpd-core"
	return product{
		software: ProFTPD,
		host: host.Package{
			Names: []string{"proftpd", "proftpd-core", "proftpd-basic"},
			Own:   map[string]host.Family{"proftpd-basic": host.Debian, "proftpd-core": host.Debian, "proftpd-mod-crypto": host.Debian},
			Units: []string{"proftpd"}, Programs: []string{"proftpd", "in.proftpd"},
			Passwords: []host.PasswordProgram{{Name: "ftpasswd", User: "--name"}},
			Files: []host.ShippedFile{
				// Package proftpd-core 1.3.8, /usr/share/proftpd/templates, which its installation copies. Older releases load
				// mod_tls, if their package proftpd-basic is installed, so whether it is stays open.
				shipped(host.Debian, proFTPDConf, core, strings.Join([]string{
					"Include /etc/proftpd/modules.conf", "# DefaultRoot ~", "Port 21", "# PassivePorts 49152 65534",
					"#Include /etc/proftpd/tls.conf", "#Include /etc/proftpd/sftp.conf", "#Include /etc/proftpd/virtuals.conf",
					"# <Anonymous ~ftp>", "#   User ftp", "# </Anonymous>", "Include /etc/proftpd/conf.d/",
				}, "\n")),
				shipped(host.Debian, "/etc/proftpd/modules.conf", core, strings.Join([]string{
					"LoadModule mod_ctrls_admin.c", "#LoadModule mod_tls.c", "LoadModule mod_radius.c", "LoadModule mod_quotatab.c",
					"LoadModule mod_quotatab_file.c", "LoadModule mod_rewrite.c", "LoadModule mod_load.c", "LoadModule mod_ban.c",
					"LoadModule mod_wrap2.c", "LoadModule mod_wrap2_file.c", "LoadModule mod_dynmasq.c", "LoadModule mod_exec.c",
					"LoadModule mod_shaper.c", "LoadModule mod_ratio.c", "LoadModule mod_site_misc.c", "LoadModule mod_facl.c",
					"LoadModule mod_unique_id.c", "LoadModule mod_copy.c", "LoadModule mod_deflate.c", "LoadModule mod_ifversion.c",
					"LoadModule mod_ifsession.c",
				}, "\n")),
				shipped(host.Debian, "/etc/proftpd/tls.conf", core, strings.Join([]string{
					"<IfModule mod_tls.c>", "#TLSEngine                               on", "#TLSProtocol                             SSLv23",
					"#TLSRequired                             on", "</IfModule>",
				}, "\n")),
				shipped(host.Debian, proDefaults, core, "CONFIG_FILE=/etc/proftpd/proftpd.conf\nOPTIONS=\"\""),
				unseen(host.RedHat7, "/etc/proftpd.conf"), unseen(host.RedHat, "/etc/proftpd.conf"), unseen(host.Arch, "/etc/proftpd.conf"),
				unseen(host.Alpine, proFTPDConf), unseen(host.SUSE, proFTPDConf),
			},
		},
		imageWords: []string{"proftpd"},
		read:       proFTPDOn,
		accounts:   true,
		fixes: Fixes{
			Anonymous:   "Remove the <Anonymous> section.",
			TLS:         "Set TLSEngine on and TLSRequired on.",
			ObsoleteTLS: "Set TLSProtocol to TLSv1.2 TLSv1.3.",
			Passive:     "Set PassivePorts to a small range.",
		},
		release: Release{ProFTPD, "1.3.9", "2026-11-24", "https://pkgs.alpinelinux.org/package/v3.23/community/x86_64/proftpd"},
	}
}

const proFTPDConf = "/etc/proftpd/proftpd.conf"

// proFTPDOn returns the servers of a machine: the main one and the virtual hosts of one configuration.
func proFTPDOn(m *host.Machine, on presence) []Server {
	config := proFTPDConf
	if m.Family == host.RedHat || m.Family == host.RedHat7 || m.Family == host.Arch {
		config = "/etc/proftpd.conf"
	}
	touched := false
	for _, file := range m.Files() {
		if file == "/etc/proftpd.conf" || file == proFTPDConf {
			config = file
		}
		touched = touched || file == config || strings.HasPrefix(file, "/etc/proftpd/")
	}
	options, doubt := proOptions(m)
	defines := proDefines{names: map[string]bool{}, all: on.installed && on.install.Maybe == ""}
	for _, r := range append(options, on.runs...) {
		for i, a := range r.Args {
			if strings.HasPrefix(a.S, host.Hole) {
				doubt = &host.Line{Text: a, Doubt: "an argument isn't known"}
			}
			if i+1 == len(r.Args) {
				break
			}
			switch a.S {
			case "-c", "--config":
				config = r.Args[i+1].S
			case "-D", "--define":
				defines.names[r.Args[i+1].S] = true
			}
		}
	}
	if !on.there && !touched || !m.Spend(serverSteps) {
		return nil
	}
	if doubt == nil && on.installed {
		doubt = m.Disturbed(proDefaults, on.install)
	}
	if doubt != nil && on.there {
		s := Server{Software: ProFTPD}
		for _, f := range s.fields() {
			f.doubt(doubt.Span(), "the options of the server aren't known")
		}
		s.Present = on.present
		on.set(&s, config)
		return []Server{s}
	}
	servers := readProFTPD(m.Content(config), func(pattern string) ([]host.Line, bool) {
		lines, ok := included(m, on, pattern)
		return lines, ok && m.SpendLines(lines)
	}, func(user string) Setting[bool] { return shellOf(m, on, user) }, defines, on.installed && on.install.Maybe == "" && m.Family == host.Debian)
	for i := range servers {
		on.set(&servers[i], config)
	}
	return servers
}

// proDefaults is the file with the options of Debian's service.
const proDefaults = "/etc/default/proftpd"

// proOptions returns the options that the distributions' services give to the server, as runs of it, from the files that the
// texts write. doubt is a line that may give any; nil without.
// Source: proftpd.service of Debian's proftpd-core, and of Fedora's proftpd.
func proOptions(m *host.Machine) (options []host.Run, doubt *host.Line) {
	for _, file := range []string{proDefaults, "/etc/sysconfig/proftpd", "/etc/conf.d/proftpd"} {
		lines, written := m.Written(file)
		if !written || !m.SpendLines(lines) {
			continue
		}
		for i, l := range lines {
			name, value, _ := strings.Cut(strings.TrimSpace(l.S), "=")
			isFile := name == "CONFIG_FILE"
			if !isFile && !strings.HasSuffix(name, "OPTIONS") && l.Doubt == "" {
				continue
			}
			if l.Doubt != "" || strings.Contains(value, host.Hole) {
				doubt = &lines[i]
				continue
			}
			run := host.Run{Program: "proftpd", By: l.Text}
			if isFile {
				run.Args = append(run.Args, host.Text{S: "-c"})
			}
			for word := range strings.FieldsSeq(strings.Trim(value, `"'`)) {
				run.Args = append(run.Args, l.Decode(word))
			}
			options = append(options, run)
		}
	}
	return options, doubt
}

// shellOf reports whether an account has a shell that is listed in /etc/shells.
func shellOf(m *host.Machine, on presence, user string) Setting[bool] {
	const why = "ProFTPD's RequireValidShell is on by default, and "
	shell := ""
	account, told := m.Accounts[user]
	switch certain := on.installed && on.install.Maybe == "" && m.Family == host.Debian; {
	case told && account.Maybe == "":
		shell = account.Shell
	case told, !certain:
	case slices.Contains([]string{"ftp", "nobody", "proftpd", "www-data"}, user):
		// Package proftpd-core 1.3.8, postinst: adduser --system ftp; adduser(8): a system user's shell is /usr/sbin/nologin.
		shell = "/usr/sbin/nologin"
	}
	if shell == "" {
		return unknown[bool](Span{}, why+"whether the account has a valid shell isn't known")
	}
	if slices.Contains([]string{"sh", "bash", "dash", "rbash"}, path.Base(shell)) {
		return defaultOf(true, why+"the account's shell is valid")
	}
	for _, l := range m.Content("/etc/shells") {
		switch written := slices.Contains(m.Files(), "/etc/shells"); {
		case written && l.Doubt == "" && strings.TrimSpace(l.S) == shell:
			return defaultOf(true, why+"the account's shell is valid")
		case written && l.Doubt != "" && l.S != "":
			return unknown[bool](Span{}, why+"whether the account's shell is valid isn't known")
		}
	}
	if m.Family != host.Debian {
		return unknown[bool](Span{}, why+"whether the account's shell is valid isn't known")
	}
	return defaultOf(false, why+"the account of anonymous users has no valid shell")
}

// included resolves Include. A directory, or a pattern for the files in one, is known if only files of the text are in it, or
// if the package is installed, which makes an empty one.
func included(m *host.Machine, on presence, pattern string) ([]host.Line, bool) {
	certain := on.installed && on.install.Maybe == ""
	isDir := strings.HasSuffix(pattern, "/") || strings.HasSuffix(pattern, "conf.d")
	if !isDir && !strings.ContainsAny(pattern, "*?[") {
		if lines, written := m.Written(pattern); written {
			return lines, true
		}
		if certain && m.Family == host.Debian && strings.HasPrefix(pattern, "/etc/proftpd/") {
			lines := m.Content(pattern)
			return lines, len(lines) != 1 || lines[0].Doubt == ""
		}
		return nil, false
	}
	if isDir {
		pattern = path.Join(pattern, "*")
	}
	if !certain || path.Dir(pattern) != "/etc/proftpd/conf.d" || m.Family != host.Debian {
		return nil, false
	}
	var lines []host.Line
	for _, file := range m.Under(path.Dir(pattern)) {
		if match, err := path.Match(pattern, file); err != nil {
			return nil, false
		} else if match {
			written, _ := m.Written(file)
			lines = append(lines, written...)
		}
	}
	if l := m.Disturbed(path.Dir(pattern)+"/", on.install); l != nil {
		lines = append(lines, *l)
	}
	return lines, true
}

// The defaults are those of http://www.proftpd.org/docs/modules/mod_core.html and
// http://www.proftpd.org/docs/contrib/mod_tls.html.
const proDefault = "ProFTPD's default"

// proNode is a directive, or a section with what is in it.
type proNode struct {
	name string // lower case; of a section with its <
	args []string
	by   host.Text
	in   []proNode
	// doubt, if not empty, says why anything may stand here; the other fields are then empty.
	doubt string
}

// proParser reads ProFTPD configuration.
//
// A directive is a word and its arguments, in any case, with double quotes around those that hold white space. A line
// whose first character is # is a comment, a backslash at its end continues it. Sections nest between <Name arguments>
// and </Name>.
type proParser struct {
	// include returns the lines of a file, or of all files that a pattern or directory names; the second result is false if
	// they aren't known.
	include  func(path string) ([]host.Line, bool)
	depth    int
	problems []Problem
}

func (p *proParser) parse(lines []host.Line) []proNode {
	root := []proNode{{}}
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		parent := &root[len(root)-1].in
		if l.Doubt != "" {
			*parent = append(*parent, proNode{by: l.Text, doubt: l.Doubt})
			continue
		}
		whole := l.Text
		if pieces := continued(lines[i:]); len(pieces) > 1 {
			whole = host.Join(pieces, "")
			i += len(pieces) - 1
		}
		s := strings.TrimSpace(whole.S)
		if s == "" || s[0] == '#' {
			continue
		}
		if name, ok := strings.CutPrefix(s, "</"); ok {
			name, _, _ = strings.Cut(name, ">")
			last := len(root) - 1
			if last == 0 || root[last].name != "<"+strings.ToLower(strings.TrimSpace(name)) {
				p.problems = append(p.problems, Problem{At: whole.Span(), What: "ProFTPD doesn't start: a section ends that isn't open"})
				continue
			}
			section := root[last]
			root = root[:last]
			root[last-1].in = append(root[last-1].in, section)
			continue
		}
		words := proWords(strings.TrimSuffix(s, ">"))
		node := proNode{name: strings.ToLower(words[0]), args: words[1:], by: whole.Trim()}
		switch {
		case strings.Contains(words[0], host.Hole):
			*parent = append(*parent, proNode{by: whole, doubt: "the name of the directive isn't known"})
		case strings.HasPrefix(s, "<") && len(root) > host.MaxNesting:
			*parent = append(*parent, proNode{by: whole, doubt: "sections nest too deep"})
			return closeSections(root)
		case strings.HasPrefix(s, "<"):
			root = append(root, node)
		case node.name == "include":
			*parent = append(*parent, p.included(node)...)
		default:
			node.args = proWords(s)[1:]
			*parent = append(*parent, node)
		}
	}
	if len(root) > 1 {
		p.problems = append(p.problems, Problem{At: root[len(root)-1].by.Span(), What: "ProFTPD doesn't start: the section isn't closed"})
	}
	return closeSections(root)
}

// continued returns the first line together with the lines that continue it, without the backslashes between them.
func continued(lines []host.Line) []host.Text {
	pieces := []host.Text{lines[0].Text}
	for _, next := range lines[1:] {
		last := &pieces[len(pieces)-1]
		if !strings.HasSuffix(last.S, `\`) || next.Doubt != "" {
			break
		}
		*last = last.Sub(0, len(last.S)-1)
		pieces = append(pieces, next.Text)
	}
	return pieces
}

// closeSections puts each open section into the section around it.
func closeSections(open []proNode) []proNode {
	for len(open) > 1 {
		last := len(open) - 1
		open[last-1].in = append(open[last-1].in, open[last])
		open = open[:last]
	}
	return open[0].in
}

// included returns what an Include directive adds. An unknown file may add anything; it is assumed not to contradict what the
// text sets.
func (p *proParser) included(node proNode) []proNode {
	const maxDepth = 8
	if len(node.args) == 1 && p.depth < maxDepth && !strings.Contains(node.args[0], host.Hole) {
		if lines, ok := p.include(node.args[0]); ok {
			p.depth++
			nodes := p.parse(lines)
			p.depth--
			return nodes
		}
	}
	return []proNode{node}
}

// proWords splits a line into its words; there is at least one.
func proWords(s string) []string {
	var words []string
	var word strings.Builder
	quoted, any := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && quoted && i+1 < len(s):
			i++
			word.WriteByte(s[i])
		case c == '"':
			quoted, any = !quoted, true
		case (c == ' ' || c == '\t') && !quoted:
			if any {
				words = append(words, word.String())
				word.Reset()
				any = false
			}
		default:
			word.WriteByte(c)
			any = true
		}
	}
	if any || len(words) == 0 {
		words = append(words, word.String())
	}
	return words
}

// proScope is a server of ProFTPD: the main server, a virtual host, or what <Global> gives to all of them.
type proScope struct {
	name     string
	by       host.Text
	settings map[string]Setting[[]string] // by directive: its arguments
	// anonymous are the <Anonymous> sections.
	anonymous []proAnonymous
	// limits is a section or directive that restricts or replaces the machine's accounts.
	limits *proNode
	// present is known unless the virtual host is in a section that may not apply.
	present Setting[bool]
}

// proAnonymous is an <Anonymous> section: whether it lets anonymous users in and store files, as which account, and
// whether that needs a valid shell; State 0 if the section doesn't say.
type proAnonymous struct {
	login, upload Setting[bool]
	user          string
	shell         Setting[bool]
	by            host.Text
}

func newProScope(name string, by host.Text) *proScope {
	return &proScope{
		name: name, by: by, settings: map[string]Setting[[]string]{},
		present: Setting[bool]{State: Known, Value: true, At: by.Span()},
	}
}

// proReader walks the sections.
type proReader struct {
	main, global *proScope
	virtual      []*proScope
	modules      map[string]bool // loaded by name
	include      *proNode        // one that isn't known
	doubt        *proNode
	// shell reports whether an account has a valid shell.
	shell   func(user string) Setting[bool]
	defines proDefines
	// debian is true if the program is surely that of Debian's package.
	debian bool
}

// proDefines are the names that <IfDefine> asks for: of the option -D and the directive Define. all is true if there are no
// others. Source: http://www.proftpd.org/docs/modules/mod_core.html#IfDefine
type proDefines struct {
	names map[string]bool
	all   bool
}

// applies reports whether an <IfDefine> applies, and whether that is certain.
func (d proDefines) applies(args []string) (applies, certain bool) {
	if len(args) != 1 || strings.Contains(args[0], host.Hole) {
		return false, false
	}
	name, negated := strings.CutPrefix(args[0], "!")
	return d.names[name] != negated, d.names[name] || d.all
}

// readProFTPD reads the lines of a proftpd.conf and returns its servers that speak FTP.
func readProFTPD(content []host.Line, include func(path string) ([]host.Line, bool), shell func(user string) Setting[bool], defines proDefines, debian bool) []Server {
	p := proParser{include: include}
	nodes := p.parse(content)
	r := proReader{main: newProScope("", host.Text{}), global: newProScope("", host.Text{}), modules: map[string]bool{}, shell: shell, defines: defines, debian: debian}
	r.walk(nodes, r.main, nil)

	var servers []Server
	for _, scope := range append([]*proScope{r.main}, r.virtual...) {
		if s, ok := r.server(scope); ok {
			if len(servers) == 0 { // they are the program's, not one server's
				s.Problems = p.problems
			}
			servers = append(servers, s)
		}
	}
	return servers
}

// walk reads the directives and sections of a scope. condition, if not nil, is a section around them that may not apply.
func (r *proReader) walk(nodes []proNode, scope *proScope, condition *proNode) {
	for i := range nodes {
		n := &nodes[i]
		if n.doubt != "" {
			if r.doubt == nil {
				r.doubt = n
			}
			continue
		}
		switch n.name {
		case "include":
			r.include = n
		case "loadmodule":
			if len(n.args) > 0 && condition == nil {
				r.modules[strings.ToLower(n.args[0])] = true
			}
		case "<global":
			r.walk(n.in, r.global, condition)
		case "<virtualhost":
			v := newProScope(strings.Join(n.args, " "), n.by)
			if condition != nil {
				v.present = undecided[bool](condition.by, condition.mayNotApply())
			}
			r.virtual = append(r.virtual, v)
			r.walk(n.in, v, condition)
		case "<ifmodule", "<ifdefine", "<ifversion", "<ifclass", "<ifuser", "<ifgroup", "<ifauthenticated", "<ifsessionopt":
			if inner, counts := r.within(n, condition); counts {
				r.walk(n.in, scope, inner)
			}
		case "define":
			if len(n.args) > 0 && condition == nil {
				r.defines.names[n.args[0]] = true
			} else {
				r.defines.all = false
			}
		case "<anonymous":
			r.addAnonymous(scope, n, condition)
		case "<limit", "authorder", "authuserfile", "sqlauthenticate", "ldapserver":
			if n.name != "<limit" || slices.ContainsFunc(n.args, func(a string) bool { return strings.EqualFold(a, "LOGIN") }) {
				scope.limits = n
			}
		default:
			scope.set(n, condition)
		}
	}
}

// within returns the condition under which the lines in a section with a condition count, and false if they surely don't. outer is
// the one around it.
func (r *proReader) within(n, outer *proNode) (condition *proNode, counts bool) {
	applies, certain := false, false
	switch n.name {
	case "<ifmodule":
		applies, certain = r.loaded(n.args)
	case "<ifdefine":
		applies, certain = r.defines.applies(n.args)
		certain = certain && r.include == nil && r.doubt == nil
	}
	if certain {
		return outer, applies
	}
	return n, true
}

// compiledIn lists the modules that are in every ProFTPD: configure.ac, its core and default modules. onDebian are those that
// Debian's build has besides: debian/rules of its package, and proftpd -l.
func compiledIn() (always, onDebian []string) {
	always = []string{
		"mod_core.c", "mod_xfer.c", "mod_rlimit.c", "mod_auth_unix.c", "mod_auth_file.c", "mod_auth.c", "mod_ls.c", "mod_log.c",
		"mod_site.c", "mod_delay.c", "mod_facts.c",
	}
	onDebian = []string{"mod_dso.c", "mod_auth_pam.c", "mod_cap.c", "mod_ctrls.c", "mod_lang.c"}
	return always, onDebian
}

// loaded reports whether an <IfModule> applies, and whether that is certain: where the module is compiled in, or was loaded
// above. Whether another one is there depends on the build and on files that aren't in the text, so that stays open.
func (r *proReader) loaded(args []string) (applies, certain bool) {
	if len(args) == 0 {
		return false, false
	}
	name, negated := strings.CutPrefix(strings.ToLower(args[0]), "!")
	always, onDebian := compiledIn()
	return !negated, slices.Contains(always, name) || r.debian && slices.Contains(onDebian, name) || r.modules[name]
}

// mayNotApply says of a section that it isn't known whether what is in it counts, and what decides that, if it is a plain word.
// It is empty without a section.
func (n *proNode) mayNotApply() string {
	if n == nil {
		return ""
	}
	name := ""
	if len(n.args) == 1 {
		name = strings.TrimPrefix(n.args[0], "!")
	}
	plain := name != "" && len(name) < 64 && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_.") == ""
	switch {
	case plain && n.name == "<ifmodule":
		return "whether the module " + name + " is loaded isn't known"
	case plain && n.name == "<ifdefine":
		return "whether " + name + " is defined isn't known"
	}
	return "the section around it may not apply"
}

// set records a directive. The last line of Port holds. For other directives that contradict each other, the module decides, so
// they are unknown.
func (s *proScope) set(n *proNode, condition *proNode) {
	value := decided(n.args, n.by)
	for _, a := range n.args {
		if strings.Contains(a, host.Hole) || strings.Contains(a, "%{") {
			value = undecided[[]string](n.by, "the value isn't known")
		}
	}
	old, again := s.settings[n.name]
	switch {
	case condition != nil:
		value = undecided[[]string](n.by, condition.mayNotApply())
	case n.name != "port" && again && old.known() && value.known() && !slices.EqualFunc(old.Value, value.Value, strings.EqualFold):
		value = undecided[[]string](n.by, "the directive is given twice, with different values")
	}
	s.settings[n.name] = value
}

// addAnonymous records an <Anonymous> section: http://www.proftpd.org/docs/howto/Anonymous.html. With AnonRequirePassword it
// asks for the password of the account that it names.
func (r *proReader) addAnonymous(s *proScope, n *proNode, condition *proNode) {
	anonymous, upload := decided(true, n.by), defaultOf(true, proDefault+": no <Limit> forbids it")
	section := proAnonymous{by: n.by}
	var walk func(nodes []proNode, condition *proNode)
	walk = func(nodes []proNode, condition *proNode) {
		for i := range nodes {
			d := &nodes[i]
			switch {
			case d.doubt != "" || d.name == "include":
				anonymous = undecided[bool](d.by, "a part of the section isn't known")
				upload = anonymous
			case d.name == "anonrequirepassword" && len(d.args) > 0:
				if on, ok := proSwitch(d.args[0]); !ok || condition != nil {
					anonymous = undecided[bool](d.by, cmp.Or(condition.mayNotApply(), "the value isn't known"))
				} else if on {
					anonymous = decided(false, d.by)
				}
			case d.name == "user" && len(d.args) > 0:
				section.user = d.args[0]
			case d.name == "requirevalidshell" && len(d.args) > 0:
				section.shell = undecided[bool](d.by, cmp.Or(condition.mayNotApply(), "the value isn't known"))
				if on, ok := proSwitch(d.args[0]); ok && condition == nil {
					section.shell = decided(on, d.by)
				}
			case d.name == "<limit":
				login, store := proLimits(d.args)
				allow, known := proAllows(d.in)
				known = known && condition == nil
				if login {
					if known {
						anonymous = decided(allow, d.by)
					} else {
						anonymous = undecided[bool](d.by, cmp.Or(condition.mayNotApply(), "a <Limit LOGIN> decides by more than all or none"))
					}
				}
				switch {
				case store && known && (allow || !upload.known() || upload.State == Default):
					upload = decided(allow, d.by)
				case store && !known:
					upload = undecided[bool](d.by, cmp.Or(condition.mayNotApply(), "a <Limit> decides by more than all or none"))
				}
			case d.name == "<directory":
				walk(d.in, condition)
			case strings.HasPrefix(d.name, "<if"):
				if inner, counts := r.within(d, condition); counts {
					walk(d.in, inner)
				}
			}
		}
	}
	walk(n.in, nil)
	if condition != nil {
		anonymous = undecided[bool](n.by, condition.mayNotApply())
	}
	section.login, section.upload = anonymous, allOf(anonymous, upload)
	s.anonymous = append(s.anonymous, section)
}

// proLimits returns which commands a <Limit> is about.
func proLimits(commands []string) (login, store bool) {
	for _, c := range commands {
		switch strings.ToUpper(c) {
		case "LOGIN":
			login = true
		case "STOR", "WRITE", "ALL":
			store = true
		}
	}
	return login, store
}

// proAllows reports whether a <Limit> allows or denies everyone.
func proAllows(in []proNode) (allow, known bool) {
	if len(in) != 1 {
		return false, false
	}
	switch in[0].name {
	case "allowall":
		return true, true
	case "denyall":
		return false, true
	}
	return false, false
}

func proSwitch(s string) (on, ok bool) {
	switch strings.ToLower(s) {
	case "on", "yes", "true", "1":
		return true, true
	case "off", "no", "false", "0":
		return false, true
	}
	return false, false
}

// get returns the arguments of a server's directive. A server takes from <Global> what it doesn't set itself.
func (r *proReader) get(s *proScope, name, fallback string) Setting[[]string] {
	if r.doubt != nil {
		return undecided[[]string](r.doubt.by, r.doubt.doubt)
	}
	for _, scope := range []*proScope{s, r.global} {
		if v, ok := scope.settings[name]; ok {
			return v
		}
	}
	if r.include != nil {
		return undecided[[]string](r.include.by, "an included file isn't known")
	}
	return defaultOf([]string{fallback}, proDefault)
}

func (r *proReader) flag(s *proScope, name string) Setting[bool] { return r.flagOr(s, name, "off") }

func (r *proReader) flagOr(s *proScope, name, fallback string) Setting[bool] {
	args := r.get(s, name, fallback)
	if !args.known() {
		return unknown[bool](args.At, args.Source)
	}
	if len(args.Value) > 0 {
		if on, ok := proSwitch(args.Value[0]); ok {
			return convert(args, func([]string) bool { return on })
		}
	}
	return unknown[bool](args.At, "the value is neither on nor off")
}

// server combines everything that holds for a server; the second result is false if the section isn't a server, or doesn't
// speak FTP.
func (r *proReader) server(scope *proScope) (Server, bool) {
	s := Server{
		Software:     ProFTPD,
		Name:         scope.name,
		Present:      scope.present,
		LocalLogin:   defaultOf(true, proDefault),
		TLS:          r.tls(scope),
		ObsoleteTLS:  r.obsolete(scope),
		ListenPorts:  r.listen(scope),
		PassivePorts: r.passive(scope),
		Loopback:     r.loopback(scope),
	}
	s.Anonymous, s.AnonymousUpload = r.anonymous(scope)
	if scope.limits != nil {
		s.LocalLogin = undecided[bool](scope.limits.by, "the configuration limits who may log in")
	}
	if r.doubt != nil {
		s.LocalLogin = undecided[bool](r.doubt.by, r.doubt.doubt)
	}
	switch sftp := scope.settings["sftpengine"]; {
	case sftp.State == 0:
	case !sftp.known():
		s.Present = unknown[bool](sftp.At, "it may speak SFTP instead")
	case len(sftp.Value) > 0 && strings.EqualFold(sftp.Value[0], "on"):
		return Server{}, false
	}
	if s.ListenPorts.known() && slices.Contains(s.ListenPorts.Value, 0) { // Port 0 turns a server off
		return Server{}, false
	}
	return s, true
}

func (r *proReader) anonymous(scope *proScope) (login, upload Setting[bool]) {
	sections := scope.anonymous
	if len(sections) == 0 {
		sections = r.global.anonymous
	}
	switch {
	case r.doubt != nil:
		s := undecided[bool](r.doubt.by, r.doubt.doubt)
		return s, s
	case len(sections) > 0:
		for i, section := range sections {
			in, store := r.letsIn(scope, section)
			if i == 0 {
				login, upload = in, store
			} else {
				login, upload = anyOf(login, in), anyOf(upload, store)
			}
		}
		return login, upload
	case r.include != nil:
		s := undecided[bool](r.include.by, "an included file isn't known")
		return s, s
	}
	none := defaultOf(false, proDefault+": there is no <Anonymous>")
	return none, none
}

// letsIn applies the rule on shells to a section: the account's shell must be valid unless RequireValidShell is off:
// http://www.proftpd.org/docs/modules/mod_auth.html#RequireValidShell.
func (r *proReader) letsIn(scope *proScope, section proAnonymous) (login, upload Setting[bool]) {
	required := section.shell
	if required.State == 0 {
		required = r.flagOr(scope, "requirevalidshell", "on")
	}
	if section.login.known() && !section.login.Value || required.known() && !required.Value {
		return section.login, section.upload
	}
	valid := r.shell(section.user)
	switch {
	case valid.known() && valid.Value, !section.login.known() && !valid.known():
		return section.login, section.upload
	case !required.known():
		login = required
	case !valid.known():
		login = undecided[bool](section.by, valid.Source)
	default:
		login = valid
	}
	return login, allOf(login, section.upload)
}

func (r *proReader) tls(scope *proScope) Setting[TLS] {
	engine, required := r.flag(scope, "tlsengine"), r.get(scope, "tlsrequired", "off")
	if !engine.known() {
		return unknown[TLS](engine.At, engine.Source)
	}
	if !engine.Value {
		return convert(engine, func(bool) TLS { return TLSNone })
	}
	if !required.known() {
		return unknown[TLS](required.At, required.Source)
	}
	if len(required.Value) == 0 {
		return unknown[TLS](required.At, "TLSRequired has no value")
	}
	level := TLSOptional
	switch strings.ToLower(required.Value[0]) {
	case "on", "yes", "true", "1", "auth+data":
		level = TLSRequired
	case "ctrl", "auth", "auth+!data":
		level = TLSLogin
	case "off", "no", "false", "0", "data", "!data":
	default:
		return unknown[TLS](required.At, "TLSRequired has no such value")
	}
	if required.State == Default {
		return convert(engine, func(bool) TLS { return level })
	}
	return convert(required, func([]string) TLS { return level })
}

// obsolete returns whether old protocols are accepted: whether the protocol list names SSL or an old TLS. "TLSv1" is TLS 1.0;
// SSLv23 is everything, and so are lists that only remove protocols.
func (r *proReader) obsolete(scope *proScope) Setting[bool] {
	engine, protocols := r.flag(scope, "tlsengine"), r.get(scope, "tlsprotocol", "")
	if !engine.known() || !engine.Value {
		return engine
	}
	if protocols.State != Known {
		return unknown[bool](protocols.At, "the TLS versions that ProFTPD accepts by default depend on its version")
	}
	old := false
	for _, p := range protocols.Value {
		switch strings.ToLower(p) {
		case "sslv3", "sslv23", "tlsv1", "tlsv1.1":
			old = true
		case "tlsv1.2", "tlsv1.3":
		default:
			return unknown[bool](protocols.At, "the list of TLS versions adds to or takes from the default")
		}
	}
	return convert(protocols, func([]string) bool { return old })
}

func (r *proReader) listen(scope *proScope) Setting[[]int] {
	port := r.get(scope, "port", "21")
	if !port.known() {
		return unknown[[]int](port.At, port.Source)
	}
	if len(port.Value) > 0 {
		if n, err := strconv.ParseUint(port.Value[0], 10, 16); err == nil {
			return convert(port, func([]string) []int { return []int{int(n)} })
		}
	}
	return unknown[[]int](port.At, "the port is no number")
}

// loopback returns whether clients of other machines get no answer of a server: its addresses are those of a virtual host's
// header, or of DefaultAddress, and a client of another address gets the server with DefaultServer.
// Source: http://www.proftpd.org/docs/howto/Vhost.html
func (r *proReader) loopback(scope *proScope) Setting[bool] {
	addresses := decided(strings.Fields(scope.name), scope.by)
	if scope == r.main {
		set, ok := scope.settings["defaultaddress"]
		switch {
		case !ok:
			return Setting[bool]{}
		case !set.known():
			return unknown[bool](set.At, "the address at which it listens isn't known")
		}
		addresses = set
	}
	if slices.ContainsFunc(addresses.Value, func(a string) bool { return strings.Contains(a, host.Hole) }) {
		return unknown[bool](addresses.At, "the address at which it listens isn't known")
	}
	here := !slices.ContainsFunc(addresses.Value, func(a string) bool { return !IsLoopback(a) })
	if answers, ok := scope.settings["defaultserver"]; ok && here {
		if others := r.flag(scope, "defaultserver"); !others.known() || others.Value {
			return convert(others, func(bool) bool { return false })
		}
		return convert(answers, func([]string) bool { return true })
	}
	return convert(addresses, func([]string) bool { return here })
}

func (r *proReader) passive(scope *proScope) Setting[PortRange] {
	ports := r.get(scope, "passiveports", "")
	if !ports.known() {
		return unknown[PortRange](ports.At, ports.Source)
	}
	if ports.State == Default && ports.Value[0] == "" {
		return convert(ports, func([]string) PortRange { return anyPassive() })
	}
	if r, ok := parseRange(ports.Value); ok && r.First >= firstUserPort && r.First < r.Last {
		return convert(ports, func([]string) PortRange { return r })
	}
	return unknown[PortRange](ports.At, "ProFTPD refuses the range of ports")
}
