package cli

import (
	"bufio"
	"strings"
	"testing"

	"mtpipe/internal/complete"
)

// TestShellAnswers holds what the script of each shell is given.
func TestShellAnswers(t *testing.T) {
	one := []complete.Candidate{{Text: "sort", Plain: "sort", Show: "sort", Summary: "Puts", Space: true}}
	two := []complete.Candidate{{Text: "count", Show: "count", Summary: "A"}, {Text: "count_by", Show: "count_by", Summary: "B"}}
	none := []complete.Candidate{{Text: "sum", Show: "sum", Summary: "A"}, {Text: "sort", Show: "sort", Summary: "B"}}
	odd := []complete.Candidate{{Text: `"a b"`, Show: "a b"}}
	tests := []struct {
		name, shell, typed string
		list               []complete.Candidate
		more               []string // after the word of readline
		want               string
	}{
		{"one: bash is given two, so that it leaves the quote open", "bash", "so", one, []string{"9", "80"}, "x | sort |x | sort …|"},
		{"what several have in common", "bash", "co", two, []string{"9", "80"}, "x | count|x | count…|"},
		{"nothing in common: nothing is replaced", "bash", "s", none, []string{"9", "80"}, " |sum   A|sort  B|"},
		{"a list when asked for", "bash", "co", two, []string{"63", "80"}, " |count     A|count_by  B|"},
		{"a narrow terminal", "bash", "co", two, []string{"63", "10"}, " |count   …|count_by…|"},
		{"a menu", "bash", "co", two, []string{"37", "80"}, "x | count|x | count_by|"},
		{"what was typed gets quotes", "bash", "a", odd, []string{"9", "80"}, `x | "a b"|x | "a b"…|`},
		{"nothing", "bash", "zz", nil, []string{"9", "80"}, ""},
		{"zsh is told how much is replaced", "zsh", "so", one, nil, "2|sort \tsort\tPuts|"},
		{"fish is given the word, twice to leave the quote open", "fish", "so", one, nil, "x | sort \tPuts|x | sort …\t|"},
		{"PowerShell is given the word with its quote", "powershell", "so", one, nil, "'x | sort \tPuts|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line := "mtpipe 'x | " + tt.typed
			l := complete.Line{Dialect: complete.DialectOf(tt.shell), Text: line, Cursor: len(line)}
			a := complete.Insertion{Answer: complete.Answer{From: len(line) - len(tt.typed), Candidates: tt.list}, Open: true, Start: 7, Kept: "x | "}
			var b strings.Builder
			w := bufio.NewWriter(&b)
			writeAnswer(w, l, a, append([]string{"x | " + tt.typed}, tt.more...))
			w.Flush()
			if got := strings.ReplaceAll(b.String(), "\n", "|"); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
