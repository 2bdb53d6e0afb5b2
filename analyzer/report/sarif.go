package report

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// SARIFOptions says what a SARIF log holds.
type SARIFOptions struct {
	// Version is the version of the program, such as v1.2.3.
	Version string
	// All adds the results that should not become alerts: unknown, suppressed, unchanged and absent ones. Such a log is not
	// meant for upload, so GitHub's limits do not cut it.
	All bool
	// Category tells the runs of several analyses of one commit apart. It may be empty.
	Category string
	// Path maps the Filename of a range to a path from the root of the repository, with slashes. If it is nil, that is the
	// Filename itself.
	Path func(filename string) string
}

// GitHub's limits for a run, from "SARIF support for code scanning" in its documentation. Where GitHub shows less than it
// accepts, the limit is what it shows, since nobody would learn of the rest.
const (
	maxResults   = 5_000
	maxLocations = 100
	maxBytes     = 10 << 20 // compressed with gzip
	maxText      = 1024     // characters of a description
	maxTags      = 10
	// maxNotifications is tfreach's own limit.
	maxNotifications = 1_000
	// maxFlows is how many ways from the internet one result tells, and maxElsewhere how many blocks that its cause opens.
	maxFlows     = 10
	maxElsewhere = 30
	// maxSnippet keeps minified files out of the log; it is in bytes.
	maxSnippet = 2_000
)

const (
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifVersion = "2.1.0"
	sourceRoot   = "%SRCROOT%"
)

// SARIF writes a log by version 2.1.0 of the standard, fit for upload to GitHub's code scanning:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html.
// Results are the causes of what is exposed and not known to be old, in their order; those of what is unknown are named in the
// notifications, and others counted. What exceeds GitHub's limits is cut from the end, where the least severe are, and a
// notification says so. An error is that of w, or names a finding without a place, which GitHub would refuse the whole log for.
func SARIF(w io.Writer, r *analyzer.Result, o SARIFOptions) error {
	return writeSARIF(w, r, sourcesOf(r, o.Path), o)
}

func writeSARIF(w io.Writer, r *analyzer.Result, s *sources, o SARIFOptions) error {
	for _, f := range slices.Concat(r.Findings, r.Suppressed) {
		if f.At.Filename == "" {
			return fmt.Errorf("finding %s of %s has no place in a file", f.Rule.ID, strings.Join(addresses(&f), ", "))
		}
	}
	limit := len(r.Findings) + len(r.Suppressed)
	if !o.All {
		limit = min(limit, maxResults)
	}
	for {
		b := sarifBuilder{options: o, result: r, sources: s, limit: limit}
		data, err := marshal(b.log())
		if err != nil {
			return err
		}
		if o.All || b.written == 0 || fits(data) {
			_, err = w.Write(data)
			return err
		}
		limit = b.written * 3 / 4
	}
}

// fits reports whether a log is small enough for upload.
func fits(data []byte) bool {
	if len(data) <= maxBytes {
		return true
	}
	var n counter
	z := gzip.NewWriter(&n)
	_, err := z.Write(data)
	return err == nil && z.Close() == nil && n <= maxBytes
}

// counter is a writer that only counts.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// sarifBuilder makes one log, with at most limit results.
type sarifBuilder struct {
	options SARIFOptions
	result  *analyzer.Result
	sources *sources
	limit   int
	// written counts results. cut, cutLocations and cutNotifications count what did not fit, unchanged and absent what is old.
	written, cut, cutLocations, cutNotifications int
	unchanged, absent                            int
}

func (b *sarifBuilder) log() sarifLog {
	results, undecided := b.results()
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name:    toolName,
			Version: toolVersion(b.options.Version),
			Rules:   b.rules(),

			InformationURI: repository,
		}},
		Invocations: []sarifInvocation{{
			ExecutionSuccessful: b.result.Complete(),
			Notifications:       b.notifications(undecided),
		}},
		OriginalURIBaseIDs: map[string]sarifArtifactLocation{
			sourceRoot: {Description: &sarifMessage{Text: "The root of the repository."}},
		},
		Results:    results,
		ColumnKind: "utf16CodeUnits",
	}
	// Canonical completes a version that lacks a part, which semantic versioning requires.
	if v := "v" + run.Tool.Driver.Version; semver.IsValid(v) && semver.Canonical(v)+semver.Build(v) == v {
		run.Tool.Driver.SemanticVersion = run.Tool.Driver.Version
	}
	if b.options.Category != "" {
		// GitHub reads category/run; an empty run is allowed, and the log does not depend on the time it was made.
		run.AutomationDetails = &sarifAutomation{ID: b.options.Category + "/"}
	}
	return sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{run}}
}

// toolVersion returns a version that begins with a digit, as the official validator requires: 1.2.3 for v1.2.3, 0.0.0 devel for
// devel.
func toolVersion(v string) string {
	v = strings.TrimPrefix(v, "v")
	if v == "" || v[0] < '0' || v[0] > '9' {
		return strings.TrimSpace("0.0.0 " + v)
	}
	return v
}

func (b *sarifBuilder) rules() []sarifDescriptor {
	out := make([]sarifDescriptor, len(b.result.Rules))
	for i, r := range b.result.Rules {
		out[i] = sarifDescriptor{
			ID:                   r.ID,
			Name:                 pascal(r.ID),
			ShortDescription:     sarifMessage{Text: clip(plain(sentence(r.Title)), maxText)},
			FullDescription:      sarifMessage{Text: clip(plain(sentence(r.Summary)), maxText)},
			Help:                 sarifHelp{Text: plain(sentence(r.Summary)), Markdown: r.Help},
			HelpURI:              rulePage(r, b.options.Version),
			DefaultConfiguration: sarifConfiguration{Level: r.Level.String()},
			Properties: sarifRuleProperties{
				Tags: tags(r.Tags),
				// Only what holds for all values of what is unknown becomes a result.
				Precision:        "very-high",
				SecuritySeverity: strconv.FormatFloat(r.Severity, 'f', 1, 64),
				ProblemSeverity:  problemSeverity(r.Level),
			},
		}
	}
	return out
}

// ruleIndex returns the index of the finding's rule in the list of rules; nil if the rule isn't there.
func (b *sarifBuilder) ruleIndex(f *analyzer.Finding) *int {
	if i := slices.Index(b.result.Rules, f.Rule); i >= 0 {
		return &i
	}
	return nil
}

// tags puts the tag first that makes GitHub read the security severity.
func tags(rule []string) []string {
	out := []string{"security"}
	for _, t := range rule {
		if !slices.Contains(out, t) && len(out) < maxTags {
			out = append(out, t)
		}
	}
	return out
}

func problemSeverity(l analyzer.Level) string {
	if l == analyzer.Note {
		return "recommendation"
	}
	return l.String()
}

// results returns the results and, unless they are among those, the causes of what is unknown.
func (b *sarifBuilder) results() ([]sarifResult, []*analyzer.Cause) {
	out := []sarifResult{}
	var undecided, reported []*analyzer.Cause
	causes := b.result.Causes()
	if b.options.All {
		causes = slices.Concat(causes, b.result.SuppressedCauses())
	}
	for i := range causes {
		c := &causes[i]
		switch {
		case c.Change == analyzer.Unchanged && !b.options.All:
			b.unchanged++
		case c.Change == analyzer.Absent && !b.options.All:
			b.absent++
		case c.Outcome == analyzer.Unknown && !b.options.All:
			undecided = append(undecided, c)
		case len(reported) == b.limit:
			b.cut++
		default:
			reported = append(reported, c)
		}
	}
	marks := fingerprints(reported)
	for i, c := range reported {
		out = append(out, b.resultOf(c, marks[i]))
	}
	b.written = len(out)
	return out, undecided
}

// anchor is the place of a cause, which is that of its value or else of its worst finding.
func anchor(c *analyzer.Cause) analyzer.Place {
	if c.At.Filename == "" {
		return c.Opener().At
	}
	return c.At
}

func (b *sarifBuilder) resultOf(c *analyzer.Cause, mark string) sarifResult {
	sources := b.sources
	f := c.Worst()
	at := sources.place(anchor(c))
	res := sarifResult{
		RuleID:        f.Rule.ID,
		RuleIndex:     b.ruleIndex(f),
		Kind:          "fail",
		Level:         f.Level.String(),
		BaselineState: c.Change.String(),
		Locations: []sarifLocation{{
			Physical: physical(&at, !c.Sensitive()),
			Logical:  b.logical(c),
		}},
		Fingerprints: map[string]string{"tfreach/v2": mark},
	}
	if at.file != nil && !c.Sensitive() {
		if hash, ok := at.file.lineHash(at.startLine); ok {
			res.Fingerprints["primaryLocationLineHash"] = hash
		}
	}
	text := plain(sources.account(b.result, c))
	if fix := fixOf(c); fix != "" {
		text += " " + plain(sentence(fix))
	}
	places := related(c, maxElsewhere)
	if c.Outcome == analyzer.Unknown {
		res.Kind, res.Level = "open", "none"
		places = slices.Concat(places, deciding(decides(c)))
	}
	var links []string
	for _, rel := range places {
		where := sources.place(rel.At)
		if where.path == "" {
			continue
		}
		if !b.options.All && len(links) == maxLocations {
			b.cutLocations++
			continue
		}
		id := len(links) + 1
		links = append(links, fmt.Sprintf("[%s](%d)", linkText(rel.Message), id))
		res.Related = append(res.Related, sarifLocation{
			ID:       id,
			Physical: physical(&where, false),
			Message:  &sarifMessage{Text: plain(rel.Message)},
		})
	}
	res.CodeFlows = b.flows(c)
	res.Fixes = b.fixes(c)
	if why := c.Suppression; why != nil {
		res.Suppressions = []sarifSuppression{suppression(sources, why)}
	}
	if len(links) > 0 {
		text += " See " + strings.Join(links, ", ") + "."
	}
	res.Message.Text = text
	return res
}

// fixes returns the edits of a cause as one fix; nil if it has none.
func (b *sarifBuilder) fixes(c *analyzer.Cause) []sarifFix {
	fix := sarifFix{Description: sarifMessage{Text: plain(sentence(fixOf(c)))}}
	for _, r := range b.sources.replacements(b.result, c) {
		to := sarifReplacement{Deleted: region(&r.at)}
		if r.text != "" {
			to.Inserted = &sarifMessage{Text: r.text}
		}
		fix.Changes = append(fix.Changes, sarifArtifactChange{artifact(r.at.path), []sarifReplacement{to}})
	}
	if fix.Changes == nil {
		return nil
	}
	return []sarifFix{fix}
}

// suppression returns the SARIF form of a suppression.
func suppression(s *sources, why *analyzer.Suppression) sarifSuppression {
	out := sarifSuppression{Kind: "external", Justification: plain(why.Justification())}
	if why.InSource {
		out.Kind = "inSource"
	}
	if at := s.now(why.At); at.path != "" {
		out.Location = &sarifLocation{Physical: physical(&at, false)}
	}
	return out
}

// flows returns the first ways from the internet of a cause, hop by hop, as far as their hops have a place.
func (b *sarifBuilder) flows(c *analyzer.Cause) []sarifCodeFlow {
	var out []sarifCodeFlow
	for _, f := range c.Findings {
		var steps []sarifFlowLocation
		for _, step := range f.Path {
			at := b.sources.place(step.At)
			if at.path == "" {
				continue
			}
			steps = append(steps, sarifFlowLocation{sarifLocation{
				Physical: physical(&at, false), Message: &sarifMessage{Text: plain(step.Message)},
			}})
		}
		if len(steps) > 0 && len(out) < maxFlows {
			out = append(out, sarifCodeFlow{[]sarifThreadFlow{{steps}}})
		}
	}
	return out
}

// logical names the resources of a cause, as many as GitHub takes.
func (b *sarifBuilder) logical(c *analyzer.Cause) []sarifLogical {
	names := allNamed(c)
	if !b.options.All && len(names) > maxLocations {
		b.cutLocations += len(names) - maxLocations
		names = names[:maxLocations]
	}
	out := make([]sarifLogical, len(names))
	for i, n := range names {
		out[i] = sarifLogical{FullyQualifiedName: n, Kind: "resource"}
	}
	return out
}

// deciding returns the places of what would decide an unknown finding.
func deciding(deciders []analyzer.Decider) []analyzer.Related {
	out := make([]analyzer.Related, len(deciders))
	for i, o := range deciders {
		out[i] = analyzer.Related{At: o.Place(), Message: o.Name + " would decide it"}
	}
	return out
}

func decidedBy(deciders []analyzer.Decider) string {
	if len(deciders) == 0 {
		return "Whether it is open can't be known from the configuration."
	}
	names := make([]string, len(deciders))
	for i, o := range deciders {
		names[i] = o.Name
	}
	return sentence("Whether it is open depends on " + strings.Join(names, ", "))
}

// comparison says how many findings were compared, and which of them are left out; "" if none were.
func (b *sarifBuilder) comparison() string {
	c := b.result.CauseChanges
	if !c.Compared() {
		return ""
	}
	text := fmt.Sprintf("Compared with what was there before the plan: %d new, %d unchanged, %d closed.", c.New, c.Unchanged, c.Absent)
	if b.result.Baseline != "" {
		text = fmt.Sprintf("Compared with %s: %d new, %d unchanged, %d closed.", b.result.Baseline, c.New, c.Unchanged, c.Absent)
	}
	switch {
	case b.result.NewOnly:
		text += " Only the new ones are reported."
	case !b.options.All && b.unchanged+b.absent > 0:
		text += " Only the new ones are results."
	}
	return text
}

// The IDs of notifications. They have no descriptors in the log, since the official validator would require of those what
// GitHub requires of rules.
const (
	aboutAnalysis   = "analysis"
	aboutUndecided  = "undecided"
	aboutChanges    = "changes"
	aboutLimits     = "limits"
	aboutSuppressed = "suppressed"
)

func (b *sarifBuilder) notifications(undecided []*analyzer.Cause) []sarifNotification {
	out := []sarifNotification{}
	add := func(about string, level analyzer.Level, text string) *sarifNotification {
		out = append(out, sarifNotification{
			Descriptor: sarifReference{ID: about},
			Level:      level.String(),
			Message:    sarifMessage{Text: text},
		})
		return &out[len(out)-1]
	}
	for _, n := range b.result.Notices {
		if b.full(len(out)) {
			continue
		}
		text := plain(sentence(n.Summary))
		if n.Detail != "" {
			text += " " + plain(sentence(n.Detail))
		}
		note := add(aboutAnalysis, n.Level, text)
		if at := b.sources.now(n.At); at.path != "" {
			note.Locations = []sarifLocation{{Physical: physical(&at, false)}}
		}
	}
	for _, c := range undecided {
		if b.full(len(out)) {
			continue
		}
		at := b.sources.place(anchor(c))
		note := add(aboutUndecided, analyzer.Note, plain(b.sources.account(b.result, c)))
		note.Rule = &sarifReference{ID: c.Worst().Rule.ID, Index: b.ruleIndex(c.Worst())}
		note.Locations = []sarifLocation{{Physical: physical(&at, false), Logical: b.logical(c)}}
	}
	if text := b.comparison(); text != "" {
		add(aboutChanges, analyzer.Note, plain(text))
	}
	if n := len(b.result.SuppressedCauses()); n > 0 && !b.options.All {
		add(aboutSuppressed, analyzer.Note, fmt.Sprintf("Suppressed, so not among the results: %s.", plural(n, "finding")))
	}
	for _, c := range []struct {
		n    int
		what string
	}{
		{b.cut, "results, the least severe"},
		{b.cutLocations, "related locations and addresses"},
		{b.cutNotifications, "notifications, the last"},
	} {
		if c.n > 0 {
			add(aboutLimits, analyzer.Warning, fmt.Sprintf("Left out for the limits of code scanning: %d %s.", c.n, c.what))
		}
	}
	return out
}

// full reports whether one more notification exceeds the limit, and counts it if so.
func (b *sarifBuilder) full(n int) bool {
	if b.options.All || n < maxNotifications {
		return false
	}
	b.cutNotifications++
	return true
}

// physical returns the SARIF form of a place, with its text if that is asked for and short.
func physical(p *place, snippets bool) *sarifPhysical {
	out := &sarifPhysical{Artifact: artifact(p.path), Region: region(p)}
	if !snippets {
		return out
	}
	if n := p.end - p.start; n > 0 && n <= maxSnippet {
		out.Region.Snippet = &sarifMessage{Text: string(p.text())}
	}
	if wide, ok := p.around(); ok && wide.end-wide.start > p.end-p.start && wide.end-wide.start <= maxSnippet {
		out.Context = region(&wide)
		out.Context.Snippet = &sarifMessage{Text: string(wide.text())}
	}
	return out
}

func region(p *place) *sarifRegion {
	return &sarifRegion{
		StartLine: p.startLine, StartColumn: p.startColumn, EndLine: p.endLine, EndColumn: p.endColumn,
	}
}

// artifact returns the URI of a path. An absolute path can't be relative to the repository.
func artifact(name string) sarifArtifactLocation {
	name = path.Clean(name)
	u := url.URL{Path: name}
	if path.IsAbs(name) {
		u.Scheme = "file"
		return sarifArtifactLocation{URI: u.String()}
	}
	return sarifArtifactLocation{URI: u.String(), BaseID: sourceRoot}
}

// plain makes text that has names from the input in it a SARIF message: one line, without commands for a terminal, in
// which nothing looks like an embedded link, [text](target).
func plain(text string) string {
	return strings.ReplaceAll(strings.Join(display.Words(text), " "), "](", `]\(`)
}

// linkText escapes the text of an embedded link, by section 3.11.6 of the standard.
func linkText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`).Replace(strings.Join(display.Words(text), " "))
}

// sentence ends a text with a period unless it ends like a sentence.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") {
		return text
	}
	return text + "."
}

// clip cuts a text to a number of characters.
func clip(text string, limit int) string {
	if r := []rune(text); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return text
}

// pascal turns ftp-ingress-open into FtpIngressOpen.
func pascal(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}
