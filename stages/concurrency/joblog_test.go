package concurrency_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
	"mtpipe/value"
)

const logHeader = "start\tseconds\tstatus\tvalue\n"

// entries returns "STATUS VALUE" for each line of a log, in which each line has to be whole.
func entries(t *testing.T, name string) []string {
	t.Helper()
	text, ok := strings.CutPrefix(stagetest.ReadFile(t, name), logHeader)
	if !ok {
		t.Fatalf("got %q, want the header first", stagetest.ReadFile(t, name))
	}
	line := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t\d+\.\d{3}\t([^\t]+)\t([^\t]*)\n$`)
	var list []string
	for l := range strings.Lines(text) {
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Fatalf("got the line %q, want a time, seconds, a status and a value", l)
		}
		list = append(list, m[1]+" "+m[2])
	}
	return list
}

// TestJobLog wants a line for each value, and values that the log says are done to be passed over.
func TestJobLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	steps := []struct {
		name, text string
		how        pipeline.OnError
		stdout     string
		failed     bool
		log        []string
	}{
		{"values", "seq 3 | pmap --log LOG { take_from $it }", pipeline.Fail, "1\n2\n3\n", false, []string{"ok 1", "ok 2", "ok 3"}},
		{"without resume the log begins anew", "seq 2 | pmap --log LOG { take_from $it }", pipeline.Fail, "1\n2\n", false, []string{"ok 1", "ok 2"}},
		{"those that are done are passed over", "seq 4 | pmap --log LOG --resume { take_from $it }", pipeline.Fail, "3\n4\n", false, []string{"ok 1", "ok 2", "ok 3", "ok 4"}},
		{"all are", "seq 4 | pmap --log LOG --resume { take_from $it }", pipeline.Fail, "", false, []string{"ok 1", "ok 2", "ok 3", "ok 4"}},
		{"a value as often as it was done", "take_from 1 1 1 | pmap --log LOG --resume { take_from $it }", pipeline.Fail, "1\n1\n", false, []string{"ok 1", "ok 2", "ok 3", "ok 4", "ok 1", "ok 1"}},
		{"the same value several times", "take_from 1 1 1 1 | pmap --log LOG --resume { take_from $it }", pipeline.Fail, "1\n", false, []string{"ok 1", "ok 2", "ok 3", "ok 4", "ok 1", "ok 1", "ok 1"}},
		{"an error ends it", "take_from 1 a 2 | pmap --jobs 1 --log LOG { map 'it + 1' }", pipeline.Fail, "2\n", true, []string{"ok 1", "MAP a"}},
		{"what has failed runs again, and what was not begun", "take_from 1 a 2 | pmap --log LOG --resume { take_from $it }", pipeline.Fail, "a\n2\n", false, []string{"ok 1", "MAP a", "ok a", "ok 2"}},
		{"errors that are skipped", "take_from 1 a 2 | pmap --log LOG { map 'it + 1' }", pipeline.Skip, "2\n3\n", false, []string{"ok 1", "MAP a", "ok 2"}},
		{"those run again, too", "take_from 1 a 2 | pmap --log LOG --resume { take_from $it }", pipeline.Skip, "a\n", false, []string{"ok 1", "MAP a", "ok 2", "ok a"}},
		{"a value that does not fit", "take_from 1 a | pmap --log LOG { take_from x | head $it }", pipeline.Skip, "x\n", false, []string{"ok 1", "HEAD a"}},
		{"unordered", "seq 3 | pmap --unordered --log LOG { take_from $it } | sort", pipeline.Fail, "1\n2\n3\n", false, []string{"ok 1", "ok 2", "ok 3"}},
		{"records", "take_from '{\"n\": 1.50}' | json | pmap --log LOG { map n }", pipeline.Fail, "1.50\n", false, []string{`ok {"n": 1.50}`}},
		{"records again", "take_from '{\"n\": 1.50}' '{\"n\": 1.5}' | jsonl | pmap --log LOG --resume { map n }", pipeline.Fail, "1.5\n", false, []string{`ok {"n": 1.50}`, `ok {"n": 1.5}`}},
	}
	for _, step := range steps {
		stdout, _, err := stagetest.Probes{}.Run(t, step.how, strings.ReplaceAll(step.text, "LOG", name))
		got := entries(t, name)
		for i := range got {
			got[i] = regexp.MustCompile(`^\d+: (map|head): .* (\S+)$`).ReplaceAllStringFunc(got[i], func(s string) string {
				stage := regexp.MustCompile(`map|head`).FindString(s)
				return fmt.Sprintf("%s %s", strings.ToUpper(stage), s[strings.LastIndex(s, " ")+1:])
			})
		}
		if strings.Contains(step.text, "unordered") {
			slices.Sort(got)
		}
		if stdout != step.stdout || (err != nil) != step.failed || !slices.Equal(got, step.log) {
			t.Errorf("%s: got  %q, %v, %q\nwant %q, an error %t, %q", step.name, stdout, err, got, step.stdout, step.failed, step.log)
		}
	}
}

// TestJobLog_Values wants values of all kinds to be found again, and to be told apart.
func TestJobLog_Values(t *testing.T) {
	list := []string{"", " ", "a", `"a"`, "a\tb", `a\tb`, "\t", `\`, `\\`, "\r", "\xff", `\xff`, `"\xff"`, "\xff\t", "\u2028", "é", "null", "1", "01", "1.0", "{}", "ok", "\x00", "\x7f"}
	dir := t.TempDir()
	for i, v := range list {
		name := filepath.Join(dir, fmt.Sprint(i))
		if _, err := stagetest.Run(t, "lines | pmap --log "+name+" { lines }", v+"\n"); err != nil {
			t.Fatal(err)
		}
		if got := entries(t, name); len(got) != 1 {
			t.Errorf("%q: got the lines %q, want one", v, got)
		}
		want := strings.Join(slices.Delete(slices.Clone(list), i, i+1), "\n") + "\n"
		got, err := stagetest.Run(t, "lines | pmap --jobs 1 --log "+name+" --resume { lines }", strings.Join(list, "\n")+"\n")
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want all but that one", v, got, err)
		}
	}
	t.Run("newlines", func(t *testing.T) {
		name := filepath.Join(dir, "newlines")
		for i, want := range []string{"a\nb\nc\n", ""} {
			text := "take_from 'a\nb' c | pmap --resume --log " + name + " { take_from $it }"
			if got, err := stagetest.Run(t, text, ""); err != nil || got != want {
				t.Errorf("run %d: got %q, %v, want %q", i, got, err, want)
			}
		}
	})
}

// TestJobLog_Resume goes on with files that were left behind, or are none of a log.
func TestJobLog_Resume(t *testing.T) {
	const done = "2026-01-02T03:04:05.006Z\t0.001\tok\t1\n"
	for _, row := range []struct{ name, file, want, left string }{
		{"nothing", "", "1\n2\n", ""},
		{"a header", logHeader, "1\n2\n", ""},
		{"half a header", logHeader[:7], "1\n2\n", ""},
		{"a header without its end", logHeader[:len(logHeader)-1], "1\n2\n", ""},
		{"a line", logHeader + done, "2\n", ""},
		{"a line that was cut off", logHeader + done + strings.ReplaceAll(done, "\t1\n", "\t2"), "2\n", ""},
		{"a line that was cut off early", logHeader + done + "2026", "2\n", ""},
		{"other text", "a\nb\n", "", "a\nb\n"},
		{"other text without an end", "precious", "", "precious"},
		{"other text behind the header", logHeader + "a\n", "", logHeader + "a\n"},
		{"a longer header", "start\tseconds\tstatus\tvalue\tmore\n", "", "start\tseconds\tstatus\tvalue\tmore\n"},
		{"empty lines", "\n\n", "", "\n\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(name, []byte(row.file), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := stagetest.Run(t, "seq 2 | pmap --log "+name+" --resume { take_from $it }", "")
			if got != row.want || (err != nil) != (row.left != "") {
				t.Errorf("got %q, %v, want %q", got, err, row.want)
			}
			if row.left != "" {
				if text := stagetest.ReadFile(t, name); text != row.left {
					t.Errorf("got %q in the file, want it as it was", text)
				}
				return
			}
			list := entries(t, name)
			slices.Sort(list)
			if want := []string{"ok 1", "ok 2"}; !slices.Equal(list, want) {
				t.Errorf("got %q in the log, want %q", list, want)
			}
		})
	}
	for _, row := range []struct{ text, want string }{
		{"seq 2 | pmap --resume { take_from $it }", "14: pmap: needs the log of the run to go on with: --log FILE"},
		{"seq 2 | pmap --log /no/such/log { take_from $it }", "9: pmap: /no/such/log: no such file or directory"},
		{"seq 2 | pmap --log / --resume { take_from $it }", "9: pmap: /: is a directory"},
	} {
		if _, err := stagetest.Run(t, row.text, ""); err == nil || err.Error() != row.want {
			t.Errorf("%s: got %v, want %s", row.text, err, row.want)
		}
	}
}

// TestJobLog_Device wants a log to be possible on what cannot be cut off.
func TestJobLog_Device(t *testing.T) {
	if got, err := stagetest.Run(t, "seq 2 | pmap --log "+os.DevNull+" { take_from $it }", ""); got != "1\n2\n" || err != nil {
		t.Errorf("got %q, %v, want both values", got, err)
	}
}

// TestJobLog_PassedOn wants a value in the log only when what is behind has worked on all its
// results, and no more values under way than --jobs.
func TestJobLog_PassedOn(t *testing.T) {
	for _, options := range []string{"", " --unordered"} {
		name := filepath.Join(t.TempDir(), "log")
		worked := make(map[string]int)
		begun := 0
		p := stagetest.Probes{
			Source: func(j *pipeline.Job, words []string) error {
				begun++
				if ahead := begun - (len(strings.Split(stagetest.ReadFile(t, name), "\n")) - 2); ahead > 3 {
					t.Errorf("got %d values begun that are not in the log, want 3 at the most", ahead)
				}
				for range 3 {
					j.Put(value.String(words[0]))
				}
				return nil
			},
			Through: func(j *pipeline.Job, _ []string) error {
				for v, err := range j.In() {
					if err != nil {
						return err
					}
					for range 5 {
						j.Yield()
					}
					worked[v.Str()]++
					for _, e := range entries(t, name) {
						if n := worked[strings.TrimPrefix(e, "ok ")]; n != 3 {
							t.Errorf("got %q in the log when %d of its results were worked on, want 3", e, n)
						}
					}
				}
				return nil
			},
		}
		if _, _, err := p.Run(t, pipeline.Fail, "seq 50 | pmap --jobs 3"+options+" --log "+name+" { source $it } | through"); err != nil {
			t.Fatal(err)
		}
		if got := entries(t, name); len(got) != 50 {
			t.Errorf("got %d lines, want 50", len(got))
		}
	}
}
