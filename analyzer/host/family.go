package host

import (
	"slices"
	"strings"
)

// Family is a family of Linux distributions that install the same packages in the same way.
type Family uint8

// The families.
const (
	// Debian: Debian, Ubuntu and what is made of them.
	Debian Family = iota + 1
	// RedHat7: Red Hat Enterprise Linux and its kin up to version 7, Amazon Linux 2.
	RedHat7
	// RedHat: Red Hat Enterprise Linux and its kin from version 8, Fedora, Amazon Linux 2023.
	RedHat
	// Alpine: Alpine Linux.
	Alpine
	// SUSE: SUSE Linux Enterprise and openSUSE.
	SUSE
	// Arch: Arch Linux.
	Arch
)

// String returns the names of the distributions.
func (f Family) String() string {
	switch f {
	case Debian:
		return "Debian and Ubuntu"
	case RedHat7:
		return "Red Hat up to 7 and Amazon Linux 2"
	case RedHat:
		return "Red Hat from 8, Fedora and Amazon Linux 2023"
	case Alpine:
		return "Alpine"
	case SUSE:
		return "SUSE"
	case Arch:
		return "Arch"
	}
	return "invalid family"
}

// Starts reports whether installing a package starts its service. Debian's maintainer scripts do so
// (https://www.debian.org/doc/debian-policy/ch-opersys.html, 9.3.3.2); elsewhere services are disabled until somebody
// enables them (systemd.preset(5), "disable *"; Alpine: rc-update).
func (f Family) Starts() bool { return f == Debian }

// Families returns all families.
func Families() []Family { return []Family{Debian, RedHat7, RedHat, Alpine, SUSE, Arch} }

// managers returns the package managers of a family.
func (f Family) managers() []string {
	switch f {
	case Debian:
		return []string{"apt-get", "apt", "aptitude", "dpkg"}
	case RedHat7:
		return []string{"yum", "rpm", "amazon-linux-extras"}
	case RedHat:
		return []string{"yum", "dnf", "microdnf", "rpm"}
	case Alpine:
		return []string{"apk"}
	case SUSE:
		return []string{"zypper", "rpm"}
	case Arch:
		return []string{"pacman"}
	}
	return nil
}

// Evidence is what is known of a machine's distribution besides the texts.
type Evidence struct {
	// Families are the families that the machine's image may belong to; empty if nothing is known of the image.
	Families []Family
	// Steps limits the work on the texts; 0 means MaxSteps.
	Steps int
}

// FamiliesOfImage returns the families that the name of a machine's image, or of its publisher, may stand for; nil if it tells
// nothing. The name may contain a Hole.
func FamiliesOfImage(name string) []Family {
	name = strings.ToLower(name)
	for _, i := range imageNames() {
		if slices.ContainsFunc(i.words, func(w string) bool { return strings.Contains(name, w) }) {
			return i.families
		}
	}
	return nil
}

type imageName struct {
	words    []string
	families []Family
}

// imageNames lists words of image names, more specific ones first: names of Amazon's machine images and their SSM parameters,
// publishers and offers of Azure, projects and families of Google Cloud, slugs of smaller clouds, and Docker's official images.
func imageNames() []imageName {
	return []imageName{
		{[]string{"al2023", "amazon-linux-2023", "amazonlinux:2023"}, []Family{RedHat}},
		{[]string{"amzn2-ami", "amzn2", "amazon-linux-2", "amazonlinux:2", "amzn-ami"}, []Family{RedHat7}},
		{[]string{"amazonlinux", "amazon-linux", "al2-ami"}, []Family{RedHat7, RedHat}},
		{[]string{"ubuntu", "canonical", "debian", "raspbian", "linuxmint"}, []Family{Debian}},
		{[]string{
			"rhel-7", "rhel7", "rhel_7", "centos-7", "centos7", "centos_7", "centos:7", "centos 7", "oraclelinux:7", "ol7", "rhel/7", "centos/7",
			"rhel-6", "centos-6", "centos:6",
		}, []Family{RedHat7}},
		{[]string{
			"rhel-8", "rhel-9", "rhel-10", "rhel8", "rhel9", "rhel10", "rhel/8", "rhel/9", "rhel/10", "centos-stream", "centos stream", "centos-8", "centos:8",
			"centos_8", "rocky", "almalinux", "alma-", "fedora", "ol8", "ol9", "ol10", "oraclelinux:8", "oraclelinux:9", "ubi8", "ubi9",
			"cbl-mariner", "azurelinux",
		}, []Family{RedHat}},
		{[]string{"rhel", "redhat", "centos", "oracle-linux", "oraclelinux", "oracle linux"}, []Family{RedHat7, RedHat}},
		{[]string{"alpine"}, []Family{Alpine}},
		{[]string{"opensuse", "suse", "sles"}, []Family{SUSE}},
		{[]string{"archlinux", "arch-linux", "arch linux"}, []Family{Arch}},
	}
}

// packageFamilies returns the families that have a package with this name, if they are few; otherwise nil. It knows common
// packages that the families name differently.
func packageFamilies(name string) []Family {
	switch name {
	case "epel-release", "policycoreutils-python-utils", "httpd-tools", "yum-utils", "dnf-plugins-core", "redhat-lsb-core":
		return []Family{RedHat7, RedHat}
	case "apache2-utils", "libpam-pwdfile", "software-properties-common", "apt-transport-https", "build-essential", "debconf-utils",
		"unattended-upgrades", "lsb-release", "gnupg2", "python3-apt":
		return []Family{Debian}
	case "busybox-extras", "alpine-sdk":
		return []Family{Alpine}
	}
	return nil
}

// Package is a package whose contents a caller knows and host doesn't.
type Package struct {
	// Names are its names for package managers. Own are those names that only one family has.
	Names []string
	Own   map[string]Family
	// Units are its services. Programs are its programs that only read the files given to them.
	Units, Programs []string
	// Passwords are its programs that set passwords.
	Passwords []PasswordProgram
	// Files are the files that it installs.
	Files []ShippedFile
}

// ShippedFile is a file of a package. It needs only the lines that a caller asks for or that scripts are known to edit.
type ShippedFile struct {
	Family Family
	Path   string
	// Source names the file's origin, such as "the file of Debian's package vsftpd"; empty if the lines aren't known.
	Source string
	Lines  string
}

// Catalog lists the packages whose contents callers know.
type Catalog []Package

// families returns the families that have a package with this name, if they are few; otherwise nil.
func (c Catalog) families(name string) []Family {
	for _, p := range c {
		if f, ok := p.Own[name]; ok {
			return []Family{f}
		}
	}
	return packageFamilies(name)
}

func (c Catalog) named(name string) (Package, bool) {
	i := slices.IndexFunc(c, func(p Package) bool { return slices.Contains(p.Names, name) })
	if i < 0 {
		return Package{}, false
	}
	return c[i], true
}

// hasUnit reports whether a service belongs to one of the packages.
func (c Catalog) hasUnit(unit string) bool {
	return slices.ContainsFunc(c, func(p Package) bool { return slices.Contains(p.Units, unit) })
}

// reads reports whether a program only reads its arguments.
func (c Catalog) reads(program string) bool {
	return slices.ContainsFunc(c, func(p Package) bool { return slices.Contains(p.Programs, program) })
}
