package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	runByGoTest = regexp.MustCompile(`^(?:Test|Fuzz|Benchmark|Example)`)
	testName    = regexp.MustCompile(`^(?:Test|Fuzz|Benchmark)((?:[A-L][0-9]+_?)+)(?:_|$|[a-z])|^Example[A-Za-z_.]*_([a-l][0-9]+)`)
	idInName    = regexp.MustCompile(`[A-La-l][0-9]+`)
	rowName     = regexp.MustCompile(`^([A-L][0-9]+)(?: |$)`)
	scriptTitle = regexp.MustCompile(`(?m)^# ([A-L][0-9]+) `)
	namedTest   = regexp.MustCompile("`((?:Test|Fuzz|Benchmark|Example)[A-Za-z0-9_]*|[a-z_/0-9]+\\.txtar)`")
)

// Tests returns the tests that bear an id, by the id, in the order of the files: those whose
// names have it, those with a table row that begins with it, and scripts with such a title.
func Tests(t *Tree) map[string][]string {
	found := make(map[string][]string)
	add := func(id, test string) {
		if id = strings.ToUpper(id); !slices.Contains(found[id], test) {
			found[id] = append(found[id], test)
		}
	}
	for _, f := range t.Files {
		if !f.IsTest() || strings.HasPrefix(f.Path, "internal/archtest/") {
			continue
		}
		for _, fn := range testFuncs(f) {
			if m := testName.FindStringSubmatch(fn.Name.Name); m != nil {
				for _, id := range idInName.FindAllString(m[1]+m[2], -1) {
					add(id, fn.Name.Name)
				}
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					if m := rowName.FindStringSubmatch(text); m != nil {
						add(m[1], fn.Name.Name)
					}
				}
				return true
			})
		}
	}
	for _, f := range t.Texts {
		if strings.HasSuffix(f.Path, ".txtar") {
			for _, m := range scriptTitle.FindAllStringSubmatch(f.Data, -1) {
				add(m[1], f.Path)
			}
		}
	}
	return found
}

func testFuncs(f *File) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, d := range f.AST.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && fn.Recv == nil && runByGoTest.MatchString(fn.Name.Name) {
			list = append(list, fn)
		}
	}
	return list
}

// ConformancePage is the file that Conformance writes.
const ConformancePage = "docs/conformance.md"

// Conformance returns the page that says for each promise where it is kept and tested.
func Conformance(t *Tree) string {
	tests := Tests(t)
	var b strings.Builder
	b.WriteString(`# What is promised, where it is kept, and what tests it

Each promise has an id, which the tests for it bear in their names (` + "`TestE5_PutAfterClose`" + `) or
in the rows of their tables ("E5 batch"). This page is written by
` + "`go test ./internal/archtest -run TestConformance -update`" + `; the same test without -update
fails when a promise has lost its tests, or when the page names tests or files that are not there.
`)
	for _, c := range Chapters {
		fmt.Fprintf(&b, "\n## %s\n\n| id | promise | where | tests |\n|---|---|---|---|\n", c.Title)
		for _, p := range c.Promises {
			b.WriteString(row(p) + testList(p, tests[p.ID]) + " |\n")
		}
	}
	return b.String()
}

// row returns the part of a promise's row that the table alone decides.
func row(p Promise) string {
	return fmt.Sprintf("| %s | %s | %s | ", p.ID, p.Text, fileList(p.Where))
}

func testList(p Promise, tests []string) string {
	var list []string
	for _, name := range tests {
		list = append(list, "`"+name+"`")
	}
	if p.State != "" {
		list = append(list, "("+p.State+")")
	}
	return strings.Join(list, " ")
}

// CheckConformance complains about required promises without tests, about files that the
// table names and the tree lacks, and about a page that names other promises or tests that
// are not there.
func CheckConformance(t *Tree) []Complaint {
	var list []Complaint
	complain := func(format string, args ...any) {
		list = append(list, Complaint{ConformancePage, 0, fmt.Sprintf(format, args...)})
	}
	tests, page := Tests(t), t.text(ConformancePage)
	for _, c := range Chapters {
		for _, p := range c.Promises {
			if p.Required() && len(tests[p.ID]) == 0 {
				complain("no test bears %s: %s", p.ID, p.Text)
			}
			for f := range strings.FieldsSeq(p.Where) {
				if t.text(f) == "" {
					complain("%s is kept in %s, which is not there", p.ID, f)
				}
			}
			rest := after(page, "\n"+row(p))
			if rest == "" {
				complain("the row of %s is stale or missing", p.ID)
			}
			for _, m := range namedTest.FindAllStringSubmatch(rest, -1) {
				if !slices.Contains(tests[p.ID], m[1]) {
					complain("%s names %s, which is not there or does not bear the id", p.ID, m[1])
				}
			}
		}
	}
	return list
}

// after returns the rest of the line that begins with prefix in page.
func after(page, prefix string) string {
	_, rest, ok := strings.Cut(page, prefix)
	if !ok {
		return ""
	}
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
