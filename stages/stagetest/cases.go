package stagetest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Case is a pipeline with what it reads and what it is to write. It has no name of its own, so
// that tables may leave out those of its fields.
type Case = struct{ Name, Text, Stdin, Want string }

// RunCases runs each pipeline, which has to succeed.
func RunCases(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			got, err := Run(t, c.Text, c.Stdin)
			if err != nil {
				t.Fatalf("%s: got error %v, want none", c.Text, err)
			}
			if got != c.Want {
				t.Errorf("%s: got %q, want %q", c.Text, Clip(got), Clip(c.Want))
			}
		})
	}
}

// ErrorCase is a pipeline that fails, after it has written want.
type ErrorCase = struct{ Name, Text, Stdin, Want, Message string }

// RunErrorCases runs each pipeline, which has to fail.
func RunErrorCases(t *testing.T, cases []ErrorCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			got, err := Run(t, c.Text, c.Stdin)
			if err == nil {
				t.Fatalf("%s: got %q, want error %q", c.Text, Clip(got), c.Message)
			}
			if err.Error() != c.Message {
				t.Errorf("%s: got error %q, want %q", c.Text, err, c.Message)
			}
			if got != c.Want {
				t.Errorf("%s: got %q before the error, want %q", c.Text, Clip(got), Clip(c.Want))
			}
		})
	}
}

// Numbered returns lines with the numbers from first to last.
func Numbered(first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintln(&b, i)
	}
	return b.String()
}

// Clip returns s, or what is enough of it for a message.
func Clip(s string) string {
	if len(s) > 200 {
		return s[:150] + "…" + s[len(s)-50:]
	}
	return s
}

// AllSorts returns lines of all sorts, with few different ones when they are short. When
// raw is set there is also what is not ASCII and not even text, and perhaps no last newline.
func AllSorts(r *rand.Rand, size int, raw bool) string {
	words := []string{"a", "b", "Ab", "foo", "x,y", "12", "-3.5", " ", "\t", "  ", ",", ":", "aa", "ZZ", "_", "q;r", "*"}
	if raw {
		words = append(words, "é", "Ωσ", "日本", "\x00", "\xff", "\xe2\x82", "\r", "\u00a0", "ß", "😀", "ſ")
	}
	var b strings.Builder
	for b.Len() < size {
		for range r.IntN(4) {
			b.WriteString(words[r.IntN(len(words))])
		}
		if r.IntN(400) == 0 {
			b.WriteString(strings.Repeat(words[r.IntN(len(words))], r.IntN(2000)))
		}
		if raw && r.IntN(3) == 0 {
			b.WriteByte('\r')
		}
		for range 1 + r.IntN(3)/2 {
			b.WriteByte('\n')
		}
	}
	if raw && r.IntN(2) == 0 {
		b.WriteString("end")
	}
	return b.String()
}

// Unix runs a Unix tool in the C locale.
func Unix(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stdin = strings.NewReader(stdin)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	err := cmd.Run()
	return stdout.String(), err
}
