package archtest_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mtpipe/internal/archtest"
)

func source(t *testing.T) *archtest.Tree {
	t.Helper()
	return load(t, os.DirFS("../.."))
}

func load(t *testing.T, fsys fs.FS) *archtest.Tree {
	t.Helper()
	tree, err := archtest.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// rules is every check with the limits that hold.
var rules = map[string]func(*archtest.Tree) []archtest.Complaint{
	"imports":          func(t *archtest.Tree) []archtest.Complaint { return archtest.CheckImports(t, archtest.Layers) },
	"modules":          func(t *archtest.Tree) []archtest.Complaint { return archtest.CheckModules(t, archtest.Uses) },
	"sizes":            func(t *archtest.Tree) []archtest.Complaint { return archtest.CheckSizes(t, archtest.Most) },
	"names":            archtest.CheckNames,
	"init":             archtest.CheckInit,
	"package comments": archtest.CheckPackageComments,
	"docs":             archtest.CheckDocs,
	"paths":            archtest.CheckPaths,
	"named files":      archtest.CheckNamedFiles,
}

// TestSource holds the project's own source to the rules.
func TestSource(t *testing.T) {
	tree := source(t)
	for name, check := range rules {
		t.Run(name, func(t *testing.T) {
			for _, c := range check(tree) {
				t.Error(c)
			}
		})
	}
	for _, c := range archtest.CheckSizes(tree, archtest.Aims) {
		t.Logf("larger than aimed at: %v", c)
	}
}

// TestRulesFail shows each check a small tree that breaks its rule.
func TestRulesFail(t *testing.T) {
	long := strings.Repeat("\n", 700)
	for _, c := range []struct {
		name, rule string
		files      map[string]string // path to source
		want       []string
	}{
		{"upwards", "imports", map[string]string{"reactor/x.go": "package reactor\nimport \"mtpipe/pipe\""},
			[]string{"reactor/x.go:2: reactor must not import pipe"}},
		{"stages from pipeline", "imports", map[string]string{"pipeline/x.go": "package pipeline\nimport \"mtpipe/stages\""},
			[]string{"pipeline/x.go:2: pipeline must not import stages"}},
		{"internal from pipe", "imports", map[string]string{"pipe/x.go": "package pipe\nimport \"mtpipe/internal/search\""},
			[]string{"pipe/x.go:2: pipe must not import internal/search"}},
		{"pipeline from internal", "imports", map[string]string{"internal/csv/x.go": "package csv\nimport \"mtpipe/pipeline\""},
			[]string{"internal/csv/x.go:2: internal/csv must not import pipeline"}},
		{"upwards in a test", "imports", map[string]string{"value/x_test.go": "package value_test\nimport (\n\"mtpipe/value\"\n\"mtpipe/pipe\"\n)"},
			[]string{"value/x_test.go:4: value must not import pipe"}},
		{"unknown package", "imports", map[string]string{"new/x.go": "package new"},
			[]string{"new/x.go:1: the import table has no row for new"}},
		{"downwards", "imports", map[string]string{"pipe/x.go": "package pipe\nimport (\n\"mtpipe/reactor\"\n\"mtpipe/value\"\n)"}, nil},

		{"unknown module", "modules", map[string]string{"pipeline/x.go": "package pipeline\nimport \"example.com/m/p\""},
			[]string{"pipeline/x.go:2: example.com/m/p is not in the table of modules"}},
		{"module in the wrong place", "modules", map[string]string{"value/x.go": "package value\nimport \"golang.org/x/sys/unix\""},
			[]string{"value/x.go:2: value must not import golang.org/x/sys/unix"}},
		{"test module", "modules", map[string]string{"cmd/mtpipe/x.go": "package main\nimport \"github.com/rogpeppe/go-internal/txtar\""},
			[]string{"cmd/mtpipe/x.go:2: github.com/rogpeppe/go-internal/txtar is for tests only"}},
		{"requirements", "modules", map[string]string{
			"go.mod":              "module mtpipe\nrequire (\n\texample.com/m v1.0.0\n\tgolang.org/x/sys v1.0.0\n\texample.com/n v1.0.0 // indirect\n)\nrequire github.com/spf13/cobra v1.0.0\n",
			"internal/cli/x.go":   "package cli\nimport \"github.com/spf13/cobra\"",
			"CONTRIBUTING.md":     "nothing",
			"internal/x/x.go":     "package x",
			"internal/x/x_lin.go": "package x\nimport _ \"os\""},
			[]string{"go.mod:3: example.com/m is not in the table of modules", "go.mod:4: nothing imports golang.org/x/sys",
				"go.mod:7: CONTRIBUTING.md does not say why there is github.com/spf13/cobra"}},

		{"large", "sizes", map[string]string{"value/x.go": "package value\nfunc f() {" + long + "}\n"},
			[]string{"value/x.go: has 702 lines, more than 600", "value/x.go:2: f has 701 lines, more than 100"}},
		{"large function of a test", "sizes", map[string]string{"value/x_test.go": "package value\nfunc f() {" + long[:500] + "}\n"}, nil},
		{"names", "names", map[string]string{"internal/util/x.go": "package util", "internal/y/x_test.go": "package helpers_test"},
			[]string{"internal/util/x.go:1: the package name util says nothing", "internal/y/x_test.go:1: the package name helpers says nothing"}},
		{"init", "init", map[string]string{"stages/x.go": "package stages\nfunc init() {}\nfunc (x T) init() {}\ntype T int"},
			[]string{"stages/x.go:2: has an init function"}},

		{"no package comment", "package comments", map[string]string{"pipe/x.go": "package pipe", "pipe/x_test.go": "// Package pipe_test is no comment on pipe.\npackage pipe_test"},
			[]string{"pipe/x.go: the package has no comment"}},
		{"two package comments", "package comments", map[string]string{"pipe/x.go": "// Package pipe is.\npackage pipe", "pipe/y.go": "// Package pipe is.\npackage pipe"},
			[]string{"pipe/x.go: the package has several comments: pipe/x.go, pipe/y.go"}},
		{"wrong package comment", "package comments", map[string]string{"pipe/x.go": "// Here are pipes.\npackage pipe", "cmd/mtpipe/x.go": "// Command mtpipe runs.\npackage main"},
			[]string{`pipe/x.go:1: the package comment does not begin with "Package pipe "`}},

		{"docs", "docs", map[string]string{"value/x.go": `package value

func F() {}

// Does g.
func G() {}

// Hx is another name.
type H int

// I is one.
type I int

func (I) J()         {}
func (I) String() string { return "" }

type k int

func (k) L() {}

// Errors.
var (
	M = 1
)

var (
	N = 1
	// O is.
	O = 1
	P = 1 // as it says
)

const Q = 1

// R is.
const R = 1

// A S is.
func S() {}
`}, []string{"value/x.go:3: F has no comment", "value/x.go:6: G has a comment that does not begin with its name",
			"value/x.go:9: H has a comment that does not begin with its name", "value/x.go:14: J has no comment",
			"value/x.go:27: N has no comment, and neither has its group", "value/x.go:33: Q has no comment"}},

		{"named files", "named files", map[string]string{"value/x.go": "package value", "value/a.md": "`value/x.go` `value/` `x.go`\n`value/y.go` and `pipe/`, `value/STAGE.txtar`, value/z.go"},
			[]string{"value/a.md:2: names value/y.go, which does not exist", "value/a.md:2: names pipe/, which does not exist"}},
		{"paths", "paths", map[string]string{"README.md": "see\n/home/x and $HOME/home/x", "value/x_test.go": "package value // /home/x", "x.txtar": "cd \"/tmp/y\"\na/tmp/b ./tmp/c"},
			[]string{"README.md:2: names a path of one machine: /home/", "x.txtar:1: names a path of one machine: /tmp/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := make(fstest.MapFS)
			for p, text := range c.files {
				fsys[p] = &fstest.MapFile{Data: []byte(text)}
			}
			var got []string
			for _, complaint := range rules[c.rule](load(t, fsys)) {
				got = append(got, complaint.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
