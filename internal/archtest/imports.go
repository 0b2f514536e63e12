package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Layer is a row of the import table.
type Layer struct {
	Dir  string   // of one package, or "dir/..." for all below dir
	May  []string // directories of the module, in the same notation
	Test []string // and what its tests may import besides
}

// Layers is the import table: imports point downwards only. The first row that fits a
// package holds for it.
var Layers = []Layer{
	{Dir: "cmd/mtpipe", May: []string{"pipeline/command", "stages"}, Test: []string{"docs", "examples", "pipeline/...", "microthread", "pipe", "reactor", "value", "internal/..."}},
	{Dir: "pipeline/command", May: []string{"internal/cli", "pipeline"}},
	{Dir: "internal/cli", May: []string{"examples", "docs", "pipeline/...", "microthread", "pipe", "reactor", "value", "internal/..."}, Test: []string{"stages"}},
	{Dir: "examples", May: nil},
	{Dir: "examples/...", May: []string{"microthread/...", "pipe", "reactor", "value"}},
	{Dir: "man", May: nil},
	{Dir: "docs", May: nil, Test: []string{"pipeline/command", "stages"}},
	{Dir: "stages", May: []string{"internal/layer", "pipeline/...", "stages/..."}, Test: []string{"examples", "microthread", "pipe", "reactor", "value", "internal/..."}},
	{Dir: "stages/each", May: []string{"pipeline/...", "value", "internal/aggregate", "internal/input"}, Test: []string{"stages", "stages/stagetest", "examples"}},
	{Dir: "stages/division", May: []string{"pipeline/...", "value", "internal/format"}},
	{Dir: "stages/stagetest", May: []string{"pipeline/...", "stages", "value"}}, // for tests
	{Dir: "stages/...", May: []string{"stages/each", "stages/division", "pipeline/...", "microthread/...", "pipe", "reactor", "value", "internal/..."}, Test: []string{"stages", "stages/stagetest", "examples"}},
	{Dir: "pipeline/syntax", May: []string{"internal/redact"}},
	{Dir: "pipeline", May: []string{"pipeline/syntax", "microthread", "pipe", "reactor", "value", "internal/..."}, Test: []string{"examples", "stages"}},
	{Dir: "microthread/web", May: []string{"internal/redact", "microthread", "pipe", "reactor", "value"}},
	{Dir: "microthread", May: []string{"internal/layer", "pipe", "reactor", "value"}},
	{Dir: "pipe", May: []string{"internal/layer", "reactor", "value"}, Test: []string{"microthread"}},
	{Dir: "reactor", May: []string{"internal/layer"}},
	{Dir: "internal/layer", May: nil},
	{Dir: "internal/redact", May: nil},
	{Dir: "value", May: []string{"internal/redact"}},
	{Dir: "internal/archtest", May: nil},
	{Dir: "internal/bench", May: nil},
	{Dir: "internal/bench/child", May: []string{"microthread/..."}},
	{Dir: "internal/bench/threads", May: []string{"internal/bench", "microthread", "pipe", "value"}},
	{Dir: "internal/bench/programs", May: []string{"internal/bench", "microthread/...", "pipeline", "stages", "value"}},
	{Dir: "internal/bench/cmd/bench", May: []string{"internal/bench", "internal/bench/..."}},
	{Dir: "internal/dist", May: nil, Test: []string{"internal/cli", "pipeline", "stages"}},
	{Dir: "internal/dist/cmd/dist", May: []string{"internal/dist"}},
	{Dir: "internal/torture", May: []string{"pipeline/...", "stages", "microthread", "reactor", "internal/from", "internal/layer", "internal/torture/plain"}},
	{Dir: "internal/torture/plain", May: nil}, // shares nothing with what it is compared with
	{Dir: "internal/torture/cmd/torture", May: []string{"internal/torture"}},
	{Dir: "internal/tempfile", May: nil},
	{Dir: "internal/atend", May: nil},
	{Dir: "internal/from", May: []string{"pipeline/syntax"}},
	{Dir: "internal/manual", May: []string{"docs", "pipeline", "examples", "internal/expression"}},
	{Dir: "internal/complete", May: []string{"pipeline/...", "internal/..."}, Test: []string{"examples", "stages"}},
	{Dir: "internal/parts", May: []string{"pipeline", "value", "internal/..."}, Test: []string{"stages"}},
	{Dir: "internal/repl", May: []string{"pipeline/...", "reactor", "value", "internal/..."}, Test: []string{"stages"}},
	{Dir: "internal/format", May: []string{"pipeline/syntax", "value", "internal/..."}, Test: []string{"examples"}},
	{Dir: "internal/expression", May: []string{"pipeline/syntax", "value", "internal/..."}},
	{Dir: "internal/...", May: []string{"microthread", "pipe", "reactor", "value", "internal/..."}, Test: []string{"examples"}},
}

// Use says that packages may import a module from outside, and why the project has it.
type Use struct {
	Module string
	Dirs   []string // that may import it
	Test   bool     // in tests only
	Why    string
}

// Uses is every direct dependency of the module.
var Uses = []Use{
	{Module: "github.com/BurntSushi/toml", Dirs: []string{"internal/format"}, Why: "TOML, which is read"},
	{Module: "github.com/DataDog/sketches-go", Dirs: []string{"internal/aggregate"}, Why: "a sketch of numbers, for percentiles of more than fit into memory"},
	{Module: "github.com/bmatcuk/doublestar/v4", Dirs: []string{"internal/input", "internal/object"}, Why: "files below a directory by patterns with **, which the standard library does not have"},
	{Module: "github.com/expr-lang/expr", Dirs: []string{"internal/expression"}, Why: "the parser and the list of functions of expressions"},
	{Module: "github.com/itchyny/gojq", Dirs: []string{"internal/jq"}, Why: "the language jq, for the stage of that name"},
	{Module: "github.com/itchyny/timefmt-go", Dirs: []string{"internal/expression", "internal/times"}, Why: "strftime and strptime, which jq's are made of as well"},
	{Module: "github.com/klauspost/compress", Dirs: []string{"internal/input", "internal/output", "internal/torture"}, Why: "gzip, and zstd, which the standard library does not have"},
	{Module: "github.com/mattn/go-runewidth", Dirs: []string{"pipeline", "pipeline/syntax", "internal/format", "internal/layout", "internal/repl", "stages/..."}, Why: "how wide a letter is on a terminal: tables, columns, and carets under errors"},
	{Module: "github.com/mattn/go-shellwords", Dirs: []string{"pipeline/syntax"}, Why: "splits words as a shell does; the parser's tests compare with it"},
	{Module: "github.com/johannesboyne/gofakes3", Dirs: []string{"internal/object", "cmd/mtpipe"}, Test: true, Why: "a server of objects in the tests' own process"},
	{Module: "github.com/rogpeppe/go-internal", Dirs: []string{"cmd/mtpipe", "docs"}, Test: true, Why: "testscript runs the examples"},
	{Module: "github.com/spf13/cobra", Dirs: []string{"internal/cli", "internal/manual"}, Why: "the command line"},
	{Module: "github.com/spf13/pflag", Dirs: []string{"internal/cli"}, Why: "the flags of cobra's commands, where they are looked at one by one"},
	{Module: "github.com/ulikunitz/xz", Dirs: []string{"internal/input"}, Why: "xz, which the standard library does not have"},
	{Module: "go.yaml.in/yaml/v3", Dirs: []string{"internal/format"}, Why: "YAML, which is read"},
	{Module: "golang.org/x/sys", Dirs: []string{"reactor", "microthread", "stages/...", "internal/...", "cmd/mtpipe"}, Why: "epoll and other system calls"},
}

// matches reports whether the directory is the one named, or below it for "name/...".
func matches(dir, name string) bool {
	parent, below := strings.CutSuffix(name, "/...")
	return dir == parent || below && strings.HasPrefix(dir, parent+"/")
}

func matchesAny(dir string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return matches(dir, n) })
}

// CheckImports complains about imports within the module that the table does not have, and
// about packages that no row of it fits.
func CheckImports(t *Tree, layers []Layer) []Complaint {
	var list []Complaint
	for _, f := range t.Files {
		i := slices.IndexFunc(layers, func(l Layer) bool { return matches(f.Dir(), l.Dir) })
		if i < 0 {
			list = append(list, Complaint{f.Path, 1, fmt.Sprintf("the import table has no row for %s", f.Dir())})
			continue
		}
		for _, imp := range sorted(t.Imports(f)) {
			dir, ours := strings.CutPrefix(imp.path, Module+"/")
			if !ours || dir == f.Dir() && f.IsTest() || matchesAny(dir, layers[i].May) ||
				f.IsTest() && matchesAny(dir, layers[i].Test) {
				continue
			}
			list = append(list, Complaint{f.Path, imp.line, fmt.Sprintf("%s must not import %s", f.Dir(), dir)})
		}
	}
	return list
}

// CheckModules complains about imports from other modules that uses does not have, about
// requirements in go.mod that it does not have or that nothing imports, and about those
// that CONTRIBUTING.md does not name.
func CheckModules(t *Tree, uses []Use) []Complaint {
	var list []Complaint
	used := make(map[string]bool)
	for _, f := range t.Files {
		for _, imp := range sorted(t.Imports(f)) {
			first, _, _ := strings.Cut(imp.path, "/")
			if !strings.Contains(first, ".") || strings.HasPrefix(imp.path, Module+"/") {
				continue // the standard library, or ours
			}
			i := slices.IndexFunc(uses, func(u Use) bool { return matches(imp.path, u.Module+"/...") })
			switch {
			case i < 0:
				list = append(list, Complaint{f.Path, imp.line, imp.path + " is not in the table of modules"})
				continue
			case !matchesAny(f.Dir(), uses[i].Dirs):
				list = append(list, Complaint{f.Path, imp.line, fmt.Sprintf("%s must not import %s", f.Dir(), imp.path)})
			case uses[i].Test && !f.IsTest():
				list = append(list, Complaint{f.Path, imp.line, imp.path + " is for tests only"})
			}
			used[uses[i].Module] = true
		}
	}
	return append(list, checkRequirements(t, uses, used)...)
}

func checkRequirements(t *Tree, uses []Use, used map[string]bool) []Complaint {
	var list []Complaint
	for i, line := range strings.Split(t.text("go.mod"), "\n") {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") || strings.HasSuffix(line, "// indirect") {
			continue
		}
		known := slices.ContainsFunc(uses, func(u Use) bool { return u.Module == fields[0] })
		switch {
		case !known:
			list = append(list, Complaint{"go.mod", i + 1, fields[0] + " is not in the table of modules"})
		case !used[fields[0]]:
			list = append(list, Complaint{"go.mod", i + 1, "nothing imports " + fields[0]})
		case !strings.Contains(t.text("CONTRIBUTING.md"), fields[0]):
			list = append(list, Complaint{"go.mod", i + 1, "CONTRIBUTING.md does not say why there is " + fields[0]})
		}
	}
	return list
}

type imported struct {
	path string
	line int
}

func sorted(imports map[string]int) []imported {
	var list []imported
	for _, p := range slices.Sorted(maps.Keys(imports)) {
		list = append(list, imported{p, imports[p]})
	}
	return list
}
