package main

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// accessControl returns an access list as the kernel has it: what the owner, the user with the
// given number, the group and others may.
func accessControl(owner, named, user, group, mask, other uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2) // its version
	for _, e := range []struct {
		tag, may uint16
		id       uint32
	}{{1, owner, ^uint32(0)}, {2, named, uint32(user)}, {4, group, ^uint32(0)}, {16, mask, ^uint32(0)}, {32, other, ^uint32(0)}} {
		b = binary.LittleEndian.AppendUint16(b, e.tag)
		b = binary.LittleEndian.AppendUint16(b, e.may)
		b = binary.LittleEndian.AppendUint32(b, e.id)
	}
	return b
}

// attribute returns an extended attribute of a file, nil when there is none.
func attribute(t *testing.T, name, attr string) []byte {
	t.Helper()
	b := make([]byte, 1024)
	n, err := unix.Getxattr(name, attr, b)
	if err != nil {
		return nil
	}
	return b[:n]
}

// TestReplacedFileKeeps has files replaced in each way: their permissions, owner, group, extended
// attributes and access lists stay.
func TestReplacedFileKeeps(t *testing.T) {
	const list, inherited = "system.posix_acl_access", "system.posix_acl_default"
	for _, row := range []struct{ name, text string }{
		{"write", "seq 3 | write f"},
		{"a redirection", "seq 3 | sort > f"},
		{"split_by", "seq 3 | split_by '\"f\"' --to '{}'"},
		{"split_by of two files", "take_from f g | split_by it --to {}"},
		{"split_by with few descriptors", "take_from f 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 | split_by it --to {}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "f")
			writeFile(t, file, []byte("old\n"))
			owned := os.Geteuid() == 0
			if owned {
				if err := os.Chown(file, 1234, 1235); err != nil {
					t.Fatal(err)
				}
			}
			if err := unix.Setxattr(file, "user.note", []byte("mine"), 0); err != nil {
				t.Skip(err)
			}
			if err := unix.Setxattr(file, "user.empty", nil, 0); err != nil {
				t.Fatal(err)
			}
			acl := accessControl(7, 6, 1236, 5, 7, 0)
			if err := unix.Setxattr(file, list, acl, 0); err != nil {
				t.Skip(err)
			}
			if err := os.Chmod(file, 0o770|fs.ModeSetuid|fs.ModeSetgid); err != nil {
				t.Fatal(err)
			}
			before, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			cmd := limitedCommand(t, 22, row.text)
			cmd.Dir = dir
			if text, err := cmd.CombinedOutput(); err != nil || len(text) > 0 {
				t.Fatalf("got %v and %q, want neither", err, text)
			}
			after, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			was, is := before.Sys().(*syscall.Stat_t), after.Sys().(*syscall.Stat_t)
			if os.SameFile(before, after) || was.Uid != is.Uid || was.Gid != is.Gid || before.Mode() != after.Mode() {
				t.Errorf("got a file of %d:%d with %v, want another of %d:%d with %v", is.Uid, is.Gid, after.Mode(), was.Uid, was.Gid, before.Mode())
			}
			for attr, want := range map[string][]byte{"user.note": []byte("mine"), "user.empty": {}, list: acl} {
				if got := attribute(t, file, attr); !bytes.Equal(got, want) || got == nil {
					t.Errorf("%s: got %q, want %q", attr, got, want)
				}
			}
		})
	}
	t.Run("none, where new files have one", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "f"), []byte("old\n"))
		if err := unix.Setxattr(dir, inherited, accessControl(7, 6, 1236, 5, 7, 0), 0); err != nil {
			t.Skip(err)
		}
		cmd := process(t, "take_from f g | split_by it --to {}")
		cmd.Dir = dir
		if text, err := cmd.CombinedOutput(); err != nil || len(text) > 0 {
			t.Fatalf("got %v and %q, want neither", err, text)
		}
		if got := attribute(t, filepath.Join(dir, "f"), list); got != nil {
			t.Errorf("got the access list %q, want none, as before", got)
		}
		if got := attribute(t, filepath.Join(dir, "g"), list); got == nil {
			t.Error("got no access list of a new file, want that of the directory")
		}
	})
}

// TestReplacedFileSays wants a warning for each attribute that the new file cannot have: that of a
// file of another user, which others may write.
func TestReplacedFileSays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make such a file")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for up := dir; up != "/tmp" && up != "/"; up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "f")
	writeFile(t, file, []byte("old\n"))
	if err := os.Chown(file, 1234, 1235); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o666|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	cmd := process(t, "seq 3 > f")
	program, err := os.Open(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	cmd.Path, cmd.ExtraFiles = "/proc/self/fd/3", []*os.File{program} // the user may not go to its directory
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 4321, Gid: 4321}}
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, want := range []string{"f: it belonged to group 1235, which you are not in", "f: it belonged to user 1234 and is yours now", "f: its permissions were grw-rw-rw- and are -rw-rw-rw- now"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("got %q, want %q in it", text, want)
		}
	}
	wantText(t, "f", fileText(t, file), "1\n2\n3\n")
}
