package input

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestMatches finds files by patterns. Without ** it is filepath.Glob that does; with it,
// directories are no matches, and links to them are not followed.
func TestMatches(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.go", "b.txt", ".hidden.go", "z/c.go", "z/y/d.go", "z/y/e{1}.go", "z-1/f.go", "z/dir.go/g.go", "z/y/x/[h].go"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../..", "z/y/round"); err != nil {
		t.Skip(err)
	}
	for _, row := range []struct {
		pattern string
		want    []string
	}{
		{"*.go", []string{".hidden.go", "a.go"}},
		{"z*/*.go", []string{"z/c.go", "z/dir.go", "z-1/f.go"}},
		{"./z/[[:alpha:]].go", []string{"z/c.go"}},
		{"**/*.go", []string{".hidden.go", "a.go", "z/c.go", "z/dir.go/g.go", "z/y/d.go", "z/y/e{1}.go", "z/y/x/[h].go", "z-1/f.go"}},
		{"z/**", []string{"z/c.go", "z/dir.go/g.go", "z/y/d.go", "z/y/e{1}.go", "z/y/x/[h].go"}},
		{"z/**/y/*.go", []string{"z/y/d.go", "z/y/e{1}.go"}},
		{"**/e{1}.go", []string{"z/y/e{1}.go"}},
		{"**/{a,b}.*", nil},
		{`**/\[h].go`, []string{"z/y/x/[h].go"}},
		{"**/[!a-z]*.go", []string{".hidden.go", "z/y/x/[h].go"}},
		{"**/**/[[:lower:]].txt", []string{"b.txt"}},
		{"z**.go", nil},
		{"z/**.go", []string{"z/c.go", "z/dir.go"}},
	} {
		got, err := Matches(row.pattern)
		if !slices.Equal(got, row.want) || (err == nil) != (row.want != nil) {
			t.Errorf("%s: got %q, %v, want %q", row.pattern, got, err, row.want)
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Matches(filepath.Join(dir, "**", "d.go")); err != nil || !slices.Equal(got, []string{filepath.Join(dir, "z/y/d.go")}) {
		t.Errorf("got %q, %v, want the whole name of d.go", got, err)
	}
	for pattern, want := range map[string]string{"**/[": "**/[: syntax error in pattern", "**/*.c": "no file matches **/*.c"} {
		if _, err := Matches(pattern); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
