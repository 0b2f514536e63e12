//go:build !(linux && amd64)

package torture

import (
	"errors"
	"math/rand/v2"
	"os/exec"
)

// shortener is for systems whose calls it knows.
type shortener struct {
	*rand.Rand
	shortened int
}

func (*shortener) run(*exec.Cmd, func()) (int, error) { return 0, errors.ErrUnsupported }
