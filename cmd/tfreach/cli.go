package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/mattn/go-colorable"
	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/tfreach/tfreach/analyzer/display"
	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/secret"
)

// The exit codes. They are the same for every format.
const (
	exitClean    = 0 // analysed, and nothing fails
	exitFindings = 1 // findings at or above --fail-on, or what --strict forbids
	exitError    = 2 // wrong use, an input that can't be read at all, or a report that can't be written
	exitPartial  = 3 // analysed in part; it wins over exitFindings
)

// streams are what a command knows of its process.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal is true if Out is a terminal.
	Terminal bool
	// ErrTerminal is true if Err is a terminal.
	ErrTerminal bool
	// Width is the number of columns of Out if that is a terminal; 0 if it isn't known.
	Width int
	// Color is true if Out shows colours and the user didn't switch them off.
	Color bool
	// Links is true if Out is a terminal that shows hyperlinks.
	Links bool
	// Today is the day on which the command runs.
	Today time.Time
	// Env are the environment variables, each NAME=VALUE.
	Env []string
}

// standard returns the streams of this process.
func standard() streams {
	// With a listener, SIGPIPE no longer kills the process: a write to a closed pipe fails and is reported.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	fd := os.Stdout.Fd()
	terminal := isatty.IsTerminal(fd) || isatty.IsCygwinTerminal(fd)
	width, _, err := term.GetSize(int(fd))
	if err != nil || !terminal {
		width = 0
	}
	return streams{
		Today:    time.Now(),
		Env:      os.Environ(),
		In:       os.Stdin,
		Out:      colorable.NewColorableStdout(),
		Err:      os.Stderr,
		Terminal: terminal, Width: width, ErrTerminal: isatty.IsTerminal(os.Stderr.Fd()),
		Color: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		Links: terminal && showsLinks(os.Getenv),
	}
}

// showsLinks reports whether a terminal is known to show hyperlinks, by the environment variables that it sets.
func showsLinks(env func(string) string) bool {
	for _, name := range []string{"WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"} {
		if env(name) != "" {
			return true
		}
	}
	switch env("TERM_PROGRAM") {
	case "iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio":
		return true
	}
	switch env("TERM") {
	case "xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm":
		return true
	}
	// VTE, which GNOME's terminal and others are made of, shows them since 0.50.
	vte, err := strconv.Atoi(env("VTE_VERSION"))
	return err == nil && vte >= 5000
}

// cli is one run of the command. Its commands return an error for exitError, and otherwise set code.
type cli struct {
	streams
	// Out and Err replace those of streams. Whatever is written to them is shown and never obeyed.
	Out, Err *display.Writer
	code     int
	// args are those of the command line, without the name of the program.
	args []string
}

// columns returns the width of what is written for a terminal.
func (c *cli) columns() int {
	const least = 40
	if c.Width == 0 {
		return pageWidth
	}
	return max(c.Width, least)
}

// newCLI returns a run of the command on streams.
func newCLI(s streams) *cli {
	return &cli{streams: s, Out: display.NewWriter(s.Out), Err: display.NewWriter(s.Err), code: exitClean}
}

// run runs the command with its arguments, and returns the exit code.
func run(ctx context.Context, args []string, s streams) (code int) {
	c := newCLI(s)
	c.args = args
	defer func() {
		if err := c.Out.Flush(); err != nil && code == exitClean {
			code = exitError
		}
		_ = c.Err.Flush()
	}()
	defer func() {
		if cause := recover(); cause != nil {
			c.complain(errFault{fault.Describe(cause)}.Error())
			code = exitPartial
		}
	}()
	if err := refuseNamesAsFlags(args); err != nil {
		c.complain(err.Error())
		return exitError
	}
	root := c.root(args)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return c.code
	}
	if diags := hcl.Diagnostics(nil); errors.As(err, &diags) {
		for _, d := range diags {
			c.complainAt(place(d), d.Summary, d.Detail)
		}
		return exitError
	}
	code, err = exitCode(err)
	c.complain(err.Error())
	if errors.As(err, new(usageError)) {
		c.complain("see " + cmd.CommandPath() + " --help")
	}
	return code
}

// usageError is wrong use of a command, which the command's help explains.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// complain writes a message to standard error, with the program's name before each line. It covers what looks like a secret.
func (c *cli) complain(message string) {
	for line := range strings.Lines(message) {
		// If this fails, nobody is left to tell.
		_, _ = fmt.Fprintln(c.Err, "tfreach: "+secret.RedactProse(strings.TrimRight(line, "\r\n")))
	}
}

// complainAt writes a diagnostic in one line, like a compiler's. The name of the file stands as it is, so that it can be
// found.
func (c *cli) complainAt(at hcl.Range, summary, detail string) {
	where := ""
	if at.Filename != "" {
		where = fmt.Sprintf("%s:%d:%d: ", at.Filename, at.Start.Line, at.Start.Column)
	}
	if detail != "" {
		summary += ": " + strings.Join(strings.Fields(detail), " ")
	}
	_, _ = fmt.Fprintln(c.Err, "tfreach: "+where+secret.RedactProse(summary))
}

func place(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

// commands returns the function that makes each command, by name.
func (c *cli) commands() map[string]func() *cobra.Command {
	commands := map[string]func() *cobra.Command{
		"scan": c.scanCommand, "path": c.pathCommand, "reach": c.reachCommand, "graph": c.graphCommand, "baseline": c.baselineCommand, "fix": c.fixCommand,
		"rules": c.rulesCommand, "coverage": c.coverageCommand, "config": c.configCommand, "lsp": c.lspCommand, "version": c.versionCommand,
	}
	c.addRelease(commands)
	return commands
}

// root returns the root command with the commands that the arguments may name: the one that comes first, or all.
func (c *cli) root(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "tfreach COMMAND",
		Short: "What can the internet reach in this Terraform?",
		Long: `tfreach reads Terraform configurations, plans and states, and reports what they
open to the internet: by default TCP port 21, FTP.`,
		Example: `  tfreach scan                       the configuration in this directory
  tfreach scan plan.json --port ssh  a plan, for another port
  tfreach rules                      what it looks for`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				c.code = exitError // whoever forgot the command shall not take it for a result
				cmd.SetOut(c.Err)
				return cmd.Help()
			}
			return unknown("command", args[0], commandNames(cmd))
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetIn(c.In)
	root.SetOut(c.Out)
	root.SetErr(c.Err)
	root.Flags().Bool("version", false, "print the version")
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usage)
	root.SetHelpCommand(helpCommand())
	if len(args) > 0 {
		// The manual pages are about all.
		if one, ok := c.commands()[args[0]]; ok && args[0] != "man" {
			root.AddCommand(one())
			return root
		}
	}
	for _, one := range c.commands() {
		cmd := one()
		completeFlags(cmd)
		root.AddCommand(cmd) // cobra sorts them
	}
	root.InitDefaultCompletionCmd(args...)
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			describeCompletion(cmd)
		}
	}
	return root
}

// describeCompletion says how to use cobra's command for completion, and lets it fail for a shell that it doesn't know.
func describeCompletion(cmd *cobra.Command) {
	cmd.Short = "Print the completion of a shell"
	cmd.Long = `Completion prints a script that lets a shell complete commands, flags and their
values. The help of each shell's command says where to put it.`
	cmd.Use = "completion SHELL"
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("completion takes the name of a shell: %s", list(commandNames(cmd)))
		}
		return unknown("shell", args[0], commandNames(cmd))
	}
	for _, shell := range cmd.Commands() {
		shell.Short = "Print the completion of " + shell.Name()
	}
}

// usage prints what follows the description of a command in its help.
func usage(cmd *cobra.Command) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  %s\n", cmd.UseLine())
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if names := commandNames(cmd); len(names) > 0 {
		b.WriteString("\nCommands:\n")
		width := 0
		for _, name := range names {
			width = max(width, len(name))
		}
		for _, sub := range cmd.Commands() {
			if !sub.Hidden {
				fmt.Fprintf(&b, "  %-*s  %s\n", width, sub.Name(), sub.Short)
			}
		}
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SortFlags = cmd.Flags().SortFlags
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		shown := *f
		if f.Value.Type() == "bool" {
			shown.Value = plainValue{f.Value}
		}
		flags.AddFlag(&shown)
	})
	fmt.Fprintf(&b, "\nFlags:\n%s", flags.FlagUsagesWrapped(80))
	_, err := io.WriteString(cmd.OutOrStdout(), b.String())
	return err
}

// plainValue is the value of a switch in help, which doesn't mention that one can give it a value.
type plainValue struct{ pflag.Value }

// helpCommand is cobra's help command, except that it fails for an unknown command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("help takes one command, but got %q too", args[1])
			}
			target, rest, err := cmd.Root().Find(args)
			if err != nil {
				return usageError{err}
			}
			if len(rest) > 0 {
				return unknown("command", rest[0], commandNames(target))
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}

func commandNames(parent *cobra.Command) []string {
	var names []string
	for _, sub := range parent.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// flagError describes what is wrong with a flag in fewer words than pflag.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		return unknown("flag", "--"+missing.GetSpecifiedName(), names)
	case errors.As(err, &invalid):
		return usagef("--%s: %w", invalid.GetFlag().Name, invalid.Unwrap())
	}
	return usageError{err}
}

// meant returns the one of words that was probably meant by another; "" if none was.
func meant(word string, words []string) string {
	best, least := "", 3
	for _, w := range words {
		if d := levenshtein.Distance(word, w, nil); d < least && d < len(word) {
			best, least = w, d
		} else if best == "" && word != "" && strings.HasPrefix(w, word) {
			best = w
		}
	}
	return best
}

// unknown returns the error for a word that isn't among words. It names the word that was probably meant, or all words if they
// are few.
func unknown(kind, word string, words []string) error {
	if best := meant(word, words); best != "" {
		return usagef("unknown %s %q; did you mean %s?", kind, word, best)
	}
	if len(words) > 12 {
		return usagef("unknown %s %q", kind, word)
	}
	return usagef("unknown %s %q; use %s", kind, word, list(words))
}

// list joins words as prose: "text, sarif or json".
func list(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// choice is a flag whose value is one of a few words.
type choice struct {
	kind  string
	words []string
	value string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.ToUpper(c.kind) }

func (c *choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return unknown(c.kind, word, c.words)
	}
	c.value = word
	return nil
}
