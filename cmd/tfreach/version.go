package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tfreach/tfreach/analyzer/ftpd"
)

// build is what version --json prints. Revision and Time are those of the commit; they are empty if the build recorded none.
type build struct {
	Version      string `json:"version"`
	Revision     string `json:"revision,omitempty"`
	Time         string `json:"time,omitempty"` // RFC 3339
	Modified     bool   `json:"modified"`
	Go           string `json:"go"`
	Platform     string `json:"platform"`      // as linux/amd64
	ReleasesSeen string `json:"releases_seen"` // the day up to which releases of FTP servers are known
}

func newBuild() build {
	b := build{
		Version:      version(),
		Go:           runtime.Version(),
		Platform:     runtime.GOOS + "/" + runtime.GOARCH,
		ReleasesSeen: ftpd.ReleasesSeen().Format(time.DateOnly),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.time":
			b.Time = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

func (c *cli) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what it was built with",
		Example: `  tfreach version
  tfreach version --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			b := newBuild()
			if asJSON {
				out := json.NewEncoder(c.Out)
				out.SetIndent("", "  ")
				return out.Encode(b)
			}
			_, err := fmt.Fprintf(c.Out, "tfreach %s %s %s\nFTP server releases known of %s, %d days ago\n",
				b.Version, b.Go, b.Platform, b.ReleasesSeen, max(ftpd.ReleasesAge(time.Now()), 0))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON, with the commit")
	return cmd
}

// noArgs is cobra.NoArgs as wrong use.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, but got %q", cmd.Name(), args[0])
	}
	return nil
}

// version returns the version that Go recorded for the main module, without the v: a release like 1.2.3, or a pseudo-version
// that names a commit. It is devel if Go recorded none, as in a build without version control.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
