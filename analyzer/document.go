package analyzer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// read reads a document. Its error names the document.
func (k *Analyst) read(ctx context.Context, in *Input) (*plan.Plan, error) {
	text, err := in.document.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	doc, err := plan.Read(text, func(mode, typ string) bool { return k.reads(mode == "managed", typ) })
	if closeErr := text.Close(); err == nil {
		err = closeErr
	}
	if bad := (*plan.Error)(nil); errors.As(err, &bad) {
		return nil, fmt.Errorf("%s:%w", in.Name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	return doc, nil
}

// planNotices reports what a plan itself says is missing from it.
func planNotices(doc *plan.Plan, file string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	at := &hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}
	if doc.Errored {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan failed",
			Detail: "Terraform stopped planning with an error, so changes may be missing.", Subject: at,
		})
	}
	if doc.Kind == plan.KindPlan && len(doc.Resources) > 0 && (doc.Config == nil || doc.Config.Root == nil) {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan has no configuration",
			Detail: "Its section configuration is missing, so what belongs together isn't known.", Subject: at,
		})
	}
	if len(doc.Deferred) > 0 {
		names := make([]string, len(doc.Deferred))
		for i, r := range doc.Deferred {
			names[i] = r.Address
		}
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan defers changes",
			Detail: "Of " + listed(names) + " it says only what was known then. A plan after its apply says the rest.", Subject: at,
		})
		return diags
	}
	if !doc.Complete {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "The plan is not complete",
			Detail: "More plans are needed to reach the configuration; they were not analysed.", Subject: at,
		})
	}
	return diags
}

// provisioned returns the resources with provisioners in a module and in the modules that it calls.
func provisioned(m *plan.Module, path string) []string {
	if m == nil {
		return nil
	}
	var out []string
	for _, b := range m.Resources {
		if b.Provisioned {
			out = append(out, path+b.Address)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Calls)) {
		out = append(out, provisioned(m.Calls[name].Module, path+"module."+name+".")...)
	}
	return out
}
