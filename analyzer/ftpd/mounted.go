package ftpd

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// Contained is a container of any image.
type Contained struct {
	// Image names the image. Env are the variables, with a Hole for an unknown value. Args replace the image's command.
	Image string
	Env   map[string]string
	Args  []string
	// Publishes is true if the container surely publishes FTP's port.
	Publishes bool
	// Files are files that are mounted over those of the image. A path with a slash at its end is that of a directory of which
	// nothing is known.
	Files []host.Part
}

// configuration returns the product whose configuration is in a file of a container, and the command that runs it with the file.
func configuration(file string) (software Software, command string) {
	switch file {
	case "/etc/vsftpd.conf", "/etc/vsftpd/vsftpd.conf":
		return Vsftpd, "vsftpd "
	case proFTPDConf, "/etc/proftpd.conf":
		return ProFTPD, "proftpd -c "
	}
	return "", ""
}

// configurations are the files that an unknown directory may hold.
func configurations() []string {
	return []string{"/etc/vsftpd.conf", "/etc/vsftpd/vsftpd.conf", proFTPDConf, "/etc/proftpd.conf"}
}

// configured returns the server as the first of the files mounted in the container that is its configuration says, as if the
// image ran it. Places are those in the files, by their index. image is empty if nothing is known of the image.
func (c Contained) configured(image Software) []Server {
	unseen := -1
	for i, f := range c.Files {
		software, command := configuration(f.Path)
		switch {
		case software != "" && (image == software || image == Other || image == ""):
			if strings.Trim(f.Text, host.Hole+" \n") == "" {
				return []Server{unseenConfiguration(software, i)}
			}
			parts := append(slices.Clip(c.Files), host.Part{Kind: host.Command, Text: command + f.Path})
			reading := Read(host.Evidence{Families: host.FamiliesOfImage(c.Image), Steps: commandSteps}, parts...)
			for _, s := range reading.Servers {
				if s.Software == software && s.Config == f.Path {
					s.Present, s.Installed, s.Problems = Setting[bool]{State: Known, Value: true}, false, nil
					return []Server{s}
				}
			}
		case strings.HasSuffix(f.Path, "/"):
			for _, file := range configurations() {
				if of, _ := configuration(file); of == image && strings.HasPrefix(file, f.Path) {
					unseen = i
				}
			}
		}
	}
	if unseen >= 0 {
		return []Server{unseenConfiguration(image, unseen)}
	}
	return nil
}

// unseenConfiguration returns a server that a file configures of which nothing is known.
func unseenConfiguration(software Software, file int) Server {
	const why = "what is mounted over the server's configuration isn't known"
	s := Server{Software: software, Present: Setting[bool]{State: Known, Value: true}}
	for _, f := range s.fields() {
		f.doubt(Span{Part: file, End: len(host.Hole)}, why)
	}
	return s
}

// under returns an image's server as the files mounted over its own configure it. What the variables decide holds all the same,
// and so do the ports of an image that is known, whose start appends them.
func (s Server) under(files Server) Server {
	if s.Software == Other {
		files.Name, files.Credentials = s.Name, s.Credentials
		return files
	}
	take(&s.Anonymous, files.Anonymous)
	take(&s.AnonymousUpload, files.AnonymousUpload)
	take(&s.LocalLogin, files.LocalLogin)
	if s.TLS.State != Known {
		s.TLS, s.ObsoleteTLS = files.TLS, files.ObsoleteTLS
	}
	if s.ListenPorts.State == Unknown {
		s.ListenPorts = files.ListenPorts
	}
	if s.PassivePorts.State == Unknown {
		s.PassivePorts = files.PassivePorts
	}
	return s
}

// take replaces a setting that nothing in a container's variables decides.
func take[T any](s *Setting[T], by Setting[T]) {
	if s.State != Known {
		*s = by
	}
}
