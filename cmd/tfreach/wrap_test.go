package main

import (
	"strings"
	"testing"
)

func TestWrapped(t *testing.T) {
	text := "instance aws_instance.ftp: TCP 21 can be reached from the internet\n\nIPv4, way open\n" +
		"  STOP  route table aws_route_table.a: it routes 0.0.0.0/0 to an internet gateway, which lets pass what comes [a b/main.tf:12]\n" +
		"          decided by ::error::x ##[command]\n  pass  x\x1b[2J\n"
	got := wrapped(text, 80, false)
	want := "instance aws_instance.ftp: TCP 21 can be reached from the internet\n\nIPv4, way open\n" +
		"  STOP  route table aws_route_table.a: it routes 0.0.0.0/0 to an internet\n" +
		"        gateway, which lets pass what comes [a b/main.tf:12]\n" +
		"          decided by ::error::x ##\\x5bcommand]\n  pass  x\\x1b[2J\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if colored := wrapped(text, 80, true); !strings.Contains(colored, "  \x1b[31;1mSTOP\x1b[") || colors().ReplaceAllString(colored, "") != want {
		t.Errorf("coloured: %q", colored)
	}
}
