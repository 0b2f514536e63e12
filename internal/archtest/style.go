package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Limits is how many lines files and functions may have.
type Limits struct{ File, Func int }

// The sizes aimed at, and those that fail. Functions in tests, which are mostly tables,
// are not counted.
var (
	Aims = Limits{File: 400, Func: 60}
	Most = Limits{File: 600, Func: 100}
)

// CheckSizes complains about files and functions that are larger than the limits.
func CheckSizes(t *Tree, most Limits) []Complaint {
	var list []Complaint
	for _, f := range t.Files {
		if f.Lines > most.File {
			list = append(list, Complaint{f.Path, 0, fmt.Sprintf("has %d lines, more than %d", f.Lines, most.File)})
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.IsTest() {
				continue
			}
			if n := t.fset.Position(fn.End()).Line - t.line(fn) + 1; n > most.Func {
				list = append(list, Complaint{f.Path, t.line(fn), fmt.Sprintf("%s has %d lines, more than %d", fn.Name.Name, n, most.Func)})
			}
		}
	}
	return list
}

// CheckNames complains about packages whose names say nothing.
func CheckNames(t *Tree) []Complaint {
	var list []Complaint
	for _, f := range t.Files {
		name := strings.TrimSuffix(f.AST.Name.Name, "_test")
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, name) {
			list = append(list, Complaint{f.Path, 1, "the package name " + name + " says nothing"})
		}
	}
	return list
}

// CheckInit complains about init functions: what a package offers is listed, not
// registered behind the reader's back.
func CheckInit(t *Tree) []Complaint {
	var list []Complaint
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				list = append(list, Complaint{f.Path, t.line(fn), "has an init function"})
			}
		}
	}
	return list
}

// CheckPackageComments complains about packages without exactly one comment, "Package x …",
// or "Command x …" for a program.
func CheckPackageComments(t *Tree) []Complaint {
	type pkg struct {
		first string
		with  []string
	}
	packages := make(map[string]*pkg)
	var dirs []string
	var list []Complaint
	for _, f := range t.Files {
		if f.IsTest() {
			continue
		}
		p := packages[f.Dir()]
		if p == nil {
			p = &pkg{first: f.Path}
			packages[f.Dir()] = p
			dirs = append(dirs, f.Dir())
		}
		if f.AST.Doc == nil {
			continue
		}
		p.with = append(p.with, f.Path)
		name := f.AST.Name.Name
		want := "Package " + name + " "
		if name == "main" {
			want = "Command " + f.Dir()[strings.LastIndex(f.Dir(), "/")+1:] + " "
		}
		if !strings.HasPrefix(f.AST.Doc.Text(), want) {
			list = append(list, Complaint{f.Path, t.line(f.AST.Doc), fmt.Sprintf("the package comment does not begin with %q", want)})
		}
	}
	for _, dir := range dirs {
		switch p := packages[dir]; {
		case len(p.with) == 0:
			list = append(list, Complaint{p.first, 0, "the package has no comment"})
		case len(p.with) > 1:
			list = append(list, Complaint{p.first, 0, "the package has several comments: " + strings.Join(p.with, ", ")})
		}
	}
	return list
}

// wellKnown is the methods that need no comment, since an interface of the standard library
// says what they do.
var wellKnown = []string{"Error", "Unwrap", "String", "Len", "Less", "Swap", "Push", "Pop"}

// CheckDocs complains about exported names without a comment that begins with the name.
// One comment above a group of constants or variables will do for the group.
func CheckDocs(t *Tree) []Complaint {
	var list []Complaint
	for _, f := range t.Files {
		if f.IsTest() || f.AST.Name.Name == "main" {
			continue
		}
		complain := func(n ast.Node, name, why string) {
			list = append(list, Complaint{f.Path, t.line(n), name + why})
		}
		for _, d := range f.AST.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if !d.Name.IsExported() || d.Recv != nil && (!exportedReceiver(d) || slices.Contains(wellKnown, d.Name.Name)) {
					continue
				}
				if why := lacking(d.Name.Name, d.Doc); why != "" {
					complain(d, d.Name.Name, why)
				}
			case *ast.GenDecl:
				checkGroup(d, complain)
			}
		}
	}
	return list
}

func checkGroup(d *ast.GenDecl, complain func(ast.Node, string, string)) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if why := lacking(s.Name.Name, cmp.Or(s.Doc, d.Doc)); s.Name.IsExported() && why != "" {
				complain(s, s.Name.Name, why)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				switch {
				case !name.IsExported():
				case d.Lparen != token.NoPos:
					if d.Doc == nil && s.Doc == nil && s.Comment == nil {
						complain(s, name.Name, " has no comment, and neither has its group")
					}
				default:
					if why := lacking(name.Name, d.Doc); why != "" {
						complain(s, name.Name, why)
					}
				}
			}
		}
	}
}

// lacking says what is wrong with the comment of a name.
func lacking(name string, doc *ast.CommentGroup) string {
	if doc == nil || strings.TrimSpace(doc.Text()) == "" {
		return " has no comment"
	}
	text := doc.Text()
	for _, article := range []string{"", "A ", "An ", "The "} {
		rest, ok := strings.CutPrefix(text, article+name)
		if ok && (rest == "" || !isLetter(rest[0])) {
			return ""
		}
	}
	return " has a comment that does not begin with its name"
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' }

func exportedReceiver(fn *ast.FuncDecl) bool {
	typ := fn.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// CheckPaths complains about paths of one machine outside of tests.
func CheckPaths(t *Tree) []Complaint {
	var list []Complaint
	for _, f := range t.Texts {
		if strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		for i, line := range strings.Split(f.Data, "\n") {
			for _, dir := range []string{"home", "root", "tmp", "work"} {
				if p := "/" + dir + "/"; hasPath(line, p) {
					list = append(list, Complaint{f.Path, i + 1, "names a path of one machine: " + p})
				}
			}
		}
	}
	return list
}

// hasPath reports whether p stands in line as the beginning of a path.
func hasPath(line, p string) bool {
	for rest := line; ; {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		before := byte(' ')
		if i > 0 {
			before = rest[i-1]
		}
		if !isLetter(before) && before != '.' && before != '}' {
			return true
		}
		rest = rest[i+1:]
	}
}
