package network

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"mtpipe/internal/bench"
)

func result(name string, ours bool, status bench.Status, samples ...Figures) Result {
	return Result{Server: Server{Ours: ours, Contender: bench.Contender{Name: name}}, Status: status, Samples: samples, Note: "why"}
}

func sample() *Report {
	var r Report
	r.add(Job{Name: "echo", Requests: 1, Bounds: []Bound{{threads, goNet, 1.1}, {threads, gevent, 0.2}, {threads, program, 1}}}, []Result{
		result(threads, true, bench.Done, Figures{CPU: 9, Load: 5, Rate: 1000, P50: 1, P99: 3}, Figures{CPU: 11, Load: 7, Rate: 3000, P50: 1, P99: 3}),
		result(program, true, bench.NotThere),
		result(goNet, false, bench.Done, Figures{CPU: 20, Load: 5, Rate: 500, P50: 2, P99: 4}),
		result(gevent, false, bench.Done, Figures{CPU: 40, Load: 5, Rate: 250, P50: 4, P99: 8}),
	})
	r.add(Job{Name: "idle", Bounds: []Bound{{stackless, goNet, 0.2}}}, []Result{
		result(stackless, true, bench.Done, Figures{Memory: 1000}),
		result(goNet, false, bench.Done, Figures{Memory: 8000}),
		result(gevent, false, bench.Failed),
	})
	return &r
}

func TestReportTable(t *testing.T) {
	var out strings.Builder
	r := sample()
	if err := r.Table(&out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"job server CPU µs requests/s p50 ms p99 ms bytes threads stackless mtpipe load µs",
		"echo threads 10.0 2000 1.00 3.00 - - - - 6.00",
		"echo mtpipe - - - - - - - - - not there",
		"echo Go's net 20.0 500 2.00 4.00 - 0.500 - - 5.00",
		"echo gevent 40.0 250 4.00 8.00 - 0.250 - - 5.00",
		"idle stackless - - - - 1000 - - - -",
		"idle Go's net - - - - 8000 - 0.125 - -",
		"idle gevent - - - - - - - - - failed",
		"",
		"job of beside ratio wanted",
		"echo threads Go's net 0.500 1.10 ok",
		"echo threads gevent 0.250 0.200 missed",
		"echo threads mtpipe - 1.00",
		"idle stackless Go's net 0.125 0.200 ok",
		"",
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("line %d: got %q, want %q", i+1, got[min(i, len(got)-1)], want[min(i, len(want)-1)])
		}
	}
	if got := strings.Join(r.Problems, "; "); got != "not there: echo: mtpipe: why; failed: idle: gevent: why" {
		t.Errorf("got the problems %q, want those of mtpipe and gevent", got)
	}
}

func TestReportJSON(t *testing.T) {
	var out strings.Builder
	r := sample()
	if err := r.JSON(&out); err != nil {
		t.Fatal(err)
	}
	if first := `{"job":"echo","server":"threads","cpu_us":10,`; !strings.HasPrefix(out.String(), first) {
		t.Errorf("got %.100s, want %s at the beginning", out.String(), first)
	}
	n := 0
	for d := json.NewDecoder(strings.NewReader(out.String())); d.More(); n++ {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
	}
	if n != len(r.Rows)+len(r.Verdicts) {
		t.Errorf("got %d lines, want one for each of %d rows and %d bounds", n, len(r.Rows), len(r.Verdicts))
	}
}

// TestJobs wants jobs that differ in their names, each with servers of ours and peers, and
// bounds about servers that are there.
func TestJobs(t *testing.T) {
	s := Setup{MTPipe: "mtpipe", Self: "bench"}
	seen := make(map[string]bool)
	for _, job := range s.serverJobs(context.Background(), Full, 5_000) {
		names := make(map[string]bool)
		for _, c := range job.Servers {
			names[c.Name] = true
			if c.Ours != (c.Name == threads || c.Name == stackless || c.Name == program || c.Name == webServe) || c.Frees != (c.Argv[0] == "bench") {
				t.Errorf("%s: got the server %v", job.Name, c)
			}
		}
		if seen[job.Name] || len(names) != len(job.Servers) || job.Connections > 5_000 {
			t.Errorf("%s: got its name or a server's twice, or %d connections", job.Name, job.Connections)
		}
		seen[job.Name] = true
		for _, b := range job.Bounds {
			if !names[b.Of] || !names[b.Beside] {
				t.Errorf("%s: got a bound of %s beside %s, want servers that it has", job.Name, b.Of, b.Beside)
			}
		}
	}
	if !seen["echo, 5000 connections"] || !seen["5000 idle connections"] || !seen["HTTP, 5000 connections"] && !seen["HTTP, 1000 connections"] {
		t.Errorf("got the jobs %v, want no more connections than there may be", seen)
	}
	seen = make(map[string]bool)
	for _, job := range append(s.fetchJobs(Full, "127.0.0.1:1"), s.commandJobs(Full)...) {
		if seen[job.Name] || len(job.Contenders) != 2 || job.Contenders[0].Argv[0] != "mtpipe" || job.Contenders[1].Wanted == 0 {
			t.Errorf("%s: got its name twice, or the contenders %v", job.Name, job.Contenders)
		}
		seen[job.Name] = true
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same, set  bool
	}{
		{"the same", "a\nb\n", "a\nb\n", true, true},
		{"empty lines between", "a\n\nb\n\n", "a\nb", true, true},
		{"another order", "a\nb\n", "b\na\n", false, true},
		{"one twice", "a\nb\n", "a\na\n", false, false},
		{"one less", "a\nb\n", "a\n", false, false},
	} {
		read := func(answer bench.Answer, text string) string {
			s, err := answer(strings.NewReader(text), bench.Lines)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if a, b := read(bodies, c.a), read(bodies, c.b); (a == b) != c.same {
			t.Errorf("%s: got %s and %s, want the same: %v", c.name, a, b, c.same)
		}
		if a, b := read(bodySet, c.a), read(bodySet, c.b); (a == b) != c.set {
			t.Errorf("%s: got the sets %s and %s, want the same: %v", c.name, a, b, c.set)
		}
	}
}
