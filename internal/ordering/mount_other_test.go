//go:build !linux

package ordering_test

import "errors"

func mountSmall(string) error { return errors.New("needs Linux") }

func unmount(string) {}
