package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/layout"
	"mtpipe/internal/terminal"
	"mtpipe/value"
)

const (
	renewEvery = time.Second     // how often a line on a terminal is renewed
	tellEvery  = 5 * time.Second // and how often one is written elsewhere
	barColumns = 20
)

// tellProgress says how far the run is until stop is called, which also says how far it came.
func (r *run) tellProgress() (stop func()) {
	m := r.meters
	if m == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if !r.settings.Progress {
			return
		}
		onTerminal := isTerminal(r.streams.errFile) && !r.settings.JSONMessages
		every := tellEvery
		if onTerminal {
			every = renewEvery
		}
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-done:
				r.tellLine(m.line(every, true))
				return
			case <-ticks.C:
			}
			if onTerminal {
				columns, _, _ := terminal.Size(r.streams.errFile)
				r.streams.renewLine(m.short(columns, every))
			} else {
				r.tellLine(m.line(every, false))
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		if r.settings.Stats {
			r.tellStats()
		}
	}
}

// tellLine writes a line about the progress.
func (r *run) tellLine(text string) {
	line := []byte("progress: " + text + "\n")
	if r.settings.JSONMessages {
		line = MessageJSON("progress", errors.New(text), 0)
	}
	_ = r.streams.tell(line)
}

// number writes a number with a letter for thousands, or with 'h' for times 1024.
func number(n float64, kind string) string {
	spec, _ := layout.Parse(kind)
	text, _ := spec.Append(nil, value.Float(float64(int64(n))))
	return string(text)
}

// size writes a number of bytes.
func size(n float64) string { return number(n, "h") + "B" }

// part returns how much of the input was read, from 0 to 1, and false when that is not known.
func (m *meters) part() (float64, bool) {
	if m.size == 0 {
		return 0, false
	}
	return min(float64(m.list[0].Bytes.Load())/float64(m.size), 1), true
}

// left returns how long it takes until all of the input is read, if it goes on as it does.
func (m *meters) left(took time.Duration, part float64) string {
	if part <= 0 || part >= 0.999 { // a header is not counted
		return ""
	}
	return layout.ShortDuration(time.Duration(float64(took)*(1-part)/part).Round(time.Second)) + " left"
}

// input returns what is known of the input: how much was read, how fast, and how long the rest takes.
func (m *meters) input(took time.Duration) (list []string) {
	read := float64(m.list[0].Bytes.Load())
	if part, ok := m.part(); ok {
		list = append(list, fmt.Sprintf("%.0f%% of %s", 100*part, size(float64(m.size))))
		if left := m.left(took, part); left != "" {
			defer func() { list = append(list, left) }()
		}
	} else if read > 0 {
		list = append(list, size(read))
	}
	if read > 0 {
		list = append(list, size(read/took.Seconds())+"/s")
	}
	return list
}

// short returns a line for a terminal that has so many columns.
func (m *meters) short(columns int, since time.Duration) string {
	took := time.Since(m.begun)
	line := layout.ShortDuration(took.Round(time.Second))
	if part, ok := m.part(); ok {
		n := int(part * barColumns)
		line += " ▕" + strings.Repeat("█", n) + strings.Repeat(" ", barColumns-n) + "▏"
	}
	if known := m.input(took); len(known) > 0 {
		line += " " + strings.Join(known, ", ")
	}
	for _, s := range m.list {
		line += " │ " + s.name
		if rows, ok := s.counted(); ok {
			line += " " + number(float64(rows-s.before)/since.Seconds(), "H") + "/s"
			s.before = rows
		}
	}
	return format.Fit(line, columns-1)
}

// line returns a line that says all there is to say.
func (m *meters) line(since time.Duration, ended bool) string {
	took := time.Since(m.begun)
	if ended {
		since = took
	}
	text := layout.ShortDuration(took.Round(100 * time.Millisecond))
	if known := m.input(took); len(known) > 0 {
		text += ", " + strings.Join(known, ", ")
	}
	if ended {
		text += ", done"
	}
	for i, s := range m.list {
		sep := ";"
		if i == 0 {
			sep = ":"
		}
		if ended {
			s.before = 0
		}
		text += sep + " " + m.stage(i, took, since)
		s.before = s.Rows.Load()
	}
	return text
}

// stage returns what there is to say of stage i.
func (m *meters) stage(i int, took, since time.Duration) string {
	s := m.list[i]
	text := s.name
	if rows, ok := s.counted(); ok {
		text += fmt.Sprintf(" %s values, %s/s", number(float64(rows), "H"), number(float64(rows-s.before)/since.Seconds(), "H"))
	}
	if n := s.Bytes.Load(); n > 0 {
		text += " " + size(float64(n))
	}
	in, out := m.waits(i, took)
	if i > 0 {
		text += fmt.Sprintf(", in wait %.0f%%", 100*in)
	}
	text += fmt.Sprintf(", out wait %.0f%%", 100*out)
	return text
}

// waits returns the parts of the time in which stage i waited for input, and for its reader.
func (m *meters) waits(i int, took time.Duration) (in, out float64) {
	s := m.list[i]
	all := float64(took) * float64(s.copies)
	if i > 0 {
		in = min(float64(m.list[i-1].InWait.Load())/all, 1)
	}
	return in, min(float64(s.OutWait.Load())/all, 1)
}

var statsShape = value.NewShape("stage", "values", "values/s", "bytes", "bytes/s", "in wait", "out wait")

// tellStats writes a table of what went through each stage, or a message for each.
func (r *run) tellStats() {
	took := time.Since(r.meters.begun)
	w, text := format.New("table", format.Screen{}), []byte(nil)
	for i := range r.meters.list {
		row := value.Rec(value.NewRecord(statsShape, r.meters.row(i, took)...))
		if r.settings.JSONMessages {
			_ = r.streams.tell(append(append([]byte(`{"kind":"stats",`), row.AppendJSON(nil)[1:]...), '\n'))
			continue
		}
		text, _ = w.Append(text, row)
	}
	if !r.settings.JSONMessages {
		_ = r.streams.tell(fmt.Appendf(format.End(text, w), "%s in all\n", layout.ShortDuration(took.Round(time.Millisecond))))
	}
}

// row returns the fields of statsShape for stage i.
func (m *meters) row(i int, took time.Duration) []value.Value {
	s, row := m.list[i], make([]value.Value, len(statsShape.Names()))
	row[0] = value.String(s.name)
	each := func(at int, n int64) {
		row[at], row[at+1] = value.Int(n), value.Int(int64(float64(n)/took.Seconds()))
	}
	if n, ok := s.counted(); ok {
		each(1, n)
	}
	if n := s.Bytes.Load(); n > 0 {
		each(3, n)
	}
	in, out := m.waits(i, took)
	if i > 0 {
		row[5] = value.String(fmt.Sprintf("%.0f%%", 100*in))
	}
	row[6] = value.String(fmt.Sprintf("%.0f%%", 100*out))
	return row
}
