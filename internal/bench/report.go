package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
	"time"
)

// Row compares mtpipe with one peer, or with a bound. A number that is not known is 0.
type Row struct {
	Job    string  `json:"job"`
	Beside string  `json:"beside"`
	Ours   float64 `json:"mtpipe_s"` // medians of the runs, in seconds
	Peer   float64 `json:"peer_s"`
	Ratio  float64 `json:"ratio"`  // mtpipe's part of the peer's
	Wanted float64 `json:"wanted"` // what the ratio may be at most

	OursPeak int64 `json:"mtpipe_bytes"` // the largest memory of one process in any run
	PeerPeak int64 `json:"peer_bytes"`

	OursRuns int    `json:"mtpipe_runs"`
	PeerRuns int    `json:"peer_runs"`
	Verdict  string `json:"verdict"` // "ok", "missed", a Status, or empty without a bound
}

// Report collects rows, and what went wrong, other than a bound.
type Report struct {
	Rows     []Row
	Problems []string
}

// Add adds a row for each peer of a job, and one for the memory if the job bounds it.
func (r *Report) Add(job Job, results []Result) {
	for _, res := range results {
		if res.Status != Done {
			r.Problems = append(r.Problems, fmt.Sprintf("%s: %s: %s: %s", res.Status, job.Name, res.Contender.Name, res.Note))
		}
	}
	ours := results[0]
	row := Row{Job: job.Name, Ours: seconds(ours), OursPeak: mostMemory(ours), OursRuns: len(ours.Samples)}
	for _, peer := range results[1:] {
		row := row
		row.Beside, row.Wanted = peer.Contender.Name, peer.Contender.Wanted
		row.Peer, row.PeerPeak, row.PeerRuns = seconds(peer), mostMemory(peer), len(peer.Samples)
		if row.Peer > 0 {
			row.Ratio = row.Ours / row.Peer
		}
		row.judge(ours.Status, peer.Status)
		r.Rows = append(r.Rows, row)
	}
	if len(results) == 1 {
		row := row
		row.Beside = "nothing"
		row.judge(ours.Status, Done)
		r.Rows = append(r.Rows, row)
	}
	if job.Memory > 0 {
		row.Ours, row.Beside, row.Wanted = 0, fmt.Sprintf("%.0f MB of memory", float64(job.Memory)/1e6), 1
		row.Ratio = float64(row.OursPeak) / float64(job.Memory)
		row.judge(ours.Status, Done)
		r.Rows = append(r.Rows, row)
	}
}

// AddLatency adds two rows for each peer, one for the median and one for the longest delay.
func (r *Report) AddLatency(list []Latency) {
	add := func(what string, of func(Latency) time.Duration) {
		for _, peer := range list[1:] {
			row := Row{Job: LatencyJob + ", " + what, Beside: peer.Contender.Name, Ours: of(list[0]).Seconds(), Peer: of(peer).Seconds(),
				OursRuns: len(list[0].Delays), PeerRuns: len(peer.Delays)}
			row.Ratio = row.Ours / row.Peer
			r.Rows = append(r.Rows, row)
		}
	}
	add("median", func(l Latency) time.Duration { return Median(l.Delays) })
	add("longest", Latency.Max)
}

// judge sets the verdict. What went wrong goes before the bound.
func (r *Row) judge(ours, peer Status) {
	switch {
	case ours != Done:
		r.Verdict = string(ours)
	case peer != Done:
		r.Verdict = string(peer)
	case r.Wanted > 0 && r.Ratio > 0 && r.Ratio <= r.Wanted:
		r.Verdict = "ok"
	case r.Wanted > 0 && r.Ratio > 0:
		r.Verdict = "missed"
	}
	if r.Verdict != "" && r.Verdict != "ok" && r.Verdict != "missed" {
		r.Ratio = 0
	}
}

// Table prints the rows as a table.
func (r *Report) Table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "job\tbeside\tmtpipe s\tpeer s\tratio\twanted\t\tmtpipe MB\tpeer MB")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.Job, row.Beside, Digits(row.Ours), Digits(row.Peer),
			Digits(row.Ratio), Digits(row.Wanted), row.Verdict, megabytes(row.OursPeak), megabytes(row.PeerPeak))
	}
	return w.Flush()
}

// JSON prints each row as a line of JSON.
func (r *Report) JSON(out io.Writer) error {
	e := json.NewEncoder(out)
	for _, row := range r.Rows {
		if err := e.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

func seconds(r Result) float64 {
	if len(r.Samples) == 0 {
		return 0
	}
	times := make([]time.Duration, len(r.Samples))
	for i, s := range r.Samples {
		times[i] = s.Time
	}
	return Median(times).Seconds()
}

func mostMemory(r Result) int64 {
	var most int64
	for _, s := range r.Samples {
		most = max(most, s.Peak)
	}
	return most
}

// Digits returns the number with three significant digits, or all before the point; "-" for
// one that is not known.
func Digits(f float64) string {
	if f <= 0 {
		return "-"
	}
	return strconv.FormatFloat(f, 'f', max(0, 2-int(math.Floor(math.Log10(f)))), 64)
}

func megabytes(n int64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(n)/1e6)
}
