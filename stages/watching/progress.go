package watching

import (
	"fmt"
	"time"

	"mtpipe/pipeline"
)

func progressStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "progress",
		Safe:  true,
		Short: "Tells on standard error how many values pass, and how fast",
		Trait: pipeline.Ordered | pipeline.Passes,
		Long: `A line says how many values have passed, for how long, and how many that is a second. On a
terminal it is one line that is renewed, each second; elsewhere lines follow each other, one in ten
seconds. The last one comes at the end, and says how many there were, also when the reader has had enough
before. A line is written when values pass, so that there is none while nothing comes.`,
	}, progress)
}

type progressArgs struct {
	Label string        `arg:"label?" default:"progress" help:"stands before each line"`
	Every time.Duration `opt:"every" help:"how long it is from one line to the next; without it, 1s on a terminal and 10s elsewhere"`
}

const (
	renewEvery = time.Second
	tellEvery  = 10 * time.Second
)

// watched is what has passed.
type watched struct {
	j     *pipeline.Job
	label string
	count int64
	begun time.Time
	told  time.Time

	renews bool // there is a terminal
}

func progress(j *pipeline.Job, a *progressArgs) (err error) {
	w := &watched{j: j, label: a.Label, begun: time.Now(), renews: j.Renews()}
	w.told = w.begun
	every := a.Every
	if every == 0 {
		every = tellEvery
		if w.renews {
			every = renewEvery
		}
	}
	defer func() {
		if last := w.end(); err == nil {
			err = last
		}
	}()
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		w.count += int64(b.Len())
		if now := time.Now(); now.Sub(w.told) >= every {
			w.told = now
			if err := w.tell(); err != nil {
				return err
			}
		}
		j.PutBatch(b)
	}
	return nil
}

// line returns what is to be said now.
func (w *watched) line() string {
	took := time.Since(w.begun)
	s := "s"
	if w.count == 1 {
		s = ""
	}
	rate := ""
	if seconds := took.Seconds(); seconds >= 0.001 && w.count > 0 {
		rate = fmt.Sprintf(", %.0f/s", float64(w.count)/seconds)
	}
	return fmt.Sprintf("%s: %d value%s in %.1fs%s", w.label, w.count, s, took.Seconds(), rate)
}

// tell writes the line, over the last one where that can be.
func (w *watched) tell() error {
	line := w.line()
	if w.renews {
		return w.j.Renew(line)
	}
	return w.j.Stderr([]byte(line + "\n"))
}

// end writes the last line.
func (w *watched) end() error {
	if err := w.tell(); err != nil || !w.renews {
		return err
	}
	return w.j.Stderr([]byte{'\n'})
}
