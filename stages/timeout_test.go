package stages_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/stages/stagetest"
)

const second = time.Second

// TestI3_TimeoutOfTheRun wants all that was put before to be written, and the run to be over at
// once.
func TestI3_TimeoutOfTheRun(t *testing.T) {
	for _, c := range []struct {
		text, want string
		message    string // besides the time-out
		signals    []time.Duration
		takes      time.Duration // 2s when it is 0
		ends       string
	}{
		{text: "play a 1s b 2s c", want: "a b", ends: "play 2s"},
		{text: "play a 1s b", want: "a b", takes: second, message: "-"},
		{text: "play a 1s b 2s c | map it | stamp", want: "a@0s b@1s", ends: "play 2s"},
		{text: "endless | slow 1h", want: "x", ends: "slow 2s, endless 2s"},
		{text: "play a; play 1h b; play c", want: "a", ends: "play 0s, play 2s"},
		{text: "tee { slow 1h } { map it }; play 1h", ends: "slow 0s, play 2s"},
		{text: "play a 1h | tee { slow 0s } { delay 1h } | interleave { lines } { every 1h | null }", want: "a"},
		{text: "retry 5 { play a 1s ! }", ends: "play 1s, play 2s"},
		{text: "retry 5 --backoff 1h { play a ! }", ends: "play 0s"},
		{text: "play a b c | rate 1/s", want: "a b", message: "or c"},
		{text: "play a | debounce 1h; play b", want: "a b", takes: -1, message: "-"},
		{text: "play a ! | delay 3s", want: ""},
		{text: "timeout 1s { play a 1h }", want: "a", message: "1: timeout: timed out after 1s", takes: second},
		{text: "play a | slow 5s", want: "a", signals: []time.Duration{second}, message: "signal"},
	} {
		for _, jobs := range []int{1, 3} {
			t.Run(fmt.Sprint(c.text, ", jobs ", jobs), func(t *testing.T) {
				r := &stagetest.TimedRun{Text: c.text, Timeout: 2 * second, Jobs: jobs, Signals: c.signals}
				r.Run(t)
				want, message, takes := c.want, "timed out after 2s", c.takes
				switch {
				case c.message == "-":
					message = ""
				case c.message == "signal":
					message = "signal; " + message
				case strings.HasPrefix(c.message, "or "):
					if got := strings.Join(r.Got, " "); got == want+" "+c.message[3:] {
						want = got
					}
				case c.message != "":
					message = c.message
				}
				if takes == 0 {
					takes = 2 * second
				}
				if got := strings.Join(r.Got, " "); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				if got := stagetest.Messages(r.Err); got != message {
					t.Errorf("got the error %q, want %q", got, message)
				}
				if got := r.Took; got != max(takes, 0) {
					t.Errorf("took %v, want %v", got, takes)
				}
				if got := strings.Join(r.Ends, ", "); c.ends != "" && got != c.ends {
					t.Errorf("got the ends %s, want %s", got, c.ends)
				}
			})
		}
	}
}

// TestTimeoutLeavesFiles wants the file of a write to be what it was when its pipeline is
// ended before its time, whoever ends it and wherever it stands.
func TestTimeoutLeavesFiles(t *testing.T) {
	for _, text := range []string{
		"play a 1h | write FILE",
		"play a 1h > FILE",
		"endless | rate 100/s | write FILE",
		"play a 1h | tee { write FILE } { null }",
		"play a 1h | tee { null } { lines | write FILE }",
		"play a 1h | route 'it == \"a\"' { write FILE } else { null }",
		"interleave { play a 1h | write FILE } { every 1s | null }",
		"concat { play a 1h | write FILE } { play b }",
		"retry 1 { play a 1h | write FILE }",
		"play a 1h | retry 1 { write FILE }",
		"play a | delay 1h | write FILE",
		"play a b | rate 1/h | write FILE",
		"endless | buffer 10 | slow 1h | write FILE",
	} {
		for around, timeout := range map[string]time.Duration{
			"":                                   second,
			"timeout 1s { }":                     0,
			"timeout 1m { }":                     second,
			"retry 2 { }":                        second,
			"interleave { play b | head 0 } { }": second,
		} {
			dir := t.TempDir()
			name := filepath.Join(dir, "file")
			if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			inner := strings.ReplaceAll(text, "FILE", name)
			if around != "" {
				inner = strings.Replace(around, "{ }", "{ "+inner+" }", 1)
			}
			r := &stagetest.TimedRun{Text: inner, Timeout: timeout}
			r.Run(t)
			if got := stagetest.ReadFile(t, name); got != "old" || r.Err == nil || r.Took != second {
				t.Errorf("%s: got the file %q, %v after %v, want it as it was and a time-out after 1s", inner, got, r.Err, r.Took)
			}
			if names, _ := os.ReadDir(dir); len(names) != 1 {
				t.Errorf("%s: got the files %v, want only the one that was there", inner, names)
			}
		}
	}
}
