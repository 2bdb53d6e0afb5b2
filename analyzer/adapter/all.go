package adapter

import "slices"

// Know returns what is known of all clouds and modules.
func Know() Knowledge {
	providers := append([]Provider{aws(), azure(), google()}, Providers()...)
	var out Knowledge
	var data []userData
	for _, p := range providers {
		out.Adapters = append(out.Adapters, p.Rules...)
		if p.Ways != nil {
			out.Clouds = append(out.Clouds, *p.Ways)
		}
		data = append(data, p.UserData...)
	}
	out.Adapters = slices.Concat(out.Adapters, Managed(), Machines(data), Containers())
	out.Modules = Modules()
	return out
}
