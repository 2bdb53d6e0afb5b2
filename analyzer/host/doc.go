// Package host says what texts leave on a machine: the shell scripts, cloud-init data, PowerShell and files that a
// configuration gives to it. What comes out is a [Machine]: its files line by line, its packages and when they come, the
// services that start, the programs and containers that run, the accounts that get passwords, and for each of them what
// isn't known, with the reason and the place.
//
// It reads no files, runs nothing, and knows no Terraform and no server. What packages bring it is told by a [Catalog].
//
// # How it works
//
// The texts are carried out in the order of the machine: cloud-init's stages, then scripts, commands as they come, one
// pass for each family of distributions that the machine can be of. Commands are taken to succeed. A command that is
// known changes the model ([commands]); one that isn't may change the files that it names; one that runs something that
// isn't in the texts may change every file that is there by then, but not those of packages that come later. A file is a
// list of lines. Where anything may have happened to it stands a line with a doubt, and what is written after that is
// known again.
//
// For example, this script
//
//	curl https://example.com/agent.sh | sh
//	apt-get install -y vsftpd
//	echo listen_port=$PORT >> /etc/vsftpd.conf
//
// leaves a machine of the family Debian. The first line is in Opaque, and doubts nothing, since there is no file yet that
// is asked about. The package is in Installed at line 2. The Content of /etc/vsftpd.conf is what the catalog says that
// Debian's package ships, followed by the line listen_port= with a [Hole].
package host

// Hole stands in a text for a part of it that is not known, such as a template's interpolation. It may stand for any
// characters but a line break: what it is a part of is unknown, a line that is nothing but a Hole is any text, and the
// lines around it are still read.
const Hole = "\uFFFC"

// Limits against hostile input. What exceeds one is not read, and the machine says so.
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
