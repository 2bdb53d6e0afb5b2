package analyzer

import (
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/config"
)

// Config says what to analyse and how.
type Config struct {
	// Paths are folders, configuration files (which stand for their folder), plans and states; "-" is a plan or state
	// on Stdin.
	Paths []string
	// Changed says that the paths are changed files, which need not exist any more: what is analysed are the root modules
	// that they belong to. See [source.Tree.RootsOf].
	Changed bool
	Stdin   io.Reader
	// Files, if not nil, are read in place of the operating system's: Paths are folders in it, or "-" for a plan on Stdin,
	// and so is Source.
	Files fs.FS
	// Rules are asked in order.
	Rules []*Rule
	// Knowledge is what is known of clouds and modules.
	Knowledge read.Knowledge
	// Vars are values of root module variables; later ones go before earlier ones, and all before the files of values that
	// belong to a configuration.
	Vars []Var
	// Env are environment variables, each NAME=VALUE. Those named TF_VAR_NAME are values of root module variables that
	// give way to all others.
	Env []string
	// Workspace is the value of terraform.workspace, which is unknown if it is empty.
	Workspace string
	// Source is the folder of the configuration that a plan was made from, for places; if it is empty, the folders of the
	// plan and the working directory are tried.
	Source string
	// Terraform is the program that shows binary plans, terraform or tofu, which runs the providers that it finds. If it is
	// empty, a binary plan is an error.
	Terraform string
	// Baseline is the path of a file that Result.WriteBaseline wrote; BaselineRef is a Git reference to a commit of the
	// configuration. At most one is set. All findings are compared with it, those of plans, too; without, those of a plan
	// are compared with what is there before it.
	Baseline, BaselineRef string
	// NewOnly leaves out all findings but new ones. It is an error to ask that of an input that there is nothing to
	// compare with.
	NewOnly bool
	// Settings are those of the repository, and SettingsFile is the path of the file that they are from, whose folder
	// their paths start at. Without Settings the default ones hold.
	Settings     *config.Settings
	SettingsFile string
	// Overlay are texts that stand for those of files, by their names in places: what to analyse instead of what is there.
	Overlay map[string][]byte
	// Today is the day of the analysis, which suppressions with an end are held against. If it is zero, they suppress
	// nothing.
	Today time.Time
	// CheckRule says what is wrong with the ID of a rule that a comment names and that is not one of Rules; nil accepts all.
	CheckRule func(id string) error
	// NoSuppressions says that comments suppress nothing; what is wrong with them isn't told either.
	NoSuppressions bool
	// KeepRules asks to keep the rules for traffic that the inputs declare, in [Result.Declared].
	KeepRules bool
	// TraceValues asks where the values of open rules are written, which package fix needs and which costs time.
	TraceValues bool
	// Progress is told, when the analysis of an input begins, how many of how many are finished, and the name of the
	// input; it may be nil. It is called from several goroutines, by one at a time.
	Progress func(done, total int, name string)
	// Log is told what is read, skipped and decided, by names and never by values; nil discards it.
	Log *slog.Logger
}

// Var is a value for a root module variable, or a file of such values.
type Var struct {
	// Assign is NAME=VALUE; File is the path of a file. One of them is empty.
	Assign, File string
}
