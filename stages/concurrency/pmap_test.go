package concurrency_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
	"mtpipe/value"
)

// TestC4_Pmap wants the results of blocks in the order of their values.
func TestC4_Pmap(t *testing.T) {
	for _, row := range []struct{ name, text, stdin, want string }{
		{"results", "seq 3 | pmap { take_from $it }", "", "1\n2\n3\n"},
		{"each", "seq 3 | each { take_from $it }", "", "1\n2\n3\n"},
		{"no values", "range 0 0 | pmap { take_from $it }", "", ""},
		{"no values for each", "range 0 0 | each { take_from $it }", "", ""},
		{"no values, unordered", "range 0 0 | pmap --unordered { take_from $it }", "", ""},
		{"the value as input", "take_from b a | pmap { upper }", "", "B\nA\n"},
		{"a block that has both", `take_from b | pmap { map 'it + $it' }`, "", "bb\n"},
		{"the value is all that comes in", "take_from a b | pmap { count }", "", "1\n1\n"},
		{"blocks that put nothing", "seq 3 | pmap { filter 'it == 2' }", "", "2\n"},
		{"blocks that put more than a pipe holds", "seq 3 | pmap { range 0 5000 } | count", "", "15000\n"},
		{"unordered, the same", "seq 3 | pmap --unordered { range 0 5000 } | sum", "", "37492500\n"},
		{"several pipelines in a block", "take_from a b | pmap { take_from $it; take_from '-'; upper }", "", "a\n-\nA\nb\n-\nB\n"},
		{"blocks in blocks", "take_from a b | pmap { pmap { upper; take_from $it } }", "", "A\na\nB\nb\n"},
		{"the value of the outer block", "take_from a b | pmap { def f n { seq 2 | pmap { take_from \"$n$it\" } }; f $it }", "", "a1\na2\nb1\nb2\n"},
		{"a definition of the block", "take_from a b | pmap { def f { take_from \"<$it>\" }; f; f }", "", "<a>\n<a>\n<b>\n<b>\n"},
		{"a definition outside of it", "def f n { take_from \"<$n>\" }; take_from a b | pmap { f $it }", "", "<a>\n<b>\n"},
		{"an expression", "seq 3 | pmap { take_from 10 | map 'it * $it' }", "", "10\n20\n30\n"},
		{"an option", "seq 2 | each { repeat a --times $it }", "", "a\na\na\n"},
		{"an argument that is a number", "seq 3 | each { seq 5 | head $it | count }", "", "1\n2\n3\n"},
		{"values like options", "take_from -- -v -- --x | pmap { take_from $it }", "", "-v\n--\n--x\n"},
		{"records", "jsonl | pmap { take_from $it | json | map 'n + 1' }", "{\"n\":1}\n{\"n\":2}\n", "2\n3\n"},
		{"records as input", "jsonl | pmap { map 'n + 1' }", "{\"n\":1}\n{\"n\":2}\n", "2\n3\n"},
		{"text that JSON would quote", "lines | pmap { take_from $it }", "a\tb\n\"\n\\\n\n", "a\tb\n\"\n\\\n\n"},
		{"the reader leaves", "seq 1000000 | pmap { take_from $it } | head 3", "", "1\n2\n3\n"},
		{"the reader leaves endless input", "repeat a | pmap { take_from $it } | head 3", "", "a\na\na\n"},
		{"the reader leaves endless blocks", "repeat a | pmap { repeat $it } | head 3", "", "a\na\na\n"},
		{"the reader leaves unordered ones", "repeat a | pmap --unordered { repeat $it } | head 3", "", "a\na\na\n"},
		{"the reader leaves endless blocks of each", "repeat a | each { repeat $it } | head 3", "", "a\na\na\n"},
		{"one at a time", "seq 4 | pmap --jobs 1 { range 0 $it | count }", "", "1\n2\n3\n4\n"},
		{"more than there are", "seq 4 | pmap -j 100000 { range 0 $it | count }", "", "1\n2\n3\n4\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := stagetest.Run(t, row.text, row.stdin)
			stagetest.WantOutput(t, got, err, row.want)
		})
	}
}

// await yields until what a test waits for has come about.
func await(j *pipeline.Job, done func() bool) {
	for !done() {
		j.Yield()
	}
}

// TestC4_PmapBackwards lets blocks end in the reverse order of their values, eight at a time.
func TestC4_PmapBackwards(t *testing.T) {
	const values, jobs = 64, 8
	for _, row := range []struct {
		options string
		in      bool // order
	}{{"", true}, {" --unordered", false}} {
		ended := make([]bool, values+jobs+1)
		p := stagetest.Probes{Source: func(j *pipeline.Job, words []string) error {
			var n int
			fmt.Sscan(words[0], &n)
			if n%jobs != jobs-1 {
				await(j, func() bool { return ended[n+1] })
			}
			j.Put(value.Int(int64(n)))
			ended[n] = true
			return nil
		}}
		out, _, err := p.Run(t, pipeline.Fail, fmt.Sprintf("range 0 %d | pmap --jobs %d%s { source $it }", values, jobs, row.options))
		var want, sorted []string
		for n := range values {
			want = append(want, fmt.Sprint(n))
		}
		got := strings.Fields(out)
		sorted = slices.SortedFunc(slices.Values(got), func(a, b string) int { return len(a)*1000 - len(b)*1000 + strings.Compare(a, b) })
		if err != nil || !slices.Equal(sorted, want) || slices.Equal(got, want) != row.in {
			t.Errorf("pmap%s: got %v, %v, want all values, in order %t", row.options, got, err, row.in)
		}
	}
}

// TestC6_PmapJobs counts the blocks that run at a time, and those that were begun while the
// first one keeps all others from going on: neither has to do with how many values there are.
func TestC6_PmapJobs(t *testing.T) {
	for _, row := range []struct {
		options    string
		jobs, most int
	}{
		{"pmap --jobs 1", 1, 4}, {"pmap --jobs 5", 5, 20}, {"pmap", 16, 64}, {"pmap -j 3 --unordered", 3, 12}, {"each", 1, 1},
	} {
		t.Run(row.options, func(t *testing.T) {
			begun, running, most, quiet := 0, 0, 0, 0
			p := stagetest.Probes{Source: func(j *pipeline.Job, words []string) error {
				begun++
				running++
				most = max(most, running)
				defer func() { running-- }()
				if begun == 1 { // until no others begin
					for before := -1; quiet < 100; j.Yield() {
						if quiet++; begun != before {
							before, quiet = begun, 0
						}
					}
					if begun > row.most || most != row.jobs {
						t.Errorf("got %d begun and %d at a time, want %d at the most and %d", begun, most, row.most, row.jobs)
					}
				} else {
					await(j, func() bool { return quiet >= 100 || most == row.jobs && running == row.jobs })
				}
				j.Put(value.String(words[0]))
				return nil
			}}
			out, _, err := p.Run(t, pipeline.Fail, "repeat a | "+row.options+" { source $it } | head 200 | count")
			stagetest.WantOutput(t, out, err, "200\n")
			if most != row.jobs || running != 0 {
				t.Errorf("got %d at a time and %d left, want %d and none", most, running, row.jobs)
			}
		})
	}
}

// TestC6_PmapFails ends pmap by an error in one block: what stands before it goes out, nothing
// new is begun, those under way are terminated.
func TestC6_PmapFails(t *testing.T) {
	for _, row := range []struct{ options, want string }{
		{"pmap --jobs 4", "1\n2\n2 partly\n3\n"}, {"pmap --jobs 4 --unordered", ""}, {"each", "1\n2\n2 partly\n3\n"},
	} {
		t.Run(row.options, func(t *testing.T) {
			begun, cleaned, failed := 0, 0, false
			p := stagetest.Probes{Source: func(j *pipeline.Job, words []string) error {
				begun++
				if failed {
					t.Errorf("got a block for %s, want none behind the error", words[0])
				}
				switch words[0] {
				case "2": // ends only when the one behind it has failed
					if row.options != "each" {
						await(j, func() bool { return failed })
					}
					j.Put(value.String("2"))
					j.Put(value.String("2 partly"))
					return nil
				case "3":
					j.Put(value.String("3"))
					if row.options != "each" {
						await(j, func() bool { return begun >= 5 }) // which begins where 1 was
					}
					failed = true
					return errors.New("no more")
				case "1":
				default:
					defer func() { cleaned++ }()
					j.Sleep(time.Hour)
				}
				j.Put(value.String(words[0]))
				return nil
			}}
			out, _, err := p.Run(t, pipeline.Fail, "seq 1000 | "+row.options+" { source $it }")
			if want := "source: no more (for 3)"; err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, want)
			}
			if row.want != "" && out != row.want {
				t.Errorf("got %q, want %q", out, row.want)
			}
			if want := map[bool]int{true: 0, false: begun - 3}[row.options == "each"]; cleaned != want {
				t.Errorf("got %d blocks that were terminated of %d, want %d", cleaned, begun, want)
			}
		})
	}
}

// TestC6_PmapErrors wants what is told of blocks that fail.
func TestC6_PmapErrors(t *testing.T) {
	for _, row := range []struct {
		name, text             string
		how                    pipeline.OnError
		stdout, stderr, failed string
	}{
		{"fail", "seq 3 | each { filter 'it < 2 or it.x == 1' }", pipeline.Fail, "1\n", "", "16: filter: int has no field x: 2 (for 2)"},
		{"an error in the middle of a block", "take_from a | pmap { upper | filter 'it + 1' | count }", pipeline.Fail, "", "", `30: filter: "A" is not a number (it) (for "a")`},
		{"behind what was put", "take_from a | pmap { take_from x 1; lines /no/such/file }", pipeline.Fail, "x\n1\n", "", `37: lines: /no/such/file: no such file or directory (for "a")`},
		{"a value that does not fit", "take_from 1 a 2 | pmap { take_from x | head $it }", pipeline.Fail, "x\n", "", `45: head: n must be a whole number, not "a" (for "a")`},
		{"skip", "take_from 1 a 2 | pmap { map 'it + 1' }", pipeline.Skip, "2\n3\n",
			"mtpipe: pmap: 26: map: \"a\" is not a number (it) (for \"a\")\nmtpipe: pmap: 1 skipped\n", ""},
		{"skip several", "take_from a 1 b | each { map 'it + 1' }", pipeline.Skip, "2\n",
			"mtpipe: each: 26: map: \"a\" is not a number (it) (for \"a\")\nmtpipe: each: 26: map: \"b\" is not a number (it) (for \"b\")\nmtpipe: each: 2 skipped\n", ""},
		{"skip leaves what was put before", "take_from a 1 | pmap { take_from x; map 'it + 1' }", pipeline.Skip, "x\nx\n2\n",
			"mtpipe: pmap: 37: map: \"a\" is not a number (it) (for \"a\")\nmtpipe: pmap: 1 skipped\n", ""},
		{"skip a value that does not fit", "take_from a 1 | pmap { take_from x | head $it }", pipeline.Skip, "x\n",
			"mtpipe: pmap: 43: head: n must be a whole number, not \"a\" (for \"a\")\nmtpipe: pmap: 1 skipped\n", ""},
		{"an error that the block does not read is nobody's", "take_from /no/such /dev/null | pmap { lines $it | head 0 }", pipeline.Skip, "", "", ""},
		{"keep", "take_from 1 a 2 | pmap { map 'it + 1' }", pipeline.Keep, "2\n26: map: \"a\" is not a number (it) (for \"a\")\n3\n", "", ""},
		{"keep behind what was put", "take_from a 1 | pmap { take_from x; map 'it + 1' }", pipeline.Keep, "x\n37: map: \"a\" is not a number (it) (for \"a\")\nx\n2\n", "", ""},
		{"an error of blocks in blocks names both values", "take_from a | pmap { take_from b | pmap { map 'it + 1' } }", pipeline.Fail, "", "",
			`43: map: "b" is not a number (it) (for "b") (for "a")`},
		{"what is before fails", "take_from 1 2 a | map 'it + 1' | pmap { take_from $it }", pipeline.Fail, "2\n3\n", "", `19: map: "a" is not a number (it)`},
		{"what is before fails, unordered", "take_from 1 2 a | map 'it + 1' | pmap --unordered { take_from $it }", pipeline.Fail, "2\n3\n", "", `19: map: "a" is not a number (it)`},
		{"what is behind fails", "take_from 1 a 2 | pmap { take_from $it } | map 'it + 1'", pipeline.Fail, "2\n", "", `44: map: "a" is not a number (it)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			stdout, stderr, err := stagetest.Probes{}.Run(t, row.how, row.text)
			failed := ""
			if err != nil {
				failed = err.Error()
			}
			if stdout != row.stdout || stderr != row.stderr || failed != row.failed {
				t.Errorf("got  %q, %q, %q\nwant %q, %q, %q", stdout, stderr, failed, row.stdout, row.stderr, row.failed)
			}
		})
	}
}

// TestC6_PmapUnorderedFails wants what other blocks have put by then to go out.
func TestC6_PmapUnorderedFails(t *testing.T) {
	begun := 0
	p := stagetest.Probes{Source: func(j *pipeline.Job, words []string) error {
		begun++
		await(j, func() bool { return begun == 4 }) // all end in one turn
		if words[0] == "1" {
			return errors.New("no more")
		}
		j.Put(value.String(words[0]))
		return nil
	}}
	out, _, err := p.Run(t, pipeline.Fail, "seq 4 | pmap --unordered { source $it }")
	if err == nil || !slices.Equal(sortedFields(out), []string{"2", "3", "4"}) {
		t.Errorf("got %q, %v, want the error behind what the others have put", out, err)
	}
}

func sortedFields(text string) []string {
	list := strings.Fields(text)
	slices.Sort(list)
	return list
}

// TestC6_PmapInputFails wants blocks that were begun before the input has failed to be done.
func TestC6_PmapInputFails(t *testing.T) {
	for _, options := range []string{"pmap", "pmap --unordered"} {
		broken := false
		p := stagetest.Probes{Source: func(j *pipeline.Job, words []string) error {
			if len(words) == 0 {
				for _, v := range []string{"1", "2", "3"} {
					j.Put(value.String(v))
				}
				broken = true
				return errors.New("no more")
			}
			await(j, func() bool { return broken })
			for range 10 { // until everybody knows
				j.Yield()
			}
			j.Put(value.String(words[0]))
			return nil
		}}
		out, _, err := p.Run(t, pipeline.Fail, "source | "+options+" { source $it }")
		if err == nil || err.Error() != "1: source: no more" || !slices.Equal(sortedFields(out), []string{"1", "2", "3"}) {
			t.Errorf("%s: got %q, %v, want the error behind all results", options, out, err)
		}
	}
}

// TestC6_PmapValueFails wants nothing to begin behind a value that the words of the block do
// not fit.
func TestC6_PmapValueFails(t *testing.T) {
	var begun []string
	p := stagetest.Probes{Source: func(j *pipeline.Job, words []string) error {
		begun = append(begun, words[0])
		for range 100 {
			j.Yield()
		}
		return nil
	}}
	_, _, err := p.Run(t, pipeline.Fail, "take_from 1 a 2 3 4 | pmap { source $it; take_from x | head $it }")
	if err == nil || !slices.Equal(begun, []string{"1"}) {
		t.Errorf("got %v begun, %v, want only the value before the one that does not fit", begun, err)
	}
}

// TestPmap_Fair lets blocks put without an end: each one's results come out.
func TestPmap_Fair(t *testing.T) {
	got, err := stagetest.Run(t, "seq 3 | pmap --unordered { repeat $it } | head 20000 | distinct | sort", "")
	stagetest.WantOutput(t, got, err, "1\n2\n3\n")
}

// TestEach_Strict wants a block to begin only when what is behind has worked on all that the
// one before has put, whenever the next value comes.
func TestEach_Strict(t *testing.T) {
	var steps []string
	p := stagetest.Probes{
		Source: func(j *pipeline.Job, words []string) error {
			if len(words) == 0 {
				for n := range 50 {
					for range n {
						j.Yield()
					}
					j.Put(value.Int(int64(n)))
				}
				return nil
			}
			steps = append(steps, "begin "+words[0])
			for i := range 3 {
				j.Put(value.String(fmt.Sprint(words[0], ".", i)))
			}
			steps = append(steps, "end "+words[0])
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
				steps = append(steps, v.Str())
			}
			return nil
		},
	}
	if _, _, err := p.Run(t, pipeline.Fail, "source | each { source $it } | through"); err != nil {
		t.Fatal(err)
	}
	open := ""
	for i, s := range steps {
		if n, begins := strings.CutPrefix(s, "begin "); begins {
			if open != "" && !slices.Contains(steps[:i], open+".2") {
				t.Fatalf("got %q behind %q, want the results of the one before first", s, steps[max(0, i-5):i])
			}
			open = n
		}
	}
	if len(steps) != 50*5 {
		t.Errorf("got %d steps, want %d", len(steps), 50*5)
	}
}

// TestPmap_Leaves wants no goroutines left when pmap ends early.
func TestPmap_Leaves(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		if _, err := stagetest.Run(t, "repeat a | pmap { pmap { repeat $it } } | head 3", ""); err != nil {
			t.Fatal(err)
		}
	}
	for by := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(by) {
			t.Fatalf("got %d goroutines, want the %d from before", runtime.NumGoroutine(), before)
		}
	}
}
