package totals_test

import (
	"testing"

	"mtpipe/stages/stagetest"
)

// TestEmptyFields wants totals to pass over the empty fields of a format without types, and
// groups to have one key for them.
func TestEmptyFields(t *testing.T) {
	const in = "x,k\n1,a\n,b\n5,\n,\n"
	stagetest.RunCases(t, []stagetest.Case{
		{"mean", "csv | mean x", in, "3\n"}, {"sum", "csv | sum x", in, "6\n"}, {"min", "csv | min x", in, "1\n"}, {"max", "csv | max x", in, "5\n"},
		{"median", "csv | median x", in, "3\n"}, {"percentile", "csv | percentile 50 --of x", in, "3\n"},
		{"stats", "csv | stats x | select count nulls distinct mean", in, "{\"count\":2,\"nulls\":2,\"distinct\":2,\"mean\":3}\n"},
		{"top", "csv | top 9 x", in, "{\"x\":5,\"k\":\"\"}\n{\"x\":1,\"k\":\"a\"}\n"}, {"bottom", "csv | bottom 1 x", in, "{\"x\":1,\"k\":\"a\"}\n"},
		{"hist", "csv | hist x --bins 1", in, "{\"from\":1,\"to\":5,\"count\":2}\n"},
		{"count_by", "csv | count_by k", in, "{\"k\":\"a\",\"count\":1}\n{\"k\":\"b\",\"count\":1}\n{\"k\":\"\",\"count\":2}\n"},
		{"group_by", "csv | group_by k n=count() c=count(x) m=mean(x)", in, "{\"k\":\"a\",\"n\":1,\"c\":1,\"m\":1}\n{\"k\":\"b\",\"n\":1,\"c\":0,\"m\":null}\n{\"k\":\"\",\"n\":2,\"c\":1,\"m\":5}\n"},
		{"values that were got", "csv | get x | mean", in, "3\n"},
		{"values that were sorted", "csv | get x | sort | mean", in, "3\n"}, {"values in reverse", "csv | get x | tac | mean", in, "3\n"},
		{"values sorted by size", "csv | get x | sort -rn | mean", in, "3\n"},
		{"text", "csv --text | count_by x | count", in, "3\n"},
		{"logfmt", "logfmt | mean x", "x=1\nx=\nx=5\n", "3\n"}, {"tsv", "tsv | mean x", "x\ty\n1\t1\n\t2\n5\t3\n", "3\n"},
	})
}
