package timing

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestDifferences compares a directory before and after something has happened in it.
func TestDifferences(t *testing.T) {
	later := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"nothing", func() error { return nil }, ""},
		{"made", func() error { return os.WriteFile("new", nil, 0o666) }, "created new"},
		{"a directory", func() error { return os.Mkdir("new", 0o777) }, "created new/"},
		{"deleted", func() error { return os.Remove("a") }, "deleted a"},
		{"a directory deleted", func() error { return os.Remove("d") }, "deleted d/"},
		{"written", func() error { return os.WriteFile("a", []byte("text"), 0) }, "modified a"},
		{"written without growing", func() error { return os.Chtimes("a", later, later) }, "modified a"},
		{"what is in a directory", func() error { return os.WriteFile("d/file", nil, 0o666) }, ""},
		{"attributes", func() error { return os.Chmod("a", 0o400) }, "attributes a"},
		{"both", func() error { return errors.Join(os.WriteFile("a", []byte("text"), 0), os.Chmod("a", 0o400)) }, "modified, attributes a"},
		{"renamed", func() error { return os.Rename("a", "c") }, "deleted a; created c"},
		{"replaced", func() error { return os.Rename("b", "a") }, "deleted a; created a; deleted b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, name := range []string{"a", "b"} {
				if err := os.WriteFile(name, []byte(name), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir("d", 0o777); err != nil {
				t.Fatal(err)
			}
			entries, _ := os.ReadDir(".")
			before := infos(entries)
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
			entries, _ = os.ReadDir(".")
			var got []string
			for _, d := range differences(before, infos(entries)) {
				name := d.name
				if d.dir {
					name += "/"
				}
				got = append(got, fmt.Sprint(d.ops, " ", name))
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}
