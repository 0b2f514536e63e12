package stages_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipeline"
)

// aggregateForms are all aggregates, as stages and in group_by.
func aggregateForms() (texts []string) {
	for _, call := range []string{"count(e)", "sum(e)", "mean(e)", "stddev(e)", "min(e)", "max(e)", "median(e)", "percentile(e, 90)", "first(e)", "last(e)", "distinct(e)", "list(e)",
		"variance(e)", "skewness(e)", "kurtosis(e)", "minlen(e)", "mode(e)", "antimode(e)", "any(e)", "argmax(e, a)", "argmin(a, e)", "covariance(e, a)"} {
		for _, e := range []string{"b", "int(b)"} {
			for _, key := range []string{"", "a "} {
				texts = append(texts, "group_by "+key+"n="+strings.ReplaceAll(strings.ReplaceAll(call, "e)", e+")"), "(e,", "("+e+","))
			}
		}
	}
	for _, stage := range []string{"sum", "mean", "stddev", "min", "max", "median", "percentile 90 --of", "top 2", "bottom 2", "hist", "count_by"} {
		for _, e := range []string{"b", "int(b)"} {
			texts = append(texts, stage+" "+e)
		}
	}
	return append(texts, "stats", "stats b")
}

// TestAggregatesOfWhatIsWrong has every aggregate over records of which all, some and none are
// wrong, with every policy: it ends, and its output, its end and what it tells do not depend on how
// many copies there are.
func TestAggregatesOfWhatIsWrong(t *testing.T) {
	data := map[string]func(i int) string{
		"all":  func(i int) string { return fmt.Sprintf("x%d", i) },
		"some": func(i int) string { return map[bool]string{true: "x", false: ""}[i%3 == 0] + fmt.Sprint(i*7%31) },
		"none": func(i int) string { return fmt.Sprint(i) },
	}
	for name, of := range data {
		var in strings.Builder
		in.WriteString("a,b\n")
		for i := range 40 {
			fmt.Fprintf(&in, "%d,%s\n", i%3, of(i))
		}
		for _, text := range aggregateForms() {
			for _, how := range []pipeline.OnError{pipeline.Fail, pipeline.Skip, pipeline.Keep, pipeline.Continue} {
				text := `csv | map "b == \"x14\" ? int(\"u\") : it" | ` + text // an error of the input among those of the stage
				var want outcome
				for i, s := range []pipeline.Settings{{Jobs: 1}, {Jobs: 1, Capacity: 1}, {Jobs: 2}} {
					s.OnError, s.Out = how, "jsonl"
					got := runErrors(t, text, in.String(), s)
					if i == 0 {
						want = got
					}
					if got.stdout != want.stdout || got.stderr != want.stderr || fmt.Sprint(got.err) != fmt.Sprint(want.err) {
						t.Errorf("%s, %s are wrong, --on-error %v, %d jobs:\ngot  %q %q %v\nwant %q %q %v", text, name, how, s.Jobs, got.stdout, got.stderr, got.err, want.stdout, want.stderr, want.err)
					}
					if strings.Contains(fmt.Sprint(got.err), "panic") || strings.Contains(fmt.Sprint(got.err), "runtime error") {
						t.Errorf("%s: got %v", text, got.err)
					}
				}
			}
		}
	}
}

// TestErrorsOfAggregatesInOrder wants errors that are kept to come in the order of the input,
// those that come with it among those of the stage, and groups in the order of what is in them.
func TestErrorsOfAggregatesInOrder(t *testing.T) {
	const in = "a,b\n1,x1\n2,1\n3,u\n1,x2\n1,5\n"
	const text = `csv | map "b == \"u\" ? int(b) : it" | `
	for _, row := range []struct {
		text string
		want []string // what the lines contain
	}{
		{"mean b", []string{`"x1" is`, `"u" is`, `"x2" is`, "3"}},
		{"group_by a n=sum(b)", []string{`"x1" is`, `"u" is`, `"x2" is`, `{"a":2,"n":1}`, `{"a":1,"n":5}`}},
		{"group_by n=min(int(b))", []string{`"x1" is`, `"u" is`, `"x2" is`, `{"n":1}`}},
	} {
		eachWay(t, func(t *testing.T, s pipeline.Settings) {
			s.OnError = pipeline.Keep
			got := runErrors(t, text+row.text, in, s)
			lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
			same := func(line, want string) bool { return strings.Contains(line, want) }
			if !slices.EqualFunc(lines, row.want, same) {
				t.Errorf("%s: got %q, want lines with %q", row.text, lines, row.want)
			}
		})
	}
}

// TestConflictsInOrder wants values of a group that do not go together to be told where the group
// comes, also when groups are in temporary files: the same output, end and messages.
func TestConflictsInOrder(t *testing.T) {
	var in strings.Builder
	in.WriteString("a,b\n")
	for i := range 300 {
		fmt.Fprintf(&in, "k%d,%s\n", i*7%100, []string{"1", "x", "2"}[i*7%100*3%8%3*(i/100)%3])
	}
	for _, how := range []pipeline.OnError{pipeline.Fail, pipeline.Skip, pipeline.Keep, pipeline.Continue} {
		var want outcome
		for i, s := range []pipeline.Settings{{Jobs: 1}, {Jobs: 1, MaxMemory: 1000}, {Jobs: 2, MaxMemory: 1000}} {
			s.OnError, s.Out = how, "jsonl"
			got := runErrors(t, "csv | group_by a n=max(b) m=min(b)", in.String(), s)
			if i == 0 {
				want = got
			}
			if got.stdout != want.stdout || got.stderr != want.stderr || fmt.Sprint(got.err) != fmt.Sprint(want.err) {
				t.Errorf("--on-error %v, %d jobs, memory %d:\ngot  %.600q %.300q %v\nwant %.600q %.300q %v", how, s.Jobs, s.MaxMemory, got.stdout, got.stderr, got.err, want.stdout, want.stderr, want.err)
			}
		}
		if how == pipeline.Keep && !strings.Contains(want.stdout, "is not a number") {
			t.Errorf("got no conflict in %.300q", want.stdout)
		}
	}
}

// TestFailedResultsInOrder wants the results of the groups before one whose result is an error,
// also when groups are in temporary files.
func TestFailedResultsInOrder(t *testing.T) {
	var in strings.Builder
	in.WriteString("a,b\n")
	for i := range 600 {
		number := "1"
		if k := i % 300; k == 40 || k == 41 || k == 250 {
			number = "1e308"
		}
		fmt.Fprintf(&in, "k%d,%s\n", i%300, number)
	}
	var want outcome
	for i, s := range []pipeline.Settings{{Jobs: 1}, {Jobs: 1, MaxMemory: 1000}, {Jobs: 2, MaxMemory: 1000}} {
		s.Out = "jsonl"
		got := runErrors(t, "csv | group_by a n=sum(b)", in.String(), s)
		if i == 0 {
			want = got
		}
		if got.stdout != want.stdout || fmt.Sprint(got.err) != fmt.Sprint(want.err) {
			t.Errorf("%d jobs, memory %d:\ngot  %.300q %v\nwant %.300q %v", s.Jobs, s.MaxMemory, got.stdout, got.err, want.stdout, want.err)
		}
	}
	if n := strings.Count(want.stdout, "\n"); n != 40 || want.err == nil {
		t.Errorf("got %d groups, want 40, and %v, want an error", n, want.err)
	}
}
