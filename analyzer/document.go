package analyzer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/source"
)

// read reads a document. The error names it.
func (k *Knowledge) read(ctx context.Context, in *Input) (*source.Plan, error) {
	doc, err := in.document.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	plan, err := source.ReadPlan(doc, func(_, typ string) bool { return k.reads(typ) })
	if closeErr := doc.Close(); err == nil {
		err = closeErr
	}
	if bad := (*source.PlanError)(nil); errors.As(err, &bad) {
		return nil, fmt.Errorf("%s:%w", in.Name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	return plan, nil
}

// planNotices says what a plan itself says that it lacks.
func planNotices(plan *source.Plan, file string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	at := &hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}
	if plan.Errored {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan failed",
			Detail: "Terraform stopped planning with an error, so changes may be missing.", Subject: at,
		})
	}
	if plan.Kind == source.PlanKindPlan && len(plan.Resources) > 0 && (plan.Config == nil || plan.Config.Root == nil) {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan has no configuration",
			Detail: "Its section configuration is missing, so what belongs together isn't known.", Subject: at,
		})
	}
	if !plan.Complete {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "The plan is not complete",
			Detail: "More plans are needed to reach the configuration; they were not analysed.", Subject: at,
		})
	}
	return diags
}

// provisioned returns the resources of a module and of those that it calls that have provisioners.
func provisioned(m *source.PlanModule, path string) []string {
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
