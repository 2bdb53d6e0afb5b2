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
// # Example
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

// Hole stands for a part of a text that isn't known, such as a template's interpolation. It may stand for any characters but a
// line break. A word that contains one is unknown. A line that is only a Hole stands for any text. The lines around it are
// still read.
const Hole = "\uFFFC"

// Limits against hostile input. A text that exceeds one is not read, and the machine says so.
const (
	// MaxTextBytes is the longest text that is read, given or decoded: twice what any cloud takes as user data (Google
	// Cloud: 256 KiB for a metadata value).
	MaxTextBytes = 1 << 19

	// MaxDecodedBytes limits what is decoded from one text: all layers of base64, gzip and MIME together.
	MaxDecodedBytes = 2 << 20

	// MaxNesting limits how deep brackets nest in a shell script, collections in YAML, elements in XML, and scripts in scripts.
	MaxNesting = 200

	// MaxNodes limits the visited YAML nodes; nodes under aliases count each time.
	MaxNodes = 1 << 16

	// MaxSteps limits the work: commands of scripts, lines of the files that they write, and bytes of both, 64 for a step.
	MaxSteps = 1 << 17
)
