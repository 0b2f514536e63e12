package watching_test

import (
	"regexp"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestProgress(t *testing.T) {
	for _, c := range []struct{ name, text, stdin, stdout, stderr string }{
		{"lines", "progress", "a\nb", "a\nb", `progress: 2 values in \d+\.\ds(, \d+/s)?\n`},
		{"one, with a label", "progress rows", "a\n", "a\n", `rows: 1 value in \d+\.\ds(, \d+/s)?\n`},
		{"nothing", "progress", "", "", `progress: 0 values in \d+\.\ds\n`},
		{"records keep their text", "csv | progress | to_csv", "a,b\n1,\"x\"\n", "a,b\n1,\"x\"\n", `progress: 1 value .*\n`},
		{"each time", "every 1ms -n 3 | progress --every 1ns | count", "", "3\n", `(progress: [1-3] values? .*\n){2,4}`},
		{"the reader has enough", "seq 1000000 | progress | head 2", "", "1\n2\n", `progress: \d+ values? .*\n`},
		{"a failure", "seq 3 | progress --on-error skip | take_while 'it < 2'", "", "1\n", `progress: \d+ values? .*\n`},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, err := runWatched(t, c.text, c.stdin)
			if err != nil {
				t.Fatal(err)
			}
			if stdout != c.stdout {
				t.Errorf("stdout: got %q, want %q", stagetest.Clip(stdout), c.stdout)
			}
			if !regexp.MustCompile("^" + c.stderr + "$").MatchString(stderr) {
				t.Errorf("stderr: got %q, want it to match %q", stagetest.Clip(stderr), c.stderr)
			}
		})
	}
}

func TestTimestamp(t *testing.T) {
	const rfc = `20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}`
	for _, c := range []struct{ name, text, stdin, stdout string }{
		{"lines", "timestamp", "a\n\nb", rfc + "Z a\n" + rfc + "Z \n" + rfc + "Z b\n"},
		{"a zone", "timestamp --zone Asia/Kolkata", "a\n", rfc + `\+05:30 a\n`},
		{"a format", "timestamp '%d %% %Z' --zone Asia/Tokyo", "a\n", `\d\d % JST a\n`},
		{"since the start", "timestamp -s", "a\n", `\d+\.\d{3} a\n`},
		{"a record", "csv | timestamp %Y | to_csv", "a\n1\n", `a,timestamp\n1,20\d\d\n`},
		{"a field that is there", "csv | timestamp %Y --as a | to_csv", "a,b\n1,2\n", `a,b\n20\d\d,2\n`},
		{"a number of a record", "csv | timestamp -i | map 'timestamp < 3600 and timestamp >= 0'", "a\n1\n", `true\n`},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, _, err := runWatched(t, c.text, c.stdin)
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile("^" + c.stdout + "$").MatchString(stdout) {
				t.Errorf("got %q, want it to match %q", stdout, c.stdout)
			}
		})
	}
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Name: "two kinds", Text: "timestamp -s -i", Message: "1: timestamp: -s and -i do not go together"},
		{Name: "a format of seconds", Text: "timestamp %Y -s", Message: "11: timestamp: format is that of a time, and -s and -i write seconds"},
		{Name: "no zone", Text: "timestamp --zone Mars/Base", Message: `11: timestamp: there is no zone "Mars/Base"`},
	})
}

func TestTable(t *testing.T) {
	rows := strings.Repeat("1,x\n", 1000)
	for _, c := range []struct{ name, text, stdin, stdout string }{
		{"records", "csv | table", "n,name\n1,x\n200,yy\n", "  n  name\n  1  x\n200  yy\n"},
		{"no rows", "csv | filter n==2 | table", "n,name\n1,x\n", "n  name\n"},
		{"values", "table", "ab\n1\n", "value\nab\n1\n"},
		{"other names", "jsonl | table", "{\"a\":1}\n{\"b\":2}\n", "a\n1\n\nb\n2\n"},
		{"each line is one", "csv | table | count", "n,name\n" + rows + rows + "1,x\n", "2002\n"},
		{"widths are those of the first 1,000", "csv | table | tail 1", "n,name\n" + rows + "12345,x\n", "12345  x\n"},
		{"nothing", "jsonl | table", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, _, err := runWatched(t, c.text, c.stdin)
			if err != nil || stdout != c.stdout {
				t.Errorf("got %q, %v, want %q", stagetest.Clip(stdout), err, c.stdout)
			}
		})
	}
}
