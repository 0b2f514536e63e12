package bench

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Latency is how long the results of a contender took to come out, one for each line that
// was written, in the order of the lines.
type Latency struct {
	Contender Contender
	Delays    []time.Duration
}

// MeasureLatency writes a line every interval into five stages and takes the time until
// its result is read, for one contender after another. One whose program is missing is
// left out.
func MeasureLatency(ctx context.Context, mtpipe string, lines int, interval time.Duration) ([]Latency, error) {
	var list []Latency
	for _, c := range fiveStages(mtpipe) {
		if _, err := exec.LookPath("stdbuf"); c.Missing() || err != nil && strings.Contains(c.Argv[len(c.Argv)-1], "stdbuf") {
			continue
		}
		delays, err := latency(ctx, c, lines, interval)
		if err != nil {
			return nil, fmt.Errorf("first output: %s: %w", c.Name, err)
		}
		list = append(list, Latency{c, delays})
	}
	return list, nil
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
