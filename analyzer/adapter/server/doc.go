// Package server finds FTP servers that resources set up: services of clouds by their attributes, and servers that user
// data, scripts, provisioners, extensions, containers, charts and jobs install.
//
// # How it works
//
// It collects the texts of a resource, with the place of each piece in the configuration, and lets package ftpd read them;
// what that returns becomes an FTP endpoint or, if it isn't understood, something unread.
//
// # Example
//
// For example, an aws_instance whose user_data is "apt-get install -y vsftpd" has one endpoint: a vsftpd with the defaults
// of its package, at the place of that word. [Machines] makes the adapter for it out of read.UserData, which says that
// aws_instance has its script in the attribute user_data.
package server
