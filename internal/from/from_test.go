package from

import (
	"errors"
	"strings"
	"testing"

	"mtpipe/pipeline/syntax"
)

// TestPipeline looks at the words, quotes and notes of results.
func TestPipeline(t *testing.T) {
	for _, row := range [][2]string{
		{`grep "a b" 'my file'`, `mtpipe 'lines "my file" | grep "a b"'`},
		{`grep it\'s f`, `mtpipe 'lines f | grep "it'\''s"'`},
		{`grep '^#\|\$x' *.log f`, `mtpipe 'lines *.log f | grep '\''^#|\$x'\'' -H'`},
		{`sed 's/"/$/' f`, `mtpipe 'lines f | replace --first '\''"'\'' '\''$$'\'''`},
		{`cat a | head -3 >> out`, `mtpipe 'lines a | head 3 >> out'`},
		{`sort < in > out`, `mtpipe 'lines in | sort > out'`},
		{`jq -r .a.b`, `mtpipe 'json | map a.b'`},
		{`cat`, `mtpipe 'lines'`},
	} {
		r, err := Pipeline(row[0])
		if got := r.Command(); err != nil || got != row[1] {
			t.Errorf("%s: got %s, %v, want %s", row[0], got, err, row[1])
		}
	}
}

// FuzzPipeline holds that whatever is given leads to a pipeline that parses, or to an error with a place.
func FuzzPipeline(f *testing.F) {
	for _, s := range []string{`cat a | grep -v 'x y' | sort -k2,2n > o`, `awk -F, '$3 > 10 {print $1}' f`, `sed -n '/a/p' f`, `cut -d, -f1,3- f`,
		`mlr --icsv --ojson filter '$x > 1' then cut -o -f a,b f`, `jq -r '.a[]' f`, `xargs -n1 -P4 echo {}`, `paste -d'\t' a b`, `awk '{n[$1]++} END {for (k in n) print k, n[k]}'`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		r, err := Pipeline(src)
		var wrong *syntax.Error
		switch {
		case err == nil:
			if _, err := syntax.Parse(r.Pipeline); err != nil && !strings.ContainsAny(src, "\x00\r\n") {
				t.Errorf("%q: got %s, which is none: %v", src, r.Pipeline, err)
			}
		case !errors.As(err, &wrong) || wrong.Src != src || wrong.Pos.Offset > len(src) || wrong.Msg == "":
			t.Errorf("%q: got %#v, want an error with a place", src, err)
		}
	})
}
