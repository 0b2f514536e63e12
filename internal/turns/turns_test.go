package turns

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPace wants steps that take long to give way one by one, and those that do not, seldom.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		name        string
		step        time.Duration
		steps       int
		least, most int
	}{
		{"short steps", 10 * time.Nanosecond, 100_000, 100_000 / maxStride, 100_000/maxStride + 10},
		{"long steps", time.Millisecond, 1000, 900, 1000},
		{"steps between", time.Microsecond, 10_000, 10_000 / 200, 10_000 / 16},
	} {
		synctest.Test(t, func(t *testing.T) {
			gave := 0
			var p Pace
			p.Begin(func(time.Duration) { gave++ })
			for range c.steps {
				time.Sleep(c.step)
				p.Step()
			}
			if gave < c.least || gave > c.most {
				t.Errorf("%s: gave way %d times in %d steps, want between %d and %d", c.name, gave, c.steps, c.least, c.most)
			}
		})
	}
}

// TestPaceAcross wants many computations of few steps to give way, and one without a function to
// do nothing.
func TestPaceAcross(t *testing.T) {
	gave := 0
	var p Pace
	for range 10_000 {
		p.Begin(func(time.Duration) { gave++ })
		p.Steps(3)
		p.Step()
	}
	if gave < 40_000/maxStride-1 {
		t.Errorf("gave way %d times in 40000 steps", gave)
	}
	var none Pace
	for range 10_000 {
		none.Step()
	}
}
