package stages_test

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
	"mtpipe/value"
)

// TestCopiesAgree runs random pipelines over random text on one reactor and on several: the
// bytes are the same, and so is the error that ended them. Which errors further upstream
// were met before that depends on how far ahead a stage was.
func TestCopiesAgree(t *testing.T) {
	perValue := []string{"grep a", "grep -v b", "grep -o [a-c]+", "field 1", "field -1", "field 2 1", "upper", "trim",
		"tr a-c x-z", "replace b Q", "chars 1 5", "filter 'len(it) > 3'", "map '[it]'", "odd", "lines", "split b"}
	others := []string{"head 7", "count", "count_by", "sort", "tail 3", "uniq", "enumerate", "reverse", "skip 5", "distinct", "sum",
		"buffer 3", "delay 1us", "timeout 1h { upper }", "retry 1 { field 1 }"}
	rng := rand.New(rand.NewSource(3))
	in := filepath.Join(t.TempDir(), "in")
	for range 150 {
		if err := os.WriteFile(in, []byte(copiesText(rng)), 0o600); err != nil {
			t.Fatal(err)
		}
		var parts []string
		for range 1 + rng.Intn(5) {
			if rng.Intn(4) == 0 {
				parts = append(parts, others[rng.Intn(len(others))])
			} else {
				parts = append(parts, perValue[rng.Intn(len(perValue))])
			}
		}
		text := strings.Join(parts, " | ")
		want, wantErr := runJobs(t, 1, text, in)
		for _, jobs := range []int{2, 5} {
			got, err := runJobs(t, jobs, text, in)
			if got != want || lastCause(err) != lastCause(wantErr) {
				t.Fatalf("%s with %d jobs:\ngot  %.200q, %v\nwant %.200q, %v", text, jobs, got, err, want, wantErr)
			}
		}
	}
}

// lastCause returns the error of a run that arose furthest downstream, or "".
func lastCause(err error) string {
	var e *pipeline.RunError
	if !errors.As(err, &e) {
		return ""
	}
	return fmt.Sprint(e.Causes[len(e.Causes)-1])
}

// copiesText has lines of letters, blanks and digits, now and then more than one block of them.
func copiesText(rng *rand.Rand) string {
	lines := rng.Intn(50)
	if rng.Intn(5) == 0 {
		lines = 20000
	}
	var b strings.Builder
	for range lines {
		for range rng.Intn(12) {
			b.WriteByte("abc  19\t"[rng.Intn(8)])
		}
		b.WriteByte('\n')
	}
	if rng.Intn(2) == 0 {
		b.WriteString("last a")
	}
	return b.String()
}

// TestCopiesStopEarly wants an endless source to end when the reader behind copies has had
// enough, and a source that fails to be told once.
func TestCopiesStopEarly(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		got, err := runJobs(t, 3, "lines | count; range 1000000000000 | grep 7 | upper | head 2", in)
		if want := "0\n7\n17\n"; got != want || err != nil {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
}

// TestCopiesShareInput wants what a pipeline leaves of an input that it shares to be the same
// on several reactors.
func TestCopiesShareInput(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte(strings.Repeat("a\nb\nc\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ text, want string }{
		{"head 2; top 3", "a\nb\nc\nc\nc\n"},
		{"head 2; map it | count", "a\nb\n298\n"},
		{"take_from { head 1; count }", "a\n299\n"},
	} {
		for _, jobs := range []int{1, 3} {
			if got, err := runJobs(t, jobs, row.text, in); got != row.want || err != nil {
				t.Errorf("%s with %d jobs: got %q, %v, want %q", row.text, jobs, got, err, row.want)
			}
		}
	}
}

// TestCopiesOfAStageThatWaits wants what a stage puts behind a suspension of its own.
func TestCopiesOfAStageThatWaits(t *testing.T) {
	type none struct{}
	naps := pipeline.Define(pipeline.Doc{Name: "naps", Trait: pipeline.PerValue}, func(j *pipeline.Job, _ *none) error {
		for v, err := range j.In() {
			if err != nil {
				return err
			}
			j.Sleep(time.Microsecond)
			j.Put(v)
		}
		return nil
	})
	if got := stagetest.RunWith(t, naps, "seq 100 | naps | map 'it * 2' | sum"); got != "10100\n" {
		t.Errorf("got %q, want the double of the sum", got)
	}
}

// TestSleepingSourceIsStopped wants a source that would sleep for an hour to end at once when
// its reader has had enough, with copies between them and without.
func TestSleepingSourceIsStopped(t *testing.T) {
	type none struct{}
	hourly := pipeline.Define(pipeline.Doc{Name: "hourly", Trait: pipeline.Source}, func(j *pipeline.Job, _ *none) error {
		for {
			j.Put(value.String("now"))
			j.Sleep(time.Hour)
		}
	})
	for _, text := range []string{"hourly | head 1", "hourly | upper | head 1 | lower", "hourly | tee { head 1 } { upper | head 1 } | count"} {
		stagetest.RunWith(t, hourly, text)
	}
}

// TestEffectsDoNotRunAhead wants a stage with effects to do no more of them than its reader
// needs: what it puts goes through a pipe of capacity one.
func TestEffectsDoNotRunAhead(t *testing.T) {
	type none struct{}
	done := 0
	effect := pipeline.Define(pipeline.Doc{Name: "effect", Trait: pipeline.Ordered | pipeline.Effect}, func(j *pipeline.Job, _ *none) error {
		for v, err := range j.In() {
			if err != nil {
				return err
			}
			done++
			j.Put(v)
		}
		return nil
	})
	stagetest.RunWith(t, effect, "seq 1000 | effect | map it | head 100 | null")
	// One that the pipe holds, one that the stage is putting, and, where a turn ends between
	// them, one that map is at work on.
	if done < 100 || done > 103 {
		t.Errorf("got %d effects for a reader of 100 values, want at most three more", done)
	}
}

// TestCopiesThatFailTogether wants a run to fail when two stages do in one batch.
func TestCopiesThatFailTogether(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte("1\n2\nB\n4\nA\n6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []int{1, 2, 5} {
		got, err := runJobs(t, jobs, `map 'it == "A" ? int(it) : it' | map 'it == "B" ? int(it) : it'`, in)
		if cause := lastCause(err); got != "1\n2\n" || !strings.Contains(cause, `"B"`) {
			t.Errorf("%d jobs: got %q and the error %q, want 1 and 2 and one about B", jobs, got, cause)
		}
	}
}

// runJobs runs the pipeline in text on the file in and returns what it writes and its error.
func runJobs(t *testing.T, jobs int, text, in string) (string, error) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: os.Stdin, Stdout: out, Stderr: os.Stderr, Files: []string{in}, Jobs: jobs})
	if err != nil {
		t.Fatal(err)
	}
	err = plan.Run(nil)
	b, rerr := os.ReadFile(out.Name())
	if rerr != nil {
		t.Fatal(rerr)
	}
	return string(b), err
}
