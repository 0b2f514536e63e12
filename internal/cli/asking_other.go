//go:build !unix

package cli

import "os"

// asking returns nothing: there are no signals.
func asking() []os.Signal { return nil }
