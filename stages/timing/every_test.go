package timing_test

import (
	"testing"
	"time"

	"mtpipe/stages/stagetest"
)

const second = time.Second

func TestEvery(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"a number of times", "every 1s -n 3 | map 1 | stamp", "1@0s 1@1s 1@2s", "", 2 * second, ""},
		{"once", "every 1h -n 1 | map 1 | stamp", "1@0s", "", 0, ""},
		{"never", "every 1h --times 0 | map 1 | stamp", "", "", 0, ""},
		{"the times of the ticks", "every 1500ms -n 3 | map 'it.UTC()'", "2000-01-01T00:00:00Z 2000-01-01T00:00:01.5Z 2000-01-01T00:00:03Z", "", 3 * second, ""},
		{"seconds without a unit", "every 0.5 -n 3 | map 1 | stamp", "1@0s 1@500ms 1@1s", "", second, ""},
		{"ticks that somebody has taken are not missed", "every 1s -n 5 | map 'it.UTC().Second()' | slow 3500ms | stamp", "0@0s 1@3.5s 2@7s 3@10.5s 4@14s", "", 17500 * time.Millisecond, ""},
		{"missed ticks are skipped", "every 1s -n 4 | slow 2400ms | map 'it.UTC().Second()' | stamp", "0@0s 1@2.4s 3@4.8s 5@7.2s", "", 9600 * time.Millisecond, ""},
		{"head behind it", "every 1h | map 1 | head 3 | stamp", "1@0s 1@1h0m0s 1@2h0m0s", "", 2 * time.Hour, ""},
		{"behind another pipeline", "play a; every 1s -n 2 | map 1 | stamp", "a 1@0s 1@1s", "", second, "play 0s"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"no duration", "every 0s", "", "", "7: every: duration must be more than 0"},
		{"what is no duration", "every soon", "", "", `7: every: duration must be a duration such as 200ms, 5s or 1h30m, not "soon"`},
		{"a number of times below 0", "every 1s -n -1", "", "", "13: every: -n must be at least 0, not -1"},
		{"something before it", "seq 3 | every 1s", "", "", "9: every: reads no input, so what comes before it would be lost"},
	})
}

// TestI3_EverySignalled wants it to end at the first signal, wherever it stands.
func TestI3_EverySignalled(t *testing.T) {
	stagetest.RunTimedCases(t, []stagetest.TimedCase{
		{"alone", "every 1h | map 1", "1", "signal", second, ""},
		{"last", "take_from { every 1h | map 1 }", "1", "signal", second, ""},
		{"with a reader", "every 1h | count", "1", "signal", second, ""},
		{"in a block", "interleave { every 1h | map 1 } { every 1h | map 1 }", "1 1", "signal", second, ""},
		{"behind a pipeline that reads", "concat { play a | take_from { head 1; every 1h | map 1 } }", "a 1", "signal", second, "play 0s"},
	}, second)
}
