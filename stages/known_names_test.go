package stages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestPipelineNamesNoStage wants no stage's name in the package that runs them: it knows them
// by what they declare.
func TestPipelineNamesNoStage(t *testing.T) {
	others := map[string]bool{"skip": true /* a choice of --on-error */, "min": true, "max": true, /* tags of arguments */
		"progress": true /* a kind of message */, "table": true /* a format */}
	registry := pipeline.NewRegistry(stages.All()...)
	files := 0
	for _, pattern := range []string{"../pipeline/*.go", "../pipeline/syntax/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			files++
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if _, ok := n.(*ast.ImportSpec); ok {
					return false
				}
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, _ := strconv.Unquote(lit.Value); registry.Stage(text) != nil && !others[text] {
						t.Errorf("%s: names the stage %s", fset.Position(lit.Pos()), text)
					}
				}
				return true
			})
		}
	}
	if files < 20 {
		t.Errorf("got %d files; are they elsewhere?", files)
	}
}
