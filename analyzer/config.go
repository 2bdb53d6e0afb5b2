package analyzer

import (
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Config is what to analyse, and how.
type Config struct {
	// Paths are folders, configuration files (which stand for their folder), plans and states; "-" is a plan or state
	// on Stdin.
	Paths []string
	// Changed is true if the paths are changed files, some of which may be deleted. The analysis then covers the root modules
	// that they belong to. See [source.Tree.RootsOf].
	Changed bool
	Stdin   io.Reader
	// Files is read instead of the operating system's files unless it is nil. Paths and Source are then folders in it; "-" is
	// still a plan on Stdin.
	Files fs.FS
	// Rules are the rules to ask, in order.
	Rules []*Rule
	// Knowledge is what is known of clouds and modules.
	Knowledge read.Knowledge
	// Vars are values of root module variables. Later ones override earlier ones, and all override the value files of a
	// configuration.
	Vars []Var
	// Env are environment variables, each NAME=VALUE. TF_VAR_NAME is the value of a root module variable; every other source of
	// values overrides it.
	Env []string
	// Workspace is the value of terraform.workspace. An empty one is unknown.
	Workspace string
	// With are paths of states and plans of what else there is: data sources, remote states and IDs are looked up in them.
	With []string
	// Source is the folder of the configuration that a plan was made from; findings are placed in it. If it is empty, the
	// plan's folder and the working directory are tried.
	Source string
	// Terraform is the program that shows binary plans: terraform or tofu. It runs the providers that it finds. If it is empty,
	// a binary plan is an error.
	Terraform string
	// Baseline is the path of a file that Result.WriteBaseline wrote. BaselineRef is a Git reference to a commit of the
	// configuration. At most one of them is set. All findings are compared with it; without it, a plan's findings are compared
	// with the state that the plan starts from.
	Baseline, BaselineRef string
	// NewOnly leaves out all findings that aren't new. It is an error for an input that can't be compared with anything.
	NewOnly bool
	// Settings are the repository's settings; nil stands for the default ones. SettingsFile is the path of their file; the
	// paths in the settings start at its folder.
	Settings     *config.Settings
	SettingsFile string
	// Overlay has texts that replace those of files, by the name that reports give to a file. The analysis reads them instead
	// of the files.
	Overlay map[string][]byte
	// Edited has texts in the place of those of files, by the absolute paths of these: what an editor has, be it written or not.
	// An Overlay replaces them.
	Edited map[string][]byte
	// Parsed keeps parsed files for the next analysis; nil keeps none.
	Parsed *source.Parsed
	// Today is the day of the analysis; a suppression that ended before it doesn't count. Without a day, suppressions with an
	// end don't count.
	Today time.Time
	// CheckRule returns an error for the ID of a rule that a comment names and that doesn't exist. It is asked only about IDs
	// that aren't in Rules; nil accepts all.
	CheckRule func(id string) error
	// NoSuppressions ignores the comments that suppress findings, and what is wrong with them.
	NoSuppressions bool
	// KeepRules keeps the rules for traffic that the inputs declare, in [Result.Declared].
	KeepRules bool
	// TraceValues finds out where the values of open rules are written. Package fix needs that; it costs time.
	TraceValues bool
	// Beyond finds out what the machines that the internet reaches reach in their turn, for [Finding.Beyond]; it costs time.
	Beyond bool
	// Progress, if not nil, is called when the analysis of an input begins: with the number of finished inputs, the number of
	// all, and the input's name. The calls come from several goroutines, one at a time.
	Progress func(done, total int, name string)
	// Log receives what was read, skipped and decided, by names and never by values; nil discards it.
	Log *slog.Logger
}

// Var is a value for a root module variable, or a file of such values.
type Var struct {
	// Assign is NAME=VALUE; File is the path of a value file. One of them is empty.
	Assign, File string
}
