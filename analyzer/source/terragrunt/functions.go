package terragrunt

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/placed"
)

// library returns the functions that the scope's expressions may call: those of Terraform, which read files from the folder
// of the file that calls them, and Terragrunt's own.
// Source: https://terragrunt.gruntwork.io/docs/reference/hcl/functions/
func (s *scope) library() map[string]function.Function {
	out := lang.Functions(noted{source.Bounded{Files: s.tree.Files(path.Dir(s.file))}, s}, lang.WorkingDir(s.abs(path.Dir(s.file))), lang.WithBudget(s))
	maps.Copy(out, lang.InstrumentFunctions(s))
	maps.Copy(out, map[string]function.Function{
		"find_in_parent_folders":         texts(s.findInParentFolders),
		"path_relative_to_include":       texts(s.pathRelativeToInclude),
		"path_relative_from_include":     texts(s.pathRelativeFromInclude),
		"get_parent_terragrunt_dir":      texts(s.parentDir),
		"get_terragrunt_dir":             constant(s.abs(s.site.dir)),
		"get_original_terragrunt_dir":    constant(s.abs(s.site.original)),
		"get_repo_root":                  constant(s.abs(".")),
		"get_path_from_repo_root":        constant(s.site.dir),
		"get_path_to_repo_root":          constant(relative(s.site.dir, ".")),
		"get_terragrunt_source_cli_flag": constant(""),
		"mark_as_read":                   texts(func(args []string) (string, error) { return one(args) }),
		"read_tfvars_file":               texts(s.readTfvars),
		"constraint_check":               constraintCheck(),
		"deep_merge":                     s.deepMerge(),
		"read_terragrunt_config":         s.readConfig(),

		"get_terraform_commands_that_need_vars":        commands("apply", "console", "destroy", "import", "plan", "push", "refresh"),
		"get_terraform_commands_that_need_input":       commands("apply", "import", "init", "plan", "refresh"),
		"get_terraform_commands_that_need_locking":     commands("apply", "destroy", "import", "plan", "refresh", "taint", "untaint"),
		"get_terraform_commands_that_need_parallelism": commands("apply", "plan", "destroy"),
	})
	for _, name := range []string{
		"get_env", "run_cmd", "get_platform", "get_terraform_command", "get_terraform_cli_args", "get_working_dir",
		"get_default_retryable_errors", "sops_decrypt_file", "get_aws_account_id", "get_aws_account_alias",
		"get_aws_caller_identity_arn", "get_aws_caller_identity_user_id", "mark_glob_as_read",
	} {
		out[name] = s.asked(name)
	}
	return out
}

// noted is how functions see the tree, and notes what they ask for.
type noted struct {
	source.Bounded
	of *scope
}

// ReadFile implements lang.Files.
func (n noted) ReadFile(name string) ([]byte, error) {
	n.of.note(name, path.Dir(n.of.file))
	return n.Bounded.ReadFile(name)
}

// Exists implements lang.Files.
func (n noted) Exists(name string) (bool, error) {
	n.of.note(name, path.Dir(n.of.file))
	return n.Bounded.Exists(name)
}

// note notes that the unit depends on a file, whether it is there or not.
func (r *reader) note(text, from string) {
	if name, err := r.name(text, from); err == nil {
		r.read[name] = true
	}
}

// texts makes a function of texts that returns one.
func texts(call func(args []string) (string, error)) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.String},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			given := make([]string, len(args))
			for i, a := range args {
				given[i] = a.AsString()
			}
			text, err := call(given)
			return cty.StringVal(text), err
		},
	})
}

func constant(text string) function.Function {
	return texts(func([]string) (string, error) { return text, nil })
}

func commands(names ...string) function.Function {
	list := make([]cty.Value, len(names))
	for i, name := range names {
		list[i] = cty.StringVal(name)
	}
	return function.New(&function.Spec{
		Type: function.StaticReturnType(cty.List(cty.String)),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return cty.ListVal(list), nil },
	})
}

// asked makes a function whose result only the one knows who runs Terragrunt.
func (s *scope) asked(name string) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			call := name + "()"
			if len(args) > 0 {
				if text, ok := placed.New(args[0], hcl.Range{}).Text(); ok && len(text) < 100 {
					call = fmt.Sprintf("%s(%q)", name, text)
				}
			}
			return s.unknown(call, s.at), nil
		},
	})
}

func one(args []string) (string, error) {
	if len(args) != 1 {
		return "", errors.New("one argument is expected")
	}
	return args[0], nil
}

// findInParentFolders looks for a file or folder in the folders around the unit's.
func (s *scope) findInParentFolders(args []string) (string, error) {
	if len(args) > 2 {
		return "", errors.New("at most two arguments are expected")
	}
	names := []string{UnitFile, UnitFile + ".json"}
	if len(args) > 0 {
		names = args[:1]
	}
	for dir := s.site.dir; dir != "."; {
		dir = path.Dir(dir)
		for _, name := range names {
			found, err := s.name(name, dir)
			if err != nil {
				continue
			}
			s.read[found] = true
			if _, err := stat(s.tree, found); err == nil {
				return s.abs(found), nil
			}
		}
	}
	if len(args) == 2 {
		return args[1], nil
	}
	return "", fmt.Errorf("there is no %s in the folders around %s", names[0], s.tree.Place(s.site.dir))
}

// including returns the folder of the file that a function about the include asks for: of the one that the scope is in, of
// the only one, or of that with a label. It is the unit's own if nothing is included.
func (s *scope) including(args []string) (string, error) {
	var chosen *include
	switch all := s.site.includes; {
	case len(args) > 0:
		i := slices.IndexFunc(all, func(in *include) bool { return in.label == args[0] })
		if i < 0 {
			return "", fmt.Errorf("there is no include %q", args[0])
		}
		chosen = all[i]
	case s.included:
		return path.Dir(s.file), nil
	case len(all) == 0:
		return s.site.dir, nil
	case len(all) > 1:
		return "", errors.New("there are several includes, so the label of one is expected")
	default:
		chosen = all[0]
	}
	if chosen.file == "" {
		return "", errors.New("the path of the include isn't known")
	}
	return path.Dir(chosen.file), nil
}

func (s *scope) pathRelativeToInclude(args []string) (string, error) {
	dir, err := s.including(args)
	return relative(dir, s.site.dir), err
}

func (s *scope) pathRelativeFromInclude(args []string) (string, error) {
	dir, err := s.including(args)
	return relative(s.site.dir, dir), err
}

func (s *scope) parentDir(args []string) (string, error) {
	dir, err := s.including(args)
	return s.abs(dir), err
}

// relative returns the path from one folder of the tree to another.
func relative(from, to string) string {
	f, t := strings.Split(path.Clean(from), "/"), strings.Split(path.Clean(to), "/")
	if from == "." {
		f = nil
	}
	if to == "." {
		t = nil
	}
	same := 0
	for same < len(f) && same < len(t) && f[same] == t[same] {
		same++
	}
	return path.Join(slices.Concat([]string{"."}, slices.Repeat([]string{".."}, len(f)-same), t[same:])...)
}

// readTfvars returns the values in a file of such as JSON.
func (s *scope) readTfvars(args []string) (string, error) {
	given, err := one(args)
	if err != nil {
		return "", err
	}
	name, err := s.name(given, s.site.dir)
	if err != nil {
		return "", err
	}
	s.read[name] = true
	values, diags := s.tree.VarFile(name)
	if diags.HasErrors() {
		return "", errors.New(diags[0].Detail)
	}
	attrs := map[string]cty.Value{}
	for _, v := range values {
		value, diags := lang.Constant(v.Expr)
		if diags.HasErrors() {
			return "", errors.New(diags[0].Detail)
		}
		attrs[v.Name] = value
	}
	object := cty.ObjectVal(attrs)
	text, err := ctyjson.Marshal(object, object.Type())
	if err == nil {
		err = s.Spend(1, len(text))
	}
	return string(text), err
}

func constraintCheck() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "version", Type: cty.String}, {Name: "constraint", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := version.NewVersion(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			c, err := version.NewConstraint(args[1].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.BoolVal(c.Check(v)), nil
		},
	})
}

func (s *scope) deepMerge() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "maps", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var out *placed.Value
			for _, a := range args {
				if !a.IsNull() {
					out = s.deep(out, placed.New(a, s.at))
				}
			}
			if out == nil {
				return cty.EmptyObjectVal, nil
			}
			return out.V, nil
		},
	})
}

// readConfig makes the function that returns what another file says.
func (s *scope) readConfig() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "path", Type: cty.String}},
		VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := s.configAt(args[0].AsString())
			switch {
			case errors.Is(err, fs.ErrNotExist) && len(args) > 1:
				return args[1], nil
			case err != nil:
				return cty.NilVal, err
			}
			return v.V, nil
		},
	})
}

// Called implements placed.Scope.
func (s *scope) Called(call *hclsyntax.FunctionCallExpr) *placed.Value {
	if call.Name == "deep_merge" && !call.ExpandFinal {
		var out *placed.Value
		for _, arg := range call.Args {
			if v := placed.Of(arg, s); !v.V.IsNull() {
				out = s.deep(out, v)
			}
		}
		return out
	}
	if call.Name != "read_terragrunt_config" || len(call.Args) == 0 {
		return nil
	}
	text, ok := placed.New(s.Evaluate(call.Args[0]), call.Range()).Text()
	if !ok {
		return nil
	}
	v, err := s.configAt(text)
	if err != nil {
		return nil // the value as a whole says so
	}
	return v
}

// configAt returns what the file at a path says, read for its own folder.
func (s *scope) configAt(text string) (*placed.Value, error) {
	name, err := s.name(text, s.site.dir)
	if err != nil {
		return placed.New(s.unknown(fmt.Sprintf("read_terragrunt_config(%q)", text), s.at), s.at), nil
	}
	if info, err := stat(s.tree, name); err == nil && info.IsDir() {
		name = unitFile(s.tree, name)
	}
	s.read[name] = true
	if there, err := s.tree.Exists(name); err != nil {
		return nil, err
	} else if !there {
		return nil, fmt.Errorf("there is no %s: %w", s.tree.Place(name), fs.ErrNotExist)
	}
	if v := s.configs[name]; v != nil {
		return v, nil
	}
	if slices.Contains(s.reading, name) || name == s.file {
		return nil, fmt.Errorf("files read each other in a circle: %s", s.tree.Place(name))
	}
	if len(s.reading) >= maxReading {
		return nil, fmt.Errorf("files read each other more than %d deep", maxReading)
	}
	s.reading = append(s.reading, name)
	defer func() { s.reading = s.reading[:len(s.reading)-1] }()
	at := &site{dir: path.Dir(name), original: s.site.original, values: s.site.values}
	c := s.unit(at, name)
	if c == nil {
		return nil, fmt.Errorf("%s can't be read", s.tree.Place(name))
	}
	own := at.own.scope
	start := startOf(s.tree.Place(name))
	fields := []placed.Field{}
	for _, section := range []string{"locals", "terraform", "dependency", "generate", "remote_state"} {
		fields = append(fields, placed.Field{Name: section, NameAt: start, Value: own.section(section)})
	}
	inputs, open := s.reader.inputs(at)
	switch {
	case open != nil:
		inputs = open
	case inputs == nil:
		inputs = placed.Object(nil, start)
	}
	fields = append(fields, placed.Field{Name: "inputs", NameAt: start, Value: inputs})
	v := s.kept(placed.Object(fields, start))
	s.configs[name] = v
	return v, nil
}
