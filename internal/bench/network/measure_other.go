//go:build !linux

package network

import (
	"context"
	"errors"
)

// Run needs Linux.
func Run(context.Context, Setup, Options) (*Report, error) {
	return nil, errors.New("the network is measured on Linux only")
}
