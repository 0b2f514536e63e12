//go:build !linux

package ordering

// wantLargePages does nothing where it is not known how to ask.
func wantLargePages([]byte) {}

// wantSmallPages does nothing either.
func wantSmallPages([]byte) {}
