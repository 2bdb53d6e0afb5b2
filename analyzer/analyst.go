package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Analyst is what an analysis knows beside its input: how to read resources, and which rules to ask. It is the same for
// all inputs and safe for concurrent use.
type Analyst struct {
	known    read.Knowledge
	rules    []*Rule
	settings *config.Settings
	// keepRules and traceValues are those of the Config.
	keepRules, traceValues bool
	// byType are the adapters of each type of resource, and wanted the types that any adapter or cloud reads.
	byType map[string][]read.Adapter
	wanted map[string]bool
	// links are those of all clouds.
	links []graph.Link
	kinds *kinds
}

// newAnalyst returns what a Config says of resources, with the rules that the settings leave on.
func newAnalyst(c Config, rules []*Rule) *Analyst {
	k := &Analyst{
		known: c.Knowledge, rules: rules, settings: settingsOf(c), keepRules: c.KeepRules, traceValues: c.TraceValues,
		byType: map[string][]read.Adapter{}, wanted: map[string]bool{},
	}
	for _, a := range c.Knowledge.Adapters {
		for _, t := range a.Types {
			k.byType[t] = append(k.byType[t], a)
		}
		for _, t := range slices.Concat(a.Types, a.Reads) {
			k.wanted[t] = true
		}
	}
	for _, cloud := range c.Knowledge.Clouds {
		k.links = append(k.links, cloud.Links...)
		for _, t := range cloud.Reads {
			k.wanted[t] = true
		}
		for _, l := range cloud.Links {
			k.wanted[l.Type] = true
		}
	}
	k.kinds = kindsOf(k)
	return k
}

// reads says whether resources of a type are read.
func (k *Analyst) reads(typ string) bool { return k.wanted[typ] }

// settingsOf returns the settings of a Config, or the default ones.
func settingsOf(c Config) *config.Settings {
	if c.Settings == nil {
		return config.Default()
	}
	return c.Settings
}
