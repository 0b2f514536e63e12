//go:build !unix

package child

// obey has no signals to obey here.
func obey(func()) {}
