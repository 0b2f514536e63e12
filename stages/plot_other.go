//go:build !unix

package stages

func terminalWidth() int { return usualWidth }
