package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code    = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestLinks wants each link of a document to lead to a file, and to a heading of it.
func TestLinks(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/topics/*.md"} {
		names, _ := filepath.Glob(filepath.Join(project, pattern))
		files = append(files, names...)
	}
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			seen++
			to := file
			if path != "" {
				to = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: the link %s leads nowhere", file, m[1])
			} else if anchor != "" && !hasHeading(t, to, anchor) {
				t.Errorf("%s: no heading of %s is #%s", file, path, anchor)
			}
		}
	}
	if seen < 50 {
		t.Errorf("got %d links, want those of all documents", seen)
	}
}

// TestIndex wants docs/README.md to lead to each page.
func TestIndex(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(project, "docs/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := filepath.Glob(filepath.Join(project, "docs/*.md"))
	topics, _ := filepath.Glob(filepath.Join(project, "docs/topics/*.md"))
	if len(topics) == 0 {
		t.Error("got no topics")
	}
	for _, page := range append(pages, topics...) {
		name, _ := filepath.Rel(filepath.Join(project, "docs"), page)
		if name != "README.md" && !strings.Contains(string(index), "]("+filepath.ToSlash(name)+")") {
			t.Errorf("docs/README.md does not lead to %s", name)
		}
	}
}

// hasHeading reports whether a heading of a file has that anchor.
func hasHeading(t *testing.T, file, name string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
		if anchor(m[1]) == name {
			return true
		}
	}
	return false
}

// TestCommandOfTests wants README to say how the tests are run, and CI to run them so.
func TestCommandOfTests(t *testing.T) {
	for file, want := range map[string]string{
		"README.md": "`go test ./...` runs the tests, and `make check`",
		"Makefile":  "\ncheck:\n\t.ci/run\n",
		".ci/run":   "go test -timeout 20m ./...\n",
	} {
		text, err := os.ReadFile(filepath.Join(project, file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s: got no %q", file, want)
		}
	}
}
