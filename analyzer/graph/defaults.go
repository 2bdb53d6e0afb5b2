package graph

// WithDefaults returns an object with default values for the attributes that o doesn't set.
func (o Object) WithDefaults(defaults map[string]Value) Object {
	return Object{defaultsBody{o.body, defaults}}
}

type defaultsBody struct {
	body
	defaults map[string]Value
}

func (b defaultsBody) attr(name string) Value {
	if v := b.body.attr(name); !v.Absent() {
		return v
	}
	return b.defaults[name]
}

func (b defaultsBody) blocks(name string) []Block {
	if b.body.attr(name).Absent() && !b.defaults[name].Absent() {
		return b.defaults[name].objects()
	}
	return b.body.blocks(name)
}
