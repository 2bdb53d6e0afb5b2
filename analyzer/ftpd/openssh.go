package ftpd

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/host"
)

// OpenSSH is the SFTP server of OpenSSH in a container. It speaks no FTP, so only its passwords matter.
const OpenSSH Software = "SFTP"

func openSSH() product {
	return product{
		software: OpenSSH,
		images: []image{
			{"atmoz/sftp", "https://github.com/atmoz/sftp", "2023-05", true, "", configureAtmoz},
		},
		read: func(*host.Machine, presence) []Server { return nil },
	}
}

// configureAtmoz: the arguments and SFTP_USERS are users, name:password[:e][:uid[:gid[:directories]]], with e for a
// password that is a hash. Without a password a user has keys.
func configureAtmoz(c containerSettings, s *Server) {
	*s = Server{Software: s.Software, Name: s.Name}
	note := func(word, variable string) {
		fields := strings.Split(word, ":")
		if len(fields) < 2 || fields[1] == "" || strings.Contains(fields[1], host.Hole) {
			return
		}
		credential := Credential{Kind: PlainPassword, User: strings.ReplaceAll(fields[0], host.Hole, ""), Variable: variable}
		if len(fields) > 2 && fields[2] == "e" {
			credential.Kind = HashedPassword
		}
		s.Credentials = append(s.Credentials, credential)
	}
	for word := range strings.FieldsSeq(strings.Join(c.args, " ")) {
		note(word, "")
	}
	for word := range strings.FieldsSeq(c.env["SFTP_USERS"]) {
		note(word, "SFTP_USERS")
	}
}
