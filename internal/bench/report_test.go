package bench_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/bench"
)

func result(name string, wanted float64, status bench.Status, peak int64, millis ...time.Duration) bench.Result {
	r := bench.Result{Contender: bench.Contender{Name: name, Wanted: wanted}, Status: status}
	for _, m := range millis {
		r.Samples = append(r.Samples, bench.Sample{Time: m * time.Millisecond, Peak: peak})
	}
	if status != bench.Done {
		r.Note = "why"
	}
	return r
}

func sample() *bench.Report {
	var r bench.Report
	ours := result("mtpipe", 0, bench.Done, 12e6, 90, 100, 110)
	r.Add(bench.Job{Name: "fast", Memory: 64e6}, []bench.Result{ours,
		result("a", 1, bench.Done, 3e6, 200, 190, 1000),
		result("b", 0.1, bench.Done, 257e6, 200),
		result("c", 0, bench.Done, 0, 25_000),
		result("d", 1, bench.Wrong, 3e6, 200),
	})
	r.Add(bench.Job{Name: "new", Memory: 64e6}, []bench.Result{result("mtpipe", 0, bench.NotThere, 0), result("a", 1, bench.Done, 3e6, 5)})
	r.Add(bench.Job{Name: "lonely"}, []bench.Result{ours})
	r.AddLatency([]bench.Latency{
		{Contender: bench.Contender{Name: "mtpipe"}, Delays: []time.Duration{650 * time.Microsecond, 1300 * time.Microsecond, 0}},
		{Contender: bench.Contender{Name: "five"}, Delays: []time.Duration{time.Second, 2 * time.Second, time.Second}},
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
		"job beside mtpipe s peer s ratio wanted mtpipe MB peer MB",
		"fast a 0.100 0.200 0.500 1.00 ok 12 3",
		"fast b 0.100 0.200 0.500 0.100 missed 12 257",
		"fast c 0.100 25.0 0.00400 - 12 -",
		"fast d 0.100 0.200 - 1.00 WRONG 12 3",
		"fast 64 MB of memory - - 0.188 1.00 ok 12 -",
		"new a - 0.00500 - 1.00 not there - 3",
		"new 64 MB of memory - - - 1.00 not there - -",
		"lonely nothing 0.100 - - - 12 -",
		"first output of five stages, median five 0.000650 1.00 0.000650 - - -",
		"first output of five stages, longest five 0.00130 2.00 0.000650 - - -",
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i, line := range lines {
		if got := strings.Join(strings.Fields(line), " "); i >= len(want) || got != want[i] {
			t.Errorf("line %d: got %q, want %q", i+1, got, want[min(i, len(want)-1)])
		}
	}
	if len(lines) != len(want) {
		t.Errorf("got %d lines, want %d", len(lines), len(want))
	}
	if got := strings.Join(r.Problems, "; "); got != "WRONG: fast: d: why; not there: new: mtpipe: why" {
		t.Errorf("got the problems %q, want those of d and of mtpipe", got)
	}
}

func TestReportJSON(t *testing.T) {
	var out strings.Builder
	r := sample()
	if err := r.JSON(&out); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(out.String()))
	for i, want := range r.Rows {
		var got bench.Row
		if err := d.Decode(&got); err != nil || got != want {
			t.Errorf("row %d: got %v, %v, want %v", i, got, err, want)
		}
	}
	if d.More() {
		t.Error("got more lines than rows")
	}
	if !strings.HasPrefix(out.String(), `{"job":"fast","beside":"a","mtpipe_s":0.1,"peer_s":0.2,"ratio":0.5,"wanted":1,`) {
		t.Errorf("got %.100s", out.String())
	}
}

// TestJobs wants jobs that differ in their names, with mtpipe first and peers behind it.
func TestJobs(t *testing.T) {
	setup := bench.Setup{MTPipe: "mtpipe", Files: bench.Files{Log: "log", CSV: "csv", JSONLines: "jsonl", Text: "text", TextSize: 128e6}}
	seen := make(map[string]bool)
	for _, job := range bench.Jobs(context.Background(), setup) {
		if seen[job.Name] || job.Answer == nil || len(job.Contenders) < 2 {
			t.Errorf("%s: got its name twice, no answer, or no peer", job.Name)
		}
		seen[job.Name] = true
		for i, c := range job.Contenders {
			if (c.Argv[0] == "mtpipe") != (i == 0 || c.Name == "mtpipe -j 1") || c.Wanted < 0 || c.Wanted > 2 {
				t.Errorf("%s: got contender %d %v", job.Name, i, c)
			}
		}
	}
	if !seen["sort lines in 32 MB"] {
		t.Errorf("got the jobs %v, want one that sorts in a quarter of the text's size", seen)
	}
}
