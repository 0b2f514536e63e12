package programs

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"mtpipe/internal/bench"
)

// Figures are what a run took, or the medians of several.
type Figures struct {
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`  // in the program and in the kernel
	Peak float64 `json:"peak_b"` // resident memory
}

// Row is what the two forms of a program took.
type Row struct {
	Program    string  `json:"program"`
	Lines      [2]int  `json:"lines"`
	Threads    Figures `json:"threads"`
	Goroutines Figures `json:"goroutines"`
	Ratio      Figures `json:"ratio"` // threads' part of the goroutines': medians of the pairs
}

// Options say what is measured.
type Options struct {
	Self   string // a program that calls Do for -program NAME/FORM ARGUMENT
	Dir    string // for files
	Runs   int    // of each form, besides one to warm up
	Divide int    // the sizes
	Limit  time.Duration
	Only   *regexp.Regexp
	Tell   func(program string)
}

// Measure runs all programs, the two forms in turns. It is an error when answers differ.
func Measure(ctx context.Context, o Options) (rows []Row, err error) {
	for _, p := range Programs {
		if !o.Only.MatchString(p.Name) {
			continue
		}
		o.Tell(p.Name)
		p.Size = max(1, p.Size/o.Divide)
		row, err := p.measure(ctx, o)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", p.Name, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (p Program) measure(ctx context.Context, o Options) (row Row, err error) {
	argument, end, err := p.prepare(ctx, o.Dir, p.Size)
	if err != nil {
		return row, err
	}
	defer end()
	var all [3][]Figures // of the forms, and the ratios
	want := ""
	for run := range o.Runs + 1 {
		var pair [2]Figures
		for i := range pair {
			form := (i + run) % 2 // neither is always the first
			f, answer, err := p.run(ctx, o, form, argument)
			if err != nil {
				return row, fmt.Errorf("%s: %w", formNames[form], err)
			}
			if want = cmp.Or(want, answer); answer != want {
				return row, fmt.Errorf("%s has %q, the other %q", formNames[form], answer, want)
			}
			pair[form] = f
		}
		if run == 0 {
			continue // to warm up
		}
		t, g := pair[onThreads], pair[onGoroutines]
		all[0], all[1] = append(all[0], t), append(all[1], g)
		all[2] = append(all[2], Figures{t.Wall / g.Wall, t.CPU / g.CPU, t.Peak / g.Peak})
	}
	return Row{p.Name, [2]int{p.Lines(onThreads), p.Lines(onGoroutines)}, medians(all[0]), medians(all[1]), medians(all[2])}, nil
}

func medians(list []Figures) Figures {
	median := func(of func(Figures) float64) float64 {
		var l []float64
		for _, f := range list {
			l = append(l, of(f))
		}
		return bench.Median(l)
	}
	return Figures{
		median(func(f Figures) float64 { return f.Wall }),
		median(func(f Figures) float64 { return f.CPU }),
		median(func(f Figures) float64 { return f.Peak }),
	}
}

// run runs a form once.
func (p Program) run(ctx context.Context, o Options, form int, argument string) (f Figures, answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.Self, "-program", p.Key+"/"+formNames[form], argument)
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	messages, err := cmd.StderrPipe()
	if err != nil {
		return f, "", err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return f, "", err
	}
	driven := ""
	lines := bufio.NewReader(messages)
	if p.drive != nil {
		line, _ := lines.ReadString('\n')
		driven, err = p.drive(ctx, strings.TrimSpace(strings.TrimPrefix(line, "listening on ")), p.Size)
		if err != nil {
			cancel()
		}
	}
	_, _ = io.Copy(&stderr, lines)
	if werr := cmd.Wait(); err == nil {
		err = werr
	}
	if err != nil {
		return f, "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	f.Wall = time.Since(begin).Seconds()
	f.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if _, text, ok := strings.Cut(stderr.String(), "peak "); ok {
		_, _ = fmt.Sscan(text, &f.Peak)
		f.Peak *= 1 << 10
	}
	return f, strings.TrimSpace(stdout.String() + driven), nil
}

// Table prints the rows.
func Table(out io.Writer, rows []Row) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "program\tlines\tthe other\ts\tthe other\tratio\tCPU s\tthe other\tratio\tMB\tthe other\tratio")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%d", r.Program, r.Lines[0], r.Lines[1])
		for _, of := range []func(Figures) float64{
			func(f Figures) float64 { return f.Wall }, func(f Figures) float64 { return f.CPU }, func(f Figures) float64 { return f.Peak / 1e6 },
		} {
			ratio := of(r.Ratio)
			if of(Figures{Peak: 1}) > 0 {
				ratio = r.Ratio.Peak
			}
			fmt.Fprintf(w, "\t%s\t%s\t%s", bench.Digits(of(r.Threads)), bench.Digits(of(r.Goroutines)), bench.Digits(ratio))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
