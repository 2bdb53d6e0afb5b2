package plan

import (
	"github.com/go-json-experiment/json/jsontext"
	"github.com/zclconf/go-cty/cty"
)

// Config is the part of a plan's configuration that is needed to follow references between the kept resources.
type Config struct {
	// Providers are the provider configurations by the key that resources name them
	// with.
	Providers map[string]*Provider
	// Root is the root module; nil if the document has none.
	Root *Module
}

// Provider is a provider configuration.
type Provider struct {
	// Name is its local name, FullName the provider's source address.
	Name, FullName string
	// ModuleAddress is the address of the module that contains it; "" for the root module.
	ModuleAddress string
	// VersionConstraint is the module's constraint on the provider's version.
	VersionConstraint string
	// Arguments are its arguments.
	Arguments map[string]*Expr
}

// Module is a module of a configuration.
type Module struct {
	// Resources are the resource blocks of the types to keep, in the order of the
	// document.
	Resources []*Block
	// Calls are the module's calls of others, by name.
	Calls map[string]*Call
	// Outputs are the module's output values, by name.
	Outputs map[string]*Output
	// Variables are the module's input variables, by name.
	Variables map[string]*Variable
}

// Block is a resource or data block.
type Block struct {
	// Address is the resource's address within its module, without instance keys.
	Address string
	// Mode is "managed" or "data".
	Mode       string
	Type, Name string
	// Provider is the key of the provider configuration in Providers.
	Provider string
	// Arguments are the block's arguments and nested blocks.
	Arguments map[string]*Expr
	// Count and ForEach are the expressions of the meta-arguments; nil without.
	Count, ForEach *Expr
	DependsOn      []string
	// Provisioned is true if the block has provisioners. A plan doesn't tell when they run.
	Provisioned bool
}

// Call is a module block.
type Call struct {
	// Source and Version are as the block writes them; Version is "" without a constraint.
	Source, Version string
	// Arguments are the values of the called module's variables.
	Arguments map[string]*Expr
	// Count and ForEach are the expressions of the meta-arguments; nil without.
	Count, ForEach *Expr
	DependsOn      []string
	// Module is the called module; nil if the document lacks it.
	Module *Module
}

// Output is an output block.
type Output struct {
	// Value is nil if the document lacks it.
	Value     *Expr
	Sensitive bool
	DependsOn []string
}

// Variable is a variable block.
type Variable struct {
	// Default is cty.NilVal if there is none.
	Default   cty.Value
	Sensitive bool
}

// Expr is the value of an argument, as far as a plan tells it. An expression that is neither constant nor refers to anything,
// such as timestamp(), has only zero fields.
type Expr struct {
	// Constant is the value if it is constant, cty.NilVal otherwise.
	Constant cty.Value
	// References are what the expression refers to, each followed by its prefixes: "aws_vpc.main.id", "aws_vpc.main".
	References []string
	// Blocks are the arguments of each nested block, if this is a block type and not an argument. Labelled blocks are one block
	// of blocks by label. A dynamic block leaves nothing here.
	Blocks []map[string]*Expr
}

func (p *reader) config(to *Config) error {
	return p.object("configuration", func(name string) error {
		switch name {
		case "provider_config":
			to.Providers = make(map[string]*Provider)
			return p.object(name, func(key string) error {
				provider := new(Provider)
				to.Providers[key] = provider
				return p.provider(provider)
			})
		case "root_module":
			to.Root = new(Module)
			return p.module(to.Root)
		default:
			return p.dec.SkipValue()
		}
	})
}

func (p *reader) provider(to *Provider) error {
	if err := p.spend(valueCost); err != nil {
		return err
	}
	return p.object("a provider configuration", func(name string) error {
		switch name {
		case "name":
			return p.string(name, &to.Name)
		case "full_name":
			return p.string(name, &to.FullName)
		case "module_address":
			return p.string(name, &to.ModuleAddress)
		case "version_constraint":
			return p.string(name, &to.VersionConstraint)
		case "expressions":
			return p.arguments(name, &to.Arguments)
		default:
			return p.dec.SkipValue()
		}
	})
}

func (p *reader) module(to *Module) error {
	if err := p.spend(valueCost); err != nil {
		return err
	}
	return p.object("a module", func(name string) error {
		switch name {
		case "resources":
			return p.array(name, func() error { return p.block(to) })
		case "module_calls":
			to.Calls = make(map[string]*Call)
			return p.object(name, func(key string) error {
				call := new(Call)
				to.Calls[key] = call
				return p.call(call)
			})
		case "outputs":
			to.Outputs = make(map[string]*Output)
			return p.object(name, func(key string) error {
				output := new(Output)
				to.Outputs[key] = output
				return p.output(output)
			})
		case "variables":
			to.Variables = make(map[string]*Variable)
			return p.object(name, func(key string) error {
				variable := new(Variable)
				to.Variables[key] = variable
				return p.variable(variable)
			})
		default:
			return p.dec.SkipValue()
		}
	})
}

func (p *reader) block(to *Module) error {
	start := p.in.position(p.next())
	refund := p.account()
	b := new(Block)
	p.id.clear()
	err := p.object("a resource", func(name string) error {
		switch name {
		case "provider_config_key", "expressions", "count_expression", "for_each_expression", "depends_on", "provisioners":
			if p.id.mode != "" && p.id.typ != "" && !p.keeps(&p.id) {
				return p.dec.SkipValue()
			}
		}
		switch name {
		case "provider_config_key":
			return p.word(name, &b.Provider)
		case "expressions":
			return p.arguments(name, &b.Arguments)
		case "count_expression":
			return p.expression(name, &b.Count)
		case "for_each_expression":
			return p.expression(name, &b.ForEach)
		case "depends_on":
			return p.strings(name, &b.DependsOn)
		case "provisioners":
			return p.array(name, func() error {
				b.Provisioned = true
				return p.dec.SkipValue()
			})
		case "address":
			return p.scratchString(name, &p.id.address)
		case "mode":
			return p.word(name, &p.id.mode)
		case "type":
			return p.word(name, &p.id.typ)
		case "name":
			return p.scratchString(name, &p.id.name)
		default:
			return p.dec.SkipValue()
		}
	})
	if err != nil {
		return err
	}
	if !p.id.whole() {
		return &Error{start, noIdentity}
	}
	if !p.keeps(&p.id) {
		refund()
		return nil
	}
	b.Address, b.Mode, b.Type, b.Name = string(p.id.address), p.id.mode, p.id.typ, string(p.id.name)
	to.Resources = append(to.Resources, b)
	return p.spend(valueCost + len(b.Address) + len(b.Name))
}

func (p *reader) call(to *Call) error {
	if err := p.spend(valueCost); err != nil {
		return err
	}
	return p.object("a module call", func(name string) error {
		switch name {
		case "source":
			return p.string(name, &to.Source)
		case "version_constraint":
			return p.string(name, &to.Version)
		case "expressions":
			return p.arguments(name, &to.Arguments)
		case "count_expression":
			return p.expression(name, &to.Count)
		case "for_each_expression":
			return p.expression(name, &to.ForEach)
		case "depends_on":
			return p.strings(name, &to.DependsOn)
		case "module":
			to.Module = new(Module)
			return p.module(to.Module)
		default:
			return p.dec.SkipValue()
		}
	})
}

func (p *reader) output(to *Output) error {
	if err := p.spend(valueCost); err != nil {
		return err
	}
	return p.object("an output", func(name string) error {
		switch name {
		case "expression":
			return p.expression(name, &to.Value)
		case "sensitive":
			return p.bool(name, &to.Sensitive)
		case "depends_on":
			return p.strings(name, &to.DependsOn)
		default:
			return p.dec.SkipValue()
		}
	})
}

func (p *reader) variable(to *Variable) error {
	if err := p.spend(valueCost); err != nil {
		return err
	}
	return p.object("a variable", func(name string) (err error) {
		switch name {
		case "default":
			to.Default, err = p.value()
			return err
		case "sensitive":
			return p.bool(name, &to.Sensitive)
		default:
			return p.dec.SkipValue()
		}
	})
}

// arguments reads an object of expressions.
func (p *reader) arguments(what string, to *map[string]*Expr) error {
	if err := p.spend(valueCost); err != nil {
		return err
	}
	*to = make(map[string]*Expr)
	return p.object(what, func(name string) error {
		var e *Expr
		err := p.expression(name, &e)
		(*to)[name] = e
		return err
	})
}

// expression reads an argument, or the nested blocks of one type. Nothing in the format tells them apart: an array holds
// blocks, and an object is a single block unless its members are those of an argument.
func (p *reader) expression(what string, to **Expr) error {
	if err := p.spend(valueCost); err != nil {
		return err
	}
	e := new(Expr)
	*to = e
	if p.dec.PeekKind() == jsontext.KindBeginArray {
		return p.array(what, func() error {
			var block map[string]*Expr
			err := p.arguments(what, &block)
			e.Blocks = append(e.Blocks, block)
			return err
		})
	}
	block := make(map[string]*Expr)
	err := p.object(what, func(name string) (err error) {
		switch kind := p.dec.PeekKind(); {
		case name == "constant_value":
			e.Constant, err = p.value()
		case name == "references" && kind == jsontext.KindBeginArray:
			err = p.strings(name, &e.References)
		case kind == jsontext.KindBeginObject, kind == jsontext.KindBeginArray:
			var nested *Expr
			err = p.expression(name, &nested)
			block[name] = nested
		default:
			err = p.dec.SkipValue()
		}
		return err
	})
	if len(block) > 0 {
		e.Blocks = []map[string]*Expr{block}
	}
	return err
}
