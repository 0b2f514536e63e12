package stages_test

import (
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestAggregatesOfPatterns wants AGG(/PATTERN/) to give what the aggregates of the fields by name
// give, whenever the fields come first, in one part of the input or in several.
func TestAggregatesOfPatterns(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in.jsonl")
	functions := []string{"count", "sum", "mean", "min", "max", "median", "stddev", "first", "last", "distinct", "mode", "maxlen"}
	for seed := range 60 {
		rng := rand.New(rand.NewSource(int64(seed)))
		rows, fields := 1+rng.Intn(30), 1+rng.Intn(4)
		if seed%10 == 0 {
			rows = 40000 // more than a file has that is read as a whole
		}
		settings := pipeline.Settings{Stderr: io.Discard, Jobs: 1 + rng.Intn(3)}
		key := []string{"", "k ", "k b=n%3 "}[rng.Intn(3)]
		first := 0
		if seed%20 == 5 { // groups in files
			rows, key, first, settings.MaxMemory = 40000, "n ", 4, 4<<20
		}
		if err := os.WriteFile(name, []byte(lateFields(rng, rows, fields, first)), 0o600); err != nil {
			t.Fatal(err)
		}
		var many, named []string
		for _, f := range []string{functions[rng.Intn(len(functions))], "percentile", "count"} {
			argument, suffix := "", f
			if f == "percentile" {
				argument, suffix = ", 90", "p90"
			}
			if strings.Contains(strings.Join(many, " "), f+"(") {
				continue
			}
			many = append(many, fmt.Sprintf("%s(/^x_/%s)", f, argument))
			for i := range 4 {
				named = append(named, fmt.Sprintf("x_%d_%s=%s(it.x_%d%s)", i, suffix, f, i, argument))
			}
		}
		sorted := " | map 'fromPairs(sort(toPairs(it)))'"
		got := ofFile(t, "jsonl "+name+" | group_by "+key+strings.Join(many, " ")+sorted, settings)
		// The fields of the pattern that no record has are not in its result.
		present := " | map 'fromPairs(sort(filter(toPairs(it), #[0] not startsWith \"x_\" or int(replace(#[0], \"_\", \"\")[1:2]) < " + fmt.Sprint(fields) + ")))'"
		want := ofFile(t, "jsonl "+name+" | group_by "+key+strings.Join(named, " ")+present, settings)
		if got != want {
			t.Errorf("seed %d, jobs %d: %s: got\n%.400s\nwant\n%.400s", seed, settings.Jobs, key+strings.Join(many, " "), got, want)
		}
	}
}

// TestStagesOfPatterns wants step, share and top of a pattern to give what they give for the fields
// by name, one after another.
func TestStagesOfPatterns(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in.jsonl")
	calls := []struct{ many, each string }{
		{"step %s delta shift cumsum", ""}, {"step %s ewma ratio --by k", ""},
		{"share %s", ""}, {"share %s --by k --percent --cumulative", ""},
		{"top 3 %s", "top"}, {"bottom 50 %s", "bottom"},
	}
	for seed := range 60 {
		rng := rand.New(rand.NewSource(int64(seed)))
		rows, fields := 1+rng.Intn(30), 1+rng.Intn(4)
		if seed%10 == 0 {
			rows = 40000
		}
		settings := pipeline.Settings{Stderr: io.Discard, Jobs: 1 + rng.Intn(3)}
		if err := os.WriteFile(name, []byte(lateFields(rng, rows, fields, 0)), 0o600); err != nil {
			t.Fatal(err)
		}
		call := calls[seed%len(calls)]
		got := ofFile(t, "jsonl "+name+" | "+fmt.Sprintf(call.many, "/^x_.$/")+" | map 'fromPairs(sort(toPairs(it)))'", settings)
		var want string
		if call.each == "" {
			var named []string
			for i := range fields {
				named = append(named, fmt.Sprintf(call.many, fmt.Sprintf("x_%d", i)))
			}
			// A field that a record lacks adds nothing to it.
			want = ofFile(t, "jsonl "+name+" | "+strings.Join(named, " | ")+" | map 'fromPairs(sort(filter(toPairs(it), len(#[0]) < 5 or #[0][:3] in it)))'", settings)
		} else {
			want = bestOf(t, name, call.many, call.each, fields, settings)
		}
		if got != want {
			t.Errorf("seed %d, jobs %d: %s: got\n%.400s\nwant\n%.400s", seed, settings.Jobs, call.many, got, want)
		}
	}
}

// bestOf returns what top or bottom of all fields puts, made of the lists of each.
func bestOf(t *testing.T, name, call, suffix string, fields int, settings pipeline.Settings) string {
	var lists [][]string
	places := 0
	for i := range fields {
		field := fmt.Sprintf("x_%d", i)
		list := strings.Fields(ofFile(t, "jsonl "+name+" | "+fmt.Sprintf(call, field)+" | get "+field, settings))
		lists, places = append(lists, list), max(places, len(list))
	}
	var b strings.Builder
	for at := range places {
		fmt.Fprintf(&b, `{"n":%d`, at+1)
		for i, list := range lists {
			v := "null"
			if at < len(list) {
				v = list[at]
			}
			fmt.Fprintf(&b, `,"x_%d_%s":%s`, i, suffix, v)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// lateFields returns records of which all but the first ones may have more fields, which the very
// first of that number have, too; each of the
// fields stands in one of the last ones.
func lateFields(rng *rand.Rand, rows, fields, first int) string {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, `{"k":"%c","n":%d`, 'a'+rune(rng.Intn(3)), i)
		for f := range fields {
			switch {
			case i == rows-1 || i < first || rng.Intn(3) > 0 && i*4 >= rows*f:
				fmt.Fprintf(&b, `,"x_%d":%d`, f, rng.Intn(100))
			case rng.Intn(5) == 0:
				fmt.Fprintf(&b, `,"x_%d":null`, f)
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// ofFile returns what a pipeline prints.
func ofFile(t *testing.T, text string, settings pipeline.Settings) string {
	t.Helper()
	var out strings.Builder
	settings.Stdout = &out
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, settings)
	if err != nil {
		t.Fatal(text, err)
	}
	if err := plan.Run(nil); err != nil {
		t.Fatal(text, err)
	}
	return out.String()
}

// TestPatternsOfAggregatesTell wants what is wrong with a pattern of an aggregate to be told.
func TestPatternsOfAggregatesTell(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in.jsonl")
	var b strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&b, "{\"n\":%d,\"x_1\":1}\n", i)
	}
	b.WriteString(`{"n":"last","x_2":1}` + "\n")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ call, want string }{
		{"group_by n mean(/^x_/)", "field x_2 comes when there are too many groups for the memory already; name it instead of the pattern, or give more with --max-memory"},
		{"group_by n a=mean(/^x_/)", "names of their own, FIELD_mean: write mean(/^x_/)"},
		{"group_by n list(/^x_/)", "list takes no pattern"},
		{"group_by n argmax(/^x_/)", "argmax takes no pattern; it is called as argmax(e, by)"},
		{"group_by n percentile(/^x_/)", "percentile of a pattern is called as percentile(/PATTERN/, p)"},
		{"group_by n mean(/^x_/, 5)", "mean of a pattern is called as mean(/PATTERN/)"},
		{"group_by n mean(/^x_", "mean(/^x_ has no /) at its end"},
		{"group_by n mean(/x(/)", "missing closing )"},
		{"head 5 | group_by n sum(/^x_/) x_1_sum=count()", "the field x_1_sum stands twice"},
	} {
		plan, err := pipeline.Compile("jsonl "+name+" | "+row.call, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{Stdout: io.Discard, Stderr: io.Discard, Jobs: 1, MaxMemory: 4 << 20})
		if err == nil {
			err = plan.Run(nil)
		}
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %s", row.call, err, row.want)
		}
	}
}
