//go:build !linux

package tempfile

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// Nameless fails: the system has no files without a name.
func Nameless(dir string, mode fs.FileMode) (*os.File, error) {
	return nil, &fs.PathError{Op: "open", Path: dir, Err: errors.ErrUnsupported}
}

// LinkAs is for files of Nameless.
func LinkAs(_ *os.File, name string) error {
	return &fs.PathError{Op: "link", Path: name, Err: errors.ErrUnsupported}
}

func thisProcess() string { return strconv.Itoa(os.Getpid()) }

// gone reports false: there is no telling whether a process has ended.
func gone(string) bool { return false }
