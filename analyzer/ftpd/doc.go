// Package ftpd reads texts that configure FTP servers: the servers' own configuration files, and the shell scripts,
// cloud-init data and container settings that install and configure them. What comes out is one small model of each
// server, in which every setting is known with its place in the text, a default with its source, or unknown with the
// reason.
//
// It reads no files, runs nothing and knows no Terraform. A text may hold [Hole] where a part of it isn't known.
package ftpd

// Hole stands in a text for a part of it that is not known, such as a template's interpolation. It may stand for any
// characters but a line break: what it is a part of is unknown, a line that is nothing but a Hole is any text, and the
// lines around it are still read.
const Hole = "\uFFFC"

// Limits against hostile input. What exceeds one is not read, and the Reading says so.
const (
	// MaxTextBytes is the longest text that is read, given or decoded: twice what any cloud takes as user data (Google
	// Cloud: 256 KiB for a metadata value).
	MaxTextBytes = 1 << 19

	// MaxDecodedBytes bounds what is decoded from one text, all layers of base64, gzip and MIME added up.
	MaxDecodedBytes = 2 << 20

	// MaxNesting is how deep brackets may nest in a shell script, YAML collections in a document, elements in XML, and
	// scripts in scripts.
	MaxNesting = 200

	// MaxNodes is the greatest number of YAML nodes that are visited, those under aliases counted each time.
	MaxNodes = 1 << 16

	// MaxSteps bounds how much is carried out: commands of scripts, lines of the files that they write, and bytes of both,
	// 64 for a step.
	MaxSteps = 1 << 17
)
