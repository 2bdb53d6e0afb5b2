package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/s3" // beamx brings local and gs
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

const usage = `Usage:
  tfreach-fleet --out DIR [FLAG…] DOCUMENT…   scan documents
  tfreach-fleet top [--since DIR] DIR         what matters most in DIR

DOCUMENT is a state or plan as JSON, or an archive of a configuration (tar.gz or
zip), also compressed with gzip: a file, a pattern such as states/*.json, or one
that begins with s3:// or gs://. With --list, a file names more, one per line.

Exit codes:
  0  DIR has a row for each document
  2  wrong use, or no DIR was written

Flags that begin with runner, endpoint, environment or the name of an engine are
Beam's.

`

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, out, errs io.Writer) int {
	if len(args) > 0 && args[0] == scannerCommand {
		return serve(os.Stdin, out, scanned)
	}
	err := command(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintf(errs, "tfreach-fleet: %v\n", err)
		return 2
	}
	return 0
}

func command(args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == "top" {
		return topCommand(args[1:], out)
	}
	// Beam has its flags here; a worker is started with some of these alone.
	flags := flag.CommandLine
	flags.Init("tfreach-fleet", flag.ContinueOnError)
	flags.Usage = func() {
		_, _ = fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	o := options{}
	flags.StringVar(&o.Out, "out", "", "write the result to the new folder `DIR`")
	list := flags.String("list", "", "read names and patterns of documents from `FILE`, one per line")
	flags.BoolVar(&o.Alone, "alone", false, "look at each document by itself only")
	flags.IntVar(&o.Files, "files", 4, "write each table to `N` files")
	flags.StringVar(&o.Scan.Ports, "port", "ftp", "judge ports `N`, A-B or services, separated by commas")
	flags.DurationVar(&o.Scan.Timeout, "scan-timeout", 10*time.Minute, "give up a document after `TIME`")
	flags.Int64Var(&o.Scan.Memory, "scan-memory", 2<<30, "give up a document that takes more than `BYTES` of memory")
	flags.Int64Var(&o.Scan.Unpacked, "scan-unpacked", 4<<30, "give up a document that is larger than `BYTES` when it is unpacked")
	flags.IntVar(&o.MostDocuments, "group-documents", 200, "bring at most `N` documents together for a verdict")
	flags.Int64Var(&o.MostBytes, "group-bytes", 1<<30, "bring documents of at most `BYTES` together for a verdict")
	engineLog := flags.String("engine-log", "warn", "log of the engine what is at least `LEVEL`: debug, info, warn or error")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, *engineLog) {
		return fmt.Errorf("--engine-log: unknown level %q; use debug, info, warn or error (see --help)", *engineLog)
	}
	log.SetupLogging(*engineLog, "text")
	registerTypes()
	beam.Init() // doesn't return in a worker
	o.Patterns = flags.Args()
	if *list != "" {
		text, err := os.ReadFile(*list)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" {
				o.Patterns = append(o.Patterns, line)
			}
		}
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("%w (see --help)", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := begin(ctx, o.Out)
	if err != nil {
		return err
	}
	if err := beamx.Run(ctx, pipeline(o, result.staging)); err != nil {
		return errors.Join(err, result.discard(ctx))
	}
	s, err := result.finish(ctx)
	if err != nil {
		return errors.Join(err, result.discard(ctx))
	}
	return s.text(out)
}

// options are what the user asks for.
type options struct {
	Patterns []string
	Out      string
	// Alone leaves out stage 2.
	Alone bool
	// Files is how many files each table has.
	Files int
	Scan  scanOptions
	// MostDocuments and MostBytes limit what comes together for one verdict.
	MostDocuments int
	MostBytes     int64
}

func (o *options) check() error {
	switch {
	case o.Out == "":
		return errors.New("--out names no folder")
	case len(o.Patterns) == 0:
		return errors.New("no documents are named")
	case o.Files < 1 || o.MostDocuments < 1 || o.MostBytes < 1 || o.Scan.Timeout <= 0 || o.Scan.Memory <= 0 || o.Scan.Unpacked <= 0:
		return errors.New("a limit or number of files is less than 1")
	}
	_, err := portsOf(o.Scan.Ports)
	return err
}

// scanners limits how many documents a process analyses at a time. Beam makes and calls the functions of a pipeline by
// itself, so that nothing else is shared by those of one process.
var scanners = make(chan struct{}, runtime.GOMAXPROCS(0)) //nolint:gochecknoglobals // see above
