package totals_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestTotals(t *testing.T) {
	long := strings.Repeat("9", 40)
	stagetest.RunCases(t, []stagetest.Case{
		{"sum", "sum", "1\n2\n", "3\n"},
		{"sum of nothing", "sum", "", "0\n"},
		{"count_by of counts", "csv | count_by count", "count\n2\n2\n", `{"count":2,"count_2":2}` + "\n"},
		{"count_by of a named expression", "csv | count_by big='n > 1' n", "n\n2\n1\n2\n", `{"big":true,"n":2,"count":2}` + "\n" + `{"big":false,"n":1,"count":1}` + "\n"},
		{"count_by of a field called count, the largest", "csv | count_by count=n | top 1 count_2", "n\n3\n2\n2\n", `{"count":2,"count_2":2}` + "\n"},
		{"count_by of a field called count, by the field", "csv | count_by count=n | top 1 count", "n\n3\n2\n2\n", `{"count":3,"count_2":1}` + "\n"},
		{"count_by of a comparison", "csv | count_by n==2", "n\n3\n2\n2\n", `{"n==2":false,"count":1}` + "\n" + `{"n==2":true,"count":2}` + "\n"},
		{"sum of the fields of a pattern", "csv | sum /^x_/", "x_a,b,x_c\n1,2,3\n4,,\n", `{"x_a_sum":5,"x_c_sum":3}` + "\n"},
		{"max of the fields of a pattern", "csv | max /^x_/", "x_a,b,x_c\n1,2,3\n4,,\n", `{"x_a_max":4,"x_c_max":3}` + "\n"},
		{"percentiles of the fields of a pattern", "csv | percentile 0 50 --nearest --of /^x_/", "x_a,b,x_c\n1,2,3\n4,,\n", `{"x_a_p0":1,"x_c_p0":3,"x_a_p50":1,"x_c_p50":3}` + "\n"},
		{"sum of a name like a pattern", "def f x { csv | sum $x }; f /n/", "/n/,n\n1,2\n", "1\n"},
		{"fields of a pattern come with later records", "jsonl | mean /x/", `{"x1":1}` + "\n" + `{"x2":4,"x1":3}`, `{"x1_mean":2,"x2_mean":4}` + "\n"},
		{"stats of the fields of a pattern", "csv | stats /^x_/ b | get field", "x_a,b,x_c\n1,2,3\n4,,\n", "x_a\nx_c\nb\n"},
		{"count_by of counts, the largest", "csv | count_by count | top 1 count_2", "count\n3\n2\n2\n", `{"count":2,"count_2":2}` + "\n"},
		{"sum without the last newline", "sum", "1\n2", "3\n"},
		{"sum of one line without its newline", "sum", "007", "7\n"},
		{"sum beyond 64 bits", "sum", "9223372036854775807\n1\n", "9223372036854775808\n"},
		{"sum back into 64 bits", "sum", "9223372036854775807\n1\n-1\n", "9223372036854775807\n"},
		{"sum of very long integers", "sum", long + "\n1\n", "1" + strings.Repeat("0", 40) + "\n"},
		{"sum of floats does not depend on their order", "sum", "1e100\n1\n-1e100\n", "1\n"},
		{"sum of decimals", "sum", "0.1\n0.2\n0.3\n", "0.6\n"},
		{"sum with blanks and CR", "sum", " 1 \r\n\t2\r\n", "3\n"},
		{"sum of an expression", `sum "it * 2"`, "1\n2\n", "6\n"},
		{"sum passes nulls over", "map 'it > 1 ? it : nil' | sum", "1\n2\n3\n", "5\n"},
		{"sum of a field that some lack", "map 'it > 1 ? {\"n\": it} : {\"m\": it}' | sum n", "1\n2\n3\n", "5\n"},
		{"sum of values", "seq 1 5000 | sum", "", "12502500\n"},
		{"sum of spans", "field 2 | sum", "a 1\nb 2\n", "3\n"},
		{"sum over blocks", "sum", stagetest.Numbered(1, 50_000), "1250025000\n"},
		{"mean", "mean", "1\n2\n", "1.5\n"},
		{"mean that is whole", "mean", "1\n3\n", "2\n"},
		{"mean of nothing", "mean", "", ""},
		{"mean of nulls", "mean null", "1\n", ""},
		{"mean of large integers", "mean", "9223372036854775807\n9223372036854775807\n", "9223372036854775807\n"},
		{"stddev", "stddev", "2\n4\n4\n4\n5\n5\n7\n9\n1\n9\n", "2.6666666666666665\n"},
		{"stddev of one", "stddev", "2\n", ""},
		{"stddev of equals", "stddev", "0.1\n0.1\n0.1\n", "0\n"},
		{"stddev far from zero", "stddev", "1000000000000001\n1000000000000002\n1000000000000003\n", "1\n"},
		{"stddev of floats far from zero", "stddev", "1000000000.25\n1000000000.75\n1000000000.5\n", "0.25\n"},
		{"min", "min", "3\n1\n2\n", "1\n"},
		{"min keeps the spelling", "min", "3\n007\n 1.50 \n", " 1.50 \n"},
		{"min of equals is the first", "min", "1.0\n1\n1.00\n", "1.0\n"},
		{"max of equals is the first", "max", "1.0\n1\n1.00\n", "1.0\n"},
		{"max by size, not by bytes", "max", "9\n10\n", "10\n"},
		{"max beyond 64 bits", "max", "9223372036854775807\n9223372036854775808\n1e3\n", "9223372036854775808\n"},
		{"max of text", "max", "pear\napple\n", "pear\n"},
		{"max gives a whole line", "max", "1\n2", "2\n"},
		{"max gives a whole line, by an expression", "max it", "1\n2", "2\n"},
		{"max of an expression", "max len(it)", "a\nccc\nbb\n", "3\n"},
		{"max of nothing", "max", "", ""},
		{"max of nulls", "max null", "a\n", ""},
		{"max of values", "seq 1 5000 | max", "", "5000\n"},
		{"max over blocks", "max", stagetest.Numbered(1, 50_000), "50000\n"},
		{"max of zeros", "max", "0\n-0.0\n", "0\n"},
		{"min keeps blanks over copies", "grep . | min", strings.Repeat("5\n", 9000) + " 4 \n" + strings.Repeat("7\n", 9000), " 4 \n"},
		{"median of zeros", "median", "-0.0\n0\n-0.0\n", "0\n"},
		{"median of integers and floats", "median", "1\n2.5\n3\n", "2.5\n"},
		{"median of integers far beyond floats", "median", "9007199254740993\n9007199254740992\n1e300\n", "9007199254740993\n"},
		{"median of large numbers in another spelling", "median", "1e25\n10000000000000000000000000\n10000000000000000000000000\n", "10000000000000000000000000\n"},
		{"median of an odd count", "median", "3\n1\n2\n", "2\n"},
		{"median of an even count", "median", "4\n1\n2\n3\n", "2.5\n"},
		{"median of one", "median", "7\n", "7\n"},
		{"median of nothing", "median", "", ""},
		{"median of large integers", "median", "9223372036854775807\n9223372036854775809\n", "9223372036854775808\n"},
		{"median of an expression", `median "it * 2"`, "1\n3\n2\n", "4\n"},
		{"percentiles at the ends", "percentile 0 100", "3\n1\n2\n", "{\"p0\":1,\"p100\":3}\n"},
		{"percentile between two", "percentile 25", "1\n2\n3\n4\n", "1.75\n"},
		{"percentile that is exact", "percentile 99.9", stagetest.Numbered(0, 1000), "999\n"},
		{"percentile of an expression", `percentile 50 --of "it * 2"`, "1\n3\n2\n", "4\n"},
		{"percentile of nothing", "percentile 5 10", "", ""},
		{"top by an expression of text", "top 2 len(it)", "a\nccc\nbb\nddd\n", "ccc\nddd\n"},
		{"top of records", "map '{a: int(it)}' | top 1 a", "1\n3\n2\n", "{\"a\":3}\n"},
		{"top gives whole lines", "top 2", "1\n2", "2\n1\n"},
		{"bottom of text and numbers", "bottom 3", "b\n10\n9\na\n", "9\n10\na\n"},
		{"top of none", "top 0", "1\n", ""},
		{"first", "first", "1\n2\n", "1\n"},
		{"first of nothing", "first", "", ""},
		{"first of an endless source", "repeat x | first", "", "x\n"},
		{"first without its newline", "first", "1", "1"},
		{"first leaves the rest", "take_from { first; count }", "1\n2\n3\n", "1\n2\n"},
		{"last", "last", "1\n2\n", "2\n"},
		{"last of nothing", "last", "", ""},
		{"last without its newline", "last", "1\n2", "2"},
		{"last of empty lines", "last", "1\n\n", "\n"},
		{"last of values", "seq 5000 | last", "", "5000\n"},
		{"last of spans", "field 1 | last", "a 1\nb 2\n", "b\n"},
		{"last over blocks", "last", stagetest.Numbered(1, 50_000), "50000\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"sum of text", "sum", "1\nabc\n", "", `1: sum: line 2: "abc" is not a number`},
		{"sum of an empty line", "sum", "1\n\n2\n", "", `1: sum: line 2: "" is not a number`},
		{"sum of text in an expression", "sum it", "1\nabc\n", "", `1: sum: line 2: "abc" is not a number`},
		{"sum of what is too large", "sum", "1e400\n", "", `1: sum: line 1: "1e400" is not a number`},
		{"mean of text", "mean", "x\n", "", `1: mean: line 1: "x" is not a number`},
		{"min of a number and text", "min", "1\nabc\n", "", `1: min: line 2: "abc" is not a number`},
		{"min of text and a number", "min", "abc\n1\n", "", `1: min: line 2: "1" cannot be compared with "abc"`},
		{"min of text and two numbers", "min", "abc\n2\n1\n", "", `1: min: line 2: "2" cannot be compared with "abc"`},
		{"stddev of what has no square", "stddev", "1\n1e200\n", "", `1: stddev: line 2: number too large: "1e200"`},
		{"min of an empty line", "min", "1\n\n", "", `1: min: line 2: "" is not a number`},
		{"median of text", "median", "1\nx\n", "", `1: median: line 2: "x" is not a number`},
		{"percentile beyond 100", "percentile 101", "", "", `12: percentile: p must be a number from 0 to 100, not "101"`},
		{"percentile as a fraction", "percentile 1/2", "", "", `12: percentile: p must be a number from 0 to 100, not "1/2"`},
		{"percentile too small to be told from zero", "percentile 1e-9999999", "", "",
			`12: percentile: p must be a number from 0 to 100, not "1e-9999999"`},
	})
}

func TestTotalsOfOtherKinds(t *testing.T) {
	for _, c := range []struct{ text, message string }{
		{"map '{a: it}' | sum", `{"a":1} is not a number`},
		{"take_from { take_from a; take_from b c | batch 2 } | max", `["b","c"] cannot be compared with "a"`},
	} {
		_, err := stagetest.Run(t, c.text, "1\n")
		if err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: got error %v, want one with %q", c.text, err, c.message)
		}
	}
}

// TestTotalsByExpression compares the quick way through text with the plain one, which the
// expression it takes.
func TestTotalsByExpression(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for range 20_000 {
		switch random.IntN(4) {
		case 0:
			fmt.Fprintf(&text, "%d\n", random.Int64()-math.MaxInt64/2)
		case 1:
			fmt.Fprintf(&text, " %08d\n", random.IntN(1000))
		case 2:
			fmt.Fprintf(&text, "%.3f\n", random.NormFloat64())
		default:
			fmt.Fprintf(&text, "%.6fe%d\n", random.Float64(), random.IntN(30))
		}
	}
	for _, stage := range []string{"sum", "mean", "stddev", "min", "max", "median"} {
		quick, err := stagetest.Run(t, stage, text.String())
		if err != nil {
			t.Fatal(err)
		}
		plain, err := stagetest.Run(t, stage+" it", text.String())
		if err != nil {
			t.Fatal(err)
		}
		if quick != plain || quick == "" {
			t.Errorf("%s: got %q from text and %q from an expression, want the same", stage, quick, plain)
		}
	}
}

// TestTotalsDoNotDependOnOrder gives the same numbers in another order.
func TestTotalsDoNotDependOnOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var lines []string
	for range 2000 {
		lines = append(lines, fmt.Sprintf("%.6fe%d", random.NormFloat64(), random.IntN(40)-20))
	}
	for _, stage := range []string{"sum", "mean", "stddev", "median", "percentile 1 33 99.99"} {
		var want string
		for i := range 3 {
			got, err := stagetest.Run(t, stage, strings.Join(lines, "\n"))
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 && got != want {
				t.Errorf("%s: got %q in another order, want %q", stage, got, want)
			}
			want = got
			random.Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
		}
	}
}
