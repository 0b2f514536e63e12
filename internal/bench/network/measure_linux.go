package network

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"mtpipe/internal/bench"
)

// enough is how long the runs of a peer may take together before it is left at those.
const enough = 20 * time.Second

// spare is how many descriptors this process and a server need besides connections.
const spare = 100

// Run measures everything that the options ask for.
func Run(ctx context.Context, s Setup, o Options) (*Report, error) {
	most, err := raiseLimit()
	if err != nil {
		return nil, err
	}
	r := &Report{}
	for _, job := range s.serverJobs(ctx, o.Sizes, most-spare) {
		if !o.Only.MatchString(job.Name) || ctx.Err() != nil {
			continue
		}
		o.Tell(job.Name)
		job.Servers = slices.DeleteFunc(slices.Clone(job.Servers), func(c Server) bool {
			return !c.Ours && !o.Peers.MatchString(c.Name) || r.leaveOut(c.Contender)
		})
		r.add(job, measure(ctx, job, o.Options))
	}
	http, err := start(ctx, s.child("HTTP", "http", false).Contender)
	if err != nil {
		return r, err
	}
	defer http.stop()
	for _, job := range slices.Concat(s.fetchJobs(o.Sizes, http.address.String()), s.commandJobs(o.Sizes)) {
		if !o.Only.MatchString(job.Name) || ctx.Err() != nil {
			continue
		}
		o.Tell(job.Name)
		ours, others := job.Contenders[:1], job.Contenders[1:]
		others = slices.DeleteFunc(slices.Clone(others), func(c bench.Contender) bool {
			return !o.Peers.MatchString(c.Name) || r.leaveOut(c)
		})
		job.Contenders = slices.Concat(ours, others)
		r.Clients.Add(job, bench.Measure(ctx, job, o.Options))
	}
	return r, ctx.Err()
}

// raiseLimit lets this process and those that it starts have as many descriptors as it may,
// and returns how many that is.
func raiseLimit() (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	limit.Cur = limit.Max
	// Setting it, even to what it is, makes Go hand it on to the processes that it starts.
	return int(min(limit.Max, 1<<20)), syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// measure runs every server of the job as often as wanted, taking turns, each time a new
// process. A peer that took a while in all is not run again.
func measure(ctx context.Context, job Job, o bench.Options) []Result {
	results := make([]Result, len(job.Servers))
	spent := make([]time.Duration, len(job.Servers))
	for i, c := range job.Servers {
		results[i].Server = c
	}
	for range o.Runs {
		for i := range results {
			r := &results[i]
			if r.Status != bench.Done || !r.Server.Ours && spent[i] > enough {
				continue
			}
			begin := time.Now()
			f, err := job.run(ctx, r.Server, o.Limit)
			spent[i] += time.Since(begin)
			if err != nil {
				r.fail(err)
				continue
			}
			r.Samples = append(r.Samples, f)
		}
	}
	return results
}

// fail notes that a run failed. Exit status 2 of mtpipe says that it does not know the stage.
func (r *Result) fail(err error) {
	r.Status, r.Note = bench.Failed, err.Error()
	var exit *exec.ExitError
	if r.Server.Ours && errors.As(err, &exit) && exit.ExitCode() == 2 {
		r.Status = bench.NotThere
	}
}

// run measures one server once.
func (j Job) run(ctx context.Context, c Server, limit time.Duration) (f Figures, err error) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("took more than %v", limit))
		defer cancel()
	}
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	s, err := start(ctx, c.Contender)
	if err != nil {
		return f, err
	}
	defer s.stop()
	d := lines(echoed)
	switch {
	case j.HTTP:
		d = requests
	case j.Upper:
		d = lines(uppered)
	}
	if j.Requests == 0 {
		f.Memory, err = j.idle(ctx, s, c.Frees, d)
		return f, err
	}
	return j.busy(ctx, s, d)
}

// idle returns how many bytes a connection takes that has been answered once and waits.
func (j Job) idle(ctx context.Context, s *server, frees bool, d dialogue) (float64, error) {
	use := func() (int64, error) {
		if frees {
			if err := s.free(); err != nil {
				return 0, err
			}
		}
		return s.memory()
	}
	before, err := use()
	if err != nil {
		return 0, err
	}
	l, err := connect(ctx, s.address, j.Connections, d)
	if err != nil {
		return 0, err
	}
	defer l.close()
	after, err := use()
	return float64(max(after-before, 0)) / float64(j.Connections), err
}

// busy returns what requests over all connections took, after a tenth of them to warm up.
func (j Job) busy(ctx context.Context, s *server, d dialogue) (f Figures, err error) {
	l, err := connect(ctx, s.address, j.Connections, d)
	if err != nil {
		return f, err
	}
	defer l.close()
	if _, err := l.run(ctx, max(j.Requests/10, 1)); err != nil {
		return f, err
	}
	before, err := s.cpu()
	if err != nil {
		return f, err
	}
	t, err := l.run(ctx, j.Requests)
	if err != nil {
		return f, err
	}
	after, err := s.cpu()
	each := func(d time.Duration) float64 { return d.Seconds() * 1e6 / float64(j.Requests) }
	f.CPU, f.Load = each(after-before), each(t.worked)
	f.Rate = float64(j.Requests) / t.took.Seconds()
	f.P50, f.P99 = t.percentile(50).Seconds()*1e3, t.percentile(99).Seconds()*1e3
	return f, err
}
