package concurrency_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
	"mtpipe/value"
)

const second = time.Second

const ms = time.Millisecond

func TestTimeout(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"in time", "timeout 2s { play a 1s b } | stamp", "a@0s b@1s", "", second, "play 1s"},
		{"too late", "timeout 2s { play a 1s b 2s c } | stamp", "a@0s b@1s", "1: timeout: timed out after 2s", 2 * second, "play 2s"},
		{"too late, and several stages", "timeout 90s { play a 1h b | map it | slow 0s } | stamp", "a@0s", "1: timeout: timed out after 1m30s", 90 * second, "slow 1m30s, play 1m30s"},
		{"too late, and several pipelines", "timeout 1h { play a; play 1h b; play c } | stamp", "a@0s", "1: timeout: timed out after 1h", time.Hour, "play 0s, play 1h0m0s"},
		{"too late, and blocks in the block", "timeout 1m { play a 2m | tee { slow 0s } { slow 1h } } | stamp", "a@0s a@0s", "1: timeout: timed out after 1m", time.Minute, ""},
		{"a block without a pause", "timeout 1s { endless | slow 1h } | stamp", "x@0s", "1: timeout: timed out after 1s", second, "slow 1s, endless 1s"},
		{"with the input", "play a 1s b 2s c | timeout 2s { slow 0s } | stamp", "a@0s b@1s", "20: timeout: timed out after 2s", 2 * second, "slow 2s, play 2s"},
		{"with the input, in time", "play a 1s b | timeout 2s { map it } | stamp", "a@0s b@1s", "", second, "play 1s"},
		{"with a slow reader", "timeout 1s { play a b c d 1h } | slow 3s | stamp", "a@0s b@3s c@6s d@9s", "1: timeout: timed out after 1s", 12 * second, "play 1s, slow 12s"},
		{"of the block's end, with a slow reader", "timeout 1s { play a b c d } | slow 3s | stamp", "a@0s b@3s c@6s d@9s", "", 12 * second, "play 0s, slow 12s"},
		{"a block that fails", "timeout 1s { play a ! } | stamp", "a@0s", "14: play: broken", 0, ""},
		{"an error before it", "play a 1s ! | timeout 2s { map it } | stamp", "a@0s", "1: play: broken", second, ""},
		{"head behind it", "timeout 1h { play a 1m b 1h c } | head 2 | stamp", "a@0s b@1m0s", "", time.Minute, "play 1m0s"},
		{"head behind it, and an endless source before it", "endless | timeout 1h { slow 1s } | head 2 | stamp", "x@0s x@1s", "", second, "slow 1s, endless 1s"},
		{"a limit in a limit", "timeout 1h { timeout 1s { play a 2s } }", "a", "14: timeout: timed out after 1s", second, ""},
		{"a limit around a limit", "timeout 1s { timeout 1h { play a 2s } }", "a", "1: timeout: timed out after 1s", second, ""},
		{"what is behind the first", "head 1; timeout 1s { play a }", "a", "", 0, ""},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"no block", "timeout 1s", "", "", "1: timeout: list is missing; usage: timeout DURATION { list }"},
		{"no duration", "timeout 0 { seq 3 }", "", "", "9: timeout: duration must be more than 0"},
	})
}

// TestTimeoutLeavesNoTimer counts what is alive behind blocks that have ended in time.
func TestTimeoutLeavesNoTimer(t *testing.T) {
	type none struct{}
	alive := pipeline.Define(pipeline.Doc{Name: "alive", Trait: pipeline.Source}, func(j *pipeline.Job, _ *none) error {
		j.Put(value.Int(int64(j.Program().Reactor().Live())))
		return nil
	})
	for _, block := range []string{"play a", "play a | head 1", "play a | map it | head 0", "play a | tee { lines } { count }"} {
		with := &stagetest.TimedRun{Text: "timeout 1h { " + block + " } | null; play 1s; alive", More: alive}
		with.Run(t)
		without := &stagetest.TimedRun{Text: "play 1s; alive", More: alive}
		without.Run(t)
		if got, want := fmt.Sprint(with.Got), fmt.Sprint(without.Got); got != want {
			t.Errorf("%s: got %s alive, want %s", with.Text, got, want)
		}
	}
}

func TestRetry(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"at once", "retry 3 { play a b } | stamp", "a@0s b@0s", "", 0, "play 0s"},
		{"results are held", "retry 3 { play a 1s b } | stamp", "a@1s b@1s", "", second, "play 1s"},
		{"in vain", "retry 2 { play a 1s ! } | stamp", "", "11: play: broken", 3 * second, "play 1s, play 2s, play 3s"},
		{"no further try", "retry 0 { play a 1s ! } | stamp", "", "11: play: broken", second, "play 1s"},
		{"waits", "retry 3 --backoff 1s { play ! }", "", "24: play: broken", 7 * second, "play 0s, play 1s, play 3s, play 7s"},
		{"waits a minute at the most", "retry --backoff 25s 4 { play ! }", "", "25: play: broken", 195 * second, "play 0s, play 25s, play 1m15s, play 2m15s, play 3m15s"},
		{"waits no hour", "retry --backoff 1h 1 { play ! }", "", "24: play: broken", 60 * second, ""},
		{"the second one ends well", "retry 2 { play a 1s b | fails_at b } | stamp", "a@2s b@2s", "", 2 * second, ""},
		{"the input again", "play a 1s b c | retry 2 --backoff 3s { tee { map it } { fails_at b | null } } | stamp", "a@4s b@4s c@4s", "", 4 * second, ""},
		{"the input, of which the first one has not read all", "play a 1s b 1s c | retry 2 { fails_at b } | stamp", "a@2s b@2s c@2s", "", 2 * second, "play 2s"},
		{"the input twice", "play a 1s b 1s c | retry 2 { fails_at b | fails_at c } | stamp", "a@2s b@2s c@2s", "", 2 * second, "play 2s"},
		{"an endless input of which a part is wanted", "endless | retry 1 { fails_at x | head 3 } | stamp", "x@0s x@0s x@0s", "", 0, ""},
		{"nothing comes in", "play 1s | retry 2 { map it } | stamp", "", "", second, ""},
		{"an error before it", "play a 1s ! | retry 5 { map it } | stamp", "a@1s", "1: play: broken", second, "play 1s"},
		{"an error before it, after a try", "play a 1s b ! | retry 5 { fails_at b } | stamp", "a@1s b@1s", "1: play: broken", second, "play 1s"},
		{"head behind it", "retry 1 { play a b } | head 1 | stamp", "a@0s", "", 0, ""},
		{"two causes, and then none", "retry 1 { interleave { play a | fails_at a } { play b | fails_at b } } | sort | stamp", "a@0s b@0s", "", 0, ""},
		{"a time limit in it", "retry 2 --backoff 1s { timeout 1s { play a 2s b } } | stamp", "", "24: timeout: timed out after 1s", 6 * second, "play 1s, play 3s, play 6s"},
		{"a time limit around it", "timeout 10s { retry 2 --backoff 1m { play a ! } } | stamp", "", "1: timeout: timed out after 10s", 10 * second, "play 0s"},
		{"in a retry", "retry 1 { retry 1 { play 1s ! } }", "", "21: play: broken", 4 * second, ""},
		{"it leaves nothing for the next", "concat { play a b | take_from { retry 0 { head 1 }; map it } }", "a", "", 0, ""},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"a number below 0", "retry -1 { seq 3 }", "", "", "7: retry: n must be at least 0, not -1"},
		{"no block", "retry 1", "", "", "1: retry: list is missing; usage: retry [--backoff DURATION] N { list }"},
	})
}

func TestRate(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"a second", "play a b c | rate 2/s | stamp", "a@0s b@500ms c@1s", "", second, ""},
		{"a minute", "play a b c | rate 2/m | stamp", "a@0s b@30s c@1m0s", "", time.Minute, ""},
		{"an hour", "play a b | rate 1/h | stamp", "a@0s b@1h0m0s", "", time.Hour, ""},
		{"some milliseconds", "play a b c | rate 1/500ms | stamp", "a@0s b@500ms c@1s", "", second, ""},
		{"some milliseconds, several", "play a b c | rate 2/500ms | stamp", "a@0s b@250ms c@500ms", "", 500 * ms, ""},
		{"what does not come out even", "play a b | rate 3/s | stamp", "a@0s b@333.333334ms", "", 333333334, ""},
		{"slower values", "play a 2s b 3s c | rate 1/s | stamp", "a@0s b@2s c@5s", "", 5 * second, ""},
		{"a pause is not made up for", "play a b 5s c d | rate 1/s | stamp", "a@0s b@1s c@5s d@6s", "", 6 * second, ""},
		{"a value that comes between", "play a 1500ms b c | rate 1/s | stamp", "a@0s b@1.5s c@2.5s", "", 2500 * ms, ""},
		{"a slow reader", "play a b c | rate 1/s | slow 3s | stamp", "a@0s b@3s c@6s", "", 9 * second, ""},
		{"many", "seq 1000 | rate 1000/s | tail 1 | stamp", "1000@999ms", "", 999 * ms, ""},
		{"nothing", "play 1s | rate 1/s", "", "", second, ""},
		{"an error before it", "play a b ! | rate 1/s | stamp", "a@0s b@1s", "1: play: broken", second, ""},
		{"head behind it", "endless | rate 1/s | head 3 | stamp", "x@0s x@1s x@2s", "", 2 * second, "endless 2s"},
		{"a time limit around it", "timeout 5s { endless | rate 1/2s } | stamp", "x@0s x@2s x@4s", "1: timeout: timed out after 5s", 5 * second, "endless 5s"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"no slash", "rate 10", "", "", `6: rate: rate must be a number of values in a time, such as 10/s, 5/m or 1/500ms, not "10"`},
		{"no number", "rate x/s", "", "", `6: rate: rate must be a number of values in a time, such as 10/s, 5/m or 1/500ms, not "x/s"`},
		{"no value", "rate 0/s", "", "", `6: rate: rate must be a number of values in a time, such as 10/s, 5/m or 1/500ms, not "0/s"`},
		{"no time", "rate 1/0s", "", "", `6: rate: rate must be a number of values in a time, such as 10/s, 5/m or 1/500ms, not "1/0s"`},
		{"no unit", "rate 1/", "", "", `6: rate: rate must be a number of values in a time, such as 10/s, 5/m or 1/500ms, not "1/"`},
		{"an unknown unit", "rate 1/year", "", "", `6: rate: rate must be a number of values in a time, such as 10/s, 5/m or 1/500ms, not "1/year"`},
		{"too many", "rate 2000000000/s", "", "", `6: rate: rate is too large: "2000000000/s"`},
	})
}

// TestRateOversleeps has a stage that keeps the reactor busy when a value is due. What is a
// little late is made up for, so that the rate is met; a long pause is not.
func TestRateOversleeps(t *testing.T) {
	for busy, want := range map[time.Duration]string{5 * ms: "100@99ms", 50 * ms: "100@148ms"} {
		n := 0
		type none struct{}
		r := &stagetest.TimedRun{Text: "seq 100 | rate 1000/s | busy | tail 1 | stamp",
			More: pipeline.Define(pipeline.Doc{Name: "busy", Trait: pipeline.Ordered}, func(j *pipeline.Job, _ *none) error {
				for v, err := range j.In() {
					if err != nil {
						return err
					}
					j.Put(v)
					if n++; n == 10 {
						time.Sleep(busy) // and all threads with it
					}
				}
				return nil
			})}
		r.Run(t)
		if got := strings.Join(r.Got, " "); got != want {
			t.Errorf("busy for %v: got %s, want %s", busy, got, want)
		}
	}
}

func TestDelay(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"one", "play a | delay 1s | stamp", "a@1s", "", second, "play 0s"},
		{"several at a time", "play a b c | delay 1s | stamp", "a@1s b@1s c@1s", "", second, "play 0s"},
		{"distances stay", "play a 300ms b 2s c | delay 1s | stamp", "a@1s b@1.3s c@3.3s", "", 3300 * ms, "play 2.3s"},
		{"not at all", "play a 1s b | delay 0 | stamp", "a@0s b@1s", "", second, ""},
		{"a slow reader", "play a 1s b 1s c 1s d | delay 5s | slow 3s | stamp", "a@5s b@8s c@11s d@14s", "", 17 * second, "play 3s, slow 17s"},
		{"a reader that is slow once", "play a 1s b 1s c 10s d 1s e | delay 5s | slow 6s | stamp", "a@5s b@11s c@17s d@23s e@29s", "", 35 * second, ""},
		{"more than it holds", "seq 100000 | delay 1s | stamp | nth 1 32768 65536 98303 100000", "1@1s 32768@1s 65536@2s 98303@3s 100000@4s", "", 4 * second, ""},
		{"nothing", "play 1s | delay 1h", "", "", second, ""},
		{"an error before it", "play a 1s b ! | delay 3s | stamp", "a@3s b@4s", "1: play: broken", 4 * second, "play 1s"},
		{"head behind it", "play a 1s b 1s c 1h | delay 1s | head 2 | stamp", "a@1s b@2s", "", 2 * second, "play 2s"},
		{"head behind it, while it waits", "endless | delay 1h | head 1 | stamp", "x@1h0m0s", "", time.Hour, "endless 1h0m0s"},
		{"a time limit around it", "timeout 5s { play a 3s b 1h | delay 1s }", "a b", "1: timeout: timed out after 5s", 5 * second, "play 5s"},
		{"what another has left of a batch", "play a b c 1h d | concat { head 2 } { delay 1s } | stamp", "a@0s b@0s c@1s d@1h0m1s", "", time.Hour + second, ""},
		{"in a row", "play a 1s b | delay 1s | delay 2s | stamp", "a@3s b@4s", "", 4 * second, ""},
	})
}

func TestDebounce(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"a burst", "play a 100ms b 100ms c 5s d 2s | debounce 1s | stamp", "c@1.2s d@6.2s", "", 7200 * ms, ""},
		{"the end", "play a 5s b c | debounce 1s | stamp", "a@1s c@5s", "", 5 * second, ""},
		{"exactly as long", "play a 1s b | debounce 1s | stamp", "a@1s b@1s", "", second, ""},
		{"a little less", "play a 999ms b | debounce 1s | stamp", "b@999ms", "", 999 * ms, ""},
		{"nothing", "play 1s | debounce 1h", "", "", second, ""},
		{"many", "seq 50000 | debounce 1s | stamp", "50000@0s", "", 0, ""},
		{"an error before it", "play a 5s b ! | debounce 1s | stamp", "a@1s b@5s", "1: play: broken", 5 * second, ""},
		{"head behind it", "play a 5s b 1h | debounce 1s | head 2 | stamp", "a@1s b@6s", "", 6 * second, "play 6s"},
		{"what another has left of a batch", "play a b c 1h d | concat { head 2 } { debounce 1s } | stamp", "a@0s b@0s c@1s d@1h0m0s", "", time.Hour, ""},
		{"a slow reader", "play a 2s b 2s c 2s d 1h | debounce 1s | slow 10s | stamp | head 4", "a@1s b@11s c@21s d@31s", "", 31 * second, ""},
		{"a time limit around it", "timeout 5s { play a 2s b 9s | debounce 1s }", "a b", "1: timeout: timed out after 5s", 5 * second, ""},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{{"no duration", "debounce 0", "", "", "10: debounce: duration must be more than 0"}})
}

func TestBuffer(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"values", "seq 5 | buffer 2 | stamp", "1@0s 2@0s 3@0s 4@0s 5@0s", "", 0, ""},
		{"what is before it runs ahead", "play a 1s b 1s c 1s d | buffer 3 | slow 10s | stamp", "a@0s b@10s c@20s d@30s", "", 40 * second, "play 3s, slow 40s"},
		{"what another has left of a batch", "play a b c 1h d | concat { head 2 } { buffer 5 } | stamp", "a@0s b@0s c@0s d@1h0m0s", "", time.Hour, ""},
		{"a value at once", "play a 1s b | buffer 100 | stamp", "a@0s b@1s", "", second, ""},
		{"nothing", "play 1s | buffer 1", "", "", second, ""},
		{"an error before it", "play a b 1s ! | buffer 5 | slow 10s | stamp", "a@0s b@10s", "1: play: broken", 20 * second, "play 1s, slow 20s"},
		{"head behind it", "endless | buffer 5 | head 2 | stamp", "x@0s x@0s", "", 0, "endless 0s"},
		{"head behind it, while it waits", "play a 1h | buffer 5 | head 1 | stamp", "a@0s", "", 0, "play 0s"},
		{"a time limit around it", "timeout 5s { play a 2s b 9s | buffer 9 }", "a b", "1: timeout: timed out after 5s", 5 * second, "play 5s"},
	})
	stagetest.RunCases(t, []stagetest.Case{
		{"buffer over blocks", "buffer 10", stagetest.Numbered(1, 50_000), stagetest.Numbered(1, 50_000)},
		{"buffer without the last newline", "buffer 10 | buffer 10", "a\nb", "a\nb"},
		{"buffer, and head behind it", "buffer 10 | head 2", stagetest.Numbered(1, 50_000), "1\n2\n"},
		{"buffer values", "seq 5000 | buffer 7", "", stagetest.Numbered(1, 5000)},
		{"buffer leaves nothing for the next", "take_from { buffer 3 | head 1; count }", "1\n2\n", "1\n0\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{{"no room", "buffer 0", "", "", "8: buffer: n must be at least 1, not 0"}})
}

// TestI3_FlowSignalled sends a signal while values are held, and wants the run to end at once:
// with all that delay, debounce, rate and buffer hold.
func TestI3_FlowSignalled(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"timeout", "timeout 1h { play a 1m b } | stamp", "a@0s", "signal", second, "play 1s"},
		{"timeout, with the input", "play a 1m b | timeout 1h { count } | stamp", "1@1s", "signal", second, "play 1s"},
		{"retry", "retry 3 { play a 1m b } | stamp", "a@1s", "signal", second, "play 1s"},
		{"retry, with the input", "play a 1m b | retry 3 { count } | stamp", "1@1s", "signal", second, "play 1s"},
		{"retry that waits", "retry 3 --backoff 1m { play a ! } | stamp", "", "signal; 24: play: broken", second, "play 0s"},
		{"retry that waits, last", "retry 3 --backoff 1m { play a ! }", "", "signal; 24: play: broken", second, "play 0s"},
		{"retry that waits, with the input", "play a b | retry 3 --backoff 1m { fails_at b } | stamp", "", "signal; 35: fails_at: broken at b", second, ""},
		{"retry of what fails behind the signal", "retry 3 { play a 1h | tac | fails_at a }", "", "signal; 29: fails_at: broken at a", second, ""},
		{"rate", "play a b c d | rate 1/m | stamp", "a@0s b@1s c@1s d@1s", "signal", second, ""},
		{"rate, last", "play a b c d | rate 1/m", "a b c d", "signal", second, ""},
		{"rate of an endless source, of which little is on its way", "endless | rate 1/m | count", "4", "signal", second, "endless 1s"},
		{"delay", "play a b 1m c | delay 1h | stamp", "a@1s b@1s", "signal", second, "play 1s"},
		{"delay, last", "play a b 1m c | delay 1h", "a b", "signal", second, "play 1s"},
		{"delay whose input has ended", "play a b | delay 1h | stamp", "a@1s b@1s", "signal", second, "play 0s"},
		{"delay whose input has ended, last", "seq 30000 | delay 1h", numberedLine(30000), "signal", second, ""},
		{"delay of an endless source", "endless | delay 1h | null", "", "signal", second, "endless 1s"},
		{"delay in a row", "play a b | delay 1h | delay 1h | delay 1h", "a b", "signal", second, ""},
		{"debounce", "play a b 1m c | debounce 1h | stamp", "b@1s", "signal", second, "play 1s"},
		{"debounce in a row", "play a b 1m c | debounce 1h | delay 1h | debounce 1h | stamp", "b@1s", "signal", second, "play 1s"},
		{"buffer", "play a b c 1m d | buffer 5 | slow 100ms | stamp", "a@0s b@100ms c@200ms", "signal", second, "play 1s, slow 1s"},
		{"buffer with a slow reader", "play a b c 1m d | buffer 5 | slow 2s | stamp", "a@0s b@2s c@4s", "signal", 6 * second, "play 1s, slow 6s"},
		{"all of them", "timeout 1h { every 1h | map 1 | buffer 3 | delay 1h | retry 2 { rate 1/h | debounce 1h } }", "1", "signal", second, ""},
	}, second)
}

// TestI3_FlowSignalledTwice wants nothing to be waited for at the second signal.
func TestI3_FlowSignalledTwice(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"buffer", "play a b c 1m d | buffer 5 | slow 1m | stamp", "a@0s", "signal", 2 * second, "play 1s, slow 2s"},
		{"delay", "play a b c | delay 1m | slow 1m | stamp", "a@1s", "signal", 2 * second, "play 0s, slow 2s"},
		{"a block of timeout", "timeout 1h { play a b | slow 1m } | stamp", "a@0s", "signal", 2 * second, "play 0s, slow 2s"},
		{"a block of retry", "retry 1 { play a b | slow 1m } | stamp", "", "signal", 2 * second, "play 0s, slow 2s"},
	}, second, 2*second)
}

// numberedLine returns the numbers from 1 to n in one line.
func numberedLine(n int) string {
	return strings.TrimSpace(strings.ReplaceAll(stagetest.Numbered(1, n), "\n", " "))
}

// TestI3_FlowLosesNothing sends a signal at any time to values that are held in several places:
// all that were put before come out, once and in order. A time limit at any time leaves the
// first ones.
func TestI3_FlowLosesNothing(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	check := func(r *stagetest.TimedRun, n int, message string) {
		t.Helper()
		r.Run(t)
		if got := strings.TrimSpace(strings.Join(r.Got, " ")); n < 0 && got == numberedLine(len(strings.Fields(got))) {
			return
		} else if got != numberedLine(max(n, r.Played)) || stagetest.Messages(r.Err) != message {
			t.Errorf("%s, signals %v, time limit %v: got %s, %s, of %s", r.Text, r.Signals, r.Timeout, got, stagetest.Messages(r.Err), numberedLine(r.Played))
		}
	}
	held := []string{"delay 700ms", "delay 3s", "buffer 1", "buffer 4", "slow 300ms", "slow 10ms", "timeout 1h { delay 1s }", "retry 1 { delay 2s }", "map it", "rate 1000000/s", "rate 2/s"}
	for range 200 {
		at := time.Duration(rng.Intn(8000))*ms + 1
		text := "play"
		for i := range 20 {
			if rng.Intn(2) == 0 {
				text += fmt.Sprint(" ", time.Duration(rng.Intn(900))*ms)
			}
			text += fmt.Sprint(" n", i+1)
		}
		text += " 1h"
		for range 1 + rng.Intn(4) {
			text += " | " + held[rng.Intn(len(held))]
		}
		text += " | map 'it[1:]'"
		jobs := 1 + rng.Intn(2)
		check(&stagetest.TimedRun{Text: text, Signals: []time.Duration{at}, Jobs: jobs}, 0, "signal")
		check(&stagetest.TimedRun{Text: text, Timeout: at, Jobs: jobs}, -1, "")
		check(&stagetest.TimedRun{Text: fmt.Sprintf("timeout %v { %s }", at, text), Jobs: jobs}, -1, "")
		check(&stagetest.TimedRun{Text: strings.Replace(text, " 1h", "", 1), Jobs: jobs}, 20, "")
	}
}

// TestRetryOverBlocks wants a try to be given what the one before has read of a long file, and
// the rest behind it.
func TestRetryOverBlocks(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(name, []byte(stagetest.Numbered(1, 300_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{1, 50_000, 299_999} {
		r := &stagetest.TimedRun{Text: fmt.Sprintf("lines %s | retry 2 { fails_at %d | fails_at %d }", name, at, at+1)}
		r.Run(t)
		if got := strings.Join(r.Got, " "); got != numberedLine(300_000) || r.Err != nil {
			t.Errorf("a failure at %d: got %s, %v, want all lines", at, stagetest.Clip(got), r.Err)
		}
	}
}

// TestBufferOfEffects wants a stage with effects to run ahead as far as the buffer behind it
// has room, and no further: one value is in the pipe before the buffer, one is being put, and
// one is with the reader, which is busy.
func TestBufferOfEffects(t *testing.T) {
	for _, n := range []int{1, 2, 7, 5000} {
		done := 0
		type none struct{}
		r := &stagetest.TimedRun{Text: fmt.Sprintf("seq 10000 | effect | buffer %d | slow 1h | null", n), Timeout: second,
			More: pipeline.Define(pipeline.Doc{Name: "effect", Trait: pipeline.Ordered | pipeline.Effect}, func(j *pipeline.Job, _ *none) error {
				for v, err := range j.In() {
					if err != nil {
						return err
					}
					done++
					j.Put(v)
				}
				return nil
			})}
		r.Run(t)
		if done != n+3 {
			t.Errorf("a buffer of %d: got %d effects, want %d", n, done, n+3)
		}
	}
}

// TestRetryLeavesOutOnce wants records that a failed try has left out not to be counted.
func TestRetryLeavesOutOnce(t *testing.T) {
	r := &stagetest.TimedRun{Text: "play 1 x 2 y | retry 1 { map int(it) | tac | fails_at 1 }", OnError: pipeline.Skip}
	r.Run(t)
	if got := strings.Join(r.Got, " "); got != "2 1" || r.Err != nil {
		t.Errorf("got %s, %v, want 2 1", got, r.Err)
	}
	if want := "mtpipe: map: 2 skipped; one of them: \"x\" is not a number (it)\n"; r.Stderr != want {
		t.Errorf("got the messages %q, want %q", r.Stderr, want)
	}
}
