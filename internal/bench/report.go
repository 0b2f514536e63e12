package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Report prints tables of results.
type Report struct{ w *tabwriter.Writer }

// NewReport returns a report on w with the header of its first table.
func NewReport(w io.Writer) *Report {
	r := &Report{tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)}
	fmt.Fprintln(r.w, "job\tpeer\tmtpipe s\tpeer s\tratio\tmtpipe MB\tpeer MB")
	return r
}

// Job adds a row for each peer of a job. The ratio is the median of the peer's time divided
// by mtpipe's, pairwise: above 1, mtpipe is faster.
func (r *Report) Job(name string, results []Result) {
	ours := results[0]
	for _, peer := range results[1:] {
		fmt.Fprintf(r.w, "%s\t%s\t%.4f\t%.4f\t%.2f\t%s\t%s\n", name, peer.Contender.Name,
			seconds(ours), seconds(peer), ratio(ours, peer), megabytes(ours), megabytes(peer))
	}
}

// Flush prints what was added.
func (r *Report) Flush() error { return r.w.Flush() }

// Latencies ends the first table and prints a second one.
func (r *Report) Latencies(list []Latency) error {
	if err := r.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(r.w, "\nfirst output of five stages\tmedian ms\tmax ms")
	for _, l := range list {
		fmt.Fprintf(r.w, "%s\t%.2f\t%.2f\n", l.Contender.Name, milliseconds(Median(l.Delays)), milliseconds(l.Max()))
	}
	return r.Flush()
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func seconds(r Result) float64 {
	walls := make([]time.Duration, len(r.Samples))
	for i, s := range r.Samples {
		walls[i] = s.Wall
	}
	return Median(walls).Seconds()
}

func ratio(ours, peer Result) float64 {
	ratios := make([]float64, len(ours.Samples))
	for i, s := range ours.Samples {
		ratios[i] = float64(peer.Samples[i].Wall) / float64(s.Wall)
	}
	return Median(ratios)
}

func megabytes(r Result) string {
	var most int64
	for _, s := range r.Samples {
		most = max(most, s.Peak)
	}
	if most == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(most)/1e6)
}
