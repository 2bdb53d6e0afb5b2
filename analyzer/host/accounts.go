package host

import (
	"slices"
	"strings"
)

// PasswordProgram is a program that reads a password and sets it.
type PasswordProgram struct {
	Name string
	// Verbs are the first arguments with which it does so; empty if it always does.
	Verbs []string
	// User is the option that names the user. Without it, the user is the argument after the verb, or the last one.
	User string
}

// password records a password that an account gets.
func (m *Machine) password(user string, password Text, hashed bool) {
	p := strings.Trim(password.S, "\"'")
	if p == "" || strings.Contains(p, Hole) || strings.Trim(p, "!*x") == "" || !m.Spend(1) {
		return
	}
	m.Passwords = append(m.Passwords, Password{
		User: strings.ReplaceAll(user, Hole, ""), Hashed: hashed || strings.HasPrefix(p, "$"), At: password.Span(),
	})
}

const accountOptions = "-p --password -d -g -G -s -u -c -k -e -f --gecos --home --shell --ingroup --uid --gid -t -T -n -N -q -Q -y"

func (sh *shell) chpasswd(c call) stream {
	if c.in.unknown {
		return stream{}
	}
	for _, l := range c.in.Lines() {
		if user, _, ok := strings.Cut(l.S, ":"); ok {
			sh.m.password(user, l.Sub(len(user)+1, len(l.S)).Trim(), c.has("-e", "--encrypted"))
		}
	}
	return stream{}
}

// passwd carries out passwd and adduser, which read the password.
func (sh *shell) passwd(c call) stream {
	words := operands(c.args, accountOptions)
	if len(words) == 0 {
		return stream{}
	}
	if c.name == "adduser" {
		shell := "/bin/bash"
		if c.has("--system", "-S") {
			shell = "/usr/sbin/nologin"
		}
		sh.account(words[0], c, shell)
	}
	if c.in.unknown {
		return stream{}
	}
	if lines := c.in.Lines(); len(lines) > 0 {
		sh.m.password(words[len(words)-1].S, lines[0].Trim(), false)
	}
	return stream{}
}

// useradd carries out useradd and usermod, which take the hash of a password.
func (sh *shell) useradd(c call) stream {
	words := operands(c.args, accountOptions)
	if len(words) > 0 {
		standard := "/bin/sh"
		if c.name == "usermod" {
			standard = sh.m.Accounts[words[len(words)-1].S].Shell
		}
		sh.account(words[len(words)-1], c, standard)
	}
	if hash, ok := c.value("-p", "--password"); ok {
		user := ""
		if len(words) > 0 {
			user = words[len(words)-1].S
		}
		sh.m.password(user, hash, true)
	}
	return stream{}
}

// account records an account with the shell that a command gives it, or the standard shell.
func (sh *shell) account(name Text, c call, standard string) {
	shell := standard
	if given, ok := c.value("-s", "--shell"); ok {
		shell = given.S
	}
	if strings.Contains(shell, Hole) {
		shell = ""
	}
	if !strings.Contains(name.S, Hole) && sh.m.Spend(1) {
		sh.m.Accounts[name.S] = Account{Shell: shell, Maybe: sh.maybe}
	}
}

// openssl carries out openssl passwd, which prints a password's hash; the hash counts as the password.
func (sh *shell) openssl(c call) stream {
	if len(c.args) == 0 || c.args[0].S != "passwd" {
		return stream{unknown: true}
	}
	return sh.hash(operands(c.args[1:], "-salt -in"), c.has("-stdin"), c.in)
}

// mkpasswd carries out mkpasswd(1), which prints a password's hash; the hash counts as the password.
func (sh *shell) mkpasswd(c call) stream {
	return sh.hash(operands(c.args, "-m --method -S --salt -R --rounds -P --password-fd"), c.has("-s", "--stdin"), c.in)
}

// hash prints the hash of a password, which is a word or is read.
func (sh *shell) hash(words []Text, reads bool, in stream) stream {
	switch lines := in.Lines(); {
	case len(words) > 0:
		sh.m.password("", words[0], false)
	case reads && !in.unknown && len(lines) > 0:
		sh.m.password("", lines[0].Trim(), false)
	}
	return stream{unknown: true}
}

// hashed records the passwords that a program in another language gives to crypt as literals, as Perl, Python, PHP and Ruby
// have it.
func (m *Machine) hashed(t Text) {
	const name = "crypt("
	for start := 0; ; {
		i := strings.Index(t.S[start:], name)
		if i < 0 {
			return
		}
		start += i + len(name)
		rest := t.S[start:]
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			continue
		}
		if end := strings.IndexByte(rest[1:], rest[0]); end > 0 {
			m.password("", t.Sub(start+1, start+1+end), false)
		}
	}
}

// htpasswd carries out htpasswd. With -b the last argument is the password; with -i the command reads it.
func (sh *shell) htpasswd(c call) stream {
	words := operands(c.args, "-C -r")
	flag := func(letter string) bool {
		return slices.ContainsFunc(c.args, func(a Text) bool {
			return len(a.S) > 1 && a.S[0] == '-' && a.S[1] != '-' && strings.Contains(a.S, letter)
		})
	}
	lines := c.in.Lines()
	switch n := len(words); {
	case flag("b") && n >= 2:
		sh.m.password(words[n-2].S, words[n-1], false)
		words = words[:n-1]
	case flag("i") && !c.in.unknown && len(lines) > 0 && n >= 1:
		sh.m.password(words[n-1].S, lines[0].Trim(), false)
	}
	if !flag("n") && len(words) > 1 {
		sh.put(words[0], c.by, false)
	}
	return stream{unknown: true}
}

// dbLoad makes a database of users and passwords for pam_userdb(8) from a file whose lines are users and passwords in turn.
func (sh *shell) dbLoad(c call) stream {
	in := c.in
	if word, ok := c.value("-f"); ok {
		in = stream{unknown: true}
		if file, known := sh.path(word); known {
			in = sh.cat(file)
		}
	}
	if in.unknown {
		return stream{unknown: true}
	}
	lines := in.Lines()
	for i := 0; i+1 < len(lines); i += 2 {
		sh.m.password(strings.TrimSpace(lines[i].S), lines[i+1].Trim(), false)
	}
	return stream{}
}

// passwordProgram carries out a program of the catalog that sets a password; false if the command isn't one.
func (m *Machine) passwordProgram(c call) bool {
	for _, p := range m.catalog {
		for _, program := range p.Passwords {
			if program.Name != c.name {
				continue
			}
			words := operands(c.args, accountOptions)
			if len(program.Verbs) > 0 && (len(words) == 0 || !slices.Contains(program.Verbs, words[0].S)) {
				return true
			}
			user := Text{}
			switch {
			case program.User != "":
				user, _ = c.value(program.User)
			case len(words) > 0:
				user = words[min(1, len(words)-1)]
			}
			if lines := c.in.Lines(); !c.in.unknown && len(lines) > 0 {
				m.password(user.S, lines[0].Trim(), false)
			}
			return true
		}
	}
	return false
}
