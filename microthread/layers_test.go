package microthread_test

import (
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// TestK1_LayersStandAlone checks what each layer of the runtime is made of.
func TestK1_LayersStandAlone(t *testing.T) {
	for dir, allowed := range map[string][]string{
		"../internal/redact": nil,
		"../value":           {"mtpipe/internal/redact"}, // its messages have no passwords in them
		"../reactor":         {"mtpipe/internal/layer"},
		"../pipe":            {"mtpipe/internal/layer", "mtpipe/reactor", "mtpipe/value"},
		"../microthread":     {"mtpipe/internal/layer", "mtpipe/pipe", "mtpipe/reactor", "mtpipe/value"},
	} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := dir + "/" + e.Name()
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range f.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				if strings.HasPrefix(path, "mtpipe/") && !slices.Contains(allowed, path) {
					t.Errorf("%s imports %s, want at most %v", name, path, allowed)
				}
			}
		}
	}
}

// TestK1_OnePrimitive does with Start alone what two of the three ways to start a thread do.
func TestK1_OnePrimitive(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		p := t0.Program()
		forgotten := p.Start(microthread.Spec{Name: "forgotten", Run: func(*microthread.Thread) error { return nil }})
		out := pipe.New(p.Reactor(), "out", 4)
		p.Start(microthread.Spec{Name: "generator", Stdout: []*pipe.Pipe{out}, Run: func(g *microthread.Thread) error {
			g.Put(value.Int(1))
			return errBoom
		}})
		got, err := read(out)
		equal(t, "values", got, []int64{1})
		wantErr(t, "behind them", err, errBoom)
		return forgotten.Wait(t0, 0)
	})
	wantErr(t, "run", err, nil)
}
