package host

import (
	"cmp"
	"encoding/base64"
	"path"
	"slices"
	"strings"
)

// echo joins its arguments. The shell decides whether backslashes escape.
func (sh *shell) echo(c call) stream {
	args, by := c.args, c.by
	escape, newline := false, "\n"
	for len(args) > 0 && len(args[0].S) > 1 && strings.Trim(args[0].S[1:], "neE") == "" && args[0].S[0] == '-' {
		escape = escape || strings.Contains(args[0].S, "e")
		if strings.Contains(args[0].S, "n") {
			newline = ""
		}
		args = args[1:]
	}
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a.S
	}
	s := strings.Join(words, " ")
	if strings.Contains(s, `\`) && (escape || sh.posix) {
		unescaped, ok := escapes(s)
		if !ok {
			return stream{unknown: true}
		}
		s = unescaped
	}
	return stream{Text: by.Decode(s + newline)}
}

// printf carries out printf with %s, %%, and the escapes of the format.
func (sh *shell) printf(c call) stream {
	args, by := operands(c.args, ""), c.by
	if len(args) == 0 {
		return stream{}
	}
	format, ok := escapes(strings.ReplaceAll(args[0].S, "%%", "\x00"))
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
			if !strings.HasPrefix(after, "s") || !sh.m.Spend(1) {
				return stream{unknown: true}
			}
			if len(args) > 0 {
				b.WriteString(args[0].S)
				args, used = args[1:], true
			}
			rest = after[1:]
		}
		// printf uses the format again for the remaining arguments.
		if len(args) == 0 || !used {
			break
		}
	}
	return stream{Text: by.Decode(strings.ReplaceAll(b.String(), "\x00", "%")), unknown: !ok}
}

// escapes replaces backslash escapes; false if there is an unknown one.
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

// concatenate carries out cat.
func (sh *shell) concatenate(c call) stream {
	files := operands(c.args, "")
	if len(files) == 0 {
		return c.in
	}
	var parts []Text
	for _, f := range files {
		s := c.in
		if f.S != "-" {
			file, ok := sh.path(f)
			if !ok {
				return stream{unknown: true}
			}
			s = sh.cat(file)
		}
		if s.unknown {
			return s
		}
		parts = append(parts, s.Text)
	}
	return stream{Text: Join(parts, "")}
}

func (sh *shell) tee(c call) stream {
	for _, f := range operands(c.args, "") {
		sh.save(f, c.in, c.has("-a", "--append", "-ai", "-ia"))
	}
	return c.in
}

// recode decodes base64 and compression of its input.
func (sh *shell) recode(c call) stream {
	decodes := c.has("-d", "-D", "--decode", "--decompress", "-dc", "-cd", "-di")
	if len(operands(c.args, "-w --wrap")) > 0 && !decodes {
		return stream{unknown: true}
	}
	in := c.in
	for _, f := range operands(c.args, "-w --wrap") {
		in = stream{unknown: true}
		if file, ok := sh.path(f); ok {
			in = sh.cat(file)
		}
	}
	if in.unknown || !decodes && (c.name == "base64" || c.name == "gzip") {
		return stream{unknown: true}
	}
	decode := gunzip
	if c.name == "base64" {
		decode = decodeBase64
	}
	out, ok := decode(in.Text, sh.m.budget)
	return stream{Text: out, unknown: !ok}
}

// namePart is dirname, basename, realpath and readlink -f.
func (sh *shell) namePart(c call) stream {
	words := operands(c.args, "")
	if len(words) != 1 || strings.Contains(strings.TrimPrefix(words[0].S, homeWord), Hole) {
		return stream{unknown: true}
	}
	name, file := words[0].S, ""
	switch c.name {
	case "dirname":
		file = path.Dir(name)
	case "basename":
		file = path.Base(name)
	default:
		absolute, ok := sh.path(words[0])
		if !ok || c.name == "readlink" && !c.has("-f", "-e", "-m") {
			return stream{unknown: true}
		}
		file = absolute
	}
	return stream{Text: c.by.Decode(file + "\n")}
}

// workingDirectory is pwd.
func (sh *shell) workingDirectory(c call) stream {
	return stream{Text: c.by.Decode(sh.dir + "\n"), unknown: sh.dir == ""}
}

// temporary carries out mktemp, which prints an unknown path in a known directory.
func (sh *shell) temporary(c call) stream {
	return stream{Text: c.by.Decode("/tmp/tmp." + Hole + "\n")}
}

// sed carries out sed -i.
func (sh *shell) sed(c call) stream {
	args, by := c.args, c.by
	inPlace, extended, understood := false, false, true
	var scripts []string
	var files []Text
	for i := 0; i < len(args); i++ {
		a := args[i].S
		switch {
		case a == "-e" || a == "--expression":
			if i+1 < len(args) {
				i++
				scripts = append(scripts, args[i].S)
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
		scripts, files = []string{files[0].S}, files[1:]
	}
	if !inPlace {
		return stream{unknown: true}
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
			sh.m.disturbMatching(f.S, by, "the path of the file that is edited isn't known")
		case strings.ContainsAny(file, "*?["):
			sh.m.disturbGlob(file, by)
		case !understood:
			sh.m.doubt(file, by, cmp.Or(sh.maybe, "the edit is not understood"))
		default:
			lines := sh.m.Content(file)
			if !sh.m.Spend(len(lines)*len(edits)) || !sh.m.SpendLines(lines) {
				break
			}
			edited := editLines(lines, edits, by)
			if sh.maybe != "" {
				edited = perhapsEdited(lines, edited, by, sh.maybe)
			}
			sh.m.write(file, edited)
		}
	}
	return stream{}
}

// heldInReplacement reports whether holes are only in replacements of edits, not in their patterns.
func heldInReplacement(edits []sedEdit) bool {
	for _, e := range edits {
		if e.address != nil && strings.Contains(e.address.String(), Hole) || e.pattern != nil && strings.Contains(e.pattern.String(), Hole) {
			return false
		}
	}
	return true
}

// copy carries out cp, mv, install and ln.
func (sh *shell) copy(c call) stream {
	words := operands(c.args, "-m -o -g -S --mode --owner --group -t --target-directory")
	if target, ok := c.value("-t", "--target-directory"); ok {
		words = append(words, target)
	}
	if c.name == "install" && c.has("-d", "--directory") {
		return sh.makeDirectory(c)
	}
	if len(words) < 2 {
		return stream{}
	}
	sources, target := words[:len(words)-1], words[len(words)-1]
	_, into := c.value("-t", "--target-directory")
	into = into || strings.HasSuffix(target.S, "/") || len(sources) > 1 || strings.HasSuffix(target.S, "/.")
	toPath, known := sh.path(target)
	if !known {
		sh.m.disturbMatching(target.S, c.by, "where the command copies to isn't known")
		return stream{}
	}
	for _, source := range sources {
		from, ok := sh.path(source)
		whole := strings.HasSuffix(source.S, "/.") || strings.HasSuffix(source.S, "/*")
		switch {
		case ok && (whole || sh.isDirectory(from)):
			if whole {
				from = strings.TrimSuffix(strings.TrimSuffix(path.Clean(from), "*"), "/")
			}
			sh.copyDirectory(from, toPath, (into || sh.isDirectory(toPath)) && !whole, c)
		case !ok && (into || sh.isDirectory(toPath)) && strings.HasSuffix(source.S, Hole):
			sh.m.disturbUnder(toPath, c.by, "what is copied isn't known")
		default:
			sh.copyFile(source, target, into, c)
		}
	}
	return stream{}
}

// copyDirectory copies what is known below a directory, and doubts what may come with it.
func (sh *shell) copyDirectory(from, to string, inside bool, c call) {
	if inside {
		to = path.Join(to, path.Base(from))
	}
	if !sh.m.Spend(len(sh.m.files)) {
		return
	}
	why := "what is copied to the directory isn't in the text"
	complete := sh.m.complete[from]
	if !complete {
		sh.m.disturbUnder(to, c.by, why)
	}
	sh.m.dirs[to] = true
	for _, file := range sh.m.below(from) {
		if rest, ok := strings.CutPrefix(file, from+"/"); ok {
			target := path.Join(to, rest)
			sh.replace(c.by.Decode(target), sh.m.files[file], c.by)
			if c.name == "mv" {
				sh.replace(c.by.Decode(file), nil, c.by)
			}
		}
	}
}

func (sh *shell) copyFile(source, target Text, into bool, c call) {
	to := target
	if toPath, _ := sh.path(target); into || sh.isDirectory(toPath) {
		to = target.Decode(path.Join(toPath, path.Base(source.S)))
	}
	from, ok := sh.path(source)
	if link, known := sh.path(to); known && c.name == "ln" {
		sh.linked(from, link, c.by)
	}
	content := []Line{{Text: c.by, Doubt: "what is copied to the file isn't in the text"}}
	switch {
	case from == "/dev/null":
		content = []Line{}
	case ok:
		if lines := sh.m.Content(from); len(lines) != 1 || lines[0].Doubt == "" || sh.m.files[from] != nil {
			content = lines
		}
	}
	sh.replace(to, content, c.by)
	if c.name == "mv" && ok {
		sh.replace(source, nil, c.by)
	}
}

// isDirectory reports whether a path is known to be a directory.
func (sh *shell) isDirectory(file string) bool {
	m := sh.m
	switch file {
	case "/", "/etc", "/tmp", "/opt", "/srv", "/var", "/var/tmp", "/root", "/home", "/usr/local/bin", "/usr/local/sbin", home:
		return true
	}
	if m.dirs[file] {
		return true
	}
	if !m.Spend(len(m.files) + len(m.catalog)) {
		return false
	}
	for f := range m.files {
		if strings.HasPrefix(f, file+"/") {
			return true
		}
	}
	for _, p := range m.catalog {
		for _, f := range p.Files {
			if f.Family == m.Family && strings.HasPrefix(f.Path, file+"/") {
				return true
			}
		}
	}
	return false
}

// replace replaces the lines of a file; nil removes the file.
func (sh *shell) replace(word Text, lines []Line, by Text) {
	file, ok := sh.path(word)
	switch {
	case !ok:
		sh.m.disturbMatching(word.S, by, "the path of the file isn't known")
	case sh.maybe != "":
		if lines != nil || sh.m.there(file) {
			sh.m.doubt(file, by, sh.maybe)
		}
	case strings.ContainsAny(file, "*?["):
		sh.m.disturbGlob(file, by)
	case lines == nil:
		sh.m.removeFile(file)
	default:
		sh.m.write(file, lines)
	}
}

// put records that a command writes a file with unknown content, or files below it if it is a directory.
func (sh *shell) put(word, by Text, directory bool) {
	file, ok := sh.path(word)
	switch {
	case !ok && strings.Trim(word.S, Hole+"/.-") == "":
		sh.m.shake(by, whyNamed)
	case !ok:
		sh.m.disturbMatching(word.S, by, whyNamed)
	case strings.HasPrefix(file, "/dev/"):
	case directory || sh.isDirectory(file):
		sh.fillDirectory(file, by)
	default:
		sh.replace(word, []Line{{Text: by, Doubt: whyNamed}}, by)
	}
}

// fillDirectory records that unknown files are put into a directory; "" stands for an unknown directory.
func (sh *shell) fillDirectory(dir string, by Text) stream {
	if dir == "" {
		sh.m.shake(by, "which directory is written to isn't known")
		return stream{unknown: true}
	}
	sh.m.dirs[dir] = true
	sh.m.disturbUnder(dir, by, "what is put into the directory isn't in the text")
	return stream{unknown: true}
}

// directory returns the directory that an option names, or the working directory; "" if it isn't known.
func (sh *shell) directory(c call, options ...string) string {
	word, ok := c.value(options...)
	if !ok {
		return sh.dir
	}
	dir, _ := sh.path(word)
	return dir
}

func (sh *shell) erase(c call) stream {
	for _, a := range operands(c.args, "") {
		file, ok := sh.path(a)
		if ok && !strings.ContainsAny(file, "*?[") && c.name == "rm" {
			for _, below := range sh.m.below(file) {
				sh.replace(a.Decode(below), nil, c.by)
			}
		}
		sh.replace(a, nil, c.by)
	}
	return stream{}
}

func (sh *shell) makeDirectory(c call) stream {
	for _, a := range operands(c.args, "-m --mode -o -g") {
		if dir, ok := sh.path(a); ok && sh.m.Spend(1) {
			sh.m.dirs[dir] = true
		}
	}
	return stream{}
}

func (sh *shell) truncate(c call) stream {
	for _, f := range operands(c.args, "-s --size -r -o") {
		if size, _ := c.value("-s", "--size"); size.S == "0" {
			sh.replace(f, []Line{}, c.by)
			continue
		}
		sh.put(f, c.by, false)
	}
	return stream{}
}

func (sh *shell) untar(c call) stream {
	if len(c.args) == 0 {
		return stream{unknown: true}
	}
	first := strings.TrimPrefix(c.args[0].S, "-")
	long := strings.HasPrefix(first, "-")
	extracts := c.has("-x", "--extract", "--get") || !long && strings.Contains(first, "x") ||
		slices.ContainsFunc(c.args, func(a Text) bool { return len(a.S) > 1 && a.S[0] == '-' && a.S[1] != '-' && strings.Contains(a.S, "x") })
	if !extracts {
		if file, ok := c.value("-f", "--file"); ok && c.has("-c", "--create") {
			sh.put(file, c.by, false)
		}
		return stream{unknown: true}
	}
	if c.has("-O", "--to-stdout") {
		return stream{unknown: true}
	}
	return sh.extract(sh.directory(c, "-C", "--directory", "--cd"), c)
}

// extract puts the files of an archive into a directory: those that are known, or others.
func (sh *shell) extract(dir string, c call) stream {
	strips := slices.ContainsFunc(c.args, func(a Text) bool {
		return strings.HasPrefix(a.S, "--strip") || strings.HasPrefix(a.S, "--transform") || a.S == "-j"
	})
	for _, a := range c.args {
		file, ok := sh.path(a)
		if !ok || strips || dir == "" {
			continue
		}
		if inside := file + path.Dir(InArchive); len(sh.m.below(inside)) > 0 {
			sh.copyDirectory(inside, dir, false, c)
			return stream{unknown: true}
		}
	}
	return sh.fillDirectory(dir, c.by)
}

func (sh *shell) unzip(c call) stream {
	switch {
	case c.has("-l", "-t", "-p", "-Z", "l", "t", "a"):
		return stream{unknown: true}
	case c.name == "unzip":
		return sh.extract(sh.directory(c, "-d"), c)
	}
	return sh.fillDirectory(sh.directory(c, "-o"), c.by)
}

func (sh *shell) git(c call) stream {
	dir := sh.directory(c, "-C")
	words := operands(c.args, "-C -c --git-dir --work-tree -b --branch --depth -o --origin --config --reference")
	if len(words) == 0 {
		return stream{unknown: true}
	}
	switch words[0].S {
	case "clone":
		switch {
		case len(words) > 2:
			inner := *sh
			inner.dir = dir
			target, _ := inner.path(words[2])
			return sh.fillDirectory(target, c.by)
		case len(words) == 2 && dir != "":
			name := strings.TrimSuffix(path.Base(words[1].S), ".git")
			if strings.Contains(name, Hole) {
				sh.m.disturbMatching(dir+"/"+Hole, c.by, "what is put into the directory isn't in the text")
				return stream{unknown: true}
			}
			return sh.fillDirectory(path.Join(dir, name), c.by)
		}
		return sh.fillDirectory("", c.by)
	case "pull", "checkout", "reset", "switch", "restore", "merge", "apply", "am", "stash", "submodule":
		return sh.fillDirectory(dir, c.by)
	}
	return stream{unknown: true}
}

// curl writes to the file in -o, or with -O to one named after the URL.
func (sh *shell) curl(c call) stream {
	dir, _ := c.value("--output-dir")
	output, named := c.value("-o", "--output")
	for _, a := range c.args {
		// Letters before the one that takes a value.
		if i := strings.IndexByte(a.S, 'o'); i > 1 && a.S[0] == '-' && a.S[1] != '-' && !named {
			output, named = after(c.args, a)
		}
	}
	switch {
	case named && output.S == "-":
	case named && dir.S != "":
		sh.put(output.Decode(path.Join(dir.S, output.S)), c.by, false)
		return stream{}
	case named:
		sh.put(output, c.by, false)
		return stream{}
	case slices.ContainsFunc(c.args, func(a Text) bool {
		return a.S == "--remote-name" || len(a.S) > 1 && a.S[0] == '-' && a.S[1] != '-' && strings.Contains(a.S, "O")
	}):
		sh.remoteName(c, dir)
		return stream{}
	}
	return stream{unknown: true}
}

// after returns the argument after another.
func after(args []Text, a Text) (Text, bool) {
	i := slices.IndexFunc(args, func(b Text) bool { return b.S == a.S })
	if i < 0 || i+1 == len(args) {
		return Text{}, false
	}
	return args[i+1], true
}

// remoteName writes the files that URLs name into a directory, or into the working directory.
func (sh *shell) remoteName(c call, dir Text) {
	for _, a := range c.args {
		if !strings.Contains(a.S, "://") && !strings.HasPrefix(a.S, Hole) {
			continue
		}
		url, _, _ := strings.Cut(a.S, "?")
		name := path.Base(url)
		if dir.S != "" {
			name = path.Join(dir.S, name)
		}
		sh.put(a.Decode(name), c.by, false)
	}
}

func (sh *shell) wget(c call) stream {
	output, named := c.value("-O", "--output-document")
	for _, a := range c.args {
		if len(a.S) > 2 && a.S[0] == '-' && a.S[1] != '-' && strings.HasSuffix(a.S, "O") {
			output, named = after(c.args, a)
		} else if len(a.S) > 3 && a.S[0] == '-' && a.S[1] != '-' && strings.HasSuffix(a.S, "O-") {
			return stream{unknown: true}
		}
	}
	switch {
	case named && output.S == "-":
		return stream{unknown: true}
	case named:
		sh.put(output, c.by, false)
	default:
		dir, _ := c.value("-P", "--directory-prefix")
		sh.remoteName(c, dir)
	}
	return stream{unknown: true}
}

// isRemote recognises paths on other machines, HOST:PATH, and in stores, SCHEME://PATH.
func isRemote(word string) bool {
	i := strings.IndexByte(word, ':')
	return i > 0 && !strings.Contains(word[:i], "/")
}

// fetchCopy carries out rsync and scp; the last operand is the destination.
func (sh *shell) fetchCopy(c call) stream {
	words := operands(c.args, "-e -P -i -F -l -o -p --rsh --exclude --include --chmod --chown --files-from")
	if len(words) < 2 {
		return stream{unknown: true}
	}
	sources, target := words[:len(words)-1], words[len(words)-1]
	if isRemote(target.S) {
		return stream{unknown: true}
	}
	for _, source := range sources {
		from, ok := sh.path(source)
		switch {
		case isRemote(source.S), !ok:
			sh.put(target, c.by, c.has("-r", "-a", "-av", "-avz", "--recursive", "--archive") || strings.HasSuffix(target.S, "/"))
		case c.name == "rsync" && (strings.HasSuffix(source.S, "/") || sh.isDirectory(from)):
			if to, ok := sh.path(target); ok {
				sh.copyDirectory(from, to, !strings.HasSuffix(source.S, "/"), c)
			} else {
				sh.put(target, c.by, true)
			}
		default:
			sh.copy(call{name: "cp", args: []Text{source, target}, by: c.by})
		}
	}
	return stream{unknown: true}
}

// cloudCopy carries out the copying commands of the clouds' programs: aws s3 cp and sync, gsutil and gcloud storage cp and
// rsync, azcopy copy and sync. Their other commands don't touch files.
func (sh *shell) cloudCopy(c call) stream {
	words := operands(c.args, "--region --profile --endpoint-url --exclude --include --account-name --auth-mode -i -x -h --query --output "+
		"--config")
	verb := slices.IndexFunc(words, func(w Text) bool {
		return slices.Contains([]string{"cp", "mv", "sync", "rsync", "copy", "mirror", "get", "scp"}, w.S)
	})
	if c.name == "rclone" && verb < 0 {
		return sh.unlisted(c)
	}
	if verb < 0 || len(words) < verb+3 {
		return stream{unknown: true}
	}
	target := words[len(words)-1]
	if isRemote(target.S) || target.S == "-" {
		return stream{unknown: true}
	}
	many := words[verb].S == "sync" || words[verb].S == "rsync" || words[verb].S == "mirror" || c.has("--recursive", "-r", "-R")
	if !many && (strings.HasSuffix(target.S, "/") || target.S == ".") {
		source := words[len(words)-2]
		sh.put(target.Decode(path.Join(target.S, path.Base(source.S))), c.by, false)
		return stream{unknown: true}
	}
	sh.put(target, c.by, many)
	return stream{unknown: true}
}

// find changes files only by the command that it runs on them.
func (sh *shell) find(c call) stream {
	dir := sh.dir
	if len(c.args) > 0 && !strings.HasPrefix(c.args[0].S, "-") {
		dir, _ = sh.path(c.args[0])
	}
	name, named := c.value("-name")
	named = named && dir != "" && !c.has("-o", "-or", "!", "-not") && !strings.Contains(name.S, Hole)
	if !c.has("-exec", "-execdir", "-delete", "-ok") {
		if before, after, found := strings.Cut(name.S, "*"); named && !strings.ContainsAny(before+after, "*?[") {
			if !found {
				before, after = "", name.S
			}
			return stream{Text: c.by.Decode(strings.TrimSuffix(dir, "/") + "/" + before + Hole + after + "\n")}
		}
		return stream{unknown: true}
	}
	for i, a := range c.args {
		if (a.S == "-exec" || a.S == "-execdir") && i+1 < len(c.args) {
			if known, ok := sh.m.commands[path.Base(c.args[i+1].S)]; ok && !changesFiles(known.names) {
				return stream{unknown: true}
			}
		}
	}
	if dir == "" {
		sh.m.shake(c.by, whyNamed)
		return stream{unknown: true}
	}
	if named {
		sh.m.disturb(c.by, whyNamed, func(file string) bool {
			fits, err := path.Match(name.S, path.Base(file))
			return (fits || err != nil) && (dir == "/" || strings.HasPrefix(file, dir+"/"))
		})
		return stream{unknown: true}
	}
	sh.m.disturbUnder(dir, c.by, whyNamed)
	return stream{unknown: true}
}

// changesFiles recognises commands that change the files given to them.
func changesFiles(names string) bool {
	for _, name := range []string{"sed", "cp", "rm", "truncate", "sh", "python", "make", "tee", "patch"} {
		if slices.Contains(strings.Fields(names), name) {
			return true
		}
	}
	return false
}

func (sh *shell) patch(c call) stream {
	words := operands(c.args, "-d --directory -p -i --input -b -D -o -r -F")
	if len(words) > 0 {
		sh.put(words[0], c.by, false)
		return stream{}
	}
	return sh.fillDirectory(sh.directory(c, "-d", "--directory"), c.by)
}

// augtool edits the files that its commands name below /files: https://augeas.net/docs/.
func (sh *shell) augtool(c call) stream {
	var all strings.Builder
	for _, a := range c.args {
		all.WriteString(a.S + " ")
	}
	script := operands(c.args, "-r --root -I --include -f --file -t --transform -S")
	switch file, ok := c.value("-f", "--file"); {
	case ok:
		in := stream{unknown: true}
		if name, known := sh.path(file); known {
			in = sh.cat(name)
		}
		if in.unknown {
			sh.m.shake(c.by, whyNamed)
			return stream{unknown: true}
		}
		all.WriteString(in.S)
	case len(script) == 0 && c.in.unknown:
		sh.m.shake(c.by, whyNamed)
		return stream{unknown: true}
	case len(script) == 0:
		all.WriteString(c.in.S)
	}
	edits := all.String()
	sh.m.disturb(c.by, whyNamed, func(file string) bool {
		return strings.Contains(edits, "/files"+file) || strings.Contains(edits, "/files"+Hole) || strings.Contains(edits, Hole+"/"+path.Base(file))
	})
	return stream{unknown: true}
}

// decodeBase64 decodes standard base64, with or without line breaks and padding.
func decodeBase64(t Text, b *budget) (Text, bool) {
	clean := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, t.S)
	clean = strings.TrimRight(clean, "=")
	b.decoded -= len(clean)
	if b.decoded < 0 {
		return Text{}, false
	}
	decoded, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return Text{}, false
	}
	return t.Blur(string(decoded)), true
}
