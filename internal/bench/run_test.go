package bench_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/bench"
)

func TestTopCounts(t *testing.T) {
	for _, c := range []struct{ name, out, want string }{
		{"a table with a header", "value\tcount\nb\t7\na\t9\nc\t2\nd\t2\n", "a 9, b 7, one of those 2, one of those 2"},
		{"uniq -c", "   9 a\n   7 b\n   2 d\n   2 e\n", "a 9, b 7, one of those 2, one of those 2"},
		{"equal counts above the last place", "x 3\ny 3\nz 1\n", "x 3, y 3, one of those 1"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := bench.TopCounts(strings.NewReader(c.out)); got != c.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestMedian(t *testing.T) {
	if got := bench.Median([]float64{5, 1, 3}); got != 3 {
		t.Errorf("got %v of an odd number, want 3", got)
	}
	if got := bench.Median([]time.Duration{4, 1, 2, 9}); got != 3 {
		t.Errorf("got %v of an even number, want 3", got)
	}
}

func TestMeasure(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	sh := func(text string) bench.Contender {
		return bench.Contender{Name: text, Argv: []string{"sh", "-c", text}}
	}
	job := bench.Job{Name: "job", Answer: bench.Words, Contenders: []bench.Contender{
		sh("echo 1"), {Name: "missing", Argv: []string{"there-is-no-such-program"}}, sh("echo ' 1'")}}
	results, err := bench.Measure(context.Background(), job, 3, "")
	if err != nil || len(results) != 2 || len(results[1].Samples) != 3 {
		t.Fatalf("got %v, %v, want 3 samples of 2 contenders", results, err)
	}
	for _, c := range []struct {
		name string
		bad  bench.Contender
		want string
	}{
		{"another answer", sh("echo 2"), `the answers differ: got "2" from echo 2, want "1"`},
		{"a failure", sh("echo oh >&2; exit 3"), "exit status 3: oh"},
	} {
		job.Contenders[2] = c.bad
		if _, err := bench.Measure(context.Background(), job, 1, ""); err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one that ends with %q", c.name, err, c.want)
		}
	}
}
