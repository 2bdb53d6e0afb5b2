// Package all is the list of what is known of all clouds and modules, for those who analyse: [Knowledge] joins the
// providers of the packages of clouds, the modules of package registry and the readers of package server.
//
// # How it works
//
// Each package of a cloud has a function that returns its read.Provider, made anew for each call, so nothing is registered
// and nothing is shared. The lists are joined in the order in which they stand there.
//
// # Example
//
// For example, analyzer.Config{Knowledge: all.Knowledge()} reads everything that tfreach can read; a provider that isn't
// in the list is silent.
package all
