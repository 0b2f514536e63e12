package archtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// named finds the paths between backquotes: of files, with the letters that may stand in their
// names, and of directories, which end with a slash.
var named = regexp.MustCompile("`([\\w.-]+(?:/[\\w.-]+)*(?:/|\\.go|\\.md|\\.txtar))`")

// stands finds a name in capitals, which stands for others: examples/STAGE.txtar.
var stands = regexp.MustCompile(`(^|/)[A-Z]+[./]`)

// CheckNamedFiles complains about paths that the documents name and that do not exist.
func CheckNamedFiles(t *Tree) []Complaint {
	exists := make(map[string]bool)
	for _, f := range t.Texts {
		exists[f.Path] = true
		for i, c := range f.Path {
			if c == '/' {
				exists[f.Path[:i+1]] = true
			}
		}
	}
	var list []Complaint
	for _, f := range t.Texts {
		if !strings.HasSuffix(f.Path, ".md") {
			continue
		}
		for i, line := range strings.Split(f.Data, "\n") {
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				inModule := slices.ContainsFunc(t.Modules, func(dir string) bool { return strings.HasPrefix(m[1], dir) })
				if !strings.Contains(m[1], "/") || exists[m[1]] || inModule || stands.MatchString(m[1]) {
					continue
				}
				list = append(list, Complaint{f.Path, i + 1, fmt.Sprintf("names %s, which does not exist", m[1])})
			}
		}
	}
	return list
}
