package sinks

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// accessList is the attribute that holds who may do what with a file. A new file may have one of
// its directory.
const accessList = "system.posix_acl_access"

// keepAttributes gives f the extended attributes of the file called name, and returns what could
// not be kept.
func keepAttributes(f *os.File, name string) (notes []string) {
	raw, err := f.SyscallConn() // Fd would change the blocking mode
	if err != nil {
		return nil
	}
	_ = raw.Control(func(fd uintptr) { notes = copyAttributes(int(fd), name) })
	return notes
}

func copyAttributes(fd int, name string) (notes []string) {
	had, err := attributeNames(func(dst []byte) (int, error) { return unix.Listxattr(name, dst) })
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	if err != nil {
		return []string{fmt.Sprintf("its extended attributes could not be kept: %v", err)}
	}
	for _, attr := range had {
		if err := copyAttribute(fd, name, attr); err != nil {
			notes = append(notes, fmt.Sprintf("its extended attribute %s could not be kept: %v", attr, err))
		}
	}
	has, err := attributeNames(func(dst []byte) (int, error) { return unix.Flistxattr(fd, dst) })
	if err == nil && slices.Contains(has, accessList) && !slices.Contains(had, accessList) {
		if err := again(func() error { return unix.Fremovexattr(fd, accessList) }); err != nil {
			notes = append(notes, fmt.Sprintf("it has the access list of new files here: %v", err))
		}
	}
	return notes
}

func copyAttribute(fd int, name, attr string) error {
	want, err := sized(func(dst []byte) (int, error) { return unix.Getxattr(name, attr, dst) })
	if err != nil {
		if errors.Is(err, unix.ENODATA) { // it has gone meanwhile
			return nil
		}
		return err
	}
	is, err := sized(func(dst []byte) (int, error) { return unix.Fgetxattr(fd, attr, dst) })
	if err == nil && bytes.Equal(is, want) {
		return nil
	}
	return again(func() error { return unix.Fsetxattr(fd, attr, want, 0) })
}

// attributeNames returns the names that list tells.
func attributeNames(list func(dst []byte) (int, error)) ([]string, error) {
	text, err := sized(list)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"), nil
}

// sized returns what get puts into a slice that is large enough; get tells the size for one that
// is empty.
func sized(get func(dst []byte) (int, error)) (text []byte, err error) {
	err = unix.ERANGE
	for range 10 { // it may grow meanwhile
		n := 0
		if err = again(func() (err error) { n, err = get(nil); return err }); err != nil || n == 0 {
			return nil, err
		}
		text = make([]byte, n)
		if err = again(func() (err error) { n, err = get(text); return err }); err == nil {
			return text[:n], nil
		}
		if !errors.Is(err, unix.ERANGE) {
			break
		}
	}
	return nil, err
}

// again calls f until no signal interrupts it.
func again(f func() error) error {
	for {
		if err := f(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
