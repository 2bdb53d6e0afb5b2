package fix

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// plurals maps attributes with one value to the attribute that can replace them and holds several. Source:
// azurerm_network_security_rule in the provider's documentation; its nested security_rule is the same.
func plurals() map[string]string {
	return map[string]string{
		"source_address_prefix":  "source_address_prefixes",
		"destination_port_range": "destination_port_ranges",
	}
}

// replace replaces everyone's addresses by trusted ones.
func (t *texts) replace(places []hcl.Range, o Options) ([]analyzer.Edit, error) {
	if len(places) == 0 {
		return nil, errors.New("its source is not written out")
	}
	for _, at := range places {
		if err := editable(at.Filename); err != nil {
			return nil, err
		}
	}
	// Without a replacement, the files needn't be parsed again; they may be large.
	switch {
	case o.Variable != "":
	case len(o.Trusted) == 0:
		return nil, errors.New("the settings have no trusted addresses to put in the place of everyone's; name some in a trusted block of " +
			config.Name + ", or a variable with --to var.NAME")
	case len(o.Trusted) > 1:
		return nil, errors.New("the settings have several trusted addresses; name those that need the port")
	}
	var all []*written
	for _, at := range places {
		file, err := t.file(at.Filename)
		if err != nil {
			return nil, err
		}
		w, ok := file.find(at)
		if !ok {
			return nil, errors.New("its source is not written out")
		}
		if !slices.ContainsFunc(all, func(o *written) bool { return o.expr == w.expr }) {
			all = append(all, w)
		}
	}
	if o.Variable != "" {
		return t.refer(all, o.Variable)
	}
	return name(all, o.Trusted[0])
}

// name replaces everyone's addresses by addresses of the same family. If there are none of a family, it removes the element of
// the list.
func name(all []*written, trusted config.Trusted) ([]analyzer.Edit, error) {
	var edits []analyzer.Edit
	named := false
	for _, w := range all {
		prefixes := family(w.value, trusted)
		var quoted []string
		for _, p := range prefixes {
			quoted = append(quoted, strconv.Quote(p))
		}
		named = named || len(quoted) > 0
		switch {
		case w.list != nil:
			e, err := w.element(quoted)
			if err != nil {
				return nil, err
			}
			edits = append(edits, e)
		case len(quoted) == 1:
			edits = append(edits, analyzer.Edit{At: w.expr.Range(), New: quoted[0]})
		case len(quoted) == 0:
			return nil, fmt.Errorf("%s has no addresses of its family", trusted.Name)
		default:
			e, ok := w.several(quoted)
			if !ok {
				return nil, fmt.Errorf("there is room for one prefix, and %s has %d", trusted.Name, len(quoted))
			}
			edits = append(edits, e)
		}
	}
	if !named {
		return nil, fmt.Errorf("%s has no addresses of its family", trusted.Name)
	}
	return edits, nil
}

// family returns the prefixes that can replace a text that means everyone. A word means both families, but not every cloud
// accepts both in one rule, so prefixes of one family replace it.
func family(everyone string, trusted config.Trusted) []string {
	set, err := netset.ParseSource(everyone)
	v4 := !set.IPv4().Empty()
	if err != nil {
		v4 = !trusted.Set.IPv4().Empty()
	}
	var out []string
	for _, p := range trusted.Prefixes {
		if set, err := netset.ParseSource(p); err == nil && set.IPv4().Empty() != v4 {
			// Every cloud accepts this form: with a length, and without host bits.
			for canonical := range set.Prefixes() {
				out = append(out, canonical.String())
			}
		}
	}
	return out
}

// several replaces an attribute with one value by the attribute that holds several. The second result is false if there is
// none.
func (w *written) several(quoted []string) (analyzer.Edit, bool) {
	name, ok := plurals()[w.attr.Name]
	if !ok || !w.whole() || len(w.blocks) == 0 || w.blocks[len(w.blocks)-1].Body.Attributes[name] != nil {
		return analyzer.Edit{}, false
	}
	at := hcl.RangeBetween(w.attr.NameRange, w.expr.Range())
	return analyzer.Edit{At: at, New: name + " = [" + strings.Join(quoted, ", ") + "]"}, true
}

// refer replaces everyone's addresses by a variable.
func (t *texts) refer(all []*written, name string) ([]analyzer.Edit, error) {
	var edits []analyzer.Edit
	done := map[hcl.Range]bool{}
	for _, w := range all {
		if len(w.blocks) == 0 || w.blocks[0].Type == "variable" {
			return nil, errors.New("its source is the value of a variable, which can't refer to another")
		}
		holds, err := t.variable(w.file.name, name)
		if err != nil {
			return nil, err
		}
		ref := "var." + name
		switch {
		case holds == oneText && w.list == nil, holds == oneText && len(all) == 1:
			edits = append(edits, analyzer.Edit{At: w.expr.Range(), New: ref})
			continue
		case holds == oneText:
			return nil, errors.New("one text can't stand for several")
		case w.list == nil:
			return nil, fmt.Errorf("there is room for one prefix, and %s may have several", ref)
		}
		key := w.list.Range()
		if done[key] {
			continue
		}
		done[key] = true
		rest := len(w.list.Exprs)
		for _, o := range all {
			if o.list == w.list {
				rest--
			}
		}
		switch {
		case rest == 0 && len(done) == 1:
			edits = append(edits, analyzer.Edit{At: w.list.Range(), New: ref})
		case rest == len(w.list.Exprs)-1 && holds == listOfTexts:
			cut, err := w.element(nil)
			if err != nil {
				return nil, err
			}
			before, after := w.list.Range(), w.list.Range()
			before.End, after.Start = before.Start, after.End
			edits = append(edits, analyzer.Edit{At: before, New: "concat("}, cut, analyzer.Edit{At: after, New: ", " + ref + ")"})
		default:
			return nil, errors.New("its source is more than one value")
		}
	}
	return edits, nil
}

// holding is the kind of value in a variable.
type holding uint8

const (
	oneText holding = iota + 1
	listOfTexts
	setOfTexts
)

// variable returns what a variable holds in the module that a file belongs to.
func (t *texts) variable(file, name string) (holding, error) {
	expr, ok := variableType(t.result, file, name)
	if !ok {
		return 0, fmt.Errorf("no variable %s is declared in the module of %s", name, file)
	}
	switch word := strings.Join(strings.Fields(expr), ""); word {
	case "string":
		return oneText, nil
	case "list(string)":
		return listOfTexts, nil
	case "set(string)":
		return setOfTexts, nil
	}
	return 0, fmt.Errorf("var.%s isn't declared as string, list(string) or set(string)", name)
}
