package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Analyst is what an analysis knows beside its input: how to read resources, and which rules to ask. All inputs share one, and
// it is safe for concurrent use.
type Analyst struct {
	known    read.Knowledge
	rules    []*Rule
	settings *config.Settings
	// keepRules and traceValues are Config.KeepRules and Config.TraceValues.
	keepRules, traceValues bool
	beyond                 bool // Config.Beyond
	// byType are the adapters of each type of resource, and wanted the types that any adapter or cloud reads.
	byType map[string][]read.Adapter
	wanted map[string]bool
	// required are the arguments that each type of resource must have.
	required map[string][]read.Required
	// clouds are the clouds that have resource types, by name.
	clouds map[string]bool
	// links are the links of all clouds.
	links []graph.Link
	kinds *kinds
}

// newAnalyst returns the Analyst of a Config, with the rules that the settings leave on.
func newAnalyst(c Config, rules []*Rule) *Analyst {
	k := &Analyst{
		known: c.Knowledge, rules: rules, settings: settingsOf(c), keepRules: c.KeepRules, traceValues: c.TraceValues, beyond: c.Beyond,
		byType: map[string][]read.Adapter{}, wanted: map[string]bool{}, required: map[string][]read.Required{},
	}
	for _, q := range c.Knowledge.Required {
		for _, t := range q.Types {
			k.required[t] = append(k.required[t], q)
		}
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
	k.clouds = map[string]bool{}
	for t := range k.wanted {
		k.clouds[read.CloudOf(t)] = true
	}
	k.kinds = kindsOf(k)
	return k
}

// reads reports whether some adapter or cloud reads resources of a type, or a resource of that type may use or change what is
// read.
func (k *Analyst) reads(managed bool, typ string) bool {
	return k.wanted[typ] || managed && (read.Acts(typ) || k.clouds[read.CloudOf(typ)] && read.EffectOf(typ, typ) != read.NoEffect)
}

// settingsOf returns the settings of a Config, or the default ones.
func settingsOf(c Config) *config.Settings {
	if c.Settings == nil {
		return config.Default()
	}
	return c.Settings
}
