package network

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"mtpipe/internal/bench"
)

// Row is what was found out about one server.
type Row struct {
	Job    string `json:"job"`
	Server string `json:"server"`
	Figures
	Runs    int          `json:"runs"`
	Verdict bench.Status `json:"verdict"`

	// What each of ours takes of what this one takes: processor, or memory of idle connections.
	Ratios map[string]float64 `json:"ratios"`
}

// Verdict is what became of a bound.
type Verdict struct {
	Job     string  `json:"job"`
	Of      string  `json:"of"`
	Beside  string  `json:"beside"`
	Ratio   float64 `json:"ratio"`
	Wanted  float64 `json:"wanted"`
	Verdict string  `json:"verdict"` // "ok", "missed", or empty when one of the two has no figures
}

// Report collects what was measured, and what went wrong, other than a bound.
type Report struct {
	Rows     []Row
	Verdicts []Verdict
	Clients  bench.Report
	Problems []string // of servers
	Missing  []string // programs that are not installed
}

// leaveOut reports whether the contender is not installed, and notes that.
func (r *Report) leaveOut(c bench.Contender) bool {
	if !c.Missing() {
		return false
	}
	if !slices.Contains(r.Missing, c.Name) {
		r.Missing = append(r.Missing, c.Name)
	}
	return true
}

// add adds a row for each server and a verdict for each bound.
func (r *Report) add(job Job, results []Result) {
	counts := make(map[string]float64)
	for _, res := range results {
		if res.Status != bench.Done {
			r.Problems = append(r.Problems, fmt.Sprintf("%s: %s: %s: %s", res.Status, job.Name, res.Server.Name, res.Note))
			continue
		}
		counts[res.Server.Name] = job.counts(res.Medians())
	}
	ratio := func(of, beside string) float64 {
		if counts[beside] == 0 {
			return 0
		}
		return counts[of] / counts[beside]
	}
	for _, res := range results {
		row := Row{Job: job.Name, Server: res.Server.Name, Runs: len(res.Samples), Verdict: res.Status, Ratios: make(map[string]float64)}
		if res.Status == bench.Done {
			row.Figures = res.Medians()
		}
		for _, ours := range results {
			if ours.Server.Ours && ours.Server.Name != row.Server {
				row.Ratios[ours.Server.Name] = ratio(ours.Server.Name, row.Server)
			}
		}
		r.Rows = append(r.Rows, row)
	}
	for _, b := range job.Bounds {
		v := Verdict{Job: job.Name, Of: b.Of, Beside: b.Beside, Ratio: ratio(b.Of, b.Beside), Wanted: b.Wanted}
		switch {
		case v.Ratio == 0:
		case v.Ratio <= v.Wanted:
			v.Verdict = "ok"
		default:
			v.Verdict = "missed"
		}
		r.Verdicts = append(r.Verdicts, v)
	}
}

// Table prints the figures of servers, the bounds, and the table of clients.
func (r *Report) Table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	if len(r.Rows) > 0 {
		fmt.Fprintf(w, "job\tserver\tCPU µs\trequests/s\tp50 ms\tp99 ms\tbytes\t%s\t%s\t%s\tload µs\t\n", threads, stackless, program)
		for _, row := range r.Rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.Job, row.Server, bench.Digits(row.CPU), bench.Digits(row.Rate),
				bench.Digits(row.P50), bench.Digits(row.P99), bench.Digits(row.Memory), bench.Digits(row.Ratios[threads]), bench.Digits(row.Ratios[stackless]),
				bench.Digits(row.Ratios[program]), bench.Digits(row.Load), row.Verdict)
		}
		fmt.Fprintln(w, "\njob\tof\tbeside\tratio\twanted\t")
		for _, v := range r.Verdicts {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Job, v.Of, v.Beside, bench.Digits(v.Ratio), bench.Digits(v.Wanted), v.Verdict)
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil || len(r.Clients.Rows) == 0 {
		return err
	}
	return r.Clients.Table(out)
}

// JSON prints each row and each verdict as a line of JSON.
func (r *Report) JSON(out io.Writer) error {
	e := json.NewEncoder(out)
	for _, row := range r.Rows {
		if err := e.Encode(row); err != nil {
			return err
		}
	}
	for _, v := range r.Verdicts {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return r.Clients.JSON(out)
}
