package bench

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"time"
)

// Latency is how long the results of a contender took to come out, one for each line that
// was written, in the order of the lines.
type Latency struct {
	Contender Contender
	Delays    []time.Duration
}

// LatencyJob is the name of what MeasureLatency does.
const LatencyJob = "first output of five stages"

// MeasureLatency writes a line every interval into five stages and takes the time until
// its result is read, for one contender after another. One whose program is missing is
// left out. The first is mtpipe.
func MeasureLatency(ctx context.Context, mtpipe string, lines int, interval time.Duration) ([]Latency, error) {
	var list []Latency
	for _, c := range fiveStages(mtpipe) {
		if c.Missing() {
			continue
		}
		delays, err := latency(ctx, c, lines, interval)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", LatencyJob, c.Name, err)
		}
		list = append(list, Latency{c, delays})
	}
	return list, nil
}

// fiveStages is the question of the first output: each line goes through five stages, which
// leave its first two fields.
func fiveStages(mtpipe string) []Contender {
	return []Contender{
		{Name: "mtpipe", Argv: []string{mtpipe, `lines | grep line | grep -v never | field 1 2 | grep "line [0-9]"`}},
		{Name: "five processes", Argv: []string{"sh", "-c",
			`cat | grep line | grep -v never | cut -d" " -f1,2 | grep "line [0-9]"`}},
		{Name: "five, line-buffered", Needs: []string{"stdbuf"}, Argv: []string{"sh", "-c",
			`cat | grep --line-buffered line | grep --line-buffered -v never | stdbuf -oL cut -d" " -f1,2 | grep --line-buffered "line [0-9]"`}},
	}
}

func latency(ctx context.Context, c Contender, lines int, interval time.Duration) ([]time.Duration, error) {
	cmd := command(ctx, c, "")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	read := make(chan []time.Time, 1)
	go func() {
		var at []time.Time
		for s := bufio.NewScanner(out); s.Scan(); {
			at = append(at, time.Now())
		}
		read <- at
	}()
	written := make([]time.Time, lines)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for i := range written {
		<-tick.C
		written[i] = time.Now()
		if _, err := fmt.Fprintf(in, "line %d of a slow source\n", i); err != nil {
			break // it has ended; Wait says why
		}
	}
	<-tick.C
	_ = in.Close()
	results := <-read
	if err := cmd.Wait(); err != nil {
		return nil, err
	}
	if len(results) != lines {
		return nil, fmt.Errorf("got %d lines, want %d", len(results), lines)
	}
	delays := make([]time.Duration, lines)
	for i := range delays {
		delays[i] = results[i].Sub(written[i])
	}
	return delays, nil
}

// Max returns the longest delay.
func (l Latency) Max() time.Duration { return slices.Max(l.Delays) }
