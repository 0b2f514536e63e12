//go:build !unix

package watching

func terminalWidth() int { return usualWidth }
