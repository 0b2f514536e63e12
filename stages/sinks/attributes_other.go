//go:build !linux

package sinks

import "os"

// keepAttributes does nothing: the systems differ in their extended attributes.
func keepAttributes(*os.File, string) []string { return nil }
