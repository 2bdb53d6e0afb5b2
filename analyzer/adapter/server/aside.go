package server

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/host"
)

// Asides returns the blocks of resources, and the calls of modules, whose texts aren't read and tell of an FTP server, each once.
func Asides(g *graph.Graph, unread func(typ string) bool) []fact.Aside {
	var out []fact.Aside
	asks := func(typ string) bool {
		// Cloud Run takes HTTP only: https://cloud.google.com/run/docs/container-contract.
		return unread(typ) && !strings.HasPrefix(typ, "google_cloud_run_")
	}
	g.Asides(asks, host.Hole, ftpd.Words(), func(text graph.Aside) {
		last := text.Path[len(text.Path)-1]
		switch n := len(out); {
		case n > 0 && out[n-1].Block == text.Block, isLabel(text.Path[0]), isLabel(last):
			return
		}
		if read, _ := isRead(last); read && text.Call {
			return // Called has read it
		}
		if server := ftpd.Told(text.Text.Text); server != "" {
			if text.Text.Sensitive() {
				server = "an FTP server"
			}
			out = append(out, fact.Aside{Block: text.Block, At: text.Decl, Argument: last, Server: server, Call: text.Call})
		}
	})
	return out
}

// isLabel tells the arguments that say what a resource is called, or something about it to people, and not what it does.
func isLabel(name string) bool {
	switch name {
	case "tags", "tags_all", "labels", "description", "annotations", "comment", "comments", "notes", "title", "hostname", "id":
		return true
	}
	return strings.HasSuffix(name, "name") || strings.HasSuffix(name, "_id")
}
