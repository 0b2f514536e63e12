package examples

import (
	"slices"
	"strings"
	"testing"
)

// TestSession wants what a command reads, prints and writes, each file once, and long ones cut.
func TestSession(t *testing.T) {
	long := strings.Repeat("x\n", 20)
	for _, row := range []struct{ name, script, want string }{
		{"what it reads and prints", "# Upper.\nexec mtpipe upper words\ncmp stdout big\n\n-- words --\na\n-- big --\nA\n", "# Upper\n$ cat words\na\n$ mtpipe upper words\nA"},
		{"a file once", "exec mtpipe upper w\ncmp stdout x\nexec mtpipe lower w\ncmp stdout w2\n-- w --\na\n-- x --\nA\n-- w2 --\na\n", "$ cat w\na\n$ mtpipe upper w\nA\n\n$ mtpipe lower w\na"},
		{"a word that is the name of a result", "exec mtpipe 'grep bad' log\ncmp stdout bad\n\n-- log --\nbad\n-- bad --\nbad\n", "$ cat log\nbad\n$ mtpipe 'grep bad' log\nbad"},
		{"an error, and a file that is written", "! exec mtpipe 'sum > f'\ncmp stderr said\ncmp f f2\n\n-- said --\nno\n-- f2 --\nold\n", "$ mtpipe 'sum > f'\nno\n$ cat f\nold"},
		{"standard input and the environment", "env A=b\nstdin w\nexec mtpipe upper\n\n-- w --\na\n", "$ cat w\na\n$ A=b mtpipe upper < w"},
		{"cut", "exec mtpipe 'x' w\ncmp stdout y\n-- w --\n" + long + "-- y --\n\n", "$ cat w\n" + strings.Repeat("x\n", longestShown) + "…\n$ mtpipe 'x' w\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Session(parse(row.script)); !slices.Equal(got, strings.Split(row.want, "\n")) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), row.want)
			}
		})
	}
}
