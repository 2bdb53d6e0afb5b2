package all

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/aws"
	"github.com/tfreach/tfreach/analyzer/adapter/azure"
	"github.com/tfreach/tfreach/analyzer/adapter/clouds"
	"github.com/tfreach/tfreach/analyzer/adapter/google"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/adapter/registry"
	"github.com/tfreach/tfreach/analyzer/adapter/server"
)

// Knowledge returns what is known of all clouds and modules.
func Knowledge() read.Knowledge {
	providers := append([]read.Provider{aws.Provider(), azure.Provider(), google.Provider()}, clouds.Providers()...)
	var out read.Knowledge
	var data []read.UserData
	for _, p := range providers {
		out.Adapters = append(out.Adapters, p.Rules...)
		out.Adapters = append(out.Adapters, read.Publish(p.Publishers...)...)
		if cloud := p.Cloud(); cloud != nil {
			out.Clouds = append(out.Clouds, *cloud)
		}
		out.Instead = append(out.Instead, p.Instead...)
		out.Parts = append(out.Parts, p.Parts...)
		data = append(data, p.UserData...)
	}
	out.Adapters = slices.Concat(out.Adapters, server.Managed(), server.Machines(data), server.Carriers(), server.Containers())
	out.Required = required()
	out.Modules, out.Called, out.Asides = registry.Modules(), server.Called, server.Asides
	out.Handed = registry.Handed
	return out
}
