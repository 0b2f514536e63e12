package expression

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/expr-lang/expr"

	"mtpipe/value"
)

func record() value.Value {
	shape := value.NewShape("time", "host", "method", "path", "status", "bytes")
	return value.Rec(value.NewRecord(shape, value.TextOf("2024-01-01"), value.TextOf("a"), value.TextOf("GET"),
		value.TextOf("/api/users"), value.TextOf("503"), value.Int(1234)))
}

func BenchmarkEval(b *testing.B) {
	for _, r := range []struct {
		name, text string
		it         value.Value
	}{
		{"text number", `it > 5`, value.TextOf("1234")},
		{"modulo", `it % 2 == 0`, value.Int(4)},
		{"field", `status >= 500`, record()},
		{"field int", `bytes >= 500`, record()},
		{"spelling", `method == "GET"`, record()},
		{"and", `status >= 500 and path startsWith "/api"`, record()},
		{"bare field", `path`, record()},
		{"in", `status in [200, 404, 503]`, record()},
		{"matches", `path matches "^/api/"`, record()},
		{"loop", `filter(it, # > 1)`, value.List([]value.Value{value.Int(1), value.Int(2), value.Int(3)})},
		{"record", `{status: status, bytes: bytes * 2}`, record()},
	} {
		b.Run(r.name, func(b *testing.B) {
			p := compile(b, r.text)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(r.it); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLibrary is the same question asked of expr-lang's own machine, on Go data.
func BenchmarkLibrary(b *testing.B) {
	env := map[string]any{"status": 503, "path": "/api/users"}
	p, err := expr.Compile(`status >= 500 and path startsWith "/api"`, expr.Env(env))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expr.Run(p, env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(`status >= 500 and path startsWith "/api"`, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNoAllocation wants the questions asked of every value to allocate nothing.
func TestNoAllocation(t *testing.T) {
	for text, it := range map[string]value.Value{
		`it > 5`: value.TextOf("1234"), `it % 2 == 0`: value.Int(4), `it * 2.5 < 7`: value.TextOf("3"),
		`status >= 500`: record(), `status in [200, 404]`: record(), `path startsWith "/api" and status != 404`: record(),
		`path matches "^/api"`: record(), `it[0:3] == "abc"`: value.TextOf("abcdef"),
		`any(it, # > 1)`: value.List([]value.Value{value.Int(2)}),
	} {
		p := compile(t, text)
		if n := testing.AllocsPerRun(100, func() { _, _ = p.Test(it) }); n > 1 && text[0] == 'a' || n > 0 && text[0] != 'a' {
			t.Errorf("%s: got %v allocations, want none", text, n)
		}
	}
}

// TestManyGoroutines uses one program from several goroutines, with records of many shapes.
func TestManyGoroutines(t *testing.T) {
	p := compile(t, `let y = n * 2; sum(map(1..3, # + y)) + (n matches "x" + string(n) ? 1 : 0)`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 300 {
				names := []string{fmt.Sprint("other", i%7), "n"}
				it := value.Rec(value.NewRecord(value.NewShape(names...), value.Null, value.TextOf(fmt.Sprint(i))))
				if v, err := p.Eval(it); err != nil || v.Kind() != value.KindInt || v.AsInt() != int64(6+6*i) {
					t.Errorf("got %s and error %v, want %d", v, err, 6+6*i)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkSelect chooses rows of CSV by expressions that have kernels, and by one that has
// none; ns/row is the time for a row.
func BenchmarkSelect(b *testing.B) {
	const rows = 2000
	shape := value.NewShape("status", "ms", "path")
	batch := value.NewValues(rows)
	for i := range rows {
		batch.Add(value.Rec(value.NewRecord(shape, value.TextOf(strconv.Itoa(200+i%400)), value.TextOf(strconv.Itoa(i)+".25"),
			value.TextOf("/api/v1/users/"+strconv.Itoa(i)))))
	}
	for _, text := range []string{"status >= 500", "status == 404", "ms > 1000", "ms < 10.5", `path startsWith "/api"`, `path contains "9"`,
		`path matches "s/[0-9]+7$"`, "status >= 500 and ms > 1000", "status < 300 or ms < 10", "not (status < 500)", "ms != nil",
		"status % 100 == 4"} {
		p, err := Compile(text, nil)
		if err != nil {
			b.Fatal(err)
		}
		var e Evaluator
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				p.Select(batch, true, &e)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
