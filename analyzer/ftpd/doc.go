// Package ftpd knows FTP servers: how distributions package them, what their defaults are, how their configuration is
// read, which container images serve FTP and how, and what to advise. What comes out is one small model of each server, in
// which every setting is known with its place in the text, a default with its source, or unknown with the reason.
//
// It reads no files, runs nothing and knows no Terraform. A text may hold [host.Hole] where a part of it isn't known.
//
// # How it works
//
// Package host says what texts leave on a machine. Each server is a [product] in a file of its own: the names of its
// packages, services, programs and images, the files that its packages ship, the reader of its configuration, and advice.
// [Read] asks each product which servers it is on each machine that is possible, and merges the answers: what isn't the
// same on all is unknown.
//
// # Example
//
// For example, of the script
//
//	apt-get install -y vsftpd
//	sed -i s/anonymous_enable=NO/anonymous_enable=YES/ /etc/vsftpd.conf
//
// the product vsftpd is told that its package is on a machine of the family Debian, where that starts it, and that
// /etc/vsftpd.conf holds Debian's lines with one changed. Anonymous is known, with the place of the second line; TLS is
// the default none, whose source is Debian's package.
package ftpd
