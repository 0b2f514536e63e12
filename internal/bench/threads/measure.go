package threads

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"text/tabwriter"

	"mtpipe/internal/bench"
)

//go:embed threads.py
var inPython string

// Kind is a kind of threads: the command whose processes do the jobs, given two arguments more,
// the job and how often.
type Kind struct {
	Name string
	Argv []string // nil: it is not installed
	Jobs string   // the keys of those that it can do; empty: all
}

// Kinds returns all kinds, ours first. Self is a program that calls Do for -thread KIND JOB N.
func Kinds(ctx context.Context, self string) []Kind {
	python := func(name, kind, jobs, module string, interpreters ...string) Kind {
		for _, p := range interpreters {
			if exec.CommandContext(ctx, p, "-c", "import "+module).Run() == nil {
				return Kind{name, []string{p, "-c", inPython, kind}, jobs}
			}
		}
		return Kind{name, nil, jobs}
	}
	const simple = switching + " " + single + " " + starting + " " + waiting
	return []Kind{
		{"threads", []string{self, "-thread", "threads"}, ""},
		{"goroutines", []string{self, "-thread", "goroutines"}, ""},
		{"goroutines, one processor", []string{self, "-thread", "goroutines-one-processor"}, switching + " " + single + " " + batched + " " + starting},
		python("greenlet", "greenlet", simple, "greenlet", "python3", "/usr/bin/python3"),
		python("gevent", "gevent", "", "gevent", "python3", "/usr/bin/python3"),
		python("PyPy's tasklets", "stackless", simple, "stackless", "pypy3"),
		python("asyncio", "asyncio", "", "asyncio", "/usr/bin/python3", "python3"),
		python("Python's generators", "generator", simple, "sys", "/usr/bin/python3", "python3"),
	}
}

// does reports whether threads of the kind can do the job.
func (k Kind) does(job Job) bool {
	return k.Jobs == "" || strings.Contains(" "+k.Jobs+" ", " "+job.Key+" ")
}

// Ask lets a process of the kind do the job.
func (k Kind) Ask(ctx context.Context, job Job) (s Said, err error) {
	argv := append(append([]string{}, k.Argv[1:]...), job.Key, fmt.Sprint(job.N))
	out, err := exec.CommandContext(ctx, k.Argv[0], argv...).Output()
	if exit, ok := err.(*exec.ExitError); ok {
		return s, fmt.Errorf("%s, %s: %w: %s", k.Name, job.Key, err, exit.Stderr)
	}
	if err == nil {
		err = json.Unmarshal(out, &s)
	}
	return s, err
}

// Row is what threads of one kind took for one job. A number that is not known is 0.
type Row struct {
	Job    string  `json:"job"`
	Kind   string  `json:"kind"`
	Unit   string  `json:"unit"`
	Figure float64 `json:"figure"` // median of the runs
	Ratio  float64 `json:"ratio"`  // ours divided by this one's: median of the pairs
	Late   float64 `json:"late"`   // in the wrong order, of all
	Note   string  `json:"note"`   // why there are no numbers
}

// Options say what is measured.
type Options struct {
	Runs  int // of each, in turns
	Only  *regexp.Regexp
	Peers *regexp.Regexp
	Tell  func(job string)
}

// Measure lets all kinds do all jobs, in turns. It is an error when answers differ.
func Measure(ctx context.Context, kinds []Kind, jobs []Job, o Options) (rows []Row, err error) {
	for _, job := range jobs {
		if !o.Only.MatchString(job.Name) {
			continue
		}
		o.Tell(job.Name)
		more, err := measure(ctx, kinds, job, o)
		if err != nil {
			return rows, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func measure(ctx context.Context, kinds []Kind, job Job, o Options) (rows []Row, err error) {
	figures := make([][]float64, len(kinds))
	ratios := make([][]float64, len(kinds))
	late := make([]int, len(kinds))
	answer := ""
	for range o.Runs {
		ours := 0.0
		for i, k := range kinds {
			if k.Argv == nil || !k.does(job) || i > 0 && !o.Peers.MatchString(k.Name) {
				continue
			}
			s, err := k.Ask(ctx, job)
			if err != nil {
				return nil, err
			}
			if answer == "" {
				answer = s.Answer
			}
			if s.Answer != answer {
				return nil, fmt.Errorf("%s: %s has %s, %s has %s", job.Name, kinds[0].Name, answer, k.Name, s.Answer)
			}
			if i == 0 {
				ours = job.figure(s)
			}
			late[i] += s.Late
			figures[i] = append(figures[i], job.figure(s))
			ratios[i] = append(ratios[i], ours/max(job.figure(s), 1e-9))
		}
	}
	for i, k := range kinds {
		row := Row{Job: job.Name, Kind: k.Name, Unit: job.Unit}
		switch {
		case len(figures[i]) > 0:
			row.Figure, row.Ratio = bench.Median(figures[i]), bench.Median(ratios[i])
			row.Late = float64(late[i]) / float64(o.Runs*job.N)
		case !k.does(job):
			row.Note = "does not have that"
		case k.Argv == nil:
			row.Note = "not installed"
		default:
			continue
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Table prints the rows.
func Table(out io.Writer, rows []Row) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "job\tkind\tfigure\tthreads take of it\t")
	last := ""
	for _, r := range rows {
		note := r.Note
		if r.Late > 0 {
			note = fmt.Sprintf("%.1f%% in the wrong order", 100*r.Late)
		}
		if r.Job == last {
			r.Job = ""
		} else {
			last = r.Job
		}
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\n", r.Job, r.Kind, bench.Digits(r.Figure), r.Unit, bench.Digits(r.Ratio), note)
	}
	return w.Flush()
}
