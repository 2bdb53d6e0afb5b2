package ftpd

import "github.com/tfreach/tfreach/analyzer/host"

const (
	Hole         = host.Hole
	MaxTextBytes = host.MaxTextBytes
	UserData     = host.UserData
	Script       = host.Script
	PowerShell   = host.PowerShell
	File         = host.File
	CommandLine  = host.CommandLine
	Containers   = host.Containers
)

type (
	Part     = host.Part
	PartKind = host.PartKind
)
