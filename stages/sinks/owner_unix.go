//go:build unix

package sinks

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives f the owner and the group of the file that old describes, as far as the user
// may do that, and returns what could not be kept of that file.
func keepOwner(f *os.File, old fs.FileInfo) (notes []string, err error) {
	was, ok := old.Sys().(*syscall.Stat_t)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	is, ok2 := info.Sys().(*syscall.Stat_t)
	if !ok || !ok2 {
		return nil, nil
	}
	if was.Nlink > 1 {
		notes = append(notes, fmt.Sprintf("it had %d names, and the others still have what was in it", was.Nlink))
	}
	if was.Gid != is.Gid && f.Chown(-1, int(was.Gid)) != nil {
		notes = append(notes, fmt.Sprintf("it belonged to group %d, which you are not in", was.Gid))
	}
	if was.Uid != is.Uid && f.Chown(int(was.Uid), -1) != nil {
		notes = append(notes, fmt.Sprintf("it belonged to user %d and is yours now", was.Uid))
	}
	return notes, nil
}

// sameOwner reports whether two files belong to the same user and the same group.
func sameOwner(a, b fs.FileInfo) (user, group bool) {
	is, ok := a.Sys().(*syscall.Stat_t)
	was, ok2 := b.Sys().(*syscall.Stat_t)
	return ok && ok2 && is.Uid == was.Uid, ok && ok2 && is.Gid == was.Gid
}
