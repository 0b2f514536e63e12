package totals_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

func TestGroupBy(t *testing.T) {
	const pairs = `map '{k: split(it, " ")[0], v: split(it, " ")[1]}' | map '{k: k, v: v == "" ? nil : int(v)}' | `
	const in = "b 3\na 1\nb 5\nb \na 2\n"
	stagetest.RunCases(t, []stagetest.Case{
		{"counts", pairs + "group_by k n=count() 'm=count(v)'", in, `{"k":"b","n":3,"m":2}` + "\n" + `{"k":"a","n":2,"m":2}` + "\n"},
		{"sums", pairs + "group_by k s=sum(v) m=mean(v) sd=stddev(v)", in,
			`{"k":"b","s":8,"m":4,"sd":1.4142135623730951}` + "\n" + `{"k":"a","s":3,"m":1.5,"sd":0.7071067811865476}` + "\n"},
		{"ranks", pairs + "group_by k lo=min(v) hi=max(v) me=median(v) 'p=percentile(v, 75)'", in,
			`{"k":"b","lo":3,"hi":5,"me":4,"p":4.5}` + "\n" + `{"k":"a","lo":1,"hi":2,"me":1.5,"p":1.75}` + "\n"},
		{"places", pairs + "group_by k f=first(v) l=last(v) all=list(v) d=distinct(v)", in,
			`{"k":"b","f":3,"l":5,"all":[3,5,null],"d":2}` + "\n" + `{"k":"a","f":1,"l":2,"all":[1,2],"d":2}` + "\n"},
		{"of nulls", pairs + "filter 'v == nil' | group_by k s=sum(v) m=mean(v) x=max(v) me=median(v) f=first(v) d=distinct(v) a=list(v)", in,
			`{"k":"b","s":0,"m":null,"x":null,"me":null,"f":null,"d":0,"a":[null]}` + "\n"},
		{"of nothing", "group_by it n=count()", "", ""},
		{"without a key", "group_by n=count() s=sum(it)", "1\n2\n", `{"n":2,"s":3}` + "\n"},
		{"without an aggregate", "group_by it", "b\na\nb\n", `{"value":"b"}` + "\n" + `{"value":"a"}` + "\n"},
		{"two keys", "group_by 'it % 2' 'it > 2' n=count()", "1\n2\n3\n4\n5\n",
			`{"it % 2":1,"it > 2":false,"n":1}` + "\n" + `{"it % 2":0,"it > 2":false,"n":1}` + "\n" + `{"it % 2":1,"it > 2":true,"n":2}` + "\n" + `{"it % 2":0,"it > 2":true,"n":1}` + "\n"},
		{"a key that compares", "group_by 'it==1' n=count()", "1\n2\n", `{"it==1":true,"n":1}` + "\n" + `{"it==1":false,"n":1}` + "\n"},
		{"commas and parentheses inside", `group_by 'n=count(it == "a,)" ? nil : max(1, 2))' 'p=percentile(len([it, (it)]), 50)'`, "a,)\nb\n", `{"n":1,"p":2}` + "\n"},
		{"text", "group_by len(it) lo=min(it) hi=max(it)", "ab\ncd\nx", `{"len(it)":2,"lo":"ab","hi":"cd"}` + "\n" + `{"len(it)":1,"lo":"x","hi":"x"}` + "\n"},
		{"keys with names", `group_by 'big=it > 1' n=count() 'len=len(it)'`, "1\n2\n3\n", `{"big":false,"len":1,"n":1}` + "\n" + `{"big":true,"len":1,"n":2}` + "\n"},
		{"modes", "group_by m=mode(it) a=antimode(it)", "b\na\na\nb\nc\nd\n", `{"m":"b","a":"c"}` + "\n"},
		{"lengths", "group_by lo=minlen(it) hi=maxlen(it)", "añb\nx\nyyyy\n", `{"lo":1,"hi":4}` + "\n"},
		{"chosen", `map '{k: it, n: int(it) % 3}' | group_by 'hi=argmax(k, n)' 'lo=argmin(k, n)'`, "4\n5\n8\n3\n", `{"hi":5,"lo":3}` + "\n"},
		{"truths", "group_by 'x=any(int(it) > 2)' 'y=all(int(it) > 0)' 'z=all(it > 1)'", "1\n2\n", `{"x":false,"y":true,"z":false}` + "\n"},
		{"moments of few", "group_by v=variance(it) s=skewness(it) k=kurtosis(it)", "1\n", `{"v":null,"s":null,"k":null}` + "\n"},
		{"moments of equals", "group_by v=variance(it) s=skewness(it) k=kurtosis(it)", "0.1\n0.1\n", `{"v":0,"s":null,"k":null}` + "\n"},
		{"a line", "map '{x: int(it), y: 3 - 2 * int(it)}' | group_by 's=slope(x, y)' 'i=intercept(x, y)' 'c=correlation(x,y)'", "1\n2\n5\n", `{"s":-2,"i":3,"c":-1}` + "\n"},
		{"nearest rank", "group_by 'a=percentile(it, 50, nearest)' 'b=percentile(it, 0, nearest)' 'c=percentile(it, 51, nearest)' 'd=percentile(it, 100, nearest)'", "4\n1\n3\n2\n", `{"a":2,"b":1,"c":3,"d":4}` + "\n"},
		{"beyond 64 bits", "group_by len(it) s=sum(it) m=median(it)", "9223372036854775807\n9223372036854775807\n", `{"len(it)":19,"s":18446744073709551614,"m":9223372036854775807}` + "\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"no number", "group_by 1 s=sum(it)", "1\nx\n", "", `1: group_by: line 2: "x" is not a number`},
		{"unknown", "group_by a s=meen(it)", "", "", "12: group_by: there is no aggregate meen; did you mean mean?"},
		{"not closed", "group_by a s=mean(it", "", "", "12: group_by: mean has no ) at its end"},
		{"no argument", "group_by a s=mean()", "", "", "12: group_by: mean is called as mean(e)"},
		{"too many arguments", "group_by a s=sum(a,b)", "", "", "12: group_by: sum is called as sum(e)"},
		{"no percentile", "group_by a s=percentile(a,x)", "", "", `12: group_by: the p of percentile must be a number from 0 to 100, not "x"`},
		{"neither true nor false", "group_by x=any(it)", "true\nmaybe\n", "", `1: group_by: line 2: "maybe" is neither true nor false`},
		{"chosen by what does not go together", "group_by 'x=argmax(it, it)'", "1\nx\n", "", `1: group_by: "x" is not a number`},
		{"one of two", "group_by 'x=slope(it)'", "", "", "10: group_by: slope is called as slope(x, y)"},
		{"no function", "group_by hour=foo(it)", "", "", "10: group_by: there is no aggregate foo; there are all, antimode, any, argmax, argmin, correlation, count, covariance, distinct, first, intercept, kurtosis, last, list, max, maxlen, mean, median, min, minlen, mode, percentile, skewness, slope, stddev, sum, variance"},
		{"an aggregate without a name", "group_by k mean(a)", "", "", "12: group_by: mean(…) needs a name, to be computed of each group: x=mean(…); as a key it stands in parentheses: (mean(…))"},
		{"another one, in two words", "group_by k percentile(a, 5)", "", "", "12: group_by: percentile(…) needs a name, to be computed of each group: x=percentile(…); as a key it stands in parentheses: (percentile(…))"},
		{"one without arguments", "group_by k count()", "", "", "12: group_by: count(…) needs a name, to be computed of each group: x=count(…); as a key it stands in parentheses: (count(…))"},
		{"a result that is too large", "group_by 'k=it[:1]' 'n=sum(float(it[1:]))'", "a1\nb1e308\nb1e308\n", "{\"k\":\"a\",\"n\":1}\n", `1: group_by: n of the group "b": number too large`},
		{"bad expression", "group_by a s=sum(a+)", "", "", "20: group_by: unexpected end of expression"},
	})
}

func TestStats(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"numbers", "stats", "3\n1\n2\n", `{"field":"value","count":3,"nulls":0,"distinct":3,"min":1,"max":3,"mean":2,"stddev":1,"p25":1.5,"median":2,"p75":2.5}` + "\n"},
		{"records", `map 'it == "1" ? {a: 1, b: "x"} : {b: "y", c: nil}' | stats | select field count nulls distinct min max mean`, "1\n2\n",
			`{"field":"a","count":1,"nulls":1,"distinct":1,"min":1,"max":1,"mean":1}` + "\n" +
				`{"field":"b","count":2,"nulls":0,"distinct":2,"min":"x","max":"y","mean":null}` + "\n" +
				`{"field":"c","count":0,"nulls":2,"distinct":0,"min":null,"max":null,"mean":null}` + "\n"},
		{"named", `map 'fromJSON(` + "`{\"value\":1}`" + `)' | stats value none | select field count nulls max`, "1\n2\n",
			`{"field":"value","count":2,"nulls":0,"max":1}` + "\n" + `{"field":"none","count":0,"nulls":2,"max":null}` + "\n"},
		{"records and others", `map 'it == "1" ? {value: 1} : it' | stats | select field count nulls max`, "1\nx\n",
			`{"field":"value","count":1,"nulls":0,"max":1}` + "\n" + `{"field":"value","count":1,"nulls":0,"max":"x"}` + "\n"},
		{"nothing", "stats", "", ""},
	})
}

// TestStatsOfOwnNames describes records that have a field of their own each, which are looked at
// few at a time, and one in common.
func TestStatsOfOwnNames(t *testing.T) {
	var in, want strings.Builder
	const n = 300
	for i := range n {
		fmt.Fprintf(&in, "{\"k\":%d,\"own%d\":%d}\n", i%7, i, i)
		if i == 0 {
			fmt.Fprintf(&want, "k,%d,0,7,0,6\n", n)
		}
		fmt.Fprintf(&want, "own%d,1,%d,1,%d,%d\n", i, n-1, i, i)
	}
	file := filepath.Join(t.TempDir(), "in.jsonl")
	if err := os.WriteFile(file, []byte(in.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, s := range []pipeline.Settings{{Jobs: 1, Out: "csv"}, {Jobs: 2, Out: "csv"}, {Jobs: 1, Out: "csv", MaxMemory: 1000}} {
		got := runSettings(t, "stats | select field count nulls distinct min max", file, s)
		if want := "field,count,nulls,distinct,min,max\n" + want.String(); got != want {
			t.Errorf("%d jobs, memory %d: got %.300q, want %.300q", s.Jobs, s.MaxMemory, got, want)
		}
	}
}

// runSettings runs the pipeline in text on a file.
func runSettings(t *testing.T, text, in string, s pipeline.Settings) string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	s.Stdin, s.Stdout, s.Stderr, s.Files = os.Stdin, out, null, nil
	if in != "" {
		s.Files = []string{in}
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Run(nil); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	got, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// randomRecords writes a CSV file of rows with the fields k, one of so many, and x: an
// integer, a float, a large integer, or nothing.
func randomRecords(t *testing.T, rng *rand.Rand, rows, keys int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("k,l,x\n")
	for range rows {
		x := ""
		switch rng.IntN(8) {
		case 0:
		case 1:
			x = fmt.Sprint(rng.Int64())
		case 2, 3:
			x = fmt.Sprint(rng.IntN(1000) - 500)
		default:
			x = fmt.Sprintf("%.2fe%d", rng.NormFloat64(), rng.IntN(30)-15)
		}
		fmt.Fprintf(&b, "%x,%d.0,%s\n", rng.IntN(keys), rng.IntN(3), x)
	}
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return in
}

// TestAggregatesAgree wants the same bytes on one reactor and on several, and with so little
// memory that groups go to files.
func TestAggregatesAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	number := `x == "" ? nil : x`
	pipelines := []string{"count", "count_by", "count_by k", "count_by k l", "count_by 'l + 1'", "last", "top 7 x", "bottom 3 k", "top 5",
		"sum '" + number + "'", "mean '" + number + "'", "stddev '" + number + "'", "min '" + number + "'", "max '" + number + "'",
		"median '" + number + "'", "percentile 1 50 99.9 --of '" + number + "'", "stats", "stats x",
		fmt.Sprintf("group_by k n=count() 's=sum(%[1]s)' 'm=mean(%[1]s)' 'lo=min(%[1]s)' 'hi=max(%[1]s)' 'sd=stddev(%[1]s)'", number),
		fmt.Sprintf("group_by k l 'me=median(%[1]s)' 'p=percentile(%[1]s, 95)' f=first(x) z=last(x) 'd=distinct(%[1]s)'", number),
		fmt.Sprintf("group_by l 'v=variance(%[1]s)' 'sk=skewness(%[1]s)' 'ku=kurtosis(%[1]s)' mo=mode(k) an=antimode(x) 'b=argmax(k, %[1]s)' 'c=argmin(k, l)' lo=minlen(x)", number),
		"group_by k=l 'co=covariance(len(x), len(k))' 'cr=correlation(len(x), len(k))' 's=slope(len(x), len(k))' 'ic=intercept(len(x), len(k))' 'y=any(x == k)' 'z=all(x != k)'",
		"group_by l a=list(k) d=distinct(k) f=first(k) z=last(k)", "group_by 'l + 1' n=count(x)"}
	for range 3 {
		rows := rng.IntN(200)
		if rng.IntN(2) == 0 {
			rows = 12_000
		}
		in := randomRecords(t, rng, rows, 1+rng.IntN(1+rows))
		for _, text := range pipelines {
			want := runSettings(t, text, in, pipeline.Settings{In: "csv", Jobs: 1})
			for _, jobs := range []int{1, 2, 5} {
				for _, memory := range []int64{0, 2000} {
					if memory > 0 && (rows > 1000 && strings.Contains(text, "p=") || strings.HasPrefix(text, "median") ||
						strings.HasPrefix(text, "percentile") || strings.HasPrefix(text, "stats")) {
						continue // these are not exact then
					}
					if got := runSettings(t, text, in, pipeline.Settings{In: "csv", Jobs: jobs, MaxMemory: memory}); got != want {
						t.Fatalf("%s of %d rows with %d jobs and memory %d:\ngot  %.300q\nwant %.300q", text, rows, jobs, memory, got, want)
					}
				}
			}
		}
	}
}

// TestCountByCopies compares count_by of text, on which nothing but lines is looked for, with a
// map.
func TestCountByCopies(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var text, want strings.Builder
	counts := make(map[string]int)
	var order []string
	for range 60_000 {
		key := strings.Repeat("x", rng.IntN(3)*9) + fmt.Sprint(rng.IntN(3000))
		if counts[key] == 0 {
			order = append(order, key)
		}
		counts[key]++
		text.WriteString(key + "\n")
	}
	for _, key := range order {
		fmt.Fprintf(&want, "{\"value\":%s,\"count\":%d}\n", jsonText(key), counts[key])
	}
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []int{1, 2, 5} {
		for _, memory := range []int64{0, 1 << 10, 1 << 17} {
			for _, p := range []string{"count_by", "grep '' | count_by", "map it | count_by"} {
				got := runSettings(t, p, in, pipeline.Settings{Jobs: jobs, MaxMemory: memory})
				if got != want.String() {
					t.Fatalf("%s with %d jobs and memory %d: got %.200q, want %.200q", p, jobs, memory, got, want.String())
				}
			}
		}
	}
}

// jsonText returns untyped text as JSON: a number where it looks like one that JSON can spell.
func jsonText(s string) string {
	if _, err := strconv.Atoi(s); err == nil {
		return s
	}
	return strconv.Quote(s)
}

// TestPercentilesOfLittleMemory wants percentiles near the exact ones when there is memory for
// sketches only, and the same whatever the number of reactors.
func TestPercentilesOfLittleMemory(t *testing.T) {
	var b strings.Builder
	rng := rand.New(rand.NewPCG(9, 10))
	for range 100_000 {
		fmt.Fprintf(&b, "%.3f\n", math.Exp(rng.NormFloat64()*3))
	}
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"percentile 50", "percentile 99.5", "median", "group_by 'm=percentile(it, 95)' | get m", "stats | get p75"} {
		exact, err := strconv.ParseFloat(strings.TrimSpace(runSettings(t, text, in, pipeline.Settings{Jobs: 1})), 64)
		if err != nil {
			t.Fatal(err)
		}
		var before string
		for _, jobs := range []int{1, 2, 5} {
			got := runSettings(t, text, in, pipeline.Settings{Jobs: jobs, MaxMemory: 20_000})
			if before != "" && got != before {
				t.Errorf("%s: got %s with %d jobs, %s with fewer", text, got, jobs, before)
			}
			before = got
			x, err := strconv.ParseFloat(strings.TrimSpace(got), 64)
			if err != nil || math.Abs(x-exact) > 0.011*exact {
				t.Errorf("%s: got %s, want about %v", text, got, exact)
			}
			if x == exact {
				t.Errorf("%s: got the exact number, want that of a sketch", text)
			}
		}
	}
}

// TestManyGroups wants groups that are so many that a part of them is too large again to be what
// they are with enough memory, in the same order.
func TestManyGroups(t *testing.T) {
	for _, text := range []string{"count_by 'it % 60000'", "group_by 'it % 60000' l=list(it) m=mean(it) | map l"} {
		text = "range 100000 | " + text
		want := runSettings(t, text, "", pipeline.Settings{})
		for _, jobs := range []int{1, 2} {
			if got := runSettings(t, text, "", pipeline.Settings{Jobs: jobs, MaxMemory: 2000}); got != want {
				t.Errorf("%s with %d jobs: got %d bytes, want %d, or others", text, jobs, len(got), len(want))
			}
		}
	}
}
