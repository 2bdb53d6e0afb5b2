//go:build !man

package main

import "github.com/spf13/cobra"

// addRelease adds nothing: what writes manual pages would make the program larger by 0.6 MB.
func (c *cli) addRelease(map[string]func() *cobra.Command) {}
