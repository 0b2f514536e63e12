// Package archtest holds the rules that the source keeps, and the checks for them: which
// package may import which, which modules a package may use, how large files and functions
// get, what has a comment, and which tests stand for which promise of the documentation.
//
// A check takes a Tree, so that its own tests can show it small trees that break the rule,
// and returns complaints in the order of the files. It reads source only; nothing is built.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Module is the path of the module whose source is checked: the one that this package is in.
var Module = strings.TrimSuffix(reflect.TypeFor[Tree]().PkgPath(), "/internal/archtest")

// Tree is the source of a module.
type Tree struct {
	Files []*File // Go files, sorted by path
	Texts []Text  // all text files, Go files among them, sorted by path

	// Modules are the directories of modules within this one, each with a slash at its end. None of their files is here.
	Modules []string
	fset    *token.FileSet
}

// File is a Go file.
type File struct {
	Path  string // from the module's directory, with slashes
	Lines int
	AST   *ast.File
}

// Text is a file as it is.
type Text struct{ Path, Data string }

// Complaint is a place that breaks a rule.
type Complaint struct {
	Path string
	Line int // 0 when it is about the file or package as a whole
	Msg  string
}

// String returns "path:line: message".
func (c Complaint) String() string {
	if c.Line == 0 {
		return c.Path + ": " + c.Msg
	}
	return fmt.Sprintf("%s:%d: %s", c.Path, c.Line, c.Msg)
}

// Load reads the module in fsys. It leaves out directories whose names begin with a dot,
// modules within it, and what is no text.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != "." && strings.HasPrefix(d.Name(), ".") && d.Name() != ".ci" {
				return fs.SkipDir
			}
			if _, err := fs.Stat(fsys, path.Join(p, "go.mod")); err == nil && p != "." {
				t.Modules = append(t.Modules, p+"/")
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || p == ".git" { // which is a file in a worktree
			return nil
		}
		return t.add(fsys, p)
	})
	return t, err
}

func (t *Tree) add(fsys fs.FS, p string) error {
	if info, err := fs.Stat(fsys, p); err != nil || info.Size() > 1<<20 {
		return err
	}
	data, err := fs.ReadFile(fsys, p)
	if err != nil || slices.Contains(data, 0) {
		return err
	}
	t.Texts = append(t.Texts, Text{p, string(data)})
	if path.Ext(p) != ".go" || strings.Contains(p, "testdata/") {
		return nil
	}
	f, err := parser.ParseFile(t.fset, p, data, parser.ParseComments)
	if err != nil {
		return err
	}
	t.Files = append(t.Files, &File{Path: p, Lines: strings.Count(string(data), "\n"), AST: f})
	return nil
}

// Dir returns the directory of the file's package.
func (f *File) Dir() string { return path.Dir(f.Path) }

// IsTest reports whether only tests use the file.
func (f *File) IsTest() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Imports returns the paths that the file imports, with their lines.
func (t *Tree) Imports(f *File) map[string]int {
	list := make(map[string]int)
	for _, spec := range f.AST.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			list[p] = t.line(spec)
		}
	}
	return list
}

func (t *Tree) line(n ast.Node) int { return t.fset.Position(n.Pos()).Line }

func (t *Tree) text(p string) string {
	for _, f := range t.Texts {
		if f.Path == p {
			return f.Data
		}
	}
	return ""
}
