package server

import (
	"path"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// dockerCompose reads the files of an application of Docker Compose as docker compose up does on the machine.
// Source: https://registry.terraform.io/providers/kreuzwerker/docker/latest/docs/resources/compose
func dockerCompose(s read.Subject) ([]fact.FTP, []fact.Unread) {
	m := setup{subject: s}
	paths, _ := objectOf(s).attr("config_paths")
	files, whole := paths.Elements()
	for _, file := range files {
		name, _ := file.Text()
		text, ok := file.FileText(host.Hole)
		if !ok {
			m.addText(host.Elsewhere, "", textOf(s, file, graph.Value{}))
			continue
		}
		at := path.Join("/compose", path.Base(name))
		m.addText(host.File, at, text)
		m.addText(host.Command, "", graph.Compose(host.Hole, graph.Piece{
			Text: ftpd.CommandLine([]string{"docker", "compose", "-f", at, "up", "-d"}), Known: true, Given: true, At: file.At,
		}))
	}
	if !whole || len(files) == 0 {
		m.addText(host.Elsewhere, "", textOf(s, paths, graph.Value{}))
	}
	return m.read()
}
